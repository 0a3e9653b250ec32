"""find and list: who is here, by what a person types, and by role, group, consent and system."""

from __future__ import annotations

from typing import Any

import pytest
from cli_people import PEOPLE, put
from cli_support import Place, person
from test_cli_story import met


@pytest.fixture
def full(place: Place) -> Place:
    put(place, PEOPLE)
    return place


def names(found: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in found]


@pytest.mark.parametrize(("text", "found"), [
    ("zolnowska", ["Ewa Żołnowska"]), ("VIRTANEN anna", ["Anna Virtanen"]), ("anna@", ["Anna Virtanen"]),
    ("040 123 4567", ["Anna Virtanen"]), ("+358 40", ["Anna Virtanen"]), ("12345678901", []), ("kulmakauppa", ["Kulmakauppa Oy"]),
    ("nobody", []), ("example.org", ["Anna Virtanen", "Ewa Żołnowska"]),
])
def test_found_by_words_of_a_name_an_address_or_digits(full: Place, text: str, found: list[str]) -> None:
    assert names(full.json("find", text)) == found


def test_what_is_found_is_told(full: Place) -> None:
    ran = full.run("find", "anna")
    assert "Anna Virtanen" in ran.out
    assert "Anna@example.org" in ran.out
    assert "Nobody here has that" in full.run("find", "nobody").out
    assert full.run("find").code == 2


@pytest.mark.parametrize(("options", "found"), [
    (["--role", "Volunteer"], ["Anna Virtanen"]), (["--role", "member"], ["Ewa Żołnowska"]), (["--role", "donor"], []),
    (["--group", "Board"], ["Anna Virtanen"]), (["--consent", "newsletter:email"], ["Anna Virtanen"]),
    (["--consent", "newsletter:email", "--role", "member"], []), (["--kind", "organisation"], ["Kulmakauppa Oy"]),
    (["--kind", "person"], ["Anna Virtanen", "Ewa Żołnowska"]), ([], ["Anna Virtanen", "Ewa Żołnowska", "Kulmakauppa Oy"]),
])
def test_listed_by_role_group_consent_and_kind(full: Place, options: list[str], found: list[str]) -> None:
    """Anna's role as a donor ended, Ewa withdrew; both are known words."""
    assert names(full.json("list", *options)) == found
    said = full.run("list", *options).out
    assert all(name in said for name in found)
    assert found or "Nobody." in said


def test_listed_by_system(place: Place) -> None:
    met(place)
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    place.json("plan")
    assert names(place.json("list", "--system", "mail")) == ["Anna Virtanen", "Bo Ek"]
    assert names(place.json("list", "--system", "crm")) == ["Anna Virtanen", "Bo Ek", "Cy Dahl"]
    assert place.json("find", "virtanen")[0]["systems"] == ["crm", "mail"]


@pytest.mark.parametrize(("options", "says"), [
    (["--role", "volunter"], 'Did you mean "volunteer"?'), (["--consent", "newsletter"], "PURPOSE:CHANNEL"),
    (["--consent", "sms:sms"], "newsletter:email"), (["--system", "crmm"], "There are: crm, mail"), (["--group", "x"], "board"),
])
def test_a_word_nobody_has_is_no_empty_answer(full: Place, options: list[str], says: str) -> None:
    ran = full.run("list", *options)
    assert ran.code == 2
    assert says in ran.err


def test_protected_values_are_shown_only_when_asked_for(full: Place) -> None:
    (ewa,) = full.json("find", "ewa")
    assert (ewa["sets"]["phones"], ewa["sets"]["addresses"], ewa["sets"]["identifiers"]) == ([], [], [])
    assert [m["value"] for m in ewa["sets"]["emails"]] == ["ewa@example.org"]
    (whole,) = full.json("find", "ewa", "--protected")
    assert [m["value"] for m in whole["sets"]["identifiers"]] == ["4711"]
    assert whole["sets"]["addresses"][0]["value"]["street"] == "Cicha 7"
