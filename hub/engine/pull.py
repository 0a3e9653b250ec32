"""Pull: what a system tells goes into the inbox, chunk by chunk; the checkpoint goes with the last (design.md 5)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.errors import ConnectorError, ResyncRequired
from hub.model.record import Change, Gone, NativeRecord, Upserted
from hub.model.refs import RecordRef
from hub.sdk.connector import Connector
from hub.store import contacts, inbox
from hub.store.store import CHUNK, Store, Tx, chunks, digest

DAY_S = 86400.0
WEEK_S = 7 * DAY_S


@dataclass(slots=True)
class PullReport:
    """``read``: records the system told of; ``arrived``: those that differ from what was known. ``listed``: records of
    a full listing that ended, else None. ``error``: why it stopped."""

    system: str
    read: int = 0
    arrived: int = 0
    listed: int | None = None
    resynced: bool = False
    error: ConnectorError | None = None
    warnings: list[str] = field(default_factory=list)


async def pull(
    system: str, connector: Connector, store: Store, entity: str = "contact", *, sweep_s: float = DAY_S, whole_s: float = WEEK_S,
    accepted: bool = False,
) -> PullReport:
    """Read one system. A ConnectorError ends it and is reported; what arrived before stays.

    ``sweep_s``: a system that sends no tombstones is listed whole after so many seconds; ``whole_s``: any other one, for what
    changed there without a trace, as by an import into its database. ``accepted``: a person looked, and an empty listing of it
    is right.
    """
    report = PullReport(system)
    try:
        since, listed_at = await store.call(_checkpoint, store, system, entity)
        told, age = connector.capabilities.deletes_seen_as == "tombstone", store.clock() - listed_at
        if not told and age > sweep_s:
            since = None  # deletes such a system does not tell of are found by listing everything now and then
        first, owed = since is None and not listed_at, since is not None and not listed_at
        try:
            await _read(system, connector, store, entity, since, report, first, accepted)
            if owed:
                await _read_owed(system, connector, store, entity, report)
            elif since is not None and age > whole_s:  # after what it tells of, so that no tombstone is lost
                await _read(system, connector, store, entity, None, report, False, accepted)
        except ResyncRequired:
            report.resynced = True
            await store.call(_forget, store, system, entity)
            await _read(system, connector, store, entity, None, report, False, accepted)
    except ConnectorError as e:
        report.error = e
    return report


async def _read(
    system: str, connector: Connector, store: Store, entity: str, since: Mapping[str, Any] | None, report: PullReport,
    first: bool, accepted: bool,
) -> None:
    listed, before = 0, await store.call(_newest, store)
    async for page in connector.pull(entity, since):
        report.read += len(page.changes)
        listed += sum(isinstance(c, Upserted) for c in page.changes)
        listing = page.listing_id if page.listing != "none" else ""
        parts = list(chunks(page.changes, CHUNK)) or [[]]
        for n, part in enumerate(parts):
            last = n == len(parts) - 1
            done = page.checkpoint if last and page.listing == "none" else None
            doubtful = await store.call(_arrive, store, system, entity, part, listing, done, first, report)
            if doubtful:
                await _ask(connector, store, system, entity, doubtful, report)
        if page.listing == "ends":
            report.listed = listed
            missing = await store.call(_missing, store, system, entity, page.collections, page.listing_id, before)
            if listed or accepted:  # an empty listing is judged by the census, not asked record by record, and not gone on from
                await _ask(connector, store, system, entity, missing, report)
            if page.checkpoint is not None and (listed or accepted or not missing):
                await store.call(_settle, store, system, entity, page.checkpoint, bool(listed or accepted))


async def _read_owed(system: str, connector: Connector, store: Store, entity: str, report: PullReport) -> None:
    """Its first listing showed nobody, perhaps because the account saw nobody yet: the changes since do not tell who was
    there. Listed whole after them, so that no tombstone is lost; that it shows nobody again proves nothing."""
    await _read(system, connector, store, entity, None, report, True, False)
    report.listed = report.listed or None


async def _ask(
    connector: Connector, store: Store, system: str, entity: str, refs: Sequence[RecordRef], report: PullReport
) -> None:
    """Read records by id: absence from a listing and versions seen before prove nothing."""
    for part in chunks(refs, CHUNK):
        answers = await connector.fetch(part)
        changes: list[Change] = [a if isinstance(a, Gone) else Upserted(a) for a in answers]
        await store.call(_confirm, store, system, entity, changes, report)


def _checkpoint(store: Store, system: str, entity: str) -> tuple[Mapping[str, Any] | None, float]:
    with store.reading() as tx:
        return inbox.checkpoint(tx, system, entity)


def _forget(store: Store, system: str, entity: str) -> None:
    with store.writing() as tx:
        inbox.set_checkpoint(tx, system, entity, None)


def _settle(store: Store, system: str, entity: str, checkpoint: Mapping[str, Any], listed: bool) -> None:
    with store.writing() as tx:
        inbox.set_checkpoint(tx, system, entity, checkpoint, listed=listed)


def _arrive(
    store: Store, system: str, entity: str, part: Sequence[Change], listing: str, checkpoint: Mapping[str, Any] | None,
    first: bool, report: PullReport,
) -> list[RecordRef]:
    with store.writing() as tx:
        doubtful = _take(tx, part, listing, report, confirmed=False, first=first)
        if checkpoint is not None:
            inbox.set_checkpoint(tx, system, entity, checkpoint)
        return doubtful


def _confirm(store: Store, system: str, entity: str, part: Sequence[Change], report: PullReport) -> None:
    with store.writing() as tx:
        _take(tx, part, "", report, confirmed=True, first=False)


def _newest(store: Store) -> int:
    with store.reading() as tx:
        return inbox.newest(tx)


def _missing(
    store: Store, system: str, entity: str, collections: Sequence[str], listing: str, before: int
) -> list[RecordRef]:
    """Linked records that the listing does not have, and those that wait since an earlier listing broke off."""
    with store.reading() as tx:
        found = contacts.not_listed(tx, system, entity, collections, listing)
        return list(dict.fromkeys([*found, *inbox.not_listed(tx, system, entity, collections, before)]))


def native_hash(record: NativeRecord) -> str:
    """Equal for equal native records."""
    return digest(_text(record.data))[:32]


def same_native(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """The same, of what was stored of them."""
    return _text(one) == _text(other)


def _text(native: Mapping[str, Any]) -> str:
    return json.dumps(native, sort_keys=True, ensure_ascii=False, default=str)


def _take(tx: Tx, part: Sequence[Change], listing: str, report: PullReport, *, confirmed: bool, first: bool) -> list[RecordRef]:
    """Put what differs from what is known into the inbox; returns records to be read once more."""
    refs = [c.ref for c in part]
    known = contacts.links_by_ref(tx, refs)
    waiting = inbox.waiting_owners(tx, refs)
    seen_before: list[RecordRef] = []
    listed: list[str] = []
    arrivals: list[tuple[str, Change]] = []
    for change in part:
        link = known.get(change.ref)
        if link is not None and listing and isinstance(change, Upserted):
            listed.append(link.link)
        if link is not None and isinstance(change, Upserted) and change.ref not in waiting:
            record = change.record
            if link.life == "present" and not confirmed:
                known_version = record.version is not None and record.version == link.version
                if known_version and not (listing and record.complete):
                    continue
                if record.complete and (known_version or record.version is None) and native_hash(record) == link.native_hash:
                    continue
                if record.version is not None and record.version in link.past:
                    seen_before.append(change.ref)
                    continue
        if link is None and isinstance(change, Gone) and change.ref not in waiting:
            continue
        owner = waiting.get(change.ref) or (link.link if link is not None else tx.new_id())  # an ended id may be another's by now
        waiting[change.ref] = owner
        arrivals.append((owner, change))
    inbox.add_changes(tx, arrivals, confirmed=confirmed, first=first)
    contacts.touch_listed(tx, listed, listing)
    report.arrived += len(arrivals)
    return seen_before
