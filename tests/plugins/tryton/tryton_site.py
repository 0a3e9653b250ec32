"""A make-believe Tryton server and a connector to it, for the tests beside this file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import httpx

from hub.sdk import Change, Gone, NativeRecord, NativeWrite, Page, RecordRef, Upserted, WriteResult
from hub.testing.clock import VirtualClock
from hub_tryton.connector import Tryton
from hub_tryton.sandbox import DATABASE, PASSWORD, USER, Users, World, create_app
from hub_tryton.settings import TrytonSettings

T = TypeVar("T")
Deliver = Callable[[], Coroutine[Any, Any, httpx.Response]]
Mishap = Callable[[str, Deliver], Coroutine[Any, Any, httpx.Response]]


class Wire(httpx.AsyncBaseTransport):
    """The way to the server. ``mishap``: what happens to each call it takes; ``calls``: methods with their parameters, logins
    left out."""

    def __init__(self, app: Any) -> None:
        self.server = httpx.ASGITransport(app=app)
        self.mishap: Mishap | None = None
        self.calls: list[tuple[str, list[Any]]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        told = json.loads(request.content)
        method = told["method"].removeprefix("model.party.party.")
        if method != "common.db.login":
            self.calls.append((method, told["params"]))
        if self.mishap is None:
            return await self.server.handle_async_request(request)
        return await self.mishap(method, lambda: self.server.handle_async_request(request))


def lost(*methods: str) -> Mishap:
    """The answers to these calls never arrive."""

    async def mishap(method: str, deliver: Deliver) -> httpx.Response:
        answer = await deliver()
        if method in methods:
            raise httpx.ReadTimeout("lost")
        return answer

    return mishap


def before(method_: str, act: Callable[[], object]) -> Mishap:
    """Somebody acts just before this call arrives, once."""
    acted: list[bool] = []

    async def mishap(method: str, deliver: Deliver) -> httpx.Response:
        if method == method_ and not acted:
            acted.append(True)
            act()
        return await deliver()

    return mishap


class Site:
    """A server, the people who work there, and the connector the hub would use."""

    def __init__(self, settings: Mapping[str, Any] | None = None, **options: Any) -> None:
        self.clock = VirtualClock()
        self.app = create_app(clock=self.clock.now, **options)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users
        self.wire = Wire(self.app)
        self.settings = settings or {}

    def connector(self, **settings: Any) -> Tryton:
        given = {"url": "http://books.localhost", "database": DATABASE, "user": USER, "password": PASSWORD,
                 **self.settings, **settings}
        return Tryton(TrytonSettings.model_validate(given), system="books", transport=self.wire, clock=self.clock)

    def ref(self, party: int | str = "") -> RecordRef:
        return RecordRef("books", "", "contact", str(party))

    @property
    def called(self) -> list[str]:
        """Methods of the last call."""
        return [method for method, _ in self.wire.calls]

    def call(self, ask: Callable[[Tryton], Coroutine[Any, Any, T]], **settings: Any) -> T:
        async def work() -> T:
            connector = self.connector(**settings)
            try:
                return await ask(connector)
            finally:
                await connector.close()

        self.wire.calls.clear()
        return asyncio.run(work())

    def pull(self, since: Mapping[str, Any] | None = None, between: Callable[[], Any] | None = None, **settings: Any) -> Pulled:
        """``between`` is done once, after the first page."""

        async def work(connector: Tryton) -> list[Page]:
            pages: list[Page] = []
            async for page in connector.pull("contact", since):
                if between is not None and not pages:
                    between()
                pages.append(page)
            return pages

        return Pulled(self.call(work, **settings))

    def fetch(self, *parties: int) -> Sequence[NativeRecord | Gone]:
        return self.call(lambda connector: connector.fetch([self.ref(party) for party in parties]))

    def read(self, party: int) -> NativeRecord:
        record = self.fetch(party)[0]
        assert isinstance(record, NativeRecord)
        return record

    def gone(self, party: int) -> Gone:
        told = self.fetch(party)[0]
        assert isinstance(told, Gone)
        return told

    def write(self, *writes: NativeWrite, **settings: Any) -> Sequence[WriteResult]:
        return self.call(lambda connector: connector.write("contact", writes), **settings)

    def create(self, key: str, **patch: Any) -> NativeWrite:
        return NativeWrite("create", self.ref(), {"kind": "person", "hub_key": key, **patch}, key=key)

    def update(self, record: NativeRecord, **patch: Any) -> NativeWrite:
        return NativeWrite("update", record.ref, patch, before=record.data, expect=record.version)

    def delete(self, record: NativeRecord) -> NativeWrite:
        return NativeWrite("delete", record.ref, {}, before=record.data, expect=record.version)


class Pulled:
    """What a pull brought."""

    def __init__(self, pages: list[Page]) -> None:
        self.pages = pages
        self.changes: list[Change] = [change for page in pages for change in page.changes]
        self.ids = {int(change.ref.native_id) for change in self.changes}
        checkpoint = pages[-1].checkpoint
        assert checkpoint is not None
        self.checkpoint = checkpoint

    def last(self, party: int) -> Change:
        return [change for change in self.changes if change.ref.native_id == str(party)][-1]

    def record(self, party: int) -> NativeRecord:
        change = self.last(party)
        assert isinstance(change, Upserted)
        return change.record
