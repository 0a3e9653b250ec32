"""design.md, Guards: what looks like an accident is stopped before anything is sent."""

from __future__ import annotations

import pytest

from hub.rules.guards import Census, Limits, check_census, check_plan

LIMITS = Limits()


def test_an_emptied_system_is_set_aside() -> None:
    assert "lists nothing" in str(check_census(Census(links=3, listed=0), LIMITS))
    assert check_census(Census(links=0, listed=0), LIMITS) is None


def test_most_of_a_full_listing_changed_at_once_is_an_accident() -> None:
    assert check_census(Census(links=100, listed=100, changed=51), LIMITS) is not None
    assert check_census(Census(links=100, listed=100, changed=50), LIMITS) is None


def test_changes_without_a_full_listing_are_not() -> None:
    assert check_census(Census(links=100, changed=90), LIMITS) is None


@pytest.mark.parametrize("what", ["gone", "blanked"])
def test_most_records_gone_or_emptied_is_an_accident(what: str) -> None:
    assert check_census(Census(links=100, **{what: 51}), LIMITS) is not None
    assert check_census(Census(links=100, **{what: 50}), LIMITS) is None


def test_below_so_many_links_nothing_is_most_of_them() -> None:
    assert check_census(Census(links=10, listed=10, changed=10, gone=10, blanked=10), LIMITS) is None
    assert check_census(Census(links=11, listed=11, gone=11), LIMITS) is not None


def test_a_unit_nobody_tells_any_more_is_a_renamed_column_however_few_people_there_are() -> None:
    assert "emails" in str(check_census(Census(links=3, changed=2, silent={"emails": 2}), LIMITS))
    assert check_census(Census(links=3, changed=1, silent={"emails": 1}), LIMITS) is None


def test_only_earlier_states_in_a_full_listing_are_an_older_copy() -> None:
    assert "older copy" in str(check_census(Census(links=20, listed=20, changed=2, back=2), LIMITS))
    assert "older copy" in str(check_census(Census(links=20, listed=19, changed=1, back=1, gone=1), LIMITS))
    assert check_census(Census(links=20, listed=20, changed=1, back=1), LIMITS) is None
    assert check_census(Census(links=20, listed=20, changed=3, back=2), LIMITS) is None
    assert check_census(Census(links=20, changed=2, back=2), LIMITS) is None
    assert check_census(Census(links=20, listed=18, gone=2), LIMITS) is None


@pytest.mark.parametrize(("links", "most"), [(0, 5), (100, 5), (200, 10), (1000, 50), (100000, 50)])
def test_the_limit_is_five_percent_at_least_five_at_most_fifty(links: int, most: int) -> None:
    assert LIMITS.removals(links) == most
    assert check_plan({"crm": most}, {"crm": links}, {}, LIMITS) == {}
    assert "crm" in check_plan({"crm": most + 1}, {"crm": links}, {}, LIMITS)


@pytest.mark.fault("D3", guard="hub.rules.guards:check_plan")
def test_what_was_removed_in_the_last_day_counts() -> None:
    assert check_plan({"crm": 2}, {"crm": 100}, {"crm": 3}, LIMITS) == {}
    assert "crm" in check_plan({"crm": 3}, {"crm": 100}, {"crm": 3}, LIMITS)


def test_a_plan_that_removes_nothing_is_never_stopped() -> None:
    assert check_plan({"crm": 0}, {"crm": 100}, {"crm": 99}, LIMITS) == {}


def test_each_system_is_judged_by_itself() -> None:
    assert set(check_plan({"crm": 9, "web": 1}, {"crm": 100, "web": 100}, {}, LIMITS)) == {"crm"}
