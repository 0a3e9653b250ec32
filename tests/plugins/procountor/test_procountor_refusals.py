"""The sandbox refuses what Procountor's pages do not have, and what they leave open, and changes nothing."""

from __future__ import annotations

import ast
import asyncio
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest
from procountor_site import ORGANISATION

import hub_procountor.sandbox
from hub_procountor.sandbox import API_KEY, CLIENT_ID, SECRET, create_app

ID = "{id}"
BASE: dict[str, Any] = {"name": "New Oy", "type": "CUSTOMER", "address": {}, "paymentInfo": {"paymentMethod": "CASH"}}
LATEST: dict[str, Any] = {"version": "{version}"}

REFUSED: list[tuple[str, str, Any, int, str]] = [  # method, path after /api/, body, status, field
    ("GET", "businesspartners?size=201", None, 400, "size"),
    ("GET", "businesspartners?size=0", None, 400, "size"),
    ("GET", "businesspartners?page=-1", None, 400, "page"),
    ("GET", "businesspartners?type=LEAD", None, 400, "type"),
    ("GET", "businesspartners?active=yes", None, 400, "active"),
    ("GET", "businesspartners?orderById=asc", None, 400, "orderById"),
    ("GET", "businesspartners?versionStartDate=2026-11-30", None, 400, "versionStartDate"),
    ("GET", "businesspartners?versionStartDate=2026-11-30T00:00:00Z", None, 400, "versionStartDate"),
    ("GET", "businesspartners?modifiedSince=2026-11-30T00:00", None, 501, ""),
    ("GET", "businesspartners?previousId=5", None, 501, ""),
    ("GET", "businesspartners?customerNumber=1001", None, 501, ""),
    ("GET", "businesspartners?page=0&page=1", None, 501, ""),
    ("GET", "businesspartners/abc", None, 400, "id"),
    ("GET", "businesspartners/999999", None, 404, ""),
    ("GET", "businesspartners/999998,999999", None, 404, ""),
    ("GET", f"businesspartners/{','.join(map(str, range(1, 202)))}", None, 400, "id"),
    ("GET", f"businesspartners/{ID}?expand=all", None, 501, ""),
    ("GET", f"businesspartners/{ID}/defaults/accounts", None, 501, ""),
    ("GET", "businesspartners/personaldetails", None, 501, ""),
    ("POST", "businesspartners", {name: BASE[name] for name in BASE if name != "name"}, 400, "name"),
    ("POST", "businesspartners", {name: BASE[name] for name in BASE if name != "paymentInfo"}, 400, "paymentInfo"),
    ("POST", "businesspartners", {name: BASE[name] for name in BASE if name != "address"}, 400, "address"),
    ("POST", "businesspartners", {**BASE, "type": "PERSON"}, 400, "type"),
    ("POST", "businesspartners", {**BASE, "name": ""}, 400, "name"),
    ("POST", "businesspartners", {**BASE, "name": "x" * 81}, 400, "name"),
    ("POST", "businesspartners", {**BASE, "name": "Żółć"}, 400, "name"),
    ("POST", "businesspartners", {**BASE, "name": "a\nb"}, 501, ""),
    ("POST", "businesspartners", {**BASE, "nickname": "x"}, 400, "nickname"),
    ("POST", "businesspartners", {**BASE, "address": {"country": "FI"}}, 400, "address.country"),
    ("POST", "businesspartners", {**BASE, "address": {"street": None}}, 501, ""),
    ("POST", "businesspartners", {**BASE, "address": {"zip": 100}}, 400, "address.zip"),
    ("POST", "businesspartners", {**BASE, "invoicingInfo": {"language": "fi"}}, 400, "invoicingInfo.language"),
    ("POST", "businesspartners", {**BASE, "paymentInfo": {"paymentMethod": "GOLD"}}, 400, "paymentInfo.paymentMethod"),
    ("POST", "businesspartners", {**BASE, "registryInfo": {"active": "true"}}, 400, "registryInfo.active"),
    ("POST", "businesspartners", {**BASE, "registryInfo": {"partnerGroups": [{"name": "x"}]}}, 400,
     "registryInfo.partnerGroups.type"),
    ("POST", "businesspartners", [BASE], 400, ""),
    ("PATCH", f"businesspartners/{ID}", {"name": "Other Oy"}, 400, "version"),
    ("PATCH", f"businesspartners/{ID}", {"name": "Other Oy", "version": "2020-01-01T00:00:00"}, 400, "version"),
    ("PATCH", f"businesspartners/{ID}", {**LATEST, "registryInfo": {"active": False}}, 501, ""),
    ("PATCH", f"businesspartners/{ID}", {**LATEST, "billingAddress": {"city": "Turku"}}, 501, ""),
    ("PATCH", f"businesspartners/{ID}", {**LATEST, "invoicingInfo": {"email": "x@example.org"}}, 501, ""),
    ("PATCH", f"businesspartners/{ID}", {**LATEST, "type": "PERSON"}, 400, "type"),
    ("PATCH", "businesspartners/999999", {**LATEST, "name": "Other Oy"}, 404, ""),
    ("PUT", f"businesspartners/{ID}", {**BASE, "registryInfo": {"phone": "1"}}, 501, ""),
    ("PUT", f"businesspartners/{ID}", {"name": "Other Oy"}, 400, "type"),
    ("PUT", "businesspartners/999999", {**BASE, "registryInfo": {"active": True}}, 404, ""),
    ("PUT", "businesspartners", BASE, 405, ""),
    ("DELETE", f"businesspartners/{ID}", None, 405, ""),
    ("GET", "invoices", None, 501, ""),
    ("POST", "invoices", {}, 501, ""),
    ("PUT", "invoices/1", {}, 501, ""),
    ("DELETE", "ledgerreceipts/1", None, 501, ""),
    ("GET", "persons", None, 501, ""),
    ("GET", "customers", None, 404, ""),
]
TOKENS: list[tuple[dict[str, str], int, str]] = [  # what is told, status, error
    ({"api_key": "x"}, 400, "invalid_grant"),
    ({"client_secret": "x"}, 401, "invalid_client"),
    ({"client_id": "x"}, 401, "invalid_client"),
    ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ({"api_key": ""}, 400, "invalid_request"),
    ({"scope": "*"}, 400, "invalid_request"),
]


