"""The volunteers' list of the demo: an Excel file as people keep one, written and edited with openpyxl and nothing of the
connector. It has a title, columns of its own, another sheet, telephone numbers and dates in every form, and no key."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from hub_demo.association import Record

SHEET, OTHER_SHEET = "Vapaaehtoiset", "Vuorot"
HEADER = 3
"""Number of the row with the names of the columns."""
COLUMNS = ("Sukunimi", "Etunimi", "Rooli", "Puhelin", "Sähköposti", "Syntymäaika", "Paita", "Muistiinpanot")
OWN = ("Paita", "Muistiinpanot")
"""Columns that are nobody's business but the list's."""
KEY, PHONE, ROLE = "hub-id", "Puhelin", "Rooli"
_ROLES = ("vapaaehtoinen", "vapaaehtoinen", "Vapaaehtoinen")
_REMARKS = ("", "", "", "ajokortti", "vain viikonloppuisin", "mówi po polsku", "ei tekstiviestejä")


class Volunteers:
    """The file, as people see it in Excel."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> dict[str, dict[str, Any]]:
        """What the hub named a row → column → cell; without rows it has not named yet."""
        with self._opened() as sheet:
            return {str(row[KEY]): row for _, row in _lines(sheet) if row.get(KEY)}

    def own(self) -> list[tuple[Any, ...]]:
        """The columns of the list's own, row by row, and the other sheet: nobody but people writes there."""
        with self._opened() as sheet:
            book = sheet.parent
            assert book is not None
            rows: list[tuple[Any, ...]] = [tuple(row.get(column) for column in OWN) for _, row in _lines(sheet)]
            return [row for row in rows if any(row)] + list(book[OTHER_SHEET].iter_rows(values_only=True))

    def edit(self, name: str, column: str, value: str) -> None:
        """Somebody types into a cell and saves."""
        with self._opened() as sheet:
            number, place = _number(sheet, name), [cell.value for cell in sheet[HEADER]].index(column) + 1
            sheet.cell(number, place).value = value
            self._save(sheet)

    def remove(self, name: str) -> None:
        """Somebody deletes a row and saves."""
        with self._opened() as sheet:
            sheet.delete_rows(_number(sheet, name))
            self._save(sheet)

    @contextmanager
    def _opened(self) -> Iterator[Worksheet]:
        book = openpyxl.load_workbook(self.path)
        try:
            yield book[SHEET]
        finally:
            book.close()

    def _save(self, sheet: Worksheet) -> None:
        assert sheet.parent is not None
        sheet.parent.save(self.path)


def fill(path: Path, records: Sequence[Record], seed: int) -> Volunteers:
    """Make the file, a row a record, in order."""
    rng = random.Random(f"{seed}/volunteers")  # noqa: S311  (a story, no secret)
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = SHEET
    sheet["A1"] = "Vapaaehtoiset – kaikki piirit"
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A2"] = "Älä poista rivejä, kysy ensin toimistosta!"
    for place, name in enumerate(COLUMNS, 1):
        cell = sheet.cell(HEADER, place, name)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE8CB")
    for number, record in enumerate(records, HEADER + 1):
        for place, value in enumerate(_row(record, rng), 1):
            cell = sheet.cell(number, place, value)
            if isinstance(value, str):
                cell.data_type = "s"
            elif isinstance(value, date):
                cell.number_format = "d.m.yyyy"
    sheet.freeze_panes = f"A{HEADER + 1}"
    shifts = book.create_sheet(OTHER_SHEET)
    shifts.append(["Päivä", "Vuoro", "Tarvitaan"])
    for day in range(6, 9):
        shifts.append([date(2026, 6, day), rng.choice(("aamu", "ilta")), rng.randint(4, 12)])
    book.save(path)
    return Volunteers(path)


def export(source: Path, target: Path) -> None:
    """The sheet of the volunteers alone, as a file of its own."""
    book = openpyxl.load_workbook(source)
    del book[OTHER_SHEET]
    book.save(target)
    book.close()


def _row(record: Record, rng: random.Random) -> list[Any]:
    p = record.shown
    return [p["name.family"], p["name.given"], rng.choice(_ROLES), _first(p, "phones"), _first(p, "emails"),
            _day(p.get("birthday"), rng), rng.choice("SML"), rng.choice(_REMARKS) or None]


def _first(p: Any, unit: str) -> str | None:
    members, first = p.get(unit) or {}, p.get(f"{unit}.primary")
    return str(members[first]["v"]) if first in members else None


def _day(birthday: str | None, rng: random.Random) -> Any:
    """A date, or one typed as text; a year alone stays one."""
    if not birthday or len(birthday) != len("1990-02-28"):
        return birthday
    day = date.fromisoformat(birthday)
    return day if rng.random() < 0.6 else f"{day.day}.{day.month}.{day.year}"


def _lines(sheet: Worksheet) -> Iterator[tuple[int, dict[str, Any]]]:
    names = [cell.value for cell in sheet[HEADER]]
    for number, cells in enumerate(sheet.iter_rows(min_row=HEADER + 1, values_only=True), HEADER + 1):
        if any(value is not None for value in cells):
            yield number, dict(zip(map(str, names), cells, strict=False))


def _number(sheet: Worksheet, name: str) -> int:
    return next(number for number, row in _lines(sheet) if row.get(KEY) == name)
