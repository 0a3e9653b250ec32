"""The column in which the hub says what is new in a row, and a person says what was done about it.

For a list that somebody keys into another program by hand. The hub writes ``new`` or ``changed: Email, City`` there; whatever a
person types instead is the receipt. A number (a customer number of that program) is also told to the hub, and stands in brackets
behind what the hub writes later: ``changed: Email [1042]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

NUMBER = "receipt_number"
"""Where a number typed as a receipt stands in a record; not there at all where none was typed."""
Language = Literal["en", "fi", "pl"]
WORDS: dict[Language, tuple[str, str]] = {"en": ("new", "changed"), "fi": ("uusi", "muuttunut"), "pl": ("nowe", "zmiany")}
"""What the hub writes: a row that was not there, a row of which columns changed."""
_NEW, _CHANGED = ("|".join(word[at] for word in WORDS.values()) for at in (0, 1))
_OURS = re.compile(rf"(?:{_NEW}|(?:{_CHANGED}): (?P<columns>.*?))(?: \[(?P<number>\S+)\])?")
_BETWEEN = re.compile(r"[\[\],]")
_A_NUMBER = re.compile(r"[\w./-]{0,20}\d[\w./-]{0,20}")
_A_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-](?:\d{1,4})?")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What stands in the cell. ``waits``: the hub wrote it and nobody answered; ``columns``: that changed since, () for a new
    row; ``number``: that was typed, or ""."""

    waits: bool
    columns: tuple[str, ...] = ()
    number: str = ""


def read(cell: Any) -> Receipt:
    """A cell of the column; an empty one waits for nothing."""
    text = _text(cell)
    ours = _OURS.fullmatch(text)
    if ours:
        return Receipt(True, tuple(each for each in (ours["columns"] or "").split(", ") if each), ours["number"] or "")
    return Receipt(False, number=text if _A_NUMBER.fullmatch(text) and not _A_DAY.fullmatch(text) else "")


def new(language: Language) -> str:
    return WORDS[language][0]


def changed(cell: Any, columns: Iterable[str], language: Language) -> str:
    """What the hub writes where ``cell`` stood, after ``columns`` of the row changed."""
    before = read(cell)
    told = list(dict.fromkeys([*before.columns, *(" ".join(_BETWEEN.sub(" ", each).split()) for each in columns)]))
    first = new(language) if before.waits and not before.columns else f"{WORDS[language][1]}: {', '.join(told)}"
    return f"{first} [{before.number}]" if before.number else first


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None or isinstance(cell, bool) else str(cell).strip()
