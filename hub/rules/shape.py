"""What one link should show (merge.md 8 "Held", 12): the hub's value where the link is behind and nothing stands in
the way, otherwise what the link itself shows."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from types import MappingProxyType
from typing import Any

from hub.model.state import NEVER, UNSET, Cell, Conflict, Units
from hub.model.units import EntitySchema, Projection, attr, member, primary, replaced_by, split

NO_UNITS: Mapping[str, Cell] = MappingProxyType({})
Frozen = Callable[[str], bool]
"""Is a unit not to be written to this link now (held, left, not allowed, quiet, parked)?"""


def held(conflicts: Mapping[str, Conflict], units: Mapping[str, Cell] = NO_UNITS) -> frozenset[str]:
    """Units that wait with an open conflict: its unit and, of a member, its chain and every candidate (merge.md 8)."""
    out = set(conflicts)
    for unit, conflict in conflicts.items():
        base, key, name = split(unit)
        if key is None or name is not None:
            continue
        for value in (units.get(unit, UNSET).value, *(c.value for c in conflict.contenders)):
            while (other := replaced_by(value)) is not None and member(base, other) not in out:
                out.add(member(base, other))
                value = units.get(member(base, other), UNSET).value
    return frozenset(out)


def is_held(unit: str, units_held: Container[str]) -> bool:
    """Is the unit, or the member it belongs to, among these (held, or left by a link)?"""
    if unit in units_held:
        return True
    base, key, name = split(unit)
    return name is not None and key is not None and member(base, key) in units_held


def wanted(
    entity: EntitySchema, units: Units, behind: Mapping[str, int | None], shadow: Projection, covers: Frozen,
    frozen: Frozen,
) -> Projection:
    """Whole sets and scalars that may have to be written, as this link should show them.

    Only what the link is behind on moves; a member the contact does not know stays where it is.
    """
    out: Projection = {}
    sets: set[str] = set()
    for unit in behind:
        owner = split(unit)[0].removesuffix(".primary")
        if owner in entity.sets:
            sets.add(owner)
        elif covers(unit) and not frozen(unit):
            out[unit] = units.get(unit, UNSET).value
    for name in sorted(sets):
        if covers(name):
            out[name] = _members(entity, name, units, behind, shadow.get(name) or {}, frozen)
            unit = primary(name)
            if entity.sets[name].has_primary:
                out[unit] = _primary(units, unit, name, out[name], shadow, frozen)
    return out


def _members(
    entity: EntitySchema, name: str, units: Units, behind: Mapping[str, int | None],
    shown: Mapping[str, Mapping[str, Any]], frozen: Frozen,
) -> dict[str, dict[str, Any]]:
    keys = {key for u in units if (p := split(u))[0] == name and (key := p[1]) is not None and p[2] is None}
    out: dict[str, dict[str, Any]] = {}
    for key in sorted(keys | shown.keys()):
        unit = member(name, key)
        cell = units.get(unit, UNSET)
        there = shown.get(key)
        if frozen(unit) or (there is not None and unit not in behind) or cell.rev == NEVER:
            if there is None or (cell.rev == NEVER and unit in behind and not frozen(unit)):
                continue
            entry = {"v": there["v"], "at": there.get("at"), "a": dict(there.get("a", {}))}
        elif cell.value is None or replaced_by(cell.value) is not None:
            continue
        else:
            entry = {"v": cell.value, "at": there.get("at") if there else None,
                     "a": dict(there.get("a", {})) if there else {}}
        for each in entity.sets[name].attrs:
            u = attr(name, key, each)
            if not frozen(u) and (u in behind or (there is None and u in units)):
                entry["a"][each] = units.get(u, UNSET).value
        out[key] = entry
    _take_places(name, units, shown, out)
    return out


def _take_places(name: str, units: Units, shown: Mapping[str, Mapping[str, Any]], out: dict[str, dict[str, Any]]) -> None:
    """A replacement takes the row of what it replaced: what else stands in that row stays."""
    for key in sorted(shown.keys() - out.keys()):
        following = replaced_by(units.get(member(name, key), UNSET).value)
        if following in out and out[following]["at"] is None:
            out[following]["at"] = shown[key].get("at")


def _primary(
    units: Units, unit: str, name: str, members: Mapping[str, Any], shadow: Projection, frozen: Frozen
) -> Any:
    """Who is to be primary there: the contact's, else whom the link shows. None is invented."""
    value = units.get(unit, UNSET).value
    if not frozen(unit) and value in members:
        return value
    there = shadow.get(unit)
    return there if there in members else None


def order(units: Units, name: str) -> dict[str, int]:
    """Member key → first revision: who is older (merge.md 8 "Slots")."""
    return {key: c.rev for u, c in units.items()
            if (p := split(u))[0] == name and (key := p[1]) is not None and p[2] is None}
