"""Connectors with one planted fault each, and which check must find it."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from hub.errors import AuthFailed, ConnectorError, ContractBroken, Rejected, ResyncRequired, Throttled, Transient
from hub.model.record import Gone, NativeRecord, Page, Upserted
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite, Refused, Unknown, WriteResult
from hub.sdk.connector import Checkpoint, Health
from hub.testing.memory import KEY, MARKER, MemoryConnector, Traits

BASE = Traits(page=3, deletes_seen_as="soft flag", merges=True)


class Pages(MemoryConnector):
    """Pages are told otherwise: ``turn`` gives what becomes of one."""

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        async for page in super().pull(entity, since):
            for turned in self.turn(page, since):
                yield turned

    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [page]


class Records(MemoryConnector):
    """Records are shown otherwise, listed (``listed``) or everywhere (``shown``)."""

    def _record(self, row: Any) -> NativeRecord:
        return self.shown(super()._record(row))

    def _change(self, row: Any, told: int | None = None) -> Any:
        change = super()._change(row, told)
        return Upserted(self.listed(change.record)) if isinstance(change, Upserted) else change

    def shown(self, record: NativeRecord) -> NativeRecord:
        return record

    def listed(self, record: NativeRecord) -> NativeRecord:
        return record


class Writes(MemoryConnector):
    """What is sent (``sent``) or answered (``answered``) is otherwise."""

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        batch = [self.sent(write) for write in batch]
        results = await super().write(entity, batch)
        return [self.answered(write, result) for write, result in zip(batch, results, strict=True)]

    def sent(self, write: NativeWrite) -> NativeWrite:
        return write

    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        return result

    @staticmethod
    def but(write: NativeWrite, **patch: Any) -> NativeWrite:
        return dataclasses.replace(write, patch={**write.patch, **patch})


# Access

class NewOrganisationEachTime(MemoryConnector):
    async def check(self) -> Health:
        return dataclasses.replace(await super().check(), fingerprint=str(id(self)))


class SaysItMayNotWrite(MemoryConnector):
    async def check(self) -> Health:
        return dataclasses.replace(await super().check(), can_write=False)


class SaysItMayWrite(MemoryConnector):
    async def check(self) -> Health:
        return dataclasses.replace(await super().check(), can_write=True)


class ChecksByWriting(MemoryConnector):
    async def check(self) -> Health:
        self.world.user_create({"given": "hub was here"})
        return await super().check()


class ChecksNothing(MemoryConnector):
    async def check(self) -> Health:
        return Health("hub", "organisation")


class ActsForAnybody(MemoryConnector):
    """Its account may do what it may not."""

    def _login(self, *, write: bool) -> None:
        self.world.login(write=write)


class NobodyReads(MemoryConnector):
    def _login(self, *, write: bool) -> None:
        if self.may == "read":
            raise AuthFailed("no")
        super()._login(write=write)


class ShowsSecrets(MemoryConnector):
    def __repr__(self) -> str:
        return "MemoryConnector(password='memory-secret-1')"


class ShowsPeople(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        return Refused(result.reaction, f"{write.patch}") if isinstance(result, Refused) else result


class ClosesOnce(MemoryConnector):
    closed = False

    async def close(self) -> None:
        if self.closed:
            raise RuntimeError("already closed")
        self.closed = True


# Reading

class SkipsTheFirst(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [dataclasses.replace(page, changes=page.changes[1:])]


class FirstPageOnly(MemoryConnector):
    """The first page is the last."""

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        pages = [page async for page in super().pull(entity, since)]
        yield dataclasses.replace(pages[-1], changes=pages[0].changes)


class EndsTwice(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [page, page] if page.listing == "ends" else [page]


class CoversNothing(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [dataclasses.replace(page, collections=())]


class OneNameForAll(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [dataclasses.replace(page, listing_id="listing" if page.listing != "none" else "")]


class EmptyIsBroken(MemoryConnector):
    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        async for page in super().pull(entity, since):
            if page.listing == "ends" and not page.changes:
                raise ContractBroken("nothing found")
            yield page


class CheckpointsEarly(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [page if page.checkpoint else dataclasses.replace(page, checkpoint={"place": self.world.here})]


class ListsHalf(Records):
    def listed(self, record: NativeRecord) -> NativeRecord:
        return dataclasses.replace(record, data={k: v for k, v in record.data.items() if k != "notes"})


class ListsOtherwise(Records):
    def listed(self, record: NativeRecord) -> NativeRecord:
        return dataclasses.replace(record, data={**record.data, "notes": "…"})


class FetchesSorted(MemoryConnector):
    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        return sorted(await super().fetch(refs), key=lambda answer: answer.ref)


class FetchesAllForNothing(MemoryConnector):
    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        return await super().fetch(refs or [self._ref(self.world.row(r)) for r in self.world.records()]) or [
            Gone(RecordRef(self.system, "", "contact", "?"))]


class FetchesOnePage(MemoryConnector):
    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        return [*await super().fetch(refs[:self.traits.page]), *(Gone(ref) for ref in refs[self.traits.page:])]


class NamesItselfOtherwise(Records):
    def listed(self, record: NativeRecord) -> NativeRecord:
        return dataclasses.replace(record, ref=record.ref._replace(system="memory"))


class HoldsObjects(Records):
    def shown(self, record: NativeRecord) -> NativeRecord:
        return dataclasses.replace(record, data={**record.data, "seen": record.modified_at})


class LocalTimes(Records):
    def shown(self, record: NativeRecord) -> NativeRecord:
        return dataclasses.replace(record, modified_at=datetime(2026, 1, 1))


class OneVersion(Records):
    def shown(self, record: NativeRecord) -> NativeRecord:
        return dataclasses.replace(record, version=str(record.modified_at))


class RestlessVersions(Records):
    count = 0

    def shown(self, record: NativeRecord) -> NativeRecord:
        self.count += 1
        return dataclasses.replace(record, version=f"{record.version}-{self.count}")


class NoVersions(Records):
    def shown(self, record: NativeRecord) -> NativeRecord:
        return dataclasses.replace(record, version=None)


# Changes

class SeesNoChanges(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [page if since is None else dataclasses.replace(page, changes=[])]


class ChangesAreAListing(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [page if page.listing != "none" or page.checkpoint is None
                else dataclasses.replace(page, listing="ends", listing_id=f"l{self.world.requests}")]


class ForgetsInQuietTimes(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [page if page.changes else dataclasses.replace(page, checkpoint=None)]


class UsesCheckpointsUp(MemoryConnector):
    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        used: set[str] = self.__dict__.setdefault("used", set())
        async for page in super().pull(entity, since):
            yield dataclasses.replace(page, changes=[]) if str(since) in used else page
        used.add(str(since))


class CheckpointsAreObjects(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [dataclasses.replace(page, checkpoint=page.checkpoint and {**page.checkpoint, "pair": (1, 2)})]


class CheckpointsRunAhead(Pages):
    """The next checkpoint is one change too far."""

    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [dataclasses.replace(page, checkpoint=page.checkpoint and {"place": self.world.here + 1})]


class LaterThanTheTick(MemoryConnector):
    """Asks for what is later than the checkpoint's tick, and so never sees the rest of it."""

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        async for page in super().pull(entity, since):
            told = [c for c in page.changes if since is None or not isinstance(c, Upserted)
                    or (c.record.modified_at and c.record.modified_at.isoformat() > since["since"])]
            yield dataclasses.replace(page, changes=told)


