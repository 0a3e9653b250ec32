"""The working set of one transaction: some contacts with all that belongs to them, loaded with a constant number of
statements, changed in memory, stored the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.engine.recognising import learn, recognised
from hub.model.life import ENDED, RESUMING
from hub.model.refs import RecordRef
from hub.model.state import Cell, Conflict, ContactState, LinkState, MergeOutcome
from hub.model.units import Projection
from hub.rules.lenses.lens import NO_REFS, Refs, Unresolved
from hub.rules.rulebook import Rulebook
from hub.store import contacts, journal, plans, reviews
from hub.store.contacts import ContactRow, LinkRow
from hub.store.store import Tx

CORRECTION_WINDOW_S = 7 * 86400.0


def _everything(unit: str) -> bool:
    """What a system that is not configured now covers nobody knows: it is behind on whatever changes."""
    return True


class Desk:
    """Contacts on the desk. ``contacts``, ``links`` by id; ``conflicts``: contact → unit → conflict; ``unread``: links of which
    something arrived that is not merged yet, where that is asked."""

    def __init__(self, tx: Tx, book: Rulebook, run: str, actor: str = "hub") -> None:
        self.tx, self.book, self.run, self.actor = tx, book, run, actor
        self.entity = book.entity
        self.contacts: dict[str, ContactRow] = {}
        self.links: dict[str, LinkRow] = {}
        self.conflicts: dict[str, dict[str, Conflict]] = {}
        self.intents: dict[str, list[plans.IntentRow]] = {}
        self.entries: list[journal.Entry] = []
        self.keys: dict[str, Projection] = {}
        self.unread: set[str] = set()
        self.history: list[tuple[str, str | None, str | None, str, int]] = []
        self.parked: dict[tuple[str, str], plans.Parked] = {}
        self._by_ref: dict[RecordRef, contacts.Known] = {}
        self._waits: dict[str, tuple[str, list[str]]] = {}
        self._intents_now: dict[str, tuple[str, str]] = {}
        self._writes_now: dict[str, tuple[str, str]] = {}
        self._known_contacts: set[str] = set()
        self._known_links: set[str] = set()
        self._conflicts_before: list[reviews.ConflictRow] = []
        self._touched_contacts: set[str] = set()
        self._touched_links: set[str] = set()
        self._recognised: set[str] = set()
        self._written: set[str] = set()
        self._ended: set[str] = set()
        self._of: dict[str, set[str]] = {}
        self._aliases: dict[str, str] | None = None

    # ---- loading

    def take(self, ids: Iterable[str]) -> None:
        """Load these contacts with links, conflicts and open intents."""
        wanted = [i for i in set(ids) if i not in self.contacts]
        found = contacts.load_contacts(self.tx, wanted)
        self.contacts.update(found)
        self._known_contacts |= found.keys()
        for link in contacts.load_links(self.tx, contacts=found).values():
            self.links[link.id] = link
            self._known_links.add(link.id)
            if link.life in ENDED:
                self._ended.add(link.id)
            self._of.setdefault(link.contact, set()).add(link.id)
        rows = reviews.load_conflicts(self.tx, found)
        self._conflicts_before += rows
        for row in rows:
            self.conflicts.setdefault(row.contact, {})[row.conflict.unit] = row.conflict
        earlier = [old for old, now in self.aliases.items() if now in found]
        mine = [k.id for k in self.links.values() if k.contact in found]
        creates = [i for i in plans.open_intents(self.tx, contacts=[*found, *earlier]) if i.link is None]
        for intent in [*creates, *plans.open_intents(self.tx, links=mine)]:
            home = self.links[intent.link].contact if intent.link in self.links else self.alias(intent.contact)
            self.intents.setdefault(home, []).append(intent)

    def links_of(self, contact: str) -> list[LinkRow]:
        return [self.links[i] for i in sorted(self._of.get(contact, ()))]

    def live_links(self, contact: str) -> list[LinkRow]:
        return [k for k in self.links_of(contact) if k.live]

    @property
    def aliases(self) -> dict[str, str]:
        if self._aliases is None:
            self._aliases = contacts.aliases(self.tx)
        return self._aliases

    def alias(self, contact: str) -> str:
        return self.aliases.get(contact, contact)

    # ---- changing

    def touch(self, row: ContactRow | LinkRow) -> None:
        if isinstance(row, ContactRow):
            self._touched_contacts.add(row.id)
        else:
            self._touched_links.add(row.id)

    def add_contact(self, row: ContactRow) -> None:
        self.contacts[row.id] = row
        self.touch(row)

    def add_link(self, row: LinkRow) -> None:
        self.links[row.id] = row
        self._of.setdefault(row.contact, set()).add(row.id)
        self.touch(row)

    def move_link(self, link: LinkRow, to: str, cause: str, seq: int) -> None:
        self._of.get(link.contact, set()).discard(link.id)
        self.history.append((link.id, link.contact, to, cause, seq))
        link.contact = to
        self._of.setdefault(to, set()).add(link.id)
        self.touch(link)

    def recognise(self, link: LinkRow) -> None:
        """What matching sees of the record is new: it gets its keys, and is compared with those that share one."""
        self._recognised.add(link.id)

    def wrote(self, link: LinkRow) -> None:
        """What matching sees of the record is new, and our own doing."""
        self._written.add(link.id)

    def wait_for(self, link: LinkRow, native_ids: Sequence[str]) -> None:
        """The link's record names records that have no contact yet; it is compared again when they get one."""
        if native_ids:
            self._waits[link.id] = (link.ref.system, list(native_ids))

    def park(self, place: str, version: str | None, digest: str, lens_hash: str, reason: str) -> None:
        """A write that was refused, or that cannot be said there; ``place``: the link, or the contact of a create."""
        self.parked[place, digest] = plans.Parked(place, version, digest, lens_hash, reason)

    def end_send(self, intent: plans.IntentRow, write: str, why: str) -> None:
        """It is known what became of a call; ``write``: the state of its write."""
        self._intents_now[intent.id] = ("settled", why)
        self._writes_now[intent.write] = (write, why)

    def write_down(
        self, contact: str, cause: str, changes: Mapping[str, Any], *, seq: int | None = None, actor: str | None = None,
    ) -> int:
        """A journal row; returns its number."""
        number = seq if seq is not None else self.tx.next_seq()
        entity = self.contacts[contact].entity if contact in self.contacts else self.entity.name
        self.entries.append(journal.Entry(number, self.run, actor or self.actor, cause, entity, contact, changes))
        return number

    # ---- what the rules want

    def state(self, contact: str) -> ContactState:
        """The contact as the merge sees it: its links, those that ended and those of systems that are not configured now too:
        they fall behind like any other, and say so when they are back."""
        links = {k.id: self.link_state(k) for k in self.links_of(contact) if k.live or k.life in RESUMING}
        return ContactState(self.contacts[contact].units, links, self.conflicts.get(contact, {}))

    def link_state(self, link: LinkRow) -> LinkState:
        since = self.tx.now() - CORRECTION_WINDOW_S
        corrections = {u: n for u, times in link.corrections.items() if (n := sum(t > since for t in times))}
        rules = self.book.systems.get(link.ref.system)
        covers = rules.lens.covers if rules is not None else _everything
        retaken = {u: [v for t, v in times if t > since] for u, times in link.retaken.items()}
        return LinkState(link.id, link.ref.system, covers, link.behind, link.left, corrections, retaken,
                         link.life == "present" and link.id not in self.unread)

    def renumber(self, contact: str) -> None:
        """Something happened: open questions about the contact's existence are asked again under a new number."""
        row = self.contacts[contact]
        row.exists_number += 1
        self.touch(row)
        for unit, item in self.conflicts.get(contact, {}).items():
            if unit.startswith("@"):
                self.conflicts[contact][unit] = replace(item, number=row.exists_number)

    def settle(self, contact: str, outcome: MergeOutcome) -> None:
        """Take over what a merge decided."""
        row = self.contacts[contact]
        row.units = dict(outcome.units)
        self.renumber(contact)
        for i, behind in outcome.behind.items():
            link = self.links.get(i)
            if link is None or link.contact != contact:
                continue
            if link.behind != behind or link.left != outcome.left.get(i, link.left):
                kept = {u: s for u, s in link.behind.items() if u.startswith("@")}
                link.behind = {**kept, **behind}
                link.left = dict(outcome.left.get(i, {}))
                self.touch(link)
        for i, unit in outcome.corrected:
            link = self.links[i]
            link.corrections.setdefault(unit, []).append(self.tx.now())
            self.touch(link)
        since = self.tx.now() - CORRECTION_WINDOW_S
        for i, unit in outcome.retaken:
            link = self.links[i]
            lately = [e for e in link.retaken.get(unit, ()) if e[0] > since]
            link.retaken[unit] = [*lately, (self.tx.now(), row.units[unit].value)]
            self.touch(link)
        self.conflicts[contact] = {**{u: c for u, c in self.conflicts.get(contact, {}).items() if u.startswith("@")},
                                   **outcome.conflicts}

    # ---- references

    def look_up(self, refs: Iterable[RecordRef]) -> None:
        """Find the links of these records, for ``link_at``."""
        self._by_ref.update(contacts.links_by_ref(self.tx, refs))

    def link_at(self, ref: RecordRef) -> contacts.Known | None:
        """The link of a record that was looked up, as it was then."""
        return self._by_ref.get(ref)

    def refs_for(self, natives: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Refs]:
        """Per system, the references these native records make (native id → contact)."""
        asked: dict[str, set[str]] = {}
        for system, native in natives:
            found = self.book.systems[system].lens.refs_in(native)
            if found:
                asked.setdefault(system, set()).update(found)
        out: dict[str, Refs] = {}
        for system, native_ids in asked.items():
            there = contacts.contacts_of(self.tx, system, self.entity.name, native_ids)
            out[system] = Refs(contact_of=there, native_of={c: n for n, c in sorted(there.items(), reverse=True)})
        return out

    def canonical(self, projection: Projection) -> Projection:
        """The projection with references to merged contacts followed to where they stand now."""
        if not self.aliases:
            return projection
        out = projection
        for name, unit in self.entity.units.items():
            value = projection.get(name)
            if unit.kind == "ref" and isinstance(value, str) and value in self.aliases:
                out = {**out, name: self.aliases[value]}
        return out

    def canonical_units(self, units: dict[str, Cell]) -> dict[str, Cell]:
        out = units
        for name, unit in self.entity.units.items():
            if unit.kind == "ref" and name in units and units[name].value in self.aliases:
                cell = units[name]
                out = {**out, name: cell._replace(value=self.aliases[cell.value])}
        return out

    def project(
        self, system: str, native: Mapping[str, Any], refs: Mapping[str, Refs], keep: Projection,
    ) -> tuple[Projection, list[str]]:
        """The projection of a native record, and the native ids of references that are unresolved: those units stay
        as in ``keep`` (merge.md 2)."""
        reading = self.book.systems[system].lens.read(native, refs.get(system, NO_REFS))
        out = dict(reading.projection)
        for problem in reading.problems:  # unreadable there: no edit, the unit stays as it was known
            if problem.unit in keep:
                out[problem.unit] = keep[problem.unit]
        waiting: list[str] = []
        for unit in list(out):
            value = out[unit]
            if isinstance(value, Unresolved):
                waiting.append(value.native_id)
                if unit in keep:
                    out[unit] = keep[unit]
                else:
                    del out[unit]
            elif unit in self.entity.sets and value:
                lost = {k: m for k, m in value.items() if isinstance(m["v"], Unresolved)}
                if lost:
                    waiting += [m["v"].native_id for m in lost.values()]
                    out[unit] = {k: m for k, m in value.items() if k not in lost}
        return out, waiting

    # ---- storing

    def store(self) -> None:
        """Write everything that was changed: a constant number of statements."""
        changed_contacts = [self.contacts[i] for i in sorted(self._touched_contacts)]
        changed_links = [self.links[i] for i in sorted(self._touched_links)]
        contacts.save_contacts(self.tx, changed_contacts, self._known_contacts)
        contacts.save_links(self.tx, changed_links, self._known_links)
        contacts.move_history(self.tx, self.history)
        homes = {self.links[i].contact for i in self._recognised | self._written} | self._regrouped()
        self._recognised = recognised(self.tx, map(self.live_links, sorted(homes)), self._recognised, self._written)
        learn(self.tx, [self.links[i] for i in sorted(self._recognised)])
        reviews.save_conflicts(self.tx, sorted(self.contacts), self.conflicts, self._conflicts_before)
        contacts.wait_for(self.tx, self._waits)
        plans.park(self.tx, list(self.parked.values()))
        plans.set_intent_state(self.tx, self._intents_now)
        plans.set_write_state(self.tx, self._writes_now)
        journal.append(self.tx, self.entries)


    def _regrouped(self) -> set[str]:
        """Contacts a record of which ended, came back or went elsewhere: by it they may have been known, and of the others none
        may have keys."""
        changed = {self.links[i].contact for i in self._touched_links if (self.links[i].life in ENDED) != (i in self._ended)}
        return changed | {contact for _, *places, _, _ in self.history for contact in places if contact is not None}


def with_version(link: LinkRow, version: str | None) -> None:
    """Note a new version and remember the one before."""
    if link.version is not None and link.version != version:
        link.past = [*[v for v in link.past if v != link.version], link.version][-8:]
    if version in link.past:
        link.past = [v for v in link.past if v != version]
    link.version = version


def copy(link: LinkRow) -> LinkRow:
    return replace(link, behind=dict(link.behind), left=dict(link.left))
