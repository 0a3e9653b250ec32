"""Who may be the same is asked again whenever the answer may be another: a record came, changed, was joined or told apart."""

from __future__ import annotations

from typing import Any

import pytest

from hub.engine.asking import matches
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
