"""Undo of a run (merge.md 11): values go back, makers keep theirs, what was built on it stays, creates are proposed for
deletion."""

from __future__ import annotations

from typing import Any

import pytest

from hub.engine.asking import conflicts, undoing
from hub.errors import UnknownName
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

pytestmark = pytest.mark.both_databases

SYSTEMS = {"book": Traits(slots=3), "crm": Traits()}


def met() -> tuple[Stage, str, str]:
    """Anna in both systems, in step. Returns her records in crm and book."""
    stage = Stage(SYSTEMS)
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "notes": "old", **emails(
        SYSTEMS["crm"], ["anna@example.org"])}).ref.native_id
    stage.settle()
    return stage, crm, stage.records_of(stage.contact_of("crm", crm).id, "book")[0]


def shown(stage: Stage, system: str, record: str) -> Any:
    return stage.vendors[system].records()[record]


def undo(stage: Stage, run: str) -> dict[str, Any]:
    found = undoing.ask(stage.store, stage.book, run, by="reviewer")
    stage.settle()
    return found


def test_a_value_goes_back_and_its_maker_keeps_it() -> None:
    stage, crm, book = met()
    stage.vendors["crm"].user_edit(crm, {"notes": "new"})
    run = stage.sync().run
    assert shown(stage, "book", book)["notes"] == "new"
    found = undo(stage, run)
    assert [(b["unit"], b["from"], b["to"]) for b in found["back"]] == [("notes", "new", "old")]
    assert (shown(stage, "crm", crm)["notes"], shown(stage, "book", book)["notes"]) == ("new", "old")
    stage.vendors["crm"].user_edit(crm, {"given": "Anni"})  # it neither returns nor is written over later
    stage.settle()
    assert (shown(stage, "crm", crm)["notes"], shown(stage, "book", book)["notes"]) == ("new", "old")
    assert shown(stage, "book", book)["given"] == "Anni"


def test_its_maker_typing_again_asks() -> None:
    stage, crm, book = met()
    stage.vendors["crm"].user_edit(crm, {"notes": "new"})
    undo(stage, stage.sync().run)
    stage.vendors["crm"].user_edit(crm, {"notes": "newer"})
    stage.settle()
    (conflict,) = stage.conflicts()
    assert [c.value for c in conflict.conflict.contenders] == ["newer"]
    assert shown(stage, "book", book)["notes"] == "old"


def test_what_changed_since_stays() -> None:
    stage, crm, book = met()
    stage.vendors["crm"].user_edit(crm, {"notes": "new", "company": "Oy Ab"})
    run = stage.sync().run
    stage.vendors["book"].user_edit(book, {"notes": "newer"})
    stage.settle()
    found = undo(stage, run)
    assert [(k["unit"], k["why"]) for k in found["kept"]] == [("notes", "changed since")]
    assert [(b["unit"], b["to"]) for b in found["back"]] == [("company", None)]
    assert shown(stage, "crm", crm)["notes"] == "newer" and shown(stage, "book", book)["company"] is None


def test_a_correction_goes_back_whole() -> None:
    stage, crm, book = met()
    stage.vendors["crm"].user_edit(crm, emails(SYSTEMS["crm"], ["anna.v@example.org"], shown(stage, "crm", crm)))
    run = stage.sync().run
    assert shown(stage, "book", book)["email1"] == "anna.v@example.org"
    undo(stage, run)
    assert shown(stage, "book", book)["email1"] == "anna@example.org"
    assert [row["value"] for row in shown(stage, "crm", crm)["emails"]] == ["anna.v@example.org"]
    units = stage.contact_of("crm", crm).units
    assert units["emails[anna@example.org]"].value == "anna@example.org"
    assert units["emails.primary"].value == "anna@example.org"
    assert units["emails[anna.v@example.org]"].value is None


def test_an_address_added_is_taken_away_again_elsewhere() -> None:
    stage, crm, book = met()
    both = ["anna@example.org", "second@example.org"]
    stage.vendors["crm"].user_edit(crm, emails(SYSTEMS["crm"], both, shown(stage, "crm", crm)))
    run = stage.sync().run
    assert shown(stage, "book", book)["email2"] == "second@example.org"
    undo(stage, run)
    assert shown(stage, "book", book)["email2"] is None
    assert [row["value"] for row in shown(stage, "crm", crm)["emails"]] == both


def test_a_withdrawal_is_never_given_back() -> None:
    stage, crm, book = met()
    stage.vendors["crm"].user_edit(crm, {"optout": True})
    run = stage.sync().run
    found = undo(stage, run)
    assert found["back"] == [] and [k["why"] for k in found["kept"]] == ["a withdrawn consent is not given back"]
    assert shown(stage, "book", book)["optout"] is True


