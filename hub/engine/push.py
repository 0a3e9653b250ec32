"""Push: claim a batch, call, note the answer. The intent is committed before the call (design.md 4, Writing)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.engine.consents import dated_consents
from hub.engine.desk import Desk, with_version
from hub.engine.pull import native_hash
from hub.engine.report import Tally
from hub.engine.together import unbroken
from hub.errors import ConnectorError
from hub.model.record import Change, Gone, NativeRecord, Upserted
from hub.model.refs import RecordRef
from hub.model.units import EXISTS
from hub.model.write import Done, NativeWrite, Refused, Unknown, WriteResult
from hub.rules.lenses.lens import Refs
from hub.rules.matching import match
from hub.rules.rulebook import Rulebook
from hub.rules.settle import answered, as_kept, differing, laid_over, not_shown
from hub.sdk.connector import Connector, SupportsSearch
from hub.store import contacts, inbox, plans
from hub.store.contacts import LinkRow
from hub.store.plans import IntentRow, WriteRow
from hub.store.store import Store

SINGLE = 100
"""Writes claimed at once for a system that takes them one by one: each claim costs two commits, and each may have to be
asked about when the process ends in between."""


async def push(system: str, connector: Connector, store: Store, book: Rulebook, run: str, tally: Tally) -> None:
    """Send every ready write of one system. A ConnectorError stops this system; the rest stays ready."""
    while await unbroken(_push_batch(system, connector, store, book, run, tally)):
        pass


async def _push_batch(system: str, connector: Connector, store: Store, book: Rulebook, run: str, tally: Tally) -> bool:
    """Claim, call, answer. False when there is nothing more to send now."""
    size = max(1, connector.capabilities.batch.max)
    claimed = await store.call(_claim, store, book, run, system, min(size, 200) if size > 1 else SINGLE)
    if not claimed:
        return False
    batch = [_native_write(book, w, i) for w, i in claimed]
    try:
        results: Sequence[WriteResult] = await connector.write(book.entity.name, batch)
    except ConnectorError as e:  # raised before anything was sent
        await store.call(_unclaim, store, claimed, str(e))
        raise
    results = await _read_back(connector, batch, results)
    fetched = await _fetch_stale(connector, batch, results)
    await store.call(_answer, store, book, run, claimed, results, fetched, tally)
    return not any(isinstance(r, Refused) and r.reaction == "transient" for r in results)


def _native_write(book: Rulebook, write: WriteRow, intent: IntentRow) -> NativeWrite:
    ref = RecordRef(write.system, write.collection, write.entity, write.native_id)
    return NativeWrite(write.op, ref, intent.patch, intent.before, write.expect, intent.key or "")  # type: ignore[arg-type]


async def _read_back(connector: Connector, batch: Sequence[NativeWrite], results: Sequence[WriteResult]) -> list[WriteResult]:
    """Where the answer does not carry the stored record it is read: a vendor may have cut or rewritten it. A record
    that cannot be read now is an unknown outcome: it is asked about before it is compared (merge.md 3)."""
    bare = [n for n, r in enumerate(results) if isinstance(r, Done) and r.record is None and batch[n].op != "delete"]
    out = list(results)
    if not bare:
        return out
    try:
        found = await connector.fetch([results[n].ref for n in bare])  # type: ignore[union-attr]
    except ConnectorError:
        found = [Gone(results[n].ref) for n in bare]  # type: ignore[union-attr]
    for n, there in zip(bare, found, strict=True):
        done = results[n]
        assert isinstance(done, Done)
        out[n] = Done(done.ref, there, done.version) if isinstance(there, NativeRecord) else Unknown("it could not be read back")
    return out


async def _fetch_stale(
    connector: Connector, batch: Sequence[NativeWrite], results: Sequence[WriteResult],
) -> list[NativeRecord | Gone]:
    """The present state of records that moved under us; next merge sees it (merge.md 13)."""
    refs = [w.ref for w, r in zip(batch, results, strict=True)
            if isinstance(r, Refused) and r.reaction in ("stale", "gone") and w.op != "create"]
    if not refs:
        return []
    try:
        return list(await connector.fetch(refs))
    except ConnectorError:
        return []  # the next pull brings it


def _claim(store: Store, book: Rulebook, run: str, system: str, size: int) -> list[tuple[WriteRow, IntentRow]]:
    with store.writing() as tx:
        rows = plans.writes(tx, system=system, states=("ready",), limit=size)
        if not rows:
            return []
        tries = plans.attempts(tx, [w.id for w in rows])
        links = contacts.load_links(tx, ids=[w.link for w in rows if w.link])
        marker = book.systems[system].marker
        out = []
        for w in rows:
            intent_id = tx.new_id()
            patch = dict(w.patch)
            if marker is not None and w.op != "delete":
                patch[marker] = intent_id
            intent = IntentRow(
                intent_id, w.id, tries.get(w.id, 0) + 1, system, w.contact, w.link, w.op,
                _key(book, w), intent_id if marker is not None else None, "sent", tx.now(),
                patch, w.sent, w.shown, w.collection, w.reason, book.systems[system].lens.fingerprint)
            intent.before = links[w.link].native if w.link in links else None
            out.append((w, intent))
        plans.add_intents(tx, [i for _, i in out])
        plans.set_write_state(tx, {w.id: ("claimed", "") for w, _ in out})
        return out


def _key(book: Rulebook, write: WriteRow) -> str | None:
    """The key a create carries: as planned in its patch, or the contact's id where the system keeps none."""
    if write.op != "create":
        return None
    field = book.systems[write.system].own_key
    return str(write.patch[field]) if field is not None else write.contact


