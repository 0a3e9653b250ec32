"""The oracle: what must be true at the end of a history, whatever happened in it (merge.md 14, reliability 3.2)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable
from contextlib import nullcontext
from typing import Any, Protocol

from sqlalchemy import select

from hub.model.state import UNSET
from hub.model.units import replaced_by, set_of, split
from hub.rules.lenses.lens import Refs
from hub.rules.matching import match
from hub.rules.rulebook import Rulebook
from hub.rules.scope import scope
from hub.rules.shape import held, is_held
from hub.store import contacts, journal, plans, reviews, systems
from hub.store import tables as t
from hub.store.contacts import ContactRow, LinkRow
from hub.store.store import Store, Tx
from hub.testing.memory_native import stored
from hub.testing.simulation.authors import phantoms, taken_along
from hub.testing.simulation.cast import Actor
from hub.testing.simulation.doubles import findable, no_doubles
from hub.testing.simulation.enduring import false_ends, followed, keeps_its_own, kept, labels, made_again, made_once
from hub.testing.simulation.meetings import Meetings
from hub.testing.simulation.people import Typed, Users, core
from hub.testing.simulation.permits import judge_permits
from hub.testing.simulation.site import Site

LOSING = ("overruled", "left", "withdrew", "agreed")
NAMED_RULES = (  # by these a value may lose to one its author had seen
    "joined", "not the owner", "a person", "removed what", "edited elsewhere", "consent", "its member", "what it replaced",
    "undone")


class Typing(Protocol):
    """What people did, as far as the laws on values ask. ``removed``: what somebody who saw it took away; ``merged``: record →
    the one it became part of; ``person_of``: record that people made → who it is; ``parents``: token → what stood where it was
    typed; ``corrected``: address → what it became."""

    typed: list[Typed]
    deleted: list[tuple[str, str]]
    merged: dict[tuple[str, str], str]
    person_of: dict[tuple[str, str], str]
    parents: dict[str, set[str]]
    corrected: dict[str, set[str]]

    @property
    def removed(self) -> Container[str]: ...


class Truth:
    """Everything the hub remembers, read once."""

    def __init__(self, store: Store, tx: Tx | None = None) -> None:
        with store.reading() if tx is None else nullcontext(tx) as tx:
            ids = tx.sql.execute(select(t.contact.c.id)).scalars().all()
            self.contacts = contacts.load_contacts(tx, ids)
            self.links = contacts.load_links(tx, contacts=ids)
            self.conflicts = reviews.load_conflicts(tx)
            self.entries = journal.of_contacts(tx, ids)
            self.open_intents = plans.open_intents(tx)
            self.parked = {p.link for p in plans.all_parked(tx)}
            self.aliases = contacts.aliases(tx)
            self.aside = {n for n, r in systems.all_systems(tx).items() if r.state == "aside"}
            self.broken = journal.verify(tx)
            asked = select(t.intent.c.write, t.intent.c.sent_at).where(t.intent.c.op == "create")
            self.asked = {(c.link_a, c.link_b) for c in reviews.candidates(tx)}
            deletes = select(t.intent.c.system).join(t.write, t.write.c.id == t.intent.c.write).join(
                t.plan, t.plan.c.id == t.write.c.plan).where(t.intent.c.op == "delete", t.plan.c.approved_by.is_(None))
            self.unapproved_deletes = sorted(tx.sql.execute(deletes).scalars())
            self.written_for = dict(tx.sql.execute(select(t.write.c.id, t.write.c.contact)).tuples().all())
            self.creates_sent = dict(tx.sql.execute(asked).tuples().all())
            known = {tuple(r) for r in tx.sql.execute(select(t.identity_key.c.link, t.identity_key.c.hash))}
            self.unknown_by = {  # link → keys of what it shows by which no record of its contact is found
                k.id: names for k in self.links.values() if k.life == "present" and (names := sorted(
                    f"{kind} {value}" for kind, value in match.keys(match.profile(k.shadow))
                    if not any((other.id, tx.keys.blind(kind, value)) in known for other in self.links.values()
                               if other.live and other.contact == k.contact)))}

    def live(self) -> Iterable[ContactRow]:
        return (c for c in self.contacts.values() if c.state == "live")

    def link_at(self, system: str, record: str) -> LinkRow | None:
        found = [k for k in self.links.values() if k.ref.system == system and k.ref.native_id == record]
        return max(found, key=lambda k: (k.live, k.id)) if found else None


def state_hash(store: Store) -> str:
    """A hash over what the hub believes; run bookkeeping left out."""
    truth = Truth(store)
    body = {
        "contacts": {c.id: [c.state, c.into, {u: list(cell) for u, cell in c.units.items()}] for c in truth.contacts.values()},
        "links": {k.id: [k.contact, k.life, k.native, k.shadow, k.behind, {u: list(x) for u, x in k.left.items()}, k.version]
                  for k in truth.links.values()},
        "conflicts": sorted((r.contact, r.conflict.unit, r.conflict.number) for r in truth.conflicts),
    }
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def judge(
    store: Store, book: Rulebook, actors: dict[str, Actor], users: Users, site: Site | None = None,
    meetings: Meetings | None = None,
) -> list[str]:
    """Every violation found, in words. Empty: the history was clean."""
    truth = Truth(store)
    out: list[str] = []
    if truth.broken is not None:
        out.append(f"journal: the chain breaks at row {truth.broken}")
    out += fates(truth, book, users)
    out += soundness(truth, users)
    out += _agreement(truth, book, actors)
    out += _consents(truth, actors, users)
    out += no_doubles(truth, actors, users) + findable(truth)
    out += _no_invention(truth, actors, users)
    out += one_correction(truth, users)
    out += no_resurrection(truth)
    out += keeps_its_own(truth, users.typed) + taken_along(truth, users)
    out += phantoms(truth, actors, users)
    out += false_ends(truth, actors, users) + made_once(truth)
    if meetings is not None:
        out += kept(truth, users, meetings) + followed(truth, users, meetings) + made_again(truth, book)
    if site is not None or meetings is not None:
        out += judge_permits(truth, book, actors, users, site)
    return out


# ---- law (b): the fate of every user write

def fates(truth: Truth, book: Rulebook, users: Typing) -> list[str]:
    settled: set[tuple[str, str | None]] = set()
    for c in truth.contacts.values():
        for unit, cell in c.units.items():
            base, key, name = split(unit)
            if key is None:
                settled.add((unit, core(cell.value)))
            elif name is None and cell.value is not None and replaced_by(cell.value) is None:
                settled.add((base, core(cell.value)))
    for r in truth.conflicts:
        for x in r.conflict.contenders:
            for value in (x.value, x.base):
                unit = r.conflict.unit
                settled.add((set_of(unit) or unit, _plain(value)))
    for e in truth.entries:
        for unit, _link, fate, value, _rule, against in e.changes.get("decisions", ()):
            if fate == "answered":  # the person saw what was current
                settled.add((set_of(unit) or unit, _plain(against)))
            if fate in LOSING:
                settled.add((set_of(unit) or unit, _plain(value)))
    seen = {(typed.unit, typed.parent) for typed in users.typed if typed.parent is not None}
    out = []
    for typed in users.typed:
        if typed.token is None or (typed.unit, typed.token) in settled or (typed.unit, typed.token) in seen:
            continue
        if typed.token in users.removed or _excused(truth, book, users, typed):
            continue
        out.append(f"lost: {typed.token} typed in {typed.system}:{typed.record} for {typed.unit}")
    return out


def _excused(truth: Truth, book: Rulebook, users: Typing, typed: Typed) -> bool:
    """Deleted or merged away by a user who saw it, out of the lens's reach, or waiting where the hub may not look."""
    where = (typed.system, typed.record)
    if where in users.deleted or where in users.merged or not book.systems[typed.system].lens.covers(typed.unit):
        return True
    link = truth.link_at(typed.system, typed.record)
    if link is None:
        return False
    contact = truth.contacts[truth.aliases.get(link.contact, link.contact)]
    return contact.state == "deleted" or link.life != "present"


