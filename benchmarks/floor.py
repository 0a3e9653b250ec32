"""The floor under a two-way sync of address books: transport, change detection and state only. A yardstick, no product:
it merges no fields, keeps no history, repeats nothing after an error. Where both sides changed, A wins.

    python floor.py STATE URL_A URL_B

One sync-collection report a side (RFC 6578), one multiget for what changed, eight PUTs at once, and one more report of a
side that was written to, so that our own writes do not come back as changes.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import aiohttp

AT_ONCE = 8
_DAV, _CARD = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}"
_UID = re.compile(r"^UID:(.+?)\r?$", re.MULTILINE)

Row = tuple[str, str | None, str | None, str | None, str | None]
"""uid, path and etag in A, path and etag in B."""


class Side:
    """One address book. Raises aiohttp.ClientError for every answer that is no success."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        parts = urlsplit(url)
        self._url, self._path, self._session = url, parts.path, session
        self._origin = f"{parts.scheme}://{parts.netloc}"

    async def etags(self, token: str) -> tuple[dict[str, str], str]:
        """What changed since ``token``: path → etag, and the new token."""
        root = await self._report(
            f'<d:sync-collection xmlns:d="DAV:"><d:sync-token>{escape(token)}</d:sync-token><d:sync-level>1</d:sync-level>'
            "<d:prop><d:getetag/></d:prop></d:sync-collection>")
        found = {r.findtext(f"{_DAV}href", ""): r.findtext(f"{_DAV}propstat/{_DAV}prop/{_DAV}getetag")
                 for r in root.iter(f"{_DAV}response")}
        return {path: etag for path, etag in found.items() if etag}, root.findtext(f"{_DAV}sync-token", "")

    async def cards(self, paths: Iterable[str]) -> dict[str, tuple[str, str, str]]:
        """uid → path, etag, card"""
        hrefs = "".join(f"<d:href>{escape(path)}</d:href>" for path in paths)
        if not hrefs:
            return {}
        root = await self._report(
            '<c:addressbook-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:prop><d:getetag/>'
            f"<c:address-data/></d:prop>{hrefs}</c:addressbook-multiget>")
        out = {}
        for response in root.iter(f"{_DAV}response"):
            prop = response.find(f"{_DAV}propstat/{_DAV}prop")
            card = prop.findtext(f"{_CARD}address-data", "") if prop is not None else ""
            if prop is not None and (uid := _UID.search(card)):
                out[uid[1]] = response.findtext(f"{_DAV}href", ""), prop.findtext(f"{_DAV}getetag", ""), card
        return out

    async def put(self, uid: str, path: str | None, card: str, etag: str | None) -> tuple[str, str]:
        """The path and the new etag."""
        where = path or f"{self._path}{uid}.vcf"
        headers = {"Content-Type": "text/vcard", **({"If-Match": etag} if etag else {"If-None-Match": "*"})}
        async with self._session.put(self._origin + where, data=card.encode(), headers=headers) as answer:
            answer.raise_for_status()
            return where, answer.headers["ETag"]

    async def past(self, token: str, written: Mapping[str, str]) -> str:
        """A token behind our own writes, unless somebody else wrote meanwhile."""
        if not written:
            return token
        etags, new = await self.etags(token)
        return new if all(written.get(path) == etag for path, etag in etags.items()) else token

    async def _report(self, body: str) -> ElementTree.Element:
        async with self._session.request("REPORT", self._url, data=body.encode(), headers={"Content-Type": "text/xml"}) as answer:
            answer.raise_for_status()
            return ElementTree.fromstring(await answer.read())  # noqa: S314  (our own server on loopback)


async def sync(state: str, url_a: str, url_b: str) -> None:
    db = sqlite3.connect(state, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("CREATE TABLE IF NOT EXISTS card (uid TEXT PRIMARY KEY, pa TEXT, ea TEXT, pb TEXT, eb TEXT) WITHOUT ROWID")
    db.execute("CREATE TABLE IF NOT EXISTS side (name TEXT PRIMARY KEY, token TEXT)")
    tokens: dict[str, str] = dict(db.execute("SELECT name, token FROM side"))
    login, pool = aiohttp.BasicAuth("user", "x"), aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(auth=login, connector=pool) as session:
        a, b = Side(url_a, session), Side(url_b, session)
        (etags_a, token_a), (etags_b, token_b) = await asyncio.gather(a.etags(tokens.get("a", "")), b.etags(tokens.get("b", "")))
        new_a, new_b = await asyncio.gather(a.cards(etags_a), b.cards(etags_b))
        uids = [*new_a, *(uid for uid in new_b if uid not in new_a)]
        known: dict[str, Row] = {}
        for uid in uids:
            known.update((row[0], row) for row in db.execute("SELECT uid, pa, ea, pb, eb FROM card WHERE uid = ?", (uid,)))
        to_a: dict[str, str] = {}
        to_b: dict[str, str] = {}
        done: list[Row] = []

        async def one(uid: str) -> None:
            _, path_a, etag_a, path_b, etag_b = known.get(uid, (uid, None, None, None, None))
            if uid in new_a:
                path_a, etag_a, card = new_a[uid]
                if uid in new_b:
                    path_b, etag_b, _ = new_b[uid]
                path_b, etag_b = await b.put(uid, path_b, card, etag_b)
                to_b[path_b] = etag_b
            else:
                path_b, etag_b, card = new_b[uid]
                path_a, etag_a = await a.put(uid, path_a, card, etag_a)
                to_a[path_a] = etag_a
            done.append((uid, path_a, etag_a, path_b, etag_b))

        left = iter(uids)

        async def worker() -> None:
            for uid in left:
                await one(uid)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        token_a, token_b = await asyncio.gather(a.past(token_a, to_a), b.past(token_b, to_b))
    db.execute("BEGIN")
    db.executemany("INSERT OR REPLACE INTO card VALUES (?, ?, ?, ?, ?)", done)
    db.executemany("INSERT OR REPLACE INTO side VALUES (?, ?)", [("a", token_a), ("b", token_b)])
    db.execute("COMMIT")
    db.close()


if __name__ == "__main__":
    asyncio.run(sync(*sys.argv[1:4]))
