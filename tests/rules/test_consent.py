"""merge.md 9: consent is joined."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.state import UNSET, Cell
from hub.rules.consent import dated, is_withdrawal, join_consents, strength


def said(state: str, at: str | None = None, evidence: str = "") -> dict[str, Any]:
    return {"state": state, "evidenced_at": at, "evidence": evidence, "source": "x"}


def joined(*statements: dict[str, Any]) -> dict[str, Any]:
    value, _ = join_consents(UNSET, [(f"l{n}", s) for n, s in enumerate(statements)])
    return value


def test_the_later_date_wins() -> None:
    assert joined(said("withdrawn", "2026-01-01"), said("granted", "2026-01-02"))["state"] == "granted"


@pytest.mark.fault("G6", guard="hub.rules.consent:strength")
def test_ties_are_withdrawn() -> None:
    noon = "2026-01-01T12:00:00+00:00"
    assert joined(said("withdrawn", noon), said("granted", noon))["state"] == "withdrawn"


def test_a_grant_without_a_date_is_older_than_everything() -> None:
    assert joined(said("granted"), said("withdrawn", "1970"))["state"] == "withdrawn"


def test_a_withdrawal_without_a_date_is_dated_by_its_first_observation_and_a_grant_is_not() -> None:
    assert dated(said("withdrawn"), "2026-03-01")["evidenced_at"] == "2026-03-01"
    assert dated(said("withdrawn", "2025"), "2026-03-01")["evidenced_at"] == "2025"
    assert dated(said("granted"), "2026-03-01")["evidenced_at"] is None


@pytest.mark.parametrize("day", ["2026-05-04", "2026-05", "2026"])
def test_of_a_part_of_a_date_a_withdrawal_counts_to_its_end_and_a_grant_from_its_beginning(day: str) -> None:
    assert joined(said("granted", "2026-05-04T10:00:00Z"), said("withdrawn", day))["state"] == "withdrawn"
    assert joined(said("withdrawn", "2026-05-04T10:00:00Z"), said("granted", day))["state"] == "withdrawn"


def test_zones_are_read() -> None:
    assert strength(said("granted", "2026-05-04T12:00:00+02:00"))[0] == strength(said("granted", "2026-05-04T10:00:00Z"))[0]


def test_a_date_nobody_can_read_never_makes_a_grant_the_later_one() -> None:
    assert joined(said("granted", "soon"), said("withdrawn", "1990"))["state"] == "withdrawn"
    assert joined(said("withdrawn", "soon"), said("granted", "2099"))["state"] == "withdrawn"


def test_what_is_known_stays_where_it_is_as_strong() -> None:
    known = Cell(said("withdrawn", "2026-01-01", "z"), 5, "crm/1")
    assert join_consents(known, [("web/1", said("granted", "2026-01-01", "a"))]) == (known.value, "crm/1")


DATES = [None, "2026", "2026-01", "2026-01-01", "2026-01-01T10:00:00Z", "2026-01-01T12:00:00+02:00", "soon"]
STATEMENTS = st.lists(
    st.builds(said, st.sampled_from(["granted", "withdrawn"]), st.sampled_from(DATES), st.sampled_from("ab")), max_size=6)


@given(STATEMENTS, STATEMENTS)
def test_joining_is_commutative_associative_and_idempotent(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> None:
    both = joined(*first, *second)
    assert both == joined(*reversed([*first, *second])) == joined(*first, *first, *second)
    parts = [s for s in (joined(*first), joined(*second)) if s is not None]
    assert joined(*parts) == both


@given(STATEMENTS, st.randoms(use_true_random=False))
def test_a_withdrawal_that_nothing_is_later_than_is_never_weakened(statements: list[dict[str, Any]], rng: Any) -> None:
    last = said("withdrawn", "2027-01-01")
    rng.shuffle(statements)
    assert (is_withdrawal(joined(*statements, last)) and is_withdrawal(joined(last, *statements))) or any(
        strength(s) > strength(last) for s in statements)
