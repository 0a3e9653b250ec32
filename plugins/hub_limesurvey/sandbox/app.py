"""The wire of one site, as an ASGI application. Numbers in comments are those of the recorded calls of LimeSurvey 6.16.11."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import participants, responses, surveys
from .refusals import Fault, Page, Status, whole
from .world import PASSWORD, READER, World

PATH = "/index.php/admin/remotecontrol"
_SITE = {each.__name__: each for each in (surveys.list_surveys, surveys.add_survey)}
_SURVEY: dict[str, Callable[..., Any]] = {each.__name__: each for each in (
    surveys.delete_survey, surveys.activate_tokens, surveys.activate_survey, surveys.set_survey_properties,
    surveys.list_questions,
    participants.list_participants, participants.get_participant_properties, participants.add_participants,
    participants.set_participant_properties, participants.delete_participants,
    responses.add_response, responses.update_response, responses.delete_response, responses.get_response_ids,
    responses.export_responses, responses.export_responses_by_token, responses.get_summary)}
_LOOKS = frozenset({"list_questions", "list_participants", "get_participant_properties", "get_response_ids", "export_responses",
                    "export_responses_by_token", "get_summary"})
"""What somebody who may only look may call."""
_UNKNOWN = {"get_summary": "Invalid surveyid", "export_responses": "No permission"}
"""Words for a survey that is not there, where they are others (71, 72)."""
ELSEWHERE = frozenset({"invite_participants", "remind_participants", "mail_registered_participants", "cpd_importParticipants",
                       "list_users", "get_site_settings", "get_survey_properties", "import_question", "add_group", "get_fieldmap",
                       "export_timeline"})
_FAULT = ('<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse><fault><value><struct><member><name>faultCode</name><value>'
          "<int>632</int></value></member><member><name>faultString</name><value><string>Invalid request, no method passed; "
          "request must contain a 'methodName' tag</string></value></member></struct></value></fault></methodResponse>")


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
        if self.world.interface == "xml":  # 100
            return Response(_FAULT, 200, media_type="text/html")
        kind = request.headers.get("content-type", "").partition(";")[0]
        if self.world.interface == "off" or kind != "application/json":  # 77, 78, 99
            return Response("", 200, media_type="text/html")
        number = result = error = None
        try:
            body = _read(await request.body())
            number = body.get("id")
            result = self._called(body["method"], body["params"])
        except Status as refused:
            result = {"status": refused.args[0]}
        except Fault as fault:
            error = str(fault)
        except Page as page:
            return Response(f"<h1>{page.code}</h1>", page.code, media_type="text/html")
        return Response(json.dumps({"id": number, "result": result, "error": error}), 200, media_type="application/json")

    def _called(self, method: str, params: list[Any]) -> Any:
        self.world.log.append(method)
        if method in ELSEWHERE:  # the server has it, this has not
            raise Page(501)
        if method == "get_session_key":
            return self._login(*_fitting(self._login, params))
        if method == "release_session_key" and len(params) == 1:  # 82
            self.world.sessions.pop(str(params[0]), None)
            return "OK"
        call = _SITE.get(method) or _SURVEY.get(method)
        if call is None or not params:  # 73, 74
            raise Page(500)
        arguments = _fitting(call, [self.world, *params[1:]])
        user = self.world.sessions.get(params[0]) if isinstance(params[0], str) else None
        if user is None:
            raise Status("Invalid Session Key" if "participant" in method else "Invalid session key")  # 69, 83; both are written
        if method in _SURVEY:
            arguments[1] = self._survey(method, arguments[1])
            if user == READER and method not in _LOOKS:
                raise Status("No permission")
            if "participant" in method and arguments[1] in self.world.without_list:  # 12
                raise Status("Error: No survey participant list")
        return call(*arguments)

    def _login(self, user: Any, password: Any, plugin: Any = "Authdb") -> str:
        if self.world.attempts >= 3:  # 98
            raise Status("You have exceeded the number of maximum login attempts. Please wait 10 minutes before trying again.")
        if self.world.passwords.get(user, PASSWORD + "no") != password:
            self.world.attempts += 1
            raise Status("Invalid user name or password")
        return self.world.login(user)

    def _survey(self, method: str, told: Any) -> int:
        number = whole(told)
        if number not in self.world.surveys:  # 70
            raise Status(_UNKNOWN.get(method, "Error: Invalid survey ID"))
        return number


def _read(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        raise Fault("unable to decode malformed json") from None  # 76
    if not isinstance(body, dict) or not isinstance(body.get("method"), str) or not isinstance(body.get("params"), list):
        raise Page(500)  # 79; 80: names instead of places are taken there, and not here
    return body


def _fitting(call: Callable[..., Any], arguments: list[Any]) -> list[Any]:
    """Too few make a page (74); so do too many, which is stricter than PHP."""
    try:
        inspect.signature(call).bind(*arguments)
    except TypeError:
        raise Page(500) from None
    return arguments
