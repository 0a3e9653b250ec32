"""The wire of one site, as an ASGI application. Numbers in comments are those of the recorded calls of LimeSurvey 6.16.11."""

from __future__ import annotations

import base64
import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .world import COLUMNS, PASSWORD, READER, World

PATH = "/index.php/admin/remotecontrol"
_LEAST = {"get_session_key": 2, "release_session_key": 1, "list_surveys": 1, "list_questions": 2, "list_participants": 2,
          "add_participants": 3, "set_participant_properties": 4, "delete_participants": 3, "export_responses": 3,
          "export_responses_by_token": 4}
_MOST = {"get_session_key": 3, "release_session_key": 1, "list_surveys": 2, "list_questions": 4, "list_participants": 7,
         "add_participants": 4, "set_participant_properties": 4, "delete_participants": 3, "export_responses": 11,
         "export_responses_by_token": 9}
ELSEWHERE = frozenset({"invite_participants", "remind_participants", "mail_registered_participants", "get_summary", "add_survey",
                       "delete_survey", "activate_survey", "activate_tokens", "add_response", "update_response",
                       "delete_response", "cpd_importParticipants", "list_users", "get_participant_properties",
                       "get_site_settings", "get_survey_properties", "get_response_ids", "import_question", "add_group"})
_OPERATORS = ("<", ">", ">=", "<=", "=", "<>", "LIKE", "IN")


class Status(Exception):
    """A status in the result of a 200 (02, 69 to 72)."""


