"""The connector: customers of Procountor through its REST API."""

from __future__ import annotations

import uuid
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
    ResyncRequired,
    Support,
    WriteResult,
    in_parts,
)
from hub_procountor.api import RATE, Api
from hub_procountor.check import check, company
from hub_procountor.reads import Reader, earlier
from hub_procountor.settings import ProcountorSettings
from hub_procountor.write import Batch

BATCH = 50
"""Writes between one reading before and one after: Procountor writes one at a time."""
FORM = 1
"""Number of the checkpoint's form; another one means reading everything again."""


class Procountor:
    """One company. ``transport`` and ``clock`` are for tests."""

    kind: ClassVar[str] = "procountor"
    Settings: ClassVar[type[BaseModel]] = ProcountorSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="timestamp",
        cursor_precision_s=1,
        deletes_seen_as="inactive",
        delete_leaves="inactive",
        conditional_write=Support.CANNOT,
        idempotent_create=Support.CANNOT,
        returns_written="record",
        batch=BatchLimits(BATCH, "partial"),
        max_page=200,
        rate=RATE,
        irreversible=frozenset(),
    )

    def __init__(self, settings: ProcountorSettings, *, system: str, transport: httpx.AsyncBaseTransport | None = None,
                 clock: Clock | None = None) -> None:
        self.settings, self.system = settings, system
        self.api = Api(settings, system, transport, clock)
        self.reader = Reader(self.api, system, settings.page_size, settings.people_group)

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method, those for tokens included."""
        return self.api.client.sent

    async def fingerprint(self) -> str:
        """The company as ``check`` names it, with one request."""
        return (await company(self.api))[0]

    async def check(self) -> Health:
        """See ``hub_procountor.check``."""
        return await check(self.api, self.reader)

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """A full listing has the active customers. Changes are asked for from a while before the newest one seen, active ones
        and those made inactive. Raises ResyncRequired for a checkpoint of another form."""
        if since is not None and (since.get("form") != FORM or not isinstance(since.get("newest"), str)):
            raise ResyncRequired(f"{self.system}: the checkpoint is of another form; reading everything.")
        newest = since["newest"] if since is not None else ""
        listing = "" if since is not None else uuid.uuid4().hex
        begin = earlier(self.system, newest, self.settings.overlap_s) if newest else ""
        for active in (True,) if since is None else (True, False):
            async for changes, latest in self.reader.pages(active=active, since=begin):
                newest = max(newest, latest)
                yield Page(changes, listing="partial", listing_id=listing) if listing else Page(changes)
        mark = {"form": FORM, "newest": newest}
        yield Page((), mark, "ends", listing) if listing else Page((), mark)

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """The present state; one request per 200 ids."""
        return await self.reader.fetch(refs)

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """See ``Batch`` and ``in_parts``."""
        return await in_parts(batch, BATCH, lambda part: Batch(self.api, self.reader, self.settings, part).run())

    async def close(self) -> None:
        await self.api.aclose()
