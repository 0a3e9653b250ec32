"""Records whose names do not fit, and that agree in so much else that they may be one all the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.matching.likeness import alike
from hub.rules.matching.match import NOBODY, Profile, Tier, candidates, compare, keys, pairs_by_key, profile


def person(given: str = "Aino", family: str = "Korhonen", *, birthday: str = "1970-05-03", street: str = "Koivukatu 10",
           postcode: str = "00100", town: str = "Helsinki") -> Profile:  # fmt: skip
    where = {"street": street, "postcode": postcode, "locality": town}
    return profile({"kind": "individual", "name.given": given, "name.family": family, "birthday": birthday,
                    "addresses": {"home": {"v": where}}})  # fmt: skip


def cause(**other: Any) -> str:
    """The cause of Aino and another; "" where they are not alike."""
    judged = alike(person(), person(**other), NOBODY)
    return judged.cause if judged.tier is Tier.LIKELY else ""


@pytest.mark.parametrize(("other", "expected"), [
    ({}, "home"),
    ({"given": "Ritva"}, "home+other-given"),
    ({"family": "Salo"}, "home+other-family"),
    ({"given": ""}, "home+half-name"),
    ({"birthday": "1992-11-20"}, "home+other-birthday"),
    ({"given": "Korhonen", "family": "Aino", "street": "Koivukattu 10"}, "home"),
    ({"given": "Ritva", "family": "Salo"}, "home+other-given+other-family"),
    ({"given": "Ritva", "family": "Salo", "street": "Koivukatu 12", "postcode": ""}, ""),
    ({"given": "Ritva", "family": "Salo", "birthday": "1970-03-05"}, ""),
    ({"given": "Ritva", "birthday": "1992-11-20"}, ""),
    ({"given": "Ritva", "birthday": ""}, ""),
    ({"street": "Mäntytie 7", "postcode": "33100", "town": "Tampere", "given": "Ritva"}, ""),
])  # fmt: skip
def test_two_of_three_that_a_person_has_alone_and_a_home(other: dict[str, str], expected: str) -> None:
    assert cause(**other) == expected


def test_an_equal_birth_date_and_a_home_make_up_for_a_name() -> None:
    assert cause(given="Ritva", family="Salo", town="") == "home+other-given+other-family"
    assert alike(person(), person(given="", family=""), NOBODY).tier is Tier.LIKELY


def test_organisations_and_people_without_an_address_are_not_alike() -> None:
    nowhere = profile({"kind": "individual", "name.given": "Aino", "name.family": "Korhonen", "birthday": "1970-05-03"})
    assert alike(person(), nowhere, NOBODY).tier is Tier.NEVER
    here = {"addresses": {"w": {"v": {"street": "Koivukatu 10", "postcode": "00100", "locality": "Helsinki"}}}}
    org = profile({"kind": "org", "name.full": "Korhonen Oy", **here})
    assert alike(org, org, NOBODY).tier is Tier.NEVER


WORDS = st.text("aäbc ", max_size=9)
PEOPLE = st.builds(person, given=WORDS, family=WORDS, birthday=st.sampled_from(["", "1970", "1970-05-03", "1970-05-30"]),
                   street=WORDS, postcode=st.text("01", max_size=5), town=WORDS)  # fmt: skip


@given(PEOPLE, PEOPLE)
def test_it_is_never_more_than_likely_and_alike_both_ways(a: Profile, b: Profile) -> None:
    one, other = alike(a, b, NOBODY), alike(b, a, NOBODY)
    assert one.tier in (Tier.LIKELY, Tier.NEVER)
    assert (one.tier, one.cause) == (other.tier, other.cause)


def judged(records: dict[str, Profile]) -> dict[tuple[str, str], str]:
    """Pair → "tier cause"; the system of a record is the first letter of its id."""
    found = candidates(records, {r: r[0] for r in records}, pairs_by_key({r: keys(p) for r, p in records.items()}))
    return {(c.a, c.b): f"{c.tier} {c.cause}" for c in found}


def test_a_name_that_fits_goes_before_a_home_that_is_alike() -> None:
    """A sister at one address with a wrong birth date is not offered where the person herself is."""
    records = {"a1": person(), "b1": person(), "b2": person(given="Ritva")}
    assert judged(records)["a1", "b1"].startswith("sure")
    assert ("a1", "b2") not in judged(records)
    assert judged({r: p for r, p in records.items() if r != "b1"}) == {("a1", "b2"): "likely home+other-given"}


@pytest.mark.parametrize("other", [{"postcode": "00200"}, {"street": "Mäntytie 7"}, {"street": "Koivukattu 10", "town": "Espoo"}])
def test_one_slip_more_and_the_pair_still_shares_a_key(other: dict[str, str]) -> None:
    a, b = person(birthday="1970-05-03"), person(given="Ritva", **other)
    assert alike(a, b, NOBODY).tier is Tier.LIKELY and compare(a, b, NOBODY).tier is Tier.NEVER
    assert set(keys(a)) & set(keys(b))
