"""Codecs: what each reads, writes, refuses and declares as lost."""

from typing import Any

import pytest

from hub.rules.codecs.registry import CODECS, Inexpressible, OptionError, Unreadable, make_codec
from hub.rules.normal import BadValue
from hub.testing.lens_laws import check_codec, many_values

CHOICE = {"values": {"home": "Home", "work": ["Work", "Office", 2]}}
FLAG = {"true": [1, "yes"], "false": [0, "no", ""]}
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("text", {}), ("text", {"max": 7}), ("text", {"empty": ""}),
    ("choice", CHOICE), ("choice", CHOICE | {"default": "home"}), ("choice", CHOICE | {"empty": "None"}),
    ("flag", {}), ("flag", FLAG),
    ("date", {}), ("date", {"style": "basic"}), ("date", {"partial": "absent"}), ("date", {"empty": "0000-00-00"}),
    ("datetime_date", {}), ("datetime_date", {"time": " 00:00:00"}),
    ("integer", {}), ("integer", {"empty": 0}),
    ("phone", {}), ("phone", {"style": "e164"}), ("email", {}), ("email", {"style": "folded"}),
    ("language", {}), ("language", {"separator": "_"}),
    ("country", {}), ("country", {"case": "lower"}), ("country", {"names": {"FI": ["Finland", "Suomi"], "SE": "Sverige"}}),
]


@pytest.mark.parametrize(("name", "options"), VARIANTS, ids=lambda each: str(each)[:40])
def test_laws_on_a_thousand_values(name: str, options: dict[str, Any]) -> None:
    codec = make_codec(name, options)
    assert check_codec(codec, many_values(codec, 1000)) >= 1000


def test_every_codec_is_tried() -> None:
    assert {name for name, _ in VARIANTS} == set(CODECS)


@pytest.mark.fault("T11", guard="hub.rules.normal:clean")
@pytest.mark.parametrize(("name", "options"), VARIANTS, ids=lambda each: str(each)[:40])
@pytest.mark.parametrize("text", ["a\0b", "a\ud800", "x" * 20_000 + "\0"])
def test_text_no_system_can_store_is_refused_both_ways(name: str, options: dict[str, Any], text: str) -> None:
    codec = make_codec(name, options)
    with pytest.raises(BadValue) as caught:
        codec.get(text)
    assert not isinstance(caught.value, Unreadable)
    with pytest.raises(BadValue) as caught:
        codec.put(text)
    assert not isinstance(caught.value, Inexpressible)


@pytest.mark.parametrize(("name", "options"), VARIANTS, ids=lambda each: str(each)[:40])
def test_blanks_are_empty_and_empty_is_written_as_declared(name: str, options: dict[str, Any]) -> None:
    codec = make_codec(name, options)
    if options != FLAG:
        assert [codec.get(blank) for blank in (None, "", "  ", "\u00a0\n", options.get("empty"))] == [None] * 5
    assert codec.put(None) == options.get("empty")


READS: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("text", {}, " Anna  Maria ", " Anna  Maria "), ("text", {}, 12, "12"), ("text", {"max": 3}, "Maria", "Maria"),
    ("choice", CHOICE, "home", "home"), ("choice", CHOICE, " HOME ", "home"), ("choice", CHOICE, "2", "work"),
    ("choice", CHOICE | {"default": "home"}, "Boat", "home"), ("choice", {"values": {"none": ""}}, "", "none"),
    ("flag", {}, True, True), ("flag", FLAG, "Yes", True), ("flag", FLAG, 0, False), ("flag", FLAG, "", False),
    ("date", {}, "19900228", "1990-02-28"), ("date", {}, "31.12.1990", "31.12.1990"), ("date", {}, "1990-02", "1990-02"),
    ("datetime_date", {}, "1990-02-28T23:59:59Z", "1990-02-28"), ("datetime_date", {}, "1990-02-28", "1990-02-28"),
    ("datetime_date", {}, "1990-02-28T00:00:00+02:00", "1990-02-28"), ("datetime_date", {}, "yesterday", "yesterday"),
    ("integer", {}, 7, "7"), ("integer", {}, "007", "7"), ("integer", {}, 7.0, "7"),
    ("phone", {}, "040 123", "040 123"), ("email", {}, "Anna@X.fi", "Anna@X.fi"),
    ("language", {}, "FI", "fi"), ("language", {}, "sv_fi", "sv-FI"), ("language", {}, "zh-hant-tw", "zh-Hant-TW"),
    ("country", {}, " fi ", "FI"), ("country", {"names": {"FI": ["Finland", "Suomi"]}}, "SUOMI", "FI"),
    ("country", {"names": {"FI": "Finland"}}, "SE", "SE"),
]


@pytest.mark.fault("V24", guard="hub.rules.codecs.contact:DatetimeDate.read")
@pytest.mark.parametrize(("name", "options", "native", "value"), READS)
def test_reading(name: str, options: dict[str, Any], native: Any, value: Any) -> None:
    got = make_codec(name, options).get(native)
    assert got == value
    assert type(got) is type(value)


