"""Plan: what each link is behind on becomes writes, numbered, in a plan that is data (merge.md 12)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.engine.consents import dated_consents
from hub.engine.copies import origin_of
from hub.engine.desk import Desk
from hub.engine.erasing import ERASING, REASON
from hub.engine.making import EVERYWHERE, coming, unjudged
from hub.engine.report import Tally
from hub.model.state import NEVER, UNSET
from hub.model.units import EXISTS, Projection, set_of, split
from hub.rules import guards
from hub.rules.consent import WITHDRAWN
from hub.rules.ledger import is_member
from hub.rules.lenses.lens import NO_REFS, BadValue, Refs
from hub.rules.normal import passes
from hub.rules.own_key import copied_from, own_key
from hub.rules.rulebook import Rulebook, SystemRules
from hub.rules.scope import asked_for, scope
from hub.rules.settle import differing
from hub.rules.shape import held, is_held, order, wanted
from hub.store import contacts, plans, systems
from hub.store.contacts import LinkRow
from hub.store.plans import WriteRow
from hub.store.store import Store, Tx, chunks, digest

DAY_S = 86400.0
NAMES = ("name.full", "name.given", "name.family")


@dataclass(slots=True)
class Plan:
    """A stored plan. ``ready``: writes that may go now; ``waits``: why others wait, per system. What is left of an earlier
    plan that a person approved stays in that one."""

    id: str
    hash: str
    writes: int = 0
    ready: int = 0
    waits: dict[str, str] = field(default_factory=dict)


def make_plan(store: Store, book: Rulebook, run: str, tally: Tally, *, only: frozenset[str] = frozenset()) -> Plan:
    """Plan every contact that was touched, waits, or has a link behind. Replaces the unsent writes of before.

    ``only``: contacts to plan (a pilot); empty: all.
    """
    with store.writing() as tx:
        todo = sorted({*contacts.to_plan(tx), *plans.unsent_contacts(tx)})
        plan = tx.new_id()
        plans.add_plan(tx, plan, run, hash_="", state="making", notes={})
        if only:
            others = [c for c in todo if c not in only]
            plans.drop_unsent(tx, others)
            contacts.set_waiting(tx, dict.fromkeys(others, 1))  # the run after the pilot plans them again
            todo = [c for c in todo if c in only]
    number, hashes = 0, []
    for part in chunks(todo):
        with store.writing() as tx:
            rows, waiting = _plan_some(tx, book, run, part)
            tally.held += waiting
            for row in _new_rows(tx, part, rows):
                number += 1
                row.plan, row.number = plan, number
                hashes.append(digest(row.system, row.op, row.contact, row.link, row.digest, row.reason))
            plans.drop_unsent(tx, part)
            plans.add_writes(tx, rows)
    with store.writing() as tx:
        out = Plan(plan, digest(*sorted(hashes)), number)
        plans.finish_plan(tx, plan, hash_=out.hash, state="proposed" if number else "empty", notes={})
    tally.planned, tally.plan = number, plan
    return out


def _new_rows(tx: Tx, contacts: Iterable[str], rows: Sequence[WriteRow]) -> list[WriteRow]:
    """The rows nobody approved yet. Those that are, word for word, the unsent rest of an approved plan stay in that plan."""
    ready = plans.ready_writes(tx, contacts)
    approved = plans.approvers(tx, {w.plan for w in ready})
    still_open = {name for name, row in systems.all_systems(tx).items() if row.approved_plan} if approved else set()
    rest = {_same(w): w for w in ready if w.plan in approved and w.system in still_open}
    out = []
    for row in rows:
        before = rest.get(_same(row))
        if before is None:
            out.append(row)
        else:
            row.plan, row.number, row.state = before.plan, before.number, "ready"
    return out


def _same(write: WriteRow) -> tuple[object, ...]:
    return write.system, write.op, write.contact, write.link, write.digest, write.expect, write.reason


def release_plan(store: Store, book: Rulebook, plan: Plan, approved: Mapping[str, bool], *, by: str | None = None) -> None:
    """Make the permitted writes ready, in one statement a kind: creates and updates into systems that had an approved
    plan; everything when a person approved this plan by name. The guard's systems keep their deletes and blanks back."""
    with store.writing() as tx:
        links = contacts.live_links(tx)
        kinds = plans.removals(tx, plan.id)
        left = sum(n for (_, state, _), n in plans.unsent(tx).items() if state == "ready")
        if by is not None:
            plans.approve_plan(tx, plan.id, by)
            named = sorted({system for system, _ in kinds})
            plan.ready = left + plans.release(tx, plan.id, named, ("create", "update", "delete"))
            return
        removals: dict[str, int] = {}
        for (system, op), count in kinds.items():
            if op != "delete":
                removals[system] = removals.get(system, 0) + count
        stopped = guards.check_plan(removals, links, plans.recent_removals(tx, tx.now() - DAY_S), book.limits)
        open_systems = sorted(s for s, yes in approved.items() if yes and s not in stopped)
        plan.ready = left + plans.release(tx, plan.id, open_systems, ("create", "update"))
        plan.ready += plans.release(tx, plan.id, sorted(approved), ("delete",), reason=REASON)
        plan.waits.update(stopped)
        for system in sorted({system for system, _ in kinds}):
            if not approved.get(system):
                plan.waits.setdefault(system, "no plan that names this system was approved yet")
        for system in sorted(system for system, op in plans.removals(tx, plan.id) if op == "delete"):
            plan.waits.setdefault(system, "deletes wait for approval")


