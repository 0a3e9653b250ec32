"""Texts in cells: what a cell can hold, and what a spreadsheet program would take for a formula.

Which beginnings are dangerous: OWASP, CSV Injection (= + - @, tab, CR, LF, and their full-width forms).
"""

from __future__ import annotations

import re
from typing import Any

LONGEST = 32_767
"""Characters a cell holds (Excel specifications and limits)."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff]|[\ufffe\uffff]")
_STARTS = "=+\\-@\t\r\n＝＋－＠"
_GUARDED = re.compile(f"'*[{_STARTS}]")
_STRIPPED = re.compile(f"'+[{_STARTS}]")
_NUMBER = re.compile(r"(\+|--?)[0-9][0-9 ().-]*")
"""A signed number, a phone number or a date without a year (--02-28): what a program makes of it calls nothing, and
it stays readable for all others."""
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def is_formula(text: str) -> bool:
    """Would a spreadsheet program calculate this, if it were typed in?"""
    return bool(_GUARDED.match(text)) and not _NUMBER.fullmatch(text)


def guarded(text: str) -> str:
    """As it is written into a CSV file: an apostrophe before what would be a formula, or would be read as guarded.

    ``unguarded(guarded(text)) == text`` for every text.
    """
    return f"'{text}" if is_formula(text) else text


def unguarded(text: str) -> str:
    """As it is read from a CSV file."""
    return text[1:] if _STRIPPED.match(text) else text


def escaped(text: str) -> str:
    """As it is written into a workbook: what looks like an escape of ST_Xstring is escaped (ECMA-376 part 1, 22.9.2.19).

    openpyxl takes that escape away when it reads, and knows no other.
    """
    return _LOOKS_ESCAPED.sub("_x005F_", text)


def unescaped(text: str) -> str:
    """As openpyxl read it from a workbook: Excel writes a carriage return as an escape."""
    return text.replace("_x000D_", "\r")


def objection(value: Any) -> str:
    """Why no cell can hold this value, "" where one can. Never quotes it."""
    if value is not None and not isinstance(value, str | int | float | bool):
        return "it is a list or an object, and a cell holds one text"
    if isinstance(value, str):
        if _CONTROL.search(value):
            return "it holds a control character or half a character, which no cell can hold"
        if len(value) > LONGEST:
            return f"it has more than {LONGEST} characters, which no cell can hold"
    return ""


def folded(value: Any) -> str:
    """For comparing what was sent with what is read back: line breaks alike, numbers as their text."""
    return "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")
