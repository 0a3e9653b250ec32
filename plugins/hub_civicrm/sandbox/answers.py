"""What CiviCRM answers when it refuses, and how the two recorded editions differ in it.

Source: CRM/Api4/Page/AJAX.php (execute, returnJSON) and transcripts 03-12, 38-45, 109; 5.77: 01, 02, 05, 08, 11-13.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Edition = Literal["6.17.2", "5.77"]
JSON_TYPE: dict[str, str] = {"6.17.2": "application/json; charset=UTF-8", "5.77": "application/json"}
PAGE_TYPE = "text/html; charset=UTF-8"

_ids = itertools.count(1)


class ApiError(Exception):
    """An exception of the API: answered inside the call. ``status``: 403 for UnauthorizedException, else 500."""

    def __init__(self, message: str, status: int = 500, code: int | str = 0) -> None:
        self.message, self.status, self.code = message, status, code
        super().__init__(message)


class PageError(Exception):
    """What PHP or the CMS answers outside the API: a web page. ``status``: of the page."""

    def __init__(self, text: str, status: int = 500) -> None:
        self.text, self.status = text, status
        super().__init__(text)


class NotBuilt(Exception):
    """The vendor has this, the sandbox has not: refused loudly, so that nothing is tested against a guess."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer. ``body``: JSON, or text for everything else."""

    status: int
    body: Any
    kind: str


def failure(error: ApiError, *, told: bool, edition: Edition) -> dict[str, Any]:
    """The refusal of one call. ``told``: the account has "view debug output", else the text is hidden."""
    number = f"{next(_ids):012d}"
    error_id = f"{number[:4]}-{number[4:8]}-{number[8:]}"
    if not told:
        return {"error_code": "1", "status": error.status, "error_message":
                f"Sorry an error occurred and your request was not completed. (Error ID: {error_id})"}
    known = {"error_code": error.code, "error_message": error.message, "status": error.status}
    return {"error_id": error_id, **known} if edition == "6.17.2" else known


def json_reply(body: Any, status: int, edition: Edition) -> Reply:
    """On 5.77 under WordPress JSON errors come with HTTP 200 (5.77: 05, 08, 11-13)."""
    return Reply(200 if edition == "5.77" else status, body, JSON_TYPE[edition])


def page(error: PageError) -> Reply:
    """The CMS's error page (transcripts 40, 41, 45, 97)."""
    text = error.text.replace("&", "&amp;").replace("<", "&lt;")
    return Reply(error.status, f"<!DOCTYPE html><html><body><p>{text} Return home</p></body></html>", PAGE_TYPE)


def envelope(entity: str, action: str, values: Any, count: int | None = None,
             matched: int | None = None) -> dict[str, Any]:
    """``count`` is what the server calls so: rows fetched, the offset added (transcript 30), or all matched (31)."""
    answer: dict[str, Any] = {"values": values, "entity": entity, "action": action, "debug": None, "version": 4,
                              "count": len(values) if count is None else count, "countFetched": len(values)}
    return answer if matched is None else {**answer, "countMatched": matched}


def refused_at_the_door(message: str, code: int) -> Mapping[str, Any]:
    """CRM_Api4_Page_AJAX::checkRequestMethod (transcripts 09, 109)."""
    return {"error_code": code, "error_message": message}
