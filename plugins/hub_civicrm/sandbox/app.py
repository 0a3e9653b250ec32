"""The HTTP face: paths, methods, credentials, one call or several.

Source: CRM/Api4/Page/AJAX.php; authx as recorded (transcripts 02-11, 105-111; 5.77: 01-04).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .actions import Actions, logged
from .answers import (
    PAGE_TYPE,
    ApiError,
    NotBuilt,
    PageError,
    Reply,
    failure,
    json_reply,
    page,
    refused_at_the_door,
)
from .world import ANONYMOUS, Account, World

PATH = "civicrm/ajax/api4"
_CSRF = "SECURITY ALERT: Ajax requests can only be issued by javascript clients, eg. CRM.api4()."
_GET_WRITES = "SECURITY: All requests that modify the database must be http POST, not GET."
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Site:
    """One site's front door."""

    def __init__(self, world: World, site_key: str) -> None:
        self.world, self.site_key, self.actions = world, site_key, Actions(world)

    def app(self) -> Starlette:
        app = Starlette(routes=[Route("/{path:path}", self.answer, methods=_METHODS)])
        app.state.world = self.world
        return app

    async def answer(self, request: Request) -> Response:
        self.world.log.requests += 1
        try:
            response = _sent(self._reply(request, await request.body()))
        except PageError as error:
            response = _sent(page(error))
        except NotBuilt as error:
            response = PlainTextResponse(f"The sandbox has not built {error}.", 501)
        response.headers["Date"] = format_datetime(datetime.fromtimestamp(self.world.now, UTC), usegmt=True)
        return response

    def _reply(self, request: Request, body: bytes) -> Reply:
        path, query = request.path_params["path"].strip("/"), dict(request.query_params)
        if path == "wp-admin/admin.php":  # transcript 111
            return Reply(302, "", PAGE_TYPE)
        if path == "" and "q" in query:  # WordPress without clean URLs, transcript 110
            path = query["q"].strip("/")
        if path != PATH and not path.startswith(PATH + "/"):
            raise PageError("Page not found", 404)
        if request.method not in ("GET", "POST"):
            raise PageError("Method not allowed", 405)
        account = self._account(request)
        if isinstance(account, Reply):
            return account
        if account is ANONYMOUS and "x-requested-with" not in request.headers:
            return json_reply(refused_at_the_door(_CSRF, 400), 400, self.world.edition)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        form = dict(parse_qsl(body.decode(), keep_blank_values=True)) if kind == "application/x-www-form-urlencoded" else {}
        names = path.removeprefix(PATH).strip("/").split("/")
        if names == [""]:
            return self._several(account, request.method, form)
        if len(names) != 2:
            raise PageError("Page not found", 404)
        entity, action = names
        if request.method == "GET" and not action.lower().startswith(("get", "autocomplete")):
            return json_reply(refused_at_the_door(_GET_WRITES, 405), 405, self.world.edition)
        params = _json(form.get("params") or query.get("params") or "[]")
        result, status = self._call(account, entity, action, params)
        index = form.get("index")
        if index is not None and status == 200:
            result = {**result, "values": result["values"][int(index)]}  # transcript 92
        return json_reply(result, status, self.world.edition)

    def _several(self, account: Account, method: str, form: Mapping[str, str]) -> Reply:
        """Many calls in one request: 200 when one of them succeeded (transcript 91)."""
        if method == "GET":
            return json_reply(refused_at_the_door(_GET_WRITES, 405), 405, self.world.edition)
        calls = _json(form.get("calls") or "null")
        if not isinstance(calls, list | dict):
            raise PageError("Mandatory parameter missing: calls")
        keyed = dict(enumerate(calls)) if isinstance(calls, list) else calls
        answers: dict[Any, Any] = {}
        statuses = []
        for key, call in keyed.items():
            if not isinstance(call, list) or not 2 <= len(call) <= 4 or not all(isinstance(n, str) for n in call[:2]):
                raise PageError("CRM_Api4_Page_AJAX::execute(): Argument #1 ($entity) must be of type string")
            answers[key], status = self._call(account, call[0], call[1], call[2] if len(call) > 2 else [])
            statuses.append(status)
        body: Any = list(answers.values()) if isinstance(calls, list) else answers
        return json_reply(body, 200 if 200 in statuses or not statuses else statuses[0], self.world.edition)

    def _call(self, account: Account, entity: str, action: str, params: Any) -> tuple[dict[str, Any], int]:
        edition = self.world.edition
        try:
            answer = self.actions.run(account, entity, action, params)
        except ApiError as error:
            # what is asked of one that is not there is said to everybody; the rest only with "view debug output"
            return failure(error, told=account.may("view debug output"), edition=edition), error.status
        self.world.log.calls.append(logged(entity, action))
        return answer, 200

    def _account(self, request: Request) -> Account | Reply:
        """authx: a credential of a kind that is not accepted is no credential (04, 105, 106), a wrong one is 401."""
        given = request.headers.get("x-civi-auth")
        if given is None:
            given = request.headers.get("authorization")
            if given is None or given.lower().startswith("basic "):
                return ANONYMOUS
        scheme, _, key = given.partition(" ")
        account = self.world.accounts.get(key.strip()) if scheme.lower() == "bearer" else None
        if account is None:
            return Reply(401, "HTTP 401 Invalid credential", "text/plain;charset=UTF-8")
        guarded = account.may("authenticate with api key") or request.headers.get("x-civi-key") == self.site_key
        if not guarded:
            text = "HTTP 401 Login not permitted. Must satisfy guard (site_key, perm)."
            return Reply(401, text, "text/plain;charset=UTF-8")
        return account


def _json(text: str) -> Any:
    """PHP's json_decode: null for what is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _sent(reply: Reply) -> Response:
    if isinstance(reply.body, str):
        headers = {"Location": "/wp-login.php?reauth=1"} if reply.status == 302 else {}
        return Response(reply.body, reply.status, headers=headers, media_type=reply.kind)
    return JSONResponse(reply.body, reply.status, media_type=reply.kind)
