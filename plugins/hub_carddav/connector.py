"""CardDAV address books as a system (RFC 6352, RFC 6578).

A collection is an address book, named by its path; the native id is the name of the card in it ("anna.vcf", unquoted);
the version is its ETag. A card the hub makes is named after the hub's key, which is also its UID: making it twice
cannot make two.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from uuid import uuid4

import httpx
from pydantic import BaseModel

from hub.sdk import (
    BasicAuth,
    Capabilities,
    Checkpoint,
    Clock,
    Gone,
    Health,
    HubClient,
    Misconfigured,
    NativeRecord,
    NativeWrite,
    Page,
    Rate,
    RecordRef,
    Support,
    Upserted,
    WriteResult,
)
from hub_carddav import api
from hub_carddav.discovery import Found, discover
from hub_carddav.reader import BookGone, Reader
from hub_carddav.settings import CardDavSettings
from hub_carddav.writer import Writer

AT_ONCE = 8


class CardDav:
    """One account on a CardDAV server. ``transport`` and ``clock`` are for tests."""

    kind: ClassVar[str] = "carddav"
    Settings: ClassVar[type[BaseModel]] = CardDavSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="token",
        deletes_seen_as="tombstone",
        conditional_write=Support.YES,
        idempotent_create=Support.YES,
        returns_written="version",
        rate=(Rate(concurrent=AT_ONCE),),
        own_key_field="uid",
        write_marker="x-hub-marker",
    )

    def __init__(
        self,
        settings: CardDavSettings,
        *,
        system: str,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._http = HubClient(
            settings.url,
            system=system,
            auth=BasicAuth(settings.username, settings.password),
            transport=transport,
            rate=self.capabilities.rate,
            total_s=600,  # a first listing carries every card, with photos
            max_body=256 * 1024 * 1024,
            clock=clock,
        )
        self._wanted = tuple(settings.address_books)
        self._reader = Reader(self._http)
        self._writer = Writer(self._reader, clock.now if clock else time.time)
        self._found: Found | None = None
        self._listed = False

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method."""
        return self._http.sent

    async def close(self) -> None:
        await self._http.aclose()

    async def check(self) -> Health:
        """Up to three PROPFINDs, one sync report and one card. Raises AuthFailed, Misconfigured, Transient."""
        found = await self._discovered(anew=True)
        for book in found.books:
            if book.reports and f"{api.DAV}sync-collection" not in book.reports:
                raise Misconfigured(
                    f"{self._http.system}: the address book {book.path} does not offer sync-collection (RFC 6578), "
                    "by which the hub sees changes. Use another address book or a newer server."
                )
        first = found.books[0].path
        name = await self._reader.one_name(first)
        if name:
            await self.fetch([self._reader.ref(first, name)])
        account = found.principal or first
        base = self._http.base
        return Health(
            identity=account,
            fingerprint=f"{base.scheme}://{base.netloc.decode('ascii')}{account}",
            can_write=any(book.can_write for book in found.books),
            server=found.server,
            warnings=self._warnings(found),
        )

    def _warnings(self, found: Found) -> tuple[str, ...]:
        read_only = (
            f"The account may only read the address book {book.path}. Grant it the right to write there, or let the "
            "hub only read from this system."
            for book in found.books if not book.can_write
        )  # fmt: skip
        return (*read_only, *self.warnings)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Cards that were met and are no vCards, in words."""
        return tuple(
            f"The card {ref.native_id} in {ref.collection} is no vCard: {why}. It stays as it is; correct or delete it."
            for ref, why in self._reader.broken.items()
        )

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """One sync report for each address book; more only where the server cuts its answer or sends no cards in it.

        Books without a token are listed whole, all in one listing. A book that vanished is listed too: with nothing.
        Which books there are is asked once, and again for every other listing of everything.
        """
        old: Mapping[str, str] = since["books"] if since else {}
        books = [book.path for book in (await self._discovered(anew=not old and self._listed)).books]
        self._listed = True
        tokens: dict[str, str] = {}
        for book in books:
            if old.get(book):
                async for changes in self._reader.changes(book, old[book], tokens, listing=False):
                    yield Page(changes)
        listed = [book for book in books if not old.get(book)]
        listing_id = uuid4().hex
        for book in listed:
            async for changes in self._reader.changes(book, "", tokens, listing=True):
                yield Page(changes, listing="partial", listing_id=listing_id)
        listed += [book for book in old if book not in books]
        end: dict[str, Any] = {"listing": "ends", "listing_id": listing_id, "collections": listed} if listed else {}
        yield Page((), {"books": tokens}, **end)

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """One multiget for each 500 cards of an address book."""
        changes = await self._reader.present(refs)
        return [change.record if isinstance(change, Upserted) else change for change in changes]

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        """Cards the hub made, by their name; those that were moved, by their UID."""
        found: dict[str, NativeRecord] = {}
        for book in (await self._discovered()).books:
            names = [f"{key}.vcf" for key in keys if key not in found]
            if not names:
                break
            try:
                read = await self._reader.multiget(book.path, names)
            except BookGone:
                continue
            for name, member in read.items():
                change = self._reader.change(self._reader.ref(book.path, name), member)
                key = name.removesuffix(".vcf")
                if isinstance(change, Upserted) and change.record.data.get("uid") == key:
                    found[key] = change.record
            rest = [key for key in keys if key not in found]
            found.update(await self._reader.by_uid(book.path, rest))
        return found

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """One PUT or DELETE each, at most 8 at once; then one multiget for those whose new version was not told."""
        versions: dict[str, str] = {}
        if any(w.op == "create" for w in batch):
            books = (await self._discovered()).books
            versions = {book.path: _version(book) for book in books}
            batch = [self._placed(w, books) for w in batch]
        return await self._writer.write(batch, versions)

    def _placed(self, w: NativeWrite, books: Sequence[api.Place]) -> NativeWrite:
        """A new card for no address book in particular goes into the only one."""
        if w.op != "create" or w.ref.collection:
            return w
        if len(books) > 1:
            raise Misconfigured(
                f"{self._http.system}: there are {len(books)} address books. Say into which one new cards go: write its path, "
                f"such as {books[0].path}, as collection of this system."
            )
        return replace(w, ref=w.ref._replace(collection=books[0].path))

    async def _discovered(self, *, anew: bool = False) -> Found:
        if self._found is None or anew:
            self._found = await discover(self._http, self._wanted)
        return self._found


def _version(book: api.Place) -> str:
    """vCard version of a new card: 3.0, unless the address book takes only 4.0 (RFC 6352 6.2.2)."""
    return "4.0" if "4.0" in book.versions and "3.0" not in book.versions else "3.0"
