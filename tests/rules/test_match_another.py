"""Who is seen again under an id that had ended: the same person, or another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.matching.another import is_another
from hub.rules.matching.profile import Profile, profile


def person(given_name: str, family: str, mail: str = "") -> Profile:
    shown = {mail: {"v": mail}} if mail else {}
    return profile({"kind": "individual", "name.given": given_name, "name.family": family, "emails": shown})


ANNA = replace(person("Anna", "Virtanen", "anna@example.org"), birthday="1980-01-02", phones=frozenset({"+358401"}))
BO = person("Bo", "Ek", "bo@example.org")


def test_nothing_in_common_is_another() -> None:
    assert is_another(ANNA, BO) and is_another(BO, ANNA)


@pytest.mark.parametrize("same", [
    replace(BO, given=ANNA.given), replace(BO, emails=ANNA.emails), replace(BO, phones=ANNA.phones),
    replace(BO, birthday="1980-01-02"), Profile(), person("Virtanen", "Anna"), person("Anna", "Ek")])
def test_one_thing_in_common_or_no_name_is_not(same: Profile) -> None:
    assert not is_another(ANNA, same) and not is_another(same, ANNA)


def test_organisations_by_their_names() -> None:
    one, two = (profile({"kind": "org", "name.full": name}) for name in ("Aurinko Oy", "Kuutar Oy"))
    assert is_another(one, two) and not is_another(one, replace(one, emails=frozenset({"x@example.org"})))


WORDS = st.sampled_from(["Anna", "Bo", "Ek", "Virtanen", ""])


@given(WORDS, WORDS, WORDS, WORDS)
def test_it_does_not_matter_who_was_first(a: str, b: str, c: str, d: str) -> None:
    one, two = person(a, b), person(c, d)
    assert is_another(one, two) == is_another(two, one)
    assert not is_another(one, one)
