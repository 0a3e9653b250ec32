"""How the site says no."""

from __future__ import annotations

from typing import Any


class Status(Exception):
    """A status in the result of a 200 (02, 69 to 72): a text, or field → texts."""


class Fault(Exception):
    """A text in ``error`` of a 200, the result being null (64, 76)."""


class Page(Exception):
    """An HTTP status with a web page (29, 73, 74)."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


def whole(told: Any) -> int:
    """A number, also as text (112)."""
    if isinstance(told, bool) or not str(told).isdecimal():
        raise Page(500)
    return int(told)
