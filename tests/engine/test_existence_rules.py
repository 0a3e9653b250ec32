"""What is gone, what comes back, and what somebody merged himself (merge.md 2, 10, 11)."""

from __future__ import annotations

import pytest

from hub.engine.asking import conflicts
from hub.store import journal, plans
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

PAIR = {"book": Traits(), "crm": Traits()}
NUMBERED = {"fields": {"company": {"off": True}}, "sets": {"identifiers": {"fixed": [{"key": "member-number", "at": "company"}]}}}
ANNA = {"given": "Anna", "family": "Virtanen"}


def gone_everywhere() -> Stage:
    """Anna, member 1234, was in both systems and deleted in the crm, which propagates."""
    stage = Stage(PAIR, rules={"crm": {"on_delete": "propagate"}})
    for name in PAIR:
        stage.change_mapping(name, NUMBERED)
    crm = stage.vendors["crm"].user_create({**ANNA, "company": "1234", **emails(PAIR["crm"], ["a@example.org"])}).ref.native_id
    stage.settle()
    stage.vendors["crm"].user_delete(crm)
    stage.settle()
    assert not stage.vendors["book"].records()
    return stage


@pytest.mark.fault("I14", guard="hub.engine.planning:_One.run")
def test_a_deleted_contact_comes_back_with_its_tombstones() -> None:
    stage = gone_everywhere()
    stage.vendors["book"].user_create({**ANNA, "company": "1234", **emails(PAIR["book"], ["a@example.org"])})
    for _ in range(3):
        stage.sync()
    (contact,) = stage.contacts()
    assert not stage.vendors["crm"].records()  # its tombstone there stays until a person says so
    assert {k.ref.system for k in stage.links(contact.id)} == {"crm", "book"}


def test_another_person_of_that_name_is_another_contact() -> None:
    stage = gone_everywhere()
    stage.vendors["book"].user_create({**ANNA, "company": "9999", **emails(PAIR["book"], ["b@example.org"])})
    for _ in range(3):
        stage.sync()
    assert len(stage.vendors["crm"].records()) == 1


def test_an_edit_seen_before_our_delete_was_sent_keeps_the_contact() -> None:
    stage = Stage(PAIR, rules={"crm": {"on_delete": "propagate"}})
    crm = stage.vendors["crm"].user_create(ANNA).ref.native_id
    stage.settle()
    (book,) = stage.vendors["book"].records()
    stage.vendors["crm"].user_delete(crm)
    stage.sync(approve=None)
    assert not stage.contacts()  # the delete in the book waits for a person
    stage.vendors["book"].user_edit(book, {"notes": "she is still with us"})
    for _ in range(3):
        stage.sync()
    assert len(stage.contacts()) == 1 and book in stage.vendors["book"].records()
    assert not stage.vendors["crm"].records()  # where she was deleted she is not made again


def test_a_reference_that_lost_its_target_is_no_edit() -> None:
    """The vendor empties it with the record it points at; where that record is still, the reference stays."""
    fields = frozenset({*Traits().fields, "employer"})
    stage = Stage({"book": Traits(fields=fields), "crm": Traits(fields=fields)}, rules={"crm": {"on_delete": "unlink"}})
    crm, book = stage.vendors["crm"], stage.vendors["book"]
    firm = crm.user_create({"kind": "org", "full": "Oy Ab", "given": "Oy", "family": "Ab"}).ref.native_id
    anna = crm.user_create({**ANNA, "employer": firm}).ref.native_id
    stage.settle()
    there = stage.records_of(stage.contact_of("crm", anna).id, "book")[0]
    assert book.records()[there]["employer"]
    crm.user_delete(firm)
    crm.user_edit(anna, {"employer": None})
    stage.settle()
    assert book.records()[there]["employer"] and not stage.conflicts()


@pytest.mark.fault("I1", guard="hub.engine.existence:vanish")
def test_who_merges_two_records_has_decided() -> None:
    """Both records were in step: the winner's values stand, and nobody is asked (merge.md 11)."""
    traits = {"book": Traits(), "crm": Traits(deletes_seen_as="tombstone")}
    stage = Stage(traits)
    crm = stage.vendors["crm"]
    winner = crm.user_create({**ANNA, "notes": "the right one"}).ref.native_id
    loser = crm.user_create({"given": "Anne", "family": "Wirtanen", "notes": "the wrong one"}).ref.native_id
    stage.settle()
    crm.user_merge(winner, loser)
    stage.settle()
    (contact,) = stage.contacts()
    assert not stage.conflicts()
    assert contact.units["notes"].value == "the right one" and contact.units["name.given"].value == "Anna"
    assert {r["given"] for r in stage.vendors["book"].records().values()} == {"Anna"}


def test_who_said_what_a_missing_record_means_is_noted() -> None:
    stage = Stage(PAIR)
    crm = stage.vendors["crm"].user_create(ANNA).ref.native_id
    stage.settle()
    contact = stage.contact_of("crm", crm).id
    stage.vendors["crm"].user_delete(crm)
    stage.sync()
    (row,) = stage.conflicts()
    conflicts.resolve(stage.store, row.id, "keep", by="Maija", value=None)
    stage.sync()
    with stage.store.reading() as tx:
        (said,) = (e for e in journal.of_contacts(tx, [contact]) if e.cause == "existence answered")
    assert (said.actor, said.changes) == ("Maija", {
        "unit": row.conflict.unit, "verdict": "keep", "link": row.conflict.contenders[0].link})


def test_who_is_back_keeps_the_records_whose_deletes_waited() -> None:
    stage = Stage({n: Traits() for n in ("crm", "book", "list")}, rules={"crm": {"on_delete": "propagate"}})
    anna = stage.vendors["crm"].user_create(ANNA).ref.native_id
    stage.settle()
    stage.vendors["crm"].user_delete(anna)
    stage.sync(approve=None)
    assert waiting(stage) == ["book", "list"]
    stage.vendors["crm"].user_restore(anna)
    stage.sync(approve=None)
    assert waiting(stage) == []
    stage.settle()
    assert all(len(v.records()) == 1 for v in stage.vendors.values())


def waiting(stage: Stage) -> list[str]:
    with stage.store.reading() as tx:
        return sorted(w.system for w in plans.writes(tx, states=["planned"]))
