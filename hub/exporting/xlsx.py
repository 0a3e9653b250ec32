"""A workbook with one sheet; every cell is text, so nothing in it is ever calculated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hub.exporting.columns import HEADINGS, cells, could_be_a_formula
from hub.model.listed import Listed

SHEET = "contacts"


def write(people: Sequence[Listed], path: Path) -> None:
    """A cell that looks like a formula is also marked as quoted, so that it stays text when somebody edits it."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "A2"
    for number, heading in enumerate(HEADINGS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(heading) + 2)
    head = list(_cells(sheet, HEADINGS))
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for one in people:
        sheet.append(list(_cells(sheet, cells(one))))
    book.save(path)


def _cells(sheet: Any, texts: Sequence[str]) -> Iterator[Any]:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    for text in texts:
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text) or None)
        if text:
            cell.data_type = "s"
            if could_be_a_formula(text):
                cell.quotePrefix = True
        yield cell
