"""What people are told of the hub's state: each answer whole, word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.engine.asking import matches, subjects, undoing
from hub.engine.asking.explaining import explain
from hub.engine.asking.known import known
from hub.engine.asking.people import Wanted, listed
from hub.engine.asking.status import status
from hub.engine.asking.words import shown, title
from hub.errors import UnknownName, UsageError
from hub.model.state import Cell
from hub.store import contacts
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

SYSTEMS = {"book": Traits(slots=3), "crm": Traits()}
ANNA = {"given": "Anna", "family": "Virtanen"}


def met() -> tuple[Stage, str, str]:
    """Anna in both systems, in step. Returns her records in crm and book."""
    stage = Stage(SYSTEMS)
    crm = stage.vendors["crm"].user_create({**ANNA, "notes": "old", **emails(SYSTEMS["crm"], ["anna@example.org"])}).ref.native_id
    stage.settle()
    return stage, crm, stage.records_of(stage.contact_of("crm", crm).id, "book")[0]


def joined() -> tuple[Stage, str]:
    """Anna known to both systems on their own, who was judged one. Returns the contact that is left."""
    stage = Stage(SYSTEMS)
    for system, note in (("crm", "one"), ("book", "other")):
        stage.vendors[system].user_create({**ANNA, "notes": note, **emails(SYSTEMS[system], ["anna@example.org"])})
    stage.plan()
    matches.judge(stage.store, ["sure"], "same", by="reviewer")
    stage.plan()
    (one,) = stage.contacts()
    return stage, one.id


def test_a_value_is_explained_by_all_that_was_decided_of_it() -> None:
    stage, crm, book = met()
    stage.vendors["book"].user_edit(book, {"notes": "new"})
    stage.sync()
    told = explain(stage.store, stage.book, f"crm:{crm}", "notes")
    (why,) = told["units"].values()
    assert (told["name"], told["state"], list(told["units"])) == ("Anna Virtanen", "live", ["notes"])
    assert (why["value"], why["from"], why["behind"], why["left"]) == ("new", "book", [], [])
    assert [(h["cause"], h["by"], h["from"], h["to"]) for h in why["history"]] == [
        ("born", "hub", None, "old"), ("merge", "hub", "old", "new")]
    assert why["history"][0]["decisions"] == []
    assert why["history"][1]["decisions"] == [{"system": "book", "fate": "won", "value": "new", "rule": "edit"}]
    assert sorted((k["system"], k["native_id"], k["life"]) for k in told["links"]) == [
        ("book", book, "present"), ("crm", crm, "present")]


def test_what_was_joined_is_explained_by_what_happened_to_each() -> None:
    stage, contact = joined()
    history = explain(stage.store, stage.book, contact, "notes")["units"]["notes"]["history"]
    assert [(h["cause"], h["to"]) for h in history] == [("born", "other"), ("born", "one"), ("join", None)]
    with pytest.raises(UnknownName, match=r'Anna Virtanen has no "shoe"\. It has: .*notes'):
        explain(stage.store, stage.book, contact, "shoe")


def test_where_the_workspace_stands() -> None:
    stage = Stage(SYSTEMS)
    assert status(stage.store, [])["last_run"] is None
    stage.vendors["crm"].user_create(ANNA)
    run = stage.plan().run
    told = status(stage.store, [{"name": "crm"}])
    assert {k: told["last_run"][k] for k in ("id", "kind", "state")} == {"id": run, "kind": "plan", "state": "waiting"}
    assert {k: told[k] for k in told if k != "last_run"} == {
        "contacts": {"live": 1}, "conflicts": {}, "matches": 0, "writes_waiting": {"book create": 1}, "unknown_outcomes": 0,
        "refused": 0, "systems": [{"name": "crm"}]}


def test_what_undoing_a_run_would_do() -> None:
    stage = Stage(SYSTEMS)
    crm = stage.vendors["crm"].user_create(ANNA).ref.native_id
    made = stage.sync().run
    contact = stage.contact_of("crm", crm).id
    (book,) = stage.records_of(contact, "book")
    stage.vendors["crm"].user_edit(crm, {"notes": "new"})
    edited = stage.sync().run
    who = {"contact": contact, "name": "Anna Virtanen"}
    assert undoing.preview(stage.store, stage.book, made)["delete"] == [{**who, "system": "book", "record": book}]
    assert undoing.preview(stage.store, stage.book, edited) == {
        "run": edited, "contacts": 1, "back": [{**who, "unit": "notes", "from": "new", "to": None}], "again": [], "delete": [],
        "spared": [], "kept": [], "lost": []}
    stage.vendors["crm"].user_edit(crm, {"notes": "newer"})
    stage.sync()
    assert undoing.preview(stage.store, stage.book, edited)["kept"] == [{**who, "unit": "notes", "why": "changed since"}]


def test_what_erasing_would_do() -> None:
    stage, crm, book = met()
    contact = stage.contact_of("crm", crm).id

    def preview(keep: dict[str, str]) -> dict[str, Any]:
        return subjects.preview(stage.store, stage.book, f"crm:{crm}", keep)

    assert preview({"book": "the law"}) == {
        "contact": contact, "name": "Anna Virtanen", "begun": False, "once_with": [], "joined": [], "perhaps": [], "records": [
            {"system": "book", "record": book, "outcome": "kept", "why": "the law"},
            {"system": "crm", "record": crm, "outcome": "deleted", "why": ""}]}
    subjects.ask(stage.store, stage.book, f"crm:{crm}", {}, by="officer")
    stage.plan()
    assert preview({})["begun"] is True


def test_what_is_known_of_a_system_leaves_out_where_a_protected_person_lives() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    with pytest.raises(UsageError, match="was never read here to the end"):
        known(stage.store, stage.book, "crm")
    crm = stage.vendors["crm"].user_create({**ANNA, "phones": [{"id": "1", "value": "+358401234567"}]}).ref.native_id
    stage.plan()

    def record() -> dict[str, Any]:
        ((native_id, record),) = known(stage.store, stage.book, "crm").records
        assert (native_id, record["name.given"]) == (crm, "Anna")
        return record

    assert list(record()["phones"]) == ["+358401234567"]
    row = stage.contact_of("crm", crm)
    with stage.store.writing() as tx:  # as if some system had said so
        contacts.save_contacts(tx, [replace(row, units={**row.units, "protected": Cell(True, 1, "rule")})], [row.id])
    assert "phones" not in record()


def test_who_is_listed_says_where_they_have_records() -> None:
    stage, _, _ = met()
    (one,) = listed(stage.store, stage.book, Wanted(), today="2026-11-30")
    assert (one.name, sorted(one.systems)) == ("Anna Virtanen", ["book", "crm"])


def test_names_and_values_as_people_read_them() -> None:
    def of(**units: Any) -> str:
        return title({f"name.{u}": Cell(v, 1, "crm/1") for u, v in units.items()})

    assert of() == of(full=None) == "(no name)"
    assert of(full="Anna V.") == "Anna V."
    assert of(given="Anna", family="Virtanen", full="V., Anna") == "Anna Virtanen"
    assert shown({"replaced_by": "a@x.fi", "v": "A@x.fi"}) == "A@x.fi"
    assert shown({"replaced_by": "a@x.fi"}) == "a@x.fi"
    assert shown({"street": "A 1"}) == {"street": "A 1"}
