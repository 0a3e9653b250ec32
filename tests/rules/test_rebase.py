"""merge.md 11, Changed lens: the shadow is read anew; that is no edit of a user."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_stage import ANNA, BERIT, GIVEN, MAIL, OTHER, asked, cell, contact, contends, link

from hub.model.contact import CONTACT
from hub.model.state import Cell, Conflict, ContactState, Left, LinkState
from hub.model.units import replaced_by
from hub.rules.merge import merge
from hub.rules.rebase import Rebased, rebase

WEB = link("web")
MINE = {GIVEN: cell("anna", 5, "web/1")}


def based(old: dict[str, Any], new: dict[str, Any], *, units: dict[str, Cell] | None = None, web: LinkState = WEB,
          conflicts: dict[str, Conflict] | None = None, unwritten: frozenset[str] = frozenset()) -> Rebased:
    return rebase(CONTACT, web, MINE if units is None else units, conflicts or {}, old, new, unwritten)


def members(*keys: str, label: str | None = None) -> dict[str, Any]:
    return {k: {"v": k, "at": None, "a": {"label": label}} for k in keys}


def test_where_nothing_reads_otherwise_nothing_happens() -> None:
    assert based({GIVEN: "anna"}, {GIVEN: "anna"}) == Rebased((), {})


def test_where_the_link_is_the_origin_and_undisputed_its_new_reading_is_a_fresh_edit_with_cause_mapping() -> None:
    found, = based({GIVEN: "anna"}, {GIVEN: "Anna"}).edits
    assert (found.kind, found.value, found.seen, found.cause) == ("set", "Anna", 5, "mapping")


def test_elsewhere_the_hubs_value_stays_and_the_link_is_behind() -> None:
    found = based({GIVEN: "anna"}, {GIVEN: "Anna"}, units={GIVEN: cell("anna", 5, "crm/1")})
    assert found == Rebased((), {GIVEN: 5})


def test_a_link_that_is_behind_or_left_makes_no_edit() -> None:
    old, new = {GIVEN: "anna"}, {GIVEN: "Anna"}
    assert based(old, new, web=link("web", behind={GIVEN: 3})) == Rebased((), {GIVEN: 3})
    assert based(old, new, web=link("web", left={GIVEN: Left(5, 3)})).edits == ()


def test_an_open_contender_is_read_again() -> None:
    web = link("web", behind={GIVEN: 3})
    units, waits = {GIVEN: cell("Berit", 5)}, asked(GIVEN, contends("web", "anna", 3))
    found = based({GIVEN: "anna"}, {GIVEN: "Anna"}, units=units, web=web, conflicts=waits)
    after = merge(CONTACT, contact(units, link("crm"), web, conflicts=waits), found.edits, rev=9)
    assert after.conflicts[GIVEN].contenders == (contends("web", "Anna", 3),) and after.units == units


def test_where_the_hubs_value_would_change_the_record_the_link_is_behind() -> None:
    assert based({GIVEN: "anna"}, {GIVEN: "anna"}, unwritten=frozenset({GIVEN})).behind == {GIVEN: 5}
    left = link("web", left={GIVEN: Left(5, 3)})
    assert based({GIVEN: "anna"}, {GIVEN: "anna"}, unwritten=frozenset({GIVEN}), web=left).behind == {}


def test_newly_covered_units_join() -> None:
    found, = based({}, {"notes": "x", "title": None}).edits
    assert (found.unit, found.kind, found.seen, found.cause) == ("notes", "join", None, "mapping")


def test_newly_covered_members_join_with_their_attributes() -> None:
    found = based({}, {"emails": members(ANNA, label="home")})
    assert [(e.unit, e.kind) for e in found.edits] == [(MAIL, "join"), (f"{MAIL}.label", "join")]
    assert found.behind["emails"] is None


def test_nothing_is_taken_away_by_a_mapping() -> None:
    found = based({"emails": members(ANNA, BERIT)}, {"emails": members(BERIT)}, units={MAIL: cell(ANNA), OTHER: cell(BERIT)})
    assert found.edits == () and {MAIL, OTHER} <= found.behind.keys()


def test_consent_never_changes_by_a_mapping() -> None:
    said = {"news:email": {"v": {"state": "withdrawn"}, "at": None, "a": {}}}
    assert based({"consents": {}}, {"consents": said}) == Rebased((), {})
    assert based({}, {"consents": said}, unwritten=frozenset({"consents[news:email]"})) == Rebased((), {})


TEXTS = st.sampled_from(["anna", "Anna", "Berit", None])
SHOWN = st.fixed_dictionaries({}, optional={
    GIVEN: TEXTS, "notes": TEXTS, "emails": st.lists(st.sampled_from([ANNA, BERIT]), unique=True).map(lambda k: members(*k))})
UNITS = st.dictionaries(st.sampled_from([GIVEN, "notes", MAIL, OTHER]), st.builds(
    cell, st.sampled_from(["anna", "Berit"]), st.just(5), st.sampled_from(["web/1", "crm/1"])))
BEHIND = st.dictionaries(st.sampled_from([GIVEN, "notes", MAIL]), st.sampled_from([3, None]))


@pytest.mark.fault("P10", guard="hub.rules.rebase:rebase")
@given(SHOWN, SHOWN, UNITS, BEHIND)
def test_a_mapping_removes_and_blanks_nothing_and_overwrites_nobody_else(
    old: dict[str, Any], new: dict[str, Any], units: dict[str, Cell], behind: dict[str, int | None]
) -> None:
    web = link("web", behind=behind)
    found = based(old, new, units=units, web=web)
    state = contact(units, link("crm"), link("web", behind={**found.behind, **behind}))
    after = merge(CONTACT, state, found.edits, rev=9)
    for unit, was in units.items():
        now = after.units[unit]
        assert now.value is not None or was.origin == "web/1"
        assert replaced_by(now.value) is None
        if was.origin != "web/1":
            assert now == was or unit in after.conflicts
    for unit in after.units.keys() - units.keys():
        assert after.units[unit].value is not None


@given(SHOWN, UNITS)
def test_reading_the_same_again_is_silent(shown: dict[str, Any], units: dict[str, Cell]) -> None:
    assert based(shown, dict(shown), units=units) == Rebased((), {})


def test_an_edit_by_a_mapping_reaches_the_others_like_any_other() -> None:
    state = ContactState(MINE, {"crm/1": link("crm"), "web/1": WEB})
    after = merge(CONTACT, state, based({GIVEN: "anna"}, {GIVEN: "Anna"}).edits, rev=9)
    assert after.units[GIVEN][:3] == ("Anna", 9, "web/1") and after.behind == {"crm/1": {GIVEN: 5}, "web/1": {}}
