"""How Microsoft Graph refuses: status, and an ``error`` object with code, message and ``innerError``.

Source of the form: "Combine multiple HTTP requests using JSON batching" (learn.microsoft.com, 2025-02-21). Codes are those of
the pages and issue threads named at the handler that uses them; where no page gives wording it is the sandbox's own, with the
code ``BadRequest`` of "Microsoft Graph error responses and resource types".
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Reply(NamedTuple):
    """One answer. ``body``: JSON, or None."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """The request is refused."""

    def __init__(self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        inner = {"date": "2026-11-29T00:00:00", "request-id": "0f0f0f0f-0000-4000-8000-00000000000a",
                 "client-request-id": "0f0f0f0f-0000-4000-8000-00000000000a"}
        self.reply = Reply(status, {"error": {"code": code, "message": message, "innerError": inner}}, headers)


class NotBuilt(Refusal):
    """The vendor has it and the sandbox has not: nothing is tested against a guess."""

    def __init__(self, what: str) -> None:
        super().__init__(501, "NotBuilt", f"The sandbox has not built {what}.")


def bad(message: str, code: str = "BadRequest") -> Refusal:
    return Refusal(400, code, message)


def missing() -> Refusal:
    """The 404 of an item that is not there: microsoftgraph/microsoft-graph-docs issues, code ``ErrorItemNotFound``."""
    return Refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")
