"""Fill a report in as a spreadsheet program does, and look at it as one would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from hub.reviewing import form


def sheets(book: Workbook) -> Iterator[Worksheet]:
    """Those with lines to answer."""
    for sheet in book.worksheets:
        if str(sheet["A1"].value).startswith(form.FORMAT):
            yield sheet


def columns(sheet: Worksheet) -> dict[str, int]:
    """Key of a column → its number."""
    return {str(cell.value): cell.column for cell in sheet[1] if cell.value}


def row_of(sheet: Worksheet, id_: str) -> int:
    """The row of a question. Raises LookupError."""
    for row in range(3, sheet.max_row + 1):
        if str(sheet.cell(row, 1).value).startswith(f"{id_}/"):
            return row
    raise LookupError(id_)


def edit(file: Path, change: Callable[[Workbook], Any]) -> Path:
    book = load_workbook(file)
    change(book)
    book.save(file)
    return file


def fill(file: Path, answers: Mapping[str, tuple[str, str] | str]) -> Path:
    """``answers``: id of a question → its choice, or (choice, value), as words of the file."""
    def change(book: Workbook) -> None:
        left = dict(answers)
        for sheet in sheets(book):
            where = columns(sheet)
            for row in range(3, sheet.max_row + 1):
                said = left.pop(str(sheet.cell(row, 1).value).rsplit("/", 3)[0], None)
                if said is not None:
                    choice, value = said if isinstance(said, tuple) else (said, "")
                    sheet.cell(row, where[form.CHOICE]).value = choice or None
                    if value:
                        sheet.cell(row, where[form.VALUE]).value = value
        assert not left, left

    return edit(file, change)
