"""A make-believe Dynamics 365 environment and a connector to it, for the tests beside this file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import httpx

from hub.sdk import Change, Gone, NativeRecord, NativeWrite, Page, RecordRef, Upserted, WriteResult
from hub.testing.clock import VirtualClock
from hub_dynamics.connector import Dynamics
from hub_dynamics.sandbox import CLIENT_ID, SECRET, TENANT, Users, World, create_app
from hub_dynamics.settings import DynamicsSettings

T = TypeVar("T")
CONTACT, ACCOUNT = "Microsoft.Dynamics.CRM.contact", "Microsoft.Dynamics.CRM.account"
Mishap = Callable[[httpx.Request, Callable[[], Coroutine[Any, Any, httpx.Response]]], Coroutine[Any, Any, httpx.Response]]


class Wire(httpx.AsyncBaseTransport):
    """The way to the environment. ``mishap``: what happens to each request it takes; ``sent``: those to the Web API."""

    def __init__(self, app: Any) -> None:
        self.site = httpx.ASGITransport(app=app)
        self.mishap: Mishap | None = None
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/token"):
            self.sent.append(request)
        if self.mishap is None:
            return await self.site.handle_async_request(request)
        return await self.mishap(request, lambda: self.site.handle_async_request(request))


def lost(fragment: str) -> Mishap:
    """The answer to requests whose address has this in it never arrives."""

    async def mishap(request: httpx.Request, deliver: Callable[[], Coroutine[Any, Any, httpx.Response]]) -> httpx.Response:
        answer = await deliver()
        if fragment in str(request.url) and not request.extensions["safe"]:
            raise httpx.ReadTimeout("lost")
        return answer

    return mishap


class Site:
    """An environment, its users, and the connector the hub would use."""

    def __init__(self, settings: Mapping[str, Any] | None = None, **options: Any) -> None:
        self.clock = VirtualClock()
        self.app = create_app(clock=self.clock.now, **options)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users
        self.wire = Wire(self.app)
        self.settings = settings or {}

    def connector(self, **settings: Any) -> Dynamics:
        given = {"url": "http://crm.localhost", "tenant": TENANT, "client_id": CLIENT_ID, "client_secret": SECRET,
                 **self.settings, **settings}
        return Dynamics(DynamicsSettings(**given), system="crm", transport=self.wire, clock=self.clock)

    def person(self, last: str = "Virtanen", **more: Any) -> str:
        return self.users.add("contact", {"firstname": "Anna", "lastname": last, **more})

    def ref(self, guid: str = "") -> RecordRef:
        return RecordRef("crm", "", "contact", guid)

    def call(self, ask: Callable[[Dynamics], Coroutine[Any, Any, T]], **settings: Any) -> T:
        async def work() -> T:
            connector = self.connector(**settings)
            try:
                return await ask(connector)
            finally:
                await connector.close()

        self.world.log.clear()
        return asyncio.run(work())

    def pull(self, since: Mapping[str, Any] | None = None, between: Callable[[], Any] | None = None, **settings: Any) -> Pulled:
        """``between`` is done once, after the first page."""

        async def work(connector: Dynamics) -> list[Page]:
            pages: list[Page] = []
            async for page in connector.pull("contact", since):
                if between is not None and not pages:
                    between()
                pages.append(page)
            return pages

        return Pulled(self.call(work, **settings))

    def fetch(self, *guids: str) -> Sequence[NativeRecord | Gone]:
        return self.call(lambda connector: connector.fetch([self.ref(guid) for guid in guids]))

    def read(self, guid: str, **settings: Any) -> NativeRecord:
        record = self.call(lambda connector: connector.fetch([self.ref(guid)]), **settings)[0]
        assert isinstance(record, NativeRecord)
        return record

    def write(self, *writes: NativeWrite, **settings: Any) -> Sequence[WriteResult]:
        return self.call(lambda connector: connector.write("contact", writes), **settings)

    def create(self, key: str, kind: str = CONTACT, **patch: Any) -> NativeWrite:
        return NativeWrite("create", self.ref(), {"@odata.type": kind, "id": key, **patch}, key=key)

    def update(self, guid: str, **patch: Any) -> NativeWrite:
        now = self.read(guid)
        return NativeWrite("update", now.ref, patch, before=now.data, expect=now.version)


class Pulled:
    """What a pull brought."""

    def __init__(self, pages: list[Page]) -> None:
        self.pages = pages
        self.changes: list[Change] = [change for page in pages for change in page.changes]
        self.ids = {change.ref.native_id for change in self.changes}
        checkpoint = pages[-1].checkpoint
        assert checkpoint is not None
        self.checkpoint = checkpoint

    def last(self, guid: str) -> Change:
        return [change for change in self.changes if change.ref.native_id == guid][-1]

    def record(self, guid: str) -> NativeRecord:
        change = self.last(guid)
        assert isinstance(change, Upserted)
        return change.record
