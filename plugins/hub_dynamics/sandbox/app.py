"""The HTTP face: token service and Web API, credentials, headers, limits, and where each request goes.

Sources (learn.microsoft.com): "Compose HTTP requests and handle errors" (2023-04-14: path, headers, statuses), "Service
protection API limits" (2023-01-31: 429, Retry-After, the three codes and their words), "WhoAmI", "Query table definitions",
"RetrieveUserPrivilegeBy…" ("Verify access in code"), "Use bulk operation messages" (which tables support one:
sdkmessagefilters). A user that is none of the environment: 403 with 0x80072560 ("Dual-write troubleshooting").
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .batch import operations, together
from .login import token
from .query import Query
from .refusals import NotBuilt, Refusal, Reply, bad
from .stirring import stir
from .world import ORGANISATION_ID, USER_ID, World
from .writing import GUID, Writer

PATH = "/api/data/v9.2/"
WINDOW_S = 300
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_TABLE_COLUMNS = {"LogicalName", "SchemaName", "EntitySetName", "ChangeTrackingEnabled", "IsOptimisticConcurrencyEnabled",
                  "MetadataId"}

KEYS = "Keys($select=KeyAttributes,EntityKeyIndexStatus)"
"""What of alternate keys can be asked for ("Work with alternate keys", 2026-03-30)."""


class Environment:
    """One environment's front door."""

    def __init__(self, world: World) -> None:
        self.world = world

    def app(self) -> Starlette:
        app = Starlette(routes=[Route("/{path:path}", self.answer, methods=_METHODS)])
        app.state.world = self.world
        return app

    async def answer(self, request: Request) -> Response:
        response = await self._answer(request)
        response.headers["Date"] = format_datetime(datetime.fromtimestamp(self.world.clock(), UTC), usegmt=True)
        return response

    async def _answer(self, request: Request) -> Response:
        world = self.world
        body = await request.body()
        kind = request.headers.get("content-type", "")
        base = f"{request.url.scheme}://{request.url.netloc}{PATH}"
        if found := re.fullmatch(r"/([^/]+)/oauth2/v2\.0/token", request.url.path):
            if request.method != "POST":
                return _sent(Reply(405))
            return _sent(token(world, found[1], kind.partition(";")[0], body))
        world.log.requests += 1
        try:
            self._let_in(request.headers.get("authorization", ""))
            self._limits()
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            headers = {name.lower(): value for name, value in request.headers.items()}
            if request.method == "POST" and request.url.path == PATH + "$batch":
                self._versions(headers)
                return self._batch(base, kind, body, headers)
            return _sent(self._operation(request.method, target, headers, body, base))
        except Refusal as refusal:
            return _sent(refusal.reply)

    def _batch(self, base: str, kind: str, body: bytes, headers: Mapping[str, str]) -> Response:
        goes_on = "odata.continue-on-error" in _preferences(headers)
        replies: list[Reply] = []
        for one in operations(kind, body):
            target = one.target.removeprefix(base.removesuffix(PATH))
            try:
                replies.append(self._operation(one.method, target, one.headers, one.body, base))
            except Refusal as refusal:
                replies.append(refusal.reply)
                if not goes_on:  # "processing stops at the first failure": the answer is that failure
                    return _sent(refusal.reply)
        content_type, text = together(replies)
        return Response(text, 200, headers={"OData-Version": "4.0", "Content-Type": content_type})

    def _let_in(self, authorization: str) -> None:
        if self.world.on_premises:  # Windows authentication of IIS, and no OAuth of the cloud
            raise Refusal(401, "Access is denied.", headers=(("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", "NTLM")))
        scheme, _, given = authorization.partition(" ")
        if scheme != "Bearer" or self.world.tokens.get(given, 0) <= self.world.clock():
            raise Refusal(401, "The token is not there, not valid or expired.",
                          headers=(("WWW-Authenticate", "Bearer"),))
        if not self.world.member:
            raise Refusal(403, "The user is not a member of the organization.", "0x80072560")

    def _limits(self) -> None:
        """The three, each with its code."""
        world, now = self.world, self.world.clock()
        while world.sent and world.sent[0] <= now - WINDOW_S:
            world.sent.popleft()
        while world.spent and world.spent[0][0] <= now - WINDOW_S:
            world.spent.popleft()
        wait = (("Retry-After", str(world.limits.retry_after_s)),)
        if world.busy >= world.limits.concurrent:
            raise Refusal(429, f"Number of concurrent requests exceeded the limit of {world.limits.concurrent}.", "0x80072326",
                          wait)
        if len(world.sent) >= world.limits.requests:
            raise Refusal(429, f"Number of requests exceeded the limit of {world.limits.requests} over time window of 300 "
                          "seconds.", "0x80072322", wait)
        if sum(spent for _, spent in world.spent) >= world.limits.execution_s:
            most = f"{world.limits.execution_s * 1000:,.0f}"
            raise Refusal(429, f"Combined execution time of incoming requests exceeded limit of {most}  milliseconds over time "
                          "window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and "
                          "try again later.", "0x80072321", wait)
        world.sent.append(now)

    def _versions(self, headers: Mapping[str, str]) -> None:
        for name in ("odata-version", "odata-maxversion"):
            if headers.get(name, "4.0") not in ("4.0", "4.01"):
                raise bad(f"{name} is not supported.")
        if not {"application/json", "*/*"} & {one.partition(";")[0].strip() for one in
                                              headers.get("accept", "*/*").split(",")}:
            raise Refusal(415, "The Web API only supports JSON.")

    def _operation(self, method: str, target: str, headers: Mapping[str, str], body: bytes, base: str) -> Reply:
        world = self.world
        world.spent.append((world.clock(), world.limits.cost_s))
        self._versions(headers)
        path, _, text = target.partition("?")
        options = dict(parse_qsl(text, keep_blank_values=True))
        path = unquote(path)
        if not path.startswith(PATH):
            raise Refusal(404, "Resource not found.")
        path = path.removeprefix(PATH)
        world.log.operations.append(f"{method} {path}")
        query = Query(world, base, {}, _preferences(headers))
        read = self._read(path, options, query) if method == "GET" else None
        if read is not None:
            return read
        if method in ("POST", "PATCH"):
            content = _json(headers, body)
        writer = Writer(world, base)
        if method in ("POST", "PATCH", "DELETE"):
            stir(world, headers)
        if method == "POST" and path == "Merge":
            return writer.merge(content)
        if found := re.fullmatch(r"(\w+)/Microsoft\.Dynamics\.CRM\.(\w+)", path):
            table = world.table(found[1])
            if table is None or method != "POST" or found[2] not in ("CreateMultiple", "UpdateMultiple", "UpsertMultiple"):
                raise Refusal(404, "Resource not found.")
            if found[2] != "CreateMultiple":
                raise NotBuilt(found[2])
            return writer.create_multiple(table, content)
        name, guid = _record(path)
        table = world.table(name)
        if table is None:
            raise Refusal(404, f"Resource not found for the segment '{name}'.", "0x80060888")
        query = Query(world, base, options, _preferences(headers))
        if method == "GET":
            self._may_read(table.schema.name)
            return query.many(table) if guid is None else query.one(table, guid)
        if options.keys() - {"$select"}:
            raise bad("Only $select can be given with a write.")
        if method == "POST" and guid is None:
            return writer.create(table, content, query)
        if method == "PATCH" and guid is not None:
            return writer.patch(table, guid, content, headers, query)
        if method == "DELETE" and guid is not None:
            return writer.delete(table, guid, headers)
        raise Refusal(405, "The method is not allowed on this resource.")

    def _may_read(self, table: str) -> None:
        if f"prvRead{table.title()}" not in self.world.privileges:
            raise Refusal(403, f"Principal user is missing prvRead{table.title()} privilege.", "0x80040220")

    def _read(self, path: str, options: Mapping[str, str], query: Query) -> Reply | None:
        """Functions and definitions; None for a table."""
        world = self.world
        if path in ("WhoAmI", "WhoAmI()"):
            return Reply(200, {"@odata.context": f"{query.base}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
                               "BusinessUnitId": ORGANISATION_ID, "UserId": USER_ID, "OrganizationId": ORGANISATION_ID})
        if path == "RetrieveVersion()":
            return Reply(200, {"Version": "9.2.25111.00158"})
        if found := re.fullmatch(r"EntityDefinitions\(LogicalName='(\w+)'\)", path):
            table = world.tables.get(found[1])
            if table is None:
                raise Refusal(404, f"Could not find an entity with name {found[1]}.", "0x80060888")
            facts = {"LogicalName": table.schema.name, "SchemaName": table.schema.name.title(),
                     "EntitySetName": table.schema.entity_set, "ChangeTrackingEnabled": table.change_tracking,
                     "IsOptimisticConcurrencyEnabled": table.optimistic_concurrency}
            known = dict(options)
            shown = {} if known.pop("$expand", None) is None else {"Keys": [
                {"KeyAttributes": [column], "EntityKeyIndexStatus": state, "MetadataId": USER_ID}
                for column, state in table.keys.items()]}
            if options.get("$expand", KEYS) != KEYS:
                raise NotBuilt("this expansion")
            return Reply(200, {**_selected(facts, known, _TABLE_COLUMNS), **shown})
        privilege = (rf"systemusers\({GUID}\)/Microsoft\.Dynamics\.CRM\.RetrieveUserPrivilegeByPrivilegeName"
                     r"\(PrivilegeName='(\w+)'\)")
        if found := re.fullmatch(privilege, path):
            depth = world.privileges.get(found[1])
            return Reply(200, {"RolePrivileges": [{"Depth": depth, "PrivilegeId": USER_ID, "BusinessUnitId": ORGANISATION_ID,
                                                   "PrivilegeName": found[1]}] if depth else []})
        if path == f"systemusers({USER_ID})":
            return Reply(200, _selected({"fullname": "# contact-hub", "systemuserid": USER_ID}, options,
                                        {"fullname", "systemuserid"}))
        if path == "organizations":
            facts = {"name": "sandbox", "organizationid": ORGANISATION_ID, "expirechangetrackingindays": world.tracking_days}
            return Reply(200, {"value": [_selected(facts, options, set(facts))]})
        if path == "sdkmessagefilters":
            wanted = {"$select": "sdkmessagefilterid", "@m": "'CreateMultiple'",
                      "$filter": "sdkmessageid/name eq @m and primaryobjecttypecode eq @t"}
            given = {name: value for name, value in options.items() if name != "@t"}
            table = world.tables.get(options.get("@t", "").strip("'"))
            if given != wanted or table is None:
                raise NotBuilt("this question about messages")
            return Reply(200, {"value": [{"sdkmessagefilterid": USER_ID}] if table.create_multiple else []})
        return None


