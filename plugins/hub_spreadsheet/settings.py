"""What a person fills in for one sheet."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hub.sdk import Ask
from hub_spreadsheet.dates import DateForm
from hub_spreadsheet.receipts import Language

HUB_ID = "hub-id"
"""Name of the column the connector adds, where it may; and the key in which the engine hands over the key of a create."""
CSV = frozenset({".csv", ".tsv", ".tab", ".txt"})
_OTHERS = {
    ".xls": "the Excel format before 2007",
    ".xlsb": "the binary Excel format",
    ".xlsm": "a workbook with macros, which would not survive a save",
    ".xltx": "a template",
    ".ods": "the OpenDocument format",
    ".numbers": "the format of Numbers",
}


class SpreadsheetSettings(BaseModel):
    """One file, or one sheet of it."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[Path, Ask("The file", where="Windows: hold Shift, right-click the file, Copy as path. Mac: hold Option, "
                              "right-click it, Copy as Pathname.")] = Field(
        description="Where the file is, in full: a .csv, .tsv, .txt or .xlsx on this computer or a shared folder")
    sheet: Annotated[str, Ask("Name of the sheet", where="At the bottom of the window, on the sheet's tab.")] = Field(
        default="", description="XLSX: name of the sheet; may be left out where there is only one")
    header_row: int = Field(default=1, ge=1, description="Number of the row with the names of the columns")
    key: Annotated[str, Ask("Column that names each row", where="The heading of a column such as a member number.")] = Field(
        default=HUB_ID, min_length=1, description="Name of the column whose value names each row, and no other row")
    make_key: Annotated[bool, Ask("May the hub add that column")] = Field(
        default=False, description="Let the hub add that column at the first write, and fill it where it is empty. "
                                   "Without it and without the column the file is only read.")
    encoding: str = Field(default="", description="CSV: such as utf-8 or cp1252; recognised where left out")
    separator: str = Field(default="", max_length=1, description="CSV: the character between columns; recognised where left out")
    date_columns: list[str] = Field(default=["Birth date"], description="Columns that hold dates")
    date_format: str = Field(default="", description="How dates are written as text there, such as d.m.yyyy or mm/dd/yyyy. "
                                                     "2024-12-31 and, where this is left out, 31.12.2024 are always read.")

    receipt: str = Field(default="", description="Name of a column for receipts: the hub writes there what is new in a row, and "
                                                 "whoever keys it into another program types done, or a customer number, there")
    receipt_language: Language = Field(default="en", description="Language of what the hub writes there: en, fi or pl")

    @field_validator("path")
    @classmethod
    def _of_a_form_we_keep(cls, path: Path) -> Path:
        kind = path.suffix.lower()
        if kind not in CSV and kind != ".xlsx":
            what = f" ({_OTHERS[kind]})" if kind in _OTHERS else ""
            raise ValueError(f"must be a .csv, .tsv, .txt or .xlsx, not {kind or 'a file without an ending'}{what}; "
                             "save the file as .xlsx or .csv")
        if "\0" in str(path):
            raise ValueError("must be a path without a NUL character; type it again")
        if not path.is_absolute():
            raise ValueError("must be the path in full, from the root of the disk")
        return path

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        try:
            return codecs.lookup(encoding).name if encoding else ""
        except LookupError:
            raise ValueError("is no encoding; utf-8, cp1252 and utf-16-le are usual ones") from None

    @field_validator("separator")
    @classmethod
    def _separates(cls, separator: str) -> str:
        if separator in ('"', "\r", "\n"):
            raise ValueError("must not be a quote or a line break")
        return separator

    @field_validator("date_format")
    @classmethod
    def _readable(cls, form: str) -> str:
        if form:
            DateForm(form)
        return form
