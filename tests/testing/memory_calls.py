"""What the tests of memory systems share: a system, and plain calls of its connector."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, TypeVar

from hub.model.record import NativeRecord, Page, Upserted
from hub.model.refs import RecordRef
from hub.model.write import NativeWrite, WriteResult
from hub.testing.clock import VirtualClock
from hub.testing.memory import MemoryConnector, MemorySystem, Traits

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def world(**traits: Any) -> MemorySystem:
    return MemorySystem("crm", Traits(**traits), VirtualClock(), random.Random(1))


def pulled(connector: MemoryConnector, since: Any = None) -> list[Page]:
    async def work() -> list[Page]:
        return [page async for page in connector.pull("contact", since)]

    return run(work())


def told(pages: list[Page]) -> dict[str, Any]:
    return {c.ref.native_id: c.record if isinstance(c, Upserted) else c.how for page in pages for c in page.changes}


def write(connector: MemoryConnector, *writes: NativeWrite) -> list[WriteResult]:
    return list(run(connector.write("contact", writes)))


def create(**patch: Any) -> NativeWrite:
    return NativeWrite("create", RecordRef("crm", "", "contact", ""), patch)


def update(record: NativeRecord, **patch: Any) -> NativeWrite:
    return NativeWrite("update", record.ref, patch, record.data, record.version)
