"""The ledger of one merge: what every unit is, and what every link has seen of it (merge.md 1 and 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.model.state import UNSET, Answer, Cell, Conflict, ContactState, Contender, Decision, Fate, Left, MergeOutcome
from hub.model.units import EntitySchema, Value, member, replaced_by, set_of, split
from hub.rules.authority import Authority


def is_member(unit: str) -> bool:
    """Is the unit a member itself, not an attribute or a primary?"""
    _, key, name = split(unit)
    return key is not None and name is None


class Ledger:
    """A working copy of a contact's state. Lives for one merge; ``outcome`` is what became of it."""

    def __init__(self, entity: EntitySchema, state: ContactState, rev: int, at: int, authority: Authority) -> None:
        self.entity, self.rev, self.at, self.authority = entity, rev, at, authority
        self.units = dict(state.units)
        self.links = dict(sorted(state.links.items()))
        self.systems = {i: link.system for i, link in self.links.items()}
        self.behind = {i: dict(link.behind) for i, link in self.links.items()}
        self.left = {i: dict(link.left) for i, link in self.links.items()}
        self.conflicts = dict(state.conflicts)
        self.decisions: list[Decision] = []
        self.changed: dict[str, Cell] = {}
        self.corrected: set[tuple[str, str]] = set()
        self.retaken: set[tuple[str, str]] = set()
        self.refused: list[Answer] = []

    # ---- asking

    def cell(self, unit: str) -> Cell:
        return self.units.get(unit, UNSET)

    def contenders(self, unit: str) -> Sequence[Contender]:
        return self.conflicts[unit].contenders if unit in self.conflicts else ()

    def may_edit(self, link: str, unit: str) -> bool:
        return self.authority.may_edit(self.systems[link], unit)

    def seen(self, link: str, unit: str) -> int | None:
        """The revision of ``unit`` a link last held."""
        if unit in self.left[link]:
            return self.left[link][unit].seen
        return self.behind[link].get(unit, self.cell(unit).rev)

    def is_present(self, set_name: str, key: str) -> bool:
        value = self.cell(member(set_name, key)).value
        return value is not None and replaced_by(value) is None

    def chain(self, set_name: str, key: str) -> list[str]:
        """The member, what replaced it, and so on."""
        out = [key]
        while (following := replaced_by(self.cell(member(set_name, out[-1])).value)) and following not in out:
            out.append(following)
        return out

    def end(self, set_name: str, key: str) -> str:
        return self.chain(set_name, key)[-1]

    # ---- writing down

    def say(self, unit: str, link: str, fate: Fate, value: Value, rule: str, against: Value = None) -> None:
        self.decisions.append(Decision(unit, link, fate, value, rule, against))

    def set(self, unit: str, value: Value, origin: str, holders: Iterable[str]) -> None:
        """The unit gets this merge's revision; every covering link that does not assert it falls behind."""
        holders = set(holders)
        for i, link in self.links.items():
            if i in holders:
                self.behind[i].pop(unit, None)
            elif link.covers(unit):
                self.behind[i][unit] = self.seen(i, unit)
            self.left[i].pop(unit, None)
        self._store(unit, Cell(value, self.rev, origin, self.at))

    def move(self, source: str, target: str, holders: Iterable[str]) -> None:
        """``target`` takes the value of ``source`` with its revision. ``holders`` show it as far as they show
        ``source``, and keep what they were left with; every other link is behind on it with what it had seen of ``source``."""
        self._carry(source, target, self.cell(source), holders)

    def rename(self, unit: str, value: Value, holders: Iterable[str]) -> None:
        """The unit's value gets another name and keeps its revision; ``holders`` show it under that name already."""
        self._carry(unit, unit, self.cell(unit)._replace(value=value), holders)

    def restore(self, unit: str, cell: Cell, written: Iterable[str]) -> None:
        """The unit is again what it was (undo). ``written`` links show what stood until now by our hand and fall behind;
        others that show it came by it themselves, and keep it; so does who was left with something else."""
        stood, written = self.cell(unit).rev, set(written)
        for i, link in self.links.items():
            left = self.left[i].get(unit)
            if left is not None:
                self.left[i][unit] = Left(cell.rev, left.seen)
            elif unit not in self.behind[i] and i in written:
                self.fall_behind(i, unit, stood)
            elif unit not in self.behind[i] and link.covers(unit):
                self.left[i][unit] = Left(cell.rev, stood)
        self._store(unit, cell)

    def ask_again(self, unit: str, cell: Cell, contenders: Iterable[Contender]) -> None:
        """The unit is again what it was before a person chose, and the question is open. Who showed what was chosen is behind;
        nothing is written before somebody answers."""
        stood = self.cell(unit).rev
        for i in self.links:
            if unit not in self.behind[i] and unit not in self.left[i]:
                self.fall_behind(i, unit, stood)
        if cell != self.cell(unit):
            self._store(unit, cell)
        ordered = tuple(sorted(contenders, key=lambda c: (c.link, c.rev or 0)))
        self.conflicts[unit] = Conflict(unit, self.rev, "contending", ordered)

    def _carry(self, source: str, target: str, cell: Cell, holders: Iterable[str]) -> None:
        holders = set(holders)
        for i, link in self.links.items():
            left = self.left[i].get(source)
            if i in holders and source not in self.behind[i]:
                self.behind[i].pop(target, None)
            elif link.covers(target):
                self.behind[i][target] = self.seen(i, source)
            self.left[i].pop(target, None)
            if i in holders and left is not None:
                self.left[i][target] = Left(cell.rev, left.seen)
        self._store(target, cell)

    def _store(self, unit: str, cell: Cell) -> None:
        self.changed.setdefault(unit, self.cell(unit))
        self.units[unit] = cell
        self._all_look_again(unit)

    def close(self, unit: str) -> None:
        """The question about a unit is answered, or nobody asks it any more: it is held no longer."""
        if self.conflicts.pop(unit, None) is not None:
            self._all_look_again(unit)

    def _all_look_again(self, unit: str) -> None:
        owner = set_of(unit)
        if owner is not None and not self.entity.sets[owner].joined:
            for i in self.links:
                self.look_again(i, owner)

    def look_again(self, link: str, set_name: str) -> None:
        """A set-wide mark: a changed set may fill other slots, also of who changed it (merge.md 8 "Slots")."""
        if self.links[link].covers(set_name):
            self.behind[link][set_name] = None

    def fall_behind(self, link: str, unit: str, seen: int | None) -> None:
        if link in self.links and self.links[link].covers(unit):
            self.behind[link][unit] = seen
            self.left[link].pop(unit, None)

    def up_to_date(self, link: str, unit: str) -> None:
        if link in self.links:
            self.behind[link].pop(unit, None)
            self.left[link].pop(unit, None)

    def showing(self, unit: str, contenders: Iterable[Contender]) -> list[str]:
        """Links that show what these assert: their own, and of a joined contact's value all that had seen it."""
        out: set[str] = set()
        for contender in contenders:
            if contender.rev is None:
                out.add(contender.link)
            else:
                out |= {i for i, behind in self.behind.items() if unit in behind and behind[unit] == contender.rev}
        return sorted(out & self.links.keys())

    def lose(self, unit: str, contender: Contender) -> None:
        """Who asserted it is behind with what it had seen. The value of a joined contact binds no link."""
        if contender.rev is None:
            self.fall_behind(contender.link, unit, contender.seen)

    def outcome(self) -> MergeOutcome:
        corrected = tuple(sorted((i, u) for i, u in self.corrected if u in self.behind[i]))
        return MergeOutcome(
            self.units, self.behind, self.left, self.conflicts, tuple(self.decisions), self.changed, corrected,
            tuple(self.refused), tuple(sorted(self.retaken)))
