"""What came to a contact since a journal row, and from whom: the material of an unmerge (merge.md 11)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hub.model.state import NEVER, UNSET, Cell, Decision, Units
from hub.model.units import EntitySchema, Value, member, replaced_by, set_of, split

JOINED = "consent joined"
"""The rule of a decision about consent that counted (``merge``)."""

Speakers = dict[str, list[tuple[str, Value]]]
"""Unit → (link, value) of who stood for it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One journal row of a contact.

    ``before``   units it changed, with the cell before
    ``brought``  the values of the contact that was joined with it in this row
    ``left``     links that went away with another contact in this row
    """

    seq: int
    before: Mapping[str, Cell]
    decisions: Sequence[Decision]
    brought: Mapping[str, Cell] = field(default_factory=dict)
    left: frozenset[str] = frozenset()


class Came(NamedTuple):
    """A unit had this value for a while.

    ``links``  who asserted it, or whose question a person answered with it; none: its origin
    ``how``    "set" by an edit or answer; or with a contact that was joined: it "fills" where there is none, or "meets"
               what is there, because it was the same when it came
    """

    unit: str
    cell: Cell
    links: frozenset[str] = frozenset()
    how: Literal["set", "fills", "meets"] = "set"


def came_since(entity: EntitySchema, join: Row, rows: Sequence[Row], units: Units) -> list[Came]:
    """Every value the contact had since the join, oldest first.

    ``join``: the row of the join itself; ``rows``: all since, oldest first; ``units``: as they are now.
    """
    said = _said(entity, [join, *rows])[1:]
    stands = dict(units)
    gone: set[str] = set()
    out: list[Came] = []

    def came(found: Iterable[Came]) -> None:
        for each in found:
            links = each.links - gone
            if links or (not each.links and each.cell.origin not in gone):
                out.append(each._replace(links=links))

    for row, speakers in zip(reversed(rows), reversed(said), strict=True):
        gone |= row.left
        came([*_consents(entity, row), *_brought(entity, row, stands)])
        for unit in sorted(row.before.keys() | speakers.keys()):
            cell = stands.get(unit, UNSET)
            links = frozenset(i for i, value in speakers.get(unit, ()) if entity.same(unit, value, cell.value))
            if links or unit in row.before:
                came([Came(unit, cell, links)])
            stands[unit] = row.before.get(unit, cell)
    return out[::-1]


def _joined(entity: EntitySchema, unit: str) -> bool:
    owner = set_of(unit)
    return owner is not None and entity.sets[owner].joined


def _consents(entity: EntitySchema, row: Row) -> list[Came]:
    """Every statement counts, also one that another person's was stronger than; that one never had a revision."""
    return [Came(d.unit, Cell(d.value, NEVER if d.fate == "overruled" else row.seq, d.link), frozenset({d.link}))
            for d in row.decisions
            if d.value is not None and d.fate in ("won", "agreed", "overruled") and _joined(entity, d.unit)
            and d.rule == JOINED]


def _brought(entity: EntitySchema, row: Row, stands: Units) -> list[Came]:
    return [Came(u, c, how="meets" if entity.same(u, c.value, stands.get(u, UNSET).value) else "fills")
            for u, c in row.brought.items()]


def consents_said(entity: EntitySchema, rows: Iterable[Row], links: Container[str]) -> tuple[Decision, ...]:
    """What these links said of consent: goes with them when they are parted, in the row of the parting."""
    return tuple(d for row in rows for d in row.decisions
                 if d.link in links and _joined(entity, d.unit) and d.rule == JOINED and d.value is not None)


def _said(entity: EntitySchema, rows: Sequence[Row]) -> list[Speakers]:
    """Per row, all who stood for what came of it. A person's answer stands for the links that
    had said the same; what he typed himself, for those he was asked about."""
    contended: Speakers = {}
    out = []
    for row in rows:
        found: Speakers = {}
        for d in row.decisions:
            if d.fate == "contends":
                contended.setdefault(d.unit, []).append((d.link, d.value))
            elif d.fate in ("won", "agreed"):
                found.setdefault(d.unit, []).append((d.link, d.value))
            elif d.fate == "answered" and not entity.same(d.unit, d.value, d.against):
                asked = contended.get(d.unit, [])
                same = {i for i, value in asked if entity.same(d.unit, value, d.value)}
                found.setdefault(d.unit, []).extend((i, d.value) for i in same or {i for i, _ in asked})
        for unit in list(found):
            _carried(entity, unit, found)
        out.append(found)
    return out


def _carried(entity: EntitySchema, unit: str, found: Speakers) -> None:
    """Who stands for a replacement stands for the member that replaced."""
    base, key, name = split(unit)
    for link, value in found[unit] if key is not None and name is None else ():
        new = replaced_by(value)
        if new is not None:
            found.setdefault(member(base, new), []).append((link, value.get("v")))
