"""The sandbox refuses what a LimeSurvey refuses, and what it only puts up with, and changes nothing."""

from __future__ import annotations

import ast
import asyncio
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

import hub_limesurvey.sandbox
from hub_limesurvey.sandbox import PASSWORD, READER, SURVEY, USER, create_app

PATH = "/index.php/admin/remotecontrol"
S = SURVEY

STATUSES: list[tuple[str, list[Any], Any]] = [  # method, parameters after the session, the status in the 200
    ("list_participants", [999999, 0, 10], "Error: Invalid survey ID"),
    ("list_participants", [S, 9999, 3], "No survey participants found."),
    ("list_participants", [S, 0, 0], "No survey participants found."),
    ("list_participants", [S, 0, 9, False, False, {"nope": "x"}], "Invalid column name: nope"),
    ("list_participants", [S, 0, 9, False, False, {"tid": ["BETWEEN", "1", "3"]}], "Illegal operator: BETWEEN for column tid"),
    ("set_participant_properties", [S, 1, {"email": "nope"}], {"email": ["Invalid email address."]}),
    ("set_participant_properties", [S, 1, {"nope": "x"}], "No valid Data"),
    ("set_participant_properties", [S, 1, {"completed": "2026-02-01 10:00:00"}],
     {"completed": ["Completed is too long (maximum is 17 characters)."]}),
    ("set_participant_properties", [S, 9999, {"lastname": "x"}], "Error: Invalid tokenid"),
    ("set_participant_properties", [999999, 1, {"lastname": "x"}], "Error: Invalid survey ID"),
    ("get_participant_properties", [S, 9999], "Error: Invalid tokenid"),
    ("export_responses", [999999, "json"], "No permission"),
    ("get_summary", [999999], "Invalid surveyid"),
    ("get_summary", [S, "nope"], "Invalid summary key"),
    ("delete_response", [S, 9], "Response Id not found"),
    ("list_questions", [999999], "Error: Invalid survey ID"),
    ("list_surveys", ["nosuchuser"], "Invalid user"),
]
PAGES: list[tuple[str, list[Any], int]] = [  # answered with a web page
    ("no_such_method", [], 500),
    ("list_participants", [], 500),
    ("list_participants", [S, 0, 2, False, True], 500),
    ("list_participants", [S, -1, 2], 500),
    ("list_participants", ["x", 0, 2], 500),
    ("list_participants", [S, 0, 2, False, [], "x"], 500),
    ("list_participants", [S, 0, 2, False, [], {}, 1, 2], 500),
    ("list_participants", [S, 0, 9, False, [], {"tid": [">", "1"]}], 501),
    ("list_participants", [S, 0, 9, False, [], {"email": ["LIKE"]}], 501),
    ("add_participants", [S], 500),
    ("add_participants", [S, "notalist"], 500),
    ("add_participants", [S, ["x"]], 500),
    ("add_participants", [S, [{"lastname": "x"}], "yes"], 500),
    ("set_participant_properties", [S, 1], 500),
    ("set_participant_properties", [S, 1, "x"], 501),
    ("set_participant_properties", [S, {"email": "anna@example.org"}, {"lastname": "x"}], 501),
    ("delete_participants", [S, 1], 500),
    ("delete_participants", [S], 500),
    ("export_responses", [S], 500),
    ("export_responses", [S, "csv"], 501),
    ("export_responses", [S, "json", None, "incomplete"], 501),
    ("export_responses_by_token", [S, "json", "code"], 501),
    ("invite_participants", [S], 501),
    ("remind_participants", [S], 501),
    ("mail_registered_participants", [S], 501),
    ("update_response", [S, {"city": "x"}], 500),
    ("set_survey_properties", [S, {"active": "N"}], 501),
    ("add_survey", ["x", "Title", "en"], 500),
]
Q = '{"method": "list_surveys", "params": ["x"], "id": 1}'
HTTP: list[tuple[str, str, str, str, int, str]] = [  # verb, path, type, body, status, what the body begins with
    ("POST", PATH, "text/plain", Q, 200, ""),
    ("POST", PATH, "application/json; charset=utf-8", Q, 200, '{"id": 1, "result": {"status": "Invalid session key"}'),
    ("POST", PATH, "application/json", "{", 200, '{"id": null, "result": null, "error": "unable to decode malformed json"}'),
    ("POST", PATH, "application/json", f"[{Q}]", 500, "<h1>500"),
    ("POST", PATH, "application/json", '{"method": "list_surveys", "params": {"key": "x"}, "id": 1}', 500, "<h1>500"),
    ("POST", "/admin/remotecontrol", "application/json", Q, 404, "<h1>404"),
    ("GET", PATH, "application/json", "", 200, "<html>"),
]


class Client:
    """Anybody's client, logged in, on a fresh sandbox with one participant."""

    def __init__(self, user: str = USER) -> None:
        self.app = create_app()
        self.world = self.app.state.world
        self.world.add(S, {"firstname": "Anna", "lastname": "Aho", "email": "anna@example.org"}, make_token=True)
        self.session = self.call("get_session_key", [user, PASSWORD]).json()["result"]
        self.before = deepcopy(self.world.people)

    def send(self, verb: str, path: str, kind: str, body: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://survey.localhost") as client:
                return await client.request(verb, path, content=body, headers={"Content-Type": kind})

        return asyncio.run(ask())

    def call(self, method: str, params: list[Any]) -> httpx.Response:
        return self.send("POST", PATH, "application/json", json.dumps({"method": method, "params": params, "id": 1}))


@pytest.mark.parametrize(("method", "params", "status"), STATUSES)
def test_a_refusal_is_a_status_in_a_200(method: str, params: list[Any], status: Any) -> None:
    client = Client()
    answer = client.call(method, [client.session, *params])
    assert (answer.status_code, answer.json()["result"], answer.json()["error"]) == (200, {"status": status}, None)
    assert client.world.people == client.before


@pytest.mark.parametrize(("method", "params", "code"), PAGES)
def test_what_makes_no_sense_or_is_not_here_gets_a_page(method: str, params: list[Any], code: int) -> None:
    client = Client()
    assert client.call(method, [client.session, *params]).status_code == code
    assert client.world.people == client.before


@pytest.mark.parametrize(("verb", "path", "kind", "body", "code", "begins"), HTTP)
def test_requests_that_are_none(verb: str, path: str, kind: str, body: str, code: int, begins: str) -> None:
    answer = Client().send(verb, path, kind, body)
    assert (answer.status_code, answer.text[:len(begins)]) == (code, begins)
    assert begins or not answer.text


@pytest.mark.parametrize("method", ["add_participants", "delete_participants"])
def test_who_only_looks_writes_nothing(method: str) -> None:
    client = Client(READER)
    assert client.call(method, [client.session, S, []]).json()["result"] == {"status": "No permission"}


def test_a_released_session_is_none() -> None:
    client = Client()
    assert client.call("release_session_key", [client.session]).json()["result"] == "OK"
    assert client.call("list_surveys", [client.session]).json()["result"] == {"status": "Invalid session key"}


def test_the_sandbox_knows_nothing_of_the_connector() -> None:
    for path in Path(hub_limesurvey.sandbox.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or not (node.module or "").startswith("hub"), path.name
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("hub") for name in node.names), path.name
