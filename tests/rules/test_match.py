"""Many records at once: who is the only one it could be, and what a whole invented world comes to."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.matching.match import Candidate, Profile, Tier, candidates, keys, pairs_by_key, profile
from hub.testing.people import LocalId, Score, World, evaluate, make_people

SURE = (Tier.STRONG, Tier.SURE)


def anna(**more: Any) -> Profile:
    email = more.pop("email", "a@example.org")
    number = more.pop("number", "")
    return profile({
        "kind": "individual", "name.given": more.pop("given", "Anna"), "name.family": "Nowak",
        "emails": {email: {"v": email}} if email else {},
        "identifiers": {"member-number": {"v": number}} if number else {}, **more,
    })  # fmt: skip


def found(records: Mapping[str, Profile], **more: Any) -> dict[tuple[str, str], str]:
    """Pair → "tier cause"; the system of a record is the first letter of its id."""
    pairs = pairs_by_key({record: keys(p) for record, p in records.items()})
    got = candidates(records, {record: record[0] for record in records}, pairs, **more)
    return {(c.a, c.b): f"{c.tier} {c.cause}" for c in got}


def test_one_in_each_system_is_sure() -> None:
    assert found({"a1": anna(), "b1": anna(), "c1": anna(), "c2": anna(given="Ewa")}) == {
        ("a1", "b1"): "sure name+email", ("a1", "c1"): "sure name+email", ("b1", "c1"): "sure name+email",
    }  # fmt: skip


@pytest.mark.fault("I9", guard="hub.rules.matching.groups:without_rivals")
def test_two_in_one_system_make_none_sure_there() -> None:
    assert found({"a1": anna(), "b1": anna(), "b2": anna()}) == {
        ("a1", "b1"): "likely ambiguous:name+email", ("a1", "b2"): "likely ambiguous:name+email",
        ("b1", "b2"): "likely duplicate:name+email",
    }  # fmt: skip


def test_a_likely_rival_is_a_rival() -> None:
    got = found({"a1": anna(), "b1": anna(), "b2": anna(given="Ania")})
    assert got["a1", "b1"] == "likely ambiguous:name+email"
    assert got["a1", "b2"] == "likely ambiguous:like-name+one"


def test_a_plain_duplicate_is_a_cause_of_its_own() -> None:
    born = {"birthday": "1990-02-28"}
    got = found({"a1": anna(), "b1": anna(**born), "b2": anna(**born)})
    assert got["a1", "b1"] == got["a1", "b2"] == "likely twice"
    assert got["b1", "b2"] == "likely duplicate:name+email"


def test_a_number_two_people_have_is_no_plain_duplicate() -> None:
    got = found({"a1": anna(), "b1": anna(number="7", birthday="1960-05-03"), "b2": anna(number="7", birthday="1991-08-17")})
    assert got["a1", "b1"] == got["a1", "b2"] == "likely ambiguous:name+email"
    assert got["b1", "b2"] == "likely duplicate:id:member-number+other-name"


def test_father_and_son_of_one_name() -> None:
    father, son = {"birthday": "1960-05-03"}, {"birthday": "1991-08-17"}
    got = found({"a1": anna(**father), "a2": anna(**son), "b1": anna(**father), "b2": anna(**son), "c1": anna()})
    assert got["a1", "b1"] == got["a2", "b2"] == "sure name+email"
    assert {got[pair] for pair in got if "c1" in pair} == {"likely ambiguous:name+email"}
    assert ("a1", "b2") not in got and ("a1", "a2") not in got


def test_a_cluster_that_does_not_fit_is_not_sure() -> None:
    got = found({"a1": anna(birthday="1960-05-03"), "b1": anna(), "c1": anna(birthday="1991-08-17")})
    assert got == {("a1", "b1"): "likely cluster:name+email", ("b1", "c1"): "likely cluster:name+email"}


@pytest.mark.fault("I3", guard="hub.rules.matching.groups:without_misfits")
def test_a_cluster_that_ties_two_records_of_one_system_is_not_sure() -> None:
    x, phone = {"email": "x@example.org"}, {"phones": {"+358401234567": {"v": ""}}}
    got = found({"a1": anna(**x), "a2": anna(), "b1": anna(**x, **phone), "c1": anna(**phone)})
    assert got["a1", "b1"] == "likely cluster:name+email"
    assert got["b1", "c1"] == "likely cluster:name+phone"


def test_a_strong_pair_yields_to_a_strong_rival_only() -> None:
    got = found({"a1": anna(number="7"), "b1": anna(number="7"), "b2": anna()})
    assert got["a1", "b1"] == "strong id:member-number"
    assert got["a1", "b2"] == "likely ambiguous:name+email"
    got = found({"a1": anna(number="7"), "b1": anna(number="7"), "b2": anna(number="7", given="Piotr")})
    assert got["a1", "b1"] == "strong id:member-number"
    assert got["a1", "b2"] == "likely ambiguous:id:member-number+other-name"
    got = found({"a1": anna(number="7"), "b1": anna(number="7"), "b2": anna(number="7", email="")})
    assert got["a1", "b1"] == got["a1", "b2"] == "likely twice"


def test_records_of_one_contact_are_one_partner() -> None:
    records = {"a1": anna(), "b1": anna(), "b2": anna()}
    assert found(records, contacts={"b1": "k", "b2": "k"}) == {
        ("a1", "b1"): "sure name+email", ("a1", "b2"): "sure name+email",
    }  # fmt: skip
    assert found(records, contacts=dict.fromkeys(records, "k")) == {}


def test_what_was_judged_different_is_never_tied_together() -> None:
    records = {"a1": anna(), "b1": anna(), "c1": anna()}
    assert found(records, apart=[("c1", "a1")]) == {
        ("a1", "b1"): "likely cluster:name+email", ("b1", "c1"): "likely cluster:name+email",
    }  # fmt: skip
    assert found({"a1": anna(), "b1": anna()}, apart=[("b1", "a1")]) == {}


# --- a whole world


Known = Mapping[str, list[dict[str, Any]]]


def ids(world: World, records: Known) -> tuple[dict[str, Profile], dict[str, str], dict[str, LocalId]]:
    where = {f"{system}:{n}": (system, n) for system, known in records.items() for n in range(len(known))}
    assert set(where.values()) == set(world.truth)
    return {r: profile(records[s][n]) for r, (s, n) in where.items()}, {r: s for r, (s, _) in where.items()}, where


def match(profiles: Mapping[str, Profile], systems: Mapping[str, str]) -> tuple[Candidate, ...]:
    return candidates(profiles, systems, pairs_by_key({r: keys(p) for r, p in profiles.items()}))


@given(st.integers(0, 2**32), st.integers(0, 3))
def test_the_order_of_records_is_irrelevant(order_seed: int, seed: int) -> None:
    rng = random.Random(order_seed)
    world = make_people(seed, people=60, orgs=6)
    profiles, systems, _ = ids(world, world.spread())
    pairs = sorted(pairs_by_key({r: keys(p) for r, p in profiles.items()}))
    expected = candidates(profiles, systems, pairs)
    assert any(c.tier in SURE for c in expected)
    order = list(profiles)
    rng.shuffle(order)
    rng.shuffle(pairs)
    turned = [(b, a) if rng.random() < 0.5 else (a, b) for a, b in pairs]
    assert candidates({r: profiles[r] for r in order}, systems, turned) == expected


def joined(accepted: list[Candidate], where: Mapping[str, LocalId]) -> list[set[LocalId]]:
    """The clusters the candidates make."""
    of: dict[LocalId, set[LocalId]] = {}
    for c in accepted:
        one, other = of.setdefault(where[c.a], {where[c.a]}), of.setdefault(where[c.b], {where[c.b]})
        if one is not other:
            one |= other
            of.update(dict.fromkeys(other, one))
    return list({id(cluster): cluster for cluster in of.values()}.values())


@pytest.mark.parametrize("seed", range(4))
def test_a_world_is_matched(seed: int) -> None:
    """Nothing wrong is sure; most is sure; nearly all is at least likely; ten decisions do the rest."""
    world = make_people(seed)
    profiles, systems, where = ids(world, world.spread())
    got = match(profiles, systems)
    right = {c: world.truth[where[c.a]] == world.truth[where[c.b]] for c in got}
    across = [c for c in got if systems[c.a] != systems[c.b]]
    assert all(c.tier is Tier.LIKELY and c.cause.startswith("duplicate:") for c in got if systems[c.a] == systems[c.b])

    sure = evaluate(joined([c for c in across if c.tier in SURE], where), world.truth)
    assert sure.wrong == 0
    assert sure.right >= 0.8 * sure.true_pairs
    assert sum(right[c] for c in across) >= 0.95 * sure.true_pairs

    groups = defaultdict(list)
    for c in across:
        groups[c.cause].append(c)
    clean = sorted((g for g in groups.values() if all(right[c] for c in g)), key=len, reverse=True)[:10]
    decided = evaluate(joined([c for group in clean for c in group], where), world.truth)
    assert decided.wrong == 0
    assert decided.right >= 0.9 * decided.true_pairs
    assert decided == Score(decided.true_pairs, decided.right, 0, decided.true_pairs - decided.right)
