"""merge.md 3 and 13: what became of a write, and what its answer means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_stage import ANNA, BERIT, CAROL, GIVEN, MAIL, OTHER, cell, link

from hub.model.contact import CONTACT
from hub.model.state import Send
from hub.rules.diff import diff
from hub.rules.settle import Settlement, answered, laid_over, rewritten, same_projection, settle_send

UNITS = {GIVEN: cell("Anna", 6), MAIL: cell(ANNA, 5), OTHER: cell(BERIT, 6)}
BEFORE = {GIVEN: "Ann"}
SEND = Send({GIVEN: 6}, {GIVEN: "Anna"}, {"first": "Anna"}, "m1")


def settled(observed: dict[str, Any], marker: str | None = None, send: Send = SEND, **more: Any) -> Settlement:
    return settle_send(CONTACT, send, UNITS, more.pop("shadow", BEFORE), {GIVEN: 5}, observed, marker_there=marker, **more)


def test_our_marker_is_there_it_landed() -> None:
    found = settled({GIVEN: "Anna"}, "m1")
    assert (found.landed, found.shadow, found.behind) == (True, {GIVEN: "Anna"}, {})


def test_the_version_our_write_got_it_landed() -> None:
    assert settled({GIVEN: "Anna"}, same_version=True).landed is True


def test_a_marker_that_is_not_ours_it_did_not_land_and_is_forgotten() -> None:
    found = settled({GIVEN: "Anne"}, "m0")
    assert (found.landed, found.shadow, found.behind) == (False, BEFORE, {GIVEN: 5})


def test_without_marker_a_unit_that_shows_what_was_sent_landed() -> None:
    found = settled({GIVEN: "Anna"}, send=Send(SEND.sent, SEND.shown, {}))
    assert (found.landed, found.shadow, found.behind) == (None, {GIVEN: "Anna"}, {})


def test_without_marker_any_other_changed_unit_keeps_what_it_had_seen() -> None:
    found = settled({GIVEN: "Anne"}, send=Send(SEND.sent, SEND.shown, {}))
    assert (found.shadow, found.behind) == (BEFORE, {GIVEN: 5})


def test_what_stood_there_before_proves_nothing() -> None:
    assert settled({GIVEN: "Ann"}, send=Send(SEND.sent, SEND.shown, {})).behind == {GIVEN: 5}


def test_a_user_who_typed_after_our_write_landed_is_seen_as_having_seen_it() -> None:
    found = settled({GIVEN: "Annika"}, "m1")
    edit, = diff(CONTACT, link("web", behind=found.behind), UNITS, found.shadow, {GIVEN: "Annika"})
    assert (edit.base, edit.value, edit.seen) == ("Anna", "Annika", 6)


@pytest.mark.parametrize(("ours", "there", "plainly"), [
    ("Anna-Maria Virtanen", "Anna-Maria", True), ("Anna", "ANNA", True), ("Anna  Maria", "Anna Maria", True),
    ("Anna", "An", False), ("Anna", "Anne", False), ("Anna", "", False), ("Anna", None, False), (None, "Anna", False),
    ({"street": "Long street 1", "country": "FI"}, {"street": "Long str", "country": "FI"}, True),
    ({"street": "Long street 1"}, {"street": "Short road"}, False),
])
def test_what_a_vendor_plainly_made_of_ours(ours: Any, there: Any, plainly: bool) -> None:
    assert rewritten(ours, there) is plainly


@pytest.mark.fault("V14", guard="hub.rules.settle:rewritten")
def test_a_value_the_vendor_cut_is_no_edit() -> None:
    long = Send({GIVEN: 6}, {GIVEN: "Anna-Maria"}, {}, "m1")
    found = settled({GIVEN: "Anna-M"}, "m1", long)
    assert diff(CONTACT, link("web"), UNITS, found.shadow, {GIVEN: "Anna-M"}) == ()


def test_rows_that_are_new_get_the_ids_they_got_there() -> None:
    sent = {"emails": {ANNA: {"v": ANNA, "at": None, "a": {}}}}
    there = {"emails": {ANNA: {"v": ANNA, "at": "17", "a": {}}}}
    assert laid_over(CONTACT, {"emails": {}}, sent, there)["emails"][ANNA]["at"] == "17"


def test_what_we_did_not_change_nobody_rewrote() -> None:
    stood = {"emails": {ANNA: {"v": "Anna Aho <a@x.fi>", "at": "1", "a": {}}}}
    there = {"emails": {ANNA: {"v": "Anna Aho", "at": "1", "a": {}}}}
    assert laid_over(CONTACT, stood, stood, there) == stood
    assert laid_over(CONTACT, {"emails": {}}, stood, there) == there


def test_a_unit_sent_is_up_to_date_if_its_revision_is_still_the_one_sent_else_behind_with_that_one() -> None:
    assert answered(UNITS, {GIVEN: 3, MAIL: 4}, {GIVEN: 6, MAIL: 4}) == {MAIL: 4}


@pytest.mark.fault("E4", guard="hub.rules.settle:laid_over")
@given(st.lists(st.sampled_from([ANNA, BERIT, CAROL]), unique=True), st.lists(st.sampled_from([ANNA, BERIT, CAROL]), unique=True),
       st.text("ab", max_size=3), st.text("ab", max_size=3))
def test_a_write_that_landed_leaves_no_edit_and_nothing_behind(had: list[str], sent: list[str], was: str, new: str) -> None:
    shadow = {GIVEN: was or None, "emails": {k: {"v": k, "at": k, "a": {}} for k in had}}
    shown = {GIVEN: new or None, "emails": {k: {"v": k, "at": k, "a": {}} for k in sent}}
    behind = {GIVEN: 5, **{f"emails[{k}]": 5 for k in {*had, *sent}}}
    units = {u: cell(None, 6) for u in behind}
    found = settle_send(CONTACT, Send(dict.fromkeys(behind, 6), shown, {}, "m1"), units, shadow, behind, shown, marker_there="m1")
    assert found.behind == {} and same_projection(CONTACT, found.shadow, shown)
    assert diff(CONTACT, link("web"), units, found.shadow, shown) == ()


@given(st.sampled_from(["Ann", "Anna", "Anne", None]), st.sampled_from(["m0", "m1", None]))
def test_settling_never_makes_a_unit_newer_than_what_was_sent(there: str | None, marker: str | None) -> None:
    units = {GIVEN: cell("Annika", 7)}
    found = settle_send(CONTACT, SEND, units, BEFORE, {GIVEN: 5}, {GIVEN: there}, marker_there=marker)
    assert found.behind in ({GIVEN: 5}, {GIVEN: 6})
