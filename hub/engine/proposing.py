"""Pairs that somebody else than the tiers proposes become candidates, beside those there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from hub.engine.copies import profile_of
from hub.model.life import LIVE
from hub.rules.matching.match import Candidate, Pair, Profile
from hub.store import contacts, finding, reviews
from hub.store.store import Store


class Everybody(NamedTuple):
    """Link → profile, system and contact of every live record. ``apart``: pairs judged different."""

    profiles: Mapping[str, Profile]
    systems: Mapping[str, str]
    contacts: Mapping[str, str]
    apart: Collection[Pair]


def everybody(store: Store) -> Everybody:
    """All live records, in one view of the database."""
    with store.reading() as tx:
        live = finding.all_records(tx)
        return Everybody({i: profile_of(tx, k) for i, k in live.items()}, {i: k.ref.system for i, k in live.items()},
                         {i: k.contact for i, k in live.items()}, reviews.judgements(tx, live, "different"))


def propose(store: Store, found: Iterable[Candidate]) -> Counter[str]:
    """Note these pairs, as far as their records are still two contacts and nobody asked or answered yet. Returns how many of
    each cause are new."""
    found = list(found)
    with store.writing() as tx:
        homes = {i: k.contact for i, k in contacts.homes(tx, ids={x for c in found for x in (c.a, c.b)}).items()
                 if k.life in LIVE}
        still = [c for c in found if c.a in homes and c.b in homes and homes[c.a] != homes[c.b]]
        new = reviews.add_candidates(tx, [(c.a, c.b, str(c.tier), c.score, c.cause, c.reasons) for c in still], ())
    return Counter(c.cause for c in still if (c.a, c.b) in new)
