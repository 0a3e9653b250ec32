"""The words of the report: three languages that say the same, plurals and dates as each has them."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime

import pytest

from hub.model.contact import CONTACT
from hub.model.units import EXISTS
from hub.model.waiting import CAUSES, DIFFERENT, HIDDEN, PAIRS, SAME
from hub.reviewing.reasons import cause, reason, told
from hub.reviewing.words import COMMON, LANGUAGES, Words, choices_by_word, every_unit, words
from hub.rules.matching.match import Tier
from hub.rules.matching.reasons import LABELS, REASONS

TABLES = ("reasons", "causes")


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_three_languages_say_the_same(language: str) -> None:
    english, said = words("en"), words(language)
    few = {name for name in said if name.endswith("_few")}
    assert said.keys() - few == english.keys()
    assert len(few) == (3 if language == "pl" else 0)
    assert [name for name, text in said.items() if not text.strip()] == []
    one = {name for name in said if name.endswith("_one")}  # may say 1 as a word
    assert {n: places(t) for n, t in said.items() if n not in few | one} == {
        n: places(t) for n, t in english.items() if n not in one}


@pytest.mark.parametrize("language", ["fi", "pl"])
def test_nothing_is_left_in_english(language: str) -> None:
    english = words("en")
    same = {name for name, text in words(language).items() if text == english[name.replace("_few", "_many")]}
    assert same <= {"value_org", "unit_notes", "quoted"}


@pytest.mark.parametrize("language", ["fi", "pl"])
def test_every_reason_and_cause_is_told(language: str) -> None:
    said = told(language)
    assert said["reasons"].keys() == REASONS.keys()
    assert said["causes"].keys() == {*LABELS, "id:"}
    assert places(said["causes"]["id:"]) == {"scheme"}


def test_there_is_a_word_for_all_that_is_shown() -> None:
    said = words("en")
    needed = [f"cause_{name}" for name in (*CAUSES, PAIRS)] + [f"why_{name}" for name in (*CAUSES, PAIRS)]
    needed += [f"{what}_{name}" for what in ("choice", "effect") for name in (*COMMON, SAME, DIFFERENT)]
    needed += [f"tier_{tier}" for tier in Tier if tier is not Tier.NEVER]
    needed += [f"unit_{name.replace('.', '-')}" for name in CONTACT.units]
    needed += [f"attr_{name}" for schema in CONTACT.sets.values() for name in schema.attrs]
    assert [name for name in needed if name not in said] == []
    assert [u for u in (*every_unit(), EXISTS) if not Words("en").field(u)[:1].isupper()] == []


def test_a_choice_is_known_in_each_language_and_no_word_means_two() -> None:
    for of_pairs, names in ((False, COMMON), (True, (SAME, DIFFERENT))):
        assert set(choices_by_word(of_pairs=of_pairs).values()) == set(names)
        assert len(choices_by_word(of_pairs=of_pairs)) == len(names) * len(LANGUAGES)
    assert choices_by_word(of_pairs=True)["pidä erillään"] == DIFFERENT


@pytest.mark.parametrize(("language", "count", "said"), [
    ("en", 1, "1 pair"), ("en", 2, "2 pairs"), ("en", 0, "0 pairs"), ("en", 1200, "1,200 pairs"),
    ("fi", 1, "1 pari"), ("fi", 2, "2 paria"), ("fi", 1200, "1\u00a0200 paria"),
    ("pl", 1, "1 para"), ("pl", 2, "2 pary"), ("pl", 4, "4 pary"), ("pl", 5, "5 par"), ("pl", 12, "12 par"), ("pl", 14, "14 par"),
    ("pl", 21, "21 par"), ("pl", 22, "22 pary"), ("pl", 112, "112 par"), ("pl", 1204, "1\u00a0204 pary")])
def test_plurals(language: str, count: int, said: str) -> None:
    assert Words(language).plural("pairs", count) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_is_there(language: str) -> None:
    names = {name.rsplit("_", 1)[0] for name in words(language) if name.endswith("_many")} - {"answer"}
    assert names == {"lead", "answered", "pairs"}
    for name in names:
        for count in (1, 3, 5):
            assert str(count) in Words(language).plural(name, count)


@pytest.mark.parametrize(("language", "day"), [("en", "2026-03-05"), ("fi", "5.3.2026"), ("pl", "05.03.2026")])
def test_dates(language: str, day: str) -> None:
    noon = datetime(2026, 3, 5, 12, tzinfo=UTC).timestamp()
    assert Words(language).day(noon) == day
    assert Words(language).day(None) == ""


@pytest.mark.parametrize(("language", "code", "said"), [
    ("fi", "name+email", "sama nimi; sama sähköpostiosoite"),
    ("pl", "duplicate:name+birthday", "oba w tym samym systemie: to samo imię i nazwisko; ta sama data urodzenia"),
    ("fi", "id:member-number+other-name", "sama tunnus (jäsennumero); mutta nimet tai muut arvot eivät sovi yhteen"),
    ("pl", "id:kennel", "ten sam identyfikator (kennel)"),
    ("fi", "twice", "toisessa järjestelmässä sama yhteystieto useaan kertaan"),
    ("en", "id:member-number", "the same member-number"), ("fi", "from-another-version", "from-another-version")])
def test_causes_in_words(language: str, code: str, said: str) -> None:
    assert cause(code, language) == said


def test_a_reason_of_another_version_is_shown_as_it_is() -> None:
    assert reason("telepathy=", "fi") == "telepathy="
    assert reason("email=", "en") == "the same e-mail address"


@pytest.mark.parametrize(("unit", "value", "said"), [
    ("emails[a@x.fi]", "A@x.fi", "A@x.fi"), ("emails[…]", HIDDEN, "Sähköpostiosoite: (suojattu, ei näytetä)"),
    ("birthday", "1990-02", "Syntymäaika: 1990-02"), ("identifiers[member-number]", "17", "Jäsennumero: 17"),
    ("addresses[home]", {"street": "Tie 1", "locality": "Oulu", "country": "FI"}, "Tie 1, Oulu, FI"),
    ("deceased", True, "Kuollut: kyllä"), ("emails[a@x.fi]", None, "(poistettu)"), ("notes", None, "Muistiinpanot: (tyhjä)"),
    ("roles[donor].until", "2028", "Rooli: donor, päättyen: 2028"), ("employer", "", "Työnantaja: (ei nimeä)"),
    ("kind", "org", "Henkilö vai organisaatio: organisaatio")])
def test_values_in_words(unit: str, value: object, said: str) -> None:
    assert re.sub(r"^Sähköpostiosoite: a@x.fi: ", "", Words("fi").told(unit, value)) == said


def test_a_long_value_is_cut() -> None:
    assert len(Words("en").value("x" * 5000, "notes")) == 2000
