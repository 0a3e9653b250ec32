"""CSV: what is not written stays, byte by byte."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spreadsheet_files import connector, create, data, delete, done, listed, refused, run, update, write

from hub.sdk import ContractBroken, Misconfigured
from hub_spreadsheet.csvsheet import CsvSheet
from hub_spreadsheet.dates import Dates
from hub_spreadsheet.settings import SpreadsheetSettings
from hub_spreadsheet.sheet import Edits

ODD = (
    'hub-id;"First name";Last name;Own remarks\r\n'
    '1;Anna;"Virtanen";"says ""hi"", often"\r\n'
    '\r\n'
    '2;"Matti; Juhani";Korhonen;  two blanks  \r\n'
    '3;Liisa;Ek;"two\nlines";a cell too many\r\n'
    '4;Ole'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "members.csv"


def put(path: Path, text: str, encoding: str = "utf-8") -> bytes:
    path.write_bytes(text.encode(encoding))
    return path.read_bytes()


def test_what_is_read(path: Path) -> None:
    put(path, ODD)
    system = connector(path)
    assert data(system) == {
        "1": {"hub-id": "1", "First name": "Anna", "Last name": "Virtanen", "Own remarks": 'says "hi", often'},
        "2": {"hub-id": "2", "First name": "Matti; Juhani", "Last name": "Korhonen", "Own remarks": "  two blanks  "},
        "3": {"hub-id": "3", "First name": "Liisa", "Last name": "Ek", "Own remarks": "two\nlines"},
        "4": {"hub-id": "4", "First name": "Ole", "Last name": None, "Own remarks": None},
    }
    health = run(system.check())
    assert (health.server, health.can_write, health.warnings) == ("CSV, utf-8, separated by ;", True, ())


def test_one_field_is_written_and_no_other_byte(path: Path) -> None:
    before = put(path, ODD)
    system = connector(path)
    done(write(system, update(listed(system)["2"], Last_name="Korhonen-Ek")))
    assert path.read_bytes() == before.replace(b";Korhonen;", b";Korhonen-Ek;")


def test_a_new_row_goes_to_the_end_in_the_same_style(path: Path) -> None:
    before = put(path, ODD)
    done(write(connector(path), create("k-1", {"First name": "Aino", "Last name": "A;B"})))
    assert path.read_bytes() == before + b'\r\nk-1;Aino;"A;B";'


def test_a_deleted_row_leaves_no_line(path: Path) -> None:
    before = put(path, ODD)
    system = connector(path)
    done(write(system, delete(listed(system)["1"])))
    assert path.read_bytes() == before.replace(b'1;Anna;"Virtanen";"says ""hi"", often"\r\n', b"")


@pytest.mark.parametrize(("mark", "encoding", "separator", "end"), [
    (codecs.BOM_UTF8, "utf-8", ";", "\r\n"), (b"", "cp1252", ";", "\r\n"), (b"", "utf-8", ",", "\n"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "\t", "\r\n"), (b"", "utf-8", "|", "\r"),
])
def test_encoding_mark_separator_and_line_ends_stay(path: Path, mark: bytes, encoding: str, separator: str, end: str) -> None:
    rows = [["hub-id", "Sukunimi", "Muuta"], ["1", "Häkkinen", "ä"], ["2", "Öhman", "é"]]
    text = "".join(separator.join(row) + end for row in rows)
    path.write_bytes(mark + text.encode(encoding))
    system = connector(path)
    done(write(system, update(listed(system)["2"], Sukunimi="Åberg")))
    assert path.read_bytes() == mark + text.replace("Öhman", "Åberg").encode(encoding)


def test_excel_is_told_the_separator_in_a_line_of_its_own(path: Path) -> None:
    before = put(path, "sep=|\r\nhub-id|Name\r\n1|a;b;c;d\r\n")
    system = connector(path)
    done(write(system, update(listed(system)["1"], Name="e")))
    assert path.read_bytes() == before.replace(b"a;b;c;d", b"e")


def test_a_character_the_encoding_does_not_have_is_refused(path: Path) -> None:
    before = put(path, "hub-id,Name\n1,Äiti\n", "cp1252")
    system = connector(path)
    assert refused(write(system, update(listed(system)["1"], Name="李"))[0]) == (
        "rejected", '"Name" cannot be written: it has a character that cp1252 does not have. Save the file as CSV UTF-8.')
    assert path.read_bytes() == before


def test_dates_are_iso_here_and_as_found_there(path: Path) -> None:
    put(path, "hub-id,Birth date\n1,5.1.1980\n2,\n3,1990\n")
    system = connector(path)
    assert [row["Birth date"] for row in data(system).values()] == ["1980-01-05", None, "1990"]
    records = listed(system)
    done(write(system, update(records["1"], Birth_date="1981-02-06"), update(records["2"], Birth_date="--02-28")))
    assert path.read_text(encoding="utf-8") == "hub-id,Birth date\n1,6.2.1981\n2,--02-28\n3,1990\n"
    done(write(system, update(listed(system)["2"], Birth_date="1977-12-03")))
    assert "2,3.12.1977\n" in path.read_text(encoding="utf-8")


def test_a_date_that_is_none_is_named_by_its_cell_and_only_that_is_not_read(path: Path) -> None:
    put(path, "hub-id,Name,Birth date\n1,Anna,31.2.2024\n2,Matti,1.2.1980\n")
    system = connector(path)
    record = listed(system)["1"]
    assert (dict(record.data), record.complete) == ({"hub-id": "1", "Name": "Anna"}, False)
    assert system.warnings == ("members.csv: C2 is no date. Correct it there.",)
    done(write(system, update(record, Birth_date="2024-02-29")))
    assert "1,Anna,29.2.2024\n" in path.read_text(encoding="utf-8")


def test_what_is_no_date_is_not_written_into_a_column_of_dates(path: Path) -> None:
    before = put(path, "hub-id,Birth date\n1,1.2.1980\n")
    system = connector(path)
    assert refused(write(system, update(listed(system)["1"], Birth_date="in spring"))[0])[0] == "rejected"
    assert path.read_bytes() == before


def test_the_hint_decides_what_could_be_two_dates(path: Path) -> None:
    put(path, "hub-id,Birth date\n1,02/03/1980\n")
    assert "Birth date" not in data(connector(path))["1"]
    assert data(connector(path, date_format="mm/dd/yyyy"))["1"]["Birth date"] == "1980-02-03"
    assert data(connector(path, date_format="dd/mm/yyyy"))["1"]["Birth date"] == "1980-03-02"


@pytest.mark.parametrize(("text", "says"), [
    ("", "there is no row 1 that could name the columns"),
    ("\nhub-id,Name\n", "the row that should name the columns is empty"),
    ("hub-id,Name,Name\n", "columns B and C have the same name"),
])
def test_a_header_that_cannot_be_used(path: Path, text: str, says: str) -> None:
    put(path, text)
    with pytest.raises(Misconfigured, match=says):
        run(connector(path).check())


def test_a_quote_that_is_never_closed(path: Path) -> None:
    put(path, 'hub-id,Name\n1,Anna\n2,"Matti\n3,Liisa\n')
    with pytest.raises(ContractBroken, match="in row 3 a quote is opened and never closed"):
        listed(connector(path))


def test_another_encoding_is_named(path: Path) -> None:
    path.write_bytes(b"hub-id,Name\n1,\x81\xff\n")
    with pytest.raises(Misconfigured, match="is not in the encoding UTF-8 or Windows-1252"):
        listed(connector(path))
    assert data(connector(path, encoding="latin-1"))["1"]["Name"] == "\x81ÿ"


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    ['"', '""', "a,b", "a;b", "x\r\ny", "\n", "\r", " ", "'=x", "=1+1", "+358 40", "''", '"a"b'])


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=5), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]),
       CELL)
def test_any_text_comes_back_and_the_rest_stays(rows: list[list[str]], separator: str, end: str, value: str) -> None:
    """Written by the csv module, edited by us, read by both."""
    import csv
    import io

    out = io.StringIO(newline="")
    forgets = any("\r" in cell for row in rows for cell in row)  # to quote a lone carriage return
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL if forgets else csv.QUOTE_MINIMAL)
    writer.writerows([["a", "b", "c"], *rows])
    content = out.getvalue().encode("utf-8")
    settings = SpreadsheetSettings(path=Path.cwd() / "x.csv", separator=separator)

    def read(content: bytes) -> CsvSheet:
        return CsvSheet(content, settings, Dates([], ""), "x")

    sheet = read(content)
    assert sheet.rewritten(Edits()) == content
    if any(any(row) for row in rows):
        number = sheet.lines[0].number
        edited = read(sheet.rewritten(Edits(cells={number: {"b": value}})))
        found = {line.number: line.values for line in edited.lines}
        expected: dict[int, dict[str, Any]] = {line.number: line.values for line in sheet.lines}
        expected[number] = {**expected[number], "b": value or None}
        assert found == {key: cells for key, cells in expected.items() if any(cells.values())}
        plain = list(csv.reader(io.StringIO(edited.rewritten(Edits()).decode("utf-8"), newline=""), delimiter=separator))
        assert len(plain) == len(rows) + 1
