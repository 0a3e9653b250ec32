"""The sandbox refuses what a Tryton server refuses (test_tryton_live.py holds the same table against a real one), and more."""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest
from tryton_refused import HTTP, NOT_HERE, RPC, STRICTER, Params, filled, kind_of

import hub_tryton.sandbox
from hub_tryton.sandbox import PASSWORD, USER, Users, create_app


class Client:
    """Anybody's client, logged in, on a fresh sandbox with one person."""

    def __init__(self) -> None:
        self.app = create_app(clock=lambda: 1_800_000_000.0)
        users: Users = self.app.state.users
        party = users.add("Anna Aho", person=True, emails=["anna@example.org"], addresses=[{"city": "Turku"}])
        self.ids = {"$party": party, "$address": users.rows("party.address", party)[0]["id"],
                    "$mail": users.rows("party.contact_mechanism", party)[0]["id"], "$code": str(party), "$text": str(party)}
        told = self.ask("POST", "/hub/rpc/", {"id": 1, "method": "common.db.login", "params": [USER, {"password": PASSWORD}]})
        user_id, token, _ = told.json()["result"]
        self.session = httpx.BasicAuth(USER, f"{user_id}:{token}")._auth_header.replace("Basic", "Session")

    def ask(self, verb: str, path: str, body: Any, headers: Mapping[str, str] | None = None) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://books.localhost") as client:
                content = body if isinstance(body, str) or body is None else json.dumps(body)
                return await client.request(verb, path, content=content, headers={
                    name: value for name, value in {"Content-Type": "application/json", **(headers or {})}.items() if value})

        return asyncio.run(call())

    def http(self, verb: str, path: str, body: Any, headers: Mapping[str, str]) -> httpx.Response:
        return self.ask(verb, path, filled(body, self.ids), {"Authorization": self.session, **headers})

    def rpc(self, method: str, params: Params, context: Mapping[str, Any]) -> httpx.Response:
        given = filled([*params, dict(context)], self.ids)
        told = {"id": 1, "method": method, "params": given[:-1] if method == "common.db.login" else given}
        return self.ask("POST", "/hub/rpc/", told, {"Authorization": self.session})

    def state(self) -> Any:
        return deepcopy(self.app.state.world.rows)


@pytest.mark.parametrize(("verb", "path", "body", "headers", "status"), HTTP)
def test_requests_that_are_none_are_refused_by_status(verb: str, path: str, body: Any, headers: Mapping[str, str],
                                                      status: int) -> None:
    client = Client()
    before = client.state()
    assert client.http(verb, path, body, headers).status_code == status
    assert client.state() == before


@pytest.mark.parametrize(("method", "params", "context", "kind", "words"), RPC)
def test_calls_that_make_no_sense_are_refused_and_change_nothing(method: str, params: Params, context: Mapping[str, Any],
                                                                 kind: str, words: str) -> None:
    client = Client()
    before = client.state()
    answer = client.rpc(method, params, context)
    assert answer.status_code == 200
    told = kind_of(answer.json()["error"])
    assert told[0] == kind
    assert words in told[1]
    assert client.state() == before


@pytest.mark.parametrize(("method", "params"), STRICTER)
def test_what_a_server_only_puts_up_with_is_refused_here(method: str, params: Params) -> None:
    client = Client()
    before = client.state()
    answer = client.rpc(method, params, {})
    assert "error" in answer.json()
    assert client.state() == before


@pytest.mark.parametrize(("method", "params"), NOT_HERE)
def test_what_the_sandbox_does_not_have_says_so(method: str, params: Params) -> None:
    client = Client()
    before = client.state()
    assert client.rpc(method, params, {}).status_code == 501
    assert client.state() == before


def test_the_sandbox_knows_nothing_of_the_connector() -> None:
    for path in Path(hub_tryton.sandbox.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or not (node.module or "").startswith("hub"), path.name
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("hub") for name in node.names), path.name
