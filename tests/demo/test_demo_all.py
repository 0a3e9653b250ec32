"""`hub demo --all`: the worked example with three more kinds of system."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from test_demo import KEYS, told

from hub.app import Hub
from hub.cli import cli
from hub.plugins import registry
from hub_demo import workspace
from hub_demo.association import BELONGS, SYSTEMS
from hub_demo.further import EVERY, FURTHER, NOT_YET

STEPS = ["plan", "first sync", "second sync", "edits", "last sync"]


def test_one_edit_reaches_everybody_who_may_have_it(tmp_path: Path) -> None:
    story = told(tmp_path / "demo", "--all", "--people", "120", "--seed", "2")
    steps = {step["name"]: step for step in story["steps"]}
    assert [step["name"] for step in story["steps"]] == STEPS
    assert all(set(step) == KEYS for step in story["steps"])
    assert steps["first sync"]["created"] > 0
    assert steps["first sync"]["updated"] > 0
    assert steps["edits"]["updated"] == steps["edits"]["writes"] == 6  # one in each of the other systems
    assert [steps[name]["writes"] for name in ("plan", "second sync", "last sync")] == [0, 0, 0]
    assert sum(step["deleted"] for step in steps.values()) == 0
    links = story["links"]
    assert links["wrong"] == 0
    assert links["right"] >= 0.8 * links["true_pairs"] > 0
    ran = CliRunner().invoke(cli, ["-C", str(tmp_path / "demo"), "systems", "--json"], catch_exceptions=False)
    assert {system["name"]: system["links"].get("present", 0) > 0 for system in json.loads(ran.stdout)["systems"]} == \
        dict.fromkeys(EVERY, True)


def test_every_kind_of_system_is_in_it_or_said_not_to_be(tmp_path: Path) -> None:
    """A connector that comes gets its place: a section, a mapping, somebody who belongs there, a sandbox that is filled."""
    made = workspace.clear(tmp_path / "demo")
    secrets = dict.fromkeys((*SYSTEMS, *(each.name for each in FURTHER)), "secret")
    workspace.fill(made, where={each.url: "http://127.0.0.1:1" for each in FURTHER}, secrets=secrets, everything=True)
    hub = Hub.open(made)
    try:
        assert tuple(hub.config.systems) == EVERY
        kinds = {section.kind for section in hub.config.systems.values()}
        assert kinds | NOT_YET == set(registry().kinds) and not kinds & NOT_YET
        assert all((made / "mappings" / f"{name}.toml").is_file() for name in EVERY)
        assert BELONGS.keys() == set(EVERY)
        assert [hub.config.systems[each.name].settings["url"] for each in FURTHER] == ["http://127.0.0.1:1"] * len(FURTHER)
        assert {name for name, rules in hub.book.systems.items() if not rules.where} == {"crm"}
    finally:
        hub.store.close()
