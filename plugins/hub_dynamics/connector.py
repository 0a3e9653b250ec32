"""The connector: Microsoft Dynamics 365 through the Dataverse Web API 9.2."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

import httpx
from pydantic import BaseModel

from hub.sdk import Batch as BatchLimits
from hub.sdk import (
    Capabilities,
    Checkpoint,
    Clock,
    Done,
    Gone,
    Health,
    NativeRecord,
    NativeWrite,
    Page,
    RecordRef,
    Refused,
    Support,
    Transient,
    Unanswered,
    Unknown,
    WriteResult,
    in_parts,
)
from hub_dynamics.api import INACTIVE, RATE, Api, code_of, words_of
from hub_dynamics.check import check
from hub_dynamics.native import ID, TYPE, guid_of
from hub_dynamics.pull import Pull
from hub_dynamics.reads import Reader
from hub_dynamics.settings import DynamicsSettings
from hub_dynamics.write import Batch, Bulk

STIRS = {"no": ("Power Automate", "workflows", "plug-ins"), "flows": ("workflows", "plug-ins"), "all": ()}
"""Setting ``quiet`` → what of the organisation's own a write may start ("Bypass custom Dataverse logic" and "Bypass Power
Automate Flows", learn.microsoft.com, 2024-07-01). What Microsoft's own solutions do cannot be kept still."""


class Dynamics:
    """One environment. ``transport`` and ``clock`` are for tests."""

    kind: ClassVar[str] = "dynamics"
    Settings: ClassVar[type[BaseModel]] = DynamicsSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="token",
        deletes_seen_as="tombstone",
        conditional_write=Support.YES,
        idempotent_create=Support.YES,
        returns_written="record",
        field_times=Support.NOT_BUILT,
        batch=BatchLimits(1000, "partial"),
        max_page=5000,
        rate=RATE,
        own_key_field=ID,
        irreversible=frozenset({"delete", "merge"}),
        stirs=STIRS["no"],
    )

    def __init__(self, settings: DynamicsSettings, *, system: str, transport: httpx.AsyncBaseTransport | None = None,
                 clock: Clock | None = None) -> None:
        self.settings, self.system = settings, system
        self.api = Api(settings, system, transport, clock)
        self.reader = Reader(self.api, settings, system)
        self.bulk = Bulk(self.api)

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method, those for tokens included."""
        return Counter(self.api.client.sent) + Counter(self.api.login.client.sent)

    @property
    def stirs(self) -> tuple[str, ...]:
        """What writes may start with the setting ``quiet`` as it is."""
        return STIRS[self.settings.quiet]

    async def check(self) -> Health:
        """See ``check``."""
        return await check(self.api, self.settings.key_column)

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """See ``Pull``. Raises ResyncRequired for an expired delta link."""
        pull = Pull(self.api, self.reader)
        async for page in pull.everything() if since is None else pull.since(since):
            yield page

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """The present state, merged records as Gone with the winner. One request per 2000 ids."""
        found = await self.reader.fetch([ref.native_id.lower() for ref in refs]) if refs else {}
        return [self.reader.answer(ref, found) for ref in refs]

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        """Records that creates with these keys made: the key says which id they have, or stands in ``key_column``."""
        if self.settings.key_column is not None:
            by_key = await self.reader.by_key(keys) if keys else {}
            return {key: record for key, record in by_key.items() if isinstance(record, NativeRecord)}
        found = await self.reader.fetch([guid_of(key) for key in keys]) if keys else {}
        there = {key: found.get(guid_of(key)) for key in keys}
        return {key: record for key, record in there.items() if isinstance(record, NativeRecord)}

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """See ``Batch`` and ``in_parts``."""
        return await in_parts(
            batch, self.settings.writes_per_request, lambda part: Batch(self.api, self.reader, self.bulk, part).run())

    async def merge(self, winner: RecordRef, loser: RecordRef) -> WriteResult:
        """Dynamics' own merge ("Merge table rows", learn.microsoft.com, 2024-08-30): what the winner lacks moves to it, the
        loser is deactivated and names the winner."""
        kept, lost = await self.fetch([winner, loser])
        if isinstance(kept, Gone) or isinstance(lost, Gone):
            return Refused("gone", "one of the two is not there any more")
        table, other = self.reader.table(kept.data), self.reader.table(lost.data)
        if table is None or table is not other:
            return Refused("rejected", "Dynamics merges only two contacts or two accounts")
        body = {"Target": {TYPE: table.kind, table.key: winner.native_id},
                "Subordinate": {TYPE: table.kind, table.key: loser.native_id}, "PerformParentingChecks": False}
        try:
            answer = await self.api.post("Merge", body)
        except Unanswered as lost_answer:
            return Unknown(str(lost_answer))
        except Transient as error:
            return Refused("transient", str(error))
        if answer.status not in (200, 204):
            why = "one of the two is deactivated; activate it first" if code_of(answer.body) == INACTIVE else words_of(answer)
            return Refused("rejected", f"Dynamics refused the merge: {why}")
        found = (await self.fetch([winner]))[0]
        return Done(winner, found, found.version) if isinstance(found, NativeRecord) else Done(winner)

    async def close(self) -> None:
        await self.api.aclose()
