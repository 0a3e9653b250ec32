"""Files as they come: encodings, separators, workbooks, address books, and what is no list."""

from __future__ import annotations

import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from hub.errors import UsageError
from hub.overlap.columns import understand
from hub.overlap.csvs import decode
from hub.overlap.look import read_lists
from hub.overlap.reading import read_file
from hub.overlap.tables import NotAList, People, Table
from hub.overlap.vcards import read_cards

FINNISH = "Etunimi;Sukunimi;Sähköposti\nPäivi;Mäkelä;paivi@example.org\nÅke;Öhman;ake@example.org\n"
POLISH = "Imię;Nazwisko;Adres e-mail\nŁukasz;Wiśniewski;lukasz@example.org\nGrażyna;Źrebiec;grazyna@example.org\n"


def table_of(path: Path) -> Table:
    (found,) = read_file(path)
    assert isinstance(found, Table)
    return found


def people_of(path: Path) -> People:
    return understand(table_of(path))


@pytest.mark.fault("T9", guard="hub.overlap.csvs:_worth")
@pytest.mark.parametrize(("text", "encoding"), [
    (FINNISH, "utf-8"), (FINNISH, "utf-8-sig"), (FINNISH, "cp1252"), (FINNISH, "utf-16"), (FINNISH, "utf-16-le"),
    (FINNISH, "utf-16-be"), (POLISH, "utf-8"), (POLISH, "iso-8859-2"), (POLISH, "cp1250"), (POLISH, "utf-16"),
])  # fmt: skip
def test_the_encoding_is_told_by_the_letters(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_told_by_the_rows(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(FINNISH.replace(";", separator), encoding="utf-8")
    assert [c.meaning for c in people_of(path).columns] == ["given", "family", "email"]


def test_a_comma_in_a_quoted_cell_and_a_line_break_are_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('sep=,\nName,Address,E-mail\n"Ek, Bo","Road 1\nFlat 2",bo@example.org\n', encoding="utf-8")
    assert people_of(path).rows[0].values == (("full", "Ek, Bo"), ("street", "Road 1\nFlat 2"), ("email", "bo@example.org"))


def test_a_quotation_mark_that_is_never_closed_swallows_nobody(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('First name;Last name;E-mail\nBo;Ek;bo@example.org\n"Al;Vik;al@example.org\nCy;Dahl;cy@example.org\n',
                    encoding="utf-8")
    with pytest.raises(NotAList, match=r"line 3: a quotation mark is never closed"):
        table_of(path)
    path.write_text('First name;Last name;E-mail\nBo "Bosse";"Ek" jr;bo@example.org\n', encoding="utf-8")
    assert people_of(path).rows[0].values[0] == ("given", 'Bo "Bosse"')


def test_an_opendocument_sheet_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    with ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(NotAList, match=r"an OpenDocument file \(\.ods\)"):
        table_of(path)


def test_one_column_of_addresses_is_a_list(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("E-mail\nbo@example.org\n", encoding="utf-8")
    assert people_of(path).rows[0].values == (("email", "bo@example.org"),)


def workbook(path: Path, *rows: list[object], title: str = "People") -> Workbook:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return book


def test_a_workbook_with_a_title_merged_cells_dates_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = workbook(path, ["Members 2026"], [], ["First name", "Last name", "Born", "Phone", "Postal code"],
                    ["Bo", "Ek", datetime.date(1980, 2, 28), 401234567.0, 100])  # fmt: skip
    book["People"].merge_cells("A1:E1")
    book.save(path)
    found = people_of(path)
    assert (found.header, found.rows[0].number) == (3, 4)
    assert dict(found.rows[0].values) == {"given": "Bo", "family": "Ek", "birthday": "1980-02-28", "phone": "401234567",
                                          "postcode": "100"}  # fmt: skip


def test_a_formula_without_a_result_is_empty_and_one_in_error_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path, ["First name", "Last name", "E-mail"], ["Bo", "=A2&B2", "#REF!"])
    table = table_of(path)
    assert table.rows[1][1] == ("Bo", "", "")
    assert "cell C2" in table.notes[0]


def test_each_sheet_is_a_list_and_one_that_is_none_does_not_stop_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = workbook(path, ["First name", "Last name"], ["Bo", "Ek"], title="Members")
    book.create_sheet("Notes").append(["just", "words"])
    book.create_sheet("Empty")
    book.save(path)
    read = read_lists([path])
    assert [p.name for p in read.lists] == ["a.xlsx#Members"]
    assert [p.startswith("a.xlsx#Notes, row 1: no header row") for p in read.problems] == [True]


@pytest.mark.parametrize(("name", "content", "said"), [
    ("empty.csv", b" \n", "is empty"),
    ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .xlsx"),
    ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
    ("page.csv", b"<!DOCTYPE html><html>", "web page"),
    ("paper.csv", b"%PDF-1.7", "PDF"),
    ("binary.csv", b"abc\x00\x01def" * 30 + b"\xff\xfe\x00abcdefghijkl" * 9, "not a text"),
    ("broken.xlsx", b"PK\x03\x04nothing", "not a workbook"),
    ("words.csv", b"once,upon\na,time\n", "no header row"),
    ("nobody.csv", b"First name,Last name\n", "nobody below"),
    ("quote.csv", b'Name,E-mail\n"Bo' + b"x" * 140_000, "quotation mark"),
    ("half.vcf", b"BEGIN:VCARD\nN:Ek;Bo", "no vCard"),
])  # fmt: skip
def test_what_is_no_list_is_said_with_its_name_and_a_cure(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    good = tmp_path / "good.csv"
    good.write_text(FINNISH, encoding="utf-8")
    (tmp_path / name).write_bytes(content)
    read = read_lists([tmp_path / name, good, tmp_path / "missing.csv"])
    assert [p.name for p in read.lists] == ["good.csv"]
    assert name in read.problems[0]
    assert said in read.problems[0]
    assert "missing.csv: there is no such file" in read.problems[1]


def test_a_damaged_workbook_is_said_wherever_the_damage_is(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path, ["First name", "Last name"], *[[f"Bo {n}", "Ek"] for n in range(50)])
    whole = path.read_bytes()
    refused = 0
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at] + b"\x55\xaa\x00" + whole[at + 3 :])
        try:
            refused += any(isinstance(found, NotAList) for found in read_file(path))
        except NotAList as error:
            assert "a.xlsx" in str(error)
            refused += 1
    assert refused > 10


def test_a_folder_stands_for_its_lists(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "~$a.xlsx", "notes.md"):
        (tmp_path / name).write_text(FINNISH, encoding="utf-8")
    assert [p.name for p in read_lists([tmp_path, tmp_path / "a.csv"]).lists] == ["a.csv", "b.csv"]
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match="holds no list"):
        read_lists([tmp_path / "none"])


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_text(FINNISH, encoding="utf-8")
    assert [p.name for p in read_lists([tmp_path / "x", tmp_path / "y"]).lists] == ["a.csv", "a.csv (2)"]


MAIL_PROGRAM = (
    '"First Name","Middle Name","Last Name","Suffix","Company","Business Street","Business City","Home Street","Home City",'
    '"Home Postal Code","Home Country/Region","Business Phone","Mobile Phone","Birthday","E-mail Address","E-mail Type",'
    '"E-mail Display Name","E-mail 2 Address","Notes"\r\n'
    '"Bo","","Ek","","Kuoro ry","Work St 1","Espoo","Home St 2","Turku","20100","Finland","+358 9 1234567","040 1234567",'
    '"0/0/00","bo@example.org","SMTP","Bo Ek (bo@example.org)","bo@kuoro.example.org","likes: a, b"\r\n')
"""As Outlook exports a folder of contacts."""
WEB_BOOK = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Nickname,Organization Name,Birthday,Notes,Labels,E-mail 1 - Label,"
    "E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,"
    "Address 1 - City,Address 1 - Postal Code,Address 1 - Country\n"
    "Bo,,Ek,,Bobo,,1980-02-28,,* myContacts,* Home,bo@example.org ::: bo@kuoro.example.org,Mobile,+358 40 1234567,Home,"
    '"Home St 2\nTurku",Home St 2,Turku,20100,FI\n')
