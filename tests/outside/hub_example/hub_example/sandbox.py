"""A strict fake of Guild Roll, written from the API in README.md, next to this file. What is not there is refused."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN, READER = "guild-roll-token", "guild-roll-reader"
TEXTS = ("given", "family", "note", "email", "phone", "hub_key")


class Roll:
    """The members, and what people do with them in the register's own pages."""

    def __init__(self) -> None:
        self.members: dict[int, dict[str, Any]] = {}
        self.version = 0

    def put(self, member_id: int, values: dict[str, Any]) -> dict[str, Any]:
        self.version += 1
        self.members[member_id] = {**values, "id": member_id, "version": self.version}
        return self.members[member_id]

    def add(self, values: dict[str, Any]) -> dict[str, Any]:
        return self.put(len(self.members) + 1, {**dict.fromkeys(TEXTS), "fee": None, **values})

    def edit(self, member_id: int, values: dict[str, Any]) -> dict[str, Any]:
        return self.put(member_id, {**self.members[member_id], **values})

    def delete(self, member_id: int) -> None:
        self.put(member_id, {"deleted": True})

    def present(self) -> dict[int, dict[str, Any]]:
        return {number: member for number, member in self.members.items() if not member.get("deleted")}


class Refusal(Exception):
    """Status and words of a refused request."""


def create_app() -> Starlette:
    """``app.state.roll`` is the register, ``app.state.settings`` what a connector needs."""
    roll = Roll()

    async def account(request: Request) -> Response:
        _asked(request, set())
        return JSONResponse({"account": "hub", "guild": "Guild of examples", "may_write": _token(request) == TOKEN})

    async def members(request: Request) -> Response:
        if request.method == "POST":
            return await _create(roll, request)
        _token(request)
        if set(request.query_params) in ({"id"}, {"hub_key"}):
            ((field, values),) = request.query_params.items()
            return JSONResponse({"members": _having(roll, field, values.split(","))})
        _asked(request, {"after", "limit"})
        after, limit = (_number(request.query_params.get(name, "")) for name in ("after", "limit"))
        if not 1 <= limit <= 100:
            raise Refusal(400, "limit is 1 to 100")
        later = sorted((m for m in roll.members.values() if m["version"] > after), key=lambda m: int(m["version"]))
        return JSONResponse({"members": later[:limit]})

    async def member(request: Request) -> Response:
        _may_write(request)
        there = roll.present().get(request.path_params["id"])
        if there is None:
            raise Refusal(404, "no such member")
        if request.headers.get("If-Match", str(there["version"])) != str(there["version"]):
            raise Refusal(412, "the member has another version")
        if request.method == "DELETE":
            roll.delete(there["id"])
            return Response(status_code=204)
        return JSONResponse(roll.edit(there["id"], await _values(request)))

    def refused(request: Request, error: Exception) -> Response:
        status, words = error.args
        return JSONResponse({"error": words}, status)

    app = Starlette(
        routes=[Route("/api/account", account), Route("/api/members", members, methods=["GET", "POST"]),
                Route("/api/members/{id:int}", member, methods=["PATCH", "DELETE"])],
        exception_handlers={Refusal: refused})
    app.state.roll, app.state.settings = roll, {"token": TOKEN}
    return app


async def _create(roll: Roll, request: Request) -> Response:
    _may_write(request)
    values = await _values(request)
    same = [m for m in roll.present().values() if values.get("hub_key") and m["hub_key"] == values["hub_key"]]
    return JSONResponse(same[0], 200) if same else JSONResponse(roll.add(values), 201)


def _having(roll: Roll, field: str, values: list[str]) -> list[dict[str, Any]]:
    if len(values) > 100:
        raise Refusal(400, "at most 100 values")
    return [member for member in roll.present().values() if str(member[field]) in values]


def _token(request: Request) -> str:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token not in (TOKEN, READER):
        raise Refusal(401, "no such token")
    return token


def _may_write(request: Request) -> None:
    if _token(request) != TOKEN:
        raise Refusal(403, "the token may only read")


def _asked(request: Request, options: set[str]) -> None:
    _token(request)
    if set(request.query_params) != options:
        raise Refusal(400, "other options than " + ", ".join(sorted(options)))


def _number(text: str) -> int:
    if not text.isdecimal():
        raise Refusal(400, "not a number")
    return int(text)


async def _values(request: Request) -> dict[str, Any]:
    values = await request.json()
    if not isinstance(values, dict) or not values.keys() <= {*TEXTS, "fee"}:
        raise Refusal(422, "a field members do not have")
    if any(value is not None and not isinstance(value, str) for value in values.values()):
        raise Refusal(422, "a value that is no text")
    return values
