"""From the address a person typed to the address books behind it (RFC 6764 6, RFC 5397, RFC 6352 7.1.1).

The address may be an address book, the collection that holds them, the person's principal, or the server itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from hub.sdk import HubClient, Misconfigured
from hub_carddav import api

WELL_KNOWN = "/.well-known/carddav"
_READ = (200, 207, 400, 403, 404, 405, 410, 501)  # what a web server that knows no WebDAV may say to PROPFIND


@dataclass(frozen=True, slots=True)
class Found:
    """``principal``: path that names the account on that server, or "". ``server``: its Server header, or ""."""

    principal: str
    books: tuple[api.Place, ...]
    server: str


async def discover(client: HubClient, wanted: Sequence[str]) -> Found:
    """The address books named in ``wanted`` (paths or display names), or all. Raises AuthFailed, Misconfigured."""
    start, server = await _start(client)
    if start.is_book:
        books = [start]
    else:
        books = []
        for home in await _homes(client, start):
            for each in await _look(client, home, "1"):
                if each.is_book and all(not api.same_path(each.path, book.path) for book in books):
                    books.append(each)
    if not books:
        raise Misconfigured(
            f"{client.system}: the server knows CardDAV but shows no address book to this account. Create one there, "
            "or write the address of one as url."
        )
    return Found(start.principal or "", tuple(_chosen(client.system, books, wanted)), server)


async def _start(client: HubClient) -> tuple[api.Place, str]:
    for url in ("", WELL_KNOWN):
        answer = await _ask(client, url, "0")
        if answer.status_code == 207:
            return _places(client, answer)[0], answer.headers.get("Server", "")
    raise Misconfigured(
        f"{client.system}: there is no CardDAV server at this url. Write the address your provider gives for CardDAV "
        "(often https://…/dav/ or the address of the address book)."
    )


async def _homes(client: HubClient, start: api.Place) -> tuple[str, ...]:
    if start.homes:
        return start.homes
    if start.principal and not api.same_path(start.principal, start.path):
        homes = [home for each in await _look(client, start.principal, "0") for home in each.homes]
        if homes:
            return (start.path,) if any(api.same_path(start.path, home) for home in homes) else tuple(homes)
    return (start.path,)


async def _look(client: HubClient, path: str, depth: str) -> list[api.Place]:
    answer = await _ask(client, path, depth)
    return _places(client, answer) if answer.status_code == 207 else []


async def _ask(client: HubClient, url: str, depth: str) -> httpx.Response:
    headers = {**api.XML, "Accept": "*/*", "Depth": depth}  # a web page is an answer too: there is no CardDAV
    return await client.request("PROPFIND", url, expect=_READ, headers=headers, content=api.propfind())


def _places(client: HubClient, answer: httpx.Response) -> list[api.Place]:
    try:
        members = api.multistatus(answer.content, answer.request.url.path).members
    except api.NotDav as wrong:
        raise Misconfigured(
            f"{client.system}: the server answers in a way CardDAV does not have ({wrong}). Check the system's url."
        ) from None
    return [api.place(member) for member in members if member.status == 200] or [_nothing(answer)]


def _nothing(answer: httpx.Response) -> api.Place:
    return api.place(api.Member(answer.request.url.path, 200))


def _chosen(system: str, books: list[api.Place], wanted: Sequence[str]) -> list[api.Place]:
    if not wanted:
        return books
    chosen: list[api.Place] = []
    for word in wanted:
        hits = [book for book in books if api.same_path(api.path_of(word), book.path)]
        hits = hits or [book for book in books if book.name == word]
        if len(hits) != 1:
            problem = "There is no address book" if not hits else "There are several address books named"
            there = ", ".join(f"{book.name or 'without a name'} ({book.path})" for book in books)
            raise Misconfigured(
                f"{system}: {problem} {word!r}. The account sees: {there}. Write one of these paths under address_books."
            )
        if hits[0] not in chosen:
            chosen.append(hits[0])
    return chosen
