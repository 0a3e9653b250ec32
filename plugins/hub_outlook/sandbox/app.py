"""The HTTP face: identity service and Graph, who may what, limits, and where each request goes.

Sources (learn.microsoft.com): "Use the Microsoft Graph API" (``/v1.0``, ``/me`` only for a signed-in person), "Microsoft Graph
service-specific throttling limits" (Outlook: 10 000 requests in 10 minutes and 4 at once for each app and mailbox) and
"Throttling guidance" (429, Retry-After, batches item by item), "Limiting application permissions to specific Exchange Online
mailboxes" (2024-11-07: 403 ``ErrorAccessDenied``), "Get user" (``/me``). ``ErrorInvalidUser``, ``MailboxNotEnabledForRESTAPI``
and "/me request is only valid with delegated authentication flow": issue threads. A batch runs four requests at a time
("Microsoft Graph service-specific throttling limits", @01351749).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import query, writing
from .batch import operations, together
from .identity import Access
from .refusals import Refusal, Reply, bad, missing
from .world import Mailbox, World

ROOT = "/v1.0"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_PREFERENCES = ("IdType", "odata.maxpagesize", "return", "outlook.timezone", "outlook.body-content-type")
_ME = ("id", "userPrincipalName", "displayName", "mail")


class Tenant:
    """One tenant's front door."""

    def __init__(self, world: World) -> None:
        self.world = world

    def app(self) -> Starlette:
        app = Starlette(routes=[Route("/{path:path}", self.answer, methods=_METHODS)])
        app.state.world = self.world
        return app

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        path = request.url.path
        if "/oauth2/" in path:
            reply = self.world.identity.answer(path, request.method, kind, body)
        else:
            reply = await self._graph(request, kind, body)
        sent = Response(status_code=reply.status) if reply.body is None else JSONResponse(reply.body, reply.status)
        sent.headers.update(dict(reply.headers))
        sent.headers["Date"] = format_datetime(datetime.fromtimestamp(self.world.clock(), UTC), usegmt=True)
        return sent

    async def _graph(self, request: Request, kind: str, body: bytes) -> Reply:
        self.world.log.requests += 1
        base = f"{request.url.scheme}://{request.url.netloc}"
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        try:
            who = self.world.identity.holder(headers.get("authorization", ""))
            if who is None:
                raise Refusal(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.",
                              (("WWW-Authenticate", 'Bearer realm=""'),))
            if not request.url.path.startswith(ROOT + "/"):
                raise bad("Resource not found for the segment.")
            if headers.get("accept", "*/*").partition(";")[0] not in ("*/*", "application/json"):
                raise Refusal(406, "NotAcceptable", "Graph answers JSON.")
            content = _json(kind, body) if request.method in ("POST", "PATCH") else None
            batch = request.method == "POST" and request.url.path == f"{ROOT}/$batch"
            with self._under_way(who, [one.url for one in operations(content)] if batch else [target.removeprefix(ROOT)]):
                await asyncio.sleep(0)  # what else was sent meanwhile is under way too
                if batch:
                    return self._batch(who, base, content)
                return self._operation(who, base, request.method, target.removeprefix(ROOT), headers, content)
        except Refusal as refusal:
            return refusal.reply

    @contextmanager
    def _under_way(self, who: Access, urls: list[str]) -> Iterator[None]:
        """Requests count in their mailbox while they run; those of one batch run four at a time."""
        found = [self._addressed(who, url) for url in urls]
        loads = {id(box): (box, min(4, sum(other is box for other in found))) for box in found if box is not None}
        for box, load in loads.values():
            box.busy += load
        try:
            yield
        finally:
            for box, load in loads.values():
                box.busy -= load

    def _addressed(self, who: Access, url: str) -> Mailbox | None:
        user = re.match(r"/(?:me|users/([^/?]+))(?:/|$)", url)
        return self.world.named(unquote(user[1] or who.person)) if user else None

    def _batch(self, who: Access, base: str, content: Any) -> Reply:
        replies = []
        for one in operations(content):
            try:
                if self.world.refuses_items > 0:
                    self.world.refuses_items -= 1
                    raise self._throttled("Application is over its MailboxConcurrency limit.")
                replies.append((one.id, self._operation(who, base, one.method, one.url, one.headers, one.body)))
            except Refusal as refusal:
                replies.append((one.id, refusal.reply))
        return together(replies)

    def _operation(self, who: Access, base: str, method: str, target: str, headers: Mapping[str, str], body: Any) -> Reply:
        path, _, text = target.partition("?")
        path = unquote(path)
        self.world.log.operations.append(f"{method} {path}")
        options = dict(parse_qsl(text.replace("+", "%2B"), keep_blank_values=True))
        query.options_known(options)
        prefer = _preferences(headers)
        if path == "/me" and method == "GET":
            return self._me(who, options)
        found = re.fullmatch(r"/(me|users/([^/]+))/(contacts|contactFolders)(/.*)?", path)
        if not found:
            raise bad(f"Resource not found for the segment '{path.strip('/').split('/')[0]}'.")
        box = self._let_in(who, method, found[2] or "")
        url = f"{base}{ROOT}{quote(path, safe='/@=')}"
        asked = query.Asked(self.world, box, url, options, prefer)
        rest = (found[4] or "").strip("/")
        parts = [found[3], *(rest.split("/") if rest else [])]
        return self._folders(asked, method, parts[1:], headers, body) if found[3] == "contactFolders" else self._contacts(
            asked, method, box.contacts, parts[1:], headers, body)

    def _folders(self, asked: query.Asked, method: str, rest: list[str], headers: Mapping[str, str], body: Any) -> Reply:
        if method == "GET" and not rest:
            return query.folders(asked, asked.box.contacts)
        if method == "GET" and rest == ["delta"]:
            return query.folder_changes(asked)
        if rest and rest[0] not in asked.box.folders and rest[0] != asked.box.contacts:
            raise missing()
        if method == "GET" and len(rest) == 1:
            return query.one_folder(asked, rest[0])
        if method == "GET" and rest[1:] == ["childFolders"]:
            return query.folders(asked, rest[0])
        if rest[1:2] == ["contacts"]:
            return self._contacts(asked, method, rest[0], rest[2:], headers, body)
        raise Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")

    def _contacts(self, asked: query.Asked, method: str, folder: str, rest: list[str], headers: Mapping[str, str],
                  body: Any) -> Reply:
        if method == "GET" and rest == ["delta"]:
            return query.contact_changes(asked, folder)
        if method == "GET" and len(rest) <= 1:
            return query.one_contact(asked, rest[0]) if rest else query.contacts(asked, folder)
        if method in ("POST", "PATCH", "DELETE") and asked.options:
            raise bad("A write takes no query parameters.", "ErrorInvalidUrlQuery")
        if method == "POST" and not rest:
            return writing.create(asked, folder, body)
        if method == "POST" and rest[1:] == ["permanentDelete"]:
            return writing.delete_for_good(asked, rest[0])
        if method == "PATCH" and len(rest) == 1:
            return writing.update(asked, rest[0], headers, body)
        if method == "DELETE" and len(rest) == 1:
            return writing.delete(asked, rest[0], headers)
        raise Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")

    def _let_in(self, who: Access, method: str, user: str) -> Mailbox:
        """The mailbox of a request. Raises Refusal where there is none, or where who asks may not."""
        world = self.world
        if not user and not who.person:
            raise bad("/me request is only valid with delegated authentication flow.")
        box = world.named(user or who.person)
        if box is None:
            raise Refusal(404, "ErrorInvalidUser", "The requested user is invalid.")
        granted = {one.rsplit("/", 1)[-1] for one in who.scope.split()}
        reads = method == "GET"
        if who.person:
            may = box.address.casefold() == who.person and bool(
                granted & ({"Contacts.Read", "Contacts.ReadWrite"} if reads else {"Contacts.ReadWrite"}))
        else:
            may = bool(world.roles & ({"Contacts.Read", "Contacts.ReadWrite"} if reads else {"Contacts.ReadWrite"})) and (
                world.scope is None or box.address.casefold() in world.scope)
        if not may:
            raise Refusal(403, "ErrorAccessDenied", "Access to OData is disabled." if not who.person else
                          "Access is denied. Check credentials and try again.")
        if not box.enabled:
            raise Refusal(404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted "
                          "on-premise.")
        self._limits(box)
        return box

    def _limits(self, box: Mailbox) -> None:
        world, now = self.world, self.world.clock()
        while box.sent and box.sent[0] <= now - world.limits.window_s:
            box.sent.popleft()
        if box.busy > world.limits.concurrent:
            world.log.throttled += 1
            raise self._throttled("Application is over its MailboxConcurrency limit.")
        if len(box.sent) >= world.limits.requests:
            world.log.throttled += 1
            raise self._throttled("Application is over its request limit for the mailbox.")
        box.sent.append(now)

    def _throttled(self, words: str) -> Refusal:
        return Refusal(429, "ApplicationThrottled", words, (("Retry-After", str(self.world.limits.retry_after_s)),))

    def _me(self, who: Access, options: Mapping[str, str]) -> Reply:
        if not who.person:
            raise bad("/me request is only valid with delegated authentication flow.")
        if "User.Read" not in {one.rsplit("/", 1)[-1] for one in who.scope.split()}:
            raise Refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        names = options.get("$select", ",".join(_ME)).split(",")
        if set(options) - {"$select"} or set(names) - set(_ME):
            raise bad("Could not find a property.", "RequestBroker--ParseUri")
        box = self.world.mailboxes[who.person]
        facts = {"id": box.user, "userPrincipalName": box.address, "displayName": box.address.partition("@")[0],
                 "mail": box.address}
        return Reply(200, {name: facts[name] for name in names})


def _preferences(headers: Mapping[str, str]) -> dict[str, str]:
    """``Prefer`` (RFC 7240): those of Graph's pages."""
    out = {}
    for one in headers.get("prefer", "").split(","):
        name, _, value = one.strip().partition("=")
        if name and name not in _PREFERENCES:
            raise bad(f"The preference '{name}' is not known.")
        if name:
            out[name] = value.strip('"')
    if out.get("IdType", "ImmutableId") != "ImmutableId":
        raise bad("The preference 'IdType' has one value, ImmutableId.")
    return out


def _json(kind: str, body: bytes) -> Any:
    if not body:
        return None
    if kind != "application/json":
        raise Refusal(415, "UnsupportedMediaType", "Write requests have the content type application/json.")
    try:
        return json.loads(body)
    except ValueError:
        raise bad("The body is not JSON.", "RequestBodyRead") from None