def test_what_it_made_is_proposed_for_deletion_and_not_made_again() -> None:
    stage = Stage(SYSTEMS)
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
    run = stage.sync().run
    (book,) = stage.vendors["book"].records()
    found = undoing.ask(stage.store, stage.book, run, by="reviewer")
    assert [(d["system"], d["record"]) for d in found["delete"]] == [("book", book)]
    stage.sync(approve=None)
    assert book in stage.vendors["book"].records()  # a delete waits for a person
    stage.settle()
    assert not stage.vendors["book"].records() and crm in stage.vendors["crm"].records()
    stage.vendors["crm"].user_edit(crm, {"notes": "still here"})
    stage.settle()
    assert not stage.vendors["book"].records()


def test_what_it_deleted_and_somebody_takes_out_of_the_trash_stays() -> None:
    stage = Stage(SYSTEMS)
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"})
    run = stage.sync().run
    (book,) = stage.vendors["book"].records()
    undoing.ask(stage.store, stage.book, run, by="reviewer")
    stage.settle()
    assert not stage.vendors["book"].records()
    stage.vendors["book"].user_restore(book)
    stage.settle()
    assert book in stage.vendors["book"].records()


def test_a_record_somebody_works_with_is_not_deleted() -> None:
    stage = Stage(SYSTEMS)
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"})
    run = stage.sync().run
    (book,) = stage.vendors["book"].records()
    undoing.ask(stage.store, stage.book, run, by="reviewer")
    stage.vendors["book"].user_edit(book, {"notes": "I need her"})
    stage.settle()
    assert book in stage.vendors["book"].records()


def test_an_undo_can_be_undone() -> None:
    stage, crm, book = met()
    stage.vendors["crm"].user_edit(crm, {"notes": "new"})
    undoing.ask(stage.store, stage.book, stage.sync().run, by="reviewer")
    run = stage.sync().run
    assert shown(stage, "book", book)["notes"] == "old"
    undo(stage, run)
    assert shown(stage, "book", book)["notes"] == shown(stage, "crm", crm)["notes"] == "new"


def test_an_undo_whose_deletes_wait_can_be_undone() -> None:
    """What it proposed for deletion is proposed no more, and is kept alike again."""
    stage = Stage(SYSTEMS)
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
    undoing.ask(stage.store, stage.book, stage.sync().run, by="reviewer")
    run = stage.sync(approve=None).run
    (book,) = stage.vendors["book"].records()
    found = undo(stage, run)
    assert [(d["system"], d["record"]) for d in found["spared"]] == [("book", book)] and found["contacts"] == 1
    stage.vendors["crm"].user_edit(crm, {"notes": "still here"})
    stage.settle()
    assert shown(stage, "book", book)["notes"] == "still here"


def test_an_address_made_primary_since_stays() -> None:
    """Somebody works with it, though its own unit did not change."""
    stage, crm, book = met()
    both = ["anna@example.org", "second@example.org"]
    stage.vendors["crm"].user_edit(crm, emails(SYSTEMS["crm"], both, shown(stage, "crm", crm)))
    run = stage.sync().run
    stage.vendors["crm"].user_edit(crm, emails(SYSTEMS["crm"], both[::-1], shown(stage, "crm", crm)))
    stage.settle()
    found = undo(stage, run)
    assert {(k["unit"], k["why"]) for k in found["kept"]} == {("emails[second@example.org]", "made primary since")}
    assert not found["back"]
    assert {shown(stage, "book", book)[f"email{n}"] for n in (1, 2)} == set(both)


def test_where_the_hub_may_not_delete_no_delete_is_proposed() -> None:
    stage = Stage(SYSTEMS, rules={"book": {"deletes": False}})
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
    run = stage.sync().run
    found = undo(stage, run)
    assert not found["delete"] and [k["why"] for k in found["kept"]] == ["the hub may not delete in book"]
    stage.vendors["crm"].user_edit(crm, {"notes": "still here"})
    stage.settle()
    (record,) = stage.vendors["book"].records().values()
    assert record["notes"] == "still here"


def test_a_delete_that_waits_is_not_made_where_the_hub_may_write_nothing_any_more() -> None:
    stage = Stage(SYSTEMS)
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"})
    undoing.ask(stage.store, stage.book, stage.sync().run, by="reviewer")
    stage.sync(approve=None)
    stage.change_rules("book", writes=False, creates=False, deletes=False)
    stage.settle()
    assert len(stage.vendors["book"].records()) == 1


