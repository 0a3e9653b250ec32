"""What the vendor does not have is refused by the sandbox; what the sandbox has not, loudly. And it is independent."""

from __future__ import annotations

import ast
import asyncio
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

import hub_dynamics.sandbox
from hub_dynamics.sandbox import CLIENT_ID, SECRET, TENANT, create_app

ROOT = "/api/data/v9.2/"
ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
TRACK = {"Prefer": "odata.track-changes"}
MATCH = {"If-Match": 'W/"1"'}
FORM = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET,
        "scope": "http://crm.localhost/.default"}
TYPED = {"@odata.type": "Microsoft.Dynamics.CRM.contact"}
BATCH = {"Content-Type": "multipart/mixed; boundary=b"}
PART = "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"

REFUSED: list[tuple[str, str, dict[str, str], Any, int, str]] = [
    # method, path below the root, headers, body, status, words
    ("GET", "people", {}, None, 404, "people"),
    ("GET", "contacts(nonsense)", {}, None, 400, "key in the request URI"),
    ("GET", "contacts(hub_id='x')", {}, None, 501, "alternate keys"),
    ("GET", f"contacts({TWO})", {}, None, 404, "Does Not Exist"),
    ("GET", f"contacts({ONE})?$filter=lastname eq 'x'", {}, None, 400, "$filter"),
    ("GET", "contacts?$select=surname", {}, None, 400, "surname"),
    ("GET", "contacts?$select=parentcustomerid", {}, None, 400, "parentcustomerid"),
    ("GET", "contacts?$select=name", {}, None, 400, "name"),
    ("GET", "contacts?$skip=5", {}, None, 400, "$skip"),
    ("GET", "contacts?select=lastname", {}, None, 400, "select"),
    ("GET", "contacts?$skiptoken=5", {}, None, 400, "paging cookie"),
    ("GET", "contacts?$deltatoken=yesterday", {}, None, 400, "delta token"),
    ("GET", "contacts?$filter=surname eq 'x'", {}, None, 400, "surname"),
    ("GET", "contacts?$filter=lastname eq x", {}, None, 400, "incompatible types"),
    ("GET", "contacts?$filter=lastname like 'x'", {}, None, 501, "filter"),
    ("GET", "contacts?$filter=startswith(lastname,'x')", {}, None, 501, "filter"),
    ("GET", "contacts?$orderby=lastname", {}, None, 501, "$orderby"),
    ("GET", "contacts?$expand=owninguser", {}, None, 501, "$expand"),
    ("GET", "contacts?$filter=lastname eq 'x'", TRACK, None, 400, "Change Tracking is enabled"),
    ("GET", "contacts?$top=5", TRACK, None, 400, "Change Tracking is enabled"),
    ("GET", "contacts?$orderby=lastname", TRACK, None, 400, "Change Tracking is enabled"),
    ("GET", "contacts", {"Prefer": "odata.maxpagesize=none"}, None, 400, "maxpagesize"),
    ("GET", "contacts", {"Prefer": "handling=strict"}, None, 400, "handling"),
    ("GET", "contacts", {"OData-Version": "3.0"}, None, 400, "odata-version"),
    ("GET", "contacts", {"Accept": "application/atom+xml"}, None, 415, "JSON"),
    ("GET", "contacts", {"Authorization": "Bearer made-up"}, None, 401, "token"),
    ("GET", "contacts", {"Authorization": "Basic YTpi"}, None, 401, "token"),
    ("GET", "EntityDefinitions(LogicalName='person')", {}, None, 404, "person"),
    ("GET", "EntityDefinitions(LogicalName='contact')?$select=Tracked", {}, None, 400, "Tracked"),
    ("GET", "sdkmessagefilters", {}, None, 501, "messages"),
    ("POST", "contacts", {}, {"surname": "x"}, 400, "surname"),
    ("POST", "contacts", {}, {"lastname": 5}, 400, "lastname"),
    ("POST", "contacts", {}, {"lastname": "x" * 51}, 400, "maximum allowed length of '50'"),
    ("POST", "contacts", {}, {"birthdate": "28.2.1990"}, 400, "birthdate"),
    ("POST", "contacts", {}, {"donotemail": "yes"}, 400, "donotemail"),
    ("POST", "contacts", {}, {"gendercode": 9}, 400, "outside the valid range"),
    ("POST", "contacts", {}, {"fullname": "x"}, 400, "cannot be set"),
    ("POST", "contacts", {}, {"merged": True}, 400, "cannot be set"),
    ("POST", "contacts", {}, {"_parentcustomerid_value": ONE}, 400, "_parentcustomerid_value"),
    ("POST", "contacts", {}, {"parentcustomerid@odata.bind": f"/accounts({ONE})"}, 400, "parentcustomerid"),
    ("POST", "contacts", {}, {"parentcustomerid_account@odata.bind": f"/contacts({ONE})"}, 400, "names no record"),
    ("POST", "contacts", {}, {"parentcustomerid_account@odata.bind": f"/accounts({TWO})"}, 404, "Does Not Exist"),
    ("POST", "contacts", {}, {"contactid": ONE, "lastname": "x"}, 412, "matching key values"),
    ("POST", "contacts", {}, ["x"], 400, "JSON object"),
    ("POST", "contacts", {"Content-Type": "text/plain"}, "x", 415, "application/json"),
    ("POST", "contacts", {"Content-Type": "application/json"}, "{x", 400, "not JSON"),
    ("POST", f"contacts({ONE})", {}, {"lastname": "x"}, 405, "not allowed"),
    ("PUT", f"contacts({ONE})", {}, {"lastname": "x"}, 405, "not allowed"),
    ("PATCH", "contacts", {}, {"lastname": "x"}, 405, "not allowed"),
    ("DELETE", "contacts", {}, None, 405, "not allowed"),
    ("PATCH", f"contacts({ONE})", MATCH, {"lastname": "x"}, 412, "RowVersion"),
    ("PATCH", f"contacts({ONE})", {"If-Match": "1"}, {"lastname": "x"}, 400, "If-Match"),
    ("PATCH", f"contacts({ONE})", {"If-None-Match": "*"}, {"lastname": "x"}, 412, "matching key values"),
    ("PATCH", f"contacts({TWO})", {"If-Match": "*"}, {"lastname": "x"}, 404, "Does Not Exist"),
    ("DELETE", f"contacts({ONE})", MATCH, None, 412, "RowVersion"),
    ("DELETE", f"contacts({TWO})", {}, None, 404, "Does Not Exist"),
    ("POST", "contacts/Microsoft.Dynamics.CRM.CreateMultiple", {}, {"Targets": [{"lastname": "x"}]}, 400, "@odata.type"),
    ("POST", "contacts/Microsoft.Dynamics.CRM.CreateMultiple", {}, {"Records": []}, 400, "Targets"),
    ("POST", "contacts/Microsoft.Dynamics.CRM.CreateMultiple", {}, {"Targets": [{**TYPED, "contactid": ONE}]}, 412, "key"),
    ("POST", "contacts/Microsoft.Dynamics.CRM.UpsertMultiple", {}, {"Targets": []}, 501, "UpsertMultiple"),
    ("POST", "contacts/Microsoft.Dynamics.CRM.DeleteMultiple", {}, {"Targets": []}, 404, "not found"),
    ("POST", "Merge", {}, {"Target": {}, "Subordinate": {}}, 400, "PerformParentingChecks"),
    ("POST", "Merge", {}, {"Target": {}, "Subordinate": {}, "PerformParentingChecks": False}, 400, "@odata.type"),
    ("POST", "Merge", {}, {"Target": {**TYPED, "contactid": ONE}, "Subordinate": {**TYPED, "contactid": ONE},
                           "PerformParentingChecks": False}, 400, "two records"),
    ("POST", "$batch", {}, {"requests": []}, 400, "multipart/mixed"),
    ("POST", "$batch", BATCH, "no parts", 400, "bounded"),
    ("POST", "$batch", BATCH, f"{PART}GET {ROOT}contacts\r\n\r\n\r\n--b--\r\n", 400, "request line"),
    ("POST", "$batch", BATCH, f"{PART}POST {ROOT}$batch HTTP/1.1\r\n\r\n\r\n--b--\r\n", 400, "cannot contain a batch"),
    ("POST", "$batch", BATCH, f"{PART}GET {ROOT}people HTTP/1.1\r\n\r\n\r\n--b--\r\n", 404, "people"),
    ("POST", "$batch", BATCH, f"{PART}GET {ROOT}contacts HTTP/1.1\r\n\r\n\r\n".replace("binary", "8bit") + "--b--\r\n", 400,
     "binary"),
    ("POST", "$batch", BATCH, "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n", 501, "change sets"),
    ("POST", "$batch", BATCH, f"{PART}GET {ROOT}contacts HTTP/1.1\r\n\r\n\r\n" * 1001 + "--b--\r\n", 400, "at most 1000"),
]


