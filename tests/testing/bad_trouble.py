"""Connectors with one fault each: what they make of trouble."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence

from bad_base import Writes

from hub.errors import ConnectorError, ContractBroken, Throttled, Transient
from hub.model.record import Gone, NativeRecord, Page
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite, Refused, Unknown, WriteResult
from hub.sdk.connector import Checkpoint
from hub.testing.memory import KEY, MemoryConnector


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


class ClaimsWhatItReads(MemoryConnector):
    """What a record shows after a lost answer is all its own write."""

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        results = await super().write(entity, batch)
        records = [self._present(write.ref) for write in batch]
        return [Done(there.ref, there, there.version)
                if isinstance(result, Unknown) and isinstance(there, NativeRecord) else result
                for result, there in zip(results, records, strict=True)]


class ReadsBackAndClaims(MemoryConnector):
    """What a record shows right after its write is all of the write."""

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        results = await super().write(entity, batch)
        records = [self._present(result.ref) if isinstance(result, Done) else None for result in results]
        return [Done(there.ref, there, there.version) if isinstance(there, NativeRecord) else result
                for result, there in zip(results, records, strict=True)]


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
