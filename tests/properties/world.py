"""A world of in-memory systems around the pure rules: no store, no engine, no clock.

A history is a list of steps ``(name, a, b, racing)``; the numbers choose modulo what there is, so that every history
is possible. A racing step happens in the next cycle, between pull and push. After every merge and every cycle the
laws of merge.md 14 are checked; ``quiet`` lets everything come to rest and checks the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from world_mapping import Remapping
from world_state import AUTHORITIES, MOST_SYSTEMS, SCALARS, Contact, Outstanding, Seat, chain, turned
from world_systems import PERSON, Record, System, Trace, Write, keep, lay, project
from world_trail import Chronicle, LawBroken, Look

from hub.model.state import UNSET, Answer, ContactState, Edit, LinkState, MergeOutcome, Send
from hub.model.units import Projection, member, primary, replaced_by, set_of, split
from hub.rules import diff as diff_rule
from hub.rules import merge as merge_rule
from hub.rules import settle as settle_rule
from hub.rules import shape as shape_rule
from hub.rules.settle import value_of
from hub.rules.since import Row

USERS: dict[str, Callable[[System, int, int], Write | None]] = {
    "type": lambda s, n, b: s.user_types(n, SCALARS[b % 3]),
    "blank": lambda s, n, b: s.user_sets(n, SCALARS[b % 3], None),
    "take back": lambda s, n, b: s.user_takes_back(n, b),
    "add": lambda s, n, b: s.user_adds(n),
    "remove": lambda s, n, b: s.user_removes(n, b),
    "replace": lambda s, n, b: s.user_replaces(n, b),
    "add again": lambda s, n, b: s.user_adds_again(n),
    "type back": lambda s, n, b: s.user_types_back(n, b),
    "label": lambda s, n, b: s.user_labels(n, b),
    "lead": lambda s, n, b: s.user_leads(n, b),
    "move": lambda s, n, b: s.user_moves(n, b),
    "consent": lambda s, n, b: s.user_consents(n, b % 2 == 0),
}


class World(Remapping):
    """2 to 8 systems, and the contacts their records make. ``casts``: an index into CASTS for each system."""

    def __init__(self, casts: Sequence[int], authority: int = 0) -> None:
        self.authority = AUTHORITIES[authority % len(AUTHORITIES)]
        self.book = Chronicle()
        self.contacts: list[Contact] = []
        self.systems: list[System] = []
        self.rev = 0
        self.number = 0
        self.dark: dict[str, int] = {}
        self.losing: dict[str, bool] = {}
        self.racing: list[tuple[str, int, int]] = []
        self.looks: list[tuple[Contact, Look]] = []
        self.due: list[tuple[Contact, Look]] = []
        self.writes_made = 0
        self.blurred: set[str] = set()
        self.said: list[Write] = []
        for n, cast in enumerate(casts[:MOST_SYSTEMS]):
            self._arrive(cast, n, copies=1 if (cast + n) % 4 else 0)
            if n:
                self.join_contacts(0, len(self.contacts) - 1)

    # ---- what can happen

    def user(self, name: str, a: int, b: int, racing: bool = False) -> None:
        """Somebody types; ``racing``: in the next cycle, between pull and push."""
        if racing:
            self.racing.append((name, a, b))
        else:
            self._user(name, a, b)

    def _user(self, name: str, a: int, b: int) -> None:
        system = self.systems[a % len(self.systems)]
        self.number += 1
        places = [r.key for r in system.record.rows]
        write = USERS[name](system, self.number, b)
        if write is None:
            return
        system.came_back |= name in ("add again", "type back")
        if name in ("replace", "type back"):
            old = next(k for k in places if k not in {r.key for r in system.record.rows})
            new = write.value["replaced_by"]
            if name == "type back" and self.book.root(old) != self.book.root(new):
                self.blurred |= {old, new}
            self.book.replaced(old, new)
        if name == "add again":
            self.blurred.add(split(write.unit)[1] or "")
        seat = self._seat(system)
        if seat is not None and seat.send is not None and not system.traits.marker:
            write = replace(write, unsure=True)
            for unit in system.pending:
                system.pending[unit] = [write if w.id == write.id else w for w in system.pending[unit]]
        self.book.note(write)

    def _seat(self, system: System) -> Seat | None:
        return next((c.seats[system.link] for c in self.contacts if system.link in c.seats), None)

    def goes_dark(self, a: int, b: int) -> None:
        self.dark[self.systems[a % len(self.systems)].name] = 1 + b % 3

    def loses_an_answer(self, a: int, b: int) -> None:
        """The next write to this system gets no answer: it landed, or not."""
        self.losing[self.systems[a % len(self.systems)].name] = b % 2 == 0

    def person_looks(self, a: int, b: int) -> None:
        """A reviewer decides, on what he sees now; the answer may come much later."""
        found = [(c, q) for c in self.contacts for _, q in sorted(c.state.conflicts.items())]
        if not found:
            return
        contact, conflict = found[a % len(found)]
        unit, cell = conflict.unit, contact.state.units.get(conflict.unit, UNSET)
        past = contact.trail.of(unit)[1].union(*(t[1] for k, t in contact.trail.contending.items() if k[0] == unit))
        past = past.union(*(contact.trail.of(u)[1] for u in chain(contact, unit)))
        self.number += 1
        by = f"reviewer {self.number}"
        choices: list[Any] = [*(c.value for c in conflict.contenders), cell.value]
        if b % 7 == 6:
            self.looks.append((contact, Look(Answer(unit, conflict.number, keep_each=True, by=by), past)))
            return
        write = None
        value = choices[b % len(choices)]
        if b % 7 == 5 and set_of(unit) is None:
            value, write = f"{self.number:03} by a person", self.number
            self.book.note(Write(write, "", unit, value, past | {write}))
        self.looks.append((contact, Look(Answer(unit, conflict.number, value, by=by), past, write)))

    def person_answers(self, a: int, b: int) -> None:
        if self.looks:
            self.due.append(self.looks.pop(a % len(self.looks)))

    # ---- a cycle

    def cycle(self, a: int = 0, b: int = 0) -> bool:
        """Pull, merge, plan, push. True if anything was edited or written."""
        busy = False
        for contact in list(self.contacts):
            busy |= self._merge(contact, a)
        racing, self.racing = self.racing, []
        for name, x, y in racing:
            self._user(name, x, y)
        for contact in self.contacts:
            for link in sorted(contact.seats):
                if not self.dark.get(contact.seats[link].system.name):
                    busy |= self._write(contact, link)
        for name in list(self.dark):
            self.dark[name] -= 1
            if not self.dark[name]:
                del self.dark[name]
        return busy

    def _merge(self, contact: Contact, seed: int) -> bool:
        edits: list[Edit] = []
        sources: dict[tuple[str, str], Trace] = {}
        for link in sorted(contact.seats):
            if not self.dark.get(contact.seats[link].system.name):
                edits += self._pull(contact, link, sources)
        looks = [x for c, x in self.due if c is contact]
        self.due = [(c, x) for c, x in self.due if c is not contact]
        if not edits and not looks:
            self._check(contact)
            return False
        self._take(contact, edits, sources, looks, seed)
        return True

    def _take(
        self, contact: Contact, edits: Sequence[Edit], sources: dict[tuple[str, str], Trace], looks: Sequence[Look], seed: int
    ) -> None:
        before = contact.state
        self.rev += 1
        outcome = self._merged(before, edits, [x.answer for x in looks], seed)
        self.book.merged(contact.trail, before, edits, sources, outcome, looks)
        contact.state = outcome.apply(before)
        contact.rows.append(Row(self.rev, outcome.changed, outcome.decisions))
        contact.remember()
        for link, unit in outcome.corrected:
            contact.seats[link].to_count.add(unit)
        self._same_eyes(contact, before, outcome)
        self._check(contact)

    def _merged(self, state: ContactState, edits: Sequence[Edit], answers: Sequence[Answer], seed: int) -> MergeOutcome:
        """Law (a): the same outcome whatever the order of links and edits."""
        def once(links: ContactState, ordered: Sequence[Edit]) -> MergeOutcome:
            return merge_rule.merge(PERSON, links, ordered, rev=self.rev, at=self.rev, authority=self.authority, answers=answers)

        outcome = once(state, edits)
        shuffled = list(edits)
        random.Random(seed).shuffle(shuffled)
        if once(turned(state), shuffled) != outcome or once(state, edits[::-1]) != outcome:
            raise LawBroken("a", "the merge depends on the order of links or edits")
        return outcome

    def _pull(self, contact: Contact, link: str, sources: dict[tuple[str, str], Trace]) -> list[Edit]:
        seat = contact.seats[link]
        system = seat.system
        if system.version == seat.version and seat.send is None:
            return []
        observed, shadow, sent = system.project(), seat.shadow, None
        state = contact.state.links[link]
        if seat.send is not None:
            settled = settle_rule.settle_send(
                PERSON, seat.send.send, contact.state.units, shadow, state.behind, observed, marker_there=system.record.marker)
            shadow, sent = settled.shadow, settled.sent
            for unit in state.behind.keys() - settled.behind.keys():
                self._saw_the_same(contact, system, unit)
            state = replace(state, behind=settled.behind)
            seat.send = None
        state = replace(state, corrections=dict(seat.corrections))
        contact.state = replace(contact.state, links={**contact.state.links, link: state})
        edits = diff_rule.diff(
            PERSON, state, contact.state.units, shadow, observed, sent=sent, slot_change=system.traits.slot_change)
        for edit in edits:
            if edit.unit not in system.pending:
                raise LawBroken("f", f"{edit} was made by nobody")
            if edit.kind == "replace":
                self._typed_over(system, edit)
            sources[edit.unit, link] = system.trace(edit.unit)
        for row in system.record.rows:
            unit = member("emails", row.key)
            sources.setdefault((unit, link), system.trace(unit))
        for unit, writes in system.pending.items():
            for write in writes:
                if unit == write.unit:
                    if sent is None:
                        self._one_correction(system, write, shadow, observed, edits)
                    self._read(write, edits, PERSON.same(unit, value_of(PERSON, shadow, unit), value_of(PERSON, observed, unit)))
        self.said += system.pending.get("consents[news:email]", [])[-1:]
        system.pending.clear()
        system.came_back = False
        seat.shadow, seat.known, seat.version = observed, system.record.copy(), system.version
        return list(edits)

    def _typed_over(self, system: System, edit: Edit) -> None:
        """To empty a slot and to fill it again is to type it over."""
        base, key, _ = split(edit.unit)
        new = edit.value["replaced_by"]
        self.book.replaced(key or "", new)
        (top, past), (old_top, old_past) = system.trace(member(base, new)), system.trace(edit.unit)
        system.traces[member(base, new)] = (top, past | old_past)
        system.traces[edit.unit] = (old_top | top, past | old_past)

    def _read(self, write: Write, edits: Sequence[Edit], same: bool) -> None:
        """``same``: the record shows of this unit what it showed when it was last read."""
        unit = write.unit
        self.book.pulled.add(write.id)
        new = replaced_by(write.value)
        if new is not None and not any(e.unit == unit and e.kind == "replace" and replaced_by(e.value) == new for e in edits):
            self.blurred.add(new)  # where rows have no ids nobody can tell
        if any(self.book.family(e.unit) == self.book.family(unit) for e in edits):
            return
        if write.unsure and (write.value is None or set_of(unit) is not None):
            self.book.end([write.id], "nobody can tell whether our write landed")
        elif write.id in self.book.seen_later:
            return
        elif not same and not self._took_its_place(write) and not any(replaced_by(e.value) == write.value for e in edits):
            raise LawBroken("b", f"write {write.id} of {unit}={write.value!r} in {write.system} was not noticed")
        self.book.end([write.id], "back where it was")

    def _one_correction(
        self, system: System, write: Write, shadow: Projection, observed: Projection, edits: Sequence[Edit]
    ) -> None:
        """Where places have names, what is typed over is one edit (merge.md 4); unless it changed places too."""
        new, old = replaced_by(write.value), split(write.unit)[1]
        places = system.traits.emails in ("rows", "slots") and system.traits.slot_change == "replace"
        if primary("emails") in system.pending:
            return
        if new is None or not places or old not in shadow["emails"] or new not in observed["emails"] or new in shadow["emails"]:
            return
        if old not in observed["emails"] and not any(e.kind == "replace" and replaced_by(e.value) == new for e in edits):
            raise LawBroken("b", f"{old} was typed over with {new} in {system.name}, and they became two addresses")

    def _same_eyes(self, contact: Contact, before: ContactState, outcome: MergeOutcome) -> None:
        """Who asserted the contact's value, or was found to show it, has seen whatever else it came from."""
        for link, seat in contact.seats.items():
            for unit in before.links[link].behind.keys() - outcome.behind[link].keys() - outcome.left[link].keys():
                self._saw_the_same(contact, seat.system, unit)
        for d in outcome.decisions:
            if d.fate in ("won", "agreed") and d.link in contact.seats:
                self._sees(contact, contact.seats[d.link].system, d.unit)

    def _sees(self, contact: Contact, system: System, unit: str) -> None:
        top, past = system.trace(unit)
        hub_top, hub_past = contact.trail.of(unit)
        system.traces[unit] = (top | hub_top, past | hub_past)

    def _saw_the_same(self, contact: Contact, system: System, unit: str) -> None:
        """What the record showed when it was read is what the contact has, so whoever typed since has seen that."""
        self._sees(contact, system, unit)
        base, key, name = split(unit)
        if name is not None and key is not None:
            top, past = system.trace(member(base, key))
            system.traces[member(base, key)] = (top, past | contact.trail.of(unit)[1])

    def _took_its_place(self, write: Write) -> bool:
        """Where a slot's new content is an addition, what was emptied there just before stays (merge.md 8). And who
        chose a primary and then removed it chose none."""
        system = next(s for s in self.systems if s.name == write.system)
        return system.traits.slot_change == "add" or (
            write.unit == primary("emails")
            and (len(system.record.rows) <= 1 or write.value not in {r.key for r in system.record.rows}))

    # ---- plan, write, answer

    def _write(self, contact: Contact, link: str) -> bool:
        seat, state = contact.seats[link], contact.state.links[link]
        if not state.behind or seat.send is not None:
            return False
        frozen = self.frozen(contact, state)
        show = shape_rule.wanted(PERSON, contact.state.units, self.due_there(contact, state), seat.shadow, state.covers, frozen)
        laid = lay(seat.system.traits, seat.known, show, shape_rule.order(contact.state.units, "emails"))
        sent = {u: contact.state.units.get(u, UNSET).rev for u in state.behind if not frozen(u) and state.covers(u)}
        if project(seat.system.traits, laid) == project(seat.system.traits, seat.known):
            for unit in sent:
                self._saw_the_same(contact, seat.system, unit)
            behind = {u: r for u, r in state.behind.items() if u not in sent}
            contact.state = replace(contact.state, links={**contact.state.links, link: replace(state, behind=behind)})
            return False
        if seat.system.version != seat.version:
            return False  # stale: refused, read again in the next cycle
        self.writes_made += 1
        lost = self.losing.pop(seat.system.name, None)
        shown = project(seat.system.traits, laid)
        send = Send(sent, shown, {}, f"m{self.writes_made}" if seat.system.traits.marker else None)
        if lost is not False:
            self._stored(contact, seat, laid, send)
        if lost is not None:
            seat.send = Outstanding(send, lost, set(sent))
            return True
        behind = settle_rule.answered(contact.state.units, state.behind, sent)
        contact.state = replace(contact.state, links={**contact.state.links, link: replace(state, behind=behind)})
        seat.shadow, seat.known, seat.version = seat.system.project(), seat.system.record.copy(), seat.system.version
        for unit in seat.to_count & sent.keys():
            seat.corrections[unit] = seat.corrections.get(unit, 0) + 1
            seat.to_count.discard(unit)
        return True

    @staticmethod
    def due_there(contact: Contact, link: LinkState) -> Mapping[str, int | None]:
        """What may have to be written to a link: what it is behind on (merge.md 12)."""
        return link.behind

    def _stored(self, contact: Contact, seat: Seat, laid: Record, send: Send) -> None:
        system = seat.system
        before = {r.key for r in system.record.rows}
        self._no_removal_unasked(contact, seat, laid)
        system.record = keep(system.traits, system.record, laid, system.new_row)
        system.record.marker = send.marker
        system.version += 1
        shown = {f"emails[{r.key}]" for r in system.record.rows if r.key not in before}
        shown |= {f"{u}.label" for u in shown}
        for unit in shown | set(send.sent):
            if unit in contact.trail.hub:
                system.traces[unit] = contact.trail.of(unit)

    # ---- at rest

    def quiet(self) -> None:
        """Users and faults stop. Within six cycles nothing may move any more; then every link shows the contact."""
        self.dark.clear()
        self.losing.clear()
        for name, x, y in self.racing:
            self._user(name, x, y)
        self.racing.clear()
        self.due.clear()
        for _ in range(6):
            if not self.cycle():
                break
        else:
            raise LawBroken("c", "it never falls silent")
        before = [c.state for c in self.contacts]
        if self.cycle() or [c.state for c in self.contacts] != before:
            raise LawBroken("c", "a silent cycle changed something")
        for contact in self.contacts:
            for link in sorted(contact.seats):
                self._shows(contact, link)
            self._one_value_each(contact)
