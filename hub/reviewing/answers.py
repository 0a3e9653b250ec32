"""Answers read from a workbook that was filled in, saved by whichever program in whichever language."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hub.errors import UsageError
from hub.model.waiting import Given
from hub.reviewing import form
from hub.reviewing.words import LANGUAGES, choices_by_word, words

BROKEN = (LookupError, ValueError, TypeError, AttributeError, SyntaxError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What a damaged workbook makes the reader raise (XML's ParseError is a SyntaxError)."""
EMPTY_ROWS = 2000
"""So many rows without text, and the sheet is over: formatting can go on for a million."""
_CURE = "Make one with `hub conflicts report -o FILE.xlsx`."


def read(file: Path, workspace: str) -> list[Given]:
    """Every line of the report, answered or not. Raises UsageError for what is no report, or one of another workspace."""
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings(), file.open("rb") as opened:
            warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
            book = load_workbook(opened, read_only=True, data_only=True)
            try:
                sheets = [(sheet.title, _texts(sheet)) for sheet in book.worksheets]
            finally:
                book.close()
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}).") from None
    except BROKEN:
        raise UsageError(f"{file} is not a workbook (.xlsx) that can be read. {_CURE}") from None
    found = [f for name, rows in sheets if (f := _Found.within(name, rows)) is not None]
    if not found:
        raise UsageError(f"{file} is not a report of conflicts: it has no hidden row that says which column is which. {_CURE}")
    if any(f.workspace != workspace for f in found):
        raise UsageError(f"{file} is a report of another workspace; nothing was taken from it. Name the workspace it was made in "
                         "with -C.")
    for one in found:
        for name in one.lost():
            raise UsageError(f'{file} has lost its column for answers called "{name}" in the hidden row of the sheet '
                             f'"{one.sheet}". {_CURE}')
    return [given for one in found for given in one.given()]


@dataclass(frozen=True, slots=True)
class _Found:
    """A sheet with answers. ``rows``: (number, cells) below the row of keys and above it; ``columns``: key → place."""

    sheet: str
    workspace: str
    rows: Sequence[tuple[int, Sequence[str]]]
    columns: dict[str, int]
    key: int

    @classmethod
    def within(cls, sheet: str, rows: Sequence[tuple[int, Sequence[str]]]) -> _Found | None:
        for number, cells in rows:
            for place, text in enumerate(cells):
                if text.startswith(form.FORMAT + " "):
                    others = [row for row in rows if row[0] != number]
                    columns = {name: n for n, name in enumerate(cells) if name}
                    return cls(sheet, text.removeprefix(form.FORMAT).strip(), others, columns, place)
        return None

    def lost(self) -> list[str]:
        """Columns for answers that are not there any more. Pairs have none for another value."""
        wanted = (form.CHOICE,) if form.GROUP in self.columns else (form.CHOICE, form.VALUE)
        return [name for name in wanted if name not in self.columns]

    def given(self) -> Iterator[Given]:
        """Each line with a key or an answer."""
        shown = [place for name, place in self.columns.items() if name.startswith(form.SHOWN + " ")]
        headings = {words(language)["col_choice"] for language in LANGUAGES}
        by_word = choices_by_word(of_pairs=form.GROUP in self.columns)
        for number, cells in self.rows:
            choice, value, group = (_at(cells, self.columns.get(name)) for name in (form.CHOICE, form.VALUE, form.GROUP))
            key = _at(cells, self.key)
            if (key or choice or value) and not (choice in headings and not key):
                id_, count, mark, altered = form.read_key(key, [_at(cells, place) for place in shown])
                yield Given(self.sheet, number, id_, count, mark, by_word.get(choice.casefold(), choice), value, altered, group)


def _at(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _texts(sheet: Any) -> list[tuple[int, tuple[str, ...]]]:
    """(row number, its cells as text) of every row with any text."""
    rows, empty = [], 0
    sheet.reset_dimensions()  # what files claim about their size is often wrong
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        cells = tuple(_text(value) for value in values)
        empty = 0 if any(cells) else empty + 1
        if empty > EMPTY_ROWS:
            break
        if any(cells):
            rows.append((number, cells))
    return rows


def _text(value: Any) -> str:
    """A cell as text: dates in ISO 8601, whole numbers without ".0"."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("_x000D_", "").strip()
