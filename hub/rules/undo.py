"""Undo of a run (merge.md 11): what it changed in a contact goes back, where nobody touched it since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from hub.model.state import NEVER, UNSET, Cell, ContactState, Contender, MergeOutcome, Units
from hub.model.units import EntitySchema, member, primary, replaced_by, set_of, split
from hub.rules.authority import FREE
from hub.rules.consent import WITHDRAWN
from hub.rules.heirs import primaries, renumber
from hub.rules.ledger import Ledger, is_member
from hub.rules.shape import held, is_held
from hub.rules.since import Row

UNDO = "undo"
"""The origin of a unit that was never set before the run that was undone."""


class Kept(NamedTuple):
    """A unit that stays as it is, and why."""

    unit: str
    why: str


def undo(
    entity: EntitySchema, now: ContactState, rows: Sequence[Row], *, later: Collection[str],
    wrote: Mapping[str, Mapping[str, int]], rev: int, at: int,
) -> tuple[MergeOutcome, list[Kept]]:
    """The contact with what the run changed put back, and what stays.

    ``rows``   the journal rows of the run about this contact, oldest first
    ``later``  units that any row since has changed
    ``wrote``  link → unit → the revision we wrote there

    A unit gets back value, revision and origin. A link we wrote it to is behind; one that came by the value itself
    keeps it (``left``). A replacement goes back whole or not at all, a member not if an attribute of it changed or it
    was made the primary since; a withdrawn consent is never given back. What a person chose among several values of a field is
    asked again, with all of them; what he chose in a set stays.
    """
    before: dict[str, Cell] = {}
    for row in rows:
        for unit, cell in row.before.items():
            before.setdefault(unit, cell)
    ledger = Ledger(entity, now, rev, at, FREE)
    kept: list[Kept] = []
    answered = {d.unit for row in rows for d in row.decisions if d.fate == "answered"}
    waits = held(now.conflicts, now.units)
    leads = {primary(n) for n in entity.sets}
    for group in _groups(before.keys() - leads, before, now.units):
        why = next((w for u in sorted(group) if (w := _stays(entity, now.units, u, group, later, waits, answered))), "")
        for unit in sorted(group):
            if why:
                kept.append(Kept(unit, why))
            elif unit in answered:
                _ask_again(ledger, unit, before[unit], rows)
            else:
                _put_back(ledger, unit, before[unit], wrote)
    for unit in sorted(before.keys() & leads):
        chosen = before[unit].value
        if unit in later or is_held(unit, waits) or (chosen and not ledger.is_present(unit.removesuffix(".primary"), chosen)):
            kept.append(Kept(unit, "changed since"))
        else:
            _put_back(ledger, unit, before[unit], wrote)
    for unit in sorted(u for u in answered - before.keys() if set_of(u) is None):  # what stood already was chosen
        if unit in later or is_held(unit, waits):
            kept.append(Kept(unit, "changed since"))
        else:
            _ask_again(ledger, unit, ledger.cell(unit), rows)
    primaries(ledger)
    renumber(ledger)
    return ledger.outcome(), kept


def _groups(units: Collection[str], before: Mapping[str, Cell], now: Units) -> list[set[str]]:
    """Units that go back together: of a set, members that one replacement connects, with their attributes."""
    out: list[set[str]] = []
    left = set(units)
    while left:
        group = {min(left)}
        while True:
            names = {n for u in group for n in _connected(u, before, now)}
            more = {u for u in left - group if names & _connected(u, before, now)}
            if not more:
                break
            group |= more
        left -= group
        out.append(group)
    return out


def _member_of(unit: str) -> str:
    base, key, _ = split(unit)
    return member(base, key) if key is not None else unit


def _connected(unit: str, before: Mapping[str, Cell], now: Units) -> set[str]:
    base, _, _ = split(unit)
    out = {_member_of(unit)}
    for each in list(out):
        for cell in (before.get(each, UNSET), now.get(each, UNSET)):
            if is_member(each) and (new := replaced_by(cell.value)) is not None:
                out.add(member(base, new))
    return out


def _stays(
    entity: EntitySchema, units: Units, unit: str, group: Collection[str], later: Collection[str], waits: Collection[str],
    answered: Collection[str],
) -> str:
    """Why this unit cannot go back; "" if it can."""
    if is_held(unit, waits):
        return "a conflict about it is open"
    whole = any(is_member(u) for u in group)
    if unit in later or (whole and any(_member_of(u) == _member_of(unit) for u in later)):
        return "changed since"
    if unit in answered and set_of(unit) is not None:
        return "a person chose it: change it in a system"
    base, key, _ = split(unit)
    if key is not None and primary(base) in later and units.get(primary(base), UNSET).value == key:
        return "made primary since"
    owner, value = set_of(unit), units.get(unit, UNSET).value
    if owner is not None and entity.sets[owner].joined and isinstance(value, Mapping) and value.get("state") == WITHDRAWN:
        return "a withdrawn consent is not given back"
    return ""


def _put_back(ledger: Ledger, unit: str, cell: Cell, wrote: Mapping[str, Mapping[str, int]]) -> None:
    stood = ledger.cell(unit)
    if stood == cell:
        return
    written = {i for i, sent in wrote.items() if sent.get(unit) == stood.rev}
    ledger.say(unit, stood.origin, "overruled", stood.value, "undone", cell.value)
    ledger.restore(unit, cell if cell.rev != NEVER else Cell(None, ledger.rev, UNDO, ledger.at), written)


def _ask_again(ledger: Ledger, unit: str, cell: Cell, rows: Sequence[Row]) -> None:
    """All that was asked about is there again: what stood, what was chosen, and what lost. Who edits what he sees now, which is
    what was chosen, replaces that."""
    stood = ledger.cell(unit)
    lost = [d for row in rows for d in row.decisions if d.unit == unit and d.fate == "overruled" and d.rule == "a person"]
    asked = {(stood.origin, stood.rev): stood.value, **{(d.link, ledger.rev): d.value for d in lost}}
    contenders = [Contender(link, value, None, None, rev) for (link, rev), value in sorted(asked.items())
                  if not ledger.entity.same(unit, value, cell.value)]
    if not contenders:
        return
    ledger.ask_again(unit, cell if cell.rev != NEVER else Cell(None, ledger.rev, UNDO, ledger.at), contenders)
    for each in contenders:
        ledger.say(unit, each.link, "contends", each.value, "undone", cell.value)
