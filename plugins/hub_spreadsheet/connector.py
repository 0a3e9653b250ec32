"""One sheet as a system: the file is read whole, and written in one step that replaces it.

A record is a row, named by its key column; its version is a digest of its cells. Nothing is asked of a network.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import uuid4

from pydantic import BaseModel

from hub.sdk import (
    AuthFailed,
    Batch,
    Capabilities,
    Change,
    Checkpoint,
    ConnectorError,
    Done,
    Gone,
    Health,
    MadeMapping,
    Misconfigured,
    NativeRecord,
    NativeWrite,
    Page,
    RecordRef,
    Refused,
    Support,
    Unknown,
    Upserted,
    WriteResult,
)
from hub_spreadsheet.dates import Dates
from hub_spreadsheet.files import Disk, File, Moved, NotSaved, Unclear
from hub_spreadsheet.headings import mapping_for
from hub_spreadsheet.rows import Rows
from hub_spreadsheet.settings import CSV, HUB_ID, SpreadsheetSettings
from hub_spreadsheet.sheet import Sheet
from hub_spreadsheet.writing import Draft, draft, proved

PAGE = 500
TRIES = 3
"""How often a save begins anew because somebody saved the file between reading and replacing it."""


class Spreadsheet:
    """One sheet. ``disk`` is for tests; ``transport`` and ``clock`` are those of all connectors, and of no use here."""

    kind: ClassVar[str] = "spreadsheet"
    Settings: ClassVar[type[BaseModel]] = SpreadsheetSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="none",
        deletes_seen_as="absence",
        conditional_write=Support.YES,
        idempotent_create=Support.YES,
        returns_written="record",
        batch=Batch(PAGE, "partial"),
        max_page=PAGE,
        own_key_field=HUB_ID,
    )

    def __init__(
        self, settings: SpreadsheetSettings, *, system: str, disk: Disk | None = None, transport: Any = None, clock: Any = None,
    ) -> None:
        self._settings, self._system = settings, system
        self._file = File(settings.path, system, disk or Disk())
        self._dates = Dates(settings.date_columns, settings.date_format)
        self._last: tuple[bytes, Rows] | None = None
        self._waits = ""

    def __repr__(self) -> str:
        return f"Spreadsheet({self._file.place!r})"

    async def close(self) -> None:
        """There is nothing to close: the file is open only while it is read or saved."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the last reading could not read, by cell and row, and why the last save waits; with the cure."""
        return (*((self._waits,) if self._waits else ()), *(self._last[1].warnings if self._last else ()))

    async def check(self) -> Health:
        """Reads the file. Raises AuthFailed, Misconfigured, Transient, ContractBroken."""
        rows = await asyncio.to_thread(self._read)
        may = self._file.may_write()
        rights = () if may else (f"{self._file.place} may not be written by the account the hub runs under. Grant it the right "
                                 "to write the file and its folder, or let the hub only read it.",)
        waits = (self._file.is_open(),) if self._file.opened_by() else ()
        open_rows = (f'{self._file.place}: {rows.unanswered} rows wait for a receipt in the column "{rows.receipt}".',
                     ) if rows.unanswered else ()
        name = self._settings.path.name + (f", {self._settings.sheet}" if self._settings.sheet else "")
        return Health(identity=name, fingerprint=f"{name}, {self._settings.key}", can_write=may and not rows.denied,
                      server=rows.sheet.form, warnings=(*rights, *waits, *open_rows, *rows.warnings))

    async def mapping_for(self, meaning_of: Callable[[str], str]) -> MadeMapping:
        """See ``headings``. Reads the file."""
        rows = await asyncio.to_thread(self._read)
        return mapping_for(rows.sheet.columns, self._settings.key, meaning_of)

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """Every row, each time: a file tells no changes. A file that is as it was is read, but not taken apart again."""
        rows = await asyncio.to_thread(self._read)
        changes: list[Change] = [Upserted(record) for name in rows.by_id if (record := rows.record(name)) is not None]
        listing_id = uuid4().hex
        last = max(len(changes) - 1, 0) // PAGE
        for number in range(last + 1):
            yield Page(changes[number * PAGE:(number + 1) * PAGE], listing="ends" if number == last else "partial",
                       listing_id=listing_id)

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """One reading of the file."""
        if not refs:
            return []
        rows = await asyncio.to_thread(self._read)
        return [rows.record(ref.native_id) or Gone(ref, "deleted") for ref in refs]

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        """Rows whose key is one of these."""
        if not keys:
            return {}
        rows = await asyncio.to_thread(self._read)
        return {key: record for key in keys if key in rows.by_id and (record := rows.record(key)) is not None}

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """One save for all of them. Raises AuthFailed and Misconfigured where nothing can be written at all."""
        if not batch:
            return []
        return await asyncio.to_thread(self._write, batch)

    def _read(self) -> Rows:
        return self._parsed(self._file.read())

    def _parsed(self, content: bytes) -> Rows:
        digest = hashlib.sha256(content).digest()
        if self._last is None or self._last[0] != digest:
            self._last = digest, self._taken_apart(content)
        return self._last[1]

    def _taken_apart(self, content: bytes) -> Rows:
        sheet: Sheet
        if self._settings.path.suffix.lower() in CSV:
            from hub_spreadsheet.csvsheet import CsvSheet

            sheet = CsvSheet(content, self._settings, self._dates, self._file.place)
        else:
            from hub_spreadsheet.xlsxsheet import XlsxSheet

            sheet = XlsxSheet(content, self._settings, self._dates, self._file.place)
        return Rows(sheet, self._settings, self._system)

    def _write(self, batch: Sequence[NativeWrite]) -> list[WriteResult]:
        if not self._file.may_write():
            raise AuthFailed(f"{self._file.place} may not be written by the account the hub runs under. Grant it the right to.")
        self._waits = ""
        for _ in range(TRIES):
            if self._file.opened_by():
                return self._later(batch, self._file.is_open())
            try:
                return self._attempt(batch)
            except Moved:
                continue
            except (AuthFailed, Misconfigured):
                raise
            except (NotSaved, ConnectorError) as why:
                return self._later(batch, str(why))
        return self._later(batch, f"{self._file.path.name} is saved by others again and again; it is tried later.")

    def _later(self, batch: Sequence[NativeWrite], why: str) -> list[WriteResult]:
        """Nothing was written. The sentence is told as a warning, too: a write that is tried again is no news by itself."""
        self._waits = why
        return [Refused("transient", why)] * len(batch)

    def _attempt(self, batch: Sequence[NativeWrite]) -> list[WriteResult]:
        seen = self._file.read()
        rows = self._parsed(seen)
        if rows.denied:
            raise (Misconfigured if rows.sheet.losses else AuthFailed)(f"{self._system}: {rows.denied}")
        refused: dict[int, Refused] = {}
        while True:
            made = draft(batch, rows, refused)
            if not made.edits:
                return self._answers(batch, made, rows)
            content = rows.sheet.rewritten(made.edits)
            after, wrong = proved(made, rows, content, self._taken_apart)
            if not wrong:
                break
            refused |= wrong
        try:
            self._file.save(content, seen=seen)
        except Unclear as why:
            unknown: WriteResult = Unknown(str(why))
            return [made.settled.get(number, unknown) for number in range(len(batch))]
        self._last = hashlib.sha256(content).digest(), after
        return self._answers(batch, made, after)

    @staticmethod
    def _answers(batch: Sequence[NativeWrite], made: Draft, rows: Rows) -> list[WriteResult]:
        out: list[WriteResult] = []
        for number in range(len(batch)):
            if number in made.settled:
                out.append(made.settled[number])
                continue
            name, cells = made.sent[number]
            out.append(Done(rows.ref(name)) if cells is None else Done(rows.ref(name), rows.record(name), rows.version(name)))
        return out
