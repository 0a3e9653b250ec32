"""Contacts that begin, become one, and are parted again: the second half of a world."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from world_rest import Rest
from world_state import MOST_SYSTEMS, Contact, Joined, Seat, turned
from world_systems import CASTS, NOTHING, PERSON, System, Trace
from world_trail import LawBroken, Trail

from hub.model.state import RULE, UNSET, Cell, ContactState, LinkState, MergeOutcome
from hub.model.units import member, primary, set_of, split
from hub.rules import join as join_rule
from hub.rules import since as since_rule
from hub.rules import unmerge as unmerge_rule
from hub.rules.since import Row
from hub.rules.unmerge import Before


class Joining(Rest):
    """Births, joinings and partings. A part of ``World``."""

    def arrives(self, a: int, b: int) -> None:
        """A new system with a record of its own, a contact of its own at first."""
        if len(self.systems) < MOST_SYSTEMS:
            self._arrive(a % len(CASTS), len(self.systems), copies=b)

    def _arrive(self, cast: int, n: int, copies: int = 0) -> None:
        system = System(f"s{n}", CASTS[cast % len(CASTS)])
        self.systems.append(system)
        template = self.systems[0].project()
        for unit in system.traits.scalars[: 1 + copies % 3]:
            self._user("type", n, ("given", "notes", "birthday").index(unit))
            if copies % 2 and template.get(unit) and not system.traits.cut:
                self.number += 1
                self._same_as_elsewhere(system, unit, template[unit])
        if copies % 4 != 3:
            self._user("add", n, 0)
        if copies % 4 == 2:
            self._user("move", n, 1)
            self._user("consent", n, copies)
        self._be_born(system)

    def _same_as_elsewhere(self, system: System, unit: str, value: Any) -> None:
        write = system.user_sets(self.number, unit, value)
        if write is not None:
            self.book.note(write)

    def _be_born(self, system: System) -> None:
        shown = system.project()
        self.rev += 1
        units, left = join_rule.birth(
            PERSON, shown, system.link, system.name, rev=self.rev, at=self.rev, authority=self.authority)
        link = LinkState(system.link, system.name, system.traits.covers, {}, left)
        trail = Trail({u: system.trace(u) for u in units})
        for each in (w for ws in system.pending.values() for w in ws):
            self.book.pulled.add(each.id)
            if each.unit not in units or units[each.unit].value != each.value:
                self.book.end([each.id], "left at birth" if each.unit in left else "typed over before birth")
        self.said += system.pending.get("consents[news:email]", [])[-1:]
        system.pending.clear()
        system.came_back = False
        seat = Seat(system, shown, system.record.copy(), system.version)
        self.contacts.append(Contact(ContactState(units, {system.link: link}), {system.link: seat}, trail))
        self.contacts[-1].remember()

    def two_join(self, a: int, b: int) -> None:
        if len(self.contacts) > 1:
            first, second = a % len(self.contacts), b % len(self.contacts)
            if first != second:
                self.join_contacts(first, second)

    def join_contacts(self, first: int, second: int) -> None:
        kept, other = self.contacts[first], self.contacts[second]
        self.rev += 1
        outcome = self._joined(kept.state, other.state)
        row = Row(self.rev, outcome.changed, outcome.decisions, dict(other.state.units))
        kept.joins.append(Joined(row, _before(kept), _before(other), kept.trail, replace(other)))
        kept.stood.update(other.stood)
        self._follow_join(kept, other, outcome)
        links = {i: replace(link, behind=outcome.behind[i], left=outcome.left[i])
                 for i, link in {**kept.state.links, **other.state.links}.items()}
        kept.state = ContactState(dict(outcome.units), links, dict(outcome.conflicts))
        kept.seats.update(other.seats)
        for link in links.values():
            for unit in outcome.units:
                left = link.left.get(unit)
                if link.covers(unit) and unit not in link.behind and (left is None or left.seen == outcome.units[unit].rev):
                    self._sees(kept, kept.seats[link.id].system, unit)
        self.contacts.remove(other)
        self.looks = [(kept if c is other else c, x) for c, x in self.looks]
        self.due = [(kept if c is other else c, x) for c, x in self.due]
        kept.rows.append(row)
        kept.remember()
        self._check(kept)

    def _joined(self, kept: ContactState, other: ContactState) -> MergeOutcome:
        outcome = join_rule.join(PERSON, kept, other, rev=self.rev, at=self.rev, authority=self.authority)
        again = join_rule.join(PERSON, turned(kept), turned(other), rev=self.rev, at=self.rev, authority=self.authority)
        if outcome != again:
            raise LawBroken("a", "joining depends on the order of links")
        return outcome

    def _follow_join(self, kept: Contact, other: Contact, outcome: MergeOutcome) -> None:
        first, second = kept.trail, other.trail
        trail = Trail(dict(first.hub), {**second.contending, **first.contending})
        ended = {(d.unit, d.link): d for d in outcome.decisions if d.fate == "overruled"}
        for unit in sorted(kept.state.units.keys() | other.state.units.keys()):
            mine, theirs = kept.state.units.get(unit, UNSET), other.state.units.get(unit, UNSET)
            now = outcome.units[unit]
            if theirs.rev == 0:
                continue
            if mine.rev != 0 and PERSON.same(unit, mine.value, theirs.value):
                trail.hub[unit] = (first.of(unit)[0] | second.of(unit)[0], first.of(unit)[1] | second.of(unit)[1])
            elif now.rev == theirs.rev and mine.rev != theirs.rev:
                trail.hub[unit] = second.of(unit)
                if mine.rev:
                    self.book.end(first.of(unit)[0], "consent joined")
            elif any(c.rev == theirs.rev for c in outcome.conflicts[unit].contenders) if unit in outcome.conflicts else False:
                trail.contending[unit, theirs.origin, theirs.rev] = second.of(unit)
            elif any(d.unit == unit and d.link == theirs.origin for d in outcome.decisions) and (unit, theirs.origin) in ended:
                self.book.end(second.of(unit)[0], ended[unit, theirs.origin].rule)
            elif any(d.unit == unit and d.fate == "overruled" for d in outcome.decisions):
                self.book.end(first.of(unit)[0], "prefer")
                trail.hub[unit] = second.of(unit)
            elif set_of(unit) == "consents":
                self.book.end(second.of(unit)[0], "consent joined")
        for unit, conflict in outcome.conflicts.items():
            for c in conflict.contenders:
                if c.rev is None and unit in outcome.units and c.seen == outcome.units[unit].rev:
                    top, past = trail.contending[unit, c.link, None]
                    trail.contending[unit, c.link, None] = (top, past | trail.of(unit)[1])
        stay = {(u, c.link, c.rev) for u, q in outcome.conflicts.items() for c in q.contenders}
        values = {(u, c.link, c.rev): c.value for state in (kept.state, other.state)
                  for u, q in state.conflicts.items() for c in q.contenders}
        for key in sorted(trail.contending.keys() - stay, key=str):
            if not PERSON.same(key[0], values[key], outcome.units[key[0]].value):
                raise LawBroken("b", f"{values[key]!r} of {key[1]} contended for {key[0]}, and joining forgot it")
            self.book.end(trail.contending.pop(key)[0], "same value")
        self.book.sound(trail, kept.state, outcome)
        kept.trail = trail

    # ---- parted again

    def two_part(self, a: int, b: int) -> None:
        """A joining was a mistake; not always the last one."""
        found = [(c, j) for c in self.contacts for j in c.joins]
        if found:
            self.part(*found[a % len(found)])

    def part(self, contact: Contact, joined: Joined) -> None:
        self.rev += 1
        since = [row for row in contact.rows if row.seq > joined.row.seq]
        came = since_rule.came_since(PERSON, joined.row, since, contact.state.units)
        kept = joined.kept.without(PERSON, (i for row in since for i in row.left))
        first, second = unmerge_rule.unmerge(PERSON, contact.state, kept, joined.other, rev=self.rev, came=came)
        again = unmerge_rule.unmerge(PERSON, turned(contact.state), kept, joined.other, rev=self.rev, came=came)
        if (first, second) != again:
            raise LawBroken("a", "parting depends on the order of links")
        now, other = replace(contact), joined.contact
        if since:  # decision 0011: of what came while it was away it knows only the last
            other.joins = []
        contact.joins.remove(joined)
        contact.rows.append(Row(self.rev, first.changed, (), {}, joined.other.links))
        was = joined.other.units
        other.rows.append(Row(self.rev, {u: was.get(u, UNSET) for u in second.units.keys() | was.keys()
                                         if was.get(u) != second.units.get(u)},
                              since_rule.consents_said(PERSON, since, joined.other.links)))
        self._nothing_dropped(now, first, second, joined.other.links)
        for side, outcome, before in ((contact, first, joined.kept_trail), (other, second, other.trail)):
            mine = {i: link for i, link in now.state.links.items() if i in outcome.behind}
            side.seats = {i: now.seats[i] for i in mine}
            side.trail = _parted_trail(now, outcome, before)
            for unit, cell in outcome.units.items():
                if set_of(unit) == "consents":  # a statement that never stood comes back too
                    side.trail.hub[unit] = self._stated(unit, cell.value)
            side.stood = dict(now.stood)
            side.state = outcome.apply(ContactState({}, mine))
            side.remember()
        self.contacts.append(other)
        self.book.confused = True
        for side in (contact, other):
            self._check(side)

    def _nothing_dropped(self, now: Contact, first: MergeOutcome, second: MergeOutcome, theirs: frozenset[str]) -> None:
        """Law (b): who contends goes on contending on his side, unless that side has his value now."""
        for unit, conflict in now.state.conflicts.items():
            for c in conflict.contenders:
                side = second if c.link in theirs else first
                there = side.conflicts[unit].contenders if unit in side.conflicts else ()
                cell = side.units.get(unit, UNSET)
                if c in there:
                    continue
                if c.rev != cell.rev and not PERSON.same(unit, c.value, cell.value):
                    raise LawBroken("b", f"{c.value!r} of {c.link} contended for {unit}, and parting forgot it")
                self.book.end(now.trail.contending[unit, c.link, c.rev][0], "same value")
        for outcome in (first, second):
            self._went_along(now, outcome)

    def _stated(self, unit: str, value: Any) -> Trace:
        said = frozenset(w.id for w in self.book.writes.values() if w.unit == unit and w.value == value)
        return said, said.union(*(self.book.writes[w].past for w in said))

    def _went_along(self, now: Contact, outcome: MergeOutcome) -> None:
        """What was said of a member goes with the member: its label, and that it is the primary one."""
        here = {now.seats[i].system.name for i in outcome.behind}
        lead_unit = primary("emails")
        if outcome.units.get(lead_unit, Cell(None, 0, RULE)).origin == RULE:
            chosen = (w for w in self.book.writes.values() if w.unit == lead_unit and w.system in here)
            self.book.end((w.id for w in chosen if outcome.units.get(member("emails", w.value), UNSET).value is None),
                          "its member is another person's")
        for unit, cell in now.state.units.items():
            _, key, name = split(unit)
            lead = key is None and set_of(unit) is not None
            home = member(set_of(unit) or "", cell.value if lead else key or "")
            if (lead or name is not None) and outcome.units.get(home, UNSET).value is None and outcome.units.get(unit) != cell:
                own = [w for w in now.trail.of(unit)[0] if self.book.writes[w].system in here]
                self.book.end(own, "its member is another person's")


def _before(contact: Contact) -> Before:
    return Before(dict(contact.state.units), frozenset(contact.seats), dict(contact.state.conflicts))


def _parted_trail(now: Contact, outcome: MergeOutcome, before: Trail) -> Trail:
    hub: dict[str, Trace] = {unit: now.stood.get((unit, cell.rev), NOTHING) for unit, cell in outcome.units.items()}
    known = {**before.contending, **now.trail.contending}
    contending = {key: known.get(key) or now.stood[u, c.rev or 0]
                  for u, q in outcome.conflicts.items() for c in q.contenders for key in [(u, c.link, c.rev)]}
    return Trail(hub, contending)
