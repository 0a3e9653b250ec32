"""Who is whom: rows of all lists become people, by the same rules as a sync (``hub.rules.matching``).

Certain is what one approval of a group could link there. What a person would have to look at is only *probable* here, and
only where a family cannot be the cause: an equal or nearly equal name, no contradiction, nobody else who fits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from hub.overlap.records import Record
from hub.rules.matching.match import Candidate, Profile, Tier, candidates, compare, crowd, keys, pairs_by_key, profile
from hub.rules.matching.reasons import contradicts, doubtful
from hub.rules.matching.words import ROLES

PROBABLE = frozenset({
    "twice", "like-name+two", "like-name+one", "like-name+address", "name+address", "other-family+two",
    "name+birthday+other-town", "name+email+birthday-slip", "name+phone+birthday-slip", "org", "like-org+sign",
})  # fmt: skip
"""Causes (``reasons``) that no family makes: a mother, a child and a guardian have other names, birth dates or causes."""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person or organisation, and the rows about it.

    ``records``  ids, in order
    ``cores``    the same records: those of a core are one for certain, the cores are one probably
    """

    records: tuple[str, ...]
    cores: tuple[tuple[str, ...], ...]

    @property
    def certain(self) -> bool:
        """Are all rows one without any probable tie?"""
        return len(self.cores) == 1


@dataclass(frozen=True, slots=True)
class Crowded:
    """All rows as people.

    ``look``  pairs of rows left to a person: they may be one, or a family (father and son of one name), or namesakes
    """

    people: tuple[Someone, ...]
    profiles: Mapping[str, Profile]
    look: tuple[Candidate, ...]


def tell_apart(found: Sequence[Record]) -> Crowded:
    """Every record is in one of the people."""
    profiles = {r.id: profile(r.projection) for r in found}
    lists = {r.id: str(r.place) for r in found}
    pairs = pairs_by_key({i: keys(p) for i, p in profiles.items()})
    seen = crowd(profiles.values())
    sure = _Union(profiles)
    for a, b in sorted(pairs):
        if lists[a] == lists[b]:
            judged = compare(profiles[a], profiles[b], seen)
            if is_double(judged.tier, judged.reasons):
                sure.join(a, b)
    judged_pairs = candidates(profiles, lists, pairs, contacts={i: sure.of(i) for i in profiles})
    for c in judged_pairs:
        if c.tier in (Tier.STRONG, Tier.SURE):
            sure.join(c.a, c.b)
    meant = _initials(judged_pairs, profiles)
    wide = _Union(profiles)
    for i in profiles:
        wide.join(sure.of(i), i)
    for c in judged_pairs:
        if (is_probable(c) or _is_the_only_initial(c, meant)) and _fit(wide.members(c.a), wide.members(c.b), lists, profiles):
            wide.join(c.a, c.b)
    _join_nameless({r.id for r in found if not r.name}, profiles, lists, wide)
    people = [Someone(tuple(group), tuple(sorted({tuple(sure.members(i)) for i in group}))) for group in wide.groups()]
    left = tuple(c for c in judged_pairs if wide.of(c.a) != wide.of(c.b) and c.tier is Tier.LIKELY)
    return Crowded(tuple(people), profiles, left)


def _join_nameless(nameless: Set[str], profiles: Mapping[str, Profile], lists: Mapping[str, str], wide: _Union) -> None:
    """Rows of a mailing list, with an address and no name: probably whoever has that address, if it is one person only."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for record, p in profiles.items():
        for email in p.emails:
            if record in nameless:
                rows[email].append(record)
            else:
                owners[email].add(wide.of(record))
    for email, records in sorted(rows.items()):
        if len(owners[email]) > 1 or (owners[email] and email.partition("@")[0] in ROLES):
            continue
        for record in records:
            home = next(iter(owners[email]), records[0])
            if all(i in nameless for i in wide.members(home) if lists[i] == lists[record]):
                wide.join(home, record)


def is_double(tier: Tier, reasons: Iterable[str]) -> bool:
    """Are two rows of one list plainly one person? An identifier or a birth date must say so: father and son of one name
    can share all else."""
    codes = set(reasons)
    return tier in (Tier.STRONG, Tier.SURE) and bool({"key=", "birthday="} & codes) and not contradicts(codes)


def is_probable(found: Candidate) -> bool:
    """May the pair be shown as probably one? Where several rows of a list fit, only the one with the birth date may."""
    if found.tier is not Tier.LIKELY:
        return False
    if found.cause.startswith("ambiguous:name+"):
        return {"name=", "birthday="} <= set(found.reasons) and not doubtful(found.reasons)
    if found.cause not in PROBABLE:
        return False
    return "family≠" not in found.reasons or "birthday=" in found.reasons  # else a guardian and a child of one given name


def _initials(judged: Iterable[Candidate], profiles: Mapping[str, Profile]) -> dict[str, set[str]]:
    """Row with an initial → the given names, in all lists, that it may stand for."""
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for c in judged:
        if "given." in c.reasons:
            for row, other in ((c.a, c.b), (c.b, c.a)):
                if len(profiles[row].given[0]) == 1:
                    meant[row].add(profiles[other].given[0])
    return meant


def _is_the_only_initial(found: Candidate, meant: Mapping[str, Set[str]]) -> bool:
    """Does an initial stand for one given name alone among all who share an address or a number with the row? Two of e-mail,
    phone and birth date must agree: Anna and Antti of one home have one in common."""
    return found.cause == "initial+two" and all(len(meant.get(row, ())) < 2 for row in (found.a, found.b))


def _fit(ours: Sequence[str], theirs: Sequence[str], lists: Mapping[str, str], profiles: Mapping[str, Profile]) -> bool:
    """Would the two make one person with no list twice, and no two rows that deny each other?"""
    if {lists[i] for i in ours} & {lists[i] for i in theirs}:
        return False
    return not any(_denies(profiles[x], profiles[y]) for x in ours for y in theirs)


def _denies(a: Profile, b: Profile) -> bool:
    reasons = compare(a, b).reasons
    return doubtful(r for r in reasons if r != "birthday~")


class _Union:
    """Sets of records; each set is named by its first record."""

    def __init__(self, records: Iterable[str]) -> None:
        self._home = {i: i for i in records}
        self._members = {i: [i] for i in self._home}

    def of(self, record: str) -> str:
        return self._home[record]

    def members(self, record: str) -> list[str]:
        return self._members[self._home[record]]

    def join(self, a: str, b: str) -> None:
        one, other = sorted((self._home[a], self._home[b]))
        if one == other:
            return
        for record in self._members[other]:
            self._home[record] = one
        self._members[one] = sorted(self._members[one] + self._members.pop(other))

    def groups(self) -> list[list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for record, home in self._home.items():
            found[home].append(record)
        return [sorted(group) for _, group in sorted(found.items())]
