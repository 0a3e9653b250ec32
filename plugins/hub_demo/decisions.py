"""What a careful person decides about who is the same: whole groups, with a sample looked at, and no pair by itself.

Nothing here knows the truth. A group is accepted for its cause: the sure ones, then those likely ones that no family, no
office and no namesake makes (``hub.overlap.people.PROBABLE`` says why of each), the largest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.overlap.people import PROBABLE

MOST = 10
"""Decisions a person makes on the first evening."""
SURE = "sure"


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs that one decision covers. ``name``: "sure", or the cause."""

    name: str
    pairs: tuple[Mapping[str, Any], ...]


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