def _plan_some(tx: Tx, book: Rulebook, run: str, ids: Sequence[str]) -> tuple[list[WriteRow], int]:
    desk = Desk(tx, book, run)
    desk.take(ids)
    live = [c for c in ids if c in desk.contacts and desk.contacts[c].state != "merged"]
    every = {k.id for c in live for k in desk.links_of(c)}
    parked = plans.parked(tx, [*every, *live])
    waiting_for_judgement = unjudged(tx, desk, every)
    targets = {str(desk.alias(c.value)) for i in live for u, c in desk.contacts[i].units.items()
               if book.entity.units.get(u) is not None and book.entity.units[u].kind == "ref" and c.value}
    refs = {s: Refs({}, contacts.native_ids(tx, s, targets)) if targets else NO_REFS for s in book.systems}
    made_yet = coming(tx, book, targets)
    rows: list[WriteRow] = []
    held_units = 0
    still_parked: set[tuple[str, str]] = set()
    for contact in live:
        one = _One(desk, contact, refs, parked, made_yet)
        one.run(waiting_for_judgement.get(contact, frozenset()))
        rows += one.rows
        still_parked |= one.still_parked
        held_units += len(desk.conflicts.get(contact, {}))
        row = desk.contacts[contact]
        if row.waiting != int(one.waits):
            row.waiting = int(one.waits)
            desk.touch(row)
    desk.store()
    plans.unpark(tx, {(p.place, p.digest) for some in parked.values() for p in some} - still_parked - desk.parked.keys())
    return rows, held_units


