"""How Procountor refuses: ``{"errors": [{"status", "field", "message"}]}``.

Source: ErrorMessages of Procountor's OpenAPI, 2026-04-15. Its codes stand on a page that was not to be had, so messages are the
sandbox's own: the status and the field are what counts.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Reply(NamedTuple):
    """One answer. ``body``: JSON."""

    status: int
    body: Any = None


class Refusal(Exception):
    """The request is refused."""

    def __init__(self, status: int, message: str, field: str = "") -> None:
        super().__init__(message)
        error = {"status": status, "message": message} | ({"field": field} if field else {})
        self.reply = Reply(status, {"errors": [error]})


class NotBuilt(Refusal):
    """The vendor has it and the sandbox has not, or the vendor's text does not say what happens."""

    def __init__(self, what: str) -> None:
        super().__init__(501, f"The sandbox does not know what Procountor does with {what}.")


def bad(message: str, field: str = "") -> Refusal:
    """"Business partner contains invalid data" (400 of POST, PUT and PATCH)."""
    return Refusal(400, message, field)


def missing() -> Refusal:
    """"No partner found for given id" (404)."""
    return Refusal(404, "No partner found for given id")


def no_rights() -> Refusal:
    """"User rights check failed: Insufficient user rights" (403)."""
    return Refusal(403, "User rights check failed: Insufficient user rights.")