class Page(Exception):
    """An HTTP status with a web page (29, 73, 74)."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


class Server:
    """One site."""

    def __init__(self, world: World) -> None:
        self.world = world

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.endpoint, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])])

    async def endpoint(self, request: Request) -> Response:
        if request.url.path != PATH:
            return Response("<h1>404</h1>", 404, media_type="text/html")
        if request.method != "POST":  # 81: a page for people
            return Response("<html></html>", 200, media_type="text/html")
        if not self.world.enabled or request.headers.get("content-type", "") != "application/json":  # 77, 99
            return Response("", 200, media_type="text/html")
        try:
            body = json.loads(await request.body())
            if not isinstance(body, dict) or not isinstance(body.get("params"), list) or not isinstance(body.get("method"), str):
                raise Page(500)  # 76, 79, 80
            result = self._called(body["method"], body["params"])
        except ValueError:
            return Response("<h1>500: Internal Server Error</h1>", 500, media_type="text/html")
        except Status as refused:
            result = {"status": refused.args[0]}
        except Page as page:
            return Response(f"<h1>{page.code}</h1>", page.code, media_type="text/html")
        return Response(json.dumps({"id": body.get("id"), "result": result, "error": None}), 200, media_type="application/json")

    def _called(self, method: str, params: list[Any]) -> Any:
        self.world.log.append(method)
        if method in ELSEWHERE:  # the server has it, this has not
            raise Page(501)
        if method not in _LEAST or not _LEAST[method] <= len(params) <= _MOST[method]:  # 73, 74; too many: stricter than PHP
            raise Page(500)
        if method == "get_session_key":
            return self._login(*params)
        user = self.world.sessions.get(params[0]) if isinstance(params[0], str) else None
        if method == "release_session_key":  # 82
            self.world.sessions.pop(str(params[0]), None)
            return "OK"
        if user is None:
            raise Status("Invalid session key")  # 69, 83
        if method == "list_surveys":  # 16
            return [{"sid": sid, "gsid": 1, "surveyls_title": f"Survey {sid}", "startdate": None, "expires": None, "active": "Y"}
                    for sid in self.world.surveys] or {"status": "No surveys found"}
        survey = self._survey(params[1], "Error: Invalid survey ID" if "participant" in method else "Invalid survey ID")
        if user == READER and method in ("add_participants", "set_participant_properties", "delete_participants"):
            raise Status("No permission")
        if "participant" in method and survey in self.world.without_list:  # 12
            raise Status("Error: No survey participant list")
        return getattr(self, f"_{method}")(survey, *params[2:])

    def _login(self, user: Any, password: Any, plugin: Any = "Authdb") -> str:
        if self.world.attempts >= 3:  # 98
            raise Status("You have exceeded the number of maximum login attempts. Please wait 10 minutes before trying again.")
        if self.world.passwords.get(user, PASSWORD + "no") != password:
            self.world.attempts += 1
            raise Status("Invalid user name or password")
        return self.world.login(user)

    def _survey(self, told: Any, words: str) -> int:
        number = _whole(told)
        if number not in self.world.surveys:
            raise Status(words)
        return number

    def _list_questions(self, survey: int, group: Any = None, language: Any = None) -> Any:  # 11
        return [{"id": at, "qid": at, "sid": survey, "title": code, "parent_qid": 0}
                for at, code in enumerate(self.world.questions, 1)]

    def _list_participants(self, survey: int, start: Any = 0, limit: Any = 10, unused: Any = False, attributes: Any = False,
                           conditions: Any = ()) -> Any:
        """23 to 34, 45, 84, 112. ``start`` is a lower bound of the id."""
        if attributes is not False and not isinstance(attributes, list):
            raise Page(500)  # 29
        rows = [row for tid, row in sorted(self.world.people[survey].items()) if tid >= _whole(start)]
        if not isinstance(conditions, dict) and conditions:
            raise Page(500)
        for column, told in dict(conditions or {}).items():
            if column not in COLUMNS:
                raise Status(f"Invalid column name: {column}")  # 33
            operator, *values = told if isinstance(told, list) else ["=", told]
            if operator not in _OPERATORS:
                raise Status(f"Illegal operator: {operator} for column {column}")  # 34
            if operator not in ("=", "IN"):
                raise Page(501)
            rows = [row for row in rows if str(row[column]) in map(str, values)]
        if unused:
            rows = [row for row in rows if row["completed"] == "N"]
        rows = rows[:_whole(limit)]
        if not rows:
            raise Status("No survey participants found.")  # 18, 26, 27
        return [{"tid": row["tid"], "token": row["token"],
                 "participant_info": {name: row[name] for name in ("firstname", "lastname", "email")},
                 **{name: row[name] for name in attributes or () if name in row}} for row in rows]

    def _add_participants(self, survey: int, entries: Any, make_token: Any = True) -> Any:
        """19 to 22, 95, 97; 75: what is no list comes back as if it were stored, here it is refused."""
        listed = isinstance(entries, list) and all(isinstance(each, dict) for each in entries)
        if not listed or not isinstance(make_token, bool):
            raise Page(500)
        return [self.world.add(survey, each, make_token=make_token) for each in entries]

    def _set_participant_properties(self, survey: int, tid: Any, values: Any) -> Any:
        """39 to 44."""
        if isinstance(tid, dict) or not isinstance(values, dict):
            raise Page(501)
        row = self.world.people[survey].get(_whole(tid))
        if row is None:
            raise Status("Error: Invalid tokenid")
        known = {name: value for name, value in values.items() if name in COLUMNS}
        if not known:
            raise Status("No valid Data")  # 41
        if faults := self.world.faults(survey, known, row["tid"]):
            raise Status(faults)  # 40, 44
        self.world.change(survey, row["tid"], known)
        return self.world.people[survey][row["tid"]]

    def _delete_participants(self, survey: int, tids: Any) -> Any:
        """67: a text for each id; what is no number became key 0."""
        if not isinstance(tids, list):
            raise Page(500)
        out = {}
        for told in tids:
            tid = int(told) if str(told).isdecimal() else 0
            out[str(tid)] = "Deleted" if self.world.people[survey].pop(tid, None) else "Invalid token ID"
        return out

    def _export_responses(self, survey: int, form: Any, language: Any = None, which: Any = "all", heading: Any = "code",
                          kind: Any = "short", *more: Any) -> Any:
        """56, 61, 64."""
        return self._exported(self.world.responses[survey], form, which, heading, kind, more)

    def _export_responses_by_token(self, survey: int, form: Any, tokens: Any, language: Any = None, which: Any = "all",
                                   heading: Any = "code", kind: Any = "short", *more: Any) -> Any:
        """62, 63."""
        if not isinstance(tokens, list):
            raise Page(501)
        rows = [row for row in self.world.responses[survey] if row["token"] in tokens]
        return self._exported(rows, form, which, heading, kind, more)

    @staticmethod
    def _exported(rows: list[dict[str, Any]], form: Any, which: Any, heading: Any, kind: Any, more: Any) -> str:
        if form != "json" or heading != "code" or kind != "short" or which not in ("all", "complete") or more:
            raise Page(501)
        told = [row for row in rows if which == "all" or row["submitdate"]]
        return base64.b64encode(json.dumps({"responses": told}).encode()).decode()


def _whole(told: Any) -> int:
    """A number, also as text (112)."""
    if isinstance(told, bool) or not str(told).isdecimal():
        raise Page(500)
    return int(told)
