"""The HTTP face: login, session, and customers.

Sources (read 2026-11-30): lemonsoftoyj/api-examples (POST /api/auth/login with four texts answers session_id; header
Session-Id; GET /api/customers with page, answers result_count and results, 0 when there are no more); Lemonsoft's Swagger of
2025-05-28 (paths, filters, page 1 and page_size 10 by default). 401 for a session that is none:
rantalainen/lemonsoft-api-client. Which status a refused login has, and all bodies of refusals, are said nowhere.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .bodies import MOMENT, new, whole
from .refusals import NotBuilt, Refusal, Reply, bad
from .schema import LOGIN
from .world import DATABASE, Row, World

LARGEST = 100
_FILTERS = {"filter.is_customer", "filter.group", "filter.modified_after", "filter.created_after", "filter.page",
            "filter.page_size"}
_UNUSED = {f"filter.{name}" for name in (
    "name", "search_name", "email", "vat", "modified_before", "has_email", "is_supplier", "customer_number", "created_before",
    "updated_before", "updated_after", "attribute_ids", "object_ids", "search")} | {"page"}


class Server:
    """One company's database."""

    def __init__(self, world: World) -> None:
        self.world = world

    def app(self) -> Starlette:
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        app = Starlette(routes=[Route("/{path:path}", self.endpoint, methods=methods)])
        app.state.world = self.world
        return app

    async def endpoint(self, request: Request) -> Response:
        body = await request.body()
        try:
            reply = self._answered(request, body)
        except Refusal as refusal:
            reply = refusal.reply
        return JSONResponse(reply.body, reply.status)

    def _answered(self, request: Request, body: bytes) -> Reply:
        path, method = request.url.path, request.method
        if not path.startswith("/api/"):
            raise Refusal(404, "Not found")
        told = _parsed(method, request.headers.get("content-type", "").partition(";")[0], body)
        self.world.log.append(f"{method} {path.removeprefix('/api/')}")
        if path == "/api/auth/login" and method == "POST":
            return self._login(told)
        if path.startswith("/api/auth/"):
            raise NotBuilt(f"{method} {path}")
        if request.headers.get("session-id", "") not in self.world.sessions:
            raise Refusal(401, "Unauthorized")
        query = parse_qsl(request.url.query, keep_blank_values=True)
        if len(dict(query)) != len(query):
            raise NotBuilt("a parameter that stands twice")
        head, _, rest = path.removeprefix("/api/").partition("/")
        if head != "customers":
            raise NotBuilt(f"{method} {head}")
        return self._register(method, rest, dict(query), told)

    def _login(self, told: Any) -> Reply:
        """Names in either spelling (Swagger, examples). One status for every wrong part: which is told apart is said nowhere."""
        if not isinstance(told, dict):
            raise bad("A login is expected")
        given = {name.lower(): value for name, value in told.items()}
        if len(given) != len(told) or set(given) != {name.lower() for name in LOGIN} or not all(
                isinstance(value, str) and value for value in given.values()):
            raise bad("UserName, Password, Database and ApiKey are required")
        if self.world.passwords.get(given["username"]) != given["password"] or given["database"] != DATABASE or (
                given["apikey"] not in self.world.keys):
            raise Refusal(401, "Unauthorized")
        if given["username"] not in self.world.licensed:
            raise Refusal(403, "Forbidden")
        return Reply(200, {"session_id": self.world.login()})

    def _register(self, method: str, rest: str, query: dict[str, str], told: Any) -> Reply:
        if not rest:
            if method == "GET":
                return self._list(query)
            if method == "POST" and not query:
                return Reply(200, dict(self.world.add(new(told))))
            raise Refusal(405, "Method not allowed")
        if not rest.isdecimal():
            raise NotBuilt(f"{method} customers/{rest}")
        if method not in ("GET", "PUT"):
            raise Refusal(405, "Method not allowed")
        if query:
            raise NotBuilt("a parameter here")
        there = self.world.customers.get(int(rest))
        if there is None:
            raise Refusal(404, "Not found")
        if method == "GET":
            return Reply(200, dict(there))
        stored = self.world.change(int(rest), whole(told, there))
        self.world.meddles(stored)
        return Reply(200, dict(stored))

    def _list(self, query: dict[str, str]) -> Reply:
        for name in query:
            if name in _UNUSED:
                raise NotBuilt(f"the parameter {name}")
            if name not in _FILTERS:
                raise NotBuilt(f"the parameter {name}, which it does not document")
        rows: list[Row] = list(self.world.customers.values())
        if (flag := query.get("filter.is_customer")) is not None:
            if flag not in ("0", "1"):
                raise bad("0 or 1 is expected", "filter.is_customer")
            rows = [row for row in rows if bool(row["is_customer"]) == (flag == "1")]
        if "filter.group" in query:
            rows = [row for row in rows if row["group"] == _whole(query, "filter.group", 0)]
        for name in ("modified", "created"):
            after = query.get(f"filter.{name}_after")
            if after is not None:
                if not MOMENT.fullmatch(after):
                    raise bad("A date-time is expected", f"filter.{name}_after")
                rows = [row for row in rows if row[name] is not None and row[name] > after]
        page, size = _whole(query, "filter.page", 1), _whole(query, "filter.page_size", 10)
        if not page or not size or size > LARGEST:
            raise NotBuilt("this page or page_size")
        part = rows[(page - 1) * size:page * size]
        return Reply(200, {"result_count": len(part), "results": [dict(row) for row in part]})


def _whole(query: dict[str, str], name: str, default: int) -> int:
    told = query.get(name, str(default))
    if not told.isdecimal():
        raise bad("A number is expected", name)
    return int(told)


def _parsed(method: str, kind: str, body: bytes) -> Any:
    if method in ("GET", "DELETE"):
        if body:
            raise NotBuilt("a body here")
        return None
    if kind != "application/json":
        raise Refusal(415, "JSON is expected")
    try:
        return json.loads(body)
    except ValueError:
        raise bad("The body is not JSON") from None
