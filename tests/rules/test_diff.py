"""merge.md 4: what a system's users changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_stage import ANNA, BERIT, CAROL, GIVEN, MAIL, OTHER, cell, link, replaced

from hub.model.contact import CONTACT
from hub.model.state import Edit, Left, LinkState
from hub.rules.diff import diff

WEB = link("web")


def shown(*keys: str, at: dict[str, str] | None = None, label: dict[str, str] | None = None) -> dict[str, Any]:
    return {k: {"v": k, "at": (at or {}).get(k), "a": {"label": (label or {}).get(k)}} for k in keys}


def edits(shadow: dict[str, Any], observed: dict[str, Any], web: LinkState = WEB, **more: Any) -> list[tuple[str, str, Any]]:
    return [(e.kind, e.unit, e.value) for e in found(shadow, observed, web, **more)]


def found(shadow: dict[str, Any], observed: dict[str, Any], web: LinkState = WEB, **more: Any) -> tuple[Edit, ...]:
    return diff(CONTACT, web, {GIVEN: cell("Ann", 5)}, shadow, observed, **more)


@pytest.mark.fault("V8", guard="hub.rules.diff:diff")
def test_each_unit_that_is_not_the_same_is_one_edit() -> None:
    assert edits({GIVEN: "Ann", "notes": "x"}, {GIVEN: "Anna", "notes": " x "}) == [("set", GIVEN, "Anna")]


def test_an_edit_has_seen_what_was_left_else_behind_else_the_present_revision() -> None:
    def seen(**more: Any) -> int | None:
        return found({GIVEN: "Ann"}, {GIVEN: "Anna"}, link("web", **more))[0].seen
    assert seen() == 5
    assert seen(behind={GIVEN: 3}) == 3
    assert seen(behind={GIVEN: None}) is None
    assert seen(behind={GIVEN: 3}, left={GIVEN: Left(5, 2)}) == 2


def test_what_the_lens_does_not_cover_is_no_edit() -> None:
    assert edits({GIVEN: "Ann"}, {GIVEN: "Anna"}, link("web", covers=lambda unit: False)) == []


def test_what_the_observation_does_not_speak_of_is_no_edit() -> None:
    assert edits({GIVEN: "Ann", "emails": shown(ANNA)}, {}) == []


def test_a_removal_needs_the_member_in_the_shadow() -> None:
    assert edits({"emails": shown(ANNA, BERIT)}, {"emails": shown(BERIT)}) == [("remove", MAIL, None)]
    assert edits({"emails": {}}, {"emails": {}}) == []


def test_out_and_in_of_one_row_are_a_replacement() -> None:
    before, after = shown(ANNA, at={ANNA: "1"}), shown(BERIT, at={BERIT: "1"})
    assert edits({"emails": before}, {"emails": after}) == [("replace", MAIL, replaced(BERIT))]


def test_out_and_in_of_different_rows_are_not() -> None:
    before, after = shown(ANNA, at={ANNA: "1"}), shown(BERIT, at={BERIT: "2"})
    assert edits({"emails": before}, {"emails": after}) == [("remove", MAIL, None), ("add", OTHER, BERIT)]


def test_without_rows_they_are_if_they_are_the_only_ones_under_one_label() -> None:
    both = {ANNA: "home", BERIT: "home", CAROL: "home"}
    one = edits({"emails": shown(ANNA, label=both)}, {"emails": shown(BERIT, label=both)})
    assert one == [("replace", MAIL, replaced(BERIT))]
    two = edits({"emails": shown(ANNA, label=both)}, {"emails": shown(BERIT, CAROL, label=both)})
    assert {kind for kind, _, _ in two} == {"remove", "add"}


def test_a_member_that_changed_its_slot_is_neither_out_nor_in() -> None:
    before, after = shown(ANNA, BERIT, at={ANNA: "1", BERIT: "2"}), shown(BERIT, at={BERIT: "1"})
    assert edits({"emails": before}, {"emails": after}) == [("remove", MAIL, None)]


def test_where_a_mapping_says_add_the_old_one_stays() -> None:
    before, after = shown(ANNA, at={ANNA: "1"}), shown(BERIT, at={BERIT: "1"})
    assert edits({"emails": before}, {"emails": after}, slot_change="add") == [("add", OTHER, BERIT)]


@pytest.mark.fault("T13", guard="hub.rules.diff:_members")
def test_the_order_of_members_is_never_an_edit() -> None:
    assert edits({"emails": shown(ANNA, BERIT)}, {"emails": shown(BERIT, ANNA)}) == []


def test_an_attribute_the_observation_does_not_speak_of_is_no_edit() -> None:
    before = {ANNA: {"v": ANNA, "at": "1", "a": {"label": "home"}}}
    assert edits({"emails": before}, {"emails": {ANNA: {"v": ANNA, "at": "1", "a": {}}}}) == []
    assert edits({"emails": before}, {"emails": shown(ANNA, at={ANNA: "1"})}) == [("set", f"{MAIL}.label", None)]


def test_who_is_primary_is_an_edit_unless_the_primary_was_replaced() -> None:
    lead = "emails.primary"
    two = shown(ANNA, BERIT, at={ANNA: "1", BERIT: "2"})
    assert edits({"emails": two, lead: ANNA}, {"emails": two, lead: BERIT}) == [("set", lead, BERIT)]
    after = shown(CAROL, BERIT, at={CAROL: "1", BERIT: "2"})
    assert [u for _, u, _ in edits({"emails": two, lead: ANNA}, {"emails": after, lead: CAROL})] == [MAIL]


def test_a_unit_seen_for_the_first_time_joins_and_has_seen_nothing() -> None:
    assert [(e.kind, e.seen) for e in found({}, {GIVEN: "Anna", "notes": None})] == [("join", None)]


def test_the_labels_of_a_set_seen_for_the_first_time_join_too() -> None:
    came = found({}, {"emails": shown(ANNA, BERIT, label={ANNA: "home"})})
    assert [(e.kind, e.unit, e.value, e.seen, e.payload) for e in came] == [
        ("join", MAIL, ANNA, None, None), ("join", f"{MAIL}.label", "home", None, ANNA), ("join", OTHER, BERIT, None, None)]


def test_after_an_unknown_send_only_what_differs_from_both_is_removed_and_an_add_always_counts() -> None:
    before, sent = shown(ANNA), shown(ANNA, BERIT)
    assert edits({"emails": before}, {"emails": shown(ANNA)}, sent={"emails": sent}) == []
    more = edits({"emails": before}, {"emails": shown(ANNA, CAROL)}, sent={"emails": sent})
    assert more == [("add", f"emails[{CAROL}]", CAROL)]
    assert edits({"emails": before}, {"emails": {}}, sent={"emails": {}}) == []
    assert edits({"emails": before}, {"emails": {}}, sent={"emails": sent}) == [("remove", MAIL, None)]


ATTRIBUTES = st.fixed_dictionaries({"label": st.none() | st.just("home")})
MEMBERS = st.dictionaries(st.sampled_from([ANNA, BERIT, CAROL]), st.fixed_dictionaries(
    {"v": st.sampled_from(["x", "y"]), "at": st.none() | st.sampled_from("12"), "a": ATTRIBUTES}), max_size=3)


@given(st.none() | st.text(max_size=5), MEMBERS, MEMBERS, st.none() | st.sampled_from([ANNA, BERIT]))
def test_equal_projections_have_no_difference(name: str | None, emails: Any, consents: Any, lead: str | None) -> None:
    there = {GIVEN: name, "emails": emails, "consents": consents, "emails.primary": lead}
    assert found(there, {**there}) == ()


PLACES = st.dictionaries(st.sampled_from(["street", "locality", "postcode", "country"]), st.sampled_from("abc"), min_size=1)


@given(PLACES, PLACES, PLACES)
def test_of_a_value_in_parts_only_what_the_record_speaks_of_changes(
    was: dict[str, str], now: dict[str, str], known: dict[str, str],
) -> None:
    unit = "addresses[home]"
    some = diff(CONTACT, WEB, {unit: cell(known, 5)}, {"addresses": {"home": {"v": was}}}, {"addresses": {"home": {"v": now}}})
    if was == now:
        assert some == ()
        return
    (edit,) = some
    said = was.keys() | now.keys()
    assert {p: v for p, v in edit.value.items() if p in said} == now
    assert {p: v for p, v in edit.value.items() if p not in said} == {p: v for p, v in known.items() if p not in said}
