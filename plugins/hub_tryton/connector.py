"""The connector: Tryton through its JSON-RPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

import httpx
from pydantic import BaseModel

from hub.sdk import Batch as BatchLimits
from hub.sdk import (
    Capabilities,
    Checkpoint,
    Clock,
    Gone,
    Health,
    NativeRecord,
    NativeWrite,
    Page,
    RecordRef,
    Support,
    WriteResult,
    in_parts,
)
from hub_tryton.api import Api
from hub_tryton.check import check
from hub_tryton.pull import Pull, read_mark
from hub_tryton.reads import Reader
from hub_tryton.settings import TrytonSettings
from hub_tryton.write import KEY, Batch

BATCH = 200


class Tryton:
    """One database of a Tryton server. ``transport`` and ``clock`` are for tests."""

    kind: ClassVar[str] = "tryton"
    Settings: ClassVar[type[BaseModel]] = TrytonSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="timestamp",
        cursor_precision_s=0.000001,
        deletes_seen_as="absence",
        conditional_write=Support.YES,
        idempotent_create=Support.YES,
        returns_written="record",
        batch=BatchLimits(BATCH, "partial"),
        max_page=1000,
        own_key_field=KEY,
        stirs=("triggers", "VIES checks"),  # Administration, Models, Triggers; a new EU VAT number is queued to be checked
    )

    def __init__(self, settings: TrytonSettings, *, system: str, transport: httpx.AsyncBaseTransport | None = None,
                 clock: Clock | None = None) -> None:
        self.settings, self.system = settings, system
        self.api = Api(settings, system, transport, clock)
        self.reader = Reader(self.api, system)

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method."""
        return self.api.client.sent

    async def check(self) -> Health:
        """See ``hub_tryton.check``."""
        return await check(self.api, self.reader)

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """See ``Pull``. Raises ResyncRequired for a checkpoint of another form."""
        mark = read_mark(since) if since is not None else None
        pull = Pull(self.reader)
        async for page in pull.everything() if mark is None else pull.since(mark):
            yield page

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """The present state: deleted, deactivated, replaced and hidden parties as Gone with how."""
        ids = [int(ref.native_id) for ref in refs if ref.native_id.isdecimal()]
        found = await self.reader.fetch(list(dict.fromkeys(ids))) if ids else {}
        return [found[int(ref.native_id)] if ref.native_id.isdecimal() else Gone(ref, "deleted") for ref in refs]

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        """By the hub's key, which stands in an identifier without a type. Deactivated parties are not found: none is to be
        written to."""
        _, found = await self.reader.present([], keys) if keys else ({}, {})
        return {key: there for key, there in found.items() if isinstance(there, NativeRecord)}

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """See ``in_parts`` and ``Batch``: at most five requests for each ``writes_per_request``, more where some are refused."""
        return await in_parts(batch, self.settings.writes_per_request, lambda part: Batch(self.api, self.reader, part).run())

    async def close(self) -> None:
        await self.api.aclose()
