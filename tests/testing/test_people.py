"""Invented people: the same everywhere, in canonical form, hard in the ways that were promised, and decidable."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import combinations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.contact import CONTACT
from hub.model.units import Projection
from hub.rules.normal import email_key, passes, phone_key
from hub.testing.people import LocalId, Score, World, evaluate, make_people

_DIGEST = """
import hashlib, json
from hub.testing.people import make_people
world = make_people(5, people=120, orgs=10)
told = json.dumps([world.spread(), sorted(world.truth.items())])
print(hashlib.sha256(told.encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def world() -> World:
    return make_people(3)


@pytest.fixture(scope="module")
def known(world: World) -> dict[str, list[Projection]]:
    return world.spread()


def digest(seed: int) -> str:
    world = make_people(seed, people=120, orgs=10)
    return hashlib.sha256(json.dumps([world.spread(), sorted(world.truth.items())]).encode()).hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_one_seed_is_one_world_in_every_process(hash_seed: str) -> None:
    run = subprocess.run([sys.executable, "-c", _DIGEST], env={**os.environ, "PYTHONHASHSEED": hash_seed},
                         capture_output=True, text=True, check=True)  # fmt: skip
    assert run.stdout.strip() == digest(5)


def test_another_seed_is_another_world() -> None:
    assert digest(5) != digest(6)


def test_spreading_twice_tells_the_same(world: World, known: dict[str, list[Projection]]) -> None:
    truth = dict(world.truth)
    world.spread(("x", "y"))
    assert {system for system, _ in world.truth} == {"x", "y"}
    assert world.spread() == known
    assert world.truth == truth


def test_how_many(world: World, known: dict[str, list[Projection]]) -> None:
    assert (len(world.people), len(world.orgs)) == (1500, 150)
    assert [p.id for p in world.people] == [f"p{n:04}" for n in range(1500)]
    assert set(world.truth.values()) == {p.id for p in world.people} | {o.id for o in world.orgs}
    assert {(s, n) for s, records in known.items() for n in range(len(records))} == set(world.truth)


def test_too_few_or_too_many_are_refused() -> None:
    for people, orgs in ((39, 10), (200_001, 10), (100, 3), (100, 1001)):
        with pytest.raises(ValueError, match="40 to 200000 people and 4 to 1000 organisations"):
            make_people(1, people, orgs)


def test_records_are_projections_in_normal_form(known: dict[str, list[Projection]]) -> None:
    for record in (record for records in known.values() for record in records):
        assert all(CONTACT.knows(unit) or unit in CONTACT.sets for unit in record)
        assert json.loads(json.dumps(record)) == record
        if record.get("birthday"):
            assert passes("date", record["birthday"])
        for key, shown in record["emails"].items():
            assert email_key(shown["v"]) == key
            assert key.endswith(("@example.org", "@example.com", "@example.net", ".example.org"))
        for key, shown in record["phones"].items():
            assert phone_key(shown["v"], "FI") == key
            assert phonenumbers.is_valid_number(phonenumbers.parse(key))
        for unit in ("emails", "phones", "addresses"):
            assert (record[f"{unit}.primary"] in record[unit]) if record[unit] else record[f"{unit}.primary"] is None


def test_few_are_known_to_two_systems_by_number(world: World, known: dict[str, list[Projection]]) -> None:
    telling = defaultdict(set)
    for (system, n), who in world.truth.items():
        for shown in known[system][n]["identifiers"].values():
            telling[who].add((shown["v"], system))
    for kind, all_of_them in (("p", world.people), ("o", world.orgs)):
        two = [who for who, told in telling.items() if who[0] == kind and len({s for _, s in told}) > 1]
        assert 0 < len(two) <= 0.2 * len(all_of_them)


def test_overlap_says_how_many_are_known_elsewhere() -> None:
    for overlap, expected in ((0.0, 0.0), (1.0, 1.0)):
        world = make_people(1, people=100, orgs=10)
        world.spread(("a", "b"), overlap)
        in_systems = defaultdict(set)
        for (system, _), who in world.truth.items():
            in_systems[who].add(system)
        grown = {p.id for p in world.people if p.adult} | {o.id for o in world.orgs}
        assert sum(len(in_systems[who]) == 2 for who in grown) == expected * len(grown)


def test_life_is_hard(world: World, known: dict[str, list[Projection]]) -> None:
    """Each difficulty that is promised is there."""
    people = world.people
    by_email, homes, towns = defaultdict(list), defaultdict(list), Counter[tuple[str, str, str]]()
    for p in people:
        by_email[p.email].append(p)
        homes[p.household].append(p)
        if not p.flock:
            towns[p.given, p.family, p.address.town] += 1
    assert any(len({p.given for p in shared}) > 2 for shared in by_email.values())
    assert any(len({p.family for p in shared}) > 1 and not all(p.adult for p in shared) for shared in by_email.values())
    assert any(a.birthday == b.birthday for home in homes.values() for a, b in combinations(home, 2))
    assert max(towns.values()) > 1
    flocks = {p.flock[0] for p in people if p.flock}
    assert flocks == {"h", "w"}
    for unit in ("former_family", "former_email", "former_phone", "former_address", "middle", "suffix"):
        assert any(getattr(p, unit) for p in people), unit

    persons = {p.id: p for p in people}
    records = [(persons[who], known[s][n]) for (s, n), who in world.truth.items() if who in persons]
    given = Counter(
        "swapped" if (r["name.given"], r["name.family"]) == (p.family, p.given)
        else "same" if r["name.given"] == p.given else "case" if r["name.given"].casefold() == p.given.casefold()
        else "initial" if r["name.given"].endswith(".") else "other"
        for p, r in records
    )  # fmt: skip
    assert given.keys() == {"swapped", "same", "case", "initial", "other"}
    for unit in ("birthday", "emails", "phones", "addresses", "company", "identifiers"):
        assert 0 < sum(bool(r[unit]) for _, r in records) < len(records)
    assert len(world.truth) > len({(s, who) for (s, _), who in world.truth.items()})  # duplicates inside a system
    spellings = {known[s][n]["name.full"] for (s, n), who in world.truth.items() if who == world.orgs[0].id}
    assert spellings <= set(world.orgs[0].spellings)


@given(st.integers(0, 10_000))
def test_the_undecidable_comes_side_by_side(seed: int) -> None:
    """Two of one name who share an address or number are in the same systems, and everywhere it is shown."""
    world = make_people(seed, people=60, orgs=6)
    records = world.spread()
    of = {p.id: p for p in world.people}
    shown = defaultdict(list)
    for (system, n), who in world.truth.items():
        if who in of:
            record = records[system][n]
            shown[system].append((of[who], {*record["emails"], *record["phones"]}))
    for system, all_of_them in shown.items():
        for p, reached in all_of_them:
            if p.flock:
                others = {q.id: more for q, more in all_of_them if q.flock == p.flock and q is not p}
                assert others.keys() == {q.id for q in world.people if q.flock == p.flock and q is not p}, system
                assert all(reached & more for more in others.values())
    for p, q in combinations(world.people, 2):
        reach = [{x for x in (r.email, r.phone, r.former_email, r.former_phone, r.work_phone, r.work_email) if x} for r in (p, q)]
        if p.names & q.names and reach[0] & reach[1]:
            assert p.flock == q.flock != ""


def test_a_score() -> None:
    truth: dict[LocalId, str] = {("a", 0): "x", ("b", 0): "x", ("c", 0): "x", ("a", 1): "y", ("b", 1): "y", ("b", 2): "x"}
    assert evaluate([], truth) == Score(true_pairs=6, right=0, wrong=0, waiting=6)
    assert evaluate([{("a", 0), ("b", 0), ("b", 2)}], truth) == Score(6, 2, 0, 4)
    assert evaluate([{("a", 0), ("a", 1)}, {("b", 0), ("b", 1), ("c", 0)}], truth) == Score(6, 1, 3, 5)
    with pytest.raises(KeyError):
        evaluate([{("a", 0), ("z", 9)}], truth)


def test_business_ids_have_the_check_digit_that_accounting_programs_look_at() -> None:
    """Weights, modulus and the rest that is given to nobody: as python-stdnum's fi/ytunnus.py has them."""
    for org in make_people(3, 40, 400).orgs:
        digits, _, check = org.business_id.partition("-")
        rest = sum(weight * int(digit) for weight, digit in zip((7, 9, 10, 5, 8, 4, 2), digits, strict=True)) % 11
        assert rest != 1
        assert (rest + int(check)) % 11 == 0
        assert digits.startswith("9")  # none of these was given out
