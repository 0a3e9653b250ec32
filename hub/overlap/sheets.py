"""Workbooks (.xlsx): every sheet with something in it is a list. Formulas count by their stored results."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from hub.overlap.csvs import MOST_ROWS
from hub.overlap.tables import NotAList, People, Table

EMPTY_ROWS = 2000
"""So many rows without text, and the sheet is over: formatting can go on for a million."""
MOST_NOTES = 5
BROKEN = (OSError, LookupError, ValueError, TypeError, AttributeError, SyntaxError, EOFError, RuntimeError, zipfile.BadZipFile,
          zlib.error)
"""What a damaged workbook makes the reader raise (XML's ParseError is a SyntaxError)."""


def read_sheets(path: Path, content: bytes) -> list[Table | People | NotAList]:
    """A table for each sheet that has text. Raises NotAList for what is no workbook, or an empty one."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
        try:
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        except BROKEN as error:
            raise NotAList(f"{path}: not a workbook that can be read ({type(error).__name__}). Open it, save it as .xlsx or "
                           ".csv, and name that file.") from None
        try:
            found = [_one_sheet(path, sheet) for sheet in book.worksheets if sheet.sheet_state == "visible"]
        finally:
            book.close()
    full = [sheet for sheet in found if isinstance(sheet, NotAList) or sheet.rows]
    if not full:
        raise NotAList(f"{path}: no sheet has any text. Export the list again.")
    one = len(full) == 1
    return [sheet if isinstance(sheet, NotAList) else replace(sheet, name=path.name if one else f"{path.name}#{sheet.name}")
            for sheet in full]


def _one_sheet(path: Path, sheet: Any) -> Table | NotAList:
    rows: list[tuple[int, tuple[str, ...]]] = []
    notes: list[str] = []
    empty = 0
    sheet.reset_dimensions()  # what exports claim about their size is often wrong
    try:
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            if not any(value is not None for value in values):
                empty += 1
                if empty > EMPTY_ROWS:
                    break
                continue
            empty = 0
            cells = tuple(map(text_of, values))
            for n, value in enumerate(values):
                if isinstance(value, str) and value.startswith("#") and value.rstrip("!?").isupper() and value[-1] in "!?A":
                    notes.append(f"{path.name}, sheet {sheet.title}, cell {letters(n)}{number}: the formula there gives "
                                 f"{value}; read as empty.")
            if any(cells):
                rows.append((number, cells))
            if len(rows) > MOST_ROWS:
                return NotAList(f"{path}, sheet {sheet.title}: more than {MOST_ROWS:,} rows. Split it.")
    except BROKEN as error:
        at = rows[-1][0] + 1 if rows else 1
        return NotAList(f"{path}, sheet {sheet.title}, row {at} or after: cannot be read ({type(error).__name__}). Save the "
                        "sheet as .csv and name that file.")
    if len(notes) > MOST_NOTES:
        notes[MOST_NOTES:] = [f"{path.name}, sheet {sheet.title}: {len(notes) - MOST_NOTES} more cells like that."]
    return Table(sheet.title, "XLSX", tuple(rows), tuple(notes))


def text_of(value: Any) -> str:
    """A cell as text: dates in ISO 8601, whole numbers without ".0", the error of a formula as nothing."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return "" if text.startswith("#") and text.rstrip("!?").isupper() and text[-1] in "!?A" else text


def letters(column: int) -> str:
    """The name of a column from 0: A, B, … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
