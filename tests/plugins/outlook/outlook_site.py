"""A make-believe tenant and a connector to it, for the tests beside this file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import httpx

from hub.sdk import Change, Gone, NativeRecord, NativeWrite, Page, RecordRef, Upserted, WriteResult
from hub.testing.clock import VirtualClock
from hub_outlook.connector import Outlook
from hub_outlook.sandbox import CLIENT_ID, MAILBOX, SECRET, TENANT, Users, World, create_app
from hub_outlook.settings import OutlookSettings

T = TypeVar("T")


class MemoryStore:
    """Keeps a refresh token; ``written``: all there were."""

    def __init__(self, secret: str = "") -> None:
        self.written = [secret] if secret else []

    def read(self) -> str:
        return self.written[-1] if self.written else ""

    def write(self, secret: str) -> None:
        self.written.append(secret)


class Wire(httpx.AsyncBaseTransport):
    """The way to the tenant. ``mishap`` may answer a request instead, or raise."""

    def __init__(self, app: Any) -> None:
        self.site = httpx.ASGITransport(app=app)
        self.mishap: Callable[[httpx.Request, httpx.Response], httpx.Response] | None = None
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = await self.site.handle_async_request(request)
        if self.mishap is None:
            return answer
        content = await answer.aread()
        return self.mishap(request, httpx.Response(answer.status_code, headers=answer.headers, content=content))


class Site:
    """A tenant, its people, and the connector the hub would use."""

    def __init__(self, settings: Mapping[str, Any] | None = None, **options: Any) -> None:
        self.clock = VirtualClock()
        self.app = create_app(clock=self.clock.now, **options)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users
        self.wire = Wire(self.app)
        self.settings = {"client_secret": SECRET, "mailboxes": [MAILBOX], **(settings or {})}

    def connector(self, system: str = "mail", **settings: Any) -> Outlook:
        given = {"url": "http://graph.localhost", "tenant": TENANT, "client_id": CLIENT_ID, **self.settings, **settings}
        return Outlook(OutlookSettings(**given), system=system, transport=self.wire, clock=self.clock)

    def person(self, surname: str = "Virtanen", mailbox: str = MAILBOX, folder: str = "", **more: Any) -> str:
        return self.users.add(mailbox, {"givenName": "Anna", "surname": surname, **more}, folder)

    def ref(self, native_id: str = "", mailbox: str = MAILBOX) -> RecordRef:
        return RecordRef("mail", mailbox, "contact", native_id)

    def call(self, ask: Callable[[Outlook], Coroutine[Any, Any, T]], **settings: Any) -> T:
        async def work() -> T:
            connector = self.connector(**settings)
            try:
                return await ask(connector)
            finally:
                await connector.close()

        self.world.log.clear()
        return asyncio.run(work())

    def pull(self, since: Mapping[str, Any] | None = None, **settings: Any) -> Pulled:
        async def work(connector: Outlook) -> Pulled:
            pages = [page async for page in connector.pull("contact", since)]
            return Pulled(pages, tuple(connector.warnings))

        return self.call(work, **settings)

    def read(self, native_id: str, mailbox: str = MAILBOX, **settings: Any) -> NativeRecord | Gone:
        return self.call(lambda connector: connector.fetch([self.ref(native_id, mailbox)]), **settings)[0]

    def record(self, native_id: str, mailbox: str = MAILBOX) -> NativeRecord:
        found = self.read(native_id, mailbox)
        assert isinstance(found, NativeRecord)
        return found

    def write(self, *writes: NativeWrite, **settings: Any) -> Sequence[WriteResult]:
        return self.call(lambda connector: connector.write("contact", writes), **settings)

    def create(self, key: str, mailbox: str = MAILBOX, **patch: Any) -> NativeWrite:
        return NativeWrite("create", self.ref("", mailbox), {"hub-key": key, **patch}, key=key)

    def update(self, native_id: str, **patch: Any) -> NativeWrite:
        now = self.record(native_id)
        return NativeWrite("update", now.ref, patch, before=now.data, expect=now.version)

    def delete(self, native_id: str) -> NativeWrite:
        now = self.record(native_id)
        return NativeWrite("delete", now.ref, {}, before=now.data, expect=now.version)


class Pulled:
    """What a pull brought."""

    def __init__(self, pages: list[Page], warnings: Sequence[str] = ()) -> None:
        self.pages, self.warnings = pages, warnings
        self.changes: list[Change] = [change for page in pages for change in page.changes]
        self.ids = {change.ref.native_id for change in self.changes}
        checkpoint = pages[-1].checkpoint
        assert checkpoint is not None
        self.checkpoint = checkpoint

    def last(self, native_id: str) -> Change:
        return [change for change in self.changes if change.ref.native_id == native_id][-1]

    def record(self, native_id: str) -> NativeRecord:
        change = self.last(native_id)
        assert isinstance(change, Upserted)
        return change.record
