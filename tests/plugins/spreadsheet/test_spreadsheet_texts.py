"""What would be a formula is written as text, and comes back as it went."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spreadsheet_files import connector, create, data, done, opened, refused, workbook, write

from hub_spreadsheet.texts import guarded, is_formula, objection, unguarded

NASTY = ["=1+1", "=HYPERLINK(\"http://x.test\")", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\n=1",
         "＝1+1", "'=1", "''=1", "'@x", "#N/A", "TRUE", "1e5", "00123", "1.2.1980", "_x0041_", "_xD800_"]
PHONES = ["+358 40 123 4567", "+358401234567", "+1 (555) 010-9999", "-5", "+44 20.7946.0000"]
UNSAFE = ("x005F_", "_x000D_")
"""What openpyxl reads as something else, wherever it stands."""
TEXTS = st.text(max_size=20) | st.sampled_from([*NASTY, *PHONES]) | st.builds(
    "{}{}".format, st.sampled_from(["'", "''", "=", "+", "-", "@", "\t", "'+", "+3"]), st.text(max_size=6))


@given(TEXTS)
def test_a_guarded_text_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(TEXTS)
def test_a_guarded_text_is_no_formula(text: str) -> None:
    written = guarded(text)
    assert not written.startswith(("=", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert not written.startswith(("+", "-")) or set(written) <= set("+-0123456789 ().")


@pytest.mark.fault("T10", guard="hub_spreadsheet.texts:is_formula")
@pytest.mark.parametrize("phone", PHONES)
def test_phone_numbers_stay_as_they_are(phone: str) -> None:
    assert guarded(phone) == phone == unguarded(phone)
    assert not is_formula(phone)


def test_a_file_of_nasty_texts(tmp_path: Path) -> None:
    for name in ("nasty.csv", "nasty.xlsx"):
        path = tmp_path / name
        if path.suffix == ".csv":
            path.write_text("hub-id,Text\n", encoding="utf-8")
        else:
            workbook(path, [["hub-id", "Text"]])
        system = connector(path)
        done(write(system, *(create(f"k-{number}", {"Text": text}) for number, text in enumerate([*NASTY, *PHONES]))))
        assert [row["Text"] for row in data(connector(path)).values()] == [*NASTY, *PHONES]
    with (tmp_path / "nasty.csv").open(encoding="utf-8", newline="") as file:
        fields = [row[1] for row in csv.reader(file)]
    assert not [field for field in fields if field.startswith(("=", "@", "\t", "\n")) or "cmd" in field[:4]]
    cells = [row[1] for row in opened(tmp_path / "nasty.xlsx").iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells if is_formula(str(cell.value)) or str(cell.value).startswith("+"))


@pytest.mark.parametrize("text", ["a_x000D_b", "x005F_", "_x005F_x0041_"])
def test_what_openpyxl_would_not_read_back_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "texts.xlsx"
    workbook(path, [["hub-id", "Text"]])
    before = path.read_bytes()
    assert refused(write(connector(path), create("k", {"Text": text}))[0]) == (
        "rejected", '"Text" cannot hold this value as it is.')
    assert path.read_bytes() == before


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_round_trip_through_a_workbook(tmp_path: Path, texts: list[str]) -> None:
    """A text no cell can hold is refused, every other one comes back, line breaks as one sign."""
    path = tmp_path / "texts.xlsx"
    workbook(path, [["hub-id", "Text"]])
    wanted = {f"k-{number}": text for number, text in enumerate(texts)
              if not objection(text) and not any(sign in text for sign in UNSAFE)}
    done(write(connector(path), *(create(key, {"Text": text}) for key, text in wanted.items())))
    assert {key: row["Text"] for key, row in data(connector(path)).items()} == {
        key: text.replace("\r\n", "\n").replace("\r", "\n") or None for key, text in wanted.items()}
