"""What the vendor does not have is refused by the sandbox; what the sandbox has not, loudly. And it is independent."""

from __future__ import annotations

import ast
import asyncio
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

import hub_outlook.sandbox
from hub_outlook.sandbox import CLIENT_ID, MAILBOX, SECRET, TENANT, create_app

BOX = f"users/{MAILBOX}"
FORM = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET,
        "scope": "https://graph.microsoft.com/.default"}
OWN = "String {5c1b2d0e-7a44-4f5b-9a39-2f0f6a1c7d83} Name X"
ONE = {"id": "1", "method": "GET", "url": f"/{BOX}/contacts"}


def batch(*requests: Any) -> dict[str, Any]:
    return {"requests": list(requests)}


REFUSED: list[tuple[str, str, dict[str, str], Any, int, str]] = [
    # method, path below the root ({id}: a contact's), headers, body, status, words
    ("GET", "people", {}, None, 400, "segment 'people'"),
    ("GET", "users", {}, None, 400, "segment 'users'"),
    ("GET", f"{BOX}/messages", {}, None, 400, "segment"),
    ("GET", "me/contacts", {}, None, 400, "delegated authentication"),
    ("GET", "me", {}, None, 400, "delegated authentication"),
    ("GET", "users/nobody@association.example/contacts", {}, None, 404, "user is invalid"),
    ("GET", f"{BOX}/contacts/nobody", {}, None, 404, "not found in the store"),
    ("GET", f"{BOX}/contactFolders/nobody/contacts", {}, None, 404, "not found in the store"),
    ("GET", f"{BOX}/contacts/{{id}}/photo", {}, None, 405, "not allowed"),
    ("GET", f"{BOX}/contacts?$select=surName", {}, None, 400, "surName"),
    ("GET", f"{BOX}/contacts?select=surname", {}, None, 400, "'select'"),
    ("GET", f"{BOX}/contacts?$top=0", {}, None, 400, "$top"),
    ("GET", f"{BOX}/contacts?$skip=10", {}, None, 501, "$skip"),
    ("GET", f"{BOX}/contacts?$orderby=surname", {}, None, 501, "$orderby"),
    ("GET", f"{BOX}/contacts?$filter=surname eq 'x'", {}, None, 501, "filter"),
    ("GET", f"{BOX}/contacts?$search=x", {}, None, 501, "$search"),
    ("GET", f"{BOX}/contacts/{{id}}?$expand=extensions", {}, None, 400, "$expand"),
    ("GET", f"{BOX}/contacts/delta?$filter=surname eq 'x'", {}, None, 400, "change tracking"),
    ("GET", f"{BOX}/contacts/delta?$top=5", {}, None, 400, "change tracking"),
    ("GET", f"{BOX}/contacts/delta?$expand=extensions", {}, None, 400, "change tracking"),
    ("GET", f"{BOX}/contacts/delta?$orderby=surname", {}, None, 400, "change tracking"),
    ("GET", f"{BOX}/contacts/delta?$deltatoken=yesterday", {}, None, 400, "token"),
    ("GET", f"{BOX}/contacts/delta?$select=surname", {}, None, 501, "$select"),
    ("GET", f"{BOX}/contacts", {"Prefer": "odata.track-changes"}, None, 400, "track-changes"),
    ("GET", f"{BOX}/contacts", {"Prefer": 'IdType="Permanent"'}, None, 400, "IdType"),
    ("GET", f"{BOX}/contacts/delta", {"Prefer": "odata.maxpagesize=none"}, None, 400, "maxpagesize"),
    ("GET", f"{BOX}/contacts", {"Accept": "application/xml"}, None, 406, "JSON"),
    ("GET", f"{BOX}/contacts", {"Authorization": "Bearer made-up"}, None, 401, "expired"),
    ("GET", f"{BOX}/contacts", {"Authorization": "Basic YTpi"}, None, 401, "expired"),
    ("POST", f"{BOX}/contacts", {}, {"lastName": "x"}, 400, "lastName"),
    ("POST", f"{BOX}/contacts", {}, {"surname": 5}, 400, "surname"),
    ("POST", f"{BOX}/contacts", {}, {"surname": "x\0"}, 400, "surname"),
    ("POST", f"{BOX}/contacts", {}, {"businessPhones": "1"}, 400, "businessPhones"),
    ("POST", f"{BOX}/contacts", {}, {"businessPhones": ["1", "2", "3"]}, 400, "businessPhones"),
    ("POST", f"{BOX}/contacts", {}, {"homePhones": ["1", "2", "3"]}, 400, "homePhones"),
    ("POST", f"{BOX}/contacts", {}, {"emailAddresses": [{"address": f"{n}@x.example"} for n in range(4)]}, 400, "emailAddresses"),
    ("POST", f"{BOX}/contacts", {}, {"emailAddresses": [{"mail": "a@x.example"}]}, 400, "emailAddresses"),
    ("POST", f"{BOX}/contacts", {}, {"emailAddresses": ["a@x.example"]}, 400, "emailAddresses"),
    ("POST", f"{BOX}/contacts", {}, {"birthday": "28.2.1990"}, 400, "birthday"),
    ("POST", f"{BOX}/contacts", {}, {"birthday": "1990-02"}, 400, "birthday"),
    ("POST", f"{BOX}/contacts", {}, {"homeAddress": {"postcode": "00100"}}, 400, "homeAddress"),
    ("POST", f"{BOX}/contacts", {}, {"id": "mine"}, 400, "read-only"),
    ("POST", f"{BOX}/contacts", {}, {"changeKey": "mine"}, 400, "read-only"),
    ("POST", f"{BOX}/contacts", {}, {"primaryEmailAddress": {"address": "a@x.example"}}, 501, "primaryEmailAddress"),
    ("POST", f"{BOX}/contacts", {}, {"singleValueExtendedProperties": [{"id": "Name X", "value": "1"}]}, 400, "extended"),
    ("POST", f"{BOX}/contacts", {}, {"singleValueExtendedProperties": [{"id": OWN}]}, 400, "id and value"),
    ("POST", f"{BOX}/contacts", {}, ["x"], 400, "JSON object"),
    ("POST", f"{BOX}/contacts", {"Content-Type": "text/plain"}, "x", 415, "application/json"),
    ("POST", f"{BOX}/contacts", {"Content-Type": "application/json"}, "{x", 400, "not JSON"),
    ("POST", f"{BOX}/contacts?$select=id", {}, {"surname": "x"}, 400, "no query parameters"),
    ("POST", f"{BOX}/contacts/{{id}}", {}, {"surname": "x"}, 405, "not allowed"),
    ("PUT", f"{BOX}/contacts/{{id}}", {}, None, 405, "not allowed"),
    ("PATCH", f"{BOX}/contacts", {}, {"surname": "x"}, 405, "not allowed"),
    ("DELETE", f"{BOX}/contacts", {}, None, 405, "not allowed"),
    ("PATCH", f"{BOX}/contacts/nobody", {}, {"surname": "x"}, 404, "not found"),
    ("PATCH", f"{BOX}/contacts/{{id}}", {"If-Match": 'W/"old"'}, {"surname": "x"}, 412, "change key"),
    ("PATCH", f"{BOX}/contacts/{{id}}", {"If-Match": "old"}, {"surname": "x"}, 400, "If-Match"),
    ("DELETE", f"{BOX}/contacts/{{id}}", {"If-Match": 'W/"old"'}, None, 412, "change key"),
    ("POST", "$batch", {}, batch(), 400, "batch payload"),
    ("POST", "$batch", {}, {"request": []}, 400, "batch payload"),
    ("POST", "$batch", {}, batch(*({**ONE, "id": str(n)} for n in range(21))), 400, "max value of 20"),
    ("POST", "$batch", {}, batch(ONE, ONE), 400, "unique"),
    ("POST", "$batch", {}, batch({**ONE, "id": 1}), 400, "id"),
    ("POST", "$batch", {}, batch({**ONE, "verb": "GET"}), 400, "batch payload"),
    ("POST", "$batch", {}, batch({**ONE, "url": "https://graph.microsoft.com/v1.0/me"}), 400, "relative"),
    ("POST", "$batch", {}, batch({**ONE, "url": "/$batch"}), 400, "no batch"),
    ("POST", "$batch", {}, batch({**ONE, "method": "POST", "body": {}}), 400, "Content-Type"),
    ("POST", "$batch", {}, batch({**ONE, "dependsOn": ["1"]}), 501, "dependsOn"),
    ("GET", "$batch", {}, None, 400, "segment"),
]