class _One:
    """The writes of one contact. Lives for one call."""

    def __init__(
        self, desk: Desk, contact: str, refs: Mapping[str, Refs], parked: Mapping[str, Sequence[plans.Parked]],
        coming: Mapping[str, Collection[str]],
    ) -> None:
        self.desk, self.book, self.entity = desk, desk.book, desk.entity
        self.contact = desk.contacts[contact]
        self.units = desk.canonical_units(self.contact.units)
        self.refs, self.parked, self.coming = refs, parked, coming
        conflicts = {u: c for u, c in desk.conflicts.get(contact, {}).items() if not u.startswith("@")}
        self.held = held(conflicts, self.units)
        self.asked = any(u.startswith("@") for u in desk.conflicts.get(contact, {}))
        self.rows: list[WriteRow] = []
        self.still_parked: set[tuple[str, str]] = set()
        self.waits = False
        protected = self.units.get("protected", UNSET).value
        self.protected = bool(protected)

    def run(self, unjudged: frozenset[str]) -> None:
        links = self.desk.links_of(self.contact.id)
        standing = {k.ref.system for k in links if k.live}
        if self.contact.state == ERASING:
            self._erase(links)
            return
        for link in links:
            rules = self.book.systems.get(link.ref.system)
            if rules is None or not link.live:
                continue
            if self._leaves(link, rules):
                continue  # what it is to lose it gets nothing more of
            if link.life == "present" and link.undone and rules.deletes:
                self._delete(link, "undo")
            elif link.life == "present":
                self._update(link, rules)
        if self.contact.state != "live":
            return
        stones = {k.ref.system for k in links if not k.live and k.tombstone}
        anywhere = any(k.life in ("present", "left_view") for k in links)
        for name in sorted(self.book.systems):
            rules = self.book.systems[name]
            if name in standing or name in stones or not anywhere or not rules.creates or not rules.writes or self.asked:
                continue
            if any(i.op == "create" and i.system == name for i in self.desk.intents.get(self.contact.id, ())):
                self.waits = True
                continue
            if name in unjudged or EVERYWHERE in unjudged:
                continue
            self._create(rules)

    def _leaves(self, link: LinkRow, rules: SystemRules) -> bool:
        """In scope or not: the link sleeps, wakes, or its record is to be deleted. Returns whether it is."""
        where = scope(self.units, rules.where)
        if link.life == "present" and where == "out" and rules.on_leave != "delete":
            link.life = "out"
            self.desk.touch(link)
        elif link.life == "present" and where == "out":
            if rules.deletes and not asked_for(rules.where) & {split(u)[0] for u in self.held}:
                self._delete(link, "on_leave")
            return True
        elif link.life == "out" and where == "in":
            link.life = "present"
            self.desk.touch(link)
        return False

    def _erase(self, links: Sequence[LinkRow]) -> None:
        """Every record goes that is there and may be deleted; the others a person deletes, and the hub sees it."""
        self.waits = True
        for link in links:
            rules = self.book.systems.get(link.ref.system)
            if link.life in ("present", "out") and rules is not None and rules.deletes:
                self._delete(link, REASON)

    # ---- why a unit may not be written now

    def _frozen(self, rules: SystemRules, link: LinkRow | None) -> Any:
        now, quiet = self.desk.tx.now(), self.book.quiet_s
        native_of = self.refs[rules.name].native_of
        may = self.book.authority.may_write if link is not None else self.book.authority.may_fill

        def frozen(unit: str) -> bool:
            if self._is_withdrawal(unit):
                return False  # nothing stops a withdrawal (merge.md 9)
            if is_held(unit, self.held) or (link is not None and is_held(unit, link.left)):
                return True
            if not may(rules.name, unit) or not rules.may_leave_to(self.entity, unit):
                return True
            base = set_of(unit) or unit
            if self.protected and base in ("addresses", "phones") and not rules.named(base):
                return True
            schema = self.entity.units.get(base)
            if schema is None:
                return False
            cell = self.units.get(unit, UNSET)
            if schema.normal == "email" and is_member(unit) and isinstance(cell.value, str) and not passes("email", cell.value):
                return True  # no address: it stays where it was typed
            if schema.quiet and cell.at and cell.at > now - quiet:
                self.waits = True
                return True
            if schema.kind == "ref" and cell.value is not None and cell.value not in native_of:
                self.waits = self.waits or cell.value in self.coming[rules.name]
                return True
            return False

        return frozen

    def _is_withdrawal(self, unit: str) -> bool:
        base = set_of(unit)
        if base is None or not self.entity.sets[base].joined:
            return False
        value = self.units.get(unit, UNSET).value
        return isinstance(value, dict) and value.get("state") == WITHDRAWN

    def _together(self, rules: SystemRules, show: Projection, shadow: Projection, frozen: Any) -> None:
        """Units kept in one native field are written together."""
        for unit in [u for u in show if u not in self.entity.sets and set_of(u) is None]:
            for other in rules.lens.together(unit):
                if other not in show:
                    show[other] = shadow.get(other) if frozen(other) else self.units.get(other, UNSET).value

    # ---- the three kinds of write

    def _update(self, link: LinkRow, rules: SystemRules) -> None:
        if EXISTS in link.behind:
            if rules.deletes:
                self._delete(link, "delete")
            return
        if not link.behind or not rules.writes or self.contact.state != "live" or self._unknown(link):
            self.waits = self.waits or (bool(link.behind) and self._unknown(link))
            return
        frozen = self._frozen(rules, link)
        lens = rules.lens
        show = wanted(self.entity, self.units, link.behind, link.shadow, lens.covers, frozen)
        self._together(rules, show, link.shadow, frozen)
        patch = self._patch(rules, link.native, show, link.shadow, link.id)
        if patch is None:
            return
        sent = {u: self.units.get(u, UNSET).rev for u in link.behind if not frozen(u) and lens.covers(u)}
        if not patch:
            self._nothing_to_write(link, sent)
            return
        shown = self._shown(rules, {**link.native, **patch}, link.shadow)
        self._write(link, rules, "update", "behind", patch, sent, link.shadow, shown)

    def _patch(
        self, rules: SystemRules, native: Any, show: Projection, shadow: Projection, place: str
    ) -> dict[str, Any] | None:
        """The patch that makes the record show this, or None where a value cannot be said there (parked, shown)."""
        orders = {u: age for name in self.entity.sets if name in show for u, age in order(self.units, name).items()}
        try:
            return rules.lens.put(native, rules.lens.shape(show, shadow, orders), self.refs[rules.name])
        except BadValue as e:
            self.desk.park(place, rules.name, digest("unsayable", rules.name), rules.lens.fingerprint, str(e))
            return None

    def _shown(self, rules: SystemRules, native: Any, shadow: Projection) -> Projection:
        """What the record will show. What nobody can read there, or refers to who is not known, shows what it did."""
        native_of = self.refs[rules.name].native_of
        known = Refs({native_id: contact for contact, native_id in native_of.items()}, native_of)
        return self.desk.project(rules.name, native, {rules.name: known}, shadow)[0]

    def _key(self, rules: SystemRules) -> str:
        """Another one than any record of this contact had that ended there: it may still hold its key, in a trash."""
        links = self.desk.links_of(self.contact.id)
        ended = sum(not k.live and k.ref.system == rules.name for k in links)
        origin = min(links, key=lambda k: (copied_from(k.own_key) is not None, not k.live, k.id))
        return own_key(origin_of(self.desk.tx, origin), self.contact.id, ended)

    def _unknown(self, link: LinkRow) -> bool:
        return any(i.link == link.id for i in self.desk.intents.get(self.contact.id, ()))

    def _nothing_to_write(self, link: LinkRow, sent: Mapping[str, int]) -> None:
        """Equal to the shadow already: drop from behind. What is frozen stays behind."""
        for unit in sent:
            link.behind.pop(unit, None)
            self.desk.touch(link)
        for unit in [u for u in link.behind if not u.startswith("@") and not self.book.systems[link.ref.system].lens.covers(u)]:
            link.behind.pop(unit, None)
            self.desk.touch(link)

    def _create(self, rules: SystemRules) -> None:
        if scope(self.units, rules.where) != "in":
            return
        waits, self.waits = self.waits, False
        frozen = self._frozen(rules, None)
        units = {u: c for u, c in self.units.items() if rules.lens.covers(u) and c.rev != NEVER}
        show = wanted(self.entity, self.units, dict.fromkeys(units), {}, rules.lens.covers, frozen)
        quiet, self.waits = self.waits, waits or self.waits
        if quiet:
            return  # a new person waits out the quiet period whole: half of one would be made and then changed
        show = {u: v for u, v in show.items() if v not in (None, {})}
        if not any(show.get(n) for n in NAMES):
            return
        patch = self._patch(rules, None, show, {}, self.contact.id)
        if not patch:
            return
        key = self._key(rules) if rules.own_key is not None else ""
        if rules.own_key is not None:
            patch = {**patch, rules.own_key: key}
        sent = {u: c.rev for u, c in units.items() if not frozen(u)}
        shown = self._shown(rules, patch, {})
        self._write(None, rules, "create", "create", patch, sent, {}, shown)

    def _delete(self, link: LinkRow, reason: str) -> None:
        if self._unknown(link):
            self.waits = True
            return
        self._write(link, self.book.systems[link.ref.system], "delete", reason, {}, {}, link.shadow, {})

    def _write(
        self, link: LinkRow | None, rules: SystemRules, op: str, reason: str, patch: dict[str, Any], sent: dict[str, int],
        before: Projection, shown: Projection,
    ) -> None:
        body = digest(op, rules.name, json.dumps(patch, sort_keys=True, ensure_ascii=False, default=str))
        place = link.id if link is not None else self.contact.id
        version = link.version if link is not None else rules.name
        if any((p.digest, p.version, p.lens_hash) == (body, version, rules.lens.fingerprint) for p in self.parked.get(place, ())):
            self.still_parked.add((place, body))
            return
        after = dated_consents(self.entity, shown, before, self.desk.tx.now(), self.units)
        names = differing(self.entity, before, after) if op != "delete" else tuple(before)
        self.rows.append(WriteRow(
            self.desk.tx.new_id(), "", 0, self.contact.id, link.id if link else None, self.entity.name, rules.name,
            link.ref.collection if link else rules.collection, op, reason, patch, sent,
            {u: before.get(u) for u in names}, {u: after.get(u) for u in names} if op != "delete" else {}, shown,
            native_id=link.ref.native_id if link else "", expect=link.version if link else None, digest=body,
            removals=1 if op == "delete" else guards.removals(self.entity.sets, before, shown)))
