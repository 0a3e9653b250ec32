"""The connector of a memory system: what a connector for a real vendor is, over faults instead of a network."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from hub.errors import AuthFailed, ContractBroken, ResyncRequired, Throttled, Transient
from hub.model.record import Change, Gone, NativeRecord, Page, Upserted
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite, Refused, Unknown, WriteResult
from hub.sdk.capabilities import Batch, Capabilities, Support
from hub.sdk.connector import Checkpoint, Health
from hub.testing.faults import Faults
from hub.testing.memory_native import KEY, MARKER, Refusal, Traits
from hub.testing.memory_vendor import Expired, Locked, MemorySystem, Moved, NotThere, Row


class Settings(BaseModel):
    """Nothing to fill in."""

    model_config = ConfigDict(extra="forbid")


def capabilities(traits: Traits) -> Capabilities:
    """What a connector of such a system declares."""

    def can(yes: bool) -> Support:
        return Support.YES if yes else Support.CANNOT

    return Capabilities(
        cursor=traits.cursor,
        cursor_precision_s=traits.tick_s if traits.cursor == "timestamp" else 0,
        deletes_seen_as=traits.deletes_seen_as,
        conditional_write=can(traits.conditional),
        idempotent_create=can(traits.own_key and traits.unique_key),
        returns_written=traits.returns,
        batch=Batch(traits.batch_max, traits.batch_mode),
        max_page=traits.page,
        own_key_field=KEY if traits.own_key else None,
        write_marker=MARKER if traits.marker else None,
    )


class MemoryConnector:
    """The connector of one ``MemorySystem``; ``find`` and ``merge`` are there where the system has them.

    Unlike other kinds, its capabilities are those of the system at hand. ``may``: what its account may.
    """

    kind: ClassVar[str] = "memory"
    capabilities: ClassVar[Capabilities] = Capabilities()
    Settings: ClassVar[type[BaseModel]] = Settings

    def __init__(self, world: MemorySystem, faults: Faults | None = None, *, system: str | None = None,
                 may: Literal["write", "read", "nothing"] = "write") -> None:
        self.world, self.traits, self.faults = world, world.traits, faults or Faults()
        self.system, self.may = system or world.name, may
        self.capabilities = capabilities(world.traits)  # type: ignore[misc]
        if self.traits.own_key:
            self.find = self._find
        if self.traits.merges:
            self.merge = self._merge

    async def check(self) -> Health:
        with self._reading("check"):
            self.world.listed(None, "", 1)
            return Health("hub@memory", f"memory:{self.world.name}", can_write=self.may == "write" and not self.world.read_only)

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        started = self.world.here, self.world.tick
        if since is not None and self.faults.strikes("resync"):
            raise ResyncRequired(f"{self.system}: the checkpoint is not accepted any more")
        everything = since is None or self.traits.cursor == "none"
        before: Sequence[Change] = ()
        async for page in self._listing(started) if everything else self._changes(since or {}, started):
            again = before if self.faults.strikes("replayed") else ()
            yield Page([*page.changes, *again], page.checkpoint, page.listing, page.listing_id, page.collections)
            before = page.changes
            if page.checkpoint is None and page.listing != "ends" and self.faults.strikes("break_off"):
                raise Transient(f"{self.system}: the listing broke off")

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        out: list[NativeRecord | Gone] = []
        for start in range(0, len(refs), self.traits.page):
            with self._reading("fetch"):
                out += [self._present(ref) for ref in refs[start:start + self.traits.page]]
        return out

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        out: list[WriteResult] = []
        for start in range(0, len(batch), self.traits.batch_max):
            try:
                out += await self._careful(batch[start:start + self.traits.batch_max])
            except (Throttled, AuthFailed) as error:
                if not start:
                    raise
                wait = error.retry_after_s if isinstance(error, Throttled) else None
                out += [Refused("transient", "the batches before were taken, this one not", wait)] * (len(batch) - start)
                break
        return out

    async def _careful(self, writes: Sequence[NativeWrite]) -> list[WriteResult]:
        """Where the system has no condition, the batch is read just before it is written (design.md 4, Writing)."""
        known = [w for w in writes if w.op != "create"]
        if self.traits.conditional or not known:
            return self._call(writes)
        try:
            there = dict(zip((w.ref for w in known), await self.fetch([w.ref for w in known]), strict=True))
        except Transient:
            return [Refused("transient", "it could not be read before writing")] * len(writes)
        moved = {w.ref: Refused("gone", "the record is not there") if isinstance(now, Gone)
                 else Refused("stale", "the record has another version")
                 for w in known if isinstance(now := there[w.ref], Gone) or dict(now.data) != dict(w.before or {})}
        done = iter(self._call(rest) if (rest := [w for w in writes if w.ref not in moved or w.op == "create"]) else [])
        return [moved[w.ref] if w.op != "create" and w.ref in moved else next(done) for w in writes]

    async def close(self) -> None:
        pass

    async def _find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        with self._reading("find"):
            rows = {key: row for key in keys if (row := self.world.holder(key)) and not row.hidden}
            return {key: self._record(row) for key, row in rows.items()}

    async def _merge(self, winner: RecordRef, loser: RecordRef) -> WriteResult:
        with self._writing("merge") as fate:
            if isinstance(fate, Refused) or fate == "not done":
                return fate if isinstance(fate, Refused) else Unknown("a server error")
            try:
                row = self.world.merged(winner.native_id, loser.native_id)
            except NotThere:
                return Refused("gone", "one of the two is not there")
            return Unknown("no answer") if fate == "unanswered" else self._answer(row)

    async def _listing(self, started: tuple[int, datetime]) -> AsyncIterator[Page]:
        """Everything, by id: a record that changes meanwhile comes again with the next pull."""
        listing_id, after = f"{self.world.name}-{self.world.requests}", ""
        while True:
            with self._reading("list"):
                rows = self.world.listed(None, after, self.traits.page)
            if len(rows) < self.traits.page:
                yield Page([self._change(row) for row in rows], self._checkpoint(started), "ends", listing_id,
                           self.traits.collections)
                return
            yield Page([self._change(row) for row in rows], None, "partial", listing_id)
            after = rows[-1].id

    async def _changes(self, since: Checkpoint, started: tuple[int, datetime]) -> AsyncIterator[Page]:
        place, last = int(since.get("place", 0)), None
        while True:
            with self._reading("changes"):
                if self.traits.cursor == "token":
                    # with changed keys only, what changes meanwhile is told now: later its earlier keys would be missing
                    until = sys.maxsize if self.traits.partial else started[0]
                    rows = self.world.changed(place, until, self.traits.page)
                else:
                    rows = self.world.modified(datetime.fromisoformat(since["since"]), last, self.traits.page)
            told = int(since.get("place", 0)) if self.traits.partial else None
            changes = [self._change(row, told) for row in rows]
            if len(rows) < self.traits.page:
                yield Page(changes, self._checkpoint(started))
                return
            yield Page(changes)
            place, last = rows[-1].at, (rows[-1].modified_at, rows[-1].id)

    def _checkpoint(self, started: tuple[int, datetime]) -> Checkpoint | None:
        """From the start of the pull: what changed while it ran is told again."""
        if self.traits.cursor == "none":
            return None
        return {"place": started[0]} if self.traits.cursor == "token" else {"since": started[1].isoformat()}

    def _change(self, row: Row, told: int | None = None) -> Change:
        gone = self._gone(row)
        if gone is not None:
            return gone
        record = self._record(row)
        if told is None:
            return Upserted(record)
        new = {key: row.data[key] for key, place in row.changed.items() if place > told}
        return Upserted(NativeRecord(record.ref, new, record.version, record.modified_at, complete=False))

    def _gone(self, row: Row) -> Gone | None:
        ref = self._ref(row)
        if row.life == "merged" and row.into:
            into = self.world.row(row.into)
            return Gone(ref) if self.traits.deletes_seen_as == "absence" else Gone(ref, "merged_into", self._ref(into))
        if row.life == "trashed":
            how = {"absence": "deleted", "inactive": "inactive"}.get(self.traits.deletes_seen_as, "trashed")
            return Gone(ref, how)  # type: ignore[arg-type]
        if row.life != "live":
            return Gone(ref)
        return Gone(ref, "left_view") if row.hidden else None

    def _present(self, ref: RecordRef) -> NativeRecord | Gone:
        try:
            row = self.world.row(ref.native_id)
        except NotThere:
            return Gone(ref)
        if row.collection != ref.collection:
            return Gone(ref)
        past = self.world.past(row.id)
        if past and self.faults.strikes("stale_read"):
            row = past[-1]
        return self._gone(row) or self._record(row)

    def _call(self, writes: Sequence[NativeWrite]) -> list[WriteResult]:
        """One request."""
        with self._writing("write") as fate:
            if isinstance(fate, Refused):
                return [fate] * len(writes)
            if fate == "not done":
                return [Unknown("a server error")] * len(writes)
            if self.traits.batch_mode == "atomic" and (refused := self._all_or_nothing(writes)):
                results = refused
            else:
                results = [self._one(write) for write in writes]
            return [Unknown("no answer")] * len(writes) if fate == "unanswered" else results

    def _one(self, write: NativeWrite) -> WriteResult:
        if self.traits.batch_mode == "partial" and self.faults.strikes("partial_batch"):
            return Refused("transient", "this one was left out")
        try:
            if write.op == "create":
                holder = self.world.holder(write.patch.get(KEY))
                row = self.world.created(write.patch, write.ref.collection)
                made = self._answer(row)  # of one that was there already the version is not ours: somebody may have typed since
                return replace(made, version=None) if holder is not None and holder.id == row.id else made
            if write.op == "update":
                return self._answer(self.world.updated(write.ref.native_id, write.patch, write.expect))
            self.world.deleted(write.ref.native_id, write.expect)
            return Done(write.ref)
        except (NotThere, Moved, Refusal) as error:
            return _refused(error)

    def _all_or_nothing(self, writes: Sequence[NativeWrite]) -> list[WriteResult]:
        """[] when the batch goes through; else why not, for each write."""
        out: list[WriteResult] = [Refused("transient", "another write of the batch was refused")] * len(writes)
        through = True
        for place, write in enumerate(writes):
            try:
                if self.faults.strikes("partial_batch"):
                    out[place], through = Refused("transient", "this one was left out"), False
                else:
                    self.world.check(write.ref.native_id, write.patch, write.expect)
            except (NotThere, Moved, Refusal) as error:
                out[place], through = _refused(error), False
        return [] if through else out

    def _answer(self, row: Row) -> Done:
        record = self._record(row)
        if self.traits.returns == "record":
            return Done(record.ref, record, record.version)
        return Done(record.ref, None, record.version if self.traits.returns == "version" else None)

    def _record(self, row: Row) -> NativeRecord:
        record = self.world.shown(row)
        return NativeRecord(self._ref(row), record.data, record.version, record.modified_at)

    def _ref(self, row: Row) -> RecordRef:
        return RecordRef(self.system, row.collection, "contact", row.id)

    @contextmanager
    def _reading(self, op: str) -> Iterator[None]:
        """One request that reads: what goes wrong before it, what it finds, what goes wrong after it."""
        faults = self.faults
        faults.between("before", op)
        if faults.down or faults.strikes("lost_before") or faults.strikes("server_error"):
            raise Transient(f"{self.system}: no answer")
        if faults.strikes("throttled"):
            raise Throttled(f"{self.system}: asked to wait", faults.retry_after_s)
        self._login(write=False)
        try:
            yield
        except Expired as error:
            raise ResyncRequired(f"{self.system}: {error}") from None
        faults.between("after", op)
        if faults.strikes("lost_after"):
            raise Transient(f"{self.system}: no answer")
        if faults.strikes("garbled"):
            raise ContractBroken(f"{self.system}: the answer makes no sense")

    @contextmanager
    def _writing(self, op: str) -> Iterator[Refused | str]:
        """One request that writes, and its fate: refused unsent, "not done" (nobody can say), "done", "unanswered"."""
        faults = self.faults
        faults.between("before", op)
        if faults.strikes("throttled"):
            raise Throttled(f"{self.system}: asked to wait", faults.retry_after_s)
        if faults.down or faults.strikes("lost_before"):
            yield Refused("transient", "no connection")
        elif faults.strikes("server_error"):
            yield "not done"
        else:
            self._login(write=True)
            yield "unanswered" if faults.strikes("lost_after") or faults.strikes("garbled") else "done"
        faults.between("after", op)

    def _login(self, *, write: bool) -> None:
        try:
            if self.may == "nothing" or self.faults.strikes("auth_failed"):
                raise Locked("the credentials are not accepted")
            if write and self.may == "read":
                raise Locked("the account may only read")
            self.world.login(write=write)
        except Locked as error:
            raise AuthFailed(f"{self.system}: {error}. Enter them again.") from None


def _refused(error: Exception) -> Refused:
    if isinstance(error, NotThere):
        return Refused("gone", "the record is not there")
    if isinstance(error, Moved):
        return Refused("stale", "the record has another version")
    return Refused("rejected", str(error))
