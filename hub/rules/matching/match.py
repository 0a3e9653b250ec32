"""Which records of different systems are one contact: the whole of matching, as pure functions.

::

    profiles = {record: profile(projection) for …}            # fold once
    pairs    = pairs_by_key({r: keys(p) for r, p in profiles.items()})
    found    = candidates(profiles, systems, pairs)           # tiers, with reasons and causes

Nothing is linked here. STRONG and SURE are what one approval of a group may link; LIKELY is for a person to judge;
NEVER is not returned. Two records of one system are never STRONG or SURE: they are reported as duplicates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.rules.matching.groups import unsure, without_better, without_misfits, without_rivals
from hub.rules.matching.keys import Key, Pair, counted, crowded, keys, pairs_by_key
from hub.rules.matching.likeness import alike
from hub.rules.matching.pair import compare
from hub.rules.matching.profile import Profile, profile
from hub.rules.matching.reasons import REASONS, doubtful, explain
from hub.rules.matching.verdict import NOBODY, Crowd, Tier, Verdict, crowd

__all__ = [
    "NOBODY", "REASONS", "Candidate", "Crowd", "Key", "Pair", "Profile", "Tier", "Verdict", "candidates", "compare", "counted",
    "crowd", "crowded", "explain", "keys", "pairs_by_key", "profile", "worth",
]  # fmt: skip


_RANK = {tier: rank for rank, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An unjudged pair. ``a`` < ``b``: record ids; the rest as in ``Verdict``."""

    a: str
    b: str
    tier: Tier
    score: float
    reasons: tuple[str, ...]
    cause: str


def candidates(
    records: Mapping[str, Profile],
    systems: Mapping[str, str],
    pairs: Iterable[Pair],
    *,
    contacts: Mapping[str, str] | None = None,
    apart: Iterable[Pair] = (),
    common: Iterable[str] = (),
) -> tuple[Candidate, ...]:
    """Every pair that may be one contact, surest first. The order of ``records`` and ``pairs`` is irrelevant.

    ``records``   those of the pairs, and the other records of their contacts; the more, the wiser (``crowd``)
    ``systems``   the system of each record
    ``contacts``  the contact of each record that has one: records of one contact are one partner, and no candidates
    ``apart``     pairs judged different: no candidates, and no cluster joins them
    ``common``    given names that many bear, beside those that many of ``records`` do

    A pair stays STRONG or SURE only when, in each direction, the other system has no other record it could be, and
    when the records it would tie together through third systems fit each other. Raises KeyError for a pair of which
    ``records`` or ``systems`` knows nothing.
    """
    joined = contacts or {}
    whole = {record: joined.get(record, record) for record in records}
    divided = {_ordered(pair) for pair in apart}
    seen = crowd(records.values(), common)
    within, across, unfit = {}, {}, []
    for a, b in {_ordered(pair) for pair in pairs} - divided:
        if whole[a] == whole[b]:
            continue
        judged = compare(records[a], records[b], seen)
        if judged.tier is Tier.NEVER:
            unfit.append((a, b))
        elif systems[a] == systems[b]:
            within[a, b] = judged
        else:
            across[a, b] = judged

    def fits(x: str, y: str) -> bool:
        return _ordered((x, y)) not in divided and not doubtful(compare(records[x], records[y], seen).reasons)

    settled = without_misfits(without_rivals(across, within, systems, whole), systems, whole, fits)
    for a, b in without_better(unfit, across, systems, whole):
        judged = alike(records[a], records[b], seen)
        if judged.tier is not Tier.NEVER:
            (within if systems[a] == systems[b] else settled)[a, b] = judged
    settled |= {pair: unsure(judged, "duplicate") for pair, judged in within.items()}
    found = [Candidate(a, b, v.tier, v.score, v.reasons, v.cause) for (a, b), v in settled.items()]
    return tuple(sorted(found, key=lambda c: (_RANK[c.tier], -c.score, c.a, c.b)))


def worth(a: Profile, b: Profile) -> bool:
    """May the two be a candidate, whoever else there is?"""
    return any(judge(a, b, NOBODY).tier is not Tier.NEVER for judge in (compare, alike))


def _ordered(pair: Pair) -> Pair:
    return pair if pair[0] <= pair[1] else (pair[1], pair[0])
