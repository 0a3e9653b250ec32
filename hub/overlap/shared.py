"""E-mail addresses that stand in several rows: one person's, a family's, an office's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hub.overlap.people import Crowded, Someone
from hub.overlap.records import Record
from hub.rules.matching.names import compare_family
from hub.rules.matching.profile import Profile
from hub.rules.matching.verdict import HOUSEHOLD
from hub.rules.matching.words import ROLES

KINDS = ("family", "office", "look", "other")
"""family: one family name or one home; look: rows that may be one person; other: a guardian, colleagues, a mistake."""


@dataclass(frozen=True, slots=True)
class Shared:
    """An address of several people. ``kind``: one of ``KINDS``."""

    email: str
    kind: str
    people: tuple[Someone, ...]


def shared_emails(crowded: Crowded, records: Mapping[str, Record]) -> tuple[tuple[Shared, ...], int]:
    """The addresses several people share, most people first; and how many stand in several rows of one person alone."""
    owners: defaultdict[str, dict[Someone, int]] = defaultdict(dict)
    home = {record: one for one in crowded.people for record in one.records}
    for record in records:
        for email in crowded.profiles[record].emails:
            owners[email][home[record]] = owners[email].get(home[record], 0) + 1
    doubtful = {frozenset((home[c.a], home[c.b])) for c in crowded.look}
    found = [Shared(email, _kind(email, tuple(people), crowded, doubtful), tuple(people))
             for email, people in owners.items() if len(people) > 1]
    ours = sum(len(people) == 1 and max(people.values()) > 1 for people in owners.values())
    return tuple(sorted(found, key=lambda each: (KINDS.index(each.kind), -len(each.people), each.email))), ours


def _kind(email: str, people: Sequence[Someone], crowded: Crowded, doubtful: set[frozenset[Someone]]) -> str:
    profiles = [crowded.profiles[record] for one in people for record in one.records]
    given = {p.given[0] for p in profiles if p.given}
    if email.partition("@")[0] in ROLES or len(given) > HOUSEHOLD or any(p.kind == "org" for p in profiles):
        return "office"
    if any(frozenset(pair) in doubtful for pair in combinations(people, 2)):
        return "look"
    if all(any(_at_home(x, y) for x in _of(one, crowded) for other in people if other != one for y in _of(other, crowded))
           for one in people):
        return "family"
    return "other"


def _of(one: Someone, crowded: Crowded) -> list[Profile]:
    return [crowded.profiles[record] for record in one.records]


def _at_home(a: Profile, b: Profile) -> bool:
    return bool(a.doors & b.doors) or compare_family(a.family, b.family) in ("family=", "family≈", "family+")
