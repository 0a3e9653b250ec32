"""The wire: Lemonsoft's REST interface, the session, and the few requests of it that are ever made.

Sources: lemonsoftoyj/api-examples (login, header Session-Id, pages until result_count is 0), Lemonsoft's Swagger of 2025-05-28
(paths, parameters, models; it says nothing of answers but "200 OK"), read 2026-11-30. That 401 means a new login is from a
third-party client; no page says how long a session lasts, nor which of the four parts of a login was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from hub.sdk import AuthFailed, Clock, ContractBroken, HubClient, Misconfigured, Unanswered
from hub_lemonsoft.settings import LemonsoftSettings

LOGIN, CUSTOMERS, CUSTOMER = "api/auth/login", "api/customers", "api/customers/{id}"
ALLOWED = frozenset({("POST", LOGIN), ("GET", CUSTOMERS), ("GET", CUSTOMER), ("POST", CUSTOMERS), ("PUT", CUSTOMER)})
"""All that is ever asked for. Invoices, their rows and payments, orders, agreements and contact persons are not among it, and
nothing is ever sent with DELETE."""
_READ_HERE = (200, 201, 204, 400, 401, 403, 404, 405, 409, 415, 422)
_LICENCE = ("Give the hub's user the licence IWS_LOG (Webservice-rajapinnat) and that of the customer register in the user "
            "management (um.lemonsoft.eu).")


class Answer(NamedTuple):
    """``body``: parsed, None where there is none."""

    status: int
    body: Any


class Api:
    """One company's database. The session is got once, and got again when it is refused."""

    def __init__(self, settings: LemonsoftSettings, system: str, transport: httpx.AsyncBaseTransport | None,
                 clock: Clock | None) -> None:
        self.settings = settings
        self.client = HubClient(settings.url, system=system, headers={"Accept": "application/json"}, transport=transport,
                                clock=clock, timeout_s=120, total_s=300)
        self._session = ""
        self._refused: AuthFailed | None = None

    def __repr__(self) -> str:
        return f"Api({self.client.system!r})"

    async def customers(self, params: Mapping[str, str | int]) -> list[Mapping[str, Any]]:
        """One page of the list."""
        answer = await self._send("GET", CUSTOMERS, params=dict(params))
        if answer.status != 200:
            raise self.error(answer)
        rows = answer.body.get("results") if isinstance(answer.body, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows) or (
                answer.body.get("result_count") == 0) != (not rows):
            raise ContractBroken(f"{self.client.system}: Lemonsoft listed customers in a form its examples do not have.")
        return rows

    async def customer(self, customer_id: str) -> Mapping[str, Any] | None:
        """One customer; None when it is not there."""
        answer = await self._send("GET", CUSTOMER, customer_id)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise self.error(answer)
        if not isinstance(answer.body, dict) or str(answer.body.get("id")) != customer_id:
            raise ContractBroken(f"{self.client.system}: Lemonsoft answered something else than the customer that was asked for.")
        return answer.body

    async def write(self, method: str, what: str, body: Mapping[str, Any], customer_id: str = "") -> Answer:
        """One write, its refusal as it is. Raises Unanswered when nobody can say whether it was done."""
        return await self._send(method, what, customer_id, json=body)

    async def _send(self, method: str, what: str, customer_id: str = "", **options: Any) -> Answer:
        """With our session; once more with a new one where it is refused, for certainly nothing was done."""
        if (method, what) not in ALLOWED or what == LOGIN:
            raise ValueError(f"{method} {what} is not on the list of allowed requests")
        for last in (False, True):
            fresh = not self._session
            if fresh:
                self._session = await self._login()
            answer = await self.client.request(method, what, path={"id": customer_id}, safe=method == "GET", expect=_READ_HERE,
                                               headers={"Session-Id": self._session}, **options)
            if answer.status_code != 401 or last or fresh:
                break
            self._session = ""
        if answer.status_code == 401:
            self._session = ""
            raise AuthFailed(f"{self.client.system}: Lemonsoft does not accept the session it has just given. Was the API key "
                             "deleted, or the user's licence taken away, this minute? Look at both.")
        return Answer(answer.status_code, self._body(answer, method))

    async def _login(self) -> str:
        """A refused login is never tried twice: no page says after how many a user is locked out."""
        if self._refused:
            raise self._refused
        settings, place = self.settings, self.client.system
        told = {"UserName": settings.user, "Password": settings.password.get_secret_value(), "Database": settings.database,
                "ApiKey": settings.api_key.get_secret_value()}
        answer = await self.client.request("POST", LOGIN, json=told, safe=True, expect=(200, 400, 401, 403, 404))
        if answer.status_code == 404:
            raise Misconfigured(f"{place}: no Lemonsoft REST interface answers at this url. Copy it from the field LemonRest "
                                "(user management, the environment, Palveluiden osoitteet).")
        if answer.status_code == 403:
            self._refused = AuthFailed(f"{place}: Lemonsoft lets this user not in. {_LICENCE}")
            raise self._refused
        if answer.status_code != 200:
            self._refused = AuthFailed(
                f"{place}: Lemonsoft refuses the login, and does not say which part of it. Look, in this order: user and "
                "password (sign in to Lemonsoft with them once), the name of the database, the API key (Yritystiedot, "
                "API-avaimet: one that was deleted there works no more).")
            raise self._refused
        body = self._body(answer, "GET")
        session = body.get("session_id") if isinstance(body, dict) else None
        if not isinstance(session, str) or not session:
            raise ContractBroken(f"{place}: Lemonsoft answered a login without a session.")
        return session

    def _body(self, answer: httpx.Response, method: str) -> Any:
        try:
            return answer.json() if answer.content.strip() else None
        except ValueError:
            if not answer.is_success:
                return None
        what = f"{self.client.system}: Lemonsoft's answer is not JSON, or only a part of it"
        raise ContractBroken(f"{what}.") if method == "GET" else Unanswered(f"{what}; whether it was done is not known.")

    def error(self, answer: Answer) -> Exception:
        """A refused read as our error. Nothing of the vendor's message is repeated: it may quote values."""
        place = self.client.system
        if answer.status == 403:
            return AuthFailed(f"{place}: the hub's user may not see the customer register. {_LICENCE}")
        if answer.status in (404, 405):
            return Misconfigured(f"{place}: this Lemonsoft does not have what the hub asks for. Compare the setting url; "
                                 "versions before 2021.5 have no REST interface.")
        return ContractBroken(f"{place}: Lemonsoft refused a request ({answer.status}).")

    async def aclose(self) -> None:
        await self.client.aclose()


def may_not_write() -> str:
    return f"the hub's user may not change the customer register. {_LICENCE}"