class TicklessTimestamps(MemoryConnector):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.capabilities = dataclasses.replace(self.capabilities, cursor_precision_s=0)  # type: ignore[misc]


class SaysPartsAreWhole(Records):
    def listed(self, record: NativeRecord) -> NativeRecord:
        return dataclasses.replace(record, complete=True)


class ExpiredIsEmpty(MemoryConnector):
    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        try:
            async for page in super().pull(entity, since):
                yield page
        except ResyncRequired:
            yield Page([], since)




class NeverReadsAgain(MemoryConnector):
    """After an expired checkpoint it lists nothing."""

    dead = False

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        try:
            async for page in super().pull(entity, since):
                yield dataclasses.replace(page, changes=[]) if self.dead else page
        except ResyncRequired:
            self.dead = True
            raise


# Absence

class TellsNoDeletes(Pages):
    def turn(self, page: Page, since: Checkpoint | None) -> Sequence[Page]:
        return [dataclasses.replace(page, changes=[c for c in page.changes if not isinstance(c, Gone)])]


class TrashIsPresent(MemoryConnector):
    def _gone(self, row: Any) -> Gone | None:
        return None if row.life == "trashed" else super()._gone(row)


class GoneIsAnError(MemoryConnector):
    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        answers = await super().fetch(refs)
        if any(isinstance(answer, Gone) for answer in answers):
            raise Rejected("404")
        return answers


