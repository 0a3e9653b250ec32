"""A strict CardDAV server for tests and for the demo: what the RFCs and the recorded Radicale 3.9.0 do not have is refused.

It shares no code with the connector. Sources: RFC 6352 (CardDAV), RFC 6578 (sync), RFC 4918 (WebDAV), RFC 5689 (extended
MKCOL), RFC 3744 (privileges), RFC 9110 (conditions), and calls recorded of Radicale 3.9.0 ("transcript NN").

    app = create_app(users={"ada": "secret"}, books={"/ada/contacts/": "Contacts"})
    app.state.world.put("/ada/contacts/x.vcf", "BEGIN:VCARD…")     # what another program does there
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from urllib.parse import unquote
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from hub_carddav import sandbox_card, sandbox_xml
from hub_carddav.sandbox_world import Book, Call, TokenUnknown, World, etag_of
from hub_carddav.sandbox_xml import C, D

DAV = "1, 2, 3, calendar-access, addressbook, extended-mkcol"  # transcript 28
_HEADERS = {  # RFC 9110, RFC 4918 10.2; what HTTP itself carries, and per method what it defines
    "": {"host", "user-agent", "accept", "accept-encoding", "connection", "authorization"},
    "OPTIONS": set(),
    "GET": set(),
    "PUT": {"content-type", "content-length", "if-match", "if-none-match"},
    "DELETE": {"if-match"},
    "PROPFIND": {"content-type", "content-length", "depth"},
    "REPORT": {"content-type", "content-length", "depth"},
    "MKCOL": {"content-type", "content-length"},
}
_REPORTS = {f"{D}sync-collection", f"{C}addressbook-multiget", f"{C}addressbook-query"}
_CARD_PROPS = {f"{D}getetag", f"{D}getcontenttype", f"{C}address-data"}
_COLLATIONS = ("i;ascii-casemap", "i;unicode-casemap", "i;octet", "default")  # RFC 6352 8.3


def create_app(
    *,
    users: Mapping[str, str] | None = None,
    books: Mapping[str, str] | None = None,
    rewrites: bool = False,
    no_body_in_sync: bool = False,
    page_limit: int = 0,
    versions: tuple[str, ...] | None = None,
) -> Starlette:
    """The server as an ASGI app. ``users``: name → password; ``books``: path ``/user/book/`` → display name; the
    other options: see World, which is at ``app.state.world``."""
    users = users or {"demo": "sandbox-password"}
    books = books if books is not None else {f"/{user}/contacts/": "Contacts" for user in users}
    world = World(users, books, rewrites=rewrites, no_body_in_sync=no_body_in_sync, page_limit=page_limit,
                  versions=versions)
    app = Starlette(routes=[Mount("/", app=_Server(world))])
    app.state.world = world
    name, password = next(iter(users.items()))
    app.state.settings = {"username": name, "password": password}
    return app


class _Refused(Exception):
    """The answer is not 2xx. ``condition``: the precondition that failed, if the RFC names one."""

    def __init__(self, code: int, text: str = "", condition: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.response = (
            Response(sandbox_xml.error(condition), code, media_type="text/xml") if condition
            else Response(text or "Bad Request", code, dict(headers or {}), "text/plain")
        )  # fmt: skip
        super().__init__(text or condition)


class _Server:
    def __init__(self, world: World) -> None:
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        path = unquote(scope["raw_path"].decode("ascii")) if scope.get("raw_path") else scope["path"]
        report = ""
        try:
            answer, report = self._answer(request, path, body)
        except _Refused as refused:
            answer = refused.response
        self.world.log.append(Call(request.method, path, answer.status_code, request.headers.get("depth", ""), report))
        await answer(scope, receive, send)

    def _answer(self, request: Request, path: str, body: bytes) -> tuple[Response, str]:
        method = request.method
        if method not in _HEADERS or not method:  # transcript 04 has the words
            raise _Refused(405, "The method is not allowed on the requested resource.")
        if path.rstrip("/") == "/.well-known/carddav":  # RFC 6764 6; Radicale: moved permanently, before any login
            raise _Refused(301, "Redirected to /", headers={"Location": "/"})
        user = self._user(request)
        unknown = set(request.headers) - _HEADERS[""] - _HEADERS[method]
        if unknown:
            raise _Refused(400, f"The header {sorted(unknown)[0]} is not defined for {method}.")
        if request.url.query:
            raise _Refused(400, "No query is defined for any WebDAV method.")
        if body and method in ("GET", "DELETE", "OPTIONS"):
            raise _Refused(400, f"No body is defined for {method} (RFC 9110 9.3).")
        if "/." in path or "//" in path or not path.startswith("/"):
            raise _Refused(404, "The requested resource could not be found.")
        if path.strip("/") and path.split("/")[1] != user:  # transcript 27
            raise _Refused(403, "Access to the requested resource forbidden.")
        if method == "OPTIONS":  # transcript 28
            return Response(b"", 200, {"Allow": ", ".join(filter(None, _HEADERS)), "DAV": DAV}), ""
        if method == "PROPFIND":
            return self._propfind(request, user, path, body), ""
        if method == "REPORT":
            return self._report(request, path, body)
        if method == "MKCOL":
            return self._mkcol(request, path, body), ""
        return {"GET": self._get, "PUT": self._put, "DELETE": self._delete}[method](request, path, body), ""

    def _user(self, request: Request) -> str:
        """Basic authentication (RFC 7617); transcript 01."""
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(told, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name, password = "", ""
        known = self.world.users.get(name)
        if scheme.lower() != "basic" or known is None or not hmac.compare_digest(known.encode(), password.encode()):
            raise _Refused(401, "Access to the requested resource forbidden.",
                           headers={"WWW-Authenticate": 'Basic realm="Radicale - Password Required"'})
        return name

    def _book(self, path: str) -> Book:
        book = self.world.books.get(path if path.endswith("/") else f"{path}/")
        if book is None:
            raise _Refused(404, "The requested resource could not be found.")
        return book

    def _card(self, path: str) -> tuple[Book, str]:
        """The book and the name in it; the card need not be there. A collection has no card (RFC 4918 9.7.2)."""
        if path.endswith("/") or path in {book.rstrip("/") for book in self.world.books} or path.count("/") < 3:
            raise _Refused(405, "The method is not allowed on the requested resource.")
        parent, _, name = path.rpartition("/")
        book = self.world.books.get(f"{parent}/")
        if book is None:
            raise _Refused(409, "Conflict in the request.")  # no parent collection: RFC 4918 9.7.1
        return book, name

    def _xml(self, request: Request, body: bytes, *roots: str) -> Element:
        kind, _, params = request.headers.get("content-type", "").partition(";")
        charset = params.partition("charset=")[2].strip().strip('"').lower()
        if kind.strip().lower() not in ("application/xml", "text/xml") or charset not in ("", "utf-8"):
            raise _Refused(415, "A WebDAV request body is application/xml or text/xml (RFC 4918 8.2).")
        try:
            return sandbox_xml.read(body, roots=roots)
        except sandbox_xml.Malformed as why:
            raise _Refused(400, f"Bad Request: {why}") from None

    def _propfind(self, request: Request, user: str, path: str, body: bytes) -> Response:
        """RFC 4918 9.1; transcripts 02 and 05."""
        depth = request.headers.get("depth", "infinity")
        if depth == "infinity":
            raise _Refused(403, condition="propfind-finite-depth")  # RFC 4918 9.1.1
        if depth not in ("0", "1"):
            raise _Refused(400)
        names = sandbox_xml.prop_names(self._xml(request, body, f"{D}propfind"))
        slashed = path if path.endswith("/") else f"{path}/"
        resources: list[tuple[str, dict[str, str]]]
        if slashed == "/":
            resources = [("/", self._plain(user)), (f"/{user}/", self._principal(user))]
        elif slashed == f"/{user}/":
            books = [b for b in self.world.books.values() if b.owner == user]
            resources = [(slashed, self._principal(user)), *((b.path, self._book_props(b, user)) for b in books)]
        elif slashed in self.world.books:
            book = self.world.books[slashed]
            cards = [(book.path + name, _card_props(text, body=False)) for name, text in book.cards.items()]
            resources = [(slashed, self._book_props(book, user)), *cards]
        else:
            book, name = self._card(path)
            if name not in book.cards:
                raise _Refused(404, "The requested resource could not be found.")
            resources = [(path, _card_props(book.cards[name], body=False))]
        answers = [
            sandbox_xml.response(at, {n: has[n] for n in names if n in has}, [n for n in names if n not in has])
            for at, has in (resources[:1] if depth == "0" else resources)
        ]
        return Response(sandbox_xml.multistatus(answers), 207, {"DAV": DAV}, "text/xml")

    def _plain(self, user: str) -> dict[str, str]:
        return {
            f"{D}resourcetype": "<collection />",
            f"{D}current-user-principal": sandbox_xml.hrefs(f"/{user}/"),
            f"{D}current-user-privilege-set": "<privilege><read /></privilege>",
        }

    def _principal(self, user: str) -> dict[str, str]:
        home = sandbox_xml.hrefs(f"/{user}/")
        return {**self._plain(user), f"{D}resourcetype": "<principal /><collection />",
                f"{D}principal-URL": home, f"{C}addressbook-home-set": home}

    def _book_props(self, book: Book, user: str) -> dict[str, str]:
        rights = ("read",) if book.read_only else ("read", "all", "write", "write-properties", "write-content")
        reports = ("sync-collection", "CR:addressbook-multiget", "CR:addressbook-query")
        return {
            **self._plain(user),
            f"{D}resourcetype": "<CR:addressbook /><collection />",
            f"{D}displayname": escape(book.name),
            f"{D}current-user-privilege-set": "".join(f"<privilege><{r} /></privilege>" for r in rights),
            f"{D}supported-report-set": "".join(
                f"<supported-report><report><{r} /></report></supported-report>" for r in reports),
            f"{D}sync-token": book.token(),
            f"{C}supported-address-data": "".join(
                f'<CR:address-data-type content-type="text/vcard" version="{v}" />'
                for v in self.world.versions or ("3.0",)),
        }

    def _report(self, request: Request, path: str, body: bytes) -> tuple[Response, str]:
        root = self._xml(request, body, *_REPORTS)
        kind = root.tag.partition("}")[2]
        if path.rstrip("/").count("/") < 2:
            raise _Refused(403, condition="supported-report")  # RFC 3253 3.6
        book, depth = self._book(path), request.headers.get("depth")
        answer = {
            "sync-collection": self._sync, "addressbook-multiget": self._multiget, "addressbook-query": self._query,
        }[kind](book, depth, root)  # fmt: skip
        return Response(answer, 207, media_type="text/xml"), kind

    def _sync(self, book: Book, depth: str | None, root: Element) -> str:
        """RFC 6578 3; transcripts 10, 14, 15, 19, 20 and 21."""
        level, limit = sandbox_xml.text_of(root, f"{D}sync-level"), sandbox_xml.text_of(root, f"{D}limit/{D}nresults")
        if depth not in (None, "0"):  # 3.2: other values result in a 400
            raise _Refused(400)
        if level not in ("1", "infinite") or (limit and (not limit.isdecimal() or not int(limit))):
            raise _Refused(400)
        if level == "infinite":
            raise _Refused(403, condition="sync-traversal-supported")  # 3.3
        limits = [n for n in (self.world.page_limit, int(limit or 0)) if n]
        try:
            token, names, more = book.sync(sandbox_xml.text_of(root, f"{D}sync-token"), min(limits, default=0))
        except TokenUnknown:
            raise _Refused(403, condition="valid-sync-token") from None
        answers = [self._member(book, name, root, body=not self.world.no_body_in_sync) for name in names]
        if more:  # 3.6
            answers.append(
                sandbox_xml.status(book.path, "507 Insufficient Storage", "number-of-matches-within-limits"))
        return sandbox_xml.multistatus(answers, token)

    def _multiget(self, book: Book, depth: str | None, root: Element) -> str:
        """RFC 6352 8.7, which says Depth: 0 and shows Depth: 1 (erratum 4610); transcript 16."""
        hrefs = [(h.text or "").strip() for h in root.iterfind(f"{D}href")]
        if depth not in ("0", "1") or not hrefs or len(set(hrefs)) < len(hrefs):
            raise _Refused(400)
        paths = [unquote(h) for h in hrefs]
        there = [p for p in paths if p.startswith(book.path) and p[len(book.path):] in book.cards]
        missing = [sandbox_xml.status(p, "404 Not Found") for p in paths if p not in there]
        return sandbox_xml.multistatus([*missing, *(self._member(book, p[len(book.path):], root) for p in there)])

    def _query(self, book: Book, depth: str | None, root: Element) -> str:
        """RFC 6352 8.6; transcript 22."""
        if depth != "1":
            raise _Refused(400)
        condition = root.find(f"{C}filter")
        tests = list(condition.iterfind(f"{C}prop-filter")) if condition is not None else []
        if condition is None or not tests or condition.get("test", "anyof") not in ("anyof", "allof"):
            raise _Refused(400)
        combine = any if condition.get("test", "anyof") == "anyof" else all
        names = [name for name, text in book.cards.items() if combine([_passes(text, test) for test in tests])]
        return sandbox_xml.multistatus(self._member(book, name, root) for name in names)

    def _member(self, book: Book, name: str, root: Element, *, body: bool = True) -> str:
        names, text = sandbox_xml.prop_names(root), book.cards.get(name)
        if text is None:
            return sandbox_xml.status(book.path + name, "404 Not Found")
        has = _card_props(text, body=body)
        return sandbox_xml.response(book.path + name, {n: has[n] for n in names if n in has},
                                    [n for n in names if n not in has])

    def _mkcol(self, request: Request, path: str, body: bytes) -> Response:
        """Extended MKCOL (RFC 5689 3, RFC 6352 6.3.1); transcripts 03 and 04."""
        root = self._xml(request, body, f"{D}mkcol")
        path = path if path.endswith("/") else f"{path}/"
        if path in self.world.books or path.count("/") < 3:
            raise _Refused(405, "The method is not allowed on the requested resource.")
        if path.count("/") > 3:
            raise _Refused(409, "Conflict in the request.")
        props = {child.tag: child for child in root.iterfind(f"{D}set/{D}prop/*")}
        if f"{D}resourcetype" not in props or set(props) - {f"{D}resourcetype", f"{D}displayname"}:
            raise _Refused(403, condition="valid-resourcetype")  # RFC 5689 3.3
        name = props[f"{D}displayname"].text if f"{D}displayname" in props else None
        self.world.books[path] = Book(path, name or path.strip("/"))
        return Response(b"", 201)

    def _get(self, request: Request, path: str, body: bytes) -> Response:
        """RFC 6352 6.3.2.3; transcripts 11 and 26."""
        book, name = self._card(path)
        if name not in book.cards:
            raise _Refused(404, "The requested resource could not be found.")
        text = book.cards[name]
        return Response(text, 200, {"ETag": etag_of(text)}, "text/vcard")

    def _put(self, request: Request, path: str, body: bytes) -> Response:
        """RFC 6352 6.3.2; transcripts 06 to 09, 12, 13, 23 to 25."""
        book, name = self._card(path)
        kind, _, params = request.headers.get("content-type", "").partition(";")
        if kind.strip().lower() != "text/vcard" or params.strip().lower() not in ("", "charset=utf-8"):
            raise _Refused(403, condition="CR:supported-address-data")  # RFC 6352 6.3.2.1
        if book.read_only:
            raise _Refused(403, "Access to the requested resource forbidden.")
        old = book.cards.get(name)
        self._conditions(request, old)
        try:
            text = body.decode("utf-8")
            version, uid = sandbox_card.check(text)
        except (UnicodeDecodeError, sandbox_card.NoCard):
            raise _Refused(400) from None  # transcripts 23 and 24
        if self.world.versions and version not in self.world.versions:
            raise _Refused(403, condition="CR:supported-address-data")
        taken = {sandbox_card.uid(other): at for at, other in book.cards.items()}
        if taken.get(uid, name) != name or (old and sandbox_card.uid(old) != uid):
            raise _Refused(409, condition="CR:no-uid-conflict")  # RFC 6352 6.3.2.1; transcript 09
        book.store(name, self.world.stored(text))
        # RFC 6352 6.3.2.3 forbids a strong ETag where the text was changed; Radicale tells one though it re-orders
        told = {} if self.world.rewrites else {"ETag": etag_of(book.cards[name])}
        return Response(b"", 201 if old is None else 204, told)

    def _delete(self, request: Request, path: str, body: bytes) -> Response:
        """RFC 4918 9.6; transcripts 17 and 18: 200 with a multistatus. A whole address book is not deleted here."""
        book, name = self._card(path)
        if book.read_only:
            raise _Refused(403, "Access to the requested resource forbidden.")
        if name not in book.cards:
            raise _Refused(404, "The requested resource could not be found.")
        self._conditions(request, book.cards[name])
        book.remove(name)
        return Response(sandbox_xml.multistatus([sandbox_xml.status(path, "200 OK")]), 200, media_type="text/xml")

    def _conditions(self, request: Request, old: str | None) -> None:
        """If-Match and If-None-Match (RFC 9110 13.1.1, 13.1.2; of the second only ``*``, RFC 6352 6.3.2)."""
        match, none_match = request.headers.get("if-match"), request.headers.get("if-none-match")
        if match is not None and none_match is not None:
            raise _Refused(400, "If-Match and If-None-Match exclude each other.")
        if none_match not in (None, "*"):
            raise _Refused(400, "If-None-Match is only defined as * here.")
        if match is not None and match != "*" and not (match.startswith(('"', 'W/"')) and match.endswith('"')):
            raise _Refused(400, "An ETag is written in quotation marks (RFC 9110 8.8.3).")
        held = etag_of(old) if old is not None else None
        if (none_match and old is not None) or (match is not None and (held is None or match not in ("*", held))):
            raise _Refused(412, "Precondition failed.")


def _card_props(text: str, *, body: bool) -> dict[str, str]:
    props = {f"{D}getetag": escape(etag_of(text)), f"{D}getcontenttype": "text/vcard;charset=utf-8",
             f"{D}resourcetype": "", f"{C}address-data": escape(text)}
    if not body:
        del props[f"{C}address-data"]
    return props


def _passes(text: str, test: Element) -> bool:
    """One prop-filter (RFC 6352 10.5.1)."""
    name, mode = test.get("name", ""), test.get("test", "anyof")
    found, matches = sandbox_card.values(text, name), list(test.iterfind(f"{C}text-match"))
    if not name or mode not in ("anyof", "allof"):
        raise _Refused(400)
    if test.find(f"{C}is-not-defined") is not None:
        if matches:
            raise _Refused(400)
        return not found
    results = [_matches(found, match) for match in matches]
    return bool(found) and (not results or (any if mode == "anyof" else all)(results))


def _matches(found: list[str], match: Element) -> bool:
    """One text-match (RFC 6352 10.5.4)."""
    collation, wanted = match.get("collation", "i;unicode-casemap"), match.text or ""
    if collation not in _COLLATIONS:
        raise _Refused(403, condition="CR:supported-collation")
    fold = str if collation == "i;octet" else str.casefold
    how = {"equals": str.__eq__, "contains": str.__contains__, "starts-with": str.startswith, "ends-with": str.endswith}
    kind, negate = match.get("match-type", "contains"), match.get("negate-condition", "no")
    if kind not in how or negate not in ("yes", "no"):
        raise _Refused(400)
    return any(how[kind](fold(value), fold(wanted)) for value in found) != (negate == "yes")