def environment() -> Any:
    return create_app(people=[{"contactid": ONE, "lastname": "Virtanen"}])


def ask(app: Any, method: str, url: str, headers: dict[str, str], body: Any) -> httpx.Response:
    async def call() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://crm.localhost") as client:
            token = (await client.post(f"/{TENANT}/oauth2/v2.0/token", data=FORM)).json()["access_token"]
            given = {"Authorization": f"Bearer {token}", **headers}
            sent: dict[str, Any] = {"content": body} if isinstance(body, str) else {"json": body} if body is not None else {}
            return await client.request(method, url, headers=given, **sent)

    return asyncio.run(call())


@pytest.mark.parametrize(("method", "path", "headers", "body", "status", "words"), REFUSED)
def test_undocumented_requests_are_refused_and_change_nothing(method: str, path: str, headers: dict[str, str], body: Any,
                                                              status: int, words: str) -> None:
    app = environment()
    before = deepcopy({name: (table.rows, table.deleted) for name, table in app.state.world.tables.items()})
    answer = ask(app, method, ROOT + path, headers, body)
    assert answer.status_code == status
    assert words in answer.json()["error"]["message"]
    assert {name: (table.rows, table.deleted) for name, table in app.state.world.tables.items()} == before


@pytest.mark.parametrize("path", ["/", "/api/data/v9.1/contacts", "/api/data/v9.2contacts", "/XRMServices/2011/Organization.svc"])
def test_other_paths_are_not_there(path: str) -> None:
    assert ask(environment(), "GET", path, {}, None).status_code == 404


@pytest.mark.parametrize(("change", "number"), [
    ({"grant_type": "password"}, 70003), ({"client_secret": "wrong"}, 7000215), ({"client_secret": ""}, 900144),
    ({"client_id": "x"}, 700016), ({"scope": "http://crm.localhost"}, 70011), ({"scope": ""}, 900144),
])
def test_the_token_service_refuses(change: dict[str, str], number: int) -> None:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=environment())
        async with httpx.AsyncClient(transport=transport, base_url="http://crm.localhost") as client:
            return await client.post(f"/{TENANT}/oauth2/v2.0/token", data={**FORM, **change})

    answer = asyncio.run(call())
    assert answer.status_code in (400, 401)
    assert answer.json()["error_codes"] == [number]


def test_the_sandbox_knows_nothing_of_the_connector() -> None:
    for path in Path(hub_dynamics.sandbox.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or not (node.module or "").startswith("hub"), path.name
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("hub") for name in node.names), path.name
