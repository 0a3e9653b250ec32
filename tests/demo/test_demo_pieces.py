"""The pieces of the demo: cards, the CRM's forms, the judge, the fewest requests, the folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import UsageError
from hub.model.refs import RecordRef
from hub.plugins import registry
from hub.sdk.connector import Connector
from hub.testing.people import make_people
from hub_demo import cards, crm, least, truth, workspace


def test_cards_of_both_programs_are_read_as_what_they_say() -> None:
    """By the connector's own lens, which did not write them."""
    from hub.mapping import compile_mapping, load_mapping
    from hub_carddav.vcard import parse

    kind = registry().kinds["carddav"]
    lens = compile_mapping(load_mapping(kind.mapping, {"carddav": kind.mapping}))["contact"]
    people = make_people(5, 120, 12).spread(("one", "two"))
    for write in (cards.vcard3, cards.vcard4):
        for who in (*people["one"], *people["two"]):
            text = write(who, "c0ffee")
            assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
            seen = lens.get(parse(text))
            for unit in ("kind", "name.given", "name.family", "birthday", "title", "emails.primary", "addresses.primary"):
                if who.get(unit) is not None:
                    assert seen.get(unit) == who[unit], unit
            for unit in ("emails", "phones", "addresses"):
                assert {k: m["v"] for k, m in seen[unit].items()} == {k: m["v"] for k, m in who[unit].items()}, unit


def test_the_crm_takes_whole_dates_only() -> None:
    assert crm.whole("1990-02-28") == "1990-02-28"
    assert crm.whole("1990") is None
    assert crm.whole(None) is None


def test_everybody_gets_into_the_crm() -> None:
    people = make_people(5, 120, 12).spread(("crm",))["crm"]
    with crm.serving(people) as site:
        assert site.size == len(people) + 2
        for n, who in enumerate(people):
            row = site.contact(crm.FIRST_ID + n)
            name = row["organization_name"] if who["kind"] == "org" else row["last_name"]
            assert name == who.get("name.full", who.get("name.family"))
            assert {e.casefold() for e in site.emails(crm.FIRST_ID + n)} == set(who["emails"])


def test_the_judge_counts_pairs_and_leaves_out_what_the_hub_made(tmp_path: Path) -> None:
    truth.write(tmp_path, {("crm", 0): "p1", ("staff", 0): "p1", ("board", 0): "p2", ("board", 1): "p1"},
                {("crm", 0): "3", ("staff", 0): "a", ("board", 0): "b", ("board", 1): "c"})

    def ref(system: str, native: str) -> RecordRef:
        return RecordRef(system, "", "contact", native)

    made = ref("board", "made")
    right = truth.judge(tmp_path, [[ref("crm", "3"), ref("staff", "a"), made], [ref("board", "b")], [ref("board", "c")]])
    assert right == {"true_pairs": 3, "right": 1, "wrong": 0, "waiting": 2}
    wrong = truth.judge(tmp_path, [[ref("crm", "3"), ref("board", "b")], [ref("staff", "a")], [ref("board", "c")]])
    assert wrong == {"true_pairs": 3, "right": 0, "wrong": 1, "waiting": 3}


@pytest.mark.parametrize(("written", "moved", "everything", "requests"), [
    ({}, 0, False, 1 + 1 + 1), ({}, 0, True, 1 + 1 + 1), ({}, 1226, True, 4 + 1 + 1), ({}, 500, False, 2 + 1 + 1),
    ({("crm", "update"): 1}, 1, False, 2 + 2 + 1 + 1), ({("crm", "create"): 1}, 0, False, 1 + 3 + 1 + 1),
    ({("staff", "create"): 7, ("board", "delete"): 2}, 0, False, 1 + 8 + 3),
    ({("crm", "create"): 100, ("crm", "update"): 100}, 0, False, 1 + 3 + 1 + 1),
    ({("crm", "create"): 200, ("crm", "update"): 400}, 0, False, 1 + 7 + 1 + 1),
])  # fmt: skip
def test_the_fewest_requests(written: dict[tuple[str, str], int], moved: int, everything: bool, requests: int) -> None:
    assert least.least("crm", ("staff", "board"), written, moved, everything=everything) == requests


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(UsageError, match="--dir"):
        workspace.clear(tmp_path)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"
    made = workspace.clear(tmp_path / "demo")
    (made / "old").write_text("", encoding="utf-8")
    assert not (workspace.clear(tmp_path / "demo") / "old").exists()


def test_the_worked_example_is_a_config_of_this_hub(tmp_path: Path) -> None:
    from hub.app import Hub

    made = workspace.clear(tmp_path / "demo")
    workspace.fill(made, crm_url="http://127.0.0.1:1", books_url="http://127.0.0.1:2",
                   secrets={"crm": "a", "staff": "b", "board": "c"})
    hub = Hub.open(made)
    try:
        found: dict[str, Connector] = hub.connectors
        assert sorted(found) == ["board", "crm", "staff"]
        assert all(s["writes"] for s in hub.systems())
        assert "identifiers" in hub.book.systems["crm"].lens.coverage
    finally:
        hub.store.close()


def test_the_address_books_end_with_the_demo_whatever_ended_it() -> None:
    """A process that is killed ends none of its children."""
    code = "import threading; from hub_demo.radicale_server import end_with_stdin; end_with_stdin(); threading.Event().wait()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as server:
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(60) == 0
