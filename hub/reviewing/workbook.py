"""The report as a workbook to fill in: a sheet of instructions, and one with a line for each decision. Every cell is text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.model.waiting import Asked, Waiting
from hub.reviewing import form
from hub.reviewing.words import Words

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HELP = tuple(f"help_{n}" for n in range(1, 7))
LISTS = "lists"
"""The hidden sheet with the choices, one set of them a row."""
KEYS, HEADINGS = 1, 2
"""Rows of the sheet."""
_WIDTHS = {"number": 6, "name": 24, "field": 22, "cause": 22, "opened": 12, form.CHOICE: 26, form.VALUE: 26, "effects": 80}
_WIDE = 26
_CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet program would calculate begins so (OWASP, CSV Injection)."""
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def write(asked: Asked, language: str, path: Path) -> None:
    from openpyxl import Workbook

    told = Words(language)
    book = Workbook()
    _instructions(book.active, told, len(asked.waiting), asked.answered)
    _Sheet(book, asked, told).write()
    book.active = 1 if asked.waiting else 0
    book.save(path)


def _instructions(sheet: Any, told: Words, count: int, answered: int) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = told.say["sheet_help"]
    sheet.column_dimensions["A"].width = 100
    lead = told.say["none"] if not count else told.say["lead_one"] if count == 1 else None
    lines = [told.say["title"], *([lead] if lead else []), *([told.fill("answered", count=answered)] if answered else []),
             told.say["personal"], told.say["how"],
             *(told.fill(name, sheet=told.say["sheet_rows"], choice=told.say["col_choice"], value=told.say["col_value"],
                         typed=told.say["choice_value"]) for name in HELP)]
    for number, line in enumerate(lines, 1):
        cell = sheet.cell(2 * number - 1, 1)
        _text(cell, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=number == 1, size=16 if number == 1 else 11)


