"""merge.md 8 and 12: what one link should show."""

from __future__ import annotations

from typing import Any

from merge_stage import ANNA, BERIT, CAROL, GIVEN, MAIL, OTHER, THIRD, asked, cell, contends, replaced

from hub.model.contact import CONTACT
from hub.model.state import Units
from hub.rules.shape import held, is_held, order, wanted

LABEL, LEAD = f"{MAIL}.label", "emails.primary"


def show(units: Units, behind: dict[str, int | None], shadow: dict[str, Any], frozen: frozenset[str] = frozenset()) -> Any:
    return wanted(CONTACT, units, behind, shadow, lambda unit: True, lambda unit: is_held(unit, frozen))


def there(*keys: str, label: str | None = None) -> dict[str, Any]:
    return {k: {"v": k, "at": f"row {k}", "a": {"label": label}} for k in keys}


def test_only_what_the_link_is_behind_on_moves() -> None:
    units = {GIVEN: cell("Anna"), "notes": cell("x")}
    assert show(units, {GIVEN: 3}, {GIVEN: "Ann", "notes": "y"}) == {GIVEN: "Anna"}


def test_what_is_held_left_or_parked_stays() -> None:
    assert show({GIVEN: cell("Anna")}, {GIVEN: 3}, {GIVEN: "Ann"}, frozenset({GIVEN})) == {}


def test_what_another_person_had_and_this_contact_never_is_taken_away() -> None:
    assert show({}, {GIVEN: 3}, {GIVEN: "Ann"}) == {GIVEN: None}
    assert show({}, {MAIL: 3}, {"emails": there(ANNA)})["emails"] == {}
    assert show({MAIL: cell(ANNA)}, {LABEL: 3}, {"emails": there(ANNA, label="home")})["emails"][ANNA]["a"] == {"label": None}


def test_a_member_the_contact_does_not_know_stays_where_it_is() -> None:
    assert set(show({OTHER: cell(BERIT)}, {OTHER: None}, {"emails": there(ANNA)})["emails"]) == {ANNA, BERIT}


def test_removed_and_replaced_members_go_where_the_link_is_behind_on_them() -> None:
    units = {MAIL: cell(None, 6), OTHER: cell(replaced(CAROL), 6), THIRD: cell(CAROL, 6)}
    behind = {MAIL: 5, OTHER: 5, THIRD: None}
    assert set(show(units, behind, {"emails": there(ANNA, BERIT)})["emails"]) == {CAROL}


def test_a_replacement_takes_the_row_of_what_it_replaced() -> None:
    units = {MAIL: cell(replaced(BERIT), 6), OTHER: cell(BERIT, 6)}
    assert show(units, {MAIL: 5, OTHER: None}, {"emails": there(ANNA)})["emails"][BERIT]["at"] == f"row {ANNA}"


def test_a_primary_is_never_invented() -> None:
    units = {MAIL: cell(ANNA), OTHER: cell(BERIT)}
    assert show(units, {OTHER: None}, {"emails": there(ANNA)})[LEAD] is None
    assert show({**units, LEAD: cell(BERIT)}, {OTHER: None}, {"emails": there(ANNA)})[LEAD] == BERIT


def test_with_a_member_are_held_its_chain_and_every_candidate() -> None:
    units = {MAIL: cell(replaced(BERIT)), OTHER: cell(BERIT)}
    found = held(asked(MAIL, contends("web", replaced(CAROL), 5)), units)
    assert found == {MAIL, OTHER, THIRD}
    assert is_held(f"{THIRD}.label", found) and not is_held("emails[d@x.fi]", found)


def test_a_question_about_an_attribute_holds_only_that() -> None:
    found = held(asked(LABEL, contends("web", "home")))
    assert is_held(LABEL, found) and not is_held(MAIL, found)


def test_while_one_is_held_each_system_shows_what_its_own_shadow_says() -> None:
    units = {MAIL: cell(ANNA), OTHER: cell(BERIT)}
    waits = held(asked(MAIL, contends("web", replaced(CAROL), 5)), units)
    shown = show(units, {OTHER: None, THIRD: None, MAIL: 5}, {"emails": there(CAROL)}, waits)
    assert set(shown["emails"]) == {BERIT, CAROL}


def test_who_is_older_is_who_has_the_lower_revision() -> None:
    assert order({MAIL: cell(ANNA, 7), OTHER: cell(BERIT, 3), LABEL: cell("home", 1), GIVEN: cell("Ann", 2)}, "emails") == {
        ANNA: 7, BERIT: 3}
