"""The HTTP face: token service and API, credentials, and where each request goes.

Sources (read 2026-11-30): Procountor's OpenAPI of 2026-04-15 (paths, parameters, their largest values and defaults, statuses);
"API Reference" (dev.procountor.com: batches of ids); "Making API Requests" (formats, JSON); "Release Notes" 20.10 (the version
of a PATCH may stand in the query or in the body).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .login import token
from .partners import Partners
from .refusals import NotBuilt, Refusal, Reply, bad, missing, no_rights
from .world import COMPANY, COMPANY_ID, USER, World

ROOT = "/api/"
ELSEWHERE = frozenset({"invoices", "ledgerreceipts", "payments", "products", "persons", "users", "company", "attachments",
                       "bankaccounts", "bankstatements", "coa", "dimensions", "fiscalyears", "webhooks", "status", "vats",
                       "currencies", "employees", "reports"})


class Server:
    """One company."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.partners = Partners(world)

    def app(self) -> Starlette:
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        app = Starlette(routes=[Route("/{path:path}", self.endpoint, methods=methods)])
        app.state.world = self.world
        return app

    async def endpoint(self, request: Request) -> Response:
        path, kind = request.url.path, request.headers.get("content-type", "").partition(";")[0]
        body = await request.body()
        if path == ROOT + "oauth/token":
            reply = token(self.world, kind, body) if request.method == "POST" else Reply(405, {"errors": []})
            return JSONResponse(reply.body, reply.status)
        try:
            if not path.startswith(ROOT):
                raise missing()
            self._let_in(request.headers.get("authorization", ""))
            query = parse_qsl(request.url.query, keep_blank_values=True)
            if len(dict(query)) != len(query):
                raise NotBuilt("a parameter that stands twice")
            what = path.removeprefix(ROOT)
            self.world.log.append(f"{request.method} {what}")
            reply = self._routed(request.method, what, dict(query), self._parsed(request.method, kind, body))
        except Refusal as refusal:
            reply = refusal.reply
        return JSONResponse(reply.body, reply.status)

    def _let_in(self, told: str) -> None:
        """401 without a token, and with one that expired (expires_in)."""
        kind, _, given = told.partition(" ")
        until = self.world.tokens.get(given)
        if kind != "Bearer" or until is None or self.world.clock() >= until:
            raise Refusal(401, "Unauthorized")

    @staticmethod
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

    def _routed(self, method: str, what: str, query: dict[str, str], body: Any) -> Reply:
        head, _, rest = what.partition("/")
        if what == "sessioninfo" and method == "GET" and not query:
            return Reply(200, {"companyId": COMPANY_ID, "name": COMPANY, "country": "FINLAND", "userId": 12, "userName": USER})
        if what == "users/rights" and method == "GET" and not query:
            return Reply(200, {"role": "Sale", "rights": {"sales": {"customerRegister": self.world.right}}})
        if head in ELSEWHERE or what == "sessioninfo":
            raise NotBuilt(f"{method} {head}")
        if head != "businesspartners":
            raise missing()
        if self.world.right not in ("ALL_RIGHTS", "VIEWING_RIGHTS") or (method != "GET" and self.world.right != "ALL_RIGHTS"):
            raise no_rights()
        if what == "businesspartners" and method in ("GET", "POST"):
            return self.partners.search(query) if method == "GET" else self.partners.create(query, body)
        if what == "businesspartners/groups" and method == "GET":
            return self.partners.groups(query)
        if rest in ("personaldetails", "groups") or "/" in rest:
            raise NotBuilt(f"{method} {what}")
        if not rest or method not in ("GET", "PUT", "PATCH"):
            raise Refusal(405, "Method Not Allowed")
        if method == "GET":
            return self.partners.read(rest, query)
        return self.partners.replace(rest, query, body) if method == "PUT" else self.partners.change(rest, query, body)
