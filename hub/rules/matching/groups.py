"""What a pair alone cannot know: whether another record fits as well, and what joining would tie together.

A *whole* is what is one already: a contact, or a record without one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from hub.rules.matching.keys import Pair
from hub.rules.matching.reasons import contradicts, score
from hub.rules.matching.verdict import Tier, Verdict

Verdicts = Mapping[Pair, Verdict]
Fits = Callable[[str, str], bool]


def without_rivals(
    found: Verdicts, within: Verdicts, systems: Mapping[str, str], whole: Mapping[str, str]
) -> dict[Pair, Verdict]:
    """The verdicts between systems, where a pair that has a rival in either direction is not sure any more.

    A strong key yields only to another strong key; a sure pair to any other the record could be, likely ones too.
    Rivals that ``within`` their system are plainly one contact twice make a cause of their own, easier to decide.
    """
    strong = _partners((pair for pair, v in found.items() if v.tier is Tier.STRONG), systems, whole)
    every = _partners(found, systems, whole)
    settled = {}
    for (a, b), judged in found.items():
        partners = strong if judged.tier is Tier.STRONG else every
        sides = [partners[whole[a], systems[b]], partners[whole[b], systems[a]]]
        if all(len({whole[record] for record in side}) == 1 for side in sides):
            settled[a, b] = judged
        elif judged.tier is not Tier.LIKELY and all(_is_one(side, within, whole) for side in sides):
            settled[a, b] = unsure(judged, "twice")
        else:
            settled[a, b] = unsure(judged, "ambiguous")
    return settled


def without_better(
    unfit: Iterable[Pair], found: Verdicts, systems: Mapping[str, str], whole: Mapping[str, str]
) -> list[Pair]:
    """Of the pairs whose names do not fit, those where neither has a record in the other's system already, or one there
    that its name fits."""
    there = {(whole[record], systems[record]) for record in whole} | _partners(found, systems, whole).keys()
    return [(a, b) for a, b in unfit
            if systems[a] == systems[b] or there.isdisjoint([(whole[a], systems[b]), (whole[b], systems[a])])]


def _partners(
    pairs: Iterable[Pair], systems: Mapping[str, str], whole: Mapping[str, str]
) -> defaultdict[tuple[str, str], set[str]]:
    """(whole, system) → the records there it could be."""
    partners: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for a, b in pairs:
        partners[whole[a], systems[b]].add(b)
        partners[whole[b], systems[a]].add(a)
    return partners


def _is_one(records: set[str], within: Verdicts, whole: Mapping[str, str]) -> bool:
    """Are these records of one system one contact, as far as an identifier or a birth date can say? An e-mail address
    and a phone number cannot: a father and a son of one name may share both."""
    for pair in combinations(sorted(records), 2):
        if whole[pair[0]] != whole[pair[1]]:
            judged = within.get(pair)
            if judged is None or contradicts(judged.reasons) or not {"key=", "birthday="} & set(judged.reasons):
                return False
    return True


def without_misfits(
    found: Verdicts, systems: Mapping[str, str], whole: Mapping[str, str], fits: Fits
) -> dict[Pair, Verdict]:
    """Verdicts whose clusters hold together: no two wholes with a record in one system, no two records that ``fits``
    denies.

    Strong pairs are looked at by themselves first, so that a sure pair never makes a strong one doubtful.
    """
    members: defaultdict[str, set[str]] = defaultdict(set)
    for record, one in whole.items():
        members[one].add(record)
    settled = dict(found)
    for weakest, tiers in ((Tier.STRONG, (Tier.STRONG,)), (Tier.SURE, (Tier.STRONG, Tier.SURE))):
        edges = [pair for pair, judged in settled.items() if judged.tier in tiers]
        for cluster in _clusters(edges, whole):
            if not _holds([members[one] for one in sorted(cluster.wholes)], systems, fits):
                for pair in cluster.pairs:
                    if settled[pair].tier is weakest:
                        settled[pair] = unsure(settled[pair], "cluster")
    return settled


class _Cluster(NamedTuple):
    wholes: set[str]
    pairs: list[Pair]


def _clusters(edges: list[Pair], whole: Mapping[str, str]) -> list[_Cluster]:
    """What the pairs tie together."""
    near: defaultdict[str, list[Pair]] = defaultdict(list)
    for a, b in edges:
        near[whole[a]].append((a, b))
        near[whole[b]].append((a, b))
    found, done = [], set[str]()
    for start in near:
        if start in done:
            continue
        cluster, todo = _Cluster(set(), []), [start]
        while todo:
            one = todo.pop()
            if one in cluster.wholes:
                continue
            cluster.wholes.add(one)
            for a, b in near[one]:
                other = whole[b] if whole[a] == one else whole[a]
                if other not in cluster.wholes:
                    cluster.pairs.append((a, b))
                    todo.append(other)
        done |= cluster.wholes
        found.append(cluster)
    return found


def _holds(wholes: list[set[str]], systems: Mapping[str, str], fits: Fits) -> bool:
    taken: set[str] = set()
    for records in wholes:
        here = {systems[record] for record in records}
        if here & taken:
            return False
        taken |= here
    return all(fits(x, y) for ours, theirs in combinations(wholes, 2) for x in ours for y in theirs)


def unsure(judged: Verdict, reason: str) -> Verdict:
    """The same verdict, one to be looked at: likely, with one reason more and a cause that says so."""
    reasons = (*judged.reasons, reason)
    return Verdict(Tier.LIKELY, score(reasons), reasons, reason if reason == "twice" else f"{reason}:{judged.cause}")
