"""A CardDAV server in memory, on loopback, that counts requests and costs as little as possible: the client is what is
measured.

    python carddav_server.py --port PORT

It knows PROPFIND, REPORT addressbook-multiget (RFC 6352 8.7) and sync-collection (RFC 6578), GET, PUT and DELETE with
If-Match and If-None-Match (RFC 9110 13.1). Besides::

    GET  /__counts  {"requests": {"PUT": 12, ...}, "bytes_in": n, "bytes_out": n, "most_at_once": n}
    POST /__reset   counts from zero
    POST /__cards   stores a JSON object path → card
    GET  /__cards   the cards as that object
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from xml.sax.saxutils import escape

from aiohttp import web

BOOK = "/user/ab/"
"""Path of the one address book."""
_HEAD = '<?xml version="1.0" encoding="utf-8"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">'
_TAIL = "</d:multistatus>"
_HREF = re.compile(r"<(?:\w+:)?href[^>]*>([^<]+)</(?:\w+:)?href>")
_TOKEN = re.compile(r"<(?:\w+:)?sync-token>t(\d+)</")

Answer = tuple[int, str, dict[str, str]]
"""Status, body, headers."""


class Book:
    """An address book. Sync token ``tN`` stands for everything up to change N."""

    def __init__(self) -> None:
        self.cards: dict[str, tuple[str, str]] = {}  # path → (etag, card)
        self.changes: list[str] = []

    def store(self, path: str, card: str) -> str:
        etag = f'"{hashlib.blake2b(card.encode(), digest_size=8).hexdigest()}-{len(self.changes)}"'
        self.cards[path] = etag, card
        self.changes.append(path)
        return etag

    def answer(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        if method == "PROPFIND":
            members = self.cards if headers.get("Depth") != "0" and path == BOOK else ()
            return 207, "".join([_HEAD, self._itself(), *(self._member(p, False) for p in members), _TAIL]), {}
        if method == "REPORT":
            return 207, self._report(body), {}
        if method == "PUT":
            return self._put(path, body, headers)
        if method == "OPTIONS":
            return 200, "", {"DAV": "1, 3, addressbook", "Allow": "OPTIONS, GET, PUT, DELETE, PROPFIND, REPORT"}
        if path not in self.cards:
            return 404, "", {}
        etag, card = self.cards[path]
        if method == "GET":
            return 200, card, {"ETag": etag}
        if method != "DELETE":
            return 405, "", {}
        if headers.get("If-Match", etag) != etag:
            return 412, "", {}
        del self.cards[path]
        self.changes.append(path)
        return 204, "", {}

    def _put(self, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        there = self.cards.get(path)
        if there and headers.get("If-None-Match") == "*":
            return 412, "", {}
        match = headers.get("If-Match")
        if match and (there is None or there[0] != match):
            return 412, "", {}
        return 204 if there else 201, "", {"ETag": self.store(path, body)}

    def _report(self, body: str) -> str:
        if "sync-collection" not in body:
            return "".join([_HEAD, *(self._member(p, True) for p in _HREF.findall(body)), _TAIL])
        since = _TOKEN.search(body)
        paths = dict.fromkeys(self.changes[int(since[1]) if since else 0:])
        told = [self._member(p, "address-data" in body) for p in paths if since or p in self.cards]
        return "".join([_HEAD, *told, f"<d:sync-token>t{len(self.changes)}</d:sync-token>", _TAIL])

    def _member(self, path: str, whole: bool) -> str:
        if path not in self.cards:
            return f"<d:response><d:href>{path}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
        etag, card = self.cards[path]
        data = f"<c:address-data>{escape(card)}</c:address-data>" if whole else ""
        return (f"<d:response><d:href>{path}</d:href><d:propstat><d:prop><d:resourcetype/><d:getcontenttype>text/vcard"
                f"</d:getcontenttype><d:getetag>{etag}</d:getetag>{data}</d:prop><d:status>HTTP/1.1 200 OK</d:status>"
                "</d:propstat></d:response>")

    def _itself(self) -> str:
        return (f"<d:response><d:href>{BOOK}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:addressbook/>"
                f"</d:resourcetype><d:sync-token>t{len(self.changes)}</d:sync-token><d:displayname>ab</d:displayname>"
                "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>")


class Server:
    """The book behind HTTP, with the counts."""

    def __init__(self) -> None:
        self.book = Book()
        self.at_once = 0
        self.reset()

    def reset(self) -> None:
        self.requests: Counter[str] = Counter()
        self.bytes_in = self.bytes_out = self.most_at_once = 0

    async def handle(self, request: web.Request) -> web.Response:
        if request.path.startswith("/__"):
            return await self._control(request)
        self.requests[request.method] += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            body = await request.read()
            status, text, headers = self.book.answer(request.method, request.path, body.decode(), request.headers)
        finally:
            self.at_once -= 1
        out = text.encode()
        self.bytes_in += len(body)
        self.bytes_out += len(out)
        kind = "application/xml" if status == 207 else "text/vcard"
        return web.Response(status=status, body=out, headers={**headers, "Content-Type": f"{kind}; charset=utf-8"})

    async def _control(self, request: web.Request) -> web.Response:
        if request.path == "/__reset":
            self.reset()
        elif request.path == "/__cards" and request.method == "POST":
            for path, card in (await request.json()).items():
                self.book.store(path, card)
        elif request.path == "/__cards":
            return web.json_response({path: card for path, (_, card) in self.book.cards.items()})
        return web.json_response({"requests": self.requests, "bytes_in": self.bytes_in, "bytes_out": self.bytes_out,
                                  "most_at_once": self.most_at_once})


def main() -> None:
    parser = argparse.ArgumentParser(description="A CardDAV server in memory that counts requests.")
    parser.add_argument("--port", type=int, required=True)
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", Server().handle)
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port, access_log=None, print=None)


if __name__ == "__main__":
    main()
