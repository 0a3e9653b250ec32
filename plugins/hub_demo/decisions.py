"""What a careful person decides about who is the same: whole groups, with a sample looked at.

Nothing here knows the truth. A group is accepted for its cause: the sure ones, then those likely ones that no family, no
office and no namesake makes (``hub.overlap.people.PROBABLE`` says why of each), the largest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.model.refs import RecordRef
from hub.overlap.people import PROBABLE

MOST = 10
"""Decisions a person makes on the first evening."""
SURE = "sure"


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs that one decision covers. ``name``: "sure", or the cause; what ``hub matches accept`` is given."""

    name: str
    pairs: tuple[Mapping[str, Any], ...]


Contacts = Sequence[Sequence[RecordRef]]
"""The records of each contact."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A group that was accepted. ``pairs``: how many; ``contacts``: as they are with this group joined too."""

    group: str
    pairs: int
    contacts: Contacts


def groups(matches: Iterable[Mapping[str, Any]]) -> Iterator[Group]:
    """The groups to accept now, in the order in which a person would. While there are sure ones, only they: what is likely
    is easier to tell once they are joined."""
    by_cause: dict[str, list[Mapping[str, Any]]] = {}
    for match in matches:
        name = SURE if match["tier"] == SURE else match["cause"]
        if name == SURE or name in PROBABLE:
            by_cause.setdefault(name, []).append(match)
    if SURE in by_cause:
        yield Group(SURE, tuple(by_cause[SURE]))
        return
    for name, pairs in sorted(by_cause.items(), key=lambda each: (-len(each[1]), each[0])):
        yield Group(name, tuple(pairs))


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
