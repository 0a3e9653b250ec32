"""The sandbox refuses what Lemonsoft's text does not have, and what it leaves open, and changes nothing."""

from __future__ import annotations

import ast
import asyncio
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest
from lemonsoft_site import ORGANISATION

import hub_lemonsoft.sandbox
from hub_lemonsoft.sandbox import API_KEY, DATABASE, PASSWORD, USER, create_app

ID = "{id}"
NEW: dict[str, Any] = {"name": "New Oy", "email": "new@example.org", "is_customer": True}
SAME = object()
"""The customer as it is; a dict beside it is laid over it."""

REFUSED: list[tuple[str, str, Any, int, str]] = [  # method, path after /api/, body, status, field
    ("GET", "customers?filter.page=x", None, 400, "filter.page"),
    ("GET", "customers?filter.page=0", None, 501, ""),
    ("GET", "customers?filter.page_size=101", None, 501, ""),
    ("GET", "customers?filter.is_customer=true", None, 400, "filter.is_customer"),
    ("GET", "customers?filter.group=a", None, 400, "filter.group"),
    ("GET", "customers?filter.modified_after=yesterday", None, 400, "filter.modified_after"),
    ("GET", "customers?filter.created_after=2026-11-30", None, 400, "filter.created_after"),
    ("GET", "customers?filter.updated_after=2026-11-30T00:00:00", None, 501, ""),
    ("GET", "customers?filter.vat=1234567-8", None, 501, ""),
    ("GET", "customers?filter.nonactive=1", None, 501, ""),
    ("GET", "customers?page=1", None, 501, ""),
    ("GET", "customers?filter.page=1&filter.page=2", None, 501, ""),
    ("GET", "customers/999999", None, 404, ""),
    ("GET", "customers/abc", None, 501, ""),
    ("GET", "customers/base", None, 501, ""),
    ("GET", "customers/groups", None, 501, ""),
    ("GET", "customers/transactions", None, 501, ""),
    ("GET", f"customers/{ID}?expand=all", None, 501, ""),
    ("POST", f"customers/{ID}", NEW, 405, ""),
    ("POST", f"customers/{ID}/contacts", {"name": "x"}, 501, ""),
    ("DELETE", f"customers/{ID}", None, 405, ""),
    ("DELETE", f"customers/{ID}/contacts/5", None, 501, ""),
    ("PATCH", f"customers/{ID}", {"name": "x"}, 405, ""),
    ("PUT", "customers", NEW, 405, ""),
    ("POST", "customers", {"email": "new@example.org"}, 400, "name"),
    ("POST", "customers", {"name": "New Oy"}, 400, "email"),
    ("POST", "customers", {**NEW, "nickname": "x"}, 400, "nickname"),
    ("POST", "customers", {**NEW, "group": "7"}, 400, "group"),
    ("POST", "customers", {**NEW, "is_nonactive": 0}, 400, "is_nonactive"),
    ("POST", "customers", {**NEW, "phone": 91234}, 400, "phone"),
    ("POST", "customers", {**NEW, "id": 5}, 501, ""),
    ("POST", "customers", {**NEW, "number": 5}, 501, ""),
    ("POST", "customers", {**NEW, "city": ""}, 501, ""),
    ("POST", "customers", {**NEW, "city": "a\nb"}, 501, ""),
    ("POST", "customers", {**NEW, "contacts": []}, 501, ""),
    ("POST", "customers", [NEW], 400, ""),
    ("PUT", f"customers/{ID}", {"name": "Other Oy", "email": "x@example.org"}, 501, ""),
    ("PUT", f"customers/{ID}", (SAME, {"finvoice_address": None}), 501, ""),
    ("PUT", f"customers/{ID}", (SAME, {"phone": ""}), 501, ""),
    ("PUT", f"customers/{ID}", (SAME, {"email": ""}), 400, "email"),
    ("PUT", f"customers/{ID}", (SAME, {"contacts": []}), 501, ""),
    ("PUT", f"customers/{ID}", (SAME, {"accounts": [{"account_id": 1, "iban": "FI99"}]}), 501, ""),
    ("PUT", f"customers/{ID}", (SAME, {"number": 5}), 501, ""),
    ("PUT", f"customers/{ID}", (SAME, {"modified": "2026-11-30"}), 400, "modified"),
    ("PUT", "customers/999999", (SAME, {}), 404, ""),
    ("GET", "invoices", None, 501, ""),
    ("PUT", "invoices", {}, 501, ""),
    ("POST", "invoices/1/payment", {}, 501, ""),
    ("DELETE", "invoices/1", None, 501, ""),
    ("GET", "auth/alive", None, 501, ""),
]
LOGINS: list[tuple[dict[str, Any], int]] = [
    ({"Password": "x"}, 401), ({"UserName": "x"}, 401), ({"Database": "x"}, 401), ({"ApiKey": "x"}, 401), ({"ApiKey": ""}, 400),
    ({"Password": None}, 400), ({"Token": "x"}, 400), ({"apikey": "x"}, 400)]


class Client:
    """Anybody's client, logged in, on a fresh sandbox with one customer."""

    def __init__(self) -> None:
        self.app = create_app(clock=lambda: 1_800_000_000.0)
        self.world = self.app.state.world
        self.id = self.app.state.users.add(ORGANISATION)
        self.session = self.world.login()
        self.before = deepcopy(self.world.customers)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        headers = {"Session-Id": self.session, **options.pop("headers", {})}
        if isinstance(body, tuple):
            body = {**self.world.customers[self.id], **body[1]}
        if body is not None:
            options["content"] = json.dumps(body)
            headers["Content-Type"] = "application/json"

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://lemon.localhost") as client:
                return await client.request(method, f"/api/{path}".replace(ID, str(self.id)), headers=headers, **options)

        return asyncio.run(ask())


def test_more_than_thirty_are_refused() -> None:
    assert len(REFUSED) + len(LOGINS) > 50


@pytest.mark.parametrize(("method", "path", "body", "status", "field"), REFUSED)
def test_what_its_text_does_not_have_is_refused(method: str, path: str, body: Any, status: int, field: str) -> None:
    client = Client()
    answer = client.send(method, path, body)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert client.world.customers == client.before


@pytest.mark.parametrize(("told", "status"), LOGINS)
def test_who_is_not_let_in(told: dict[str, Any], status: int) -> None:
    client = Client()
    login = {"UserName": USER, "Password": PASSWORD, "Database": DATABASE, "ApiKey": API_KEY, **told}
    assert client.send("POST", "auth/login", login).status_code == status
    assert client.world.sessions == {client.session}


def test_both_spellings_of_a_login_are_the_vendors() -> None:
    client = Client()
    login = {"username": USER, "password": PASSWORD, "database": DATABASE, "apikey": API_KEY}
    assert client.send("POST", "auth/login", login).json()["session_id"] in client.world.sessions


def test_without_a_session_nothing_is_told() -> None:
    client = Client()
    assert client.send("GET", "customers", headers={"Session-Id": "x"}).status_code == 401
    client.world.sessions.clear()
    assert client.send("GET", "customers").status_code == 401


def test_what_is_no_json_is_refused() -> None:
    client = Client()
    assert client.send("POST", "customers", content="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert client.send("POST", "customers", content="{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.world.customers == client.before


def test_the_sandbox_knows_nothing_of_the_connector() -> None:
    for path in Path(hub_lemonsoft.sandbox.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or not (node.module or "").startswith("hub"), path.name
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("hub") for name in node.names), path.name
