"""The wire: Procountor's REST API, the few requests of it that are ever made, and refusals as our errors.

Sources (dev.procountor.com, read 2026-11-30): "Making API Requests" (limit, formats, Windows-1252), "API Reference" (batches
of up to 200 ids: unknown ids are left out, none known is 404), "Release Notes" 20.10 (PATCH asks for the version and for
nothing else); Procountor's OpenAPI of 2026-04-15 (paths, parameters, statuses, ``errors`` with ``field`` and ``message``). The
page on limits said 20 requests a second for test and production, and says 60 for production now; 20 keeps both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import httpx

from hub.sdk import AuthFailed, Clock, ContractBroken, HubClient, Misconfigured, Rate, Unanswered
from hub_procountor.login import Login
from hub_procountor.settings import ProcountorSettings

PARTNERS, PARTNER, GROUPS = "businesspartners", "businesspartners/{ids}", "businesspartners/groups"
SESSION, RIGHTS = "sessioninfo", "users/rights"
ALLOWED = frozenset({("GET", SESSION), ("GET", RIGHTS), ("GET", PARTNERS), ("GET", PARTNER), ("GET", GROUPS), ("POST", PARTNERS),
                     ("PATCH", PARTNER), ("PUT", PARTNER)})
"""All that is ever asked for, beside tokens. Invoices, ledger receipts, payments, products, users and settings of the company are
not among it, and nothing is ever sent with DELETE."""
RATE = (Rate(requests=20, window_s=1),)
MOST_IDS = 200
_READ_HERE = (200, 201, 204, 400, 401, 403, 404, 405, 409, 415)
_RIGHTS = ("Give the hub's user All rights to the customer register (Management, Users and user rights), or Viewing rights if "
           "the hub only reads.")


class Answer(NamedTuple):
    """``body``: parsed, None where there is none."""

    status: int
    body: Any


class Api:
    """One company."""

    def __init__(self, settings: ProcountorSettings, system: str, transport: httpx.AsyncBaseTransport | None,
                 clock: Clock | None) -> None:
        self.client = HubClient(f"{settings.url}/api/", system=system, headers={"Accept": "application/json"}, clock=clock,
                                transport=transport, rate=RATE, timeout_s=120, total_s=300)
        self.login = Login(settings, self.client, clock)

    def __repr__(self) -> str:
        return f"Api({self.client.system!r})"

    async def read(self, what: str, params: Mapping[str, str | int] | None = None) -> Mapping[str, Any]:
        """The object of one GET."""
        answer = await self._send("GET", what, params=dict(params or {}))
        if answer.status != 200:
            raise self.error(answer)
        if not isinstance(answer.body, dict):
            raise ContractBroken(f"{self.client.system}: Procountor answered {what} with something that is no object.")
        return answer.body

    async def partners(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Those business partners that are there, by at most MOST_IDS ids. One id is answered with an object, several with a
        list; none of them there with 404."""
        answer = await self._send("GET", PARTNER, ids)
        if answer.status == 404:
            return []
        if answer.status != 200:
            raise self.error(answer)
        rows = answer.body if isinstance(answer.body, list) else [answer.body]
        if not all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows):
            raise ContractBroken(f"{self.client.system}: Procountor answered business partners in a form it does not document.")
        return rows

    async def write(self, method: str, what: str, body: Mapping[str, Any], ids: Sequence[str] = ()) -> Answer:
        """One write, its refusal as it is. Raises Unanswered when nobody can say whether it was done."""
        return await self._send(method, what, ids, json=body)

    async def _send(self, method: str, what: str, ids: Sequence[str] = (), **options: Any) -> Answer:
        """With our token; once more with a new one where it is refused, for certainly nothing was done."""
        if (method, what) not in ALLOWED:
            raise ValueError(f"{method} {what} is not on the list of allowed requests")
        if not all(each.isdecimal() for each in ids) or len(ids) > MOST_IDS or bool(ids) != ("{ids}" in what):
            raise ValueError("ids of business partners are numbers, and at most 200 of them")
        url = what.replace("{ids}", ",".join(ids))
        for last in (False, True):
            headers = {"Authorization": await self.login.header()}
            answer = await self.client.request(method, url, safe=method == "GET", headers=headers, expect=_READ_HERE, **options)
            if answer.status_code != 401:
                break
            self.login.forget()
            if last:
                raise AuthFailed(f"{self.client.system}: Procountor refuses a token it has just given. Was the API key revoked "
                                 "this minute? Make a new one (Basics, API client keys).")
        return Answer(answer.status_code, self._body(answer, method))

    def _body(self, answer: httpx.Response, method: str) -> Any:
        try:
            return answer.json() if answer.content.strip() else None
        except ValueError:
            if not answer.is_success:
                return None
        what = f"{self.client.system}: Procountor's answer is not JSON, or only a part of it"
        raise ContractBroken(f"{what}.") if method == "GET" else Unanswered(f"{what}; whether it was done is not known.")

    def error(self, answer: Answer) -> Exception:
        """A refused read as our error. Nothing of the vendor's messages is repeated: they may quote values."""
        place = self.client.system
        if answer.status == 403:
            return AuthFailed(f"{place}: the hub's user may not see the customer register. {_RIGHTS}")
        if answer.status in (404, 405):
            return Misconfigured(f"{place}: this Procountor API does not have what the hub asks for. Compare the setting url.")
        return ContractBroken(f"{place}: Procountor refused a request ({answer.status} {words_of(answer)}).")

    async def aclose(self) -> None:
        await self.client.aclose()


def words_of(answer: Answer) -> str:
    """What can be told of a refusal without values of a person: fields, and messages that are codes."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    told = []
    for each in errors if isinstance(errors, list) else []:
        field, message = (str(each.get(name) or "") for name in ("field", "message")) if isinstance(each, dict) else ("", "")
        told += [text for text in (field if re.fullmatch(r"[A-Za-z][\w.\[\]]*", field) else "",
                                   message if re.fullmatch(r"[A-Z][A-Z0-9_]+", message) else "") if text]
    return ", ".join(dict.fromkeys(told)) or "no reason that can be told"


def may_not_write() -> str:
    return f"the hub's user may not change the customer register. {_RIGHTS}"
