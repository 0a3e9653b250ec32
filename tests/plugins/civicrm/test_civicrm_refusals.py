"""What the vendor does not have is refused as the vendor refuses it; what the sandbox has not, loudly."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from hub_civicrm.sandbox import ADMIN, API_KEY, create_app

PATH = "/civicrm/ajax/api4"
AUTH = {"X-Civi-Auth": f"Bearer {API_KEY}"}
AJAX = {"X-Requested-With": "XMLHttpRequest"}


def ask(app: Any, method: str, path: str, headers: dict[str, str] | None = None, **kwargs: Any) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://crm.localhost") as client:
            return await client.request(method, path, headers={**AUTH, **AJAX} if headers is None else headers, **kwargs)

    return asyncio.run(call())


def api(entity: str, action: str, params: Any, **options: Any) -> httpx.Response:
    text = params if isinstance(params, str) else json.dumps(params)
    return ask(create_app(permissions=ADMIN, **options), "POST", f"{PATH}/{entity}/{action}", data={"params": text})


SAID: list[tuple[str, str, Any, int, str]] = [
    # entity, action, params, status, words; recorded unless marked
    ("Nope", "get", {}, 500, "API (Nope, getActions) does not exist"),
    ("System", "get", {}, 500, "Expected to find one System record"),
    ("Contact", "nope", {}, 500, "Expected to find one Contact record"),
    ("Contact", "getsingle", {}, 500, "Expected to find one Contact record"),
    ("RelationshipCache", "create", {"values": {"near_contact_id": 1}}, 500, "Expected to find one"),
    ("Domain", "delete", {"where": [["id", "=", 1]]}, 500, "Expected to find one"),
    ("Contact", "get", {"limt": 1}, 500, "Unknown api parameter: limt"),
    ("Contact", "get", {"values": {"first_name": "x"}}, 500, "Unknown api parameter: values"),
    ("Contact", "get", {"reload": True}, 500, "Unknown api parameter: reload"),
    ("Phone", "create", {"values": {"contact_id": 1, "phone": "1"}, "reload": True}, 500, "Unknown api parameter: reload"),
    ("Contact", "create", {"values": {"first_name": "x"}, "match": ["id"]}, 500, "Unknown api parameter: match"),
    ("Contact", "update", {"values": {"id": 1}, "match": ["id"]}, 500, "Unknown api parameter: match"),
    ("Email", "delete", {"where": [["id", "=", 1]], "useTrash": True}, 500, "Unknown api parameter: useTrash"),
    ("Contact", "get", {"currentDomain": True}, 500, "Unknown api parameter: currentDomain"),
    ("Contact", "mergeDuplicates", {"contact_id": 1, "duplicate_id": 2}, 500, "Unknown api parameter: contact_id"),
    ("Contact", "get", {"where": [["nope", "=", 1]]}, 500, "Invalid field 'nope'"),
    ("Contact", "get", {"where": [["OR", [["nope", "=", 1], ["id", "=", 1]]]]}, 500, "Invalid field 'nope'"),
    ("Contact", "get", {"where": [["gender_id:nope", "=", 1]]}, 500, "Invalid field 'gender_id:nope'"),
    ("Email", "get", {"where": [["modified_date", ">", "2026-01-01"]]}, 500, "Invalid field 'modified_date'"),
    ("Contact", "get", {"where": [["id", "~~", 1]]}, 500, "Illegal operator"),
    ("Contact", "get", {"where": [["id", "in", [1]]]}, 500, "Illegal operator"),
    ("Contact", "get", {"where": [["id"]]}, 500, "Illegal operator"),
    ("Contact", "get", {"where": [["id", "IN", 1]]}, 500, "Invalid value in WHERE clause for 'id'"),
    ("Contact", "get", {"where": [["id", "=", [1]]]}, 500, "Invalid value in WHERE clause for 'id'"),
    ("Contact", "get", {"where": ["id"]}, 500, "must be of type array"),
    ("Contact", "get", {"orderBy": {"nope": "ASC"}}, 500, "Invalid field 'nope'"),
    ("Contact", "get", {"orderBy": {"id": "UP"}}, 500, "Invalid sort direction"),
    ("Contact", "get", {"limit": "ten"}, 500, 'Parameter "limit" is not of the correct type. Expecting int.'),
    ("Contact", "get", {"select": "id"}, 500, 'Parameter "select" is not of the correct type. Expecting array.'),
    ("Contact", "save", {"records": [{"id": 1}], "reload": "yes"}, 500, 'Parameter "reload" is not of the correct type'),
    ("Contact", "create", {}, 500, 'Parameter "values" is required.'),
    ("Contact", "save", {"records": []}, 500, 'Parameter "records" is required.'),
    ("Contact", "delete", {}, 500, 'Parameter "where" is required.'),
    ("Contact", "update", {"values": {"nick_name": "all"}}, 500, 'Parameter "where" is required unless primary keys'),
    ("Contact", "getMergedTo", {}, 500, 'Parameter "contactId" is required.'),
    ("Contact", "mergeDuplicates", {"contactId": 1, "duplicateId": 2}, 500, 'Parameter "mode" is required.'),
    ("Email", "create", {"values": {"email": "a@x.fi"}}, 500, "Mandatory values missing from Api4 Email::create"),
    ("GroupContact", "save", {"records": [{"contact_id": 1, "group_id.title": "Nope"}]}, 500, "Mandatory values missing"),
    ("Email", "create", {"values": {"contact_id": 999, "email": "a@x.fi"}}, 500, "constraint violation"),
    ("Contact", "create", {"values": {"first_name": "x" * 65}}, 500, "DB Error"),
    ("Contact", "create", {"values": {"gender_id:color": "x"}}, 500, "Illegal expression"),
    ("Contact", "get", "{not json", 500, "array_diff_key()"),
    ("Contact", "get", {"join": [["Email AS e", "LEFT"]]}, 501, "not built"),
    ("Contact", "get", {"groupBy": ["last_name"]}, 501, "not built"),
    ("Contribution", "get", {}, 501, "not built"),
    ("Contact", "replace", {"where": [["id", "=", 1]], "records": []}, 501, "not built"),
    ("Contact", "get", {"where": [["first_name", "=", None]]}, 501, "not built"),
]


@pytest.mark.parametrize(("entity", "action", "params", "status", "words"), SAID)
def test_undocumented_requests_are_refused(entity: str, action: str, params: Any, status: int, words: str) -> None:
    answer = api(entity, action, params)
    assert answer.status_code == status
    assert words in answer.text.replace("\\u0022", '"').replace('\\"', '"')


@pytest.mark.parametrize(("entity", "action", "params", "words"), [
    ("Nope", "get", {}, "API (Nope, get) does not exist"),
    ("Contact", "nope", {}, "Api Contact nope version 4 does not exist."),
    ("Contact", "get", {"where": [["nope", "=", 1]]}, "Invalid field 'nope'"),
    ("Contact", "save", {"records": [{"id": 1}], "reload": ["id"]}, 'Expecting bool.'),
])
def test_the_older_edition_refuses_with_status_200(entity: str, action: str, params: Any, words: str) -> None:
    answer = api(entity, action, params, edition="5.77")
    assert answer.status_code == 200
    assert answer.json()["status"] == 500
    assert words in answer.json()["error_message"]


@pytest.mark.parametrize(("method", "path", "headers", "kwargs", "status"), [
    ("GET", f"{PATH}/Contact/create?params=%7B%7D", {**AUTH, **AJAX}, {}, 405),
    ("GET", PATH, {**AUTH, **AJAX}, {}, 405),
    ("PUT", f"{PATH}/Contact/get", {**AUTH, **AJAX}, {}, 405),
    ("DELETE", f"{PATH}/Contact/get", {**AUTH, **AJAX}, {}, 405),
    ("POST", "/civicrm/ajax/api3", {**AUTH, **AJAX}, {}, 404),
    ("POST", "/civicrm/ajax/rest", {**AUTH, **AJAX}, {}, 404),
    ("POST", f"{PATH}/Contact", {**AUTH, **AJAX}, {}, 404),
    ("POST", f"{PATH}/Contact/get/1", {**AUTH, **AJAX}, {}, 404),
    ("POST", f"{PATH}/Contact/get", {}, {}, 400),
    ("POST", f"{PATH}/Contact/get", {"X-Civi-Auth": "Bearer wrong", **AJAX}, {}, 401),
    ("POST", f"{PATH}/Contact/get", {"X-Civi-Auth": API_KEY, **AJAX}, {}, 401),
    ("POST", f"{PATH}/Contact/get", {"Authorization": "Bearer wrong", **AJAX}, {}, 401),
    ("POST", PATH, {**AUTH, **AJAX}, {}, 500),
    ("POST", PATH, {**AUTH, **AJAX}, {"data": {"calls": "nonsense"}}, 500),
    ("POST", PATH, {**AUTH, **AJAX}, {"data": {"calls": '{"a": ["Contact"]}'}}, 500),
    ("POST", PATH, {**AUTH, **AJAX}, {"data": {"calls": '{"a": "Contact"}'}}, 500),
    ("POST", PATH, {**AUTH, **AJAX}, {"json": {"calls": {"a": ["Contact", "get", {}]}}}, 500),
])
def test_requests_that_are_none_are_refused_at_the_door(method: str, path: str, headers: dict[str, str],
                                                         kwargs: dict[str, Any], status: int) -> None:
    assert ask(create_app(permissions=ADMIN), method, path, headers, **kwargs).status_code == status


def test_a_refused_request_changes_nothing() -> None:
    app = create_app(permissions=ADMIN)
    before = {name: [dict(row) for row in table] for name, table in app.state.world.tables.items()}
    for entity, action, params, _, _ in SAID:
        text = params if isinstance(params, str) else json.dumps(params)
        ask(app, "POST", f"{PATH}/{entity}/{action}", data={"params": text})
    assert {name: [dict(row) for row in table] for name, table in app.state.world.tables.items()} == before
    assert app.state.world.log.mutations == 0


def test_the_sandbox_knows_nothing_of_the_connector() -> None:
    import ast
    from pathlib import Path

    import hub_civicrm.sandbox

    for path in Path(hub_civicrm.sandbox.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or not (node.module or "").startswith(("hub", "hub_civicrm")), path.name
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("hub") for name in node.names), path.name
