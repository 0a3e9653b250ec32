"""A file and the people who edit it, with the csv module and openpyxl and nothing of the connector: what they see is what
is in the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

COLUMNS = ("hub-id", "First name", "Last name", "Birth date", "Organisation", "Job title", "Notes", "Email", "Phone", "Street",
           "Postcode", "City", "Country")


class Users:
    """They add, edit and delete rows of ``path``, a .csv or .xlsx file. Rows are named by the column ``key``."""

    def __init__(self, path: Path, columns: Sequence[str] = COLUMNS, key: str = "hub-id") -> None:
        self.path, self.columns, self.key = path, list(columns), key
        self._save([])

    def rows(self) -> dict[str, dict[str, Any]]:
        """Key → column → what stands in the cell; None for nothing."""
        return {str(row[self.key]): row for row in self._read() if row.get(self.key) not in (None, "")}

    def add(self, row: Mapping[str, Any]) -> None:
        self._save([*self._read(), dict(row)])

    def edit(self, key: str, patch: Mapping[str, Any]) -> None:
        self._save([{**row, **patch} if str(row.get(self.key)) == key else row for row in self._read()])

    def delete(self, key: str) -> None:
        self._save([row for row in self._read() if str(row.get(self.key)) != key])

    def _read(self) -> list[dict[str, Any]]:
        if self.path.suffix == ".csv":
            with self.path.open(encoding="utf-8", newline="") as opened:
                return [{column: typed(value) for column, value in row.items()} for row in csv.DictReader(opened)]
        sheet = openpyxl.load_workbook(self.path).worksheets[0]
        head, *rest = sheet.iter_rows(values_only=True)
        return [dict(zip(map(str, head), row, strict=True)) for row in rest if any(value is not None for value in row)]

    def _save(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if self.path.suffix == ".csv":
            out = io.StringIO(newline="")
            writer = csv.DictWriter(out, self.columns)
            writer.writeheader()
            writer.writerows(rows)
            self.path.write_bytes(out.getvalue().encode("utf-8"))
            return
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.append(self.columns)
        for number, row in enumerate(rows, 2):
            for place, column in enumerate(self.columns, 1):
                cell = sheet.cell(number, place)
                cell.value = row.get(column)
                if isinstance(row.get(column), str):
                    cell.data_type = "s"
        book.save(self.path)


def typed(value: str | None) -> str | None:
    """What a spreadsheet program shows for a field: an apostrophe before a sign only says that a text follows."""
    if value and value[0] == "'" and value.lstrip("'")[:1] in tuple("=+-@\t\r\n＝＋－＠"):
        return value[1:]
    return value or None
