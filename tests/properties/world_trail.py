"""The oracle: follows every user's write through the merges, and says which law of merge.md 14 is broken.

Of each unit of a contact it remembers which writes its value came from and which their authors had seen. It reads
decisions, but believes none: a rule may replace a value only where the new author had seen it, or by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from world_systems import NOTHING, PERSON, Trace, Write

from hub.model.state import NEVER, RULE, UNSET, Answer, Cell, ContactState, Contender, Decision, Edit, MergeOutcome
from hub.model.units import attr, member, primary, replaced_by, set_of, split
from hub.rules.consent import strength
from hub.rules.contend import is_fresh

ContenderKey = tuple[str, str, int | None]
RULED = ("prefer", "not the owner", "joined", "a person", "consent")
"""Rules that may end a value nobody saw: the site's, or a person."""


class LawBroken(AssertionError):
    def __init__(self, law: str, what: str) -> None:
        self.law = law
        super().__init__(f"({law}) {what}")


@dataclass
class Trail:
    """What became of every write of one contact."""

    hub: dict[str, Trace] = field(default_factory=dict)
    contending: dict[ContenderKey, Trace] = field(default_factory=dict)

    def of(self, unit: str) -> Trace:
        return self.hub.get(unit, NOTHING)


@dataclass
class Look:
    """What a reviewer saw of one conflict when he decided."""

    answer: Answer
    past: frozenset[int]
    write: int | None = None


class Chronicle:
    """All writes of a world, and how each ended."""

    def __init__(self) -> None:
        self.writes: dict[int, Write] = {}
        self.pulled: set[int] = set()
        self.ended: dict[int, str] = {}
        self.seen_later: dict[int, set[str]] = {}
        self.confused = False  # two people were taken for one: who saw what of whom means nothing any more (law e)
        self._parent: dict[str, str] = {}

    # ---- writes

    def note(self, write: Write) -> None:
        self.writes[write.id] = write
        for earlier in write.past - {write.id}:
            self.seen_later.setdefault(earlier, set()).add(write.system)

    def end(self, writes: Iterable[int], how: str) -> None:
        for each in writes:
            self.ended.setdefault(each, how)

    def replaced(self, old: str, new: str) -> None:
        """An address was typed over: the two are one family."""
        a, b = self.root(old), self.root(new)
        if a != b:
            self._parent[max(a, b)] = min(a, b)

    def root(self, key: str) -> str:
        while (up := self._parent.get(key, key)) != key:
            key = up
        return key

    def family(self, unit: str) -> str:
        base, key, name = split(unit)
        if base != "emails" or key is None:
            return unit
        return attr(base, self.root(key), name) if name else member(base, self.root(key))

    # ---- one merge

    def merged(
        self, trail: Trail, before: ContactState, edits: Sequence[Edit], sources: Mapping[tuple[str, str], Trace],
        outcome: MergeOutcome, looks: Sequence[Look],
    ) -> None:
        _Merged(self, trail, before, edits, sources, outcome, looks).check()

    def fates(self, trail: Trail, state: ContactState, systems: set[str]) -> None:
        """Law (b): every write the hub has read is current, was seen by a later author, contends, or was ended by name."""
        safe: dict[str, set[int]] = {}
        for unit, (_, past) in trail.hub.items():
            safe.setdefault(self.family(unit), set()).update(past)
        for (unit, _, _), (_, past) in trail.contending.items():
            safe.setdefault(self.family(unit), set()).update(past)
        for write in self.writes.values():
            if write.system not in systems or write.id not in self.pulled or write.id in self.ended:
                continue
            if systems & self.seen_later.get(write.id, set()):
                continue
            if write.value is None and split(write.unit)[1] is not None and write.unit not in state.units:
                continue  # who removes what the contact never had takes nothing from it
            if write.id not in safe.get(self.family(write.unit), ()):
                raise LawBroken("b", f"write {write.id} of {write.unit}={write.value!r} in {write.system} is lost")

    def sound(self, trail: Trail, before: ContactState, outcome: MergeOutcome) -> None:
        """Law (e): two sides of a conflict never saw each other."""
        for unit, conflict in outcome.conflicts.items():
            if self.confused or conflict.reason != "contending" or conflict == before.conflicts.get(unit):
                continue
            cell = outcome.units.get(unit, UNSET)
            sides: list[tuple[str, Trace, object]] = [
                (c.link, trail.contending[unit, c.link, c.rev], c.value) for c in conflict.contenders]
            if cell.rev != NEVER and not any(is_fresh(c, cell) for c in conflict.contenders):
                sides.append(("the contact", trail.of(unit), cell.value))
            for a, first, x in sides:
                for b, second, y in sides:
                    if a == b or PERSON.same(unit, x, y) or not first[0]:
                        continue
                    sure = not any(self.writes[w].unsure for w in second[1] if w in self.writes)
                    if sure and first[0] <= second[1] and not first[0] & second[0]:
                        raise LawBroken("e", f"{unit}: {b} with {y!r} contends with its ancestor {x!r} of {a}")


