"""Records of a system as a list."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub.overlap.people import tell_apart
from hub.overlap.picture import Picture, draw
from hub.overlap.records import records
from hub.overlap.systems import as_list
from hub.overlap.tables import People, Row

TODAY = date(2026, 6, 1)


def member(value: Any) -> dict[str, Any]:
    return {"v": value, "at": None, "a": {}}


BO = {"kind": "individual", "name.given": "Bo", "name.family": "Ek", "emails": {"bo@example.org": member("bo@example.org")},
      "phones": {"+358401234567": member("040 123 4567")}}  # fmt: skip


def picture(*lists: People) -> Picture:
    found = records(lists, "FI", TODAY)
    return draw(lists, found, tell_apart(found))


def test_a_record_and_a_row_are_one() -> None:
    row = Row(2, (("full", "Bo Ek"), ("phone", "040 123 4567")))
    found = picture(People("a", "CSV", (), (row,)), as_list("crm", "crm", "now", [("17", BO)]))
    assert (found.people, found.shared, found.probable) == (1, 1, 0)
    assert [found.records[i].number for i in found.crowded.people[0].records] == [2, "17"]
    assert found.lists[1].adds["email"] == 1


def test_what_is_no_value_is_counted() -> None:
    odd = {**BO, "emails": {"bo": member("bo")}, "phones": {"112": member("112"), "+358401234567": member("040 123 4567")}}
    made = as_list("crm", "crm", "now", [("17", odd), ("18", BO)])
    assert picture(made).lists[0].invalid == {"email": ("17",), "phone": ("17",)}


def test_columns_are_the_units_that_are_filled() -> None:
    shown = {**BO, "birthday": None, "company": "", "identifiers": {"member-number": member("7"), "other": member("x")},
             "addresses": {"work": member({"street": "Street 1", "postcode": "20100"})}, "groups": {"board": member("Board")}}
    made = as_list("crm", "crm", "now", [("17", shown), ("18", {})])
    assert [(c.header, c.meaning, c.filled) for c in made.columns] == [
        ("addresses work postcode", "postcode", 1), ("addresses work street", "street", 1), ("emails", "email", 1),
        ("identifiers member-number", "member-number", 1), ("name.family", "family", 1), ("name.given", "given", 1),
        ("phones", "phone", 1)]
    assert picture(made).people == 2


def test_an_organisation_is_known_by_its_legal_name() -> None:
    ours = as_list("crm", "crm", "now", [("17", {"kind": "org", "legal_name": "Kulmakauppa Oy",
                                                "identifiers": {"business-id": member("1234567-1")}})])
    other = People("a", "CSV", (), (Row(2, (("company", "Kulmakauppa"), ("business-id", "1234567-1"))),))
    assert picture(ours, other).shared == 1
