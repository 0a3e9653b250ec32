"""The wire: Tryton's JSON-RPC, who we are there, and refusals read from the body.

``POST /<database>/rpc/`` with ``{"id", "method", "params"}``, the last parameter being the context; the answer has ``result``
or ``error``. HTTP says 200 for refusals too: ``error`` is ``[kind, details]`` for what was refused (UserError, UserWarning,
ConcurrencyException, LoginException) and ``[text, traceback]`` for what the server could not make sense of. Every answer of
more than 1400 characters is labelled gzip, asked for or not, and packed only when asked for: HubClient always asks.
Source: trytond 8.2 (protocols/dispatcher.py, jsonrpc.py, wrappers.py); recorded on 8.2.1.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from hub.sdk import AuthFailed, Clock, ContractBroken, HubClient, Misconfigured, Unanswered
from hub_tryton.settings import TrytonSettings

Row = dict[str, Any]

CONTEXT: Mapping[str, Any] = {"language": "en", "active_test": False}
"""Without ``active_test`` deactivated records are left out of every answer, and look deleted."""
_READ_HERE = (200, 401, 404, 405)
_WORDS = (  # what the vendor's texts say, without the values they quote (ir/message.xml, party/message.xml; language en)
    ("Records were modified", "it changed there meanwhile"),
    ("don't exist", "a part of it is not there any more"),
    ("used by field", "other records name it, such as invoices; deactivate it in Tryton instead"),
    ("must be unique", "a value that must be unique is taken"),
    ("is not valid", "an identifier does not fit its type: Tryton checks such numbers"),
    ("not one of the allowed options", "a type is none of those this server offers (Party, Configuration, Identifier Types)"),
    ("A value is required", "a value that Tryton requires is missing"),
    ("invalid chars", "a field of one line holds a line break or a tab"),
    ("not allowed", "the hub's user lacks a right: ask who maintains Tryton to let it read, write and create parties"),
)


class Said(Exception):
    """Tryton answered 200 with an error: nothing was done. ``kind``: "UserError", "ConcurrencyException" …, "" for a request
    it could not make sense of. ``text``: its words, which may quote values; ``why``: what can be told."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind, self.text = kind, text
        self.why = next((ours for theirs, ours in _WORDS if theirs in text), "Tryton's log says why")
        super().__init__(self.why)

    @property
    def is_missing(self) -> bool:
        """A record it names is not there."""
        return "don't exist" in self.text


