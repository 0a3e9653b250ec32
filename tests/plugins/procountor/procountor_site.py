"""A make-believe Procountor and a connector to it, for the tests beside this file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import httpx

from hub.sdk import Change, Gone, NativeRecord, NativeWrite, Page, RecordRef, WriteResult
from hub.testing.clock import VirtualClock
from hub_procountor.connector import Procountor
from hub_procountor.sandbox import API_KEY, CLIENT_ID, SECRET, Users, World, create_app
from hub_procountor.settings import ProcountorSettings

T = TypeVar("T")
ADDRESS = {"name": "Example Oy", "specifier": "c/o Aho", "street": "Mannerheimintie 1", "zip": "00100", "city": "Helsinki",
           "country": "FINLAND"}
INVOICING = {"identifier": "1234567-8", "identifierType": "FI", "email": "laskut@example.org", "language": "FINNISH",
             "invoiceChannel": "ELECTRONIC_INVOICE", "customerNumber": "1001", "einvoiceAddress": "003712345678",
             "einvoiceOperator": "003723327487", "orderReference": "PO 7"}
PAYMENT = {"paymentMethod": "BANK_TRANSFER", "bankAccount": "FI0000000000000000", "paymentTermDays": "14"}
ORGANISATION = {"name": "Example Oy", "address": ADDRESS, "invoicingInfo": INVOICING, "paymentInfo": PAYMENT,
                "registryInfo": {"phone": "+358 9 123456", "section": "Wholesale"},
                "contactPersons": [{"id": 5, "name": "Anna Aho", "email": "anna@example.org"}]}


class Wire(httpx.AsyncBaseTransport):
    """The way to the company. ``before``: done when such a method is on its way; ``sent``: requests beside those for tokens."""

    def __init__(self, app: Any) -> None:
        self.site = httpx.ASGITransport(app=app)
        self.before: dict[str, Callable[[], Any]] = {}
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/token"):
            self.sent.append(request)
        if act := self.before.pop(request.method, None):
            act()
        return await self.site.handle_async_request(request)


class Site:
    """A company, its bookkeeper, and the connector the hub would use."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock()
        self.app = create_app(clock=self.clock.now, **options)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users
        self.wire = Wire(self.app)

    def connector(self, **settings: Any) -> Procountor:
        given = {"url": "http://books.localhost", "client_id": CLIENT_ID, "client_secret": SECRET, "api_key": API_KEY, **settings}
        return Procountor(ProcountorSettings.model_validate(given), system="books", transport=self.wire, clock=self.clock)

    def call(self, ask: Callable[[Procountor], Coroutine[Any, Any, T]], **settings: Any) -> T:
        async def work() -> T:
            connector = self.connector(**settings)
            try:
                return await ask(connector)
            finally:
                await connector.close()

        self.wire.sent.clear()
        return asyncio.run(work())

    def organisation(self, **sections: Any) -> int:
        return self.users.add({**ORGANISATION, **sections})

    def person(self, name: str = "Anna Aho", **sections: Any) -> int:
        group = next(each for each in self.world.groups.values() if each["name"] == "Person")
        return self.users.add({"name": name, "registryInfo": {"partnerGroups": [group]}, **sections})

    def ref(self, number: int | str = "") -> RecordRef:
        return RecordRef("books", "", "contact", str(number))

    def pull(self, since: Mapping[str, Any] | None = None, **settings: Any) -> tuple[list[Change], Mapping[str, Any]]:
        """What a pull brought, and its checkpoint."""

        async def work(connector: Procountor) -> list[Page]:
            return [page async for page in connector.pull("contact", since)]

        pages = self.call(work, **settings)
        assert pages[-1].checkpoint is not None
        return [change for page in pages for change in page.changes], pages[-1].checkpoint

    def fetch(self, number: int) -> NativeRecord | Gone:
        return self.call(lambda connector: connector.fetch([self.ref(number)]))[0]

    def read(self, number: int, **settings: Any) -> NativeRecord:
        found = self.call(lambda connector: connector.fetch([self.ref(number)]), **settings)[0]
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