def _unclaim(store: Store, claimed: Sequence[tuple[WriteRow, IntentRow]], why: str) -> None:
    with store.writing() as tx:
        plans.set_intent_state(tx, {i.id: ("answered", "not sent") for _, i in claimed})
        plans.set_write_state(tx, {w.id: ("ready", "") for w, _ in claimed})


def _answer(
    store: Store, book: Rulebook, run: str, claimed: Sequence[tuple[WriteRow, IntentRow]], results: Sequence[WriteResult],
    fetched: Sequence[NativeRecord | Gone], tally: Tally,
) -> None:
    with store.writing() as tx:
        desk = Desk(tx, book, run)
        desk.take({desk.alias(w.contact) for w, _ in claimed})
        records = [(w.system, r.record.data) for (w, _), r in zip(claimed, results, strict=True)
                   if isinstance(r, Done) and r.record]
        refs = desk.refs_for(records)
        desk.look_up(r.ref for (w, _), r in zip(claimed, results, strict=True) if isinstance(r, Done) and w.op == "create")
        writes: dict[str, tuple[str, str]] = {}
        intents: dict[str, tuple[str, str]] = {}
        for (write, intent), result in zip(claimed, results, strict=True):
            writes[write.id], intents[intent.id] = _one(desk, refs, write, intent, result, tally)
        plans.set_intent_state(tx, intents)
        plans.set_write_state(tx, writes)
        desk.store()
        links = {k.ref: k.id for k in desk.links.values() if k.live}
        inbox.add_changes(tx, [
            (links[f.ref], f if isinstance(f, Gone) else Upserted(f)) for f in fetched if f.ref in links], confirmed=True)


def _one(
    desk: Desk, refs: Mapping[str, Refs], write: WriteRow, intent: IntentRow, result: WriteResult, tally: Tally,
) -> tuple[tuple[str, str], tuple[str, str]]:
    contact = desk.alias(write.contact)
    if isinstance(result, Unknown):
        tally.unknown += 1
        return ("claimed", result.why), ("unknown", result.why)
    if isinstance(result, Refused):
        return _refused(desk, contact, write, result, tally)
    if write.op == "delete":
        _deleted(desk, contact, write)
        tally.deleted += 1
        return ("done", ""), ("answered", "deleted")
    if write.op == "create":
        landed(desk, contact, write.id, intent, result, refs)
        tally.created += 1
    else:
        _updated(desk, contact, write, intent, result, refs)
        tally.updated += 1
    return ("done", ""), ("answered", "done")


