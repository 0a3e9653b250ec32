"""A record becomes a contact, and two contacts become one (merge.md 11, "New link" and "Merge of contacts").

A new link is always first a contact of its own and then joined: one rule serves first sync, new systems, strong keys
and a person's judgement.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from hub.model.state import (
    NEVER,
    RULE,
    UNSET,
    Cell,
    Conflict,
    ContactState,
    Contender,
    Decision,
    Fate,
    Left,
    LinkState,
    MergeOutcome,
    Units,
)
from hub.model.units import EntitySchema, Projection, Value, attr, member, primary, replaced_by, same_text, set_of, split
from hub.rules.authority import FREE, Authority
from hub.rules.consent import is_withdrawal, join_consents
from hub.rules.contend import Open, settle

Behind = dict[str, int | None]


def birth(
    entity: EntitySchema, projection: Projection, link: str, system: str, *, rev: int, at: int = 0,
    authority: Authority = FREE,
) -> tuple[Units, dict[str, Left]]:
    """The contact a record makes alone: every value with this revision, from this link.

    Units the system may not edit are not taken; the link keeps them (``left``). Nothing stops a withdrawal of consent.
    """
    units: Units = {}
    left: dict[str, Left] = {}

    def take(unit: str, value: Value) -> None:
        owner = set_of(unit)
        withdrawal = owner is not None and entity.sets[owner].joined and is_withdrawal(value)
        if value is None:
            return
        if withdrawal or authority.may_edit(system, unit):
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
    return units, left


def join(
    entity: EntitySchema, kept: ContactState, other: ContactState, *, rev: int, at: int = 0, authority: Authority = FREE,
    both_seen: Container[str] = (),
) -> MergeOutcome:
    """``other`` becomes part of ``kept``. Nothing is removed or blanked; two values that differ contend.

    ``both_seen``: units of which somebody who merged two records in their system saw both values: the winner's stands.

    Each link keeps what it had seen, and is behind where that is not the resulting revision.
    """
    return _Join(entity, kept, other, rev, at, authority, both_seen).outcome()


class _Join:
    """The joining of two contacts. Lives for one call of ``join``."""

    def __init__(self, entity: EntitySchema, kept: ContactState, other: ContactState, rev: int, at: int,
                 authority: Authority, both_seen: Container[str]) -> None:
        self.both_seen = both_seen
        self.entity, self.kept, self.other, self.rev, self.at, self.authority = entity, kept, other, rev, at, authority
        self.links: dict[str, LinkState] = {**kept.links, **other.links}
        self.systems = {i: link.system for i, link in self.links.items()}
        self.units: Units = {}
        self.conflicts: dict[str, Conflict] = {}
        self.decisions: list[Decision] = []

    def outcome(self) -> MergeOutcome:
        kept, other = self.kept, self.other
        for unit in sorted(kept.units.keys() | other.units.keys() | kept.conflicts.keys() | other.conflicts.keys()):
            cell = self._unit(unit, kept.units.get(unit, UNSET), other.units.get(unit, UNSET))
            if cell.rev != NEVER:
                self.units[unit] = cell
        self._primaries()
        changed = {u: before for u, c in self.units.items() if c != (before := kept.units.get(u, UNSET))}
        seen = {i: self._seen(link) for i, link in self.links.items()}
        return MergeOutcome(self.units, {i: s[0] for i, s in seen.items()}, {i: s[1] for i, s in seen.items()},
                            self.conflicts, tuple(self.decisions), changed)

    # ---- one unit

    def _unit(self, unit: str, first: Cell, second: Cell) -> Cell:
        owner = set_of(unit)
        if owner and self.entity.sets[owner].joined:
            return self._consent(unit, first, second)
        _, key, name = split(unit)
        theirs = self._contenders(self.other, unit)
        contenders = [*self._contenders(self.kept, unit), *theirs]
        if first.rev == NEVER:
            return self._settle(unit, second, contenders)
        if second.rev == NEVER:
            return self._settle(unit, first, contenders)
        if self.entity.same(unit, first.value, second.value):
            same = [replace(c, seen=first.rev) if c.seen == second.rev and c in theirs else c for c in contenders]
            return self._settle(unit, first, same)
        if not contenders and (says_more(first.value, second.value) or says_more(second.value, first.value)):
            return first if says_more(first.value, second.value) else second
        if name is not None or (owner and key is None):  # arrangement: nothing is lost, what is known stays
            self._say(unit, second.origin, "overruled", second.value, "joined: the older stays", first.value)
        elif owner is None and not contenders and unit in self.both_seen:
            self._say(unit, second.origin, "overruled", second.value, "joined: who merged the records saw both", first.value)
        elif not any(c.seen == second.rev for c in theirs):
            contenders.append(Contender(second.origin, second.value, None, None, second.rev))
            self._say(unit, second.origin, "contends", second.value, "joined", first.value)
        return self._settle(unit, first, contenders)

    def _consent(self, unit: str, first: Cell, second: Cell) -> Cell:
        value, _ = join_consents(first, [(second.origin, second.value)] if second.rev != NEVER else [])
        return first if first.rev != NEVER and self.entity.same(unit, value, first.value) else second

    def _contenders(self, state: ContactState, unit: str) -> tuple[Contender, ...]:
        return state.conflicts[unit].contenders if unit in state.conflicts else ()

    def _settle(self, unit: str, cell: Cell, contenders: list[Contender]) -> Cell:
        """The cell after joining. What was asked stays asked; only two plain values can be settled by a rule."""
        differ = sorted((c for c in contenders if not self.entity.same(unit, c.value, cell.value)),
                        key=lambda c: (c.link, c.rev or 0))
        if not differ:
            return cell
        asked = self.kept.conflicts.get(unit) or self.other.conflicts.get(unit)
        verdict = settle(self.entity, self.authority, unit, cell, differ, self.systems)
        if asked is not None or isinstance(verdict, Open):
            reason = asked.reason if asked is not None else verdict.reason if isinstance(verdict, Open) else "contending"
            self.conflicts[unit] = Conflict(unit, self.rev, reason, tuple(differ))
            return cell
        if self.entity.same(unit, verdict.value, cell.value):
            for loser in verdict.losers:
                self._say(unit, loser.link, "overruled", loser.value, verdict.rule, cell.value)
            return cell
        self._say(unit, cell.origin, "overruled", cell.value, verdict.rule, verdict.value)
        return Cell(verdict.value, self.rev, min(c.link for c in verdict.winners), self.at)

    def _say(self, unit: str, link: str, fate: Fate, value: Value, rule: str, against: Value) -> None:
        self.decisions.append(Decision(unit, link, fate, value, rule, against))

    # ---- what follows

    def _primaries(self) -> None:
        """A primary whose member is gone passes to who replaced it, else to the oldest."""
        for name, schema in self.entity.sets.items():
            unit = primary(name)
            cell = self.units.get(unit, UNSET)
            if not schema.has_primary or unit in self.conflicts or cell.value is None or self._is_present(name, cell.value):
                continue
            keys = sorted((c.rev, k) for u, c in self.units.items() if (p := split(u))[0] == name
                          and (k := p[1]) is not None and p[2] is None and self._is_present(name, k))
            heir = self._end(name, cell.value)
            following = heir if self._is_present(name, heir) else keys[0][1] if keys else None
            self.units[unit] = Cell(following, self.rev, RULE, self.at)

    def _end(self, name: str, key: str) -> str:
        seen = [key]
        while (following := replaced_by(self.units.get(member(name, seen[-1]), UNSET).value)) and following not in seen:
            seen.append(following)
        return seen[-1]

    def _is_present(self, name: str, key: str) -> bool:
        value = self.units.get(member(name, key), UNSET).value
        return value is not None and replaced_by(value) is None

    def _seen(self, link: LinkState) -> tuple[Behind, dict[str, Left]]:
        """What a link is behind on and what it keeps different, in the joined contact."""
        home = self.kept if link.id in self.kept.links else self.other
        behind: Behind = {u: r for u, r in link.behind.items() if u not in self.units}  # to be taken away there
        left = {u: x for u, x in link.left.items() if u not in self.units or not link.covers(u)}
        for unit, cell in self.units.items():
            if not link.covers(unit):
                continue
            old = home.units.get(unit, UNSET)
            same = cell.rev == old.rev or (old.rev != NEVER and self.entity.same(unit, old.value, cell.value))
            if unit in link.left and (same or self._stays_left(link, unit, old)) and not self._withdrawn(unit, cell):
                seen = link.left[unit].seen
                left[unit] = Left(cell.rev, cell.rev if same and seen == old.rev else seen)
                continue
            known = old.rev != NEVER or unit in link.behind or unit in link.left
            if not same and unit not in link.behind and unit not in link.left and self._beside_what_it_has(unit, cell, home):
                left[unit] = Left(cell.rev, cell.rev if link.awake else None)
                continue
            seen = link.seen(unit, old.rev) if known else None
            shown = same and seen == old.rev
            if unit in link.behind or unit in link.left or (seen != cell.rev and not shown):
                behind[unit] = cell.rev if shown else seen
        return {**behind, **self._look_again(link)}, left

    def _beside_what_it_has(self, unit: str, cell: Cell, home: ContactState) -> bool:
        """A label, or which one is the first, where the value itself is there: no reason to write (decision 0016)."""
        owner, (_, key, name) = set_of(unit), split(unit)
        if owner is None or (key is not None and name is None):
            return False
        value = home.units.get(member(owner, str(cell.value) if key is None else key), UNSET).value
        return value is not None and replaced_by(value) is None

    def _withdrawn(self, unit: str, cell: Cell) -> bool:
        """Nothing stops a withdrawal of consent (merge.md 9)."""
        owner = set_of(unit)
        return owner is not None and self.entity.sets[owner].joined and is_withdrawal(cell.value)

    def _stays_left(self, link: LinkState, unit: str, old: Cell) -> bool:
        """A value its system may not edit, so far against nothing: only mode "correct" writes over it now."""
        forbidden = not self.authority.may_edit(link.system, unit)
        return forbidden and old.rev == NEVER and self.authority.rule(unit).others != "correct"

    def _look_again(self, link: LinkState) -> Behind:
        """The set-wide mark: other members may fill other slots (merge.md 8 "Slots")."""
        differ = {set_of(u) for u in self.units if self.kept.units.get(u, UNSET) != self.other.units.get(u, UNSET)}
        return {name: None for name, schema in self.entity.sets.items()
                if name in differ and not schema.joined and link.covers(name)}


def says_more(one: Value, other: Value) -> bool:
    """Does a value in parts say all that the other one says, and more? A part that is not there contradicts nothing."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)) or replaced_by(one) or replaced_by(other):
        return False
    return len(one) > len(other) and all(same_text(one.get(part), value) for part, value in other.items())
