"""Merge what arrived, contact by contact: settle sends → lens → diff → merge → existence (design.md 5, merge.md 2 to 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.engine.another import hand_over, of_another
from hub.engine.consents import dated_consents
from hub.engine.desk import Desk, with_version
from hub.engine.erasing import ERASING
from hub.engine.existence import vanish
from hub.engine.joining import MERGES, Joining, note_merges
from hub.engine.pull import native_hash
from hub.engine.report import Tally
from hub.model.record import NativeRecord
from hub.model.state import REVIEWER, UNSET, Answer, Edit, MergeOutcome, Send
from hub.model.units import EXISTS, Projection, set_of, split
from hub.rules.consent import is_withdrawal
from hub.rules.diff import diff
from hub.rules.lenses.lens import NO_REFS, Refs, Unresolved
from hub.rules.matching import match
from hub.rules.merge import merge
from hub.rules.rulebook import Rulebook
from hub.rules.settle import settle_send
from hub.store import contacts, inbox, plans
from hub.store.contacts import LinkRow
from hub.store.inbox import InboxRow
from hub.store.store import Store, Tx, chunks

ANSWERS = ("conflict",)
LANDED = {True: "it had landed", False: "it had not landed", None: "nobody can tell; compared unit by unit"}


def merge_inbox(store: Store, book: Rulebook, run: str, tally: Tally, aside: set[str]) -> bool:
    """Merge all waiting observations and answers. Contacts to be joined are noted; returns whether there are any."""
    with store.reading() as tx:
        owners = [o for o, system in inbox.owners_waiting(tx, inbox.OBSERVED) if system in book.systems and system not in aside]
        found: dict[str, list[str]] = {}
        for part in chunks(owners):
            for link, home in sorted(contacts.homes(tx, ids=part).items()):
                found.setdefault(home.contact, []).append(link)
        for contact, _ in inbox.owners_waiting(tx, ANSWERS):
            found.setdefault(contact, [])
        joins = bool(inbox.owners_waiting(tx, MERGES))
    for part in chunks(sorted(found)):
        with store.writing() as tx:
            joins |= _merge_some(tx, book, run, tally, {c: found[c] for c in part})
    return joins


def _merge_some(tx: Tx, book: Rulebook, run: str, tally: Tally, found: Mapping[str, Sequence[str]]) -> bool:
    desk = Desk(tx, book, run)
    desk.take(found)
    wanted = [i for ids in found.values() for i in ids]
    rows: dict[str, list[InboxRow]] = {}
    for row in inbox.load(tx, [*wanted, *found], [*inbox.OBSERVED, *ANSWERS]):
        rows.setdefault(row.owner, []).append(row)
    natives = [(desk.links[i].ref.system, r.body)
               for i in wanted if i in desk.links for r in rows.get(i, ()) if r.kind == "upserted"]
    refs = desk.refs_for(natives)
    desk.look_up(g.into for some in rows.values() for r in some if r.kind == "gone" and (g := inbox.gone(r)).into is not None)
    standing = _targets(desk, [desk.links[i] for i in wanted if i in desk.links])
    joins: list[Joining] = []
    done: list[int] = []
    for contact in sorted(found):
        if contact not in desk.contacts:
            continue
        seen = {i: rows[i] for i in found[contact] if i in rows and i in desk.links}
        one = _One(desk, contact, refs, tally, standing)
        done += one.run(seen, rows.get(contact, []))
        joins += one.joins
    inbox.remove(tx, done)
    note_merges(tx, joins)
    desk.store()
    return bool(joins)


def _targets(desk: Desk, links: Sequence[LinkRow]) -> frozenset[tuple[str, str]]:
    """(system, contact) of what these links' shadows refer to and what has a record there still."""
    named: dict[str, set[str]] = {}
    for link in links:
        for unit, schema in desk.entity.units.items():
            if schema.kind == "ref" and link.shadow.get(unit):
                named.setdefault(link.ref.system, set()).add(desk.alias(link.shadow[unit]))
    return frozenset((system, c) for system, some in named.items() for c in contacts.present_in(desk.tx, system, some))


