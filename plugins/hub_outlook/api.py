"""The wire: Microsoft Graph 1.0, ``$batch``, and refusals as our errors.

Sources (learn.microsoft.com): "Use the Microsoft Graph API", "Combine multiple HTTP requests using JSON batching" (2025-02-21: at
most 20, answers in any order, each with its own status, 429 too), "Obtain immutable identifiers for Outlook resources" (the
preference is sent with every request), "Microsoft Graph throttling guidance" and "… service-specific throttling limits" (Outlook:
10 000 requests in 10 minutes and 4 at once for each app and mailbox; each request of a batch counts), "Use delta query to track
changes" (2022-08-12: 410, syncStateNotFound), "Limiting application permissions to specific Exchange Online mailboxes" (403).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx

from hub.sdk import (
    AuthFailed,
    Clock,
    ConnectorError,
    ContractBroken,
    HubClient,
    Misconfigured,
    Rate,
    ResyncRequired,
    Throttled,
    Transient,
    Unanswered,
)
from hub_outlook.login import Login
from hub_outlook.settings import ME, OutlookSettings

ROOT = "/v1.0/"
MOST = 20
IMMUTABLE = 'IdType="ImmutableId"'
RATE = (Rate(requests=10_000, window_s=600, concurrent=4),)
"""Of each mailbox. Kept for all together: a connector sends one request at a time, and Graph runs a batch four at a time."""
ROUNDS, LONGEST_S = 4, 90.0
"""How often, and how long, requests of a batch are held back that were answered 429."""
_READ_HERE = (200, 201, 204, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415)
_LOST = ("syncstatenotfound", "syncstateinvalid", "resyncrequired", "errorinvalidsyncstatedata")


class Part(NamedTuple):
    """One request of a batch. ``url``: below the root; ``body``: JSON, or None."""

    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = {}


class Answer(NamedTuple):
    """``status`` 0: nobody answered, and whether it was done is not known."""

    status: int
    body: Any = None
    wait_s: float | None = None


class Api:
    """Microsoft Graph, for one configured system."""

    def __init__(self, settings: OutlookSettings, system: str, transport: httpx.AsyncBaseTransport | None,
                 clock: Clock | None) -> None:
        self.login = Login(settings, system, transport, clock)
        self.client = HubClient(settings.url + ROOT, system=system, transport=transport, clock=clock, rate=RATE, timeout_s=60,
                                total_s=240)
        self.system, self.root, self._sleep = system, settings.url + ROOT, clock.sleep if clock else asyncio.sleep
        self.server_time: datetime | None = None

    async def get(self, url: str, *, mailbox: str, prefer: Sequence[str] = (), expect: Collection[int] = ()) -> dict[str, Any]:
        """The JSON of one GET. ``url``: below the root, or a link Graph gave."""
        answer = await self._send("GET", url, safe=True, headers={"Prefer": ", ".join((IMMUTABLE, *prefer))}, expect=expect)
        self.server_time = _date(answer.headers.get("Date", ""))
        body = _json(answer)
        if not answer.is_success:
            raise self.error(Answer(answer.status_code, body), mailbox)
        if not isinstance(body, dict):
            raise ContractBroken(f"{self.system}: Microsoft Graph answered something that is not JSON, or only a part of it.")
        return body

    async def batch(self, parts: Sequence[Part], *, safe: bool) -> list[Answer]:
        """One answer a part, in order. What is answered 429 was not done, and is sent again after the wait asked for. Raises
        only where nothing was answered: then nothing is known of any part (Unanswered), or nothing was done."""
        out: list[Answer | None] = [None] * len(parts)
        for start in range(0, len(parts), MOST):
            places = list(range(start, min(start + MOST, len(parts))))
            waited = 0.0
            for round_ in range(ROUNDS):
                try:
                    answers = await self._together([parts[n] for n in places], safe)
                except ConnectorError as error:
                    if safe or all(one is None for one in out):
                        raise
                    for n in places:
                        out[n] = Answer(0) if isinstance(error, Unanswered) else out[n] or Answer(429, None, _wait_of(error))
                    break
                for n, answer in zip(places, answers, strict=True):
                    out[n] = answer
                places = [n for n, answer in zip(places, answers, strict=True) if answer.status == 429]
                wait = max((answer.wait_s or 1.0 for answer in answers if answer.status == 429), default=0.0)
                waited += wait
                if not places or round_ == ROUNDS - 1 or waited > LONGEST_S:
                    break
                await self._sleep(wait)
        return [one or Answer(429) for one in out]

    async def _together(self, parts: Sequence[Part], safe: bool) -> list[Answer]:
        requests = []
        for n, part in enumerate(parts):
            headers = {"Prefer": IMMUTABLE, **part.headers}
            one = {"id": str(n), "method": part.method, "url": f"/{part.url}"}
            if part.body is not None:
                headers["Content-Type"], one["body"] = "application/json", part.body
            requests.append({**one, "headers": headers})
        answer = await self._send("POST", "$batch", safe=safe, json={"requests": requests})
        body = _json(answer)
        if not answer.is_success:
            raise self.error(Answer(answer.status_code, body), "")
        found = {str(one.get("id")): one for one in _list(body, "responses")}
        statuses = [found.get(str(n), {}).get("status") for n in range(len(parts))]
        if not all(isinstance(status, int) for status in statuses):
            what = f"{self.system}: the answer to a batch was cut off or is none"
            raise ContractBroken(what) if safe else Unanswered(f"{what}; whether it was done is not known.")
        return [Answer(found[str(n)]["status"], found[str(n)].get("body"), _asked(found[str(n)].get("headers")))
                for n in range(len(parts))]

    async def _send(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, expect: Collection[int] = (),
                    **options: Any) -> httpx.Response:
        """With our token; once more with a new one where it is refused, for certainly nothing was done."""
        for last in (False, True):
            told = {**(headers or {}), "Authorization": await self.login.header(), "Accept": "application/json"}
            answer = await self.client.request(method, url, headers=told, expect=(*_READ_HERE, *expect), **options)
            if answer.status_code != 401:
                break
            self.login.forget()
            if last:
                raise AuthFailed(f"{self.system}: Microsoft Graph refuses the token. Check that url and authority belong to the "
                                 "same cloud.")
        return answer

    def error(self, answer: Answer, mailbox: str) -> ConnectorError:
        """A refused read as our error. Nothing of the vendor's message is repeated: it may quote values."""
        code, status = code_of(answer.body), answer.status
        where = f"{self.system}: {'the mailbox of who signed in' if mailbox == ME else mailbox or 'Microsoft Graph'}"
        if status == 410 or code.lower() in _LOST:
            return ResyncRequired(f"{where}: the delta link is not accepted any more; reading everything.")
        if status == 429:
            return Throttled(f"{where}: asked to wait", answer.wait_s)
        if status >= 500 or not status:
            return Transient(f"{where}: answered {status}")
        if code == "ErrorItemNotFound":
            return Transient(f"{where}: a folder went away while it was read.")
        if status == 403 and mailbox == ME:
            return AuthFailed(f"{where}: the hub may not read it ({code or 403}). Sign in again with `hub sign-in {self.system}` "
                              "and consent to reading and writing contacts.")
        if status == 403:
            return AuthFailed(f"{where}: the application may not use it ({code or 403}). Add the mailbox to the application's "
                              "scope in Exchange (role Application Contacts.ReadWrite); a change takes up to two hours to count.")
        if code == "ErrorInvalidUser" or code == "Request_ResourceNotFound":
            return Misconfigured(f"{where}: there is no such user. Compare the address under mailboxes with the user's User "
                                 "principal name in the Microsoft 365 admin center.")
        if code == "MailboxNotEnabledForRESTAPI":
            return Misconfigured(f"{where}: has no mailbox in Exchange Online (no licence, deleted, or on-premises). Take it out "
                                 "of mailboxes.")
        return ContractBroken(f"{where}: refused a request ({status} {code}).")

    async def aclose(self) -> None:
        await self.client.aclose()
        await self.login.client.aclose()


def code_of(body: Any) -> str:
    """The vendor's code ("ErrorItemNotFound"), or ""."""
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code.replace("_", "").replace("-", "").isalnum() and len(code) < 80 else ""


def rows_of(body: Any, what: str) -> list[dict[str, Any]]:
    """The objects of a list. Raises ContractBroken for anything else, so that what is broken is never read as empty."""
    rows = body.get("value") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ContractBroken(f"{what}: Microsoft Graph answered a list without its values.")
    return rows


def _list(body: Any, name: str) -> list[dict[str, Any]]:
    found = body.get(name) if isinstance(body, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _asked(headers: Any) -> float | None:
    told = {str(k).lower(): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {}
    text = told.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def _wait_of(error: ConnectorError) -> float | None:
    return error.retry_after_s if isinstance(error, Throttled) else None


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
