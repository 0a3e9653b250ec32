"""Who may be the same is asked again whenever the answer may be another: a record came, changed, was joined or told apart."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from hub.engine.asking import conflicts, matches
from hub.rules.matching import match
from hub.store import tables as t
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

THREE = {"crm": Traits(), "book": Traits(), "list": Traits()}
ANNA = {"given": "Anna", "family": "Virtanen"}


def typed(stage: Stage, system: str, who: dict[str, Any], *addresses: str) -> str:
    return stage.vendors[system].user_create({**who, **emails(THREE[system], addresses)}).ref.native_id


def asked(stage: Stage) -> list[tuple[str, str, tuple[str, str]]]:
    """(tier, cause, the two records) of every open match."""
    return sorted((m["tier"], m["cause"], tuple(sorted(r["system"] for r in m["records"]))) for m in matches.every(stage.store))


def test_a_new_record_takes_no_question_away_that_it_has_nothing_to_do_with() -> None:
    stage = Stage(THREE)
    typed(stage, "crm", {**ANNA, "birthday": "1980-02-03"}, "home@example.org")
    typed(stage, "book", {**ANNA, "birthday": "1980-02-03"}, "work@example.org")
    stage.plan()
    before = asked(stage)
    typed(stage, "list", {"given": "Bo", "family": "Ek"}, "home@example.org")
    stage.plan()
    assert asked(stage) == before == [("sure", "name+birthday", ("book", "crm"))]


def test_a_new_record_makes_an_old_question_doubtful_also_through_another_key() -> None:
    stage = Stage(THREE)
    typed(stage, "crm", {**ANNA, "birthday": "1980-02-03"}, "home@example.org")
    typed(stage, "book", {**ANNA, "birthday": "1980-02-03"}, "work@example.org")
    stage.plan()
    typed(stage, "book", {"given": "Anna", "family": "Virtamen"}, "home@example.org")
    stage.plan()
    assert [cause for tier, cause, _ in asked(stage)] == ["ambiguous:like-name+one", "ambiguous:name+birthday"]


@pytest.mark.fault("I7", guard="hub.engine.merging:_One._observe")
def test_an_edit_that_makes_two_records_alike_asks() -> None:
    stage = Stage(THREE)
    there = typed(stage, "crm", ANNA)
    typed(stage, "book", ANNA, "anna@example.org")
    stage.plan()
    assert asked(stage) == []
    stage.vendors["crm"].user_edit(there, emails(THREE["crm"], ["anna@example.org"]))
    stage.plan()
    assert asked(stage) == [("sure", "name+email", ("book", "crm"))]


def test_an_edit_that_makes_two_records_unlike_asks_no_more() -> None:
    stage = Stage(THREE)
    there = typed(stage, "crm", ANNA, "anna@example.org")
    typed(stage, "book", ANNA, "anna@example.org")
    stage.plan()
    stage.vendors["crm"].user_edit(there, {"given": "Hugo", "family": "Nieminen"})
    stage.plan()
    assert asked(stage) == []


def test_a_rival_told_apart_leaves_the_other_sure() -> None:
    stage = Stage(THREE)
    typed(stage, "crm", ANNA, "anna@example.org")
    typed(stage, "book", {**ANNA, "birthday": "1980-02-03"}, "anna@example.org")
    rival = typed(stage, "book", {**ANNA, "birthday": "2010-05-06"}, "anna@example.org")
    stage.plan()
    wrong = [m["id"] for m in matches.every(stage.store) if rival in {r["native_id"] for r in m["records"]}]
    assert {tier for tier, _, _ in asked(stage)} == {"likely"}
    matches.judge(stage.store, wrong, "different", by="reviewer")
    stage.plan()
    assert asked(stage) == [("sure", "name+email", ("book", "crm"))]


def test_doubles_that_are_joined_leave_the_other_system_s_record_sure() -> None:
    stage = Stage(THREE)
    typed(stage, "crm", ANNA, "anna@example.org")
    for _ in range(2):
        typed(stage, "book", ANNA, "anna@example.org")
    stage.plan()
    matches.judge(stage.store, ["duplicate:name+email"], "same", by="reviewer")
    stage.plan()
    assert asked(stage) == [("sure", "name+email", ("book", "crm"))] * 2


def test_a_mapping_that_shows_more_asks() -> None:
    stage = Stage(THREE)
    stage.change_mapping("crm", {"fields": {"birthday": {"off": True}}})
    typed(stage, "crm", {**ANNA, "birthday": "1980-02-03"})
    typed(stage, "book", {**ANNA, "birthday": "1980-02-03"})
    stage.plan()
    assert asked(stage) == []
    stage.change_mapping("crm", {"fields": {"birthday": {"off": False}}})
    stage.plan()
    assert asked(stage) == [("sure", "name+birthday", ("book", "crm"))]


def test_two_usual_names_are_no_slip_whoever_bears_them() -> None:
    stage = Stage(THREE)
    for given in ("Aino", "Eino"):
        for family in ("Laine", "Salo", "Ranta"):
            typed(stage, "list", {"given": given, "family": family})
    stage.plan()
    for system, given in (("crm", "Aino"), ("book", "Eino")):
        typed(stage, system, {"given": given, "family": "Korhonen"}, "korhoset@example.org")
    stage.plan()
    assert asked(stage) == []
    stage = Stage(THREE)
    for system, given in (("crm", "Aino"), ("book", "Eino")):
        typed(stage, system, {"given": given, "family": "Korhonen"}, "korhoset@example.org")
    stage.plan()
    assert [cause for _, cause, _ in asked(stage)] == ["like-name+one"]  # among few people nobody knows


# ---- records that the hub made or changed: nobody ever read them

TOLD = {"crm": Traits(), "book": Traits(), "list": Traits(), "shop": Traits()}
"""Systems that tell what changed: what the hub wrote there itself is not read again."""


def found_by(stage: Stage) -> list[str]:
    """The keys of what the only contact's records show by which none of them is found."""
    (contact,) = stage.contacts()
    live = [k for k in stage.links(contact.id) if k.live]
    with stage.store.reading() as tx:
        known = set(tx.sql.execute(select(t.identity_key.c.link, t.identity_key.c.hash)).tuples())
        return [value for k in live for kind, value in match.keys(match.profile(k.shadow))
                if not any((other.id, tx.keys.blind(kind, value)) in known for other in live)]


