"""Rules of retention: the time is over after so many whole days without a change, for whom a rule's filter is about."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from merge_stage import cell

from hub.rules.retention import DAY_S, Retention, over
from hub.rules.scope import scope

MEMBER = {"groups[members]": cell("Members")}
NO_MEMBER = {"any": [{"unit": "groups", "has": "members", "not": True}]}
DAYS = st.integers(1, 4000)
MOMENTS = st.floats(1_500_000_000, 1_900_000_000)
PEOPLE: Any = st.sampled_from([MEMBER, {}])
RULES = st.lists(st.builds(
    Retention, st.sampled_from(["a", "b", "c"]), DAYS.map(lambda d: d * DAY_S), st.just("statute"),
    st.sampled_from([None, NO_MEMBER])), max_size=3)


@given(RULES, PEOPLE, MOMENTS, MOMENTS)
def test_it_is_the_first_rule_that_is_about_them_and_whose_days_have_passed(
    rules: list[Retention], units: Any, since: float, now: float,
) -> None:
    passed = [r for r in rules if scope(units, r.where) == "in" and since + r.unchanged_s <= now - now % DAY_S]
    assert over(rules, units, since, now) == (passed[0] if passed else None)


@given(RULES, PEOPLE, MOMENTS, MOMENTS, st.floats(0, 1e8))
def test_who_is_over_stays_over_and_a_change_begins_it_again(
    rules: list[Retention], units: Any, since: float, now: float, later: float,
) -> None:
    if over(rules, units, since, now) is not None:
        assert over(rules, units, since, now + later) is not None
        assert over(rules, units, now, now + later % DAY_S / 2) is None


@given(DAYS, MOMENTS, st.floats(0, DAY_S - 1, exclude_max=True))
def test_what_was_shown_stays_so_until_midnight(days: int, since: float, hour: float) -> None:
    rule = Retention("a", days * DAY_S, "statute")
    midnight = (since + rule.unchanged_s) // DAY_S * DAY_S
    assert over([rule], {}, since, midnight + hour) == (rule if since % DAY_S == 0 else None)
    assert over([rule], {}, since, midnight + DAY_S + hour) == rule


def test_the_last_day_ends_with_midnight() -> None:
    rule = Retention("a", 2 * DAY_S, "statute")
    assert over([rule], {}, 20_000 * DAY_S, 20_002 * DAY_S) == rule
    assert over([rule], {}, 20_000 * DAY_S, 20_002 * DAY_S - 1) is None
    assert over([rule], {}, 20_000 * DAY_S + 1, 20_003 * DAY_S - 1) is None