class Client:
    """Anybody's client, with a token, on a fresh sandbox with one customer."""

    def __init__(self) -> None:
        self.app = create_app(clock=lambda: 1_800_000_000.0)
        self.world = self.app.state.world
        self.id = self.app.state.users.add(ORGANISATION)
        self.world.tokens["t"] = 1_800_000_001.0
        self.before = deepcopy(self.world.partners)

    def send(self, method: str, path: str, body: Any = None, *, token: str = "t", **options: Any) -> httpx.Response:
        if body is not None:
            text = json.dumps(body).replace("{version}", self.world.partners[self.id]["version"])
            options = {"content": text, "headers": {"Content-Type": "application/json"}, **options}
        options["headers"] = {"Authorization": f"Bearer {token}", **options.get("headers", {})}

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://books.localhost") as client:
                return await client.request(method, f"/api/{path}".replace(ID, str(self.id)), **options)

        return asyncio.run(ask())


def test_more_than_thirty_are_refused() -> None:
    assert len(REFUSED) + len(TOKENS) > 50


@pytest.mark.parametrize(("method", "path", "body", "status", "field"), REFUSED)
def test_what_its_pages_do_not_have_is_refused(method: str, path: str, body: Any, status: int, field: str) -> None:
    client = Client()
    answer = client.send(method, path, body)
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["status"], error.get("field", "")) == (status, status, field)
    assert client.world.partners == client.before


@pytest.mark.parametrize(("told", "status", "error"), TOKENS)
def test_who_gets_no_token(told: dict[str, str], status: int, error: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET, "api_key": API_KEY, **told}
    client = Client()
    answer = client.send("POST", "oauth/token", data=form)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert set(client.world.tokens) == {"t"}


def test_without_a_token_or_with_an_old_one_nothing_is_told() -> None:
    client = Client()
    assert client.send("GET", "businesspartners", token="").status_code == 401
    client.world.tokens["t"] = 1_800_000_000.0
    assert client.send("GET", "businesspartners").status_code == 401


def test_what_is_no_json_is_refused() -> None:
    client = Client()
    assert client.send("POST", "businesspartners", content="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert client.send("POST", "businesspartners", content="{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.world.partners == client.before


def test_the_sandbox_knows_nothing_of_the_connector() -> None:
    for path in Path(hub_procountor.sandbox.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or not (node.module or "").startswith("hub"), path.name
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("hub") for name in node.names), path.name
