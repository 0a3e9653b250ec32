"""The column for receipts: what the hub writes there, and what it reads of what a person typed instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spreadsheet_files import connector, create, data, done, listed, refused, run, update, workbook, write

from hub_spreadsheet import receipts

HEADINGS = ["hub-id", "First name", "Last name", "Email", "City", "Kuitti"]
COLUMNS = st.lists(st.sampled_from(["Email", "City", "Phone (home)", "Street", "City, zip [2]"]), min_size=1, unique=True)


@pytest.fixture(params=[".xlsx", ".csv"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    rows = [HEADINGS, ["1", "Anna", "Aho", "anna@example.org", "Turku", ""], ["2", "Bo", "Ek", "bo@example.org", "Vaasa", ""]]
    path = tmp_path / f"customers{request.param}"
    if request.param == ".xlsx":
        workbook(path, rows)
    else:
        path.write_text("".join(";".join(row) + "\r\n" for row in rows), encoding="utf-8")
    return path


def type_in(path: Path, row: int, text: Any) -> None:
    """The bookkeeper fills the last column in."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        book.worksheets[0].cell(row, len(HEADINGS), text)
        book.save(path)
    else:
        lines = path.read_text(encoding="utf-8").splitlines()
        lines[row - 1] = ";".join([*lines[row - 1].split(";")[:-1], str(text)])
        path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")


def cells(path: Path) -> list[Any]:
    """What stands in the column, row by row."""
    return [row["Kuitti"] for row in data(connector(path, receipt="Kuitti")).values()]


def test_new_and_changed_rows_wait_and_others_do_not(path: Path) -> None:
    system = connector(path, receipt="Kuitti")
    done(write(system, create("3", {"First name": "Cia", "Last name": "Dahl"}),
               update(listed(system)["1"], Email="new@example.org", City="Turku")))
    assert cells(path) == ["changed: Email", None, "new"]
    assert '2 rows wait for a receipt in the column "Kuitti"' in run(system.check()).warnings[0]
    done(write(system, update(listed(system)["1"], City="Oulu"), update(listed(system)["3"], City="Oulu")))
    assert cells(path) == ["changed: Email, City", None, "new"]


def test_what_is_typed_is_the_receipt_and_a_number_is_told(path: Path) -> None:
    system = connector(path, receipt="Kuitti")
    done(write(system, *(update(each, City="Oulu") for each in listed(system).values())))
    type_in(path, 2, "tehty")
    type_in(path, 3, 1042)
    rows = data(system)
    assert not run(system.check()).warnings
    assert "receipt_number" not in rows["1"]
    assert rows["2"]["receipt_number"] == "1042"
    done(write(system, *(update(each, City="Espoo") for each in listed(system).values())))
    assert cells(path) == ["changed: City", "changed: City [1042]"]
    assert data(system)["2"]["receipt_number"] == "1042"


def test_a_receipt_typed_meanwhile_is_not_overwritten(path: Path) -> None:
    system = connector(path, receipt="Kuitti")
    record = listed(system)["1"]
    type_in(path, 2, "1042")
    assert refused(write(system, update(record, City="Oulu"))[0])[0] == "stale"
    assert data(system)["1"]["receipt_number"] == "1042"


def test_a_list_without_that_column_is_only_read(path: Path) -> None:
    system = connector(path, receipt="Receipt")
    assert not run(system.check()).can_write
    assert 'no column "Receipt" for receipts' in run(system.check()).warnings[0]


def test_without_the_setting_the_column_is_a_column(path: Path) -> None:
    system = connector(path)
    type_in(path, 2, 1042)
    done(write(system, update(listed(system)["1"], City="Oulu")))
    assert str(data(system)["1"]["Kuitti"]) == "1042"
    assert "receipt_number" not in data(system)["1"]


@pytest.mark.parametrize("typed", ["done", "OK", "2.12.2026", "2.12.", "2026-12-02", "viety 2.12.", "ks. lasku", "", None])
def test_what_is_no_number_is_a_receipt_without_one(typed: str | None) -> None:
    assert receipts.read(typed) == receipts.Receipt(False)


@pytest.mark.parametrize("typed", ["1042", "A-1042", "10/42", " 7 ", 1042, 1042.0])
def test_a_number_is_told(typed: Any) -> None:
    assert receipts.read(typed).number == str(typed).strip().removesuffix(".0")


@given(st.sampled_from(list(receipts.WORDS)), COLUMNS, COLUMNS, st.sampled_from(["", "done", "1042", "A-7"]))
def test_what_the_hub_wrote_is_told_from_what_a_person_typed(language: receipts.Language, first: list[str], then: list[str],
                                                             typed: str) -> None:
    """Whatever comes after another, the columns add up and the number stays."""
    once = receipts.changed(typed, first, language)
    twice = receipts.read(receipts.changed(once, then, language))
    named = [each.replace("City, zip [2]", "City zip 2") for each in (*first, *then)]
    assert twice == receipts.Receipt(True, tuple(dict.fromkeys(named)), receipts.read(typed).number)
    assert receipts.changed(receipts.new(language), first, language) == receipts.new(language)
    assert receipts.read(receipts.new(language)).waits
