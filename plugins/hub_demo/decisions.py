"""What a careful person decides about who is the same: whole groups, with a sample looked at.

Nothing here knows the truth. A group is accepted for its cause: the sure ones, then those likely ones that no family, no
office and no namesake makes (``hub.overlap.people.PROBABLE`` says why of each), the largest first. Of given names that
differ by a letter, a person leaves out those that are two names, as everybody knows: Aino and Eino may be married.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.model.listed import Listed
from hub.model.refs import RecordRef
from hub.overlap.people import PROBABLE
from hub.rules.matching.match import explain
from hub.rules.matching.verdict import COMMON

MOST = 10
"""Decisions a person makes on the first evening."""
SURE = "sure"
SLIP = explain("given~")
"""The reason of which a person looks at the names."""


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs that one decision covers. ``name``: "sure", or the cause; ``left``: pairs of that cause that are not
    accepted."""

    name: str
    pairs: tuple[Mapping[str, Any], ...]
    left: int = 0

    @property
    def asked(self) -> list[str]:
        """What ``hub matches accept`` is given: the group by its name, or the pairs of it."""
        return [str(pair["id"]) for pair in self.pairs] if self.left else [self.name]


Contacts = Sequence[Sequence[RecordRef]]
"""The records of each contact."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A group that was accepted. ``pairs``: how many; ``left``: how many of it were not; ``contacts``: as they are with
    this group joined too."""

    group: str
    pairs: int
    left: int
    contacts: Contacts


def usual(people: Iterable[Listed]) -> frozenset[str]:
    """Given names that several families use."""
    families: defaultdict[str, set[str]] = defaultdict(set)
    for one in people:
        if one.values.get("name.given"):
            families[_first(one.name)].add(str(one.values.get("name.family")).casefold())
    return frozenset(name for name, used in families.items() if len(used) >= COMMON)


def _first(name: str) -> str:
    return name.split(maxsplit=1)[0].casefold()


def groups(matches: Iterable[Mapping[str, Any]], usual: Collection[str] = ()) -> Iterator[Group]:
    """The groups to accept now, in the order in which a person would. While there are sure ones, only they: what is likely
    is easier to tell once they are joined. ``usual``: given names a person knows."""
    by_cause: dict[str, list[Mapping[str, Any]]] = {}
    for match in matches:
        name = SURE if match["tier"] == SURE else match["cause"]
        if name == SURE or name in PROBABLE:
            by_cause.setdefault(name, []).append(match)
    if SURE in by_cause:
        yield Group(SURE, tuple(by_cause[SURE]))
        return
    for name, pairs in sorted(by_cause.items(), key=lambda each: (-len(each[1]), each[0])):
        accepted = tuple(pair for pair in pairs if not _two_names(pair, usual))
        if accepted:
            yield Group(name, accepted, len(pairs) - len(accepted))


def _two_names(pair: Mapping[str, Any], usual: Collection[str]) -> bool:
    return SLIP in pair["reasons"] and all(_first(record["name"]) in usual for record in pair["records"])


def joined(contacts: Contacts, group: Group) -> Contacts:
    """The contacts once this group's pairs are joined."""
    home: dict[tuple[str, str], list[RecordRef]] = {}
    for records in contacts:
        mine = list(records)
        home.update(((r.system, r.native_id), mine) for r in mine)
    for pair in group.pairs:
        one, other = (home[r["system"], r["native_id"]] for r in pair["records"])
        if one is not other:
            one += other
            home.update(((r.system, r.native_id), one) for r in other)
    return list({id(records): records for records in home.values()}.values())
