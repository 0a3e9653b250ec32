"""The merge of one contact: all systems' edits at once, in one pure function (merge.md 5 to 9).

The result cannot depend on the order of links or edits: everything that chooses, chooses by value, revision, authority
or name. Every edit ends as current, agreed, contender, or overruled by a named rule, and says so in a Decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hub.model.state import (
    NEVER,
    RULE,
    UNSET,
    Answer,
    Cell,
    Conflict,
    ContactState,
    Contender,
    Decision,
    Edit,
    Fate,
    Left,
    MergeOutcome,
    Reason,
)
from hub.model.units import EntitySchema, Value, attr, member, primary, replaced_by, set_of, split
from hub.rules.authority import FREE, Authority
from hub.rules.consent import join_consents
from hub.rules.contend import Open, is_fresh, settle

CORRECTIONS = 3
"""After so many write-backs of one unit by one link within the window, it is frozen as a conflict (merge.md 6)."""


def merge(
    entity: EntitySchema,
    state: ContactState,
    edits: Iterable[Edit],
    *,
    rev: int,
    at: int = 0,
    authority: Authority = FREE,
    answers: Sequence[Answer] = (),
) -> MergeOutcome:
    """Merge the edits of all links into the contact.

    ``rev``: the journal row this merge will be, larger than any before. ``at``: unix seconds, stored with new cells.
    """
    work = _Merge(entity, state, rev, at, authority)
    work.take(edits)
    work.answer(answers)
    return work.outcome()


class _Merge:
    """The working copy of one merge. Lives for one call of ``merge``."""

    def __init__(self, entity: EntitySchema, state: ContactState, rev: int, at: int, authority: Authority) -> None:
        self.entity, self.state, self.rev, self.at, self.authority = entity, state, rev, at, authority
        self.units = dict(state.units)
        self.links = dict(sorted(state.links.items()))
        self.systems = {i: link.system for i, link in self.links.items()}
        self.behind = {i: dict(link.behind) for i, link in self.links.items()}
        self.left = {i: dict(link.left) for i, link in self.links.items()}
        self.conflicts = dict(state.conflicts)
        self.decisions: list[Decision] = []
        self.changed: dict[str, Cell] = {}
        self.corrected: set[tuple[str, str]] = set()
        self.refused: list[Answer] = []

    # ---- what everything below is made of

    def cell(self, unit: str) -> Cell:
        return self.units.get(unit, UNSET)

    def say(self, unit: str, link: str, fate: Fate, value: Value, rule: str, against: Value = None) -> None:
        self.decisions.append(Decision(unit, link, fate, value, rule, against))

    def seen(self, link: str, unit: str, cell: Cell) -> int | None:
        if unit in self.left[link]:
            return self.left[link][unit].seen
        return self.behind[link].get(unit, cell.rev)

    def set(self, unit: str, value: Value, origin: str, holders: Iterable[str]) -> None:
        """The unit gets this merge's revision; every covering link that does not assert it falls behind."""
        before = self.cell(unit)
        holders = set(holders)
        for i, link in self.links.items():
            if i in holders:
                self.behind[i].pop(unit, None)
            elif link.covers(unit):
                self.behind[i][unit] = self.seen(i, unit, before)
            self.left[i].pop(unit, None)
        self.changed.setdefault(unit, before)
        self.units[unit] = Cell(value, self.rev, origin, self.at)
        base, key, name = split(unit)
        if key is not None and name is None:
            self._look_again_at(base)

    def _look_again_at(self, set_name: str) -> None:
        """A set-wide mark: a changed set may fill other slots, also of who changed it (merge.md 8 "Slots")."""
        for i, link in self.links.items():
            if link.covers(set_name):
                self.behind[i][set_name] = None

    def fall_behind(self, link: str, unit: str, seen: int | None) -> None:
        if link in self.links and self.links[link].covers(unit):
            self.behind[link][unit] = seen
            self.left[link].pop(unit, None)

    def up_to_date(self, link: str, unit: str) -> None:
        if link in self.links:
            self.behind[link].pop(unit, None)
            self.left[link].pop(unit, None)

    # ---- edits

    def take(self, edits: Iterable[Edit]) -> None:
        ordered = sorted(edits, key=lambda e: (e.unit, e.link, e.kind))
        consents = [e for e in ordered if (s := set_of(e.unit)) and self.entity.sets[s].joined]
        self._consents(consents)
        ordered = [e for e in ordered if e not in consents]
        ordered = [e for e in map(self._along_the_chain, ordered) if e is not None]
        members = [e for e in ordered if split(e.unit)[1] is not None and split(e.unit)[2] is None]
        attrs = [e for e in ordered if split(e.unit)[2] is not None]
        primaries = [e for e in ordered if set_of(e.unit) is not None and split(e.unit)[1] is None]
        scalars = [e for e in ordered if set_of(e.unit) is None]
        touched = {e.unit for e in attrs if e.kind != "join"}
        members = self._removals(members, touched) + self._revivals(attrs)
        for group in (scalars, members, attrs, primaries):
            self._contend(group)
        self._primaries_of_gone_members()

    def _along_the_chain(self, edit: Edit) -> Edit | None:
        """A late edit of a member that was replaced meanwhile follows to its end (merge.md 8)."""
        base, key, name = split(edit.unit)
        if key is None:
            if (owner := set_of(edit.unit)) and edit.kind != "join" and edit.value is not None:
                end = self._end(owner, edit.value)
                return replace(edit, value=end) if end != edit.value else edit
            return edit
        if edit.kind in ("add", "join") and name is None:
            return edit
        end = self._end(base, key)
        if end == key or self._is_present(base, key):
            return edit
        if name is not None:
            return replace(edit, unit=attr(base, end, name), payload=None) if self._is_present(base, end) else edit
        if edit.kind == "remove":
            self.say(edit.unit, edit.link, "overruled", None, "removed what was replaced", self.cell(edit.unit).value)
            return None
        if edit.kind == "replace" and edit.value["replaced_by"] in self._chain(base, key):
            self.say(edit.unit, edit.link, "agreed", edit.value, "same replacement")
            self.up_to_date(edit.link, edit.unit)
            return None
        return edit

    def _chain(self, set_name: str, key: str) -> list[str]:
        """The member, what replaced it, and so on."""
        out = [key]
        while (following := replaced_by(self.cell(member(set_name, out[-1])).value)) and following not in out:
            out.append(following)
        return out

    def _end(self, set_name: str, key: str) -> str:
        return self._chain(set_name, key)[-1]

    def _is_present(self, set_name: str, key: str) -> bool:
        value = self.cell(member(set_name, key)).value
        return value is not None and replaced_by(value) is None

    def _removals(self, members: list[Edit], touched: set[str]) -> list[Edit]:
        """A removal counts only where nobody else spoke for the member (merge.md 8)."""
        spoken = {e.unit for e in members if e.kind in ("add", "set", "replace")} | {
            member(base, key) for base, key, _ in map(split, touched) if key is not None
        }
        kept = []
        for edit in members:
            if edit.kind != "remove":
                kept.append(edit)
                continue
            base, key, _ = split(edit.unit)
            behind = self.behind[edit.link]
            stale = edit.seen != self.cell(edit.unit).rev or any(
                u in behind and split(u)[1] == key and set_of(u) == base for u in behind
            )
            if self.cell(edit.unit).value is None:
                self.say(edit.unit, edit.link, "agreed", None, "removed already")
                self.up_to_date(edit.link, edit.unit)
            elif stale or edit.unit in spoken or edit.unit in self.conflicts:
                self.say(edit.unit, edit.link, "overruled", None, "edited elsewhere: kept", self.cell(edit.unit).value)
                if self._may(edit.link, edit.unit):
                    self.fall_behind(edit.link, edit.unit, edit.seen)
                    self._attrs_fall_behind(edit.link, base, key or "")
                else:
                    kept.append(edit)
            else:
                kept.append(edit)
        return kept

    def _attrs_fall_behind(self, link: str, base: str, key: str) -> None:
        for name in self.entity.sets[base].attrs:
            unit = attr(base, key, name)
            if self.cell(unit).rev != NEVER:
                self.fall_behind(link, unit, self.seen(link, unit, self.cell(unit)))

    def _revivals(self, attrs: list[Edit]) -> list[Edit]:
        """A late edit of a removed member's attribute: the member stays (merge.md 8)."""
        out = {}
        for edit in attrs:
            base, key, _ = split(edit.unit)
            if edit.kind == "set" and edit.payload is not None and key is not None and edit.value is not None:
                unit = member(base, key)
                if self.cell(unit).rev != NEVER and self.cell(unit).value is None:
                    out[unit, edit.link] = Edit(unit, edit.link, "add", None, edit.payload, None)
        return [out[k] for k in sorted(out)]

    def _may(self, link: str, unit: str) -> bool:
        return self.authority.may_edit(self.systems[link], unit)

    def _contend(self, edits: Sequence[Edit]) -> None:
        by_unit: dict[str, list[Edit]] = defaultdict(list)
        for edit in edits:
            by_unit[edit.unit].append(edit)
        for unit in sorted(by_unit):
            self._unit(unit, by_unit[unit])

    def _unit(self, unit: str, edits: Sequence[Edit]) -> None:
        cell = self.cell(unit)
        if not self._has_a_member(unit, edits):
            return
        conflict = self.conflicts.get(unit)
        contenders = {(c.link, c.rev): c for c in (conflict.contenders if conflict else ())}
        reason: Reason | None = None
        for edit in edits:
            if edit.kind == "join" and self._older_stays(unit, edit, cell):
                continue
            verdict = self._forbidden(unit, edit, cell)
            if verdict == "ask" or verdict == "flapping":
                reason = verdict
            elif verdict is not None:
                continue
            contenders = {k: c for k, c in contenders.items() if not (c.rev is not None and c.rev == edit.seen)}
            old = contenders.pop((edit.link, None), None)
            if old is not None and self.entity.same(unit, edit.value, old.base):
                self.say(unit, edit.link, "withdrew", edit.value, "back at its base")
                if old.seen != cell.rev:
                    self.fall_behind(edit.link, unit, old.seen)
                else:
                    self.up_to_date(edit.link, unit)
                continue
            base, seen = (old.base, old.seen) if old is not None else (edit.base, self._seen_by(edit, cell))
            contenders[edit.link, None] = Contender(edit.link, edit.value, base, seen)
            self.left[edit.link].pop(unit, None)
            if edit.kind == "join":
                self.fall_behind(edit.link, unit, None)
        self._resolve(unit, cell, list(contenders.values()), conflict, reason, edits)

    def _has_a_member(self, unit: str, edits: Sequence[Edit]) -> bool:
        """An attribute or primary of a member that is only a candidate in a conflict waits with it (merge.md 8)."""
        base, key, name = split(unit)
        if name is not None and key is not None and not self._is_present(base, key):
            for edit in edits:
                self.say(unit, edit.link, "agreed", edit.value, "goes with its member")
            return False
        return True

    def _older_stays(self, unit: str, edit: Edit, cell: Cell) -> bool:
        """Labels and who is primary are no conflict when a record joins: nothing is lost, what is known stays."""
        _, key, name = split(unit)
        arranged = name is not None or (key is None and set_of(unit) is not None)
        if not arranged or cell.rev == NEVER or self.entity.same(unit, edit.value, cell.value):
            return False
        self.say(unit, edit.link, "overruled", edit.value, "joined: the older stays", cell.value)
        self.fall_behind(edit.link, unit, None)
        return True

    def _seen_by(self, edit: Edit, cell: Cell) -> int | None:
        """An Add always counts against a removal; a value against an empty member too (a concurrent edit beats it)."""
        is_member = split(edit.unit)[1] is not None
        if is_member and edit.kind != "join" and cell.value is None:
            return cell.rev
        if is_member and edit.kind == "add" and replaced_by(cell.value) is not None:
            return cell.rev
        return edit.seen

    def _forbidden(self, unit: str, edit: Edit, cell: Cell) -> str | None:
        """None: allowed. Otherwise what became of the edit (merge.md 6); "ask" and "flapping" go on to contend."""
        if self._may(edit.link, unit):
            return None
        mode = self.authority.rule(unit).others
        if edit.kind == "join" and cell.value is None:
            mode = "leave"
        if mode == "ask":
            return "ask"
        if mode == "leave":
            self.left[edit.link][unit] = Left(cell.rev, edit.seen)
            self.behind[edit.link].pop(unit, None)
            self.say(unit, edit.link, "left", edit.value, "not the owner: left", cell.value)
            return "left"
        if self.entity.same(unit, edit.value, cell.value):
            self.up_to_date(edit.link, unit)
            self.say(unit, edit.link, "agreed", edit.value, "not the owner, but the same")
            return "agreed"
        if self.links[edit.link].corrections.get(unit, 0) >= CORRECTIONS:
            return "flapping"
        self.say(unit, edit.link, "overruled", edit.value, "not the owner: corrected", cell.value)
        self.fall_behind(edit.link, unit, edit.seen)
        if self.authority.may_write(self.systems[edit.link], unit):
            self.corrected.add((edit.link, unit))
        return "corrected"

    def _resolve(
        self,
        unit: str,
        cell: Cell,
        contenders: list[Contender],
        conflict: Conflict | None,
        reason: Reason | None,
        edits: Sequence[Edit],
    ) -> None:
        agreed = [c for c in contenders
                  if not is_fresh(c, cell) and cell.rev != NEVER and self.entity.same(unit, c.value, cell.value)]
        for contender in agreed:
            contenders.remove(contender)
            self.say(unit, contender.link, "agreed", contender.value, "same value")
            self.up_to_date(contender.link, unit)
        if not contenders:
            self._close(unit, conflict)
            return
        values = {id(c): c for c in contenders}
        verdict = Open(reason) if reason == "flapping" else settle(
            self.entity, self.authority, unit, cell, list(values.values()), self.systems, defend=reason == "ask")
        if isinstance(verdict, Open):
            self._hold(unit, conflict, reason or verdict.reason, contenders, edits)
            return
        origins = sorted(c.link for c in verdict.winners)
        if self.entity.same(unit, verdict.value, cell.value) and cell.rev != NEVER:
            for contender in verdict.winners:
                self.up_to_date(contender.link, unit)
                self.say(unit, contender.link, "agreed", contender.value, verdict.rule)
        else:
            self._win(unit, verdict.value, origins[0] if origins else RULE, origins, cell)
            for contender in verdict.winners:
                self.say(unit, contender.link, "won", contender.value, verdict.rule, cell.value)
            if verdict.rule not in ("edit", "agreement") and not any(is_fresh(c, cell) for c in contenders):
                self.say(unit, cell.origin, "overruled", cell.value, verdict.rule, verdict.value)
        for contender in verdict.losers:
            self.fall_behind(contender.link, unit, contender.seen)
            self.say(unit, contender.link, "overruled", contender.value, verdict.rule, verdict.value)
        self._discard(unit, verdict.value, verdict.losers, cell if replaced_by(verdict.value) else UNSET)
        self._close(unit, conflict)

    def _win(self, unit: str, value: Value, origin: str, holders: Sequence[str], cell: Cell) -> None:
        base, key, name = split(unit)
        self.set(unit, value, origin, holders)
        if key is None or name is not None:
            return
        following = replaced_by(value)
        if following is not None:
            self._replaced(base, key, following, value.get("v"), origin, holders)
        elif value is None:
            for i in self.links:
                for each in self.entity.sets[base].attrs:
                    self.behind[i].pop(attr(base, key, each), None)

    def _replaced(
        self, base: str, old: str, new: str, payload: Value, origin: str, holders: Sequence[str]
    ) -> None:
        """The new member takes the old one's attributes with their revisions, and its being primary."""
        if not self._is_present(base, new):
            self.set(member(base, new), payload, origin, holders)
        for name in self.entity.sets[base].attrs:
            before, after = self.cell(attr(base, old, name)), self.cell(attr(base, new, name))
            if before.rev != NEVER and after.rev == NEVER:
                unit = attr(base, new, name)
                self.units[unit] = before
                self.changed.setdefault(unit, UNSET)
                for i, link in self.links.items():
                    if i not in holders and link.covers(unit):
                        self.behind[i][unit] = self.seen(i, attr(base, old, name), before)
        unit = primary(base)
        if self.cell(unit).value == old:
            self.set(unit, new, origin, holders)

    def _discard(self, unit: str, value: Value, losers: Iterable[Contender], before: Cell) -> None:
        """Candidates of a settled replacement are replaced by the chosen one; who shows them is behind on them. What
        stood as the replacement until now is such a candidate too, unless somebody added it for itself."""
        base, key, name = split(unit)
        if key is None or name is not None:
            return
        chosen = replaced_by(value) or (key if value is not None else None)
        others = {other for loser in losers if (other := replaced_by(loser.value)) is not None
                  and not self._is_present(base, other)}
        stood = replaced_by(before.value)
        if stood is not None and self.cell(member(base, stood)).rev == before.rev:
            others.add(stood)
        for other in sorted(others - {chosen}):
            self.set(member(base, other), None if chosen is None else {"replaced_by": chosen}, RULE, ())

    def _hold(
        self, unit: str, conflict: Conflict | None, reason: Reason, contenders: Iterable[Contender],
        edits: Sequence[Edit],
    ) -> None:
        ordered = tuple(sorted(contenders, key=lambda c: (c.link, c.rev or 0)))
        if conflict is None or conflict.contenders != ordered:
            number = conflict.number + 1 if conflict else 1
            self.conflicts[unit] = Conflict(unit, number, reason, ordered)
        for edit in edits:
            self.say(unit, edit.link, "contends", edit.value, reason, self.cell(unit).value)

    def _close(self, unit: str, conflict: Conflict | None) -> None:
        if conflict is not None:
            self.conflicts.pop(unit, None)

    def _primaries_of_gone_members(self) -> None:
        """A primary whose member is gone passes to the oldest (lowest revision, then key) (merge.md 8)."""
        for name, schema in self.entity.sets.items():
            unit = primary(name)
            if not schema.has_primary or unit in self.conflicts:
                continue
            value = self.cell(unit).value
            if value is not None and self._is_present(name, value):
                continue
            end = self._end(name, value) if value is not None else None
            if end is not None and self._is_present(name, end):
                self.set(unit, end, RULE, ())
                continue
            present = sorted((c.rev, key) for u, c in self.units.items()
                             if (p := split(u))[0] == name and (key := p[1]) is not None and p[2] is None
                             and self._is_present(name, key))
            following = present[0][1] if present else None
            if following != value:
                self.set(unit, following, RULE, ())

    # ---- consent

    def _consents(self, edits: Sequence[Edit]) -> None:
        by_unit: dict[str, list[Edit]] = defaultdict(list)
        for edit in edits:
            by_unit[edit.unit].append(edit)
        for unit in sorted(by_unit):
            cell = self.cell(unit)
            asserted = [(e.link, e.value) for e in by_unit[unit] if e.kind != "remove"]
            result, origin = join_consents(cell, asserted)
            if asserted and not self.entity.same(unit, result, cell.value):
                holders = [i for i, value in asserted if self.entity.same(unit, value, result)]
                self.set(unit, result, origin, holders)
            cell = self.cell(unit)
            for edit in by_unit[unit]:
                if edit.kind != "remove" and self.entity.same(unit, edit.value, cell.value):
                    self.say(unit, edit.link, "won" if cell.rev == self.rev else "agreed", edit.value, "consent joined")
                    self.up_to_date(edit.link, unit)
                else:
                    self.say(unit, edit.link, "overruled", edit.value, "consent joined", cell.value)
                    self.fall_behind(edit.link, unit, self.seen(edit.link, unit, cell))

    # ---- answers

    def answer(self, answers: Sequence[Answer]) -> None:
        """A person's answer is one contender that is fresh and wins (merge.md 7); an old number is asked again."""
        for given in sorted(answers, key=lambda a: a.unit):
            conflict = self.conflicts.get(given.unit)
            if conflict is None or conflict.number != given.number:
                self.refused.append(given)
                continue
            cell, unit = self.cell(given.unit), given.unit
            if given.keep_each:
                for contender in conflict.contenders:
                    if contender.link in self.links:
                        self.left[contender.link][unit] = Left(cell.rev, contender.seen)
                        self.behind[contender.link].pop(unit, None)
                    self.say(unit, contender.link, "left", contender.value, "a person: keep each", cell.value)
                self.conflicts.pop(unit)
                continue
            self._chosen(given, conflict, cell)
        self._primaries_of_gone_members()

    def _chosen(self, given: Answer, conflict: Conflict, cell: Cell) -> None:
        unit = given.unit
        holders = [c.link for c in conflict.contenders
                   if c.rev is None and self.entity.same(unit, c.value, given.value)]
        losers = [c for c in conflict.contenders if not self.entity.same(unit, c.value, given.value)]
        for contender in conflict.contenders:
            if contender.rev is None and contender.link in self.links and contender.link not in holders:
                self.behind[contender.link].setdefault(unit, contender.seen)
        if cell.rev == NEVER or not self.entity.same(unit, given.value, cell.value):
            self._win(unit, given.value, given.by, holders, cell)
        else:
            for i in holders:
                self.up_to_date(i, unit)
        for contender in losers:
            if contender.rev is None:
                self.fall_behind(contender.link, unit, contender.seen)
            self.say(unit, contender.link, "overruled", contender.value, "a person", given.value)
        self.say(unit, given.by, "answered", given.value, "a person", cell.value)
        self._discard(unit, given.value, losers, cell)
        self.conflicts.pop(unit)

    def outcome(self) -> MergeOutcome:
        for i, corrections in sorted(self.corrected):
            if i not in self.links or corrections not in self.behind[i]:
                self.corrected.discard((i, corrections))
        return MergeOutcome(
            self.units, self.behind, self.left, self.conflicts, tuple(self.decisions), self.changed,
            tuple(sorted(self.corrected)), tuple(self.refused))
