"""How Lemonsoft refuses: a status. Its Swagger names none but 200, and no body; the bodies are the sandbox's own."""

from __future__ import annotations

from typing import Any, NamedTuple


class Reply(NamedTuple):
    """One answer. ``body``: JSON."""

    status: int
    body: Any = None


class Refusal(Exception):
    """The request is refused. ``field``: of the body or the query, "" where it is none."""

    def __init__(self, status: int, message: str, field: str = "") -> None:
        super().__init__(message)
        self.reply = Reply(status, {"message": message, "field": field})


class NotBuilt(Refusal):
    """The vendor has it and the sandbox has not, or the vendor's text does not say what happens."""

    def __init__(self, what: str) -> None:
        super().__init__(501, f"The sandbox does not know what Lemonsoft does with {what}.")


def bad(message: str, field: str = "") -> Refusal:
    return Refusal(400, message, field)
