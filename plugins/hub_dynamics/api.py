"""The wire: Dataverse Web API 9.2, and its refusals as our errors.

Sources (learn.microsoft.com): "Compose HTTP requests and handle errors" (2023-04-14: headers on every call, error object,
statuses), "Service protection API limits" (2023-01-31: 429 with Retry-After and one of three codes; the client waits as
asked), "Web service error codes" (2022-08-26: ExpiredVersionStamp, DuplicateRecord, DuplicateRecordEntityKey,
MergeEntityNotActiveError), "Reduce potential data loss using optimistic concurrency" (OptimisticConcurrencyNotEnabled);
0x80072560: "Dual-write troubleshooting".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from hub.sdk import (
    AuthFailed,
    Clock,
    ContractBroken,
    HubClient,
    Misconfigured,
    Rate,
    ResyncRequired,
    Throttled,
    Transient,
    Unanswered,
)
from hub_dynamics.login import Login
from hub_dynamics.multipart import Part, PartAnswer, composed, taken_apart
from hub_dynamics.settings import DynamicsSettings

ROOT = "/api/data/v9.2/"
HEADERS = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0", "If-None-Match": "null"}
RATE = (Rate(requests=6000, window_s=300, concurrent=52),)
"""The third limit, 1200 s of execution in 300 s, only the server can count: it answers 429 and says how long to wait."""
EXPIRED, NO_USER, TAKEN, KEY_TAKEN, UNCONDITIONAL = "0x80044352", "0x80072560", "0x80040237", "0x80060892", "0x8006088d"
INACTIVE = "0x80045304"
LIMITS = {"0x80072322": "too many requests in 300 s", "0x80072321": "too much time of execution in 300 s",
          "0x80072326": "too many requests at once"}
_READ_HERE = (200, 201, 204, 400, 401, 403, 404, 405, 412, 413, 415)
ON_PREMISES = ("this is Dynamics on-premises (Windows sign-in, Web API 9.1 or older). The connector supports only Dynamics 365 "
               "online, whose Web API is 9.2; use an environment at …dynamics.com.")


class Api:
    """One environment."""

    def __init__(self, settings: DynamicsSettings, system: str, transport: httpx.AsyncBaseTransport | None,
                 clock: Clock | None) -> None:
        self.login = Login(settings, system, transport, clock)
        self.client = HubClient(settings.url + ROOT, system=system, headers=HEADERS, transport=transport, clock=clock, rate=RATE,
                                timeout_s=120, total_s=300)
        self.root = f"{settings.url}{ROOT}"
        self.quiet, self.bypasses = settings.quiet_headers, settings.quiet == "all"
        self.server_time: datetime | None = None

    async def get(self, url: str, *, prefer: Sequence[str] = (), expect: Collection[int] = ()) -> Any:
        """The JSON of one GET. ``url``: below the root, or a link the server gave."""
        headers = {"Prefer": ",".join(prefer)} if prefer else {}
        answer = await self._send("GET", url, safe=True, headers=headers, expect=(*_READ_HERE, *expect))
        self.server_time = _date(answer.headers.get("Date", ""))
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not answer.is_success:
            raise self.error(answer.status_code, body)
        if not isinstance(body, dict):
            raise ContractBroken(f"{self.client.system}: Dataverse answered something that is not JSON, or only a part of it.")
        return body

    async def post(self, url: str, body: Any) -> PartAnswer:
        """One write outside a batch, its refusal as it is. Raises Unanswered when nobody can say what was done."""
        answer = await self._send("POST", url, safe=False, json=body, headers=self.quiet, expect=_READ_HERE)
        try:
            told = answer.json() if answer.content.strip() else None
        except ValueError:
            if answer.is_success:
                raise Unanswered(f"{self.client.system}: an answer broke off; whether it was done is not known.") from None
            told = None
        return PartAnswer(answer.status_code, answer.headers, told)

    async def batch(self, parts: Sequence[Part], *, safe: bool) -> list[PartAnswer]:
        """One answer per part, in order. Raises only for the batch as a whole."""
        content_type, content = composed(parts, ROOT)
        headers = {"Content-Type": content_type, "Prefer": "odata.continue-on-error"}
        answer = await self._send("POST", "$batch", safe=safe, content=content, headers=headers, expect=_READ_HERE)
        if not answer.is_success:
            raise self.error(answer.status_code, _json(answer))
        try:
            answers = taken_apart(answer.headers.get("Content-Type", ""), answer.content)
            if len(answers) != len(parts):
                raise ValueError("answers missing")
        except ValueError:
            what = f"{self.client.system}: the answer to a batch was cut off or is none"
            raise ContractBroken(what) if safe else Unanswered(f"{what}; whether it was done is not known.") from None
        return answers

    async def read(self, parts: Sequence[Part]) -> list[Any]:
        """The JSON of parts that only read. Raises for the first that was refused."""
        bodies = []
        for answer in await self.batch(parts, safe=True):
            if answer.status != 200 or not isinstance(answer.body, dict):
                raise self.error(answer.status, answer.body, wait=answer.headers.get("retry-after"))
            bodies.append(answer.body)
        return bodies

    async def _send(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> httpx.Response:
        """With our token; once more with a new one where it is refused, for certainly nothing was done."""
        for last in (False, True):
            told = {**(headers or {}), "Authorization": await self.login.header()}
            answer = await self.client.request(method, url, headers=told, **options)
            if answer.status_code != 401:
                break
            ways = " ".join(answer.headers.get_list("WWW-Authenticate")).lower()
            if "ntlm" in ways or "negotiate" in ways:
                raise Misconfigured(f"{self.client.system}: {ON_PREMISES}")
            self.login.forget()
            if last:
                raise AuthFailed(f"{self.client.system}: Dataverse refuses the token. Check that url and tenant belong to the "
                                 "same organisation.")
        return answer

    def error(self, status: int, body: Any, *, wait: str | None = None) -> Exception:
        """A refused read as our error. Nothing of the vendor's message is repeated: it may quote values."""
        code, place = code_of(body), self.client.system
        if code == EXPIRED:
            return ResyncRequired(f"{place}: the delta link has expired; reading everything.")
        if code == NO_USER:
            return AuthFailed(f"{place}: the app registration is no user of this environment. Add it as an application user in "
                              "the Power Platform admin center (Environment, Settings, Users + permissions, Application users) "
                              "and give it a security role.")
        if status == 403:
            return AuthFailed(f"{place}: the application user lacks a privilege ({code or 403}). Its security role needs Read on "
                              "Contact and Account at the level of the organization; change tracking asks for that.")
        if status == 429:
            return Throttled(f"{place}: {asks_to_wait(code)}", float(wait) if wait and wait.isdecimal() else None)
        if status >= 500:
            return Transient(f"{place}: Dataverse answered {status}")
        if status == 404 and not code:
            return Misconfigured(f"{place}: there is no Dataverse Web API 9.2 at this url. Copy the environment's address from "
                                 "Power Apps (Settings, Developer resources). On-premises servers have no 9.2 and are not "
                                 "supported.")
        return ContractBroken(f"{place}: Dataverse refused a request ({status} {code}).")

    async def aclose(self) -> None:
        await self.client.aclose()
        await self.login.client.aclose()


def code_of(body: Any) -> str:
    """The vendor's code ("0x80040237"), or ""."""
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code.lower() if isinstance(code, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,8}", code) else ""


def asks_to_wait(code: str) -> str:
    """Which of the three limits of service protection was reached."""
    return f"Dataverse asks to wait ({LIMITS[code]})" if code in LIMITS else "Dataverse asks to wait"


def words_of(answer: PartAnswer) -> str:
    """What can be told of a refusal without values of a person: the status, the code, and the column that is too long."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    message = str(error.get("message", "")) if isinstance(error, dict) else ""
    long = re.search(r"length of the '(\w+)' attribute.*maximum allowed length of '(\d+)'", message)
    if long:
        return f"{long[1]} is too long, Dataverse keeps {long[2]} characters"
    return f"Dataverse answered {answer.status} {code_of(answer.body)}".strip()


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _date(told: str) -> datetime | None:
    try:
        return parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return None