# ---- law (e) and conflict soundness

def _ancestors(users: Typing, token: str) -> set[str]:
    out: set[str] = set()
    todo = [token]
    while todo:
        for parent in users.parents.get(todo.pop(), ()):
            if parent not in out:
                out.add(parent)
                todo.append(parent)
    return out


def soundness(truth: Truth, users: Typing) -> list[str]:
    out = []
    for r in truth.conflicts:
        values = [_text(x.value) for x in r.conflict.contenders if x.rev is None]  # a joined value was typed elsewhere
        for x in values:
            for y in values:
                if x and y and x != y and y in _ancestors(users, x):
                    out.append(f"unsound: {r.conflict.unit} holds {x} against its ancestor {y}")
    # a create that was lost, and edited before it was found without a key, is somebody new: his author saw what we sent
    unfound = {e.changes["link"] for e in truth.entries
               if e.cause == "born" and (e.changes["system"], e.changes["ref"]) not in users.person_of}
    for e in truth.entries:
        untold = unfound | {link for link, landed in e.changes.get("settled", ()) if landed.startswith("nobody")}
        for unit, link, fate, value, rule, against in e.changes.get("decisions", ()):
            if fate != "overruled" or rule.startswith(NAMED_RULES) or link in untold:
                continue  # whether he had seen it nobody can tell (merge.md, last table)
            loser, winner = _text(value), _text(against)
            if loser and winner and loser != winner and winner in _ancestors(users, loser):
                out.append(f"unsound: {unit}: {winner} won over {loser}, whose author had seen it ({rule})")
    return out


