"""Slots: systems that keep a set in a few named fields, each of which holds at most one member (merge.md 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Members = dict[str, dict[str, Any]]
"""Members of a set by key: ``{key: {"v": payload, "at": row or slot, "a": {attribute: value}}}``."""

ANY = "*"


@dataclass(frozen=True, slots=True)
class Slot:
    """One field that holds one member.

    ``at``       its path in the native record, the name of the slot
    ``accepts``  labels it takes, in order of preference; "" is no label, "*" any
    ``label``    what a value found here is labelled as; None: the slot says nothing about it
    """

    at: str
    accepts: tuple[str, ...] = (ANY,)
    label: str | None = None

    def rank(self, label: str | None) -> int | None:
        """Place of a label in this slot's preference, or None when it is not accepted."""
        for place, accepted in enumerate(self.accepts):
            if accepted in (label or "", ANY):
                return place
        return None


def fill(members: Members, primary: str | None, held: Members, slots: Sequence[Slot], order: Mapping[str, int],
         *, primary_first: bool = True) -> Members:
    """The members that fit, each with ``at`` naming its slot.

    The primary goes first, into the first slot that accepts it. Then the members the system already holds, each in
    its own slot whatever its label. Then, slot by slot, what the slot accepts: by its order of labels, members it
    held elsewhere before new ones, oldest first, then by key. So a system loses a member it holds only to the
    primary, never for lack of room.

    ``held``           members as the system has them, ``at`` naming their slots
    ``order``          first revision of each member; one without is younger than all
    ``primary_first``  False where the order of slots means nothing: a held primary stays where it is, and a new one
                       takes a free slot before it displaces anybody
    """
    taken: dict[str, str] = {}  # slot -> member key
    names = {slot.at for slot in slots}
    homes = {key: at for key in members if (at := held.get(key, {}).get("at")) in names}
    if primary in members:
        place = _place_of_primary(members[primary], homes, primary, slots, primary_first)
        if place is not None:
            taken[place] = primary
    placed = set(taken.values())
    for key in sorted(homes, key=lambda k: _age(k, order)):
        if key not in placed and homes[key] not in taken:
            taken[homes[key]] = key
            placed.add(key)
    for slot in slots:
        if slot.at in taken:
            continue
        waiting = [(key not in homes, rank, *_age(key, order)) for key, member in members.items()
                   if key not in placed and (rank := slot.rank(member.get("a", {}).get("label"))) is not None]
        if waiting:
            taken[slot.at] = min(waiting)[-1]
            placed.add(taken[slot.at])
    return {taken[slot.at]: {**members[taken[slot.at]], "at": slot.at} for slot in slots if slot.at in taken}


def _place_of_primary(member: Mapping[str, Any], homes: Mapping[str, str], key: str, slots: Sequence[Slot],
                      primary_first: bool) -> str | None:
    """The slot the primary goes to, or None when no slot accepts it and it is held nowhere."""
    if not primary_first and key in homes:
        return homes[key]
    label = member.get("a", {}).get("label")
    accepting = [slot.at for slot in slots if slot.rank(label) is not None]
    if not primary_first:
        occupied = set(homes.values())
        accepting.sort(key=lambda at: at in occupied)  # stable: a free slot first, else as declared
    return accepting[0] if accepting else homes.get(key)


def _age(key: str, order: Mapping[str, int]) -> tuple[float, str]:
    return order.get(key, float("inf")), key
