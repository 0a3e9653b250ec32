"""Splink beside the tiers: what it finds more, what it must never say of a family, and that it says why."""

from __future__ import annotations

import random
import string
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from hub.errors import UsageError
from hub.reviewing.reasons import cause, reason
from hub.rules.matching import match
from hub.rules.matching.match import Candidate, Profile, Tier
from hub.rules.matching.reasons import explain, weighed
from hub.testing.people import make_people
from hub.weighing import weigh as weighing
from hub.weighing.weigh import weigh

SYSTEMS = ("crm", "staff", "board")


class People:
    """Records of invented people in three systems, with a truth nothing here asks."""

    def __init__(self, seed: int, people: int = 400) -> None:
        world = make_people(seed, people, 20)
        known = world.spread(SYSTEMS)
        self.records = {f"{s}-{n}": match.profile(p) for s, some in known.items() for n, p in enumerate(some)}
        self.systems = {i: i.split("-")[0] for i in self.records}
        self.is_about = {f"{s}-{n}": who for (s, n), who in world.truth.items()}

    def weigh(self, **more: Any) -> tuple[Candidate, ...]:
        return weigh(self.records, self.systems, contacts={i: i for i in self.records} | more.pop("contacts", {}), **more)

    def right(self, found: Candidate) -> bool:
        return self.is_about[found.a] == self.is_about[found.b]


@pytest.fixture(scope="module")
def people() -> People:
    return People(7)


@pytest.fixture(scope="module")
def found(people: People) -> tuple[Candidate, ...]:
    return people.weigh()


def test_it_finds_whom_the_tiers_find(people: People, found: tuple[Candidate, ...]) -> None:
    assert sum(people.right(c) for c in found) > 450
    assert {c.tier for c in found} == {Tier.LIKELY}


@pytest.mark.parametrize("seed", [11, 15])
def test_beside_the_tiers_no_relative_stands_in_the_cause_without_a_but(seed: int) -> None:
    """In these worlds it finds relatives of like names, who share a home and an address: they are a cause of their own."""
    people = People(seed)
    keys = {i: match.keys(p) for i, p in people.records.items()}
    known = {(c.a, c.b) for c in match.candidates(people.records, people.systems, match.pairs_by_key(keys))}
    new = [c for c in people.weigh() if (c.a, c.b) not in known]
    assert [c for c in new if c.cause.endswith("weighed") and not people.right(c)] == []
    assert [c for c in new if not people.right(c)] != []


def test_where_names_or_birth_dates_differ_only_on_request(people: People, found: tuple[Candidate, ...]) -> None:
    differ = ("other-given", "other-family", "other-birthday")
    assert not [c for c in found if c.cause.endswith(differ)]
    causes = Counter((c.cause, people.right(c)) for c in people.weigh(unlike=True) if c.cause.endswith(differ))
    assert causes["weighed+other-given", False] > 100  # the families


def test_a_slip_in_a_name_is_found_by_all_the_rest(people: People) -> None:
    """A slip in the family name, and neither the e-mail nor the phone."""
    chance = random.Random(3)
    crm = [i for i, p in people.records.items() if i.startswith("crm") and p.kind == "individual" and p.given and p.family
           and p.homes and len(p.given[0]) > 5 and len(p.family[0]) > 6 and p.birthday]
    copies = {f"new-{n}": replace(people.records[i], family=(_slipped(people.records[i].family[0], chance),), emails=frozenset(),
                                  phones=frozenset(), doors=frozenset()) for n, i in enumerate(crm[:40])}
    records = {**people.records, **copies}
    systems = {**people.systems, **dict.fromkeys(copies, "new")}
    got = {(c.a, c.b) for c in weigh(records, systems, contacts={i: i for i in records})}
    hits = sum((i, f"new-{n}") in got for n, i in enumerate(crm[:40]))
    assert hits > 30


def _slipped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + chance.choice(string.ascii_lowercase) + word[at + 1:]


def test_the_same_records_weigh_the_same_in_any_order(people: People, found: tuple[Candidate, ...]) -> None:
    people_turned = dict(reversed(people.records.items()))
    assert weigh(people_turned, people.systems, contacts={i: i for i in people_turned}) == found


def test_who_is_one_already_or_was_judged_different_is_no_candidate(people: People, found: tuple[Candidate, ...]) -> None:
    first, second = found[0], found[1]
    again = {(c.a, c.b) for c in people.weigh(contacts={first.b: first.a}, apart=[(second.a, second.b)])}
    assert again == {(c.a, c.b) for c in found} - {(first.a, first.b), (second.a, second.b)}


def test_each_reason_shows_its_weight(found: tuple[Candidate, ...]) -> None:
    total, *each = found[0].reasons
    assert explain(total).startswith("weighed by Splink, all together (+")
    told = sum(float(code.partition("@")[2] or 0) for code in each)
    assert told == pytest.approx(float(total.partition("@")[2]), abs=25)  # all but what two people share by chance
    assert any("@" in code for code in each)
    for language in ("fi", "pl"):
        assert reason(total, language) != reason(total, "en")
        assert reason(total, language).endswith(f"({total.partition('@')[2]})")
        assert cause("duplicate:weighed", language) != cause("duplicate:weighed", "en")
    assert explain(weighed("given=", 4.23)) == "the same given name (+4.2)"


def test_too_few_to_learn_from(people: People) -> None:
    few = dict(list(people.records.items())[:50])
    with pytest.raises(UsageError, match="It takes 200 records of people; there are 48"):
        weigh(few, people.systems, contacts={i: i for i in few})


def test_names_alone_teach_nothing(people: People) -> None:
    bare = {i: Profile(kind="individual", given=p.given, family=p.family) for i, p in people.records.items()}
    assert weigh(bare, people.systems, contacts={i: i for i in bare}) == ()


def test_without_the_extra_it_says_how_to_get_it(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "contact-hub\[match\]"'):
        people.weigh()
