"""How Dataverse refuses: status, code and message in an ``error`` object.

Source: "Compose HTTP requests and handle errors" (learn.microsoft.com, 2023-04-14): the form, and which errors have which
status; a code may be empty. Codes with a number are named by the pages cited at the handler that uses them; where no page
gives wording, it is the sandbox's own, with an empty code.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Reply(NamedTuple):
    """One answer. ``body``: JSON, or None; ``text``: something else than JSON, with its type in the headers."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""


class Refusal(Exception):
    """The request is refused."""

    def __init__(self, status: int, message: str, code: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.reply = Reply(status, {"error": {"code": code, "message": message}}, headers)


class NotBuilt(Refusal):
    """The vendor has it and the sandbox has not: nothing is tested against a guess."""

    def __init__(self, what: str) -> None:
        super().__init__(501, f"The sandbox has not built {what}.")


def bad(message: str, code: str = "") -> Refusal:
    """"Expect this status code when an argument is invalid" (400)."""
    return Refusal(400, message, code)


def missing(table: str, guid: str) -> Refusal:
    """"Perform conditional operations" (2022-04-06): the 404 of a record that is not there."""
    return Refusal(404, f"{table} With Id = {guid} Does Not Exist")
