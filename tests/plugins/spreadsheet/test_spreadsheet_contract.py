"""The contract every connector keeps: on a CSV file and on a workbook, whose users edit them by other means."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness, Wrap
from hub.testing.contract.lab import NotClaimed
from hub.testing.contract.trouble import Armed, Trouble
from hub_spreadsheet.connector import Spreadsheet
from hub_spreadsheet.files import Disk
from hub_spreadsheet.sandbox import Users
from hub_spreadsheet.settings import SpreadsheetSettings

PAGE = b"<!DOCTYPE html><title>Log in</title>"


class FileTrouble(Trouble):
    """Trouble a disk can make. All writes of a call are one save, so there is nothing between two of them."""

    def arm(self, fault: Any, side: Any, *, skip: int = 0, times: int = 1, retry_after: str | None = None) -> Armed:
        if fault == "429" and not skip:
            raise NotClaimed("a disk asks nobody to wait")
        return super().arm(fault, side, skip=skip, times=times, retry_after=retry_after)


class TroubledDisk(Disk):
    def __init__(self, trouble: Trouble, *, writable: bool = True) -> None:
        self.trouble, self.writable = trouble, writable

    def may_write(self, path: Path) -> bool:
        return self.writable

    def read(self, path: Path) -> bytes:
        content = super().read(path)
        met = self.trouble.meets("read")
        if met is None:
            return content
        if met.fault in ("truncated", "html", "empty"):
            return {"truncated": content[: len(content) // 2], "html": PAGE, "empty": b""}[met.fault]
        raise OSError(5, "Input/output error")

    def replace(self, part: Path, path: Path) -> None:
        met = self.trouble.meets("write")
        if met is None or met.fault in ("answered", "unanswered", "reset", "truncated"):
            super().replace(part, path)
        if met is not None:
            met.at_once()
        if met is not None and met.fault not in ("answered", "html", "empty"):
            raise OSError(5, "Input/output error")


class FileHarness(Harness):
    text = "Notes"
    many = 12
    name = "members.csv"
    cannot: ClassVar[Mapping[str, str]] = {
        "credentials_wrong": "a file has no credentials",
        "user_restore": "a file has no trash",
        "user_merge": "a file knows no merging; people edit one row and delete the other",
        "user_hide": "who may read a file reads all its rows",
    }

    def __init__(self) -> None:
        super().__init__()
        self.trouble = FileTrouble(self.clock)
        self.folder = Path(tempfile.mkdtemp())
        self.users = Users(self.folder / self.name)

    async def close(self) -> None:
        assert [each.name for each in self.folder.iterdir()] == [self.name]
        shutil.rmtree(self.folder)

    def make(self, wrap: Wrap, *, writable: bool = True) -> Spreadsheet:
        settings = SpreadsheetSettings(path=self.users.path, make_key=True)
        return Spreadsheet(settings, system=self.system, disk=TroubledDisk(self.trouble, writable=writable))

    def read_only(self, wrap: Wrap) -> Spreadsheet:
        return self.make(wrap, writable=False)

    def sample(self, number: int) -> Native:
        return {"First name": "Anna", "Last name": f"Virtanen {number}", "Birth date": "1980-02-28",
                "Email": f"anna{number}@example.test", "Phone": "+358 40 123 4567", "Notes": f"Sample {number}"}

    def user_create(self, native: Native) -> str:
        key = f"M-{uuid4().hex[:8]}"
        self.users.add({**native, "hub-id": key})
        return key

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.users.edit(native_id, patch)

    def user_delete(self, native_id: str) -> None:
        self.users.delete(native_id)

    def user_erase(self, native_id: str) -> None:
        self.users.delete(native_id)

    def user_records(self) -> Mapping[str, Native]:
        return self.users.rows()


class WorkbookHarness(FileHarness):
    name = "members.xlsx"


class TestCsv(ContractSuite):
    def harness(self) -> Harness:
        return FileHarness()


class TestWorkbook(ContractSuite):
    def harness(self) -> Harness:
        return WorkbookHarness()