class _Sheet:
    """The sheet of decisions. Lives for one call."""

    def __init__(self, book: Any, asked: Asked, told: Words) -> None:
        self.asked, self.told = asked, told
        self.sheet: Worksheet = book.create_sheet(told.say["sheet_rows"])
        self.lists: Worksheet = book.create_sheet(LISTS)
        self.systems = sorted({_system(s.system) for w in asked.waiting if not w.is_existence for s in w.said}
                              | {_system(s.system) for w in asked.waiting for s in w.said})
        shown = ["number", "name", "field", "cause", "opened", "hub", *(f"system {name}" for name in self.systems)]
        self.columns = ["key", *(f"{form.SHOWN} {name}" for name in shown), form.CHOICE, form.VALUE, "effects"]

    def write(self) -> None:
        self._head()
        lines: dict[tuple[str, ...], list[int]] = {}
        for row, waiting in enumerate(self.asked.waiting, HEADINGS + 1):
            self._line(row, waiting)
            lines.setdefault(tuple(self.told.choice(c.name) for c in waiting.choices), []).append(row)
        self._drop_downs(lines)
        self._lay_out()

    def _head(self) -> None:
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter

        for number, column in enumerate(self.columns, 1):
            _text(self.sheet.cell(KEYS, number), form.head(self.asked.workspace) if column == "key" else column)
            cell = self.sheet.cell(HEADINGS, number)
            name = column.removeprefix(f"{form.SHOWN} ")
            if column != "key":
                _text(cell, name.removeprefix("system ") if name.startswith("system ") else
                      self.told.say["hub_now" if name == "hub" else f"col_{name}"])
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = PatternFill("solid", fgColor="1F5F8B")
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            self.sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, _WIDE)

    def _line(self, row: int, waiting: Waiting) -> None:
        from openpyxl.styles import Alignment, Border, PatternFill, Protection, Side

        shown = [_fits(text) for text in self._shown(row, waiting)]
        effects = "\n".join(f"{self.told.choice(c.name)}: {self.told.effect(c, waiting)}" for c in waiting.choices)
        cells = [form.key_of(waiting.id, waiting.number, waiting.mark, shown), *shown, "", "", _fits(effects)]
        line = Side("thin", color="DFE3E8")
        for number, text in enumerate(cells, 1):
            cell = self.sheet.cell(row, number)
            _text(cell, text)
            cell.alignment = Alignment(wrap_text=number > 1, vertical="top")
            cell.border = Border(bottom=line)
            if self.columns[number - 1] in (form.CHOICE, form.VALUE):
                cell.number_format = "@"  # what is typed here stays as it was typed
                cell.fill = PatternFill("solid", fgColor="FFF4CC")
                cell.protection = Protection(locked=False)

    def _shown(self, row: int, waiting: Waiting) -> Iterator[str]:
        told, say = self.told, self.told.say
        yield str(row - HEADINGS)
        yield waiting.name or say["nameless"]
        yield told.field(waiting.unit)
        yield say[f"cause_{waiting.cause}"]
        yield told.day(waiting.opened_at)
        yield "" if waiting.is_existence else told.value(waiting.hub, waiting.unit)
        for system in self.systems:
            said = [s for s in waiting.said if _system(s.system) == system]
            values = [say["gone_there"] if waiting.is_existence else told.value(s.value, waiting.unit) for s in said]
            named = [v if s.system == system else f"{s.system}: {v}" for s, v in zip(said, values, strict=True)]
            yield "\n".join(named)

    def _drop_downs(self, lines: dict[tuple[str, ...], list[int]]) -> None:
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.datavalidation import DataValidation

        letter = get_column_letter(self.columns.index(form.CHOICE) + 1)
        for number, (choices, rows) in enumerate(lines.items(), 1):
            for place, choice in enumerate(choices, 1):
                _text(self.lists.cell(number, place), choice)
            last = get_column_letter(len(choices))
            pick = DataValidation("list", formula1=f"{LISTS}!$A${number}:${last}${number}", allow_blank=True,
                                  showErrorMessage=True, error=self.told.say["pick_wrong"],
                                  showInputMessage=True, prompt=self.told.say["pick"])
            for start, end in _runs(rows):
                pick.add(f"{letter}{start}:{letter}{end}")
            self.sheet.add_data_validation(pick)
        self.lists.sheet_state = "hidden"
        self.lists.protection.sheet = True

    def _lay_out(self) -> None:
        from openpyxl.utils import get_column_letter

        sheet = self.sheet
        sheet.row_dimensions[KEYS].hidden = True
        sheet.column_dimensions["A"].hidden = True
        sheet.freeze_panes = f"D{HEADINGS + 1}"
        sheet.protection.sheet = True
        sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False  # False: is allowed
        sheet.auto_filter.ref = f"A{HEADINGS}:{get_column_letter(len(self.columns))}{max(sheet.max_row, HEADINGS)}"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
        sheet.print_title_rows = f"{HEADINGS}:{HEADINGS}"


def _system(name: str) -> str:
    return name.partition(":")[0]


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rows that follow each other, as first and last."""
    start = end = rows[0]
    for row in rows[1:]:
        if row != end + 1:
            yield start, end
            start = row
        end = row
    yield start, end


def _fits(text: str) -> str:
    """As a cell can hold it: no control characters, no halves of characters, not too long (32,767 is the limit)."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("", text.encode("utf-8", "replace").decode("utf-8"))[:32_000]


def _text(cell: Any, text: str) -> None:
    """A text, whatever it looks like; ``quotePrefix`` keeps it one when somebody edits the cell (ECMA-376 part 1, 18.8.45).
    What looks like an escape is escaped, or reading would take it for one (22.9.2.19)."""
    if text:
        cell.value = _LOOKS_ESCAPED.sub("_x005F_", text)
        cell.data_type = "s"
        cell.quotePrefix = text.startswith(_CALCULATED)