def test_who_was_deleted_where_she_was_typed_is_known_by_the_copies() -> None:
    """Simulated: site, undo 53349. She was made anew everywhere."""
    stage = Stage(TOLD, rules={"shop": {"creates": False}})
    first = typed(stage, "crm", ANNA, "anna@example.org")
    stage.settle()
    stage.vendors["crm"].user_delete(first, hard=True)
    stage.sync()
    (question,) = conflicts.every(stage.store)
    conflicts.resolve(stage.store, question["id"], "keep", by="reviewer", value=None)
    stage.settle()
    assert found_by(stage) == []
    stage.vendors["shop"].user_create({**ANNA, **emails(TOLD["shop"], ["anna@example.org"])})
    stage.sync()
    assert [m["cause"] for m in matches.every(stage.store)]
    assert [len(stage.vendors[name].records()) for name in ("book", "list")] == [1, 1]


def test_who_got_a_name_by_an_answer_is_known_by_it() -> None:
    stage = Stage(TOLD)
    there = typed(stage, "crm", ANNA)
    stage.settle()
    stage.vendors["crm"].user_edit(there, {"family": "Korhonen"})
    stage.vendors["book"].user_edit(stage.records_of(stage.contact_of("crm", there).id, "book")[0], {"family": "Laine"})
    stage.sync()
    (question,) = conflicts.every(stage.store)
    conflicts.resolve(stage.store, question["id"], "value", by="reviewer", value="Mattila")
    stage.settle()
    assert found_by(stage) == []


def test_a_copy_that_shows_what_nobody_else_shows_any_more_is_known_by_it() -> None:
    """Two disagree about her name; the third has the old one still, and was written by the hub (simulated: 114)."""
    stage = Stage(TOLD)
    there = typed(stage, "crm", ANNA)
    stage.settle()
    contact = stage.contact_of("crm", there).id
    stage.vendors["crm"].user_edit(there, {"family": "Korhonen"})
    stage.vendors["book"].user_edit(stage.records_of(contact, "book")[0], {"family": "Laine"})
    stage.sync()
    assert found_by(stage) == []


def test_a_record_out_of_the_trash_is_known_by_what_it_shows() -> None:
    """It was made by the hub, and nobody changed it since (simulated: site, meetings 113)."""
    stage = Stage(TOLD)
    there = typed(stage, "crm", ANNA)
    stage.settle()
    contact = stage.contact_of("crm", there).id
    copy = stage.records_of(contact, "book")[0]
    stage.vendors["book"].user_delete(copy)
    stage.sync()
    stage.vendors["crm"].user_edit(there, {"family": "Korhonen"})
    stage.settle()
    stage.vendors["book"].user_restore(copy)
    stage.plan()
    assert found_by(stage) == []
