"""What a comparison says, and what only many records together can tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hub.rules.matching.keys import domains
from hub.rules.matching.profile import Profile
from hub.rules.matching.reasons import score


class Tier(StrEnum):
    """How sure we are that two records are one contact (``design.md``: Identity, in tiers)."""

    STRONG = "strong"
    SURE = "sure"
    LIKELY = "likely"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``score`` from 0 to 1; ``reasons``: codes of ``match_reasons``; ``cause``: the group one decision can cover,
    "" for never."""

    tier: Tier
    score: float
    reasons: tuple[str, ...]
    cause: str = ""


def verdict(tier: Tier, reasons: Iterable[str], *cause: str) -> Verdict:
    """A verdict with its score; the cause is joined from its parts, of which empty ones fall away."""
    codes = tuple(reasons)
    return Verdict(tier, score(codes), codes, "+".join(part for part in cause if part))


@dataclass(frozen=True, slots=True)
class Crowd:
    """What no two records show by themselves.

    ``offices``  e-mail addresses and phone numbers an office shares: they say little about a person
    ``names``    given names many families use: two of them are two names, not a slip of one
    ``public``   e-mail domains of many organisations: they say nothing about one
    """

    offices: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()


NOBODY = Crowd()
HOUSEHOLD = 6
"""More given names than this at one address or number, and it is an office's."""
COMMON = 3
"""So many families with one given name, or organisations with one e-mail domain, make it common."""


def crowd(records: Iterable[Profile], common: Iterable[str] = ()) -> Crowd:
    """Read off all records at hand: the more, the wiser. An organisation's own address or number is an office's.

    ``common``: given names known to be common from more than these records."""
    given_at: defaultdict[str, set[str]] = defaultdict(set)
    families: defaultdict[str, set[str]] = defaultdict(set)
    orgs_at: defaultdict[str, set[str]] = defaultdict(set)
    offices: set[str] = set()
    for p in records:
        if p.kind == "org":
            offices |= p.emails | p.phones
            for domain in domains(p):
                orgs_at[domain].update(name.key for name in p.orgs[:1])
        elif p.given:
            families[p.given[0]].add(" ".join(p.family))
            for where in p.emails | p.phones:
                given_at[where].add(p.given[0])
    offices |= {where for where, given in given_at.items() if len(given) > HOUSEHOLD}
    return Crowd(
        frozenset(offices),
        frozenset(name for name, used in families.items() if len(used) >= COMMON) | frozenset(common),
        frozenset(domain for domain, names in orgs_at.items() if len(names) >= COMMON),
    )
