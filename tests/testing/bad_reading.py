"""Connectors with one fault each: access, listings, records."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from bad_base import Pages, Records, Writes

from hub.errors import AuthFailed, ContractBroken
from hub.model.record import Gone, NativeRecord, Page
from hub.model.refs import RecordRef
from hub.model.write import NativeWrite, Refused, WriteResult
from hub.sdk.connector import Checkpoint, Health
from hub.testing.memory import MemoryConnector


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