WRITES: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("text", {"max": 3}, " Maria", "Mar"), ("text", {"max": 3}, "An na", "An"),
    ("choice", CHOICE, "work", "Work"), ("choice", CHOICE | {"default": "home"}, "boat", "Home"),
    ("flag", {}, True, True), ("flag", FLAG, False, 0),
    ("date", {"style": "basic"}, "1990-02-28", "19900228"), ("date", {"style": "basic"}, "--02-28", "--0228"),
    ("date", {"style": "basic"}, "1990-02", "1990-02"), ("date", {"style": "basic"}, "1990", "1990"),
    ("datetime_date", {}, "1990-02-28", "1990-02-28T00:00:00Z"),
    ("datetime_date", {"time": " 00:00:00"}, "1990-02-28", "1990-02-28 00:00:00"),
    ("integer", {}, "12", 12), ("phone", {"style": "e164"}, "040 1234567", "+358401234567"),
    ("phone", {"style": "e164", "region": None}, "040 1234567", "040 1234567"),
    ("phone", {"style": "e164"}, "09 1234567 ext 5", "09 1234567 ext 5"),
    ("email", {"style": "folded"}, "Anna@X.fi", "anna@x.fi"), ("email", {"style": "folded"}, "No Address", "No Address"),
    ("language", {"separator": "_"}, "sv-FI", "sv_FI"),
    ("country", {"case": "lower"}, "FI", "fi"), ("country", {"names": {"FI": ["Finland", "Suomi"]}}, "FI", "Finland"),
]


@pytest.mark.parametrize(("name", "options", "value", "native"), WRITES)
def test_writing(name: str, options: dict[str, Any], value: Any, native: Any) -> None:
    put = make_codec(name, options).put(value)
    assert put == native
    assert type(put) is type(native)


@pytest.mark.parametrize(("name", "options", "native"), [
    ("text", {}, True), ("text", {}, ["a"]), ("text", {}, {"a": 1}), ("text", {}, 1.5), ("text", {}, 10**400),
    ("choice", CHOICE, "Boat"), ("choice", CHOICE, True), ("choice", CHOICE | {"default": "home"}, ["Home"]),
    ("flag", {}, "perhaps"), ("flag", {}, 1), ("integer", {}, "twelve"), ("integer", {}, 1.5), ("language", {}, "Suomi!"),
    ("country", {}, "Finland"), ("country", {}, "XX"), ("date", {}, True),
])
def test_unreadable(name: str, options: dict[str, Any], native: Any) -> None:
    with pytest.raises(Unreadable):
        make_codec(name, options).get(native)


@pytest.mark.parametrize(("name", "options", "value"), [
    ("text", {}, 5), ("choice", CHOICE, "boat"), ("choice", CHOICE, True), ("flag", {}, "yes"), ("flag", {}, 1),
    ("date", {}, "31.12.1990"), ("date", {"partial": "absent"}, "1990-02"), ("datetime_date", {}, "--02-28"),
    ("integer", {}, "007"), ("integer", {}, "9" * 5000), ("language", {}, "Suomi!"), ("country", {}, "Narnia"),
    ("country", {"names": {"FI": "Finland"}}, "SE"),
])
def test_inexpressible(name: str, options: dict[str, Any], value: Any) -> None:
    with pytest.raises(Inexpressible):
        make_codec(name, options).put(value)


@pytest.mark.parametrize(("name", "options", "option"), [
    ("text", {"max": 0}, "max"), ("text", {"max": True}, "max"), ("text", {"maxi": 5}, "maxi"), ("choice", {}, "values"),
    ("choice", {"values": {"home": None}}, "values"), ("choice", {"values": {"a": "X", "b": "x"}}, "values"),
    ("choice", CHOICE | {"default": "boat"}, "default"), ("flag", {"true": 1, "false": 1}, "false"),
    ("date", {"style": "us"}, "style"), ("datetime_date", {"time": "00:00"}, "time"), ("phone", {"region": "Suomi"}, "region"),
    ("country", {"names": {"XX": "Narnia"}}, "names"), ("country", {"names": ["FI"]}, "names"),
])
def test_options_that_cannot_be(name: str, options: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError) as caught:
        make_codec(name, options)
    assert caught.value.option == option


@pytest.mark.fault("T19", guard="hub.rules.codecs.plain:Text.configure")
@pytest.mark.parametrize(("name", "options", "word"), [
    ("text", {"max": 5}, "5 characters"), ("choice", CHOICE | {"default": "home"}, "'home'"),
    ("date", {"partial": "absent"}, "partial"),
    ("datetime_date", {}, "time of day"), ("phone", {"style": "e164"}, "spelling"), ("email", {"style": "folded"}, "lower case"),
])
def test_loss_is_declared(name: str, options: dict[str, Any], word: str) -> None:
    assert word in make_codec(name, options).loss


def test_codecs_without_loss_say_so() -> None:
    assert {name for name in CODECS if name != "choice" and make_codec(name, {}).loss} == {"datetime_date"}