def _text(value: Any) -> str | None:
    """The very text: a variant a vendor made of it is another one here."""
    return None if value is None else str(value["v"] if replaced_by(value) is not None else value)


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    return core(value["v"] if replaced_by(value) is not None else value)


# ---- law (d): agreement

def _agreement(truth: Truth, book: Rulebook, actors: dict[str, Actor]) -> list[str]:
    out = []
    for c in truth.live():
        conflicts = {r.conflict.unit: r.conflict for r in truth.conflicts if r.contact == c.id}
        units_held = held(conflicts)
        for link in [k for k in truth.links.values() if k.contact == c.id and k.life == "present" and k.id not in truth.parked
                     and k.ref.system not in truth.aside]:
            actor = actors[link.ref.system]
            native = actor.vendor.records().get(link.ref.native_id)
            if native is None:
                out.append(f"ghost: {link.ref} is present in the hub and not there")
                continue
            if scope(c.units, book.systems[link.ref.system].where) == "out":
                continue  # it is to be deleted there; while somebody is asked about what the filter asks for, that waits
            out += _same_as_hub(book, actor, c, link, dict(native), units_held)
    return out


def _same_as_hub(
    book: Rulebook, actor: Actor, c: ContactRow, link: LinkRow, native: dict[str, Any], units_held: frozenset[str],
) -> list[str]:
    out = []
    lens = book.systems[link.ref.system].lens
    shows = lens.get(native)
    for unit, cell in sorted(c.units.items()):
        owner = set_of(unit)
        if owner is not None or not lens.covers(unit) or unit in link.left or is_held(unit, units_held) or unit not in shows \
                or not book.systems[link.ref.system].may_leave_to(book.entity, unit):
            continue
        if unit in link.behind:
            out.append(f"behind: {link.ref} never got {unit}")
            continue
        if book.entity.same(unit, shows[unit], cell.value):  # even where it would be cut if we wrote it
            continue
        wanted = lens.shape({unit: cell.value}, shows, {})
        patch = lens.put(native, wanted, Refs({}, {}))
        if patch and not _as_vendor_keeps(actor, native, patch):
            out.append(f"differs: {link.ref} shows {unit}={shows[unit]!r}, the hub has {cell.value!r}")
    for name in ("emails",):
        left = any(p[0] == name and p[2] is None for p in map(split, link.left))
        if left or not lens.covers(name) or any(set_of(u) == name for u in units_held):
            continue
        keys = {k for u, cell in c.units.items() if (p := split(u))[0] == name and (k := p[1]) and p[2] is None
                and cell.value is not None and replaced_by(cell.value) is None}
        there = set(shows.get(name) or {})
        room = actor.vendor.traits.slots
        if any(set_of(u) == name for u in link.behind):
            out.append(f"behind: {link.ref} never got {name}")
        elif (room is None and there != keys) or (room is not None and (not there <= keys or len(there) < min(room, len(keys)))):
            out.append(f"differs: {link.ref} shows {sorted(there)}, the hub has {sorted(keys)}")
        out += labels(book.entity, c, link, {key: shows[name][key]["a"] for key in keys & there})
    return out


def _as_vendor_keeps(actor: Actor, native: dict[str, Any], patch: dict[str, Any]) -> bool:
    """Would writing it again change nothing there? (A vendor that cuts or rewrites shows its own form.)"""
    return bool(stored(actor.vendor.traits, native, patch, lambda used: "0") == native)


# ---- consent, doubles