def ask(app: Any, *calls: tuple[str, str, dict[str, str], Any]) -> list[httpx.Response]:
    """All at once, with a token of the application."""
    async def work() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://graph.localhost") as client:
            token = (await client.post(f"/{TENANT}/oauth2/v2.0/token", data=FORM)).json()["access_token"]

            async def one(method: str, url: str, headers: dict[str, str], body: Any) -> httpx.Response:
                sent: dict[str, Any] = {"content": body} if isinstance(body, str) else {"json": body} if body is not None else {}
                return await client.request(method, url, headers={"Authorization": f"Bearer {token}", **headers}, **sent)

            return list(await asyncio.gather(*(one(*call) for call in calls)))

    return asyncio.run(work())


def state(app: Any) -> Any:
    return deepcopy({address: ({key: (item.row, item.extended, item.folder, item.number) for key, item in box.items.items()},
                               box.folders) for address, box in app.state.world.mailboxes.items()})


def test_undocumented_requests_are_refused_and_change_nothing() -> None:
    assert len(REFUSED) >= 30
    app = create_app(people=[{"surname": "Virtanen"}])
    contact = next(iter(app.state.users.present()))
    before = state(app)
    for method, path, headers, body, status, words in REFUSED:
        answer, = ask(app, (method, "/v1.0/" + path.format(id=contact), headers, body))
        told = (method, path, body, answer.status_code, answer.text)
        assert answer.status_code == status, told
        assert words in answer.json()["error"]["message"], told
        assert state(app) == before, told


