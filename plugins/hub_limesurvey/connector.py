"""The connector: LimeSurvey through its RemoteControl 2."""

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
    Support,
    Upserted,
    WriteResult,
)
from hub_limesurvey.api import Api
from hub_limesurvey.check import check
from hub_limesurvey.reads import Reader
from hub_limesurvey.settings import LimeSurveySettings
from hub_limesurvey.write import KEY, Batch

BATCH = 100


class LimeSurvey:
    """Some surveys of one site. ``transport`` and ``clock`` are for tests."""

    kind: ClassVar[str] = "limesurvey"
    Settings: ClassVar[type[BaseModel]] = LimeSurveySettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="none",
        deletes_seen_as="absence",
        conditional_write=Support.CANNOT,
        idempotent_create=Support.YES,
        returns_written="record",
        batch=BatchLimits(BATCH, "partial"),
        max_page=1000,
        own_key_field=KEY,
    )

    def __init__(self, settings: LimeSurveySettings, *, system: str, transport: httpx.AsyncBaseTransport | None = None,
                 clock: Clock | None = None) -> None:
        self.settings, self.system = settings, system
        self.api = Api(settings, system, transport, clock)
        self.reader = Reader(self.api, system)

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method."""
        return self.api.client.sent

    async def fingerprint(self) -> str:
        """The organisation as ``check`` names it, without its probe of what may be written."""
        return f"LimeSurvey survey {self.settings.surveys[0]}"

    async def check(self) -> Health:
        """See ``hub_limesurvey.check``."""
        return await check(self.api, self.reader)

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """All participants of all surveys each time: LimeSurvey tells no time of change. Each survey is a collection."""
        listing = uuid.uuid4().hex
        for survey in self.settings.surveys:
            async for records in self.reader.pages(survey):
                yield Page([Upserted(each) for each in records], listing="partial", listing_id=listing)
        yield Page((), None, "ends", listing, tuple(str(survey) for survey in self.settings.surveys))

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """The present state; a deleted participant leaves nothing behind."""
        found = await self.reader.fetch(list(dict.fromkeys(refs)))
        return [found[ref] for ref in refs]

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        """By the hub's key, which is the participant's access code."""
        found: dict[str, NativeRecord] = {}
        for survey in self.settings.surveys if keys else ():
            found |= {there.data[KEY]: there for there in await self.reader.by(survey, KEY, keys)}
        return found

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """See ``Batch``."""
        return await Batch(self.api, self.reader, batch).run()

    async def close(self) -> None:
        await self.api.aclose()
