"""Normalisers: keys that mean the same are the same, and a normal form is its own normal form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.normal import BadValue, date_value, email_key, member_key, passes, phone_key, url_key

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@pytest.mark.fault("T14", guard="hub.rules.normal:_casefold")
@pytest.mark.parametrize(("typed", "key"), [
    (" Anna@Example.ORG ", "anna@example.org"),
    ("ÄITI@bücher.example", "äiti@bücher.example"),
    ("a\u0308iti@xn--bcher-kva.example", "äiti@bücher.example"),
    ("a@BÜCHER.example", "a@bücher.example"),
    ("o'brien+list@x.fi", "o'brien+list@x.fi"),
    ("anna@palvelu.test", "anna@palvelu.test"),
])
def test_email_key(typed: str, key: str) -> None:
    assert email_key(typed) == key
    assert member_key("emails", typed) == key
    assert passes("email", typed)


@pytest.mark.parametrize("typed", ["", "anna", "anna@", "a b@x.fi", "a@b", "a..b@x.fi", "a@x..fi", "a@b@c.fi"])
def test_what_is_no_address_has_a_member_key_and_does_not_pass(typed: str) -> None:
    with pytest.raises(BadValue):
        email_key(typed)
    assert not passes("email", typed)
    assert member_key("emails", f" {typed.upper()} ") == typed


def test_domains_that_differ_in_sharp_s_are_two() -> None:
    assert email_key("a@straße.de") != email_key("a@strasse.de")


@pytest.mark.parametrize(("typed", "region", "key"), [
    ("040 123 4567", "FI", "+358401234567"),
    ("(040) 123-4567", "FI", "+358401234567"),
    ("+358 40 1234567", None, "+358401234567"),
    ("040 123 4567", "SE", "+46401234567"),
    ("09 123 4567 ext. 5", "FI", "+35891234567;ext=5"),
    ("٠٤٠ ١٢٣ ٤٥٦٧", "FI", "+358401234567"),
    ("112", "FI", "112"),
    ("040 1234567", None, "0401234567"),
    ("1" * 400, "FI", "1" * 400),
])
def test_phone_key(typed: str, region: str | None, key: str) -> None:
    assert phone_key(typed, region) == key
    assert member_key("phones", typed, region) == key
    assert passes("phone", typed, region) == key.startswith("+")


def test_a_phone_without_digit_is_no_member() -> None:
    assert member_key("phones", "n/a") == ""
    with pytest.raises(BadValue, match="digit"):
        phone_key("n/a")


@pytest.mark.parametrize(("typed", "value"), [
    ("1990-02-28", "1990-02-28"), ("19900228", "1990-02-28"), ("1990-02", "1990-02"), (" 1990 ", "1990"),
    ("--02-28", "--02-28"), ("--0228", "--02-28"), ("--02-29", "--02-29"), ("1988-02-29", "1988-02-29"),
])
def test_date_value(typed: str, value: str) -> None:
    assert date_value(typed) == value
    assert passes("date", typed)


@pytest.mark.parametrize("typed", [
    "", "1990-02-29", "1990-13-01", "1990-00", "0000-01-01", "31.12.1990", "1990-2-3", "199002", "1990-0228", "--02",
    "--13-01", "1990-02-28T00:00:00", "١٩٩٠",
])
def test_what_is_no_date_does_not_pass(typed: str) -> None:
    with pytest.raises(BadValue):
        date_value(typed)
    assert not passes("date", typed)


@pytest.mark.parametrize(("typed", "key"), [
    ("https://Example.ORG/", "example.org"), ("http://example.org", "example.org"), ("example.org/Tiimi/", "example.org/Tiimi"),
    ("HTTPS://example.org/a?B=1", "example.org/a?B=1"), ("MAILTO:anna@x.fi", "mailto:anna@x.fi"),
    ("localhost:8080/", "localhost:8080"), ("http://" * 500 + "x", "x"),
])
def test_url_key(typed: str, key: str) -> None:
    assert url_key(typed) == key
    assert member_key("urls", typed) == key


def test_names_of_groups_and_roles_fold() -> None:
    assert member_key("groups", "  Choir   Žižka ") == member_key("groups", "choir z\u030ciz\u030cka") == "choir žižka"
    assert member_key("roles", "Donor") == "donor"


@pytest.mark.parametrize("name", ["emails", "phones", "urls", "groups"])
@pytest.mark.parametrize("payload", [None, 5, [], "", "  ", "\u00a0"])
def test_blanks_and_what_is_no_text_are_no_member(name: str, payload: object) -> None:
    assert member_key(name, payload) == ""


@pytest.mark.parametrize("name", ["emails", "phones", "urls", "groups"])
@pytest.mark.parametrize("payload", ["a\0b", "a\ud800b", "1" * 999 + "\0"])
def test_what_no_system_can_store_is_refused(name: str, payload: str) -> None:
    with pytest.raises(BadValue):
        member_key(name, payload)


def test_empty_passes_and_other_types_do_not() -> None:
    assert passes("email", None)
    assert passes("", 5)
    assert not passes("email", 5)
    with pytest.raises(ValueError, match="no normaliser"):
        passes("colour", "red")


@settings(deadline=None)
@given(WORDS | st.emails(), st.sampled_from(["emails", "phones", "urls", "groups", "roles"]))
def test_a_key_is_its_own_key(text: str, name: str) -> None:
    key = member_key(name, text)
    assert member_key(name, key) == key


@settings(deadline=None)
@given(st.emails())
def test_the_fast_way_and_the_library_agree(address: str) -> None:
    try:
        key = email_key(address)
    except BadValue:
        key = address.strip().lower()
    assert member_key("emails", address) == key


@settings(deadline=None)
@given(WORDS)
def test_a_date_is_its_own_value(text: str) -> None:
    try:
        value = date_value(text)
    except BadValue:
        return
    assert date_value(value) == value


def test_no_reason_carries_the_value() -> None:
    for call in (email_key, phone_key, date_value):
        with pytest.raises(BadValue) as caught:
            call("Salainen")
        assert "Salainen" not in str(caught.value)
