"""The connector: contacts of Outlook through Microsoft Graph 1.0."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
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
    SecretStore,
    Support,
    WriteResult,
    in_parts,
)
from hub_outlook.api import MOST, RATE, Api
from hub_outlook.check import check, fingerprint
from hub_outlook.device import DeviceSignIn
from hub_outlook.native import KEY
from hub_outlook.pull import Pull
from hub_outlook.reads import Reader
from hub_outlook.settings import OutlookSettings
from hub_outlook.write import Batch


class Outlook:
    """Some mailboxes, or one's own. ``transport`` and ``clock`` are for tests."""

    kind: ClassVar[str] = "outlook"
    Settings: ClassVar[type[BaseModel]] = OutlookSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="token",
        deletes_seen_as="tombstone",
        delete_leaves="trash",
        conditional_write=Support.CANNOT,
        idempotent_create=Support.CANNOT,
        returns_written="record",
        batch=BatchLimits(MOST, "partial"),
        rate=RATE,
        own_key_field=KEY,
    )

    def __init__(self, settings: OutlookSettings, *, system: str, transport: httpx.AsyncBaseTransport | None = None,
                 clock: Clock | None = None) -> None:
        self.settings, self.system, self.clock = settings, system, clock
        self.api = Api(settings, system, transport, clock)
        self.reader = Reader(self.api, settings, system)
        self._met: list[str] = []

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method, those for tokens included."""
        return Counter(self.api.client.sent) + Counter(self.api.login.client.sent)

    @property
    def warnings(self) -> Sequence[str]:
        """What a person should look at since the last pull: mailboxes that could not be read."""
        return tuple(self._met)

    @property
    def signs_in(self) -> bool:
        """A person signs in, as the application has no certificate or secret of its own."""
        return not self.settings.is_application

    def keep_in(self, store: SecretStore) -> None:
        """Where the refresh token of the sign-in is kept."""
        self.api.login.kept = store

    async def sign_in(self, tell: Callable[[str], None]) -> str:
        """See ``DeviceSignIn``. Gives the address of who signed in."""
        await DeviceSignIn(self.api.login, self.clock).run(tell)
        return (await self.check()).identity

    async def check(self) -> Health:
        """See ``check``."""
        return await check(self.api, self.settings)

    async def fingerprint(self) -> str:
        """See ``fingerprint``: nothing but reading."""
        return await fingerprint(self.api, self.settings)

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """See ``Pull``. Raises ResyncRequired for a delta link that is lost."""
        pull = Pull(self.api, self.reader)
        self._met = pull.warnings
        async for page in pull.everything() if since is None else pull.since(since):
            yield page

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """The present state, trashed contacts as Gone. One request for 20, and one or two for where they are."""
        found = await self.reader.fetch(refs) if refs else {}
        return [found[ref] for ref in refs]

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        """Contacts that creates with these keys made."""
        return await self.reader.find(keys)

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """See ``Batch`` and ``in_parts``."""
        return await in_parts(batch, MOST, lambda part: Batch(self.api, self.reader, part).run())

    async def close(self) -> None:
        await self.api.aclose()
