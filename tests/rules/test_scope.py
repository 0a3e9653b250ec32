"""design.md, Leaving: who belongs into a system."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from merge_stage import ANNA, GIVEN, MAIL, cell, replaced

from hub.rules.scope import scope

MEMBER = {"groups[members]": cell("Members")}


def has(unit: str, value: str, **more: Any) -> dict[str, Any]:
    return {"unit": unit, "has": value, **more}


def test_without_a_filter_everybody_is_in() -> None:
    assert scope({}, None) == scope({}, {}) == "in"


def test_a_member_of_a_set_or_a_scalar_of_that_value() -> None:
    assert scope(MEMBER, {"any": [has("groups", "members")]}) == "in"
    assert scope(MEMBER, {"any": [has("groups", "MEMBERS")]}) == "in"
    assert scope(MEMBER, {"any": [has("groups", "donors")]}) == "out"
    assert scope({GIVEN: cell("Ann")}, {"any": [{"unit": GIVEN, "is": "Ann"}]}) == "in"


def test_a_removed_or_replaced_member_is_not_there() -> None:
    where = {"any": [{"unit": "emails", "set": True}]}
    assert scope({MAIL: cell(ANNA)}, where) == "in"
    assert scope({MAIL: cell(None)}, where) == scope({MAIL: cell(replaced("b@x.fi"))}, where) == scope({}, where) == "out"


def test_a_label_is_no_member() -> None:
    assert scope({MAIL: cell(None), f"{MAIL}.label": cell("home")}, {"any": [{"unit": "emails", "set": True}]}) == "out"


def test_all_wants_every_clause_and_any_one() -> None:
    clauses = [has("groups", "members"), {"unit": GIVEN, "set": True}]
    assert scope(MEMBER, {"all": clauses}) == "out"
    assert scope(MEMBER, {"any": clauses}) == "in"
    assert scope({**MEMBER, GIVEN: cell("Ann")}, {"all": clauses}) == "in"


def test_not_turns_a_clause() -> None:
    assert scope(MEMBER, {"all": [has("groups", "members", **{"not": True})]}) == "out"
    assert scope({}, {"all": [has("groups", "members", **{"not": True})]}) == "in"
    assert scope({}, {"all": [{"unit": "deathday", "set": False}]}) == "in"


def test_a_clause_can_hold_clauses() -> None:
    either = {"any": [has("groups", "members"), has("groups", "donors")]}
    where = {"all": [either, {"unit": GIVEN, "set": True}]}
    assert scope({**MEMBER, GIVEN: cell("Ann")}, where) == "in"
    assert scope(MEMBER, where) == scope({GIVEN: cell("Ann")}, where) == "out"


UNITS = st.dictionaries(st.sampled_from([GIVEN, "groups[a]", "groups[b]"]), st.builds(cell, st.sampled_from(["a", "b", None])))
CLAUSE = st.fixed_dictionaries(
    {"unit": st.sampled_from([GIVEN, "groups"]), "has": st.sampled_from("ab")}, optional={"not": st.booleans()})
CLAUSES = st.lists(CLAUSE, min_size=1, max_size=3)


@given(UNITS, CLAUSES)
def test_turning_every_clause_turns_all_into_not_any(units: dict[str, Any], clauses: list[dict[str, Any]]) -> None:
    turned = [{**c, "not": not c.get("not", False)} for c in clauses]
    assert (scope(units, {"all": clauses}) == "in") == (scope(units, {"any": turned}) == "out")


@given(UNITS, CLAUSES, CLAUSES)
def test_clauses_in_clauses_are_as_if_asked_one_by_one(units: dict[str, Any], some: list[dict[str, Any]],
                                                       others: list[dict[str, Any]]) -> None:
    apart = [scope(units, {"any": some}), scope(units, {"any": others})]
    assert (scope(units, {"all": [{"any": some}, {"any": others}]}) == "in") == (apart == ["in", "in"])
    assert (scope(units, {"any": [{"any": some}, {"any": others}]}) == "in") == ("in" in apart)
