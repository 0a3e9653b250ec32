"""One sheet of an XLSX workbook, read and written by openpyxl; what openpyxl does not keep is known before (losses.py)."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.cell.rich_text import CellRichText
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from hub.sdk import ContractBroken, Misconfigured
from hub_spreadsheet import texts
from hub_spreadsheet.dates import Dates
from hub_spreadsheet.losses import losses
from hub_spreadsheet.settings import SpreadsheetSettings
from hub_spreadsheet.sheet import Edits, Line, header, letters
from hub_spreadsheet.xlsxwrite import Pen

_OLE = b"\xd0\xcf\x11\xe0"
"""How files of Excel before 2007 begin, and workbooks with a password ([MS-CFB] 2.2)."""


class XlsxSheet:
    """``place``: for messages. Raises Misconfigured, ContractBroken."""

    def __init__(self, content: bytes, settings: SpreadsheetSettings, dates: Dates, place: str) -> None:
        self._content, self._settings, self._dates, self._place = content, settings, dates, place
        self.losses = _losses(content, place)
        book = _loaded(content, place)
        ws = self._sheet(book)
        self.form = "XLSX"
        names = [_plain(cell.value) for cell in ws[settings.header_row]] if settings.header_row <= ws.max_row else []
        self._columns = header(names, place, letters)
        self.columns = tuple(self._columns)
        self._totals = any(table.totalsRowCount for table in ws.tables.values())
        self._merged = dict(self._merged_cells(ws))
        self.problems = tuple(dict.fromkeys(
            f"{span} is merged; its rows cannot be told apart. Unmerge it there." for span in self._merged.values()))
        self._formulas: set[tuple[int, int]] = set()
        self.lines = list(self._read(ws))

    def _sheet(self, book: Workbook) -> Worksheet:
        wanted, names = self._settings.sheet, [ws.title for ws in book.worksheets]
        if not wanted and len(names) == 1:
            return book.worksheets[0]
        if wanted not in names:
            which = f"has no sheet {wanted}" if wanted else f"has {len(names)} sheets"
            raise Misconfigured(f"{self._place} {which}. Set sheet to one of: {', '.join(names)}.")
        return book.worksheets[names.index(wanted)]

    def _merged_cells(self, ws: Worksheet) -> Iterator[tuple[tuple[int, int], str]]:
        """(row, column index) → the range, for cells of the data."""
        for span in ws.merged_cells.ranges:
            for row in range(max(span.min_row, self._settings.header_row + 1), span.max_row + 1):
                for index in self._columns.values():
                    if span.min_col <= index + 1 <= span.max_col:
                        yield (row, index), str(span.coord)

    def _read(self, ws: Worksheet) -> Iterator[Line]:
        cached: Worksheet | None = None
        for cells in ws.iter_rows(min_row=self._settings.header_row + 1):
            number = cells[0].row or 0
            line = Line(number)
            for column, index in self._columns.items():
                cell = cells[index] if index < len(cells) else None
                value = cell.value if cell is not None else None
                where = f"{letters(index)}{number}"
                if span := self._merged.get((number, index)):
                    line.raw[column] = f"merged {span} {value}"
                    line.bad[column] = ""  # told once for the whole range
                    continue
                if cell is not None and cell.data_type == "f":
                    self._formulas.add((number, index))
                    if cached is None:
                        cached = self._sheet(_loaded(self._content, self._place, results=True))
                    kept = cached.cell(number, index + 1)
                    formula = getattr(value, "text", value)
                    line.raw[column] = f"f:{formula}:{kept.value}"
                    if kept.value is None:
                        line.bad[column] = f"{where} is a formula whose result is not stored. Open and save the file in Excel."
                        continue
                    cell, value = kept, kept.value
                elif value is not None and value != "":
                    line.raw[column] = f"{cell.data_type if cell is not None else ''}:{value}"
                if cell is not None and cell.data_type == "e":
                    line.bad[column] = f"{where} shows an error. Correct it there."
                    continue
                self._take(line, column, _plain(value), where)
            if line.raw:
                yield line

    def _take(self, line: Line, column: str, value: Any, where: str) -> None:
        if column in self._dates.columns and isinstance(value, str | int | float) and str(value).strip():
            iso = None if isinstance(value, bool) else self._dates.read(str(value))
            if iso is None:
                line.bad[column] = f"{where} is no date. Correct it there."
                return
            value = iso
        line.values[column] = value

    def objection(self, number: int | None, column: str, value: Any) -> str:
        if why := texts.objection(value):
            return why
        if number is None and self._totals:
            return "the table there ends with a row of totals, below which no row can be added. Switch the totals off"
        index = self._columns.get(column)
        if number is not None and index is not None:
            where = f"{letters(index)}{number}"
            if (number, index) in self._merged:
                return f"{where} is merged with other cells. Unmerge it there"
            if (number, index) in self._formulas:
                return f"{where} holds a formula, which the hub does not overwrite"
        return ""

    def rewritten(self, edits: Edits) -> bytes:
        book = _loaded(self._content, self._place)
        ws = self._sheet(book)
        head = self._settings.header_row
        columns = dict(self._columns)
        pen = Pen(ws, self._dates, columns)
        if edits.new_column:
            columns[edits.new_column] = pen.free_column(max(columns.values()) + 1)
            pen.dress(head, columns[edits.new_column], head, max(self._columns.values()))
            pen.put(head, edits.new_column, edits.new_column)
        for number, cells in edits.cells.items():
            for column, value in cells.items():
                pen.put(number, column, value)
        for number in edits.removed:
            for index in self._columns.values():
                pen.clear(number, index)
        last = max((line.number for line in self.lines), default=head)
        for offset, cells in enumerate(edits.added, 1):
            pen.add(pen.end + offset, cells, like=last if self.lines else None)
        if edits.added:
            pen.widen(pen.end + len(edits.added))
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()


def _losses(content: bytes, place: str) -> tuple[str, ...]:
    if content.startswith(_OLE):
        raise Misconfigured(f"{place} is protected by a password, or in the Excel format before 2007. Save it as .xlsx without "
                            "a password.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            return losses(opened)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, zipfile.LargeZipFile):
        raise ContractBroken(f"{place} is no XLSX workbook, or is damaged. Open it and save it as .xlsx.") from None


def _loaded(content: bytes, place: str, *, results: bool = False) -> Workbook:
    """``results``: what formulas gave when the file was saved, instead of the formulas."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl warns of is in losses.py, or a matter of looks
            return openpyxl.load_workbook(io.BytesIO(content), data_only=results, rich_text=not results)
    except Exception as error:  # openpyxl raises whatever its parsers do: KeyError, TypeError, ParseError …
        why = f"{place} is no workbook openpyxl can read ({type(error).__name__}). Open it and save it as .xlsx."
    raise ContractBroken(why)


def _plain(value: Any) -> Any:
    """As JSON."""
    if isinstance(value, CellRichText | str):
        return texts.unescaped(str(value)) or None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value if isinstance(value, bool | int | float) or value is None else str(value)
