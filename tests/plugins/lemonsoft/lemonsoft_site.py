"""A make-believe Lemonsoft and a connector to it, for the tests beside this file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import httpx

from hub.sdk import Change, Gone, NativeRecord, NativeWrite, Page, RecordRef, WriteResult
from hub.testing.clock import VirtualClock
from hub_lemonsoft.connector import Lemonsoft
from hub_lemonsoft.sandbox import API_KEY, DATABASE, PASSWORD, PEOPLE, USER, Users, World, create_app
from hub_lemonsoft.settings import LemonsoftSettings

T = TypeVar("T")
ORGANISATION = {"name": "Example Oy", "name2": "Wholesale", "email": "laskut@example.org", "vat": "1234567-8",
                "phone": "+358 9 123456", "street": "Mannerheimintie 1", "postal_code": "00100", "city": "Helsinki",
                "country": "FI", "finvoice_address": "003712345678", "invoice_method_id": 5,
                "payment_term_number": 14, "language_code": "FI",
                "contacts": [{"id": 5, "customer_id": 501, "name": "Anna Aho"}], "accounts": [{"account_id": 1, "iban": "FI00"}]}


class Wire(httpx.AsyncBaseTransport):
    """The way to the company. ``before``: done when such a method is on its way; ``sent``: requests beside logins."""

    def __init__(self, app: Any) -> None:
        self.site = httpx.ASGITransport(app=app)
        self.before: dict[str, Callable[[], Any]] = {}
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/login"):
            self.sent.append(request)
        if act := self.before.pop(request.method, None):
            act()
        return await self.site.handle_async_request(request)


class Site:
    """A company, its bookkeeper, and the connector the hub would use."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.app = create_app(clock=self.clock.now)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users
        self.wire = Wire(self.app)

    def connector(self, **settings: Any) -> Lemonsoft:
        given = {"url": "http://lemon.localhost", "database": DATABASE, "user": USER, "password": PASSWORD, "api_key": API_KEY,
                 "people_group": PEOPLE, **settings}
        return Lemonsoft(LemonsoftSettings.model_validate(given), system="books", transport=self.wire, clock=self.clock)

    def call(self, ask: Callable[[Lemonsoft], Coroutine[Any, Any, T]], **settings: Any) -> T:
        async def work() -> T:
            connector = self.connector(**settings)
            try:
                return await ask(connector)
            finally:
                await connector.close()

        self.wire.sent.clear()
        return asyncio.run(work())

    def organisation(self, **fields: Any) -> int:
        return self.users.add({**ORGANISATION, **fields})

    def person(self, name: str = "Anna Aho", **fields: Any) -> int:
        return self.users.add({"name": name, "email": "anna@example.org", "group": PEOPLE, **fields})

    def ref(self, number: int | str = "") -> RecordRef:
        return RecordRef("books", "", "contact", str(number))

    def pull(self, since: Mapping[str, Any] | None = None, **settings: Any) -> tuple[list[Change], Mapping[str, Any]]:
        """What a pull brought, and its checkpoint."""

        async def work(connector: Lemonsoft) -> list[Page]:
            return [page async for page in connector.pull("contact", since)]

        pages = self.call(work, **settings)
        assert pages[-1].checkpoint is not None
        return [change for page in pages for change in page.changes], pages[-1].checkpoint

    def fetch(self, number: int) -> NativeRecord | Gone:
        return self.call(lambda connector: connector.fetch([self.ref(number)]))[0]

    def read(self, number: int) -> NativeRecord:
        found = self.fetch(number)
        assert isinstance(found, NativeRecord)
        return found

    def write(self, *writes: NativeWrite, **settings: Any) -> list[WriteResult]:
        return list(self.call(lambda connector: connector.write("contact", writes), **settings))

    def create(self, **patch: Any) -> NativeWrite:
        return NativeWrite("create", self.ref(), patch, key="k-1")

    def update(self, number: int, **patch: Any) -> NativeWrite:
        now = self.read(number)
        return NativeWrite("update", now.ref, patch, before=now.data, expect=now.version)

    def delete(self, number: int) -> NativeWrite:
        now = self.read(number)
        return NativeWrite("delete", now.ref, {}, before=now.data, expect=now.version)

    def methods(self) -> list[str]:
        """Of the last call, without reading."""
        return [request.method for request in self.wire.sent if request.method != "GET"]
