"""merge.md 5, steps 3 to 5: who is fresh, and who wins."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_stage import GIVEN, cell, contends

from hub.model.contact import CONTACT
from hub.model.state import RULE, UNSET, Contender
from hub.rules.authority import FREE, Authority, UnitAuthority
from hub.rules.contend import Open, Settled, is_fresh, settle

PRESENT = cell("Ann", 5)
SYSTEMS = {"crm/1": "crm", "web/1": "web", "shop/1": "shop"}


def outcome(*contenders: Contender, unit: str = GIVEN, present: Any = PRESENT, authority: Authority = FREE, **more: Any) -> Any:
    return settle(CONTACT, authority, unit, present, contenders, SYSTEMS, **more)


def test_fresh_is_who_has_seen_the_present_revision() -> None:
    assert is_fresh(contends("web", "Anna", 5), PRESENT)
    assert not is_fresh(contends("web", "Anna", 4), PRESENT)
    assert not is_fresh(contends("web", "Anna", None), PRESENT)


def test_where_nothing_was_ever_set_every_edit_is_fresh_but_not_a_joined_value() -> None:
    assert is_fresh(contends("web", "Anna", None), UNSET)
    assert not is_fresh(contends("web", "Anna", None, rev=3), UNSET)


def test_if_none_is_fresh_the_present_value_contends() -> None:
    assert outcome(contends("web", "Anna", 4)) == Open("contending")


def test_one_fresh_edit_wins_over_what_its_author_saw() -> None:
    found = outcome(contends("web", "Anna", 5))
    assert isinstance(found, Settled) and (found.value, found.rule) == ("Anna", "edit")


def test_several_that_say_the_same_agree() -> None:
    found = outcome(contends("crm", "Anna", 5), contends("web", "Anna ", 3))
    assert found.rule == "agreement" and len(found.winners) == 2


def test_the_present_value_defends_itself_where_it_is_asked_to() -> None:
    assert outcome(contends("web", "Anna", 5), defend=True) == Open("contending")


def test_who_is_preferred_wins_and_the_others_lose() -> None:
    prefers = Authority({GIVEN: UnitAuthority(prefer=("shop", "web"))})
    found = outcome(contends("crm", "Anna", 5), contends("web", "Anne", 5), authority=prefers)
    assert (found.value, found.rule, [c.link for c in found.losers]) == ("Anne", "prefer web", ["crm/1"])


def test_a_value_that_fails_its_normaliser_never_wins_over_one_that_passes() -> None:
    good = cell("1990-01-02", 5)
    assert outcome(contends("web", "soon", 5), unit="birthday", present=good) == Open("invalid")
    assert outcome(contends("web", "1991", 5), unit="birthday", present=good).value == "1991"
    assert outcome(contends("web", "later", 5), unit="birthday", present=cell("soon", 5)).value == "later"


def test_a_primary_nobody_chose_contends_with_nobody() -> None:
    lead = cell("a@x.fi", 5, RULE)
    assert outcome(contends("web", "b@x.fi", 4), unit="emails.primary", present=lead).value == "b@x.fi"


CONTENDERS = st.lists(st.builds(contends, st.sampled_from(["crm", "web", "shop"]), st.sampled_from(["Ann", "Anna", "Anne", None]),
                                st.sampled_from([5, 4, None])), min_size=1, max_size=3, unique_by=lambda c: c.link)
PREFER = st.permutations(["crm", "web", "shop"]).map(lambda p: Authority({GIVEN: UnitAuthority(prefer=tuple(p))}))


@given(CONTENDERS, st.randoms(use_true_random=False), st.just(FREE) | PREFER)
def test_no_order_decides(contenders: list[Contender], rng: Any, authority: Authority) -> None:
    first = outcome(*contenders, authority=authority)
    rng.shuffle(contenders)
    assert outcome(*contenders, authority=authority) == first


@pytest.mark.fault("C1", guard="hub.rules.contend:settle")
@given(CONTENDERS)
def test_without_rules_nobody_wins_over_a_value_he_did_not_see(contenders: list[Contender]) -> None:
    found = outcome(*contenders)
    if isinstance(found, Settled):
        seen = [c for c in found.winners if c.seen == 5]
        assert seen or found.value == PRESENT.value
        assert not found.losers
