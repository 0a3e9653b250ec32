"""`hub demo --all`: the worked example with every kind of system."""

from __future__ import annotations

import json
import time
from pathlib import Path

from click.testing import CliRunner
from test_demo import KEYS, told

from hub.app import Hub
from hub.cli import cli
from hub.plugins import registry
from hub_demo import workspace
from hub_demo.association import BELONGS, INVOICING, SHOP, SYSTEMS
from hub_demo.further import EVERY, FURTHER

STEPS = ["plan", "first sync", "second sync", "edits", "last sync"]


def test_one_edit_reaches_everybody_who_may_have_it(tmp_path: Path) -> None:
    story = told(tmp_path / "demo", "--all", "--people", "120", "--seed", "2")
    steps = {step["name"]: step for step in story["steps"]}
    assert [step["name"] for step in story["steps"]] == STEPS
    assert all(set(step) == KEYS for step in story["steps"])
    assert steps["first sync"]["created"] > 0
    assert steps["first sync"]["updated"] > 0
    assert steps["edits"]["updated"] == steps["edits"]["writes"] == 7 + 4  # one in each of the others that a person, a firm is in
    assert [steps[name]["writes"] for name in ("plan", "second sync", "last sync")] == [0, 0, 0]
    assert sum(step["deleted"] for step in steps.values()) == 0
    links = story["links"]
    assert links["wrong"] == 0
    assert links["right"] >= 0.8 * links["true_pairs"] > 0
    ran = CliRunner().invoke(cli, ["-C", str(tmp_path / "demo"), "systems", "--json"], catch_exceptions=False)
    assert {system["name"]: system["links"].get("present", 0) > 0 for system in json.loads(ran.stdout)["systems"]} == \
        dict.fromkeys(EVERY, True)


def test_every_kind_of_system_is_in_it(tmp_path: Path) -> None:
    """A connector that comes gets its place: a section, a mapping, somebody who belongs there, a sandbox that is filled."""
    made = workspace.clear(tmp_path / "demo")
    secrets = dict.fromkeys((*SYSTEMS, *(file for each in FURTHER for file in each.fill([], time.time).secrets)), "secret")
    workspace.fill(made, where={each.url: "http://127.0.0.1:1" for each in FURTHER}, secrets=secrets, everything=True)
    hub = Hub.open(made)
    try:
        assert tuple(hub.config.systems) == EVERY
        kinds = {section.kind for section in hub.config.systems.values()}
        assert kinds == set(registry().kinds)
        assert all((made / "mappings" / f"{name}.toml").is_file() for name in EVERY)
        assert BELONGS.keys() == set(EVERY)
        assert [hub.config.systems[each.name].settings["url"] for each in FURTHER] == ["http://127.0.0.1:1"] * len(FURTHER)
        assert {name for name, rules in hub.book.systems.items() if not rules.where} == {"crm"}
        assert {name for name, rules in hub.book.systems.items() if not rules.writes} == set()
        text = (made / "config" / "hub.toml").read_text(encoding="utf-8")
        for name in (SHOP, INVOICING):  # books are written only where both are said
            assert f"[systems.{name}]" in text
            said = text.partition(f"[systems.{name}]")[2].partition("[systems.")[0]
            assert "read_only = false" in said and "accept_unverified = true" in said
    finally:
        hub.store.close()
