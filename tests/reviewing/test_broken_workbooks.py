"""A file that is no report, or not a whole one, is told in words; nothing is taken from it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from disputes import Disputed, everything
from filling import columns, edit, fill, row_of, sheets
from openpyxl import Workbook

from hub.errors import UsageError
from hub.reviewing import form


@pytest.fixture(scope="module")
def made() -> Disputed:
    return everything()


@pytest.fixture
def filled(made: Disputed, tmp_path: Path) -> Path:
    return fill(made.report(tmp_path / "r.xlsx"), {made.asked().waiting[0].id: "restore"})


def said(made: Disputed, file: Path) -> str:
    with pytest.raises(UsageError) as refused:
        made.take(file)
    assert made.asked().answered == 0
    assert file.name in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("content", [
    b"", b"PK\x03\x04 and no more", b"<html></html>", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600])
def test_what_is_no_workbook(made: Disputed, tmp_path: Path, content: bytes) -> None:
    """Also the old .xls, and one with a password: both are OLE files."""
    file = tmp_path / "r.xlsx"
    file.write_bytes(content)
    assert "is not a workbook (.xlsx) that can be read. Make one with `hub conflicts report" in said(made, file)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet2.xml", "[Content_Types].xml", "xl/styles.xml"])
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b.replace(b"<", b"&")])
def test_a_damaged_part(made: Disputed, filled: Path, tmp_path: Path, part: str, damage: Callable[[bytes], bytes]) -> None:
    """Whatever is wrong, there is a sentence, or the answers are read all the same."""
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(filled) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, damage(old.read(name)) if name == part else old.read(name))
    try:
        taken = made.take(broken, dry_run=True)
    except UsageError as refused:
        assert "Make one with" in str(refused)
    else:
        assert (taken.applied, taken.refused) == (1, ())


def test_half_a_file(made: Disputed, filled: Path) -> None:
    filled.write_bytes(filled.read_bytes()[:-2000])
    assert "is not a workbook" in said(made, filled)


def test_a_file_that_is_not_there(made: Disputed, tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in said(made, tmp_path / "r.xlsx")
    assert "cannot be read" in said(made, tmp_path)


def test_another_workbook(made: Disputed, tmp_path: Path) -> None:
    book = Workbook()
    book.active["A1"] = "Name"
    book.save(tmp_path / "r.xlsx")
    assert "is not a report of conflicts" in said(made, tmp_path / "r.xlsx")


@pytest.mark.parametrize("name", [form.CHOICE, form.VALUE])
def test_a_column_for_answers_is_gone(made: Disputed, filled: Path, name: str) -> None:
    def change(book: Workbook) -> None:
        (sheet,) = sheets(book)
        sheet.delete_cols(columns(sheet)[name])

    assert f'has lost its column for answers called "{name}" in the hidden row of the sheet "Decisions"' in said(
        made, edit(filled, change))


def test_columns_may_be_moved_and_added(made: Disputed, filled: Path) -> None:
    """The hidden row says which is which."""
    def change(book: Workbook) -> None:
        (sheet,) = sheets(book)
        sheet.insert_cols(3)
        sheet.cell(2, 3).value = "my remarks"
        sheet.cell(3, 3).value = 17

    assert made.take(edit(filled, change), dry_run=True).applied == 1


def test_a_number_or_a_date_typed_into_a_cell(made: Disputed, tmp_path: Path) -> None:
    """Programs store them as such where the format of the cell was changed."""
    (notes,) = [w for w in made.asked().waiting if w.unit == "notes"]
    file = made.report(tmp_path / "r.xlsx")
    for value, told in ((17, "17"), (17.0, "17"), (date(1990, 2, 28), "1990-02-28")):
        def change(book: Workbook, value: object = value) -> None:
            (sheet,) = sheets(book)
            row = row_of(sheet, notes.id)
            sheet.cell(row, columns(sheet)["choice"]).value = "another value"
            sheet.cell(row, columns(sheet)["value"]).value = value

        (given,) = [g for g in made.read(edit(file, change)) if g.choice]
        assert (given.choice, given.value) == ("value", told)


def test_a_million_empty_rows_are_not_read(made: Disputed, filled: Path) -> None:
    def change(book: Workbook) -> None:
        (sheet,) = sheets(book)
        sheet.cell(1_000_000, 12).value = "far away"

    assert made.take(edit(filled, change), dry_run=True).applied == 1
