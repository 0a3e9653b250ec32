"""The wire: LimeSurvey's RemoteControl 2 as JSON-RPC, the session, and refusals read from the body.

``POST /index.php/admin/remotecontrol`` with ``{"method", "params", "id"}``. HTTP says 200 and ``error`` is null for refusals too:
they stand in ``result.status``, where a list, text or number was expected. An empty body: the interface is off; XML: it speaks
XML-RPC. An unknown method or too few parameters: 500 with a page. Sources: calls recorded on LimeSurvey 6.16.11, 2026-11-22; the
manual, "RemoteControl 2 API". An older remotecontrol_handle.php of LimeSurvey's repository, read 2026-11-30, writes the words for
a lapsed session in two ways.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import httpx

from hub.sdk import AuthFailed, Clock, ConnectorError, ContractBroken, HubClient, Misconfigured, Unanswered
from hub_limesurvey.settings import LimeSurveySettings

Row = dict[str, Any]

READS = frozenset({"list_participants", "list_questions", "export_responses", "export_responses_by_token"})
WRITES = frozenset({"add_participants", "set_participant_properties", "delete_participants"})
"""All that is ever called, beside getting and releasing the session. What sends mail (invite, remind, mail_…) is not among it."""

_PATH = "index.php/admin/remotecontrol"
_LAPSED = "invalid session key"


class Said(Exception):
    """LimeSurvey answered with a status: nothing was done. ``status``: its words, or field → words."""

    def __init__(self, status: Any) -> None:
        self.status = status
        fields = ", ".join(sorted(status)) if isinstance(status, Mapping) else ""
        self.why = f"it does not take the value of: {fields}" if fields else str(status)
        super().__init__(self.why)


class Api:
    """One site. The session is got once, got again when it has lapsed, and released at close."""

    def __init__(self, settings: LimeSurveySettings, system: str, transport: httpx.AsyncBaseTransport | None,
                 clock: Clock | None) -> None:
        self.settings = settings
        self.client = HubClient(settings.url, system=system, transport=transport, clock=clock, timeout_s=120, total_s=300)
        self._session = ""
        self._refused: AuthFailed | None = None
        self._numbers = itertools.count(1)

    def __repr__(self) -> str:
        return f"Api({self.client.system!r})"

    async def ask(self, method: str, *params: Any, safe: bool | None = None) -> Any:
        """The result of an allowed call, the session key put before ``params``. ``safe``: it changes nothing, though its method
        could. Raises Said for a status that is not about who we are, AuthFailed for "No permission", Unanswered for a write of
        which nobody can say whether it was done."""
        if method not in READS | WRITES:
            raise ValueError(f"{method} is not on the list of allowed methods")
        safe = method in READS if safe is None else safe
        for last in (False, True):
            if not self._session:
                self._session = await self._login()
            result = await self._call(method, [self._session, *params], safe=safe)
            status = result.get("status") if isinstance(result, Mapping) else None
            lapsed = str(status).lower() == _LAPSED
            if not lapsed or last:
                break
            self._session = ""
        if lapsed:
            raise AuthFailed(f"{self.client.system}: LimeSurvey does not accept its own session. Does it keep sessions at all?")
        if status == "No permission":
            raise AuthFailed(f"{self.client.system}: LimeSurvey answered {method} with \"No permission\". Give the hub's user "
                             "the survey permissions Participants (view, create, update) and Responses (view, export).")
        if status is not None and not _is_told(method, result):
            raise Said(status)
        return result

    async def _login(self) -> str:
        """A refused password is never tried twice: three lock out everybody at this address, also with the right one."""
        if self._refused:
            raise self._refused
        secret = self.settings.password.get_secret_value()
        told = await self._call("get_session_key", [self.settings.user, secret], safe=True)
        if isinstance(told, str) and told:
            return told
        status = str(told.get("status", "")) if isinstance(told, Mapping) else ""
        if "login attempts" in status:
            self._refused = AuthFailed(f"{self.client.system}: LimeSurvey has locked this computer's address out after wrong "
                                       "passwords. Wait 10 minutes, then try again.")
        elif status:
            self._refused = AuthFailed(f"{self.client.system}: LimeSurvey does not know this user with this password. Enter both "
                                       "again; three wrong tries lock this address out for 10 minutes.")
        else:
            raise ContractBroken(f"{self.client.system}: LimeSurvey answered a login without a session.")
        raise self._refused

    async def _call(self, method: str, params: list[Any], *, safe: bool) -> Any:
        content = json.dumps({"method": method, "params": params, "id": next(self._numbers)})
        answer = await self.client.request("POST", _PATH, safe=safe, content=content,
                                           headers={"Content-Type": "application/json"})
        if not answer.content:
            if not safe:
                raise Unanswered(f"{self.client.system}: LimeSurvey answered {method} with nothing; whether it was done is not "
                                 "known.")
            raise Misconfigured(f"{self.client.system}: LimeSurvey answers with nothing: its RPC interface is off. Switch it "
                                "to JSON-RPC (Global settings, Interfaces).")
        try:
            body = answer.json()
        except ValueError:
            body = None
        if body is None and safe and "<methodResponse>" in answer.text:
            raise Misconfigured(f"{self.client.system}: LimeSurvey's RPC interface speaks XML-RPC. Switch it to JSON-RPC (Global "
                                "settings, Interfaces).")
        if not isinstance(body, Mapping) or "result" not in body or body.get("error") is not None:
            text = f"{self.client.system}: LimeSurvey answered {method} with something that is no JSON-RPC answer"
            if not safe:
                raise Unanswered(f"{text}; whether it was done is not known.")
            raise ContractBroken(f"{text}. Compare the address with the one below Global settings, Interfaces.")
        return body["result"]

    async def aclose(self) -> None:
        """Releases the session where there is one; that it cannot be released stops nobody."""
        if self._session:
            session, self._session = self._session, ""
            try:
                await self._call("release_session_key", [session], safe=True)
            except ConnectorError:
                pass
        await self.client.aclose()


def _is_told(method: str, result: Any) -> bool:
    """A participant or a delete's answer, not a refusal: these are objects when all went well."""
    return method == "set_participant_properties" and "tid" in result
