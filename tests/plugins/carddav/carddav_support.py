"""Connectors on the sandbox in process, or on a real Radicale; and a door through which other people work there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr

from hub.sdk import Gone, NativeRecord, NativeWrite, Page, RecordRef, Upserted, WriteResult
from hub_carddav.connector import CardDav
from hub_carddav.sandbox import create_app
from hub_carddav.sandbox_world import World
from hub_carddav.settings import CardDavSettings

USER, PASSWORD, BOOK = "ada", "s3cret-ä", "/ada/contacts/"
NOW = 1_795_312_168.0  # 2026-11-22T01:49:28Z

T = TypeVar("T")


class StillClock:
    """A clock that stands still, and whose waits are over at once."""

    def now(self) -> float:
        return NOW

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(0)


@dataclass
class Server:
    """Something that serves CardDAV: the sandbox (``world``) or Radicale at ``url``."""

    url: str = "http://127.0.0.1/"
    app: Any = None
    between: Callable[[httpx.Request, httpx.Response], httpx.Response] | None = None
    """What stands between the connector and the sandbox: it may change an answer, or raise."""
    way: Any = None

    @property
    def world(self) -> World:
        assert isinstance(self.app.state.world, World)
        return self.app.state.world

    def connector(self, path: str = "", **settings: Any) -> CardDav:
        filled = CardDavSettings(**{
            "url": self.url + path, "username": USER, "password": SecretStr(PASSWORD), **settings})
        transport = Between(self) if self.app else None
        return CardDav(filled, system="cards", transport=transport, clock=StillClock())

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """What another program does there."""
        transport = httpx.ASGITransport(app=self.app) if self.app else None
        async with httpx.AsyncClient(
            base_url=self.url, transport=transport, auth=(USER, PASSWORD), trust_env=False
        ) as client:
            return await client.request(method, path, **more)

    async def put(self, name: str, text: str, book: str = BOOK) -> str:
        """Another program stores a card, in its own way; the ETag."""
        if self.app:
            return self.world.put(book + name, text)
        answer = await self.send("PUT", book + name, content=text.encode(), headers={"Content-Type": "text/vcard"})
        assert answer.status_code in (201, 204), answer.text
        return answer.headers["ETag"]

    async def delete(self, name: str, book: str = BOOK) -> None:
        assert (await self.send("DELETE", book + name)).status_code == 200

    async def text(self, name: str, book: str = BOOK) -> str:
        return (await self.send("GET", book + name)).text

    async def add_book(self, path: str, name: str) -> None:
        body = (
            '<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:set><d:prop><d:resourcetype>'
            f"<d:collection/><c:addressbook/></d:resourcetype><d:displayname>{name}</d:displayname></d:prop></d:set>"
            "</d:mkcol>"
        )
        answer = await self.send("MKCOL", path, content=body, headers={"Content-Type": "application/xml"})
        assert answer.status_code == 201


class Between(httpx.AsyncBaseTransport):
    """The way to the sandbox. ``most``: the most requests under way at once."""

    def __init__(self, server: Server) -> None:
        self.server, self.inner = server, httpx.ASGITransport(app=server.app)
        self.under_way = self.most = 0
        server.way = self

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0)
            answer = await self.inner.handle_async_request(request)
            if self.server.between:
                await answer.aread()
                answer = self.server.between(request, answer)
            return answer
        finally:
            self.under_way -= 1


def sandbox(**options: Any) -> Server:
    options = {"users": {USER: PASSWORD, "grace": "x"}, "books": {BOOK: "Contacts"}, **options}
    return Server(app=create_app(**options))


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def ref(name: str, book: str = BOOK) -> RecordRef:
    return RecordRef("cards", book, "contact", name)


def create(key: str, *, book: str = BOOK, **patch: Any) -> NativeWrite:
    named = {"n": {"family": "Aho", "given": "Eero"}}
    return NativeWrite("create", ref("", book), {"uid": key, "x-hub-marker": f"m-{key}", **named, **patch}, key=key)


def update(record: NativeRecord, **patch: Any) -> NativeWrite:
    return NativeWrite("update", record.ref, patch, record.data, record.version)


def delete(record: NativeRecord) -> NativeWrite:
    return NativeWrite("delete", record.ref, {}, record.data, record.version)


async def pages(connector: CardDav, since: Any = None) -> list[Page]:
    return [page async for page in connector.pull("contact", since)]


async def pulled(connector: CardDav, since: Any = None) -> tuple[dict[str, NativeRecord | Gone], Any]:
    """Name → what was told of it; and the checkpoint."""
    told = await pages(connector, since)
    changes = {c.ref.native_id: c.record if isinstance(c, Upserted) else c for page in told for c in page.changes}
    return changes, told[-1].checkpoint


async def one(connector: CardDav, write: NativeWrite) -> WriteResult:
    return (await connector.write("contact", [write]))[0]


def sent(connector: CardDav) -> dict[str, int]:
    """Requests so far, by method."""
    return dict(connector.requests)


def semantic(data: Any, *without: str) -> dict[str, Any]:
    """A native record without its text and what stands only in it."""
    kept = {k: v for k, v in data.items() if k not in ("raw", "rev", *without)}
    for key in {"email", "tel", "url", "adr"} & kept.keys():
        kept[key] = sorted(repr({k: v for k, v in row.items() if k != "id"}) for row in kept[key])
    return kept


def done(results: Sequence[WriteResult]) -> list[Any]:
    return [getattr(result, "reaction", type(result).__name__) for result in results]
