"""A make-believe CiviCRM site and a connector to it, for the tests beside this file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from hub.sdk import Change, Gone, NativeRecord, NativeWrite, Page, RecordRef, Upserted, WriteResult
from hub_civicrm.connector import CiviCrm
from hub_civicrm.sandbox import API_KEY, WRITER, Users, World, create_app
from hub_civicrm.settings import CiviCrmSettings

T = TypeVar("T")
START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


class Clock:
    """Unix seconds of the CRM, turned by hand; also the client's clock, whose sleeps take no time."""

    def __init__(self, start: datetime = START) -> None:
        self.seconds = start.timestamp()

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float, /) -> None:
        self.seconds += seconds

    def pass_(self, **spans: float) -> None:
        self.seconds += spans.get("seconds", 0) + 60 * spans.get("minutes", 0) + 3600 * spans.get("hours", 0)


class Wire(httpx.AsyncBaseTransport):
    """The way to the site. ``mishaps``: by number of the request from now on, what happens to it; ``sent``: the forms."""

    def __init__(self, app: Any) -> None:
        self.site = httpx.ASGITransport(app=app)
        self.mishaps: dict[int, Callable[[httpx.Request, Callable[[], Any]], Any]] = {}
        self.sent: list[httpx.Request] = []
        self._count = 0

    def next(self, number: int, mishap: Callable[[httpx.Request, Callable[[], Any]], Any]) -> None:
        """The ``number``-th request from now (1 is the next one) meets this mishap."""
        self.mishaps[self._count + number] = mishap

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._count += 1
        self.sent.append(request)
        mishap = self.mishaps.pop(self._count, None)
        if mishap is None:
            return await self.site.handle_async_request(request)
        answer: httpx.Response = await mishap(request, lambda: self.site.handle_async_request(request))
        return answer


async def answer_lost(request: httpx.Request, deliver: Callable[[], Any]) -> httpx.Response:
    await deliver()
    raise httpx.ReadTimeout("lost")


async def never_arrives(request: httpx.Request, deliver: Callable[[], Any]) -> httpx.Response:
    raise httpx.ReadTimeout("nothing came")


async def no_connection(request: httpx.Request, deliver: Callable[[], Any]) -> httpx.Response:
    raise httpx.ConnectError("refused")


def header_stripped(request: httpx.Request) -> httpx.Request:
    kept = [(k, v) for k, v in request.headers.raw if k.lower() != b"x-civi-auth"]
    return httpx.Request(request.method, request.url, headers=kept, stream=request.stream)


class Site:
    """A site, its users, and the connector the hub would use."""

    def __init__(self, *people: Mapping[str, Any], settings: Mapping[str, Any] | None = None, **options: Any) -> None:
        self.clock = Clock()
        options.setdefault("permissions", WRITER)
        self.app = create_app(people=people, clock=self.clock, **options)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users
        self.wire = Wire(self.app)
        self.settings = settings or {}
        self.world.log.clear()

    def connector(self, **settings: Any) -> CiviCrm:
        given = {"url": "http://crm.localhost", "api_key": API_KEY, **self.settings, **settings}
        return CiviCrm(CiviCrmSettings(**given), system="crm", transport=self.wire, clock=self.clock)

    def ref(self, contact_id: int | str = "") -> RecordRef:
        return RecordRef("crm", "", "contact", str(contact_id))

    def id_of(self, name: str) -> int:
        """The contact of that first name or organisation name."""
        rows = self.world.tables["Contact"]
        return next(int(row["id"]) for row in rows if name in (row["first_name"], row["organization_name"]))

    def pull(self, since: Mapping[str, Any] | None = None, **settings: Any) -> Pulled:
        async def work() -> list[Page]:
            connector = self.connector(**settings)
            try:
                return [page async for page in connector.pull("contact", since)]
            finally:
                await connector.close()

        before = self.world.log.requests
        return Pulled(run(work()), self.world.log.requests - before)

    def fetch(self, *ids: int | str) -> Sequence[NativeRecord | Gone]:
        return self.call(lambda connector: connector.fetch([self.ref(i) for i in ids]))

    def read(self, contact_id: int) -> NativeRecord:
        record = self.fetch(contact_id)[0]
        assert isinstance(record, NativeRecord)
        return record

    def write(self, *writes: NativeWrite, **settings: Any) -> Sequence[WriteResult]:
        return self.call(lambda connector: connector.write("contact", writes), **settings)

    def create(self, key: str, **patch: Any) -> NativeWrite:
        return NativeWrite("create", self.ref(), {"contact_type": "Individual", **patch}, key=key)

    def update(self, contact_id: int, **patch: Any) -> NativeWrite:
        now = self.read(contact_id)
        return NativeWrite("update", now.ref, patch, before=now.data, expect=now.version)

    def call(self, ask: Callable[[CiviCrm], Coroutine[Any, Any, T]], **settings: Any) -> T:
        async def work() -> T:
            connector = self.connector(**settings)
            try:
                return await ask(connector)
            finally:
                await connector.close()

        return run(work())


class Pulled:
    """What a pull brought. ``requests``: HTTP requests it took."""

    def __init__(self, pages: list[Page], requests: int) -> None:
        self.pages, self.requests = pages, requests
        self.changes: list[Change] = [change for page in pages for change in page.changes]
        self.ids = {int(change.ref.native_id) for change in self.changes}
        checkpoint = pages[-1].checkpoint
        assert checkpoint is not None
        self.checkpoint = checkpoint

    def record(self, contact_id: int) -> NativeRecord:
        change = self._last(contact_id)
        assert isinstance(change, Upserted)
        return change.record

    def gone(self, contact_id: int) -> Gone:
        change = self._last(contact_id)
        assert isinstance(change, Gone)
        return change

    def _last(self, contact_id: int) -> Change:
        return [change for change in self.changes if change.ref.native_id == str(contact_id)][-1]


def person(first: str, last: str = "Test", **more: Any) -> dict[str, Any]:
    return {"contact_type": "Individual", "first_name": first, "last_name": last, **more}