class ErasedIsTrashed(MemoryConnector):
    def _gone(self, row: Any) -> Gone | None:
        gone = super()._gone(row)
        return Gone(gone.ref, "trashed") if gone and gone.how == "deleted" else gone


class OnceGoneAlwaysGone(MemoryConnector):
    def _gone(self, row: Any) -> Gone | None:
        was = any(past.life == "trashed" for past in self.world.past(row.id))
        return Gone(self._ref(row), "trashed") if was else super()._gone(row)


class LosersAreDeleted(MemoryConnector):
    def _gone(self, row: Any) -> Gone | None:
        gone = super()._gone(row)
        return Gone(gone.ref) if gone and gone.how == "merged_into" else gone


class HiddenIsDeleted(MemoryConnector):
    def _gone(self, row: Any) -> Gone | None:
        gone = super()._gone(row)
        return Gone(gone.ref) if gone and gone.how == "left_view" else gone


class DeletesByHiding(Writes):
    def sent(self, write: NativeWrite) -> NativeWrite:
        return write if write.op != "delete" else NativeWrite("update", write.ref, {"notes": None}, write.before)


class GoneIsRejected(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        gone = isinstance(result, Refused) and result.reaction == "gone"
        return Refused("rejected", "404") if gone else result


class MakesWhatIsGone(MemoryConnector):
    """An update is an upsert."""

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        results = list(await super().write(entity, batch))
        for place, (write, result) in enumerate(zip(batch, results, strict=True)):
            if write.op == "update" and isinstance(result, Refused) and result.reaction == "gone":
                made = NativeWrite("create", write.ref._replace(native_id=""), write.patch)
                results[place] = (await super().write(entity, [made]))[0]
        return results


class MergesByDeleting(MemoryConnector):
    """Both are gone."""

    async def _merge(self, winner: RecordRef, loser: RecordRef) -> WriteResult:
        self.world.user_delete(winner.native_id)
        self.world.user_delete(loser.native_id)
        return Done(winner)


# Writing

class WritesNothing(Writes):
    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        return [Done(write.ref if write.ref.native_id else write.ref._replace(native_id="1")) for write in batch]


class NamesTheWrongRecord(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        return Done(result.ref._replace(native_id=f"/{result.ref.native_id}")) if isinstance(result, Done) else result


class FindsNothing(MemoryConnector):
    async def _find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        return {}


class FindsAFew(MemoryConnector):
    async def _find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        return await super()._find(entity, keys[:50])


class FindsAnybody(MemoryConnector):
    """Its filter is ignored, so the first record comes."""

    async def _find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        rows = [self.world.row(record) for record in self.world.records()]
        return {key: self._record(rows[0]) for key in keys if rows} or {"": self._record(rows[0])}


class ForgetsTheKey(Writes):
    def sent(self, write: NativeWrite) -> NativeWrite:
        return self.but(write, **{KEY: None}) if write.op == "create" else write


class ForgetsTheMarker(Writes):
    def sent(self, write: NativeWrite) -> NativeWrite:
        return self.but(write, **{MARKER: None}) if write.op != "delete" else write


class CreatesTwice(Writes):
    def sent(self, write: NativeWrite) -> NativeWrite:
        return write if write.op != "create" else self.but(write, **{KEY: f"{write.key}-{self.world.requests}"})


class BlanksTheRest(Writes):
    """A PUT where a PATCH was asked for."""

    def sent(self, write: NativeWrite) -> NativeWrite:
        return write if write.op != "update" else self.but(write, **{"family": None, **write.patch})


class WritesToAll(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        for record in self.world.records():
            self.world.user_edit(record, {"notes": "changed"})
        return result


class AnswersWhatWasSent(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        if isinstance(result, Done) and result.record:
            data = {**(write.before or result.record.data), **write.patch}
            return dataclasses.replace(result, record=dataclasses.replace(result.record, data=data))
        return result


class AnswersTheOldVersion(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        old = write.expect or "0"
        return dataclasses.replace(result, version=old, record=None) if isinstance(result, Done) else result


class AsksNoCondition(Writes):
    def sent(self, write: NativeWrite) -> NativeWrite:
        return dataclasses.replace(write, expect=None)


class AlwaysStale(Writes):
    def sent(self, write: NativeWrite) -> NativeWrite:
        return dataclasses.replace(write, expect=write.expect or "none")


class StaleAfterTheFirst(Writes):
    """Keeps the version it saw first."""

    def sent(self, write: NativeWrite) -> NativeWrite:
        seen: dict[str, str | None] = self.__dict__.setdefault("seen", {})
        return dataclasses.replace(write, expect=seen.setdefault(write.ref.native_id, write.expect))


class Reversed(MemoryConnector):
    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        return list(reversed(await super().write(entity, batch)))


class FirstOfTheBatch(MemoryConnector):
    """Says done for all, and writes one."""

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        first = list(await super().write(entity, batch[:1]))
        return [*first, *(Done(w.ref._replace(native_id=w.ref.native_id or "1")) for w in batch[1:])]


class StopsAtTheFirstRefusal(MemoryConnector):
    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        out: list[WriteResult] = []
        for write in batch:
            if any(isinstance(result, Refused) for result in out):
                out.append(Refused("rejected", "one before was refused"))
            else:
                out += await super().write(entity, [write])
        return out


class AsksForNothing(MemoryConnector):
    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        await self.check()
        return await super().write(entity, batch)


# Trouble

class ErrorsAreTheEnd(MemoryConnector):
    """What breaks off has ended."""

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        try:
            async for page in super().pull(entity, since):
                yield page
        except ConnectorError:
            yield Page([], {"place": self.world.here}, "none" if since else "ends", f"l{self.world.requests}",
                       self.traits.collections)


class ErrorsAreMistakes(MemoryConnector):
    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        try:
            async for page in super().pull(entity, since):
                yield page
        except ConnectorError as error:
            raise ContractBroken(str(error)) from None


class ErrorsAreGone(MemoryConnector):
    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        try:
            return await super().fetch(refs)
        except ConnectorError:
            return [Gone(ref) for ref in refs]


class NeverRecovers(MemoryConnector):
    broken = False

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        if self.broken:
            raise Transient("still broken")
        try:
            async for page in super().pull(entity, since):
                yield page
        except ConnectorError:
            self.broken = True
            raise

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        if self.broken:
            return [Refused("transient", "still broken")] * len(batch)
        results = await super().write(entity, batch)
        self.broken = any(isinstance(result, Unknown) for result in results)
        return results


class DoesNotWait(MemoryConnector):
    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        while True:
            try:
                async for page in super().pull(entity, since):
                    yield page
                return
            except Throttled:
                continue


class WaitsAnyTime(MemoryConnector):
    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        for _ in range(200):
            try:
                async for page in super().pull(entity, since):
                    yield page
                return
            except Throttled as wait:
                self.world.clock.turn(wait.retry_after_s or 1)  # type: ignore[attr-defined]


class UnknownIsRefused(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        return Refused("transient", result.why) if isinstance(result, Unknown) else result


class UnknownIsDone(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        return Done(write.ref._replace(native_id="1")) if isinstance(result, Unknown) else result


class TransientIsDone(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        transient = isinstance(result, Refused) and result.reaction == "transient"
        return Done(write.ref) if transient else result


class UnknownIsRejected(Writes):
    def answered(self, write: NativeWrite, result: WriteResult) -> WriteResult:
        return Refused("rejected", result.why) if isinstance(result, Unknown) else result


class RepeatsWrites(MemoryConnector):
    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        results = await super().write(entity, batch)
        if any(isinstance(result, Unknown) for result in results):
            again = [dataclasses.replace(w, patch={**w.patch, KEY: None}) if w.op == "create" else w for w in batch]
            results = await super().write(entity, again)
        return results


class ForgetsTheWait(MemoryConnector):
    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        try:
            return await super().write(entity, batch)
        except Throttled:
            return [Refused("transient", "429")] * len(batch)


class RaisesInTheMiddle(MemoryConnector):
    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        results = await super().write(entity, batch)
        if any(isinstance(result, Unknown) for result in results):
            raise Transient("lost")
        return results


# Values

class Ascii(Writes):
    """Drops what is not ASCII."""

    def sent(self, write: NativeWrite) -> NativeWrite:
        return self.but(write, **{k: v.encode("ascii", "ignore").decode() for k, v in write.patch.items()
                                  if isinstance(v, str)})


class Cleans(Writes):
    """Drops what looks like code, or begins a line."""

    def sent(self, write: NativeWrite) -> NativeWrite:
        bad = str.maketrans("", "", "<>\n'\"&")
        return self.but(write, **{k: v.translate(bad) for k, v in write.patch.items() if isinstance(v, str)})


class SkipsEmpty(Writes):
    def sent(self, write: NativeWrite) -> NativeWrite:
        kept = {key: value for key, value in write.patch.items() if value}
        return dataclasses.replace(write, patch=kept)


class FillsOnlyFull(Writes):
    """Writes only where there was a value before."""

    def sent(self, write: NativeWrite) -> NativeWrite:
        before = write.before or {}
        kept = {k: v for k, v in write.patch.items() if write.op != "update" or before.get(k) or k == MARKER}
        return dataclasses.replace(write, patch=kept)


class ChokesOnLong(MemoryConnector):
    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        if any(len(str(write.patch)) > 10_000 for write in batch):
            return [Refused("rejected", "413")] * len(batch)
        return await super().write(entity, batch)


class ChokesOnBytes(MemoryConnector):
    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        for write in batch:
            for value in write.patch.values():
                str(value).encode("utf-8")
        return await super().write(entity, batch)


STAMPS = dataclasses.replace(BASE, cursor="timestamp")
FOUND_BY: dict[str, type[MemoryConnector] | tuple[type[MemoryConnector], Traits]] = {
    "check_says_who_we_are": NewOrganisationEachTime,
    "check_says_that_we_may_write": SaysItMayNotWrite,
    "check_changes_nothing": ChecksByWriting,
    "wrong_credentials_fail_the_check": ChecksNothing,
    "wrong_credentials_list_nothing": ErrorsAreTheEnd,
    "wrong_credentials_make_nothing_gone": ErrorsAreGone,
    "wrong_credentials_write_nothing": ActsForAnybody,
    "read_only_is_seen_by_the_check": SaysItMayWrite,
    "read_only_writes_nothing": ActsForAnybody,
    "read_only_reads": NobodyReads,
    "no_secret_is_shown": ShowsSecrets,
    "no_person_is_shown": ShowsPeople,
    "close_twice": ClosesOnce,
    "full_listing_has_every_record": SkipsTheFirst,
    "paging_gives_every_record": FirstPageOnly,
    "full_listing_tells_its_end_once": EndsTwice,
    "full_listing_names_its_collections": CoversNothing,
    "two_listings_have_two_names": OneNameForAll,
    "listing_without_records_ends": EmptyIsBroken,
    "checkpoint_comes_only_at_the_end": CheckpointsEarly,
    "listing_is_complete_records": ListsHalf,
    "listing_and_fetch_agree": ListsOtherwise,
    "fetch_answers_in_order": FetchesSorted,
    "fetch_of_nothing_is_nothing": FetchesAllForNothing,
    "fetch_of_many": FetchesOnePage,
    "refs_name_the_record": NamesItselfOtherwise,
    "records_are_json": HoldsObjects,
    "times_are_utc": LocalTimes,
    "an_edit_shows": OneVersion,
    "versions_rest": RestlessVersions,
    "an_edit_is_pulled": SeesNoChanges,
    "a_new_record_is_pulled": SeesNoChanges,
    "changes_are_not_a_listing": ChangesAreAListing,
    "quiet_systems_stay_quiet": ForgetsInQuietTimes,
    "a_checkpoint_can_be_used_twice": UsesCheckpointsUp,
    "a_checkpoint_is_json": CheckpointsAreObjects,
    "checkpoints_move_on": CheckpointsRunAhead,
    "many_changes_are_paged": FirstPageOnly,
    "an_edit_in_the_tick_of_the_checkpoint": (LaterThanTheTick, STAMPS),
    "the_tick_is_declared": (TicklessTimestamps, STAMPS),
    "incomplete_records_say_so": (SaysPartsAreWhole, dataclasses.replace(BASE, partial=True)),
    "an_expired_checkpoint_is_named": ExpiredIsEmpty,
    "after_an_expired_checkpoint_all_is_read": NeverReadsAgain,
    "a_delete_is_told": TellsNoDeletes,
    "a_deleted_record_is_not_listed": TrashIsPresent,
    "fetch_of_a_deleted_record": GoneIsAnError,
    "erased_for_good": ErasedIsTrashed,
    "restored_from_the_trash": OnceGoneAlwaysGone,
    "merged_there": LosersAreDeleted,
    "left_the_view": HiddenIsDeleted,
    "our_delete_lands": DeletesByHiding,
    "our_merge_lands": MergesByDeleting,
    "deleting_twice": GoneIsRejected,
    "writing_to_what_is_gone": MakesWhatIsGone,
    "a_create_is_there": WritesNothing,
    "a_create_names_its_record": NamesTheWrongRecord,
    "our_create_is_pulled": SeesNoChanges,
    "a_create_is_found_by_its_key": FindsNothing,
    "find_knows_what_it_knows": FindsAFew,
    "find_of_nothing_is_nothing": FindsAnybody,
    "the_key_is_kept": ForgetsTheKey,
    "a_create_twice_is_one_record": CreatesTwice,
    "an_update_is_there": WritesNothing,
    "an_update_leaves_the_rest": BlanksTheRest,
    "an_update_leaves_the_others": WritesToAll,
    "the_answer_is_what_is_stored": (AnswersWhatWasSent, dataclasses.replace(BASE, max_text=40)),
    "the_version_answered_is_the_present_one": AnswersTheOldVersion,
    "the_version_of_a_create": AnswersTheOldVersion,
    "our_own_write_is_recognised": AnswersTheOldVersion,
    "the_marker_is_kept": ForgetsTheMarker,
    "a_create_carries_its_marker": ForgetsTheMarker,
    "a_stale_update_is_refused": AsksNoCondition,
    "a_stale_delete_is_refused": AsksNoCondition,
    "records_have_versions": NoVersions,
    "the_present_version_is_accepted": StaleAfterTheFirst,
    "an_update_without_expectation": AlwaysStale,
    "results_are_in_order": Reversed,
    "more_than_one_batch": (FirstOfTheBatch, dataclasses.replace(BASE, batch_max=2, batch_mode="partial")),
    "a_batch_of_mixed_writes": FirstOfTheBatch,
    "one_refused_among_others": StopsAtTheFirstRefusal,
    "no_writes_no_requests": AsksForNothing,
    "a_listing_that_breaks_off": ErrorsAreTheEnd,
    "changes_that_break_off": ErrorsAreTheEnd,
    "a_listing_cut_off": ErrorsAreTheEnd,
    "a_web_page_for_a_listing": ErrorsAreTheEnd,
    "nothing_for_a_listing": ErrorsAreTheEnd,
    "server_errors_for_a_listing": ErrorsAreMistakes,
    "no_connection": ErrorsAreMistakes,
    "no_answer": ErrorsAreMistakes,
    "fetch_in_trouble": ErrorsAreGone,
    "check_in_trouble": ChecksNothing,
    "well_again": NeverRecovers,
    "asked_to_wait_some_seconds": DoesNotWait,
    "asked_to_wait_until": DoesNotWait,
    "asked_to_wait_without_saying_how_long": DoesNotWait,
    "asked_to_wait_for_days": WaitsAnyTime,
    "a_create_without_answer": UnknownIsRefused,
    "a_create_without_answer_is_found": FindsNothing,
    "an_update_without_answer": UnknownIsRefused,
    "a_delete_without_answer": UnknownIsRefused,
    "an_update_cut_off": UnknownIsRefused,
    "a_web_page_for_a_write": UnknownIsDone,
    "a_write_that_never_left": TransientIsDone,
    "a_server_error_for_a_write": UnknownIsRejected,
    "writes_are_not_repeated": RepeatsWrites,
    "a_write_asked_to_wait": ForgetsTheWait,
    "trouble_between_two_writes": RaisesInTheMiddle,
    "well_again_after_writing": NeverRecovers,
    "decomposed_letters": Ascii,
    "emoji": Ascii,
    "right_to_left": Ascii,
    "other_scripts": Ascii,
    "quotes_and_code": Cleans,
    "lines": Cleans,
    "an_emptied_value": SkipsEmpty,
    "a_value_set_after_being_empty": FillsOnlyFull,
    "an_oversized_value": ChokesOnLong,
    "a_value_nobody_can_store": ChokesOnBytes,
}
"""Check → a connector it must fail."""
