"""What connectors with a planted fault are made of: each changes one thing that is told or sent."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from typing import Any

from hub.model.record import NativeRecord, Page, Upserted
from hub.model.write import NativeWrite, WriteResult
from hub.sdk.connector import Checkpoint
from hub.testing.memory import MemoryConnector, Traits

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