@pytest.mark.parametrize("on_delete", ["propagate", "ask"])
def test_the_end_of_a_contact_whose_deletes_wait_is_taken_back(on_delete: str) -> None:
    stage = Stage({**SYSTEMS, "list": Traits()}, rules={"crm": {"on_delete": on_delete}})
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
    stage.settle()
    stage.vendors["crm"].user_delete(crm)
    run = stage.sync(approve=None).run
    if on_delete == "ask":
        (asked,) = conflicts.every(stage.store)
        conflicts.resolve(stage.store, asked["id"], "delete", by="reviewer", value=None)
        run = stage.sync(approve=None).run
    found = undo(stage, run)
    assert sorted(d["system"] for d in found["spared"]) == ["book", "list"]
    assert [len(stage.vendors[n].records()) for n in ("crm", "book", "list")] == [0, 1, 1]
    (book,) = stage.vendors["book"].records()
    stage.vendors["book"].user_edit(book, {"notes": "still here"})
    stage.settle()
    (listed,) = stage.vendors["list"].records().values()
    assert listed["notes"] == "still here"


def chosen(choice: str, value: str | None = None) -> tuple[Stage, str, str, str]:
    """Two typed other notes, and a person chose. Returns her records in crm and book too, and the run of the answer."""
    stage, crm, book = met()
    stage.vendors["crm"].user_edit(crm, {"notes": "from crm"})
    stage.vendors["book"].user_edit(book, {"notes": "from book"})
    stage.settle()
    (asked,) = conflicts.every(stage.store)
    conflicts.resolve(stage.store, asked["id"], choice, by="reviewer", value=value)
    return stage, crm, book, stage.sync().run


@pytest.mark.parametrize(("choice", "value", "got"), [
    ("crm", None, "from crm"), ("book", None, "from book"), ("value", "typed", "typed"), ("hub", None, "old")])
def test_what_a_person_chose_among_several_is_asked_again(choice: str, value: str | None, got: str) -> None:
    """With all that there was to choose from; nothing is written before somebody answers."""
    stage, crm, book, run = chosen(choice, value)
    assert shown(stage, "crm", crm)["notes"] == shown(stage, "book", book)["notes"] == got
    found = undo(stage, run)
    (again,) = found["again"]
    values = {"old", "from crm", "from book", got}
    assert (again["unit"], set(again["values"]), found["back"], found["kept"]) == ("notes", values, [], [])
    (question,) = conflicts.every(stage.store)
    assert {question["hub"], *(c["value"] for c in question["contenders"])} == values and question["hub"] == "old"
    assert shown(stage, "crm", crm)["notes"] == shown(stage, "book", book)["notes"] == got


@pytest.mark.parametrize("other", ["from book", "from crm", "old"])
def test_who_is_asked_again_can_choose_otherwise_and_it_goes_everywhere(other: str) -> None:
    stage, crm, book, run = chosen("crm")
    undo(stage, run)
    (question,) = conflicts.every(stage.store)
    choice = "hub" if question["hub"] == other else next(c["system"] for c in question["contenders"] if c["value"] == other)
    conflicts.resolve(stage.store, question["id"], choice, by="reviewer", value=None)
    stage.settle()
    assert conflicts.every(stage.store) == []
    assert shown(stage, "crm", crm)["notes"] == shown(stage, "book", book)["notes"] == other


def test_an_undo_that_asked_again_is_not_undone_while_it_is_open() -> None:
    stage, _, _, run = chosen("crm")
    undoing.ask(stage.store, stage.book, run, by="reviewer")
    again = stage.sync().run
    assert [k["why"] for k in undoing.preview(stage.store, stage.book, again)["kept"]] == ["a conflict about it is open"]


def test_a_run_nobody_knows() -> None:
    stage, _, _ = met()
    with pytest.raises(UnknownName, match="hub runs"):
        undoing.preview(stage.store, stage.book, "00000000")


@pytest.mark.parametrize("marker", [True, False])
def test_a_system_whose_answer_was_lost_goes_back_too(marker: bool) -> None:
    """Without a marker nobody can tell that it landed, and yet what stands there is ours."""
    stage = Stage({"book": Traits(marker=marker), "crm": Traits()})
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "notes": "old"}).ref.native_id
    stage.settle()
    book = stage.records_of(stage.contact_of("crm", crm).id, "book")[0]
    stage.vendors["crm"].user_edit(crm, {"notes": "new"})
    stage.faults["book"].next("lost_after")
    run = stage.sync().run
    stage.settle()
    undo(stage, run)
    assert (shown(stage, "crm", crm)["notes"], shown(stage, "book", book)["notes"]) == ("new", "old")


def test_a_record_in_the_trash_goes_back_when_it_is_taken_out() -> None:
    stage = Stage({"book": Traits(restorable=True), "crm": Traits()}, rules={"book": {"on_delete": "unlink"}})
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "notes": "old"}).ref.native_id
    stage.settle()
    book = stage.records_of(stage.contact_of("crm", crm).id, "book")[0]
    stage.vendors["crm"].user_edit(crm, {"notes": "new"})
    run = stage.sync().run
    stage.vendors["book"].user_delete(book)
    stage.settle()
    undo(stage, run)
    stage.vendors["book"].user_restore(book)
    stage.settle()
    assert (shown(stage, "crm", crm)["notes"], shown(stage, "book", book)["notes"]) == ("new", "old")
