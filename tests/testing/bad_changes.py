"""Connectors with one fault each: changes and absence."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from typing import Any

from bad_base import Pages, Records, Writes

from hub.errors import Rejected, ResyncRequired
from hub.model.record import Gone, NativeRecord, Page, Upserted
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite, Refused, WriteResult
from hub.sdk.connector import Checkpoint
from hub.testing.memory import MemoryConnector


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
