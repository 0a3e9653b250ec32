"""How a Tryton server refuses, as trytond 8.2.1 was seen to do it: most of it with status 200.

Words: ir/message.xml and party/message.xml of trytond 8.2 (language en). What the server could not make sense of comes as the
text of whatever Python raised; here the same shape with words of our own.
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An error in the body of a 200: ``error`` as it stands there."""

    def __init__(self, *error: Any) -> None:
        self.error = list(error)
        super().__init__(str(error[0]))


class Status(Exception):
    """An HTTP status with a page; ``headers`` with it."""

    def __init__(self, code: int, words: str = "", headers: dict[str, str] | None = None) -> None:
        self.code, self.words, self.headers = code, words, headers or {}
        super().__init__(f"{code} {words}")


def user_error(words: str, description: str = "") -> Refusal:
    return Refusal("UserError", [words, description, None])


def broken(words: str) -> Refusal:
    """A request the server could not make sense of (a KeyError, a TypeError …; without [web] dev there is no traceback)."""
    return Refusal(words, "")


def stale() -> Refusal:
    return Refusal("ConcurrencyException", "Records were modified in the meanwhile")


def not_here(what: str) -> Status:
    """Tryton has it, this sandbox has not: nothing is tested against a guess."""
    return Status(501, f"The sandbox does not have {what}.")


def no_access(model: str) -> Refusal:
    return user_error(f'You are not allowed to access "{model}".', "Within groups: ")


def not_there(act: str, ids: list[int], model: str) -> Refusal:
    """``act``: "read" or "write to"."""
    named = ", ".join(map(str, ids[:5])) + ("..." if len(ids) > 5 else "")
    return user_error(f"You are trying to {act} records \"{named}\" of \"{model}\" that don't exist.")


def hidden(act: str, ids: list[int], model: str, rule: str) -> Refusal:
    named = ", ".join(map(str, ids[:5])) + ("..." if len(ids) > 5 else "")
    why = f"because of at least one of these rules:\n{rule}"
    return user_error(f'You are not allowed to {act} records "{named}" of "{model}" {why}', "Within groups: ")


def read_only(field: str, model: str, record: str = "") -> Refusal:
    where = f' in record "{record}"' if record else ""
    return user_error(f'You are not allowed to modify the field "{field}"{where} of "{model}".')


def required(field: str, record: str, model: str) -> Refusal:
    where = f'record "{record}" of ' if record else ""
    return user_error(f'A value is required for field "{field}" in {where}"{model}".')


def no_option(value: str, field: str, record: str, model: str) -> Refusal:
    return user_error(f'The value "{value}" for field "{field}" in record "{record}" of "{model}" is not one of the allowed '
                      "options.")


def bad_chars(value: str, field: str, record: str, model: str, found: str) -> Refusal:
    return user_error(f'The value "{value}" for field "{field}" in record "{record}" of "{model}" contains some invalid chars '
                      f'"{found}".')


def used_by(field: str, model: str) -> Refusal:
    return user_error(f'The records could not be deleted because they are used by field "{field}" of "{model}".')
