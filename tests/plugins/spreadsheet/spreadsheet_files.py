"""Files to try the connector on, and what it says about them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import openpyxl
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from hub.sdk import Done, NativeRecord, NativeWrite, RecordRef, Refused, Upserted, WriteResult
from hub_spreadsheet.connector import Spreadsheet
from hub_spreadsheet.files import Disk
from hub_spreadsheet.settings import SpreadsheetSettings

T = TypeVar("T")


def run(doing: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(doing)


def connector(path: Path, *, disk: Disk | None = None, **settings: Any) -> Spreadsheet:
    return Spreadsheet(SpreadsheetSettings(path=path, **settings), system="board", disk=disk)


def listed(system: Spreadsheet) -> dict[str, NativeRecord]:
    async def pull() -> dict[str, NativeRecord]:
        return {change.ref.native_id: change.record async for page in system.pull("contact", None) for change in page.changes
                if isinstance(change, Upserted)}

    return run(pull())


def data(system: Spreadsheet) -> dict[str, dict[str, Any]]:
    return {name: dict(record.data) for name, record in listed(system).items()}


def write(system: Spreadsheet, *writes: NativeWrite) -> list[WriteResult]:
    return list(run(system.write("contact", writes)))


def update(record: NativeRecord, **patch: Any) -> NativeWrite:
    """``First_name`` stands for "First name"."""
    cells = {name.replace("_", " "): value for name, value in patch.items()}
    return NativeWrite("update", record.ref, cells, record.data, record.version)


def create(key: str, cells: Mapping[str, Any]) -> NativeWrite:
    return NativeWrite("create", RecordRef("board", "", "contact", ""), {**cells, "hub-id": key}, key=key)


def delete(record: NativeRecord) -> NativeWrite:
    return NativeWrite("delete", record.ref, {}, record.data, record.version)


def done(results: Iterable[WriteResult]) -> None:
    for result in results:
        assert isinstance(result, Done), result


def refused(result: WriteResult) -> tuple[str, str]:
    assert isinstance(result, Refused), result
    return result.reaction, result.why


def workbook(path: Path, rows: Sequence[Sequence[Any]]) -> tuple[Workbook, Worksheet]:
    """A saved workbook with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Members"
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return book, sheet


def opened(path: Path) -> Worksheet:
    return openpyxl.load_workbook(path).worksheets[0]
