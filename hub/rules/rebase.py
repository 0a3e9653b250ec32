"""A changed lens re-bases the shadow; by itself it is never an edit of a user (merge.md 11, "Re-base")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.model.state import NEVER, UNSET, Conflict, Edit, LinkState, Units
from hub.model.units import EntitySchema, Projection, attr, member, set_of, split
from hub.rules.settle import differing


@dataclass(frozen=True, slots=True)
class Rebased:
    """``edits``: what the merge is told (cause "mapping", or joined where newly covered); ``behind``: units whose native
    form is no longer the one the hub's value has, with the revision the link had seen."""

    edits: tuple[Edit, ...]
    behind: dict[str, int | None]


def rebase(
    entity: EntitySchema, link: LinkState, units: Units, conflicts: Mapping[str, Conflict], old: Projection, new: Projection,
    unwritten: frozenset[str],
) -> Rebased:
    """Compare what the same native record says through the old and the new lens.

    ``unwritten``: units whose present value, put through the new lens, would change the native record.
    Where this link was the source of a value and stands undisputed, its new reading is a fresh edit; elsewhere the
    hub's value stays and the link is behind on it. What left the coverage sleeps.
    """
    edits: list[Edit] = []
    behind: dict[str, int | None] = {}
    for unit in differing(entity, old, new):
        if unit in entity.sets:
            if not entity.sets[unit].joined:
                edits += _set(entity, link, units, unit, old, new, behind)
        elif unit not in old:
            if new[unit] is not None:
                edits.append(Edit(unit, link.id, "join", None, new[unit], None, cause="mapping"))
        elif set_of(unit) is None and not _disputed(link, unit, conflicts) and units.get(unit, UNSET).origin == link.id:
            edits.append(Edit(unit, link.id, "set", old[unit], new[unit], units[unit].rev, cause="mapping"))
        elif set_of(unit) is None and unit not in link.left and _contends(link, unit, conflicts):  # its contender is read again
            seen = link.seen(unit, units.get(unit, UNSET).rev)
            edits.append(Edit(unit, link.id, "set", old[unit], new[unit], seen, cause="mapping"))
        else:
            behind[unit] = link.seen(unit, units.get(unit, UNSET).rev)
    for unit in new.keys() - old.keys():  # covered anew, and empty there: it never saw what the hub has
        if unit not in entity.sets and new[unit] is None and units.get(unit, UNSET).rev != NEVER and not _consent(entity, unit):
            behind[unit] = None
    edited = {e.unit for e in edits}
    for unit in sorted(unwritten - edited):
        if link.covers(unit) and unit not in link.left and not _consent(entity, unit):
            behind.setdefault(unit, link.seen(unit, units.get(unit, UNSET).rev))
    return Rebased(tuple(edits), behind)


def _disputed(link: LinkState, unit: str, conflicts: Mapping[str, Conflict]) -> bool:
    return unit in link.behind or unit in link.left or _contends(link, unit, conflicts)


def _contends(link: LinkState, unit: str, conflicts: Mapping[str, Conflict]) -> bool:
    return unit in conflicts and any(c.link == link.id for c in conflicts[unit].contenders)


def _consent(entity: EntitySchema, unit: str) -> bool:
    owner = set_of(unit) or unit
    return owner in entity.sets and entity.sets[owner].joined


def _set(
    entity: EntitySchema, link: LinkState, units: Units, name: str, old: Projection, new: Projection,
    behind: dict[str, int | None],
) -> list[Edit]:
    """Members that are read anew join; nothing is taken away by a mapping; what the hub knows is written back."""
    edits = []
    was = old.get(name) or {}
    anew = name not in old
    for key, shown in (new.get(name) or {}).items():
        if key not in was:
            edits.append(Edit(member(name, key), link.id, "join", None, shown["v"], None, cause="mapping"))
            for each, value in shown.get("a", {}).items():
                if value is not None:
                    edits.append(Edit(attr(name, key, each), link.id, "join", None, value, None, shown["v"], "mapping"))
    for unit, cell in units.items():
        if split(unit)[0] == name and cell.rev != NEVER and link.covers(unit):
            behind[unit] = None if anew else link.seen(unit, cell.rev)
    behind[name] = None
    return edits
