"""Two contacts that were joined by mistake are parted again (merge.md 11, "Unmerge")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.model.state import NEVER, UNSET, Cell, Conflict, ContactState, Decision, Left, MergeOutcome, Units
from hub.model.units import EntitySchema, primary, replaced_by, split


@dataclass(frozen=True, slots=True)
class Before:
    """One side as it was before the join. ``links``: those that stood on it then."""

    units: Units
    links: frozenset[str]
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)


def unmerge(
    entity: EntitySchema, now: ContactState, kept: Before, other: Before, *, since: int, origins: Mapping[str, str] | None = None,
) -> tuple[MergeOutcome, MergeOutcome]:
    """(kept, other) as they are after parting.

    ``since``    the journal row of the join: what has a later revision came after it
    ``origins``  unit → link, for values a reviewer picked: they follow the link whose value was picked

    Each contact gets back value, revision and origin from before; what came since follows the link it came from. A
    link born since stays with ``kept``. Each link keeps what it had seen, and is behind where that is not the restored
    revision or where the value it shows is another.
    """
    second = other.links & now.links.keys()
    first = now.links.keys() - second
    units = (dict(kept.units), dict(other.units))
    decisions: tuple[list[Decision], list[Decision]] = ([], [])
    for unit, cell in now.units.items():
        if cell.rev <= since:
            continue  # settled by the join itself or before: each side has its own value again
        source = (origins or {}).get(unit, cell.origin)
        side = 1 if source in other.links else 0
        units[side][unit] = cell
        decisions[side].append(Decision(unit, source, "agreed", cell.value, "unmerged: came since from here"))
    for mine in units:
        _mend_sets(entity, mine)
    return (
        _side(entity, now, units[0], frozenset(first), kept.conflicts, decisions[0]),
        _side(entity, now, units[1], frozenset(second), other.conflicts, decisions[1]),
    )


def _mend_sets(entity: EntitySchema, units: Units) -> None:
    """A primary whose member did not come along passes to the oldest; attributes without a member fall away."""
    for name, schema in entity.sets.items():
        members = {key: c for u, c in units.items() if (p := split(u))[0] == name and (key := p[1]) is not None and p[2] is None}
        for unit in [u for u in units if (p := split(u))[0] == name and p[2] is not None and p[1] not in members]:
            del units[unit]
        present = sorted((c.rev, key) for key, c in members.items() if c.value is not None and replaced_by(c.value) is None)
        unit = primary(name)
        if schema.has_primary and present and units.get(unit, UNSET).value not in [key for _, key in present]:
            units[unit] = Cell(present[0][1], max(c.rev for c in members.values()), "rule")


def _side(
    entity: EntitySchema, now: ContactState, units: Units, links: frozenset[str], conflicts: Mapping[str, Conflict],
    decisions: list[Decision],
) -> MergeOutcome:
    behind: dict[str, dict[str, int | None]] = {}
    left: dict[str, dict[str, Left]] = {}
    for i in sorted(links):
        link = now.links[i]
        behind[i], left[i] = {}, {}
        for unit in units.keys() | now.units.keys():
            if not link.covers(unit):
                continue
            cell, joined = units.get(unit, UNSET), now.units.get(unit, UNSET)
            if unit in link.left and cell == joined:
                left[i][unit] = link.left[unit]
                continue
            seen = link.seen(unit, joined.rev)
            if seen != cell.rev and (cell.rev != NEVER or joined.rev != NEVER):
                behind[i][unit] = seen
        behind[i].update({name: None for name in entity.sets if link.covers(name) and any(split(u)[0] == name for u in behind[i])})
    changed = {u: now.units.get(u, UNSET) for u, c in units.items() if c != now.units.get(u)}
    return MergeOutcome(units, behind, left, _conflicts(entity, now, units, links, conflicts), tuple(decisions), changed)


def _conflicts(
    entity: EntitySchema, now: ContactState, units: Units, links: frozenset[str], before: Mapping[str, Conflict],
) -> dict[str, Conflict]:
    """Open questions: those from before, and each contender of now on the side of its link; nothing anybody typed is
    dropped by parting."""
    out = {}
    for unit in before.keys() | now.conflicts.keys():
        old, present = before.get(unit), now.conflicts.get(unit)
        mine = {c.link: c for c in (*(old.contenders if old else ()), *(present.contenders if present else ()))
                if c.link in links and not entity.same(unit, c.value, units.get(unit, UNSET).value)}
        if mine:
            number = max(c.number for c in (old, present) if c) + 1
            reason = (old or present).reason  # type: ignore[union-attr]
            out[unit] = Conflict(unit, number, reason, tuple(sorted(mine.values(), key=lambda c: c.link)))
    return out
