"""A list in a file, and the people who edit it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hub_demo.real.offices.office import NAMES, Office
from hub_spreadsheet.sandbox import Users

_COLUMN = {"name.given": "First name", "name.family": "Last name", "title": "Job title", "company": "Organisation",
           "notes": "Notes"}


class Spreadsheet(Office):
    kind = "spreadsheet"
    units = (*NAMES, "title", "company", "notes")
    room = 1
    atomic = False

    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.users = Users(self.folder / "members.csv")
        self.settings = {"path": str(self.users.path), "make_key": True}
        self._count = 0

    def close(self) -> None:
        shutil.rmtree(self.folder)

    def people(self) -> list[str]:
        return list(self.users.rows())

    def read(self, record: str, unit: str) -> str | None:
        return self.users.rows()[record][_COLUMN[unit]] or None

    def type(self, record: str, unit: str, value: str | None) -> None:
        self.users.edit(record, {_COLUMN[unit]: value})

    def mails(self, record: str) -> list[str]:
        return [mail] if (mail := self.users.rows()[record]["Email"]) else []

    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        self.users.edit(record, {"Email": new})

    def add(self, given: str, family: str, mail: str) -> str:
        self._count += 1
        key = f"M-{self._count}"
        self.users.add({"hub-id": key, "First name": given, "Last name": family, "Email": mail})
        return key

    def delete(self, record: str) -> None:
        self.users.delete(record)