"""As Google Contacts exports."""


def test_the_export_of_a_mail_program(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(MAIL_PROGRAM.encode("cp1252"))
    (row,) = people_of(path).rows
    assert row.values == (
        ("given", "Bo"), ("family", "Ek"), ("company", "Kuoro ry"), ("street", "Work St 1"), ("town", "Espoo"),
        ("street", "Home St 2"), ("town", "Turku"), ("postcode", "20100"), ("country", "Finland"), ("phone", "+358 9 1234567"),
        ("phone", "040 1234567"), ("birthday", "0/0/00"), ("email", "bo@example.org"), ("email", "bo@kuoro.example.org"))


def test_the_export_of_a_web_address_book(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(WEB_BOOK, encoding="utf-8")
    (row,) = people_of(path).rows
    assert row.values == (
        ("given", "Bo"), ("family", "Ek"), ("birthday", "1980-02-28"), ("email", "bo@example.org ::: bo@kuoro.example.org"),
        ("phone", "+358 40 1234567"), ("street", "Home St 2"), ("town", "Turku"), ("postcode", "20100"), ("country", "FI"))


QUOTED = """BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=A4kel=C3=A4;P=C3=A4ivi=\r
;;;\r
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:P=C3=A4ivi M=C3=A4kel=C3=A4\r
ORG:Kuoro ry;Altot\r
TEL;CELL;VOICE:040 123 4567\r
EMAIL;PREF;INTERNET:paivi@example.org\r
ADR;HOME:;;Puistokatu 1;Tampere;;33100;Suomi\r
BDAY:19800228\r
REV:20200101T120000Z\r
END:VCARD\r
"""
GROUPED = """BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//macOS 14.0//EN
N:O'Connor;Zoë;Ann;;
FN:Zoë Ann O'Connor
item1.EMAIL;type=INTERNET;type=pref:zoe@exam
 ple.org
item1.X-ABLabel:_$!<Other>!$_
TEL;type=CELL;type=VOICE;type=pref:+44 20 7946 0018
item2.ADR;type=HOME;type=pref:;;1 High St\\, Flat 2;London;;N1 9GU;United Kingdom
BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-28
END:VCARD
"""
PLAIN = """BEGIN:VCARD
VERSION:4.0
FN:Bo Ek
EMAIL:mailto:bo@example.org
TEL;VALUE=uri;PREF=1:tel:+358-40-1234567
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Kuoro ry
ORG:Kuoro ry
EMAIL:info@kuoro.example.org
END:VCARD
"""


def cards(text: str) -> list[dict[str, str]]:
    return [dict(row.values) for row in read_cards(Path("a.vcf"), text.encode()).rows]


def test_a_card_in_quoted_printable() -> None:
    assert cards(QUOTED) == [{
        "family": "Mäkelä", "given": "Päivi", "company": "Kuoro ry", "phone": "040 123 4567", "email": "paivi@example.org",
        "street": "Puistokatu 1", "town": "Tampere", "postcode": "33100", "country": "Suomi", "birthday": "19800228",
        "changed": "20200101"}]  # fmt: skip


def test_a_card_with_groups_folded_lines_and_a_birthday_without_year() -> None:
    assert cards(GROUPED) == [{
        "family": "O'Connor", "given": "Zoë", "middle": "Ann", "email": "zoe@example.org", "phone": "+44 20 7946 0018",
        "street": "1 High St, Flat 2", "town": "London", "postcode": "N1 9GU", "country": "United Kingdom",
        "birthday": "--02-28"}]  # fmt: skip


def test_cards_with_one_name_only() -> None:
    assert cards(PLAIN) == [{"full": "Bo Ek", "email": "bo@example.org", "phone": "+358-40-1234567"},
                            {"company": "Kuoro ry", "email": "info@kuoro.example.org"}]  # fmt: skip


def test_a_file_that_cannot_be_read_is_not_a_list() -> None:
    with pytest.raises(NotAList, match="no such file"):
        read_file(Path("nowhere.csv"))


def test_the_columns_of_an_address_book_are_its_properties() -> None:
    """In one order, whatever comes first in the cards."""
    found = read_cards(Path("a.vcf"), QUOTED.encode())
    assert found.form == "vCard 2.1, UTF-8"
    assert [(c.header, c.meaning, c.filled) for c in found.columns] == [
        ("N", "given", 1), ("N", "family", 1), ("BDAY", "birthday", 1), ("EMAIL", "email", 1), ("TEL", "phone", 1),
        ("ADR", "street", 1), ("ADR", "town", 1), ("ADR", "postcode", 1), ("ADR", "country", 1), ("ORG", "company", 1),
        ("REV", "changed", 1)]
