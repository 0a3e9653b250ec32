"""Two contacts that were joined by mistake are parted again (merge.md 11, "Unmerge")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.model.state import (
    NEVER,
    RULE,
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
from hub.model.units import EntitySchema, attr, member, primary, replaced_by, set_of, split
from hub.rules.consent import strength
from hub.rules.since import Came

Met = tuple[str, Cell, Contender]
"""A unit, the value it has on one side, and another one that only the other side's had kept quiet."""


@dataclass(frozen=True, slots=True)
class Before:
    """One side as it was before the join. ``links``: those that stood on it then."""

    units: Units
    links: frozenset[str]
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)

    def without(self, entity: EntitySchema, gone: Iterable[str]) -> Before:
        """The same without what links said that went away with another contact since: what they contend for, their consents."""
        gone = frozenset(gone)
        asked = {u: replace(q, contenders=still) for u, q in self.conflicts.items()
                 if (still := tuple(c for c in q.contenders if c.link not in gone))}
        units = {u: c for u, c in self.units.items() if not (_joined(entity, u) and c.origin in gone)}
        return replace(self, units=units, conflicts=asked)


def unmerge(
    entity: EntitySchema, now: ContactState, kept: Before, other: Before, *, rev: int, came: Sequence[Came] = (),
) -> tuple[MergeOutcome, MergeOutcome]:
    """(kept, other) as they are after parting.

    ``rev``   the journal row of the parting
    ``came``  every value that came since the join, oldest first (``since.came_since``)

    Each contact gets back value, revision and origin from before; what came since follows the links that asserted it. A
    link born since stays with ``kept``. Each link keeps what it had seen, and is behind where that is not the restored
    revision.
    """
    units = (dict(kept.units), dict(other.units))
    met: tuple[list[Met], list[Met]] = ([], [])
    decisions: tuple[list[Decision], list[Decision]] = ([], [])
    for unit, cell, links, how in came:
        if cell.origin == RULE and (how != "set" or not links):
            continue
        for side in {i in other.links for i in links or {cell.origin}}:
            there = units[side].get(unit, UNSET)
            if how == "set" or there.rev == NEVER or _joined(entity, unit):
                units[side][unit] = _later(entity, unit, there, cell, rev)
                who = min(links, default=cell.origin)
                decisions[side].append(Decision(unit, who, "agreed", cell.value, "unmerged: came since from here"))
            elif how == "meets" and not _arranged(unit):
                met[side].append((unit, there, Contender(cell.origin, cell.value, None, None, cell.rev)))
    for mine in units:
        _discarded(mine, came)
        for unit in [u for u, c in mine.items() if c.rev == NEVER]:
            del mine[unit]
        for name in entity.sets:
            _mend_members(entity, mine, name)
            _mend_primary(entity, mine, name, rev)
    out = []
    for n, before in enumerate((kept, other)):
        theirs = bool(n)
        standing = {i: k for i, k in now.links.items() if (i in other.links) == theirs}
        asked = {u: replace(q, contenders=own) for u, q in now.conflicts.items()
                 if (own := tuple(c for c in q.contenders if (c.link in other.links) == theirs))}
        conflicts = _Questions(entity, rev, asked, before, units[n], met[n]).still_open()
        out.append(_side(entity, now, units[n], standing, conflicts, decisions[n]))
    return out[0], out[1]


def _later(entity: EntitySchema, unit: str, there: Cell, came: Cell, rev: int) -> Cell:
    """Of two consents the stronger stands (merge.md 9); of anything else what came later."""
    if not _joined(entity, unit):
        return came
    came = came._replace(rev=rev) if came.rev == NEVER and came.value is not None else came
    return came if there.rev == NEVER or strength(came.value or {}) > strength(there.value or {}) else there


def _arranged(unit: str) -> bool:
    """Labels and who is primary are no question between two records (decision 0003)."""
    _, key, name = split(unit)
    return name is not None or (key is None and set_of(unit) is not None)


def _joined(entity: EntitySchema, unit: str) -> bool:
    owner = set_of(unit)
    return owner is not None and entity.sets[owner].joined


def _discarded(units: Units, came: Sequence[Came]) -> None:
    """A candidate that lost to another replacement stays discarded where the winner is."""
    for unit, cell, links, _ in came:
        chosen = replaced_by(cell.value)
        if cell.origin != RULE or links or chosen is None or units.get(unit, UNSET).rev >= cell.rev:
            continue
        if units.get(member(split(unit)[0], chosen), UNSET).value is not None:
            units[unit] = cell