class _One:
    """The merge of one contact's observations. Lives for one call. ``standing``: as ``_targets`` gives it."""

    def __init__(
        self, desk: Desk, contact: str, refs: Mapping[str, Refs], tally: Tally, standing: frozenset[tuple[str, str]]
    ) -> None:
        self.desk, self.id, self.refs, self.tally, self.standing = desk, contact, refs, tally, standing
        self.contact = desk.contacts[contact]
        self.contact.units = desk.canonical_units(self.contact.units)
        self.edits: list[Edit] = []
        self.vanished: list[tuple[LinkRow, InboxRow, bool]] = []
        self.joins: list[Joining] = []
        self.notes: dict[str, Any] = {}
        self.done: list[int] = []

    def run(self, seen: Mapping[str, Sequence[InboxRow]], answers: Sequence[InboxRow]) -> list[int]:
        for i in sorted(seen):
            self._observe(self.desk.links[i], list(seen[i]))
        self._spared()
        self.edits += self._asked_again()
        given = self._answers(answers)
        if self.edits or given:
            seq = self.desk.tx.next_seq()
            outcome = merge(
                self.desk.entity, self.desk.state(self.id), self.edits, rev=seq, at=int(self.desk.tx.now()),
                authority=self.desk.book.authority, answers=[a for _, a in given])
            self._journal(outcome, seq, given)
            self.desk.settle(self.id, outcome)
            self.tally.merged += 1
            self.tally.edits += len(self.edits)
        if self.vanished:
            vanish(self.desk, self.id, self.vanished, bool(self.edits), self.joins)
        if self.edits or given or self.vanished or seen:
            self.contact.waiting = 1
            self.desk.touch(self.contact)
        return self.done

    def _observe(self, link: LinkRow, rows: list[InboxRow]) -> None:
        rules = self.desk.book.systems[link.ref.system]
        if told := of_another(self.desk, link, rows, self.refs):
            hand_over(self.desk, link, told)
            self.done += [r.seq for r in told]
            rows = rows[: len(rows) - len(told)]
            if not rows:
                return
        last = rows[-1]
        if last.kind == "gone":
            ours = [i for i in self.desk.intents.get(self.id, ()) if i.link == link.id and i.op == "delete"]
            self.vanished.append((link, last, bool(ours)))
            self.done += [r.seq for r in rows]
            return
        if self.contact.state == ERASING:
            self._still_there(link, rows)
            return
        if link.life in ("dormant", "out"):
            self._wait(link, rows)
            self._withdrawn(link, rows)
            return
        if link.life in ("missing", "left_view", "denied", "gone", "merged"):
            self._awake(link)
        native = dict(link.native)
        for row in rows:
            if row.kind == "upserted":
                native = dict(row.body) if row.complete else {**native, **row.body}
        observed, waiting = self.desk.project(link.ref.system, native, self.refs, link.shadow)
        shadow = self.desk.canonical(link.shadow)
        self.desk.wait_for(link, waiting)
        sent: Projection | None = None
        for intent in self.desk.intents.get(self.id, ()):
            if intent.link == link.id and last.arrived >= intent.sent_at:
                shadow, sent = self._settle(link, intent, shadow, observed, native, last)
        observed = dated_consents(self.desk.entity, observed, shadow, last.arrived, self.contact.units)
        lost = self._targets_gone(link, shadow, observed)
        edits = diff(
            self.desk.entity, self.desk.link_state(link), self.contact.units, shadow, observed, sent=sent,
            slot_change=rules.slot_change)
        edits = tuple(e for e in edits if e.unit not in lost)
        self.edits += edits
        link.undone = link.undone and not edits  # who works with a record wants it
        if match.profile(link.shadow) != match.profile(observed):
            self.desk.recognise(link)
        link.native, link.shadow = native, observed
        link.lens_hash = link.lens_hash or rules.lens.fingerprint
        link.native_hash = native_hash(NativeRecord(link.ref, native))
        with_version(link, last.version)
        self.desk.touch(link)
        self.done += [r.seq for r in rows]

    def _spared(self) -> None:
        """An edit seen where our delete was not sent yet: the contact stays, unsent deletes fall away (merge.md 10)."""
        if self.contact.state != "deleted" or not any(EXISTS in self.desk.links[e.link].behind for e in self.edits):
            return
        self.contact.state = "live"
        self.contact.exists_number += 1
        for link in self.desk.links_of(self.id):
            if link.behind.pop(EXISTS, "none") != "none":
                self.desk.touch(link)
        self.notes["spared"] = sorted({e.link for e in self.edits})

    def _targets_gone(self, link: LinkRow, shadow: Projection, observed: Projection) -> list[str]:
        """References that became empty because their target's record is gone there: nobody edited them, the link is
        behind (merge.md 2)."""
        out = []
        for unit, schema in self.desk.entity.units.items():
            target = shadow.get(unit)
            if schema.kind == "ref" and target and unit in observed and observed[unit] is None \
                    and (link.ref.system, target) not in self.standing:
                link.behind.setdefault(unit, self.contact.units.get(unit, UNSET).rev)
                out.append(unit)
        return out

    def _asked_again(self) -> list[Edit]:
        """Where a person said that each keeps its own, an edit by one of them asks again with all (merge.md 7): what the
        others keep would be written over, unseen."""
        mine = {(e.link, e.unit) for e in self.edits}
        out = []
        for unit in sorted({u for i, u in mine if set_of(u) is None and u in self.desk.links[i].left}):
            for link in self.desk.live_links(self.id):
                kept, systems = link.left.get(unit), self.desk.book.systems
                if kept is None or (link.id, unit) in mine or unit not in link.shadow or link.ref.system not in systems:
                    continue
                if self.desk.book.authority.may_edit(link.ref.system, unit):
                    known = self.contact.units.get(unit, UNSET).value
                    out.append(Edit(unit, link.id, "set", known, link.shadow[unit], kept.seen))
        return out

    def _settle(
        self, link: LinkRow, intent: plans.IntentRow, shadow: Projection, observed: Projection, native: Mapping[str, Any],
        last: InboxRow,
    ) -> tuple[Projection, Projection | None]:
        rules = self.desk.book.systems[link.ref.system]
        there = native.get(rules.marker) if rules.marker else None
        shown = intent.shown
        if intent.lens != rules.lens.fingerprint:  # the mapping changed since: what was sent, in the words of now
            read = rules.lens.read({**link.native, **intent.patch}, self.refs.get(rules.name, NO_REFS)).projection
            shown = {u: v for u, v in read.items() if not isinstance(v, Unresolved)}
        sent = Send(intent.sent, shown, intent.patch, intent.marker)
        settled = settle_send(
            self.desk.entity, sent, self.contact.units, shadow, link.behind, observed,
            marker_there=str(there) if there else None)
        link.behind = settled.behind
        landed = LANDED[settled.landed]
        if settled.landed is not False:
            link.lens_hash = intent.lens  # where the mapping changed meanwhile, the record shows the old one's words
        # what a person approved stays approved, where the plan finds it the same still; without a version nobody knows
        again = "ready" if intent.op != "delete" or last.version is not None else "dropped"
        self.desk.end_send(intent, "done" if settled.landed else again, landed)
        self.notes.setdefault("settled", []).append([link.id, landed])
        self.desk.touch(link)
        return settled.shadow, settled.sent

    def _awake(self, link: LinkRow) -> None:
        """Seen again: an ended link resumes with its shadow and what it is behind on (merge.md 10)."""
        if link.life in ("gone", "merged"):
            self.notes["resumed"] = [link.id]
            link.tombstone = link.undone = False  # also what an undo deleted: somebody took it out of the trash
            if self.contact.state == "deleted":
                self.contact.state = "live"
                for other in self.desk.links_of(self.id):
                    if other.behind.pop("@exists", "none") != "none":
                        self.desk.touch(other)
        self.desk.conflicts.get(self.id, {}).pop(f"@exists:{link.id}", None)
        link.life = "present"
        self.desk.touch(link)

    def _still_there(self, link: LinkRow, rows: list[InboxRow]) -> None:
        """A record of somebody who is being erased: what it shows goes nowhere, only that it is there counts."""
        for intent in [i for i in self.desk.intents.get(self.id, ()) if i.link == link.id and rows[-1].arrived >= i.sent_at]:
            self.desk.end_send(intent, "dropped", "the person is erased")
        if link.life in ("missing", "left_view", "denied", "gone", "merged"):
            link.life = "present"
        with_version(link, rows[-1].version)
        self.desk.touch(link)
        self.done += [r.seq for r in rows]

    def _wait(self, link: LinkRow, rows: list[InboxRow]) -> None:
        """An asleep link: only the newest observation waits (merge.md 10); incomplete ones are kept in order."""
        if rows[-1].complete:
            self.done += [r.seq for r in rows[:-1]]

    def _withdrawn(self, link: LinkRow, rows: Sequence[InboxRow]) -> None:
        """Nothing stops a withdrawal (merge.md 9): it counts now, though all else that is seen of an asleep link waits."""
        entity = self.desk.entity
        native = dict(link.native)
        for row in rows:
            native = dict(row.body) if row.complete else {**native, **row.body}
        observed, _ = self.desk.project(link.ref.system, native, self.refs, link.shadow)
        said = {u: v for u, v in observed.items() if u in entity.sets and entity.sets[u].joined}
        said = dated_consents(entity, said, link.shadow, rows[-1].arrived, self.contact.units)
        edits = diff(entity, self.desk.link_state(link), self.contact.units, link.shadow, said)
        for edit in [e for e in edits if is_withdrawal(e.value)]:
            base, key, _ = split(edit.unit)
            self.edits.append(edit)
            link.shadow = {**link.shadow, base: {**(link.shadow.get(base) or {}), key or "": said[base][key or ""]}}
            self.desk.touch(link)

    # ---- answers

    def _answers(self, rows: Sequence[InboxRow]) -> list[tuple[InboxRow, Answer]]:
        out = []
        for row in rows:
            if row.kind == "conflict":
                body = row.body
                out.append((row, Answer(
                    body["unit"], body["number"], body.get("value"), body.get("keep_each", False), body.get("by", REVIEWER))))
                self.done.append(row.seq)
        return out

    # ---- the journal

    def _journal(self, outcome: MergeOutcome, seq: int, given: Sequence[tuple[InboxRow, Answer]]) -> None:
        changes: dict[str, Any] = {
            "units": {u: [before.value, before.rev, before.origin, outcome.units[u].value, outcome.units[u].origin]
                      for u, before in outcome.changed.items()},
            "decisions": [[d.unit, d.link, d.fate, d.value, d.rule, d.against] for d in outcome.decisions],
            **self.notes,
        }
        if outcome.refused:
            changes["refused_answers"] = [[a.unit, a.number] for a in outcome.refused]
        actor = given[0][1].by if given else None
        self.desk.write_down(self.id, "answer" if given else "merge", changes, seq=seq, actor=actor)