class _Merged:
    """The check of one merge."""

    def __init__(self, book: Chronicle, trail: Trail, before: ContactState, edits: Sequence[Edit],
                 sources: Mapping[tuple[str, str], Trace], outcome: MergeOutcome, looks: Sequence[Look]) -> None:
        edited = {(e.unit, e.link) for e in edits}
        self.book, self.trail, self.before, self.edits, self.outcome = book, trail, before, edits, outcome
        self.sources = {k: t for k, t in sources.items() if k in edited}
        self.shown = {k: t for k, t in sources.items() if k not in edited}
        self.by_family: dict[tuple[str, str], Trace] = {}
        for (unit, link), trace in self.sources.items():
            where = (book.family(unit), link)
            self.by_family[where] = _both(self.by_family.get(where, NOTHING), trace)
        self.looks = {look.answer.unit: look for look in looks if look.answer not in outcome.refused}
        self.old = dict(trail.hub)

    def source(self, unit: str, link: str) -> Trace:
        shown = self.shown.get((unit, link), NOTHING)  # a member nobody edited by name, but showed instead of another
        new = shown if shown[0] - self.old.get(unit, NOTHING)[1] else None
        found = self.sources.get((unit, link)) or new or self.by_family.get((self.book.family(unit), link))
        if found is not None:
            return found
        out = NOTHING
        for (u, i, _), trace in self.trail.contending.items():
            if i == link and self.book.family(u) == self.book.family(unit):
                out = _both(out, trace)
        return out

    def check(self) -> None:
        decisions: dict[str, list[Decision]] = {}
        for d in self.outcome.decisions:
            decisions.setdefault(d.unit, []).append(d)
        won = {d.unit for d in self.outcome.decisions if d.fate in ("won", "answered")}
        for unit in sorted(self.outcome.changed, key=lambda u: (u not in won, u)):
            self._changed(unit, decisions.get(unit, []))
        for d in self.outcome.decisions:
            self._decided(d)
        self._contenders()
        self.book.sound(self.trail, self.before, self.outcome)
        self._members_gone()

    # ---- a unit has a new value

    def _changed(self, unit: str, decisions: Sequence[Decision]) -> None:
        cell, old = self.outcome.units[unit], self.old.get(unit, NOTHING)
        winners = [d for d in decisions if d.fate == "won" and not (cell.origin == RULE and split(unit)[1] is None)]
        look = self.looks.get(unit)
        rule = next((d.rule for d in winners), "")
        if look is not None and any(d.fate == "answered" for d in decisions):
            self._answered(unit, look, old)
            return
        if winners:
            new = NOTHING
            for d in winners:
                new = _both(new, self.source(unit, d.link))
            self._no_ancestor_wins(unit, new, old, cell)
            self._nothing_unmade(unit, cell, winners)
        else:
            new = self._derived(unit, cell, old)
        unseen = {w for w in old[0] - new[1] if w not in self.book.ended}
        if unseen and winners:
            named = [d.rule for d in decisions if d.fate == "overruled" and PERSON.same(unit, d.value, self._was(unit))]
            if not (named or rule.startswith(RULED)):
                raise LawBroken("b", f"{unit}={cell.value!r} replaced writes {sorted(unseen)} its author never saw ({rule})")
            self.book.end(unseen, named[0] if named else rule)
        self.trail.hub[unit] = new

    def _was(self, unit: str) -> object:
        return self.before.units.get(unit, UNSET).value

    def _answered(self, unit: str, look: Look, old: Trace) -> None:
        sides = [(t, k) for k, t in self.trail.contending.items() if k[0] == unit]
        unseen = {w for (top, _), _ in [*sides, (old, None)] for w in top - look.past if w not in self.book.ended}
        if unseen:
            raise LawBroken("b", f"an answer to {unit} ended writes {sorted(unseen)} the person never saw")
        past = old[1] | look.past | frozenset().union(*(t[1] for t, _ in sides))
        top = frozenset({look.write}) if look.write is not None else frozenset()
        for (trace, _) in sides:
            self.book.end(trace[0], "a person")
        self.book.end(old[0], "a person")
        self.trail.hub[unit] = (top, past | top)

    def _no_ancestor_wins(self, unit: str, new: Trace, old: Trace, cell: Cell) -> None:
        live = {w for w in old[0] if w not in self.book.ended}
        if not self.book.confused and live and new[0] and new[0] <= old[1] and not new[0] & old[0]:
            raise LawBroken("e", f"{unit}: {cell.value!r} won over a value whose author had seen it")

    def _nothing_unmade(self, unit: str, cell: Cell, winners: Sequence[Decision]) -> None:
        base, key, name = split(unit)
        if cell.value is not None or (name and replaced_by(self.outcome.units.get(member(base, key or ""), UNSET).value)):
            return  # it went on to the member's replacement
        for d in winners:
            tops = self.source(unit, d.link)[0]
            if not any(self.book.writes[w].value is None or self._typed_over(w, unit) for w in tops):
                raise LawBroken("f", f"{unit} was emptied, and no user of {d.link} emptied it")

    def _typed_over(self, write: int, unit: str) -> bool:
        """Did this write type over the member? Where rows have no ids it may look like a removal."""
        made = self.book.writes[write]
        return replaced_by(made.value) is not None and self.book.family(made.unit) == self.book.family(unit)

    def _derived(self, unit: str, cell: Cell, old: Trace) -> Trace:
        """A change no edit asked for in so many words: what a Replace carries along, or who follows a lost primary."""
        base, key, name = split(unit)
        units = self.outcome.units
        if key is None:
            was = self.before.units.get(unit, UNSET).value
            if was is not None and not _moved(units, was, cell.value):
                if _is_there(units, base.removesuffix(".primary"), was):
                    raise LawBroken("f", f"{unit} changed from {was} to {cell.value}, and nobody asked for it")
                self.book.end(old[0], "its member is gone")
                return frozenset(), old[1]
            return old
        was = self.before.units.get(unit, UNSET)
        if was.value is None or replaced_by(was.value) is not None:
            old = frozenset(), old[1]
        from_members = [split(u)[1] for u, c in units.items()
                        if split(u)[0] == base and split(u)[2] is None and replaced_by(c.value) == key]
        out = old
        for other in from_members:
            out = _both(out, self.trail.of(attr(base, other or "", name) if name else member(base, other or "")))
        if name is None and was.value is not None and replaced_by(was.value) is None and (
                cell.value is None or replaced_by(cell.value) is not None):
            return self._gone_with_another(unit, was, old)
        if name is None and cell.value is None and cell.origin != RULE:
            raise LawBroken("f", f"{unit} was removed, and nobody asked for it")
        return out

    def _gone_with_another(self, unit: str, was: Cell, old: Trace) -> Trace:
        """A member was replaced or discarded because of what another came to: whoever decided that had seen it."""
        named = [d for d in self.outcome.decisions if d.unit == unit and d.fate == "overruled" and d.link == was.origin]
        seen: frozenset[int] = frozenset().union(*(
            look.past for u, look in self.looks.items() if self.book.family(u) == self.book.family(unit)))
        unseen = {w for w in old[0] - seen if w not in self.book.ended}
        if unseen and (self.looks or not named):
            raise LawBroken("b", f"{unit} went with another member, and nobody who decided had seen writes {sorted(unseen)}")
        self.book.end(old[0], "another replacement was chosen")
        return frozenset(), old[1] | seen

    # ---- what the merge says it did

    def _decided(self, d: Decision) -> None:
        was = self.before.units.get(d.unit, UNSET)
        if d.fate == "overruled" and d.link == was.origin and PERSON.same(d.unit, d.value, was.value):
            return  # says what became of the value the contact had
        top, past = self.source(d.unit, d.link)
        old = self.trail.of(d.unit)
        if d.fate == "agreed":
            self.book.end(top, "agreed")
            if not d.rule.startswith("not the owner"):
                self.trail.hub[d.unit] = (old[0], old[1] | past)
        elif d.fate in ("overruled", "left", "withdrew"):
            ancestor = not self.book.confused and old[0] and old[0] <= past and not (top & old[0])
            if d.fate == "overruled" and ancestor and not d.rule.startswith((*RULED, "edited", "removed", "its member")):
                raise LawBroken("e", f"{d.unit}: {d.value!r} was overruled by a value its author had seen ({d.rule})")
            self.book.end(top, f"{d.fate}: {d.rule}")

    def _contenders(self) -> None:
        new: dict[ContenderKey, Trace] = {}
        for unit, conflict in self.outcome.conflicts.items():
            for c in conflict.contenders:
                key = (unit, c.link, c.rev)
                fresh = self.sources.get((unit, c.link)) or self.by_family.get((self.book.family(unit), c.link))
                fresh = fresh if c.rev is None else None
                known = self._known(key)
                before = self.before.conflicts.get(unit)
                if known and before and c in before.contenders:
                    new[key] = known
                    continue
                if fresh is None and known is None:
                    raise LawBroken("f", f"{unit}: {c.link} contends with {c.value!r}, and nobody there typed it")
                new[key] = _both(known or NOTHING, fresh) if fresh and known else fresh or known or NOTHING
                if fresh and known:
                    new[key] = (fresh[0], fresh[1] | known[1])
        for key, trace in self.trail.contending.items():
            if key not in new and key[0] in self.outcome.conflicts:
                self._left_the_conflict(key, trace)
        self.trail.contending = new

    def _known(self, key: ContenderKey) -> Trace | None:
        """The contender from before; a question about an attribute moves with its member."""
        unit, link, rev = key
        return self.trail.contending.get(key) or next(
            (t for (u, i, r), t in self.trail.contending.items()
             if (i, r) == (link, rev) and self.book.family(u) == self.book.family(unit)), None)

    def _left_the_conflict(self, key: ContenderKey, trace: Trace) -> None:
        unit, _, rev = key
        if rev is not None and any(
            e.seen == rev and self.book.family(e.unit) == self.book.family(unit) for e in self.edits
        ):
            self.book.end(trace[0], "an edit that saw it")

    def _members_gone(self) -> None:
        """A removal by somebody who had not seen a label of the member he covers is stale (merge.md 8)."""
        for unit in self.outcome.changed:
            base, key, name = split(unit)
            if key is None or name is not None or self.outcome.units[unit].value is not None:
                continue
            for each in PERSON.sets[base].attrs:
                top, _ = self.trail.of(attr(base, key, each))
                seen = self.trail.of(unit)[1]
                blind = any(d.unit == unit and d.fate == "won"
                            and not self.before.links[d.link].covers(attr(base, key, each))
                            for d in self.outcome.decisions if d.link in self.before.links)
                unseen = {w for w in top - seen if w not in self.book.ended}
                if unseen and not blind and unit not in self.looks:
                    raise LawBroken("b", f"{unit} was removed unseen: its {each} of writes {sorted(unseen)}")
                self.book.end(top, "its member is gone")


def _both(x: Trace, y: Trace) -> Trace:
    return x[0] | y[0], x[1] | y[1]


def _is_there(units: Mapping[str, Cell], base: str, key: str) -> bool:
    value = units.get(member(base, key), UNSET).value
    return value is not None and replaced_by(value) is None


def _moved(units: Mapping[str, Cell], was: str, now: object) -> bool:
    """Does the chain of replacements lead from one to the other?"""
    seen = {was}
    while (following := replaced_by(units.get(member("emails", was), UNSET).value)) and following not in seen:
        if following == now:
            return True
        seen.add(following)
        was = following
    return was == now


def strongest(writes: Iterable[Write]) -> object:
    """The consent that must stand after these statements."""
    values = [w.value for w in writes if w.value is not None]
    return max(values, key=strength) if values else None


__all__ = ["Chronicle", "Contender", "LawBroken", "Look", "Trail", "attr", "primary", "set_of", "strongest"]
