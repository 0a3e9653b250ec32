"""The merge of one contact: all systems' edits at once, in one pure function (merge.md 5 to 9).

The result cannot depend on the order of links or edits: everything that chooses, chooses by value, revision, authority
or name. Every edit ends as current, agreed, contender, or overruled by a named rule, and says so in a Decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from hub.model.state import (
    NEVER,
    RULE,
    Answer,
    Cell,
    Conflict,
    ContactState,
    Contender,
    Edit,
    Fate,
    Left,
    MergeOutcome,
    Reason,
)
from hub.model.units import EntitySchema, member, replaced_by, set_of, split
from hub.rules import heirs, members
from hub.rules.answering import answer
from hub.rules.authority import FREE, Authority
from hub.rules.consent import is_withdrawal, join_consents
from hub.rules.contend import Open, is_fresh, settle
from hub.rules.ledger import Ledger, is_member

CORRECTIONS = 3
"""After so many write-backs of one unit by one link within the window, it is frozen as a conflict (merge.md 6). So it is after a
link whose word counts put the same value in the place of another's so often: two machines of two systems are at work."""


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
    ``answers`` count in the order given; of two to one conflict the second is refused.
    """
    ledger = Ledger(entity, state, rev, at, authority)
    _Edits(ledger).take(edits)
    heirs.renumber(ledger)
    _Edits(ledger).take(answer(ledger, answers))
    heirs.primaries(ledger)
    return ledger.outcome()


class _Edits:
    """The edits of one merge, brought into the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.entity = ledger, ledger.entity

    def take(self, edits: Iterable[Edit]) -> None:
        ordered = sorted(edits, key=lambda e: (e.unit, e.link, e.kind))
        of_sets = [e for e in ordered if set_of(e.unit) is not None]
        consents = [e for e in of_sets if self.entity.sets[set_of(e.unit) or ""].joined]
        others = [e for e in of_sets if e not in consents]
        for edit in others:  # it may have made room there, whatever becomes of the edit
            self.ledger.look_again(edit.link, set_of(edit.unit) or "")
        self._consents(consents)
        self._contend([e for e in ordered if set_of(e.unit) is None])
        self._members([e for e in others if is_member(e.unit)], [e for e in others if not is_member(e.unit)])

    def _members(self, edits: Sequence[Edit], more: Sequence[Edit]) -> None:
        """Members first; then their attributes and who is primary, as they are meant once the members are settled."""
        attrs = [e for e in more if split(e.unit)[1] is not None]
        primaries = [e for e in more if split(e.unit)[1] is None]
        pairs = [(e, members.meant(self.ledger, e)) for e in edits]
        meant = [e for _, e in pairs if e is not None] + members.kept_beside(self.ledger, pairs)
        early = self._meant(members.of_replaced(self.ledger, pairs, attrs))
        self._contend(members.removals(self.ledger, meant, early) + members.revivals(self.ledger, early, meant))
        heirs.added(self.ledger, meant)
        self._contend(self._meant(early))
        self._contend(self._meant(primaries))

    def _meant(self, edits: Sequence[Edit]) -> list[Edit]:
        return [meant for e in edits if (meant := members.meant(self.ledger, e)) is not None]

    def _contend(self, edits: Sequence[Edit]) -> None:
        by_unit: dict[str, list[Edit]] = defaultdict(list)
        for edit in edits:
            by_unit[edit.unit].append(edit)
        for unit in sorted(by_unit):
            self._contend(self._unit(unit, by_unit[unit]))

    # ---- one unit

    def _unit(self, unit: str, edits: Sequence[Edit]) -> list[Edit]:
        """Settle one unit. Returns edits of other units that follow from it."""
        ledger, cell = self.ledger, self.ledger.cell(unit)
        conflict = ledger.conflicts.get(unit)
        contenders = {(c.link, c.rev): c for c in self._standing(unit, conflict)}
        flapping = False
        laid: list[Edit] = []
        removed: list[Contender] = []
        for edit in edits:
            if self._has_no_member(unit, edit):
                contenders.pop((edit.link, None), None)
                continue
            if self._older_stays(unit, edit, cell):
                continue
            verdict = self._forbidden(unit, edit, cell)
            flapping |= verdict == "flapping" or (verdict is None and self._once_more(unit, edit, cell))
            if verdict not in (None, "ask", "flapping"):
                contenders.pop((edit.link, None), None)
                continue
            contenders = {k: c for k, c in contenders.items() if c.rev is None or c.rev != edit.seen}
            old = contenders.pop((edit.link, None), None)
            if old is not None and self.entity.same(unit, edit.value, old.base):
                self._withdraw(unit, edit, old, cell)
            elif old is not None and edit.kind == "remove":
                removed.append(old)
            else:
                base, seen = (old.base, old.seen) if old is not None else (edit.base, self._seen_by(unit, edit, cell))
                contenders[edit.link, None] = Contender(edit.link, edit.value, base, seen)
                laid.append(edit)
                heirs.end_left(ledger, edit.link, unit)
                if edit.kind == "join":
                    ledger.fall_behind(edit.link, unit, None)
        self._take_back(unit, removed, contenders, cell)
        return self._resolve(unit, cell, list(contenders.values()), conflict, flapping, laid)

    def _standing(self, unit: str, conflict: Conflict | None) -> list[Contender]:
        """Open contenders; whoever chose a primary that is gone meanwhile does not contend any more."""
        owner, out = set_of(unit), []
        for contender in conflict.contenders if conflict else ():
            if owner is not None and split(unit)[1] is None and contender.value is not None and not self.ledger.is_present(
                owner, self.ledger.end(owner, contender.value)
            ):
                self.ledger.say(unit, contender.link, "overruled", contender.value, "its member is gone")
                self.ledger.lose(unit, contender)
            else:
                out.append(contender)
        return out

    def _withdraw(self, unit: str, edit: Edit, old: Contender, cell: Cell) -> None:
        self.ledger.say(unit, edit.link, "withdrew", edit.value, "back at its base")
        if old.seen != cell.rev:
            self.ledger.fall_behind(edit.link, unit, old.seen)
        else:
            self.ledger.up_to_date(edit.link, unit)

    def _take_back(
        self, unit: str, removed: Sequence[Contender], contenders: dict[tuple[str, int | None], Contender], cell: Cell
    ) -> None:
        """A contender whose author removed the member: he removes only what nobody else speaks for."""
        alone = not contenders
        for old in removed:
            if alone and old.seen == cell.rev and not members.is_behind(self.ledger, old.link, unit):
                contenders[old.link, None] = Contender(old.link, None, old.base, old.seen)
            else:
                self.ledger.say(unit, old.link, "overruled", None, "edited elsewhere: kept", cell.value)
                self.ledger.fall_behind(old.link, unit, old.seen)

    def _has_no_member(self, unit: str, edit: Edit) -> bool:
        """An attribute of a member that was removed, and that this edit does not bring back; or the choice of one."""
        ledger = self.ledger
        base, key, name = split(unit)
        if key is None and edit.value is None and set_of(unit) is not None:
            return self._chose_nobody(unit, edit)
        if key is None and set_of(unit) is not None:
            gone = not ledger.is_present(set_of(unit) or "", edit.value)
        else:
            home = ledger.cell(member(base, key or ""))
            gone = name is not None and home.rev != NEVER and home.value is None
        if gone:
            ledger.say(unit, edit.link, "overruled", edit.value, "its member is gone", ledger.cell(unit).value)
            ledger.fall_behind(edit.link, unit, edit.seen)
        return gone

    def _chose_nobody(self, unit: str, edit: Edit) -> bool:
        """Whoever drops the mark of a primary chooses no other: there it is left without."""
        ledger, link = self.ledger, edit.link
        if unit not in ledger.behind[link]:
            ledger.left[link][unit] = Left(ledger.cell(unit).rev, edit.seen)
        ledger.say(unit, link, "left", None, "no primary was chosen", ledger.cell(unit).value)
        return True

    def _seen_by(self, unit: str, edit: Edit, cell: Cell) -> int | None:
        """What an edit has seen. Whoever speaks for a member that was removed counts against the removal, and an Add
        always brings a replaced one back (merge.md 8)."""
        late = is_member(unit) and edit.kind != "join" and edit.seen != cell.rev and cell.rev != NEVER
        if late and (cell.value is None or (edit.kind == "add" and replaced_by(cell.value) is not None)):
            self.ledger.say(unit, cell.origin, "overruled", cell.value, "edited elsewhere: kept", edit.value)
            return cell.rev
        return edit.seen

    def _older_stays(self, unit: str, edit: Edit, cell: Cell) -> bool:
        """Labels and who is primary are no conflict when a record joins: nothing is lost, what is known stays."""
        _, key, name = split(unit)
        arranged = name is not None or (key is None and set_of(unit) is not None)
        if edit.kind != "join" or not arranged or cell.rev == NEVER or self.entity.same(unit, edit.value, cell.value):
            return False
        self.ledger.say(unit, edit.link, "overruled", edit.value, "joined: the older stays", cell.value)
        self.ledger.fall_behind(edit.link, unit, None)
        return True

    def _forbidden(self, unit: str, edit: Edit, cell: Cell) -> str | None:
        """None: allowed. Otherwise what became of the edit (merge.md 6); "ask" and "flapping" go on to contend."""
        ledger, link = self.ledger, edit.link
        if ledger.may_edit(link, unit):
            return None
        if cell.rev != NEVER and self.entity.same(unit, edit.value, cell.value):
            ledger.up_to_date(link, unit)
            ledger.say(unit, link, "agreed", edit.value, "not the owner, but the same")
            return "agreed"
        mode = ledger.authority.rule(unit).others
        if mode == "leave" or (cell.value is None and (edit.kind == "join" or _nothing_known(unit, cell))):
            ledger.left[link][unit] = Left(cell.rev, edit.seen)
            ledger.behind[link].pop(unit, None)
            ledger.say(unit, link, "left", edit.value, "not the owner: left", cell.value)
            return "left"
        if mode == "ask":
            return "ask"
        if ledger.links[link].corrections.get(unit, 0) >= CORRECTIONS:
            return "flapping"
        ledger.say(unit, link, "overruled", edit.value, "not the owner: corrected", cell.value)
        ledger.fall_behind(link, unit, edit.seen)
        new = replaced_by(edit.value)
        if new is not None and not ledger.is_present(split(unit)[0], new):
            ledger.fall_behind(link, member(split(unit)[0], new), None)
        if ledger.authority.may_write(ledger.systems[link], unit):
            ledger.corrected.add((link, unit))
        return "corrected"

    def _once_more(self, unit: str, edit: Edit, cell: Cell) -> bool:
        """Does this link put a value back that took the place of another's several times lately?"""
        link = self.ledger.links[edit.link]
        again = [v for v in link.retaken.get(unit, ()) if self.entity.same(unit, v, edit.value)]
        return len(again) >= CORRECTIONS and edit.kind != "join" and cell.origin != edit.link

    def _resolve(
        self, unit: str, cell: Cell, contenders: list[Contender], conflict: Conflict | None, flapping: bool,
        laid: Sequence[Edit],
    ) -> list[Edit]:
        ledger = self.ledger
        for contender in [c for c in contenders if not is_fresh(c, cell) and self.entity.same(unit, c.value, cell.value)]:
            contenders.remove(contender)
            ledger.say(unit, contender.link, "agreed", contender.value, "same value")
            for link in ledger.showing(unit, [contender]):
                ledger.up_to_date(link, unit)
        if not contenders:
            ledger.close(unit)
            return []
        forbidden = any(c.rev is None and c.link in ledger.links and not ledger.may_edit(c.link, unit) for c in contenders)
        flapping |= forbidden and conflict is not None and conflict.reason == "flapping"
        verdict = Open("flapping") if flapping else settle(
            self.entity, ledger.authority, unit, cell, contenders, ledger.systems, defend=forbidden)
        if isinstance(verdict, Open):
            self._hold(unit, conflict, "ask" if forbidden and not flapping else verdict.reason, contenders, laid)
            return []
        ledger.close(unit)
        follows: list[Edit] = []
        if cell.rev != NEVER and self.entity.same(unit, verdict.value, cell.value):
            for link in ledger.showing(unit, verdict.winners):
                ledger.up_to_date(link, unit)
            for contender in verdict.winners:
                ledger.say(unit, contender.link, "agreed", contender.value, verdict.rule)
        else:
            showing = ledger.showing(unit, verdict.winners)
            origins = sorted(c.link for c in verdict.winners)
            follows = heirs.win(ledger, unit, verdict.value, origins[0] if origins else RULE, showing)
            for contender in verdict.winners:
                ledger.say(unit, contender.link, "won", contender.value, verdict.rule, cell.value)
                own = contender.rev is None and contender.link in ledger.links
                if own and cell.rev != NEVER and cell.origin != contender.link:
                    ledger.retaken.add((contender.link, unit))
            if cell.rev != NEVER and not any(is_fresh(c, cell) for c in contenders):
                ledger.say(unit, cell.origin, "overruled", cell.value, verdict.rule, verdict.value)
        for contender in verdict.losers:
            ledger.lose(unit, contender)
            ledger.say(unit, contender.link, "overruled", contender.value, verdict.rule, verdict.value)
        heirs.discard(ledger, unit, verdict.value, verdict.losers)
        return follows

    def _hold(
        self, unit: str, conflict: Conflict | None, reason: Reason, contenders: Iterable[Contender], laid: Sequence[Edit]
    ) -> None:
        ledger = self.ledger
        ordered = tuple(sorted(contenders, key=lambda c: (c.link, c.rev or 0)))
        if conflict is None or conflict.contenders != ordered or conflict.reason != reason:
            ledger.conflicts[unit] = Conflict(unit, ledger.rev, reason, ordered)
        for edit in laid:
            ledger.say(unit, edit.link, "contends", edit.value, reason, ledger.cell(unit).value)

    # ---- consent

    def _consents(self, edits: Sequence[Edit]) -> None:
        """Consent is joined, never held, and nothing stops a withdrawal (merge.md 9)."""
        ledger = self.ledger
        by_unit: dict[str, list[Edit]] = defaultdict(list)
        for edit in edits:
            by_unit[edit.unit].append(edit)
        for unit in sorted(by_unit):
            cell = ledger.cell(unit)
            counts = [e for e in by_unit[unit] if self._counts(unit, e, cell)]
            result, origin = join_consents(cell, [(e.link, e.value) for e in counts])
            if counts and not self.entity.same(unit, result, cell.value):
                ledger.set(unit, result, origin, [e.link for e in counts if self.entity.same(unit, e.value, result)])
            for edit in counts:
                if self.entity.same(unit, edit.value, result):
                    fate: Fate = "won" if ledger.cell(unit).rev == ledger.rev else "agreed"
                    ledger.say(unit, edit.link, fate, edit.value, "consent joined")
                    ledger.up_to_date(edit.link, unit)
                else:
                    ledger.say(unit, edit.link, "overruled", edit.value, "consent joined", result)
                    ledger.fall_behind(edit.link, unit, ledger.seen(edit.link, unit))

    def _counts(self, unit: str, edit: Edit, cell: Cell) -> bool:
        """Does the join take it? A statement that is not made any more unsays nothing; a grant needs the right."""
        ledger, link = self.ledger, edit.link
        if edit.value is not None and (is_withdrawal(edit.value) or ledger.may_edit(link, unit)):
            return True
        leave = ledger.authority.rule(unit).others == "leave" or cell.rev == NEVER
        if edit.value is not None and leave and not is_withdrawal(cell.value):
            ledger.left[link][unit] = Left(cell.rev, edit.seen)
            ledger.behind[link].pop(unit, None)
            ledger.say(unit, link, "left", edit.value, "not the owner: left", cell.value)
        else:
            rule = "consent is not unsaid" if edit.value is None else "not the owner: corrected"
            ledger.say(unit, link, "overruled", edit.value, rule, cell.value)
            ledger.fall_behind(link, unit, ledger.seen(link, unit))
        return False


def _nothing_known(unit: str, cell: Cell) -> bool:
    """Writing back what the contact never had would empty a field no user emptied (merge.md 14 f)."""
    return cell.rev == NEVER and not is_member(unit)
