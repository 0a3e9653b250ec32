"""Which row is which: the key column, rows that have no key yet, and keys that two rows share."""

from __future__ import annotations

from typing import Any

from hub.sdk import NativeRecord, RecordRef
from hub_spreadsheet import receipts
from hub_spreadsheet.settings import SpreadsheetSettings
from hub_spreadsheet.sheet import Line, Sheet

MOST_TOLD = 20
"""Sentences about cells and rows, at most; the rest is counted."""


class Rows:
    """The rows of one reading, by id.

    ``by_id``   id → its row
    ``waiting`` id → row, of those whose key is not in the file yet: their id is made from what stands in them, and is what
                will be written into the key column
    ``shared``  ids that several rows have, and so none: → the numbers of those rows
    ``denied``  why nothing can be written, "" where it can
    """

    def __init__(self, sheet: Sheet, settings: SpreadsheetSettings, system: str) -> None:
        self.sheet, self.key, self._system, self._name = sheet, settings.key, system, settings.path.name
        self.receipt, self.language = settings.receipt, settings.receipt_language
        self.by_id: dict[str, Line] = {}
        self.waiting: dict[str, Line] = {}
        self.shared: dict[str, list[int]] = {}
        self._told: list[str] = []
        self.has_key = settings.key in sheet.columns
        self.makes_key = settings.make_key
        self._identify()
        self.denied = self._denied()

    def _identify(self) -> None:
        found: dict[str, list[Line]] = {}
        empty: list[Line] = []
        for line in self.sheet.lines:
            if self.key in line.bad:
                continue
            name = key_text(line.values.get(self.key))
            if name:
                found.setdefault(name, []).append(line)
            else:
                empty.append(line)
        for name, lines in found.items():
            if len(lines) == 1:
                self.by_id[name] = lines[0]
            else:
                self.shared[name] = [line.number for line in lines]
                told = " and ".join(map(str, self.shared[name]))
                self._told.append(f'rows {told} have the same "{self.key}"; none of them is read. Give each its own.')
        if self.has_key and not self.makes_key:
            self._told += [f'row {line.number} has no "{self.key}" and is not read. Fill it in, or set make_key = true.'
                           for line in empty]
            return
        for line in empty:
            name = start = f"row-{line.digest(self.key)[:16]}"
            number = 1
            while name in self.by_id or name in self.shared:  # two rows with the same content: which is which does not matter
                number += 1
                name = f"{start}-{number}"
            self.by_id[name] = self.waiting[name] = line

    def _denied(self) -> str:
        if self.sheet.losses:
            lost = ", ".join(self.sheet.losses)
            return (f"{self._name} holds {lost}, which a save by the hub would lose, so it is only read. Keep that in another "
                    "workbook, or save the sheet as CSV.")
        if not self.has_key and not self.makes_key:
            return (f'{self._name} has no column "{self.key}", so it is only read, and a row that is edited looks like another '
                    "one. Set key to a column whose values are unique, or make_key = true to let the hub add the column.")
        if self.receipt and self.receipt not in self.sheet.columns:
            return (f'{self._name} has no column "{self.receipt}" for receipts, so it is only read. Add the column, or take '
                    "receipt out of the settings.")
        return ""

    @property
    def unanswered(self) -> int:
        """Rows in which the hub wrote what is new, and nobody typed a receipt."""
        return sum(receipts.read(line.values.get(self.receipt)).waits for line in self.sheet.lines) if self.receipt else 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for a person: what is not read, by cell and row, with the cure. No values."""
        cells = [why for line in self.sheet.lines for why in line.bad.values() if why]
        told = [*self.sheet.problems, *self._told, *cells]
        rest = [f"and {len(told) - MOST_TOLD} more like these"] if len(told) > MOST_TOLD else []
        return (*([self.denied] if self.denied else []), *(f"{self._name}: {each}" for each in [*told[:MOST_TOLD], *rest]))

    def ref(self, native_id: str) -> RecordRef:
        return RecordRef(self._system, "", "contact", native_id)

    def version(self, native_id: str) -> str:
        return self.by_id[native_id].digest(self.key)

    def record(self, native_id: str) -> NativeRecord | None:
        """The record of a row. One whose key is shared is there, and nothing is known of it."""
        if native_id in self.shared:
            return NativeRecord(self.ref(native_id), {}, complete=False)
        line = self.by_id.get(native_id)
        if line is None:
            return None
        data: dict[str, Any] = dict(line.values)
        if self.receipt and (number := receipts.read(line.values.get(self.receipt)).number):
            data.setdefault(receipts.NUMBER, number)
        return NativeRecord(self.ref(native_id), data, self.version(native_id), complete=not line.bad)


def key_text(value: Any) -> str:
    """The id a key cell gives; "" for an empty one. 7 and "7" are the same."""
    return "" if value is None or isinstance(value, bool) else str(value).strip()
