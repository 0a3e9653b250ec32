"""A lens: two-way translation between one system's native records and the canonical entity (docs/mapping-format.md).

Laws, up to the declared loss (``hub.testing.lens_laws`` tests them)::

    put(n, get(n)) == {}                                   what was read is not written back
    get(n + put(n, shape(v, get(n)))) == shape(v, get(n))  what was put is there
    what the lens does not cover stays as it is
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.model.record import Native
from hub.model.units import EXISTS, EntitySchema, Projection, split
from hub.rules.codecs.registry import fingerprint
from hub.rules.lenses.build import SITE_OPTIONS, MappingError, Placed, read_mapping
from hub.rules.lenses.part import NO_REFS, Direction, Problem, Refs, Unresolved
from hub.rules.lenses.paths import Draft
from hub.rules.lenses.scalars import Unlinked
from hub.rules.normal import BadValue

__all__ = ["NO_REFS", "BadValue", "Lens", "MappingError", "Problem", "Reading", "Refs", "Unlinked", "Unresolved",
           "build_lens", "unresolved"]

VERSION = 1
"""Goes up when the lens itself gives other projections for the same mapping; links are then re-based."""

_READS = ("both", "from", "create_only")


@dataclass(frozen=True, slots=True)
class Reading:
    """A projection, and what could not be read: those units are absent from it."""

    projection: Projection
    problems: tuple[Problem, ...]


class Lens:
    """Made by ``build_lens``; immutable. ``coverage`` holds base names: scalars, set names, ``emails.primary`` and
    attributes as ``emails[].label``."""

    def __init__(self, entity: EntitySchema, parts: Iterable[Placed], fingerprint: str,
                 slot_change: Mapping[str, str]) -> None:
        self.entity, self.fingerprint = entity, fingerprint
        self.parts = tuple(p for p in parts if p.direction != "none")
        self.coverage = frozenset(unit for p in self.parts for unit in p.part.covers)
        self._slot_change = slot_change
        self._by_unit: dict[str, list[Placed]] = {}
        for placed in self.parts:
            for unit in placed.part.covers:
                self._by_unit.setdefault(unit, []).append(placed)
        self._joined = {name for name, members in entity.sets.items() if members.joined}
        self._reading = [(p.part, p.only, p.part.read) for p in self.parts
                         if p.direction in _READS or p.part.covers & self._joined]
        self._withdrawals_only = [name for name in self._joined if self.direction(name) == "to"]

    def covers(self, unit: str) -> bool:
        """Can this system express the unit (any unit name, members and attributes included)?"""
        base, key, name = split(unit)
        if key is None:
            return base in self.coverage or base == EXISTS
        return ((base if name is None else f"{base}[].{name}") in self.coverage
                and any(placed.part.has(key) for placed in self._by_unit[base]))

    def direction(self, unit: str) -> Direction:
        """both, from (read only), to (written only), create_only, or none where the lens does not cover the unit.
        both, too, where it is not the same for all kinds of contact."""
        if unit == EXISTS:
            return "both"
        if not self.covers(unit):
            return "none"
        found = {placed.direction for placed in self._by_unit[_base_name(unit)]}
        return found.pop() if len(found) == 1 else "both"

    def loss(self, unit: str) -> str:
        """What the system cannot keep of the unit, for people; "" where it keeps it whole."""
        losses = (placed.part.loss.get(_base_name(unit), "") for placed in self._by_unit.get(_base_name(unit), ()))
        return "; ".join(dict.fromkeys(filter(None, losses)))

    def slot_change(self, set_name: str) -> str:
        """What a changed slot or row means: "replace" or "add" (merge.md 8)."""
        return self._slot_change.get(set_name, "replace")

    def together(self, unit: str) -> frozenset[str]:
        """Units kept in one native field with this one: a put of one needs them all (a full name)."""
        placed = self._by_unit.get(unit, ())
        return next((p.part.covers for p in placed if unit not in self.entity.sets and len(p.part.covers) > 1),
                    frozenset({unit}))

    def get(self, native: Native, refs: Refs = NO_REFS) -> Projection:
        """What the record says. A unit that cannot be read is absent, an empty one None, an unknown target Unresolved.

        Raises BadValue, naming the native field, for text no system can store; ``read`` leaves that unit out instead.
        """
        out: Projection = {}
        problems: list[Problem] = []
        for part, only, read in self._reading:
            if only is None or out.get("kind") == only:
                try:
                    read(native, refs, out, problems)
                except BadValue as error:
                    error.at = error.at or part.at
                    raise
        if self._withdrawals_only:
            self._cut_to_withdrawals(out)
        return out

    def read(self, native: Native, refs: Refs = NO_REFS) -> Reading:
        """``get`` that never raises: with what could not be read, for conflicts and for people."""
        out: Projection = {}
        problems: list[Problem] = []
        for part, only, read in self._reading:
            if only is None or out.get("kind") == only:
                try:
                    read(native, refs, out, problems)
                except BadValue as error:
                    problems.extend(Problem(unit, part.at, error.reason) for unit in sorted(part.covers))
        self._cut_to_withdrawals(out)
        return Reading(out, tuple(problems))

    def _cut_to_withdrawals(self, out: Projection) -> None:
        for name in self._withdrawals_only:
            if name in out:
                out[name] = {key: m for key, m in out[name].items() if m["v"].get("state") == "withdrawn"}

    def put(self, native: Native | None, wanted: Projection, refs: Refs = NO_REFS) -> dict[str, Any]:
        """The patch that makes the record show ``wanted``: whole new values of the top-level keys that change.

        ``wanted`` holds scalars, whole sets and primaries; what it does not name stays. ``native`` None: a create.
        Raises BadValue naming the unit for a value the system has no word for (``shape`` leaves those out) or cannot
        store, and Unlinked for a reference whose target has no record there (``targets_in`` lists them).
        """
        draft = Draft(native)
        kind = self._kind(wanted, self._kind_of(native or {}))
        for placed in self.parts:
            if placed.only is not None and placed.only != kind:
                continue
            allowed = self._allowed(placed, wanted, draft.create, draft.now, refs)
            if allowed is None:
                continue
            try:
                placed.part.lay(draft, allowed, refs)
            except BadValue as error:
                error.at = error.at or next((u for u in sorted(placed.part.covers) if u in wanted), placed.part.at)
                raise
        return draft.patch()

    def shape(self, wanted: Projection, held: Projection, order: Mapping[str, int]) -> Projection:
        """What this system would show after ``put`` of ``wanted``, of the units that can be written.

        Slots are filled, values the system cannot express dropped (a held one stays as it is), others as its codecs
        keep them. ``held``: the record's projection, {} for a create. ``order``: member key → first revision.
        For sets in slots, ``emails.primary`` may be given though the lens does not cover it: who is primary decides
        who gets the room.
        """
        out: Projection = {}
        kind = self._kind(wanted, held.get("kind") or self._kind_of({}))
        for placed in self.parts:
            if placed.only is not None and placed.only != kind:
                continue
            if placed.direction == "from" and placed.part.covers & self._joined:
                allowed: Projection | None = _withdrawals(wanted, held, placed.part.covers)
            else:
                allowed = wanted if self._writes(placed.direction, not held) else None
            if allowed is not None:
                try:
                    placed.part.shape(allowed, held, order, out)
                except BadValue as error:
                    error.at = error.at or next((u for u in sorted(placed.part.covers) if u in wanted), "")
                    raise
        return out

    def refs_in(self, native: Native) -> tuple[str, ...]:
        """Native ids of the records this one points at, to be looked up for ``get``."""
        return tuple(dict.fromkeys(i for part, _, _ in self._reading for i in part.refs_in(native)))

    def targets_in(self, wanted: Projection) -> tuple[str, ...]:
        """Contact ids ``wanted`` points at, to be looked up for ``put``."""
        return tuple(dict.fromkeys(i for placed in self.parts for i in placed.part.targets_in(wanted)))

    def _kind_of(self, native: Native) -> Any:
        out: Projection = {}
        for placed in self._by_unit.get("kind", ()):
            if placed.direction in _READS:
                placed.part.read(native, NO_REFS, out, [])
        return out.get("kind")

    def _kind(self, wanted: Projection, present: Any) -> Any:
        """The kind the record will have: where it can be written once or never, the one it has."""
        if self.direction("kind") in ("both", "to"):
            return wanted.get("kind") or present
        return present or wanted.get("kind")

    def _writes(self, direction: Direction, create: bool) -> bool:
        return direction in ("both", "to") or (direction == "create_only" and create)

    def _allowed(self, placed: Placed, wanted: Projection, create: bool, native: Native, refs: Refs) -> Projection | None:
        """What of ``wanted`` this part may write: all, nothing, or of consents the withdrawals (merge.md 9)."""
        if self._writes(placed.direction, create):
            return wanted
        if placed.direction == "from" and placed.part.covers & self._joined:
            held: Projection = {}
            placed.part.read(native, refs, held, [])
            return _withdrawals(wanted, held, placed.part.covers)
        return None


def unresolved(projection: Projection) -> tuple[str, ...]:
    """Native ids a projection points at that are no contact yet."""
    out = []
    for value in projection.values():
        if isinstance(value, Unresolved):
            out.append(value.native_id)
        elif isinstance(value, dict):
            out += [m["v"].native_id for m in value.values() if isinstance(m, dict) and isinstance(m.get("v"), Unresolved)]
    return tuple(out)


def _base_name(unit: str) -> str:
    base, key, name = split(unit)
    return base if key is None or name is None else f"{base}[].{name}"


def _withdrawals(wanted: Projection, held: Projection, units: Iterable[str]) -> Projection:
    """A set that may not be written, with the withdrawals that nothing stops."""
    out: Projection = {}
    for unit in units:
        if unit in wanted:
            said = {key: m for key, m in (wanted[unit] or {}).items() if (m["v"] or {}).get("state") == "withdrawn"}
            out[unit] = {**(held.get(unit) or {}), **said}
    return out


def build_lens(mapping: Mapping[str, Any], entity: EntitySchema, region: str = "FI") -> Lens:
    """The lens of one entity's table of a mapping file. Raises MappingError, naming the place in the table.

    ``region``: ISO 3166 region in which phone numbers without country code are read.
    """
    parts, slot_change = read_mapping(mapping, entity, region)
    said = {key: value for key, value in mapping.items() if key not in (*SITE_OPTIONS, "slot_change")}
    codecs = sorted({fingerprint(codec) for placed in parts for codec in placed.part.places.codecs})
    text = json.dumps([VERSION, entity.name, region, said, codecs], sort_keys=True, ensure_ascii=False, default=str)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Lens(entity, parts, digest, slot_change)