def _refused(
    desk: Desk, contact: str, write: WriteRow, result: Refused, tally: Tally
) -> tuple[tuple[str, str], tuple[str, str]]:
    row = desk.contacts[contact]
    row.waiting = 1
    desk.touch(row)
    if result.reaction == "rejected":
        link = desk.links.get(write.link or "")
        lens_hash = desk.book.systems[write.system].lens.fingerprint
        desk.park(write.link or contact, link.version if link else write.system, write.digest, lens_hash, result.why)
        desk.write_down(contact, "refused", {"system": write.system, "op": write.op, "why": result.why})
        tally.refused += 1
        return ("refused", result.why), ("answered", result.why)
    if result.reaction in ("stale", "gone"):
        tally.stale += 1
        return ("dropped", result.why), ("answered", result.why)
    return ("ready", result.why), ("answered", "not sent")  # what a person approved stays approved until it can be sent


def landed(desk: Desk, contact: str, write_id: str, intent: IntentRow, result: Done, refs: Mapping[str, Refs]) -> LinkRow:
    """A create landed: the record gets its link (merge.md 13)."""
    there = desk.link_at(result.ref)
    link = LinkRow(desk.tx.new_id() if there is None or there.life in ("gone", "merged") else there.link, contact, result.ref)
    rules = desk.book.systems[result.ref.system]
    link.created_by_write, link.own_key, link.lens_hash = write_id, intent.key, rules.lens.fingerprint
    units = desk.contacts[contact].units
    link.behind = {u: None for u in units if rules.lens.covers(u)}
    link.behind = {u: r for u, r in answered(units, link.behind, intent.sent).items() if u in units}
    _show(desk, link, intent, result, refs)
    link.behind = not_shown(desk.entity, units, link.behind, link.shadow)
    if there is None or there.life in ("gone", "merged"):
        desk.add_link(link)
        desk.write_down(contact, "created", {"link": link.id, "system": link.ref.system, "ref": link.ref.native_id,
                                             "sent": intent.sent})
    return link


def _updated(desk: Desk, contact: str, write: WriteRow, intent: IntentRow, result: Done, refs: Mapping[str, Refs]) -> None:
    link = desk.links.get(write.link or "")
    if link is None:
        return
    link.behind = answered(desk.contacts[link.contact].units, link.behind, intent.sent)
    _show(desk, link, intent, result, refs)
    desk.touch(link)
    desk.write_down(link.contact, "written", {"link": link.id, "system": link.ref.system, "sent": intent.sent,
                                              "before": write.before, "after": write.after})


def _show(desk: Desk, link: LinkRow, intent: IntentRow, result: Done, refs: Mapping[str, Refs]) -> None:
    """shadow := what was answered or read back (merge.md 13)."""
    earlier, before = link.shadow, {**link.shadow, **intent.shown}
    assert result.record is not None
    native = dict(result.record.data)
    observed, waiting = desk.project(link.ref.system, native, refs, before)
    observed = dated_consents(desk.entity, observed, before, desk.tx.now(), desk.contacts[link.contact].units)
    desk.wait_for(link, waiting)
    ours = result.version is None or result.version == result.record.version
    ours_there = laid_over(desk.entity, link.shadow, intent.shown, observed)
    if ours and (result.version is not None or not differing(desk.entity, ours_there, observed)):
        link.native, link.shadow = native, observed
    else:  # somebody typed between our write and our reading: what differs from what we sent is theirs
        lens = desk.book.systems[link.ref.system].lens
        link.native, link.shadow = as_kept(desk.entity, lens, link.native, intent.patch, native, ours_there), ours_there
        inbox.add_changes(desk.tx, [(link.id, Upserted(result.record))], confirmed=True)
    with_version(link, result.record.version)
    link.native_hash = native_hash(NativeRecord(link.ref, link.native))
    link.life = "present"
    if match.profile(earlier) != match.profile(link.shadow):
        desk.wrote(link)


