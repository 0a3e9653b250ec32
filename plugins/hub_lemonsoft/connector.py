"""The connector: customers of Lemonsoft through its REST interface."""

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
)
from hub_lemonsoft.api import Api
from hub_lemonsoft.check import check, company
from hub_lemonsoft.reads import Reader, earlier
from hub_lemonsoft.settings import LemonsoftSettings
from hub_lemonsoft.write import Writer

BATCH = 20
"""Writes given at once: each is read, written and read again by itself."""
FORM = 1
"""Number of the checkpoint's form; another one means reading everything again."""


class Lemonsoft:
    """One company's database. ``transport`` and ``clock`` are for tests."""

    kind: ClassVar[str] = "lemonsoft"
    Settings: ClassVar[type[BaseModel]] = LemonsoftSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="timestamp",
        cursor_precision_s=1,
        deletes_seen_as="inactive",
        delete_leaves="inactive",
        conditional_write=Support.CANNOT,
        idempotent_create=Support.CANNOT,
        returns_written="record",
        batch=BatchLimits(BATCH, "partial"),
        max_page=100,
        irreversible=frozenset(),
    )

    def __init__(self, settings: LemonsoftSettings, *, system: str, transport: httpx.AsyncBaseTransport | None = None,
                 clock: Clock | None = None) -> None:
        self.settings, self.system = settings, system
        self.api = Api(settings, system, transport, clock)
        self.reader = Reader(self.api, system, settings.page_size, settings.people_group)
        self.writer = Writer(self.api, self.reader)

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method, logins included."""
        return self.api.client.sent

    async def fingerprint(self) -> str:
        """The company as ``check`` names it, without a request."""
        return company(self.api)

    async def check(self) -> Health:
        """See ``hub_lemonsoft.check``."""
        return await check(self.api, self.reader)

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """All customers, or those changed and those made from a while before the newest time seen: whether a new customer has a
        time of change is not said. Raises ResyncRequired for a checkpoint of another form."""
        if since is not None and (since.get("form") != FORM or not isinstance(since.get("newest"), str)):
            raise ResyncRequired(f"{self.system}: the checkpoint is of another form; reading everything.")
        self.writer.stopped = ""  # another run: what was odd was told of in the last one
        newest = since["newest"] if since is not None else ""
        listing = "" if since is not None else uuid.uuid4().hex
        begin = earlier(self.system, newest, self.settings.overlap_s) if newest else ""
        for name in ("modified_after", "created_after") if begin else ("",):
            async for changes, latest in self.reader.pages(**({name: begin} if name else {})):
                newest = max(newest, latest)
                yield Page(changes, listing="partial", listing_id=listing) if listing else Page(changes)
        mark = {"form": FORM, "newest": newest}
        yield Page((), mark, "ends", listing) if listing else Page((), mark)

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """The present state, one request each."""
        return await self.reader.fetch(refs)

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """See ``Writer``."""
        return await self.writer.run(batch)

    async def close(self) -> None:
        await self.api.aclose()
