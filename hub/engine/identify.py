"""Identify: every record without a link gets one, and a contact of its own (design.md 4, Identity). One set-based pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hub.engine.consents import dated_consents
from hub.engine.desk import Desk, with_version
from hub.engine.pull import native_hash
from hub.engine.report import Tally
from hub.model.record import NativeRecord, Upserted
from hub.rules.join import birth
from hub.rules.rulebook import Rulebook
from hub.rules.settle import as_kept, differing, laid_over, rewritten
from hub.store import contacts, inbox, plans
from hub.store.contacts import ContactRow, LinkRow
from hub.store.inbox import InboxRow
from hub.store.store import CHUNK, Store, Tx, chunks


def identify(store: Store, book: Rulebook, run: str, tally: Tally, aside: Iterable[str]) -> None:
    """Make links and contacts for the records in the inbox that have none."""
    new = unlinked(store, book, aside)
    for part in chunks(new, CHUNK):
        with store.writing() as tx:
            _link(tx, book, run, part)
    for part in chunks(new, CHUNK):
        with store.writing() as tx:
            _born(tx, book, run, part, tally)


def unlinked(store: Store, book: Rulebook, aside: Iterable[str]) -> list[str]:
    """Owners of the records in the inbox that have no link yet, in the order of the records' own ids."""
    with store.reading() as tx:
        merged = book.systems.keys() - set(aside)
        owners = [o for o, system in inbox.owners_waiting(tx, inbox.OBSERVED) if system in merged]
        out: list[str] = []
        for part in chunks(owners):
            linked = {i for i, home in contacts.homes(tx, ids=part).items() if home.lens_hash}
            out += [o for o in part if o not in linked]
        return out


def folded(rows: Sequence[InboxRow], native: Mapping[str, Any]) -> tuple[dict[str, Any], InboxRow]:
    """Observations of one record in order; an incomplete one is laid over what is known (merge.md 2)."""
    data = dict(native)
    for row in rows:
        if row.kind == "upserted":
            data = dict(row.body) if row.complete else {**data, **row.body}
    return data, rows[-1]


def _until_gone(rows: Sequence[InboxRow]) -> Sequence[InboxRow]:
    """The rows up to the last that shows the record: that it is gone since is for the merge, once it is born."""
    last = max((n for n, row in enumerate(rows) if row.kind == "upserted"), default=-1)
    return rows[: last + 1]


def _link(tx: Tx, book: Rulebook, run: str, owners: Sequence[str]) -> None:
    """Link rows and empty contacts first, so that references among new records resolve. A record that carries the key
    of a create of ours belongs to the contact that claimed it (merge.md 13)."""
    rows: dict[str, list[InboxRow]] = {}
    for row in inbox.load(tx, owners, inbox.OBSERVED):
        rows.setdefault(row.owner, []).append(row)
    claims = Claims(tx, book, run)
    desk = claims.desk
    begun = contacts.homes(tx, ids=owners)
    new = {o: rows[o] for o in owners if o in rows and o not in begun}
    claimed = claims.of(new)
    for owner, seen in new.items():
        last = next((r for r in reversed(seen) if r.kind == "upserted"), seen[-1])
        link = LinkRow(owner, "", last.ref, native={}, lens_hash="")
        intent = claimed.get(owner)
        if seen[-1].kind == "gone" and intent is None:  # made and gone again before anybody here met it
            inbox.remove(tx, [r.seq for r in seen])
            continue
        if intent is not None:
            link.contact = desk.alias(intent.contact)
            lens, there = book.systems[last.ref.system].lens, folded(seen, {})[0]
            link.shadow = laid_over(book.entity, {}, intent.shown, lens.read(there).projection)
            link.native = as_kept(book.entity, lens, {}, intent.patch, there, link.shadow)
            link.own_key, link.created_by_write = intent.key, intent.write
            link.lens_hash = intent.lens  # a mapping that changed meanwhile is re-based in the next cycle
            units = desk.contacts[link.contact].units
            link.behind = {u: None for u, c in units.items() if book.systems[last.ref.system].lens.covers(u)}
            for unit, rev in intent.sent.items():
                if unit in units and units[unit].rev == rev:
                    link.behind.pop(unit, None)
                elif unit in units:
                    link.behind[unit] = rev
            desk.add_link(link)
            desk.wrote(link)
            desk.end_send(intent, "done", "found again by its key")
            contact = desk.contacts[link.contact]
            contact.waiting = 1
            desk.touch(contact)
            desk.write_down(link.contact, "create settled", {
                "link": link.id, "system": link.ref.system, "sent": sorted(intent.sent)})
            continue
        alone = ContactRow(tx.new_id(), book.entity.name)
        link.contact = alone.id
        desk.add_contact(alone)
        desk.add_link(link)
    desk.store()