@pytest.mark.parametrize("path", ["/", "/beta/me/contacts", "/v1.0"])
def test_other_paths_are_not_there(path: str) -> None:
    assert ask(create_app(), ("GET", path, {}, None))[0].status_code == 400


@pytest.mark.parametrize(("change", "number"), [
    ({"grant_type": "password"}, 70003), ({"client_secret": "wrong"}, 7000215), ({"client_secret": ""}, 900144),
    ({"client_id": "x"}, 700016), ({"scope": "https://graph.microsoft.com"}, 70011), ({"scope": ""}, 900144),
    ({"grant_type": "refresh_token", "refresh_token": "made-up", "scope": "Contacts.ReadWrite"}, 70000),
    ({"grant_type": "refresh_token", "refresh_token": "made-up", "scope": "Mail.Send"}, 70011),
    ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "made-up"}, 70018),
])
def test_the_identity_service_refuses(change: dict[str, str], number: int) -> None:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://graph.localhost") as client:
            return await client.post(f"/{TENANT}/oauth2/v2.0/token", data={**FORM, **change})

    answer = asyncio.run(call())
    assert answer.status_code in (400, 401)
    assert answer.json()["error_codes"] == [number]


def test_more_than_four_at_once_in_a_mailbox_are_too_many() -> None:
    other = "chair@association.example"
    app = create_app(mailboxes=(MAILBOX, other))
    mine = ("GET", f"/v1.0/{BOX}/contacts", dict[str, str](), None)
    theirs = ("GET", f"/v1.0/users/{other}/contacts", dict[str, str](), None)
    assert [answer.status_code for answer in ask(app, *[mine] * 4, *[theirs] * 4)] == [200] * 8
    statuses = [answer.status_code for answer in ask(app, *[mine] * 6)]
    assert 429 in statuses
    refused = next(answer for answer in ask(app, *[mine] * 6) if answer.status_code == 429)
    assert refused.headers["Retry-After"] == "10"


def test_ten_thousand_in_ten_minutes_are_counted_those_of_a_batch_each() -> None:
    app = create_app()
    app.state.world.limits.requests = 25
    full = ("POST", "/v1.0/$batch", dict[str, str](), batch(*({**ONE, "id": str(n)} for n in range(20))))
    first, second = (ask(app, full)[0].json()["responses"] for _ in range(2))
    assert [one["status"] for one in first] == [200] * 20
    assert sorted(one["status"] for one in second) == [200] * 5 + [429] * 15


def test_the_sandbox_knows_nothing_of_the_connector() -> None:
    for path in Path(hub_outlook.sandbox.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or not (node.module or "").startswith("hub"), path.name
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("hub") for name in node.names), path.name
