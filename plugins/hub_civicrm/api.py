"""The wire: APIv4 as CiviCRM speaks it, several calls in one request, and refusals read from the body.

``POST civicrm/ajax/api4`` with the form field ``calls``: ``{"name": ["Entity", "action", {params}], …}``; the answer
has the same names, each an envelope with ``values`` or a refusal with ``error_code``. The HTTP status says nothing
certain: 200 when one call succeeded, and CiviCRM 5.77 under WordPress says 200 for refusals too.
Source: CRM/Api4/Page/AJAX.php; recorded on 6.17.2 and 5.77.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx

from hub.sdk import AuthFailed, ContractBroken, HubClient, Misconfigured, Transient, Unanswered

Row = dict[str, Any]
Where = list[list[Any]]

PATH = "civicrm/ajax/api4"
HEADERS = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}
"""The first is asked for by older releases and where no credential arrives."""

_READ_HERE = (*range(200, 300), 400, 401, 403, 405, 500)
_SAFE_WORDS = (  # vendor texts that hold no personal value
    r"DB Error: [a-z ]+", r"Invalid field '[\w.:]+'", r"Mandatory values missing from Api4 \w+::\w+: [\w, ]+",
    r"Unknown api parameter: \w+", r"Illegal operator", r"Invalid Relationship", r"Duplicate Relationship",
    r"ACL check failed", r'Parameter "\w+" [\w .]+', r"Sorry an error occurred .*\(Error ID: [\w-]+\)",
    r"API \(\w+, \w+\) does not exist .*", r"Api \w+ \w+ version 4 does not exist\.",
)


class Call(NamedTuple):
    """One call of the API."""

    entity: str
    action: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """``values`` of one call. ``matched``: rows found regardless of the limit, where row_count was selected.

    ``count`` of the envelope is left out: past the end it is the offset.
    """

    values: list[Row]
    matched: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """One call was refused. ``why``: the vendor's words where they can hold no personal value."""

    call: Call
    status: int
    why: str

    @property
    def exists_already(self) -> bool:
        """A unique key is taken."""
        return "already exists" in self.why

    @property
    def passing(self) -> bool:
        """The database was busy; the same call may succeed later."""
        return "deadlock" in self.why or "lock" in self.why

    def error(self) -> Exception:
        """As an error of a read."""
        name = f"{self.call.entity}.{self.call.action}"
        if self.status == 403:
            return AuthFailed(f"CiviCRM does not let this account use {name} ({self.why}). Give its role the permissions "
                              "named in the connector's README.")
        if self.passing:
            return Transient(f"CiviCRM's database was busy with {name} ({self.why})")
        return ContractBroken(f"CiviCRM refused {name}: {self.why}")


Result = Answer | Failure

ME = "me"
"""Every request asks who we are, too: a credential that got lost on the way is no error for CiviCRM but an anonymous
visitor, who sees no contacts. An emptied CRM and a lost header look the same otherwise. Its answer stays among the others."""
_WHO = Call("Contact", "get", {"select": ["id", "created_date"], "where": [["id", "=", "user_contact_id"]]})


class Api:
    """CiviCRM behind one client. ``server_time``: the web server's clock in its last answer (RFC 9110 6.6.1), or None."""

    def __init__(self, client: HubClient) -> None:
        self.client = client
        self.server_time: datetime | None = None

    async def read(self, calls: Mapping[str, Call]) -> dict[str, Answer]:
        """All calls answered, in one request. Raises for the first that was refused, and AuthFailed when we are nobody."""
        results = await self._ask(calls, safe=True)
        answers = {}
        for name, result in results.items():
            if isinstance(result, Failure):
                raise result.error()
            answers[name] = result
        return answers

    async def send(self, calls: Mapping[str, Call]) -> dict[str, Result]:
        """Calls that write, in one request, in their order; each has its own result. Raises Unanswered when nobody can
        say what was done, other errors when certainly nothing was."""
        return await self._ask(calls, safe=False)

    async def _ask(self, calls: Mapping[str, Call], *, safe: bool) -> dict[str, Result]:
        form = {"calls": json.dumps({ME: _WHO, **calls}, ensure_ascii=False)}
        response = await self.client.request("POST", PATH, safe=safe, expect=_READ_HERE, data=form, headers=HEADERS)
        self.server_time = _date(response.headers.get_list("Date"))
        body = self._body(response, safe=safe)
        results = {name: self._result(call, body.get(name)) for name, call in {ME: _WHO, **calls}.items()}
        broken = [name for name, result in results.items() if result is None]
        if broken:
            raise self._unusable(f"left out the answer to {len(broken)} of {len(results)} calls", safe=safe)
        who = results[ME]
        if not isinstance(who, Answer) or len(who.values) != 1:
            raise AuthFailed(
                f"{self.client.system}: CiviCRM took the request as an anonymous visitor's: the header X-Civi-Auth did "
                "not arrive, or the account may not see its own contact. Let the web server and any proxy pass the "
                "header, enable authx with api_key for it, and give the account 'view all contacts'.")
        return {name: result for name, result in results.items() if result is not None}

    def _body(self, response: httpx.Response, *, safe: bool) -> dict[str, Any]:
        status = response.status_code
        if status == 401:
            raise self._denied(response.text)
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise self._unusable(f"answered {status} without the JSON of APIv4", safe=safe, error=Transient
                                 if status == 500 else Misconfigured)
        if "error_code" in body and "values" not in body:
            if body["error_code"] == 400:
                raise AuthFailed(f"{self.client.system}: CiviCRM saw neither a credential nor X-Requested-With. Let the "
                                 "web server and any proxy pass the request's headers.")
            raise self._unusable(f"refused the request as a whole ({_words(body.get('error_message'))})", safe=safe)
        return body

    def _denied(self, text: str) -> AuthFailed:
        if "guard" in text:
            cure = ("the key is right, but the account may not log in with it: grant its role 'authenticate with api "
                    "key', or set site_key.")
        else:
            cure = "the API key is not known there. Copy it again from the contact's API Key tab."
        return AuthFailed(f"{self.client.system}: CiviCRM answered 401: {cure}")

    def _unusable(self, what: str, *, safe: bool, error: type[Exception] = ContractBroken) -> Exception:
        place = f"{self.client.system}: CiviCRM {what}"
        return error(place) if safe else Unanswered(f"{place}; whether anything was written is not known.")

    @staticmethod
    def _result(call: Call, body: Any) -> Result | None:
        if not isinstance(body, dict):
            return None
        if "error_code" in body or "error_message" in body:
            status = body.get("status")
            return Failure(call, status if isinstance(status, int) else 500, _words(body.get("error_message")))
        values = body.get("values")
        if not isinstance(values, list):
            return None
        matched = body.get("countMatched")
        return Answer(values, matched if isinstance(matched, int) else None)


def _date(told: list[str]) -> datetime | None:
    """A proxy may add a second one."""
    try:
        return parsedate_to_datetime(told[-1] if told else "")
    except ValueError:
        return None


def _words(message: Any) -> str:
    """The vendor's words, where they are of a known, harmless form."""
    text = str(message)
    for form in _SAFE_WORDS:
        if re.fullmatch(form, text):
            return text
    return "the message is left out here, as it may quote personal values; see CiviCRM's log"