def _deleted(desk: Desk, contact: str, write: WriteRow) -> None:
    link = desk.links.get(write.link or "")
    if link is None:
        return
    link.life, link.tombstone = "gone", write.reason != "on_leave"
    link.behind.pop(EXISTS, None)
    desk.touch(link)
    desk.write_down(link.contact, "deleted", {"link": link.id, "system": link.ref.system, "before": write.before})


async def recover(system: str, connector: Connector, store: Store, book: Rulebook, run: str) -> int:
    """Find out what became of calls whose answer was lost (merge.md 3, 13). Returns how many were open.

    Records are read by id, creates looked up by key; what is found goes into the inbox and is settled there. A create
    that is nowhere did not land. Raises ConnectorError when the system cannot be asked: nothing is forgotten.
    """
    open_now = await store.call(_open, store, system)
    if not open_now:
        return 0
    known = [(i, ref) for i, ref in open_now if ref is not None]
    if known:
        answers = await connector.fetch([ref for _, ref in known])
        await store.call(_observed, store, [(i.link or "", a) for (i, _), a in zip(known, answers, strict=True)])
    creates = [i for i, ref in open_now if ref is None and i.op == "create" and i.key]
    if creates and isinstance(connector, SupportsSearch):
        found = await connector.find(book.entity.name, [str(i.key) for i in creates])
        there = await connector.fetch([r.ref for r in found.values()]) if found else []
        gone = [a for a in there if isinstance(a, Gone)]
        await store.call(_found, store, book, run, system, creates, dict(found), gone)
    return len(open_now)


def _open(store: Store, system: str) -> list[tuple[IntentRow, RecordRef | None]]:
    """Calls to be asked about. Of a record that sleeps what was read since waits for it to wake: once is enough."""
    with store.reading() as tx:
        intents = plans.open_intents(tx, system=system)
        links = contacts.load_links(tx, ids=[i.link for i in intents if i.link])
        read: dict[str, float] = {}
        for row in inbox.load(tx, [k.id for k in links.values() if k.life != "present"], inbox.OBSERVED):
            read[row.owner] = max(row.arrived, read.get(row.owner, row.arrived))
        return [(i, links[i.link].ref if i.link in links else None) for i in intents
                if i.link not in read or read[i.link] <= i.sent_at]


def _observed(store: Store, answers: Sequence[tuple[str, NativeRecord | Gone]]) -> None:
    with store.writing() as tx:
        inbox.add_changes(
            tx, [(owner, a if isinstance(a, Gone) else Upserted(a)) for owner, a in answers if owner], confirmed=True)


def _found(
    store: Store, book: Rulebook, run: str, system: str, creates: Sequence[IntentRow], found: Mapping[str, NativeRecord],
    gone: Sequence[Gone],
) -> None:
    """Found records go into the inbox, with what became of them since; the others did not land."""
    with store.writing() as tx:
        arrivals: list[tuple[str, Change]] = []
        ended = {g.ref: g for g in gone}
        records = {str(k): r for k, r in found.items()}
        known = contacts.links_by_ref(tx, [r.ref for r in records.values()])
        waiting = inbox.waiting_owners(tx, [r.ref for r in records.values()])
        desk = Desk(tx, book, run)
        desk.take({desk.alias(i.contact) for i in creates})
        for intent in creates:
            record = records.get(str(intent.key))
            if record is None:
                plans.set_intent_state(tx, {intent.id: ("settled", "it had not landed")})
                plans.set_write_state(tx, {intent.write: ("dropped", "it had not landed")})
                row = desk.contacts[desk.alias(intent.contact)]
                row.waiting = 1
                desk.touch(row)
            elif record.ref not in known:
                owner = waiting.get(record.ref) or tx.new_id()
                arrivals.append((owner, Upserted(record)))
                if record.ref in ended:
                    arrivals.append((owner, ended[record.ref]))
            else:
                plans.set_intent_state(tx, {intent.id: ("settled", "it had landed")})
                plans.set_write_state(tx, {intent.write: ("done", "it had landed")})
        inbox.add_changes(tx, arrivals, confirmed=True)
        desk.store()
