"""What the rest of the connector knows of a sheet, whichever form its file has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.sdk import Misconfigured


@dataclass(slots=True)
class Line:
    """One row with something in it.

    ``number``  of the row as spreadsheet programs count: the first row of the file is 1
    ``values``  column → text, number, true or false, ISO date; None for an empty cell. Unreadable ones are not in it.
    ``raw``     column → what tells one content of the cell from another; empty cells are not in it
    ``bad``     column → a sentence that names the cell and says why it cannot be read
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)

    def digest(self, key: str) -> str:
        """Another one for every other content. The key column is left out: a row that gets its key has not changed."""
        content = sorted((column, raw) for column, raw in self.raw.items() if column != key)
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode("ascii")).hexdigest()[:32]


@dataclass(slots=True)
class Edits:
    """What a save changes. ``cells``: row number → column → value. ``new_column``: to be added on the right, or ""."""

    cells: dict[int, dict[str, Any]] = field(default_factory=dict)
    added: list[dict[str, Any]] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)
    new_column: str = ""

    def __bool__(self) -> bool:
        return bool(self.cells or self.added or self.removed)


class Sheet(Protocol):
    """One sheet as it was read. ``form``: in words. ``losses``: what a save would lose; then it is only read.
    ``problems``: sentences about what cannot be read, beside the cells of ``Line.bad``."""

    form: str
    columns: tuple[str, ...]
    lines: list[Line]
    losses: tuple[str, ...]
    problems: tuple[str, ...]

    def objection(self, number: int | None, column: str, value: Any) -> str:
        """Why this value cannot be written there, "" where it can. ``number``: None for a new row."""
        ...

    def rewritten(self, edits: Edits) -> bytes:
        """The whole file with these edits and nothing else changed."""
        ...


def header(names: Sequence[Any], place: str, letter: Callable[[int], str]) -> dict[str, int]:
    """Column name → index from 0; nameless columns are left alone. ``letter``: index → "B".

    Raises Misconfigured for a row without names and for a name that stands twice.
    """
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        text = " ".join(str(name).split()) if name is not None else ""
        if not text:
            continue
        if text in found:
            raise Misconfigured(f"{place}: columns {letter(found[text])} and {letter(index)} have the same name. Rename one.")
        found[text] = index
    if not found:
        raise Misconfigured(f"{place}: the row that should name the columns is empty. Set header_row to the right row.")
    return found


def letters(index: int) -> str:
    """A, B … Z, AA: how spreadsheet programs name the column of that index from 0."""
    out = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        out = chr(ord("A") + rest) + out
    return out

