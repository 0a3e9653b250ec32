"""Connectors with one fault each: writes and values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from bad_base import Writes

from hub.model.record import NativeRecord
from hub.model.write import Done, NativeWrite, Refused, WriteResult
from hub.testing.memory import KEY, MARKER, MemoryConnector


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


class LaysOver(Writes):
    """What is there already gets all that is sent, again."""

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        for write in batch:
            if write.op == "create" and (there := self.world.holder(write.key)):
                self.world.updated(there.id, write.patch, None)
        return await super().write(entity, batch)


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