class Api:
    """One database. ``server_time``: the server's clock in its last answer (RFC 9110 6.6.1), or None."""

    def __init__(self, settings: TrytonSettings, system: str, transport: httpx.AsyncBaseTransport | None,
                 clock: Clock | None) -> None:
        self.settings = settings
        self.client = HubClient(settings.url, system=system, transport=transport, clock=clock, timeout_s=120, total_s=300,
                                headers={"Accept": "application/json"})
        self.server_time: datetime | None = None
        self._session = ""
        self._numbers = itertools.count(1)

    def __repr__(self) -> str:
        return f"Api({self.client.system!r})"

    async def read(self, method: str, *params: Any) -> Any:
        """The result of a call that only reads. Raises ConnectorError."""
        try:
            return await self._ask(method, [*params, CONTEXT], safe=True)
        except Said as said:
            raise self.error(method, said) from None

    async def try_read(self, method: str, *params: Any) -> Any:
        """As ``read``; raises Said for what Tryton itself refuses."""
        return await self._ask(method, [*params, CONTEXT], safe=True)

    async def write(self, method: str, *params: Any, timestamps: Mapping[str, str]) -> Any:
        """The result of a call that writes, one transaction: all of it or nothing. ``timestamps``: of records, as read; a
        record written here that has another one now stops the whole call. Raises Said when it was refused, Unanswered when
        nobody can say what was done."""
        context = {**CONTEXT, "_timestamp": dict(timestamps)} if timestamps else CONTEXT
        return await self._ask(method, [*params, context], safe=False)

    async def now(self) -> float:
        """The server's clock, Unix seconds, 0 where it does not tell: of the last answer, which is never late. Logs in where
        nothing was asked yet."""
        if not self._session:
            self._session = await self._login()
        return self.server_time.timestamp() if self.server_time else 0.0

    async def version(self) -> str:
        """The server's series, such as "8.2". Raises Misconfigured where none answers."""
        answer = await self._post("rpc/", "common.server.version", [], safe=True)
        result = self._body(answer, safe=True) if answer.status_code == 200 else None
        if not isinstance(result, Mapping) or not isinstance(result.get("result"), str):
            raise Misconfigured(f"{self.client.system}: no Tryton answers at this url. Write the server's own address, without "
                                "the database. Tryton before 8.0 has other addresses and is not supported.")
        return str(result["result"])

    def error(self, method: str, said: Said) -> Exception:
        """A refused read as our error."""
        if said.kind == "UserError":
            return AuthFailed(f"{self.client.system}: Tryton refused {method}: {said.why}")
        return ContractBroken(f"{self.client.system}: Tryton refused {method}: {said.why}")

    async def _ask(self, method: str, params: list[Any], *, safe: bool) -> Any:
        """Once more with a new session where the old one has lapsed ([session] max_age, 30 days): nothing was done."""
        for last in (False, True):
            fresh = not self._session
            if fresh:
                self._session = await self._login()
            answer = await self._post("{database}/rpc/", method, params, safe=safe, session=self._session)
            if answer.status_code != 401 or fresh or last:
                break
            self._session = ""
        if answer.status_code == 401:
            self._session = ""
            raise AuthFailed(f"{self.client.system}: Tryton does not accept its own session. Does a proxy drop the header "
                             "Authorization?")
        if answer.status_code != 200:
            raise self._nowhere()
        return self._result(answer, safe=safe)

    async def _login(self) -> str:
        """The Authorization of a new session. A refused password is never tried twice: after five Tryton makes everybody of
        that name wait."""
        params = [self.settings.user, {"password": self.settings.password.get_secret_value()}]
        answer = await self._post("{database}/rpc/", "common.db.login", params, safe=True)
        if answer.status_code == 401:
            raise AuthFailed(f"{self.client.system}: Tryton does not know this user with this password in this database. Enter "
                             "both again; after five wrong tries it makes the user wait.")
        if answer.status_code != 200:
            raise self._nowhere()
        try:
            told = self._result(answer, safe=True)
        except Said as said:
            if said.kind == "LoginException":
                raise AuthFailed(f"{self.client.system}: Tryton asks for more than a password. Let this user log in by password "
                                 "alone ([session] authentications in trytond.conf).") from None
            raise Misconfigured(f"{self.client.system}: the server did not load this database when it started. Start it with the "
                                "option -d and the name of the database (a WSGI server: in TRYTOND_DATABASE_NAMES).") from None
        if not isinstance(told, list) or len(told) < 2 or not isinstance(told[0], int):
            raise ContractBroken(f"{self.client.system}: Tryton answered a login without a session.")
        plain = f"{self.settings.user}:{told[0]}:{told[1]}"
        return f"Session {base64.b64encode(plain.encode()).decode()}"

    async def _post(self, path: str, method: str, params: list[Any], *, safe: bool, session: str = "") -> httpx.Response:
        content = json.dumps({"id": next(self._numbers), "method": method, "params": params})
        headers = {"Content-Type": "application/json", **({"Authorization": session} if session else {})}
        answer = await self.client.request("POST", path, path={"database": self.settings.database}, safe=safe,
                                           expect=_READ_HERE, content=content, headers=headers)
        self.server_time = _date(answer.headers.get("Date", ""))
        return answer

    def _result(self, answer: httpx.Response, *, safe: bool) -> Any:
        body = self._body(answer, safe=safe)
        if "error" in body:
            raise _said(body["error"])
        if "result" not in body:
            raise self._unusable("answered neither a result nor an error", safe=safe)
        return body["result"]

    def _body(self, answer: httpx.Response, *, safe: bool) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise self._unusable("answered something that is not JSON, or only a part of it", safe=safe)
        return body

    def _unusable(self, what: str, *, safe: bool) -> Exception:
        place = f"{self.client.system}: Tryton {what}"
        return ContractBroken(place) if safe else Unanswered(f"{place}; whether it was done is not known.")

    def _nowhere(self) -> Misconfigured:
        return Misconfigured(f"{self.client.system}: there is no database of this name at this url. Compare both with Tryton's "
                             "login. Tryton before 8.0 has other addresses and is not supported.")

    async def aclose(self) -> None:
        await self.client.aclose()


def _said(error: Any) -> Said:
    """``["UserError", [message, description, …]]``, ``["ConcurrencyException", message]`` or ``[text, traceback]``."""
    parts = error if isinstance(error, list) else [error]
    kind, details = (parts[0], parts[1]) if len(parts) > 1 else ("", "")
    if kind == "UserWarning" and isinstance(details, list) and len(details) > 1:
        return Said(kind, str(details[1]))
    if kind in ("UserError", "UserWarning", "ConcurrencyException", "LoginException"):
        return Said(kind, str(details[0] if isinstance(details, list) and details else details))
    return Said("", str(kind))


def _date(told: str) -> datetime | None:
    try:
        return parsedate_to_datetime(told)
    except ValueError:
        return None
