"""A sheet to fill in: a row of keys, headings, lines with drop-downs. Every cell is text, and all but those for answers are
locked, without a password."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from hub.reviewing import form

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LISTS = "lists"
"""The hidden sheet with the choices, one set of them a row."""
KEYS, HEADINGS = 1, 2
"""Rows of a sheet."""
FONT, SIZE = "Calibri", 11
"""Of all cells, as openpyxl has it for those nobody says it of."""
_CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet program would calculate begins so (OWASP, CSV Injection)."""
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_LINE, _HIGHEST, _FILL = 15, 405, 0.9
"""Points of one line, and of the highest row (409 is the limit); how much of a cell's width words fill."""
_ANSWERS = (form.CHOICE, form.VALUE)


@dataclass(frozen=True, slots=True)
class Column:
    """``key``: what the reader knows it by; ``width`` in characters."""

    key: str
    heading: str
    width: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One question. ``cells``: key of a column → text; ``choices``: what its drop-down lists; ``head``: of a group."""

    id: str
    number: int
    mark: str
    cells: Mapping[str, str]
    choices: tuple[str, ...]
    head: bool = False


class Choices:
    """The hidden sheet that all drop-downs of a workbook take their lists from."""

    def __init__(self, book: Workbook) -> None:
        self._sheet: Any = book.create_sheet(LISTS)
        self._sheet.sheet_state = "hidden"
        self._sheet.protection.sheet = True
        self._known: dict[tuple[str, ...], str] = {}

    def formula(self, choices: tuple[str, ...]) -> str:
        """Where these choices stand."""
        from openpyxl.utils import get_column_letter

        if choices not in self._known:
            row = len(self._known) + 1
            for place, choice in enumerate(choices, 1):
                text(self._sheet.cell(row, place), choice)
            self._known[choices] = f"{LISTS}!$A${row}:${get_column_letter(len(choices))}${row}"
        return self._known[choices]


def write(sheet: Worksheet, workspace: str, columns: Sequence[Column], lines: Sequence[Line], choices: Choices,
          prompt: str, refusal: str) -> None:
    """``prompt``: what a drop-down says when its cell is chosen; ``refusal``: when something else is typed."""
    columns = [Column("key", "", 0, hidden=True), *columns]
    _heads(sheet, workspace, columns)
    of_choices: dict[tuple[str, ...], list[int]] = {}
    for row, line in enumerate(lines, HEADINGS + 1):
        _line(sheet, row, line, columns)
        of_choices.setdefault(line.choices, []).append(row)
    _drop_downs(sheet, columns, {choices.formula(some): rows for some, rows in of_choices.items()}, prompt, refusal)
    _lay_out(sheet, columns)


def _heads(sheet: Worksheet, workspace: str, columns: Sequence[Column]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for number, column in enumerate(columns, 1):
        text(sheet.cell(KEYS, number), form.head(workspace) if column.key == "key" else column.key)
        cell = sheet.cell(HEADINGS, number)
        text(cell, column.heading)
        cell.font = Font(FONT, SIZE, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="1F5F8B")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(number)].width = max(column.width, 1)
        sheet.column_dimensions[get_column_letter(number)].hidden = column.hidden
    sheet.row_dimensions[KEYS].hidden = True


def _line(sheet: Worksheet, row: int, line: Line, columns: Sequence[Column]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

    cells = {key: fits(value) for key, value in line.cells.items()}
    shown = [cells.get(c.key, "") for c in columns if c.key.startswith(form.SHOWN)]
    cells["key"] = form.key_of(line.id, line.number, line.mark, shown)
    sheet.row_dimensions[row].height = height([(cells.get(c.key, ""), c.width) for c in columns if not c.hidden])
    below = Side("thin", color="DFE3E8")
    for number, column in enumerate(columns, 1):
        cell = sheet.cell(row, number)
        text(cell, cells.get(column.key, ""))
        cell.alignment = Alignment(wrap_text=not column.hidden, vertical="top")
        cell.border = Border(bottom=below)
        if line.head:
            cell.font = Font(FONT, SIZE, bold=True)
            cell.fill = PatternFill("solid", fgColor="E8EDF3")
        if column.key in _ANSWERS:
            cell.number_format = "@"  # what is typed here stays as it was typed
            cell.fill = PatternFill("solid", fgColor="FFF4CC")
            cell.protection = Protection(locked=False)


def _drop_downs(sheet: Worksheet, columns: Sequence[Column], lists: Mapping[str, Sequence[int]], prompt: str,
                refusal: str) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter([c.key for c in columns].index(form.CHOICE) + 1)
    for formula, rows in lists.items():
        pick = DataValidation("list", formula1=formula, allow_blank=True, showErrorMessage=True, error=refusal,
                              showInputMessage=True, prompt=prompt)
        for start, end in _runs(rows):
            pick.add(f"{letter}{start}:{letter}{end}")
        sheet.add_data_validation(pick)


def _lay_out(sheet: Worksheet, columns: Sequence[Column]) -> None:
    from openpyxl.utils import get_column_letter

    first = 1 + [c.hidden for c in columns].index(False)
    sheet.freeze_panes = f"{get_column_letter(first + 2)}{HEADINGS + 1}"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False  # False: is allowed
    sheet.auto_filter.ref = f"A{HEADINGS}:{get_column_letter(len(columns))}{max(sheet.max_row, HEADINGS)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.print_title_rows = f"{HEADINGS}:{HEADINGS}"


def height(texts: Sequence[tuple[str, int]]) -> float:
    """Points a row needs for (text, width of its cell): not every program works that out when it opens a file."""
    lines = (sum(max(1, ceil(len(part) / (width * _FILL))) for part in value.split("\n")) for value, width in texts)
    return float(min(_LINE * max(lines), _HIGHEST))


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rows that follow each other, as first and last."""
    start = end = rows[0]
    for row in rows[1:]:
        if row != end + 1:
            yield start, end
            start = row
        end = row
    yield start, end


def fits(value: str) -> str:
    """As a cell can hold it: no control characters, no halves of characters, not too long (32,767 is the limit)."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("", value.encode("utf-8", "replace").decode("utf-8"))[:32_000]


def text(cell: Any, value: str) -> None:
    """A text, whatever it looks like; ``quotePrefix`` keeps it one when somebody edits the cell (ECMA-376 part 1, 18.8.45).
    What looks like an escape is escaped, or reading would take it for one (22.9.2.19)."""
    if value:
        cell.value = _LOOKS_ESCAPED.sub("_x005F_", value)
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(_CALCULATED)