def _mend_members(entity: EntitySchema, units: Units, name: str) -> None:
    """Nobody loses an address by parting: a replacement that did not come along is there with the payload it had. The
    attributes of what it replaced go on to it; attributes without a member fall away."""
    members = [(u, c) for u, c in units.items() if (p := split(u))[0] == name and p[1] is not None and p[2] is None]
    for unit, cell in sorted(members):
        new = replaced_by(cell.value)
        if new is None:
            continue
        if member(name, new) not in units:
            units[member(name, new)] = cell._replace(value=cell.value["v"])
        for each in entity.sets[name].attrs:
            source, target = attr(name, split(unit)[1] or "", each), attr(name, new, each)
            if source in units and units[source].value is not None:
                units.setdefault(target, units[source])
                del units[source]
    for unit in [u for u in units if (p := split(u))[0] == name and p[2] is not None and member(name, p[1] or "") not in units]:
        del units[unit]


def _mend_primary(entity: EntitySchema, units: Units, name: str, rev: int) -> None:
    """A primary whose member did not come along passes to what replaced it, else to the oldest."""
    unit = primary(name)
    chosen = units.get(unit, UNSET).value
    present = {key: c.rev for u, c in units.items() if (p := split(u))[0] == name and (key := p[1]) is not None and p[2] is None
               and c.value is not None and replaced_by(c.value) is None}
    if not entity.sets[name].has_primary or chosen is None or chosen in present:
        return
    passed = [chosen]
    while (following := replaced_by(units.get(member(name, passed[-1]), UNSET).value)) and following not in passed:
        passed.append(following)
    heir = passed[-1] if passed[-1] in present else min(present, key=lambda k: (present[k], k), default=None)
    units[unit] = Cell(heir, rev, RULE)


# ---- what each link has seen

def _side(
    entity: EntitySchema, now: ContactState, units: Units, links: Mapping[str, LinkState], conflicts: dict[str, Conflict],
    decisions: Sequence[Decision],
) -> MergeOutcome:
    behind: dict[str, dict[str, int | None]] = {}
    left: dict[str, dict[str, Left]] = {}
    for i, link in sorted(links.items()):
        behind[i], left[i] = {}, {}
        for unit in units.keys() | now.units.keys() | link.behind.keys():
            cell, joined = units.get(unit, UNSET), now.units.get(unit, UNSET)
            stays = (cell.rev == NEVER) == (joined.rev == NEVER) and entity.same(unit, cell.value, joined.value)
            if unit in link.left and stays:
                seen = link.left[unit].seen
                left[i][unit] = Left(cell.rev, cell.rev if seen == joined.rev else seen)
            elif link.covers(unit) and (unit in link.behind or unit in link.left or not stays):
                behind[i][unit] = link.seen(unit, joined.rev)  # with the restored revision too: it may show an overruled edit
        behind[i].update({n: None for n in entity.sets if link.covers(n) and any(split(u)[0] == n for u in behind[i])})
    changed = {u: now.units.get(u, UNSET) for u in units.keys() | now.units.keys() if units.get(u) != now.units.get(u)}
    return MergeOutcome(units, behind, left, conflicts, tuple(decisions), changed)


# ---- open questions

class _Questions:
    """The open questions of one side. Lives for one parting."""

    def __init__(
        self, entity: EntitySchema, rev: int, now: Mapping[str, Conflict], before: Before, units: Units, met: Sequence[Met],
    ) -> None:
        """``now``: the open questions, with the contenders of this side."""
        self.entity, self.rev, self.now, self.before, self.units = entity, rev, now, before, units
        self.met = [(unit, c) for unit, there, c in met if units.get(unit) == there]

    def still_open(self) -> dict[str, Conflict]:
        """Those of now, on the side of who contends; those from before, where nothing came since; and what a contact that
        was joined later brought, where what it agreed with went with the other side."""
        out = {}
        for unit in sorted({*self.before.conflicts, *self.now, *(u for u, _ in self.met)}):
            asked = [c for c in (self.now.get(unit), self.before.conflicts.get(unit)) if c is not None]
            contenders: dict[tuple[str, int | None], Contender] = {}
            for c in (*self._known(unit), *(c for u, c in self.met if u == unit)):
                cell = self.units.get(unit, UNSET)
                if (c.rev is None or c.rev != cell.rev) and not self.entity.same(unit, c.value, cell.value):
                    contenders.setdefault((c.link, c.rev), c)
            if contenders:
                ordered = tuple(sorted(contenders.values(), key=lambda c: (c.link, c.rev or 0)))
                reason, note = (asked[0].reason, asked[0].note) if asked else ("contending", "")
                out[unit] = Conflict(unit, self.rev, reason, ordered, note)
        return out

    def _known(self, unit: str) -> tuple[Contender, ...]:
        present = self.now[unit].contenders if unit in self.now else ()
        past = self.before.conflicts[unit].contenders if unit in self.before.conflicts else ()
        if self.units.get(unit, UNSET)[:2] != self.before.units.get(unit, UNSET)[:2]:
            past = ()
        return *present, *past