def _selected(facts: Mapping[str, Any], options: Mapping[str, str], known: set[str]) -> dict[str, Any]:
    if set(options) - {"$select"}:
        raise NotBuilt("this question")
    names = options["$select"].split(",") if "$select" in options else list(facts)
    if unknown := [name for name in names if name not in known]:
        raise bad(f"Could not find a property named '{unknown[0]}'.", "0x0")
    return {name: facts.get(name) for name in names}


def _record(path: str) -> tuple[str, str | None]:
    """``contacts`` or ``contacts(guid)``."""
    found = re.fullmatch(r"(\w+)(?:\(([^()]*)\))?", path)
    if not found:
        raise Refusal(404, "Resource not found.")
    if found[2] is None:
        return found[1], None
    if "=" in found[2]:
        raise NotBuilt("alternate keys in addresses")
    if not re.fullmatch(GUID, found[2].lower()):
        raise bad("The key in the request URI is not valid for the resource.")
    return found[1], found[2].lower()


def _preferences(headers: Mapping[str, str]) -> dict[str, str]:
    """``Prefer`` (RFC 7240): those of the page's table, and of "Execute batch operations"."""
    known = {"return", "odata.include-annotations", "odata.maxpagesize", "odata.track-changes", "odata.continue-on-error"}
    out = {}
    for one in headers.get("prefer", "").split(","):
        name, _, value = one.strip().partition("=")
        if name and name not in known:
            raise bad(f"The preference {name} is not known.")
        if name:
            out[name] = value.strip('"')
    return out


def _json(headers: Mapping[str, str], body: bytes) -> Any:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "A request with a body needs the content type application/json.")
    try:
        return json.loads(body)
    except ValueError:
        raise bad("The body is not JSON.") from None


def _sent(reply: Reply) -> Response:
    response = Response(None, reply.status) if reply.body is None else JSONResponse(reply.body, reply.status)
    response.headers["OData-Version"] = "4.0"
    for name, value in reply.headers:
        response.headers.append(name, value)
    return response
