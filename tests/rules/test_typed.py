"""What a person types as the right value."""

from __future__ import annotations

from typing import Any

import pytest

from hub.model.contact import CONTACT
from hub.rules.normal import BadValue
from hub.rules.typed import can_be_typed, typed


@pytest.mark.parametrize(("unit", "text", "value"), [
    ("name.given", "  Anna ", "Anna"), ("notes", "-2+3", "-2+3"), ("preferredLanguage", "fi", "fi"),
    ("birthday", "1990-02-28", "1990-02-28"), ("birthday", "28.2.1990", "1990-02-28"), ("birthday", "01. 12. 1990", "1990-12-01"),
    ("birthday", "1990", "1990"), ("birthday", "--02-28", "--02-28"),
    ("emails[a@x.fi]", "A@x.fi", "A@x.fi"), ("emails[a@x.fi]", "b@x.fi", {"replaced_by": "b@x.fi", "v": "b@x.fi"}),
    ("phones[+358401234567]", "040 765 4321", {"replaced_by": "+358407654321", "v": "040 765 4321"}),
    ("roles[donor].until", "2028", "2028"), ("identifiers[member-number]", "17", "17"),
    ("addresses[home]", "Tie 1; 00100; Helsinki; ; fi", {
        "street": "Tie 1", "postcode": "00100", "locality": "Helsinki", "country": "FI"}),
    ("addresses[home]", "Tie 1; 00100", {"street": "Tie 1", "postcode": "00100"})])
def test_typed(unit: str, text: str, value: Any) -> None:
    assert can_be_typed(CONTACT, unit)
    assert typed(CONTACT, unit, text) == value


def test_the_region_of_a_number_without_country() -> None:
    value = typed(CONTACT, "phones[+48221234567]", "22 765 43 21", "PL")
    assert isinstance(value, dict)
    assert value["replaced_by"] == "+48227654321"


@pytest.mark.parametrize(("unit", "text"), [
    ("name.given", "  "), ("birthday", "31.2.1990"), ("birthday", "2/28/1990"), ("birthday", "28.2.90"), ("birthday", "soon"),
    ("emails[a@x.fi]", "secret at x"), ("phones[+358401234567]", "secret"), ("addresses[home]", "Tie 1, 00100 Helsinki"),
    ("addresses[home]", "; ; "), ("addresses[home]", "a; b; c; d; Suomi"), ("notes", "secret\0"), ("notes", "half \ud800")])
def test_what_is_none_is_refused_and_not_repeated(unit: str, text: str) -> None:
    with pytest.raises(BadValue) as refused:
        typed(CONTACT, unit, text)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("unit", [
    "kind", "deceased", "protected", "employer", "emails.primary", "relations[parent:x]", "consents[newsletter:email]", "nosuch"])
def test_what_no_text_can_say(unit: str) -> None:
    assert not can_be_typed(CONTACT, unit)
    with pytest.raises(BadValue, match="choose one of the values"):
        typed(CONTACT, unit, "x")
