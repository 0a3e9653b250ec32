"""merge.md 11, Undo of a run: what it changed goes back, where nobody touched it since."""

from __future__ import annotations

from typing import Any

import pytest
from merge_stage import (
    ANNA,
    BERIT,
    GIVEN,
    MAIL,
    OTHER,
    asked,
    cell,
    contact,
    contends,
    edit,
    fates,
    link,
    merged,
    replace_,
    values,
)

from hub.model.contact import CONTACT
from hub.model.state import Answer, ContactState, Decision, Edit, Left, MergeOutcome
from hub.rules.since import Row
from hub.rules.undo import Kept, undo


def undone(
    before: ContactState, *edits: Edit, later: tuple[str, ...] = (), wrote: Any = None, now: ContactState | None = None,
) -> tuple[MergeOutcome, list[Kept]]:
    """The run merged ``edits`` as row 9 and is undone as row 12. ``now``: the contact as it stands, else as the run left it."""
    run = merged(before, *edits)
    rows = [Row(9, run.changed, run.decisions)]
    return undo(CONTACT, now or run.apply(before), rows, later=later, wrote=wrote or {}, rev=12, at=0)


def test_a_unit_gets_back_value_revision_and_origin() -> None:
    found, kept = undone(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anna"))
    assert found.units[GIVEN] == cell("Ann", 5, "crm/1") and kept == []


def test_a_link_the_run_wrote_it_to_is_behind_and_the_one_whose_user_made_it_keeps_it() -> None:
    run: MergeOutcome = merged(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anna"))
    now = ContactState(run.units, {"crm/1": link("crm"), "web/1": link("web")})
    found, _ = undone(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anna"), wrote={"crm/1": {GIVEN: 9}}, now=now)
    assert found.behind["crm/1"] == {GIVEN: 9}
    assert found.left["web/1"] == {GIVEN: Left(5, 9)} and GIVEN not in found.behind["web/1"]


def test_what_was_changed_since_stays() -> None:
    found, kept = undone(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anna"), later=(GIVEN,))
    assert found.units[GIVEN].value == "Anna" and kept == [Kept(GIVEN, "changed since")]


def test_what_is_in_conflict_stays() -> None:
    run = merged(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anna"))
    now = contact(run.units, conflicts=asked(GIVEN, contends("crm", "Anne")))
    found, kept = undone(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anna"), now=now)
    assert found.units[GIVEN].value == "Anna" and kept[0].why.startswith("a conflict")


def test_a_replacement_goes_back_whole() -> None:
    before = contact({MAIL: ANNA, f"{MAIL}.label": "home", "emails.primary": ANNA})
    found, kept = undone(before, replace_("web", ANNA, BERIT))
    assert kept == [] and {u: v for u, v in values(found).items() if v is not None} == {
        MAIL: ANNA, f"{MAIL}.label": "home", "emails.primary": ANNA}


@pytest.mark.parametrize(("old", "new"), [(ANNA, BERIT), (BERIT, ANNA)])
@pytest.mark.parametrize("since", ["{old}", "{new}", "{new}.label"])
def test_or_not_at_all(old: str, new: str, since: str) -> None:
    was, now = f"emails[{old}]", f"emails[{new}]"
    before = contact({was: old, f"{was}.label": "home"})
    found, kept = undone(before, replace_("web", old, new), later=(since.format(old=was, new=now),))
    assert found.units[now].value == new and {was, now} <= {k.unit for k in kept}


def test_a_member_not_if_an_attribute_of_it_changed_since() -> None:
    found, kept = undone(contact({}), edit("web", MAIL, ANNA, 0, "add"), later=(f"{MAIL}.label",))
    assert found.units[MAIL].value == ANNA and kept[0].unit == MAIL


def test_a_withdrawn_consent_is_not_given_back() -> None:
    unit = "consents[news:email]"
    granted, withdrawn = ({"state": s, "evidenced_at": d} for s, d in (("granted", "2026-01-01"), ("withdrawn", "2026-02-01")))
    found, kept = undone(contact({unit: granted}), edit("web", unit, withdrawn))
    assert found.units[unit].value == withdrawn and kept[0].why == "a withdrawn consent is not given back"


def test_what_a_person_chose_in_a_set_stays() -> None:
    """Members connect with others; the question cannot be put together again from one of them."""
    now = contact({MAIL: cell({"replaced_by": BERIT, "v": BERIT}, 9), OTHER: cell(BERIT, 9)})
    chose = Decision(MAIL, "reviewer", "answered", {"v": BERIT, "replaced_by": BERIT}, "a person", ANNA)
    run = Row(9, {MAIL: cell(ANNA), OTHER: cell(None, 0)}, [chose])
    found, kept = undo(CONTACT, now, [run], later=(), wrote={}, rev=12, at=0)
    assert found.changed == {} and {k.why for k in kept} == {"a person chose it: change it in a system"}


def test_what_a_person_chose_for_a_field_is_asked_again_with_all_values() -> None:
    before = contact({GIVEN: "Ann"})
    asking = merged(before, edit("crm", GIVEN, "Anna"), edit("web", GIVEN, "Anne")).apply(before)
    run = merged(asking, rev=10, answers=[Answer(GIVEN, asking.conflicts[GIVEN].number, "Anna")])
    found, kept = undo(CONTACT, run.apply(asking), [Row(10, run.changed, run.decisions)], later=(), wrote={}, rev=12, at=0)
    question = found.conflicts[GIVEN]
    assert kept == [] and found.units[GIVEN].value == "Ann" and question.number == 12
    assert {(c.value, c.rev) for c in question.contenders} == {("Anna", 10), ("Anne", 12)}
    assert {i: b[GIVEN] for i, b in found.behind.items()} == {"crm/1": 10, "web/1": 5}
    assert fates(found) == [("reviewer", "contends", "undone"), ("web/1", "contends", "undone")]


def test_what_was_never_set_before_is_empty_again() -> None:
    found, _ = undone(contact({}), edit("web", GIVEN, "Anna", 0))
    assert found.units[GIVEN].value is None


def test_every_value_that_goes_says_so() -> None:
    found, _ = undone(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anna"))
    assert fates(found) == [("web/1", "overruled", "undone")]