class Claims:
    """Creates of ours whose answer is not known, and the records that are theirs."""

    def __init__(self, tx: Tx, book: Rulebook, run: str) -> None:
        self.book, self.desk = book, Desk(tx, book, run)
        creates = [i for i in plans.open_intents(tx) if i.op == "create"]
        self._named = {(i.system, name): i for i in creates for name in (i.key, i.marker) if name}
        self.desk.take({self.desk.alias(i.contact) for i in creates})

    def of(self, rows: Mapping[str, Sequence[InboxRow]]) -> dict[str, plans.IntentRow]:
        """Owner → the create that made its record: by its key or marker, else by what it sent. Of records that all show what one
        create sent it made one, the one that shows it best."""
        found = {o: intent for o, seen in rows.items() if (intent := self._by_name(seen)) is not None}
        fits = [(odd, n, o, intent) for n, (o, seen) in enumerate(rows.items()) if o not in found
                for intent, odd in _same_as_sent(self.book, seen, self.desk.intents)]
        taken: set[str] = set()
        for *_, owner, intent in sorted(fits, key=lambda each: each[:2]):
            if owner not in found and intent.id not in taken:
                found[owner] = intent
                taken.add(intent.id)
        return found

    def _by_name(self, seen: Sequence[InboxRow]) -> plans.IntentRow | None:
        system = seen[-1].ref.system
        names = (_own_key(self.book, seen), _marker(self.book, seen))
        return next((i for name in names if name and (i := self._named.get((system, name)))), None)


def _marker(book: Rulebook, rows: Sequence[InboxRow]) -> str | None:
    """The marker of the write that made the record, where the system keeps one."""
    field = book.systems[rows[-1].ref.system].marker
    values = [r.body.get(field) for r in rows if r.kind == "upserted" and field is not None]
    return str(values[-1]) if values and values[-1] else None


def _own_key(book: Rulebook, rows: Sequence[InboxRow]) -> str | None:
    field = book.systems[rows[-1].ref.system].own_key
    if field is None:
        return None
    for row in reversed(rows):
        value = row.body.get(field) if row.kind == "upserted" else None
        if value:
            return str(value)
    return None


def _same_as_sent(
    book: Rulebook, rows: Sequence[InboxRow], intents: Mapping[str, list[plans.IntentRow]],
) -> Iterator[tuple[plans.IntentRow, bool]]:
    """Where a system keeps no key of ours: a new record that shows just what an unanswered create sent may be that one. With each
    create, whether the vendor would have made something of what was sent."""
    last = rows[-1]
    rules = book.systems[last.ref.system]
    if last.kind == "gone" or rules.own_key is not None:
        return
    open_ = [i for found in intents.values() for i in found
             if i.op == "create" and i.system == last.ref.system and last.arrived >= i.sent_at]
    there = rules.lens.read(folded(rows, {})[0]).projection if open_ else {}
    for intent in open_:
        odd = differing(book.entity, there, intent.shown)
        if all(rewritten(intent.shown.get(u), there.get(u)) for u in odd):
            yield intent, bool(odd)


def _born(tx: Tx, book: Rulebook, run: str, owners: Sequence[str], tally: Tally) -> None:
    """The contacts of new records get their values; records of ours found again are compared later, as any link."""
    links = contacts.homes(tx, ids=owners)
    desk = Desk(tx, book, run)
    desk.take({home.contact for home in links.values()})
    rows: dict[str, list[InboxRow]] = {}
    for row in inbox.load(tx, [o for o in owners if o in links], inbox.OBSERVED):
        rows.setdefault(row.owner, []).append(row)
    new = {o: told for o in owners if (r := rows.get(o)) and not desk.links[o].created_by_write and (told := _until_gone(r))}
    natives = {o: folded(r, {}) for o, r in new.items()}
    refs = desk.refs_for((desk.links[o].ref.system, native) for o, (native, _) in natives.items())
    done: list[int] = []
    for owner, (native, last) in natives.items():
        link = desk.links[owner]
        rules = book.systems[link.ref.system]
        projection, waiting = desk.project(link.ref.system, native, refs, {})
        projection = dated_consents(book.entity, projection, {}, last.arrived)
        seq = tx.next_seq()
        contact = desk.contacts[link.contact]
        at = 0 if last.first else int(last.arrived)
        contact.units, link.left = birth(
            book.entity, projection, owner, link.ref.system, rev=seq, at=at, authority=book.authority)
        link.native, link.shadow, link.lens_hash = native, projection, rules.lens.fingerprint
        link.native_hash = native_hash(NativeRecord(link.ref, native))
        with_version(link, last.version)
        link.own_key = _own_key(book, new[owner])
        contact.waiting = 1
        desk.touch(contact)
        desk.touch(link)
        desk.recognise(link)
        desk.write_down(contact.id, "born", {
            "link": owner, "system": link.ref.system, "ref": link.ref.native_id,
            "units": {u: [None, 0, "", c.value, owner] for u, c in contact.units.items()},
            "decisions": [[u, owner, "left", projection.get(u), "not the owner: left", None] for u in sorted(link.left)],
        }, seq=seq)
        desk.history.append((owner, None, contact.id, "born", seq))
        desk.wait_for(link, waiting)
        done += [r.seq for r in new[owner]]
        tally.linked += 1
    inbox.remove(tx, done)
    desk.store()
    wake(tx, [(desk.links[o].ref.system, desk.links[o].ref.native_id) for o in new])


def wake(tx: Tx, born: Iterable[tuple[str, str]]) -> None:
    """Links that waited for these records are compared again, though their version is the same (merge.md 2)."""
    by_system: dict[str, list[str]] = {}
    for system, native_id in born:
        by_system.setdefault(system, []).append(native_id)
    for system, native_ids in sorted(by_system.items()):
        waiting = contacts.waiting_for(tx, system, native_ids)
        found = contacts.load_links(tx, ids=waiting)
        inbox.add_changes(tx, [
            (k.id, Upserted(NativeRecord(k.ref, k.native, k.version))) for k in found.values() if k.live], confirmed=True)
