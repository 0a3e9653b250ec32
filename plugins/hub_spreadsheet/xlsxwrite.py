"""Writing into a loaded worksheet: values in the types users would have typed, and nothing a program would calculate."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import date
from typing import Any

from openpyxl.cell.cell import Cell
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from hub_spreadsheet import texts
from hub_spreadsheet.dates import Dates, whole
from hub_spreadsheet.sheet import letters

_FIRST_DAY = date(1904, 1, 2)
"""Workbooks count days from 1900 or 1904; what is before stays a text."""


class Pen:
    """Writes cells of ``ws``. ``columns``: name → index from 0."""

    def __init__(self, ws: Worksheet, dates: Dates, columns: Mapping[str, int]) -> None:
        self._ws, self._dates, self._columns = ws, dates, columns
        filled = (cell.row or 0 for row in ws.iter_rows() for cell in row if cell.value is not None)
        ends = [range_boundaries(table.ref)[3] or 0 for table in ws.tables.values()]
        self.end = max([*filled, *ends], default=0)
        """Number of the last row with anything in it, in whichever column."""

    def put(self, number: int, column: str, value: Any) -> None:
        index = self._columns[column]
        cell = self._ws.cell(number, index + 1)
        assert isinstance(cell, Cell)
        day = whole(value)
        text_there = isinstance(cell.value, str)
        self._relink(cell, value)
        if value is None or value == "":
            cell.value = None
        elif day is not None and day >= _FIRST_DAY and not text_there and (form := self._date_form(cell, column, index)):
            cell.value = day
            cell.number_format = form
        elif isinstance(value, str):
            if column in self._dates.columns and text_there:
                value = self._dates.write(value, [str(cell.value)])
            self._text(cell, value)
        else:
            cell.value = value

    @staticmethod
    def _relink(cell: Cell, value: Any) -> None:
        """Excel makes an e-mail address a link: it follows the address."""
        link = cell.hyperlink
        if link is not None and (value is None or value == ""):
            cell.hyperlink = None
        elif link is not None and str(link.target).casefold() == f"mailto:{cell.value}".casefold():
            link.target = f"mailto:{value}"

    @staticmethod
    def _text(cell: Cell, text: str) -> None:
        """A text, whatever it looks like. ``quotePrefix`` keeps it one when a user edits the cell (ECMA-376 part 1, 18.8.45)."""
        cell.value = texts.escaped(text.replace("\r\n", "\n").replace("\r", "\n"))
        cell.data_type = "s"
        if cell.is_date:
            cell.number_format = "General"
        if texts.is_formula(text) or text.startswith("+"):
            cell.quotePrefix = True

    def _date_form(self, cell: Cell, column: str, index: int) -> str:
        """How a date is shown there: as before, or as the dates in that column are; "" where it holds none."""
        if cell.is_date:
            return str(cell.number_format)
        for row in self._ws.iter_rows(min_col=index + 1, max_col=index + 1):
            if isinstance(row[0], Cell) and row[0].is_date and row[0].value is not None:
                return str(row[0].number_format)
        return "yyyy-mm-dd" if column in self._dates.columns else ""

    def clear(self, number: int, index: int) -> None:
        cell = self._ws.cell(number, index + 1)
        if isinstance(cell, Cell):
            cell.value = None
            cell.comment = None
            cell.hyperlink = None

    def add(self, number: int, cells: Mapping[str, Any], *, like: int | None) -> None:
        """A new row, which looks like row ``like``."""
        for index in self._columns.values():
            if like is not None:
                self.dress(number, index, like, index)
        for column, value in cells.items():
            self.put(number, column, value)

    def dress(self, number: int, index: int, like: int, like_index: int) -> None:
        """The cell looks like another one."""
        cell, other = self._ws.cell(number, index + 1), self._ws.cell(like, like_index + 1)
        if isinstance(cell, Cell) and isinstance(other, Cell) and other.has_style:
            cell._style = copy(other._style)  # type: ignore[attr-defined]

    def free_column(self, index: int) -> int:
        """The first empty one, from ``index`` on."""
        used = {cell.column - 1 for row in self._ws.iter_rows() for cell in row if cell.value is not None and cell.column}
        while index in used:
            index += 1
        return index

    def widen(self, last: int) -> None:
        """Tables and the filter that ended with the data end with it again."""
        for table in self._ws.tables.values():
            table.ref = _to(table.ref, self.end, last)
            if table.autoFilter is not None:
                table.autoFilter.ref = _to(table.autoFilter.ref, self.end, last)
        if self._ws.auto_filter.ref:
            self._ws.auto_filter.ref = _to(self._ws.auto_filter.ref, self.end, last)


def _to(ref: str, end: int, last: int) -> str:
    left, top, right, bottom = range_boundaries(ref)
    if bottom != end or not (left and right):
        return ref
    return f"{letters(left - 1)}{top}:{letters(right - 1)}{last}"