def _consents(truth: Truth, actors: dict[str, Actor], users: Users) -> list[str]:
    out = []
    for system, first in sorted(users.withdrawn):
        link, record = truth.link_at(system, first), first
        if link is not None and link.native.get("optout") is False:  # joined to another there before the hub saw it
            while (system, record) in users.merged and link is not None:
                record = users.merged[system, record]
                link = truth.link_at(system, record)
            if record != first and actors[system].vendor.records().get(record, {}).get("optout") is False:
                continue  # that system lost it
        if link is None or (system, record) in users.deleted:
            continue
        c = truth.contacts[truth.aliases.get(link.contact, link.contact)]
        if c.state != "live":
            continue
        value = c.units.get("consents[marketing:email]", UNSET).value
        if not value or value.get("state") != "withdrawn":
            out.append(f"consent: the withdrawal in {system}:{record} is not known")
            continue
        for k in truth.links.values():
            native = actors[k.ref.system].vendor.records().get(k.ref.native_id)
            if k.contact == c.id and k.life == "present" and native is not None and native.get("optout") is False:
                out.append(f"consent: {k.ref} may still be mailed")
    return out


# ---- nothing invented, no typo put right twice, nobody raised from the dead

def _no_invention(truth: Truth, actors: dict[str, Actor], users: Users) -> list[str]:
    """Every text the hub holds was typed by somebody; a vendor's own version of it must not spread. (A system that
    keeps neither our key nor a marker cannot tell that a record is ours, once its answer was lost.)"""
    blind = {k.id for k in truth.links.values()
             if not actors[k.ref.system].vendor.traits.own_key and not actors[k.ref.system].vendor.traits.marker}
    return [f"invented: {unit}={cell.value!r} was typed by nobody" for c in truth.live() for unit, cell in c.units.items()
            if unit in ("name.given", "name.family", "notes", "company") and cell.value is not None
            and cell.value not in users.texts and cell.origin not in blind]


def one_correction(truth: Truth, users: Typing) -> list[str]:
    """One address put right in two ways is a question for a person, never two addresses (merge.md 4, 8)."""
    out = []
    # of a write whose answer was lost the rows have no ids before they are read: who corrects one of them and adds another first
    # removed one and added two, and so does who corrects two
    unclear = {truth.aliases.get(e.contact, e.contact) for e in truth.entries
               if e.changes.get("settled") or e.cause == "create settled"}
    # and one of ours that was corrected before it was found, and carries no key, is somebody new
    unclear |= {truth.aliases.get(e.contact, e.contact) for e in truth.entries
                if e.cause == "born" and (e.changes["system"], e.changes["ref"]) not in users.person_of}
    for (system, _), record in users.merged.items():  # who joined two records has both addresses before him
        link = truth.link_at(system, record)
        unclear |= {truth.aliases.get(link.contact, link.contact)} if link is not None else set()
    for c in truth.live():
        if c.id in unclear or any(r.contact == c.id and set_of(r.conflict.unit) == "emails" for r in truth.conflicts):
            continue  # the price of an unknown outcome without a marker (merge.md, last table)
        mails = {core(key) for u, cell in c.units.items() if (p := split(u))[0] == "emails" and (key := p[1]) and p[2] is None
                 and cell.value is not None and replaced_by(cell.value) is None}
        for old, new in users.corrected.items():
            if len(new & mails) > 1:
                out.append(f"two corrections of {old} stand side by side: {sorted(new & mails)}")
    return out


def no_resurrection(truth: Truth) -> list[str]:
    """Where a record ended with a tombstone, none is made again until a person says so (merge.md 10). A create that was
    under way when it ended, and whose answer came later, is none."""
    stones: dict[str, tuple[str, str]] = {}  # link → its contact and system
    since: dict[str, float] = {}
    out = []
    for e in truth.entries:
        contact, what = e.contact, e.changes
        if e.cause == "join":
            stones |= {k: (contact, s) for k, (c, s) in stones.items() if c == what["other"]}
        elif e.cause == "unmerge":
            stones |= {k: (what["other"], s) for k, (_, s) in stones.items() if k in what["links"]}
        elif e.cause == "gone" and what["tombstone"]:
            stones[what["link"]] = (contact, what["system"])
            since[what["link"]] = e.at
        elif e.cause == "existence answered" and what["verdict"] == "restore":
            stones.pop(what["link"], None)
        elif "resumed" in what:
            stones.pop(what["resumed"][0], None)
        elif e.cause in ("created", "create settled"):
            made = truth.links.get(what["link"])
            sent = truth.creates_sent.get(made.created_by_write or "", e.at) if made else e.at
            if any(stone == (contact, what["system"]) and since[link] < sent for link, stone in stones.items()):
                out.append(f"resurrected: {what['system']} got the contact again")
    return out
