"""A record becomes a contact, and two contacts become one (merge.md 11, "New link" and "Merge of contacts").

A new link is always first a contact of its own and then joined: one rule serves first sync, new systems, strong keys
and a person's judgement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hub.model.state import (
    NEVER,
    UNSET,
    Cell,
    Conflict,
    ContactState,
    Contender,
    Decision,
    Left,
    LinkState,
    MergeOutcome,
    Units,
)
from hub.model.units import EntitySchema, Projection, attr, member, primary, replaced_by, set_of, split
from hub.rules.authority import FREE, Authority
from hub.rules.consent import join_consents
from hub.rules.contend import Open, settle


def birth(
    entity: EntitySchema, projection: Projection, link: str, system: str, *, rev: int, at: int = 0,
    authority: Authority = FREE,
) -> tuple[Units, dict[str, Left]]:
    """The contact a record makes alone: every value with this revision, from this link.

    Units the system may not edit are not taken; the link keeps them (``left``).
    """
    units: Units = {}
    left: dict[str, Left] = {}

    def take(unit: str, value: object) -> None:
        if value is None:
            return
        if authority.may_edit(system, unit) or (set_of(unit) or "") in entity.sets and entity.sets[set_of(unit)].joined:  # type: ignore[index]
            units[unit] = Cell(value, rev, link, at)
        else:
            left[unit] = Left(rev, rev)

    for unit, value in projection.items():
        if unit in entity.sets:
            for key, shown in (value or {}).items():
                take(member(unit, key), shown["v"])
                for name, what in shown.get("a", {}).items():
                    take(attr(unit, key, name), what)
        elif (owner := set_of(unit)) is None or member(owner, str(value)) in units:
            take(unit, value)
    for name, schema in entity.sets.items():
        if schema.has_primary and primary(name) not in units:
            keys = sorted(k for u in units if (p := split(u))[0] == name and (k := p[1]) is not None and p[2] is None)
            if keys:
                units[primary(name)] = Cell(keys[0], rev, "rule", at)
    return units, left


def join(
    entity: EntitySchema, kept: ContactState, other: ContactState, *, rev: int, at: int = 0, authority: Authority = FREE,
) -> MergeOutcome:
    """``other`` becomes part of ``kept``. Nothing is removed or blanked; two values that differ contend.

    Each link keeps what it had seen, and is behind where that is not the resulting revision.
    """
    links = {**kept.links, **other.links}
    systems = {i: link.system for i, link in links.items()}
    units: Units = {}
    changed: dict[str, Cell] = {}
    conflicts: dict[str, Conflict] = {}
    decisions: list[Decision] = []
    discarded: set[str] = set()
    for unit in sorted(kept.units.keys() | other.units.keys() | kept.conflicts.keys() | other.conflicts.keys()):
        first, second = kept.units.get(unit, UNSET), other.units.get(unit, UNSET)
        verdict = _unit(entity, unit, first, second, kept.conflicts.get(unit), other.conflicts.get(unit), rev, at,
                        authority, systems)
        cell, conflict, decision = verdict
        if cell.rev != NEVER:
            units[unit] = cell
        if cell != first:
            changed[unit] = first
        if conflict is not None:
            conflicts[unit] = conflict
        if decision is not None:
            decisions.append(decision)
    _primaries(entity, units, changed, rev, at)
    behind, left = _seen(entity, kept, other, links, units, conflicts, discarded)
    return MergeOutcome(units, behind, left, conflicts, tuple(decisions), changed)


def _unit(
    entity: EntitySchema, unit: str, first: Cell, second: Cell, c1: Conflict | None, c2: Conflict | None, rev: int,
    at: int, authority: Authority, systems: Mapping[str, str],
) -> tuple[Cell, Conflict | None, Decision | None]:
    base, key, name = split(unit)
    owner = set_of(unit)
    if owner and entity.sets[owner].joined:
        value, origin = join_consents(first, [(second.origin, second.value)] if second.rev != NEVER else [])
        if first.rev != NEVER and entity.same(unit, value, first.value):
            return first, None, None
        return (second if second.rev != NEVER else Cell(value, rev, origin, at)), None, None
    contenders = [*(c1.contenders if c1 else ()), *(c2.contenders if c2 else ())]
    number = max((c.number for c in (c1, c2) if c), default=0) + 1
    if second.rev == NEVER or (first.rev != NEVER and entity.same(unit, first.value, second.value)):
        cell, decision = first, None
    elif first.rev == NEVER:
        cell, decision = second, None
    elif name is not None or (owner and key is None):
        cell = first
        decision = Decision(unit, second.origin, "overruled", second.value, "joined: the older stays", first.value)
    elif any(c.seen == second.rev for c in (c2.contenders if c2 else ())):
        cell, decision = first, None
    else:
        contenders.append(Contender(second.origin, second.value, None, None, second.rev))
        cell, decision = first, Decision(unit, second.origin, "contends", second.value, "joined", first.value)
    if not contenders:
        return cell, None, decision
    known = [c for c in contenders if not entity.same(unit, c.value, cell.value)]
    if not known:
        return cell, None, decision
    reason = c1.reason if c1 else c2.reason if c2 else "contending"
    verdict = settle(entity, authority, unit, cell, known, systems)
    if isinstance(verdict, Open) or c1 or c2:
        return cell, Conflict(unit, number, reason, tuple(sorted(known, key=lambda c: (c.link, c.rev or 0)))), decision
    if entity.same(unit, verdict.value, cell.value):
        loser = verdict.losers[0]
        return cell, None, Decision(unit, loser.link, "overruled", loser.value, verdict.rule, cell.value)
    return (
        Cell(verdict.value, rev, min(c.link for c in verdict.winners), at), None,
        Decision(unit, cell.origin, "overruled", cell.value, verdict.rule, verdict.value),
    )


def _primaries(entity: EntitySchema, units: Units, changed: dict[str, Cell], rev: int, at: int) -> None:
    for name, schema in entity.sets.items():
        unit = primary(name)
        cell = units.get(unit, UNSET)
        if not schema.has_primary or _present(units, name, cell.value):
            continue
        keys = sorted((c.rev, k) for u, c in units.items() if (p := split(u))[0] == name
                      and (k := p[1]) is not None and p[2] is None and _present(units, name, k))
        if keys and keys[0][1] != cell.value:
            changed.setdefault(unit, cell)
            units[unit] = Cell(keys[0][1], rev, "rule", at)


def _present(units: Units, name: str, key: object) -> bool:
    value = units.get(member(name, str(key)), UNSET).value
    return key is not None and value is not None and replaced_by(value) is None


def _seen(
    entity: EntitySchema, kept: ContactState, other: ContactState, links: Mapping[str, LinkState], units: Units,
    conflicts: Mapping[str, Conflict], discarded: set[str],
) -> tuple[dict[str, dict[str, int | None]], dict[str, dict[str, Left]]]:
    behind: dict[str, dict[str, int | None]] = {}
    left: dict[str, dict[str, Left]] = {}
    changed_sets = {base for u, c in units.items() if (p := split(u))[1] is not None and p[2] is None
                    and kept.units.get(u, UNSET) != other.units.get(u, UNSET) and (base := p[0])}
    for i, link in links.items():
        home = kept if i in kept.links else other
        behind[i], left[i] = {}, {}
        for unit, cell in units.items():
            old = home.units.get(unit, UNSET)
            if not link.covers(unit):
                if unit in link.left:
                    left[i][unit] = link.left[unit]
                continue
            if unit in link.left and (cell.rev == old.rev or (old.rev == NEVER and cell.rev == NEVER)):
                left[i][unit] = link.left[unit]
                continue
            held = link.seen(unit, old.rev)
            seen = None if old.rev == NEVER and unit not in link.behind and unit not in link.left else held
            if seen == cell.rev:
                continue
            if old.rev != NEVER and seen == old.rev and entity.same(unit, old.value, cell.value):
                continue
            behind[i][unit] = seen
        for unit, what in link.left.items():
            if unit not in units:
                left[i][unit] = what
        for unit, seen in link.behind.items():
            if unit not in units:  # shown there and unknown to the contact (an unmerge): still to be taken away
                behind[i][unit] = seen
        behind[i].update({name: None for name in changed_sets if link.covers(name)})
    return behind, left


def rename(state: ContactState, link: LinkState) -> ContactState:
    """``state`` with ``link`` added or exchanged."""
    return replace(state, links={**state.links, link.id: link})
