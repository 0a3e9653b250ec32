"""export: files read back by other readers, nothing in them that is calculated, nobody in them who did not consent."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from cli_people import PEOPLE, contact, put
from cli_support import Place
from openpyxl import load_workbook

from hub.exporting.columns import HEADINGS
from hub_carddav.vcard import parse


@pytest.fixture
def full(place: Place) -> Place:
    put(place, PEOPLE)
    return place


def table(file: Path) -> dict[str, dict[str, str]]:
    """Name → row of a CSV file."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return {row["name"]: row for row in csv.DictReader(opened)}


def cards(file: Path) -> dict[str, dict[str, Any]]:
    """Name → card, as the address book connector reads it."""
    text = file.read_bytes().decode("utf-8")
    found = [parse(f"BEGIN:VCARD{each}") for each in text.split("BEGIN:VCARD")[1:]]
    return {card["fn"]: card for card in found}


def test_csv(full: Place, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    assert full.json("export", str(file)) == {"file": str(file), "contacts": 3, "protected": False}
    assert file.read_bytes().startswith("\ufeffid,kind,name".encode())
    rows = table(file)
    anna = rows["Anna Virtanen"]
    assert (anna["e-mail"], anna["other e-mails"]) == ("Anna@example.org", "old@example.org")
    assert (anna["street"], anna["postcode"], anna["country"]) == ("Kotikatu 1, A 2", "00100", "FI")
    assert anna["phone"] == "'+358 40 123 4567"
    assert anna["notes"] == "first line\nsecond, with \\ and ;"
    assert (anna["employer"], anna["roles"]) == ("Kulmakauppa Oy", "volunteer; donor")
    assert anna["consents"] == "newsletter:email: granted"
    assert rows["Kulmakauppa Oy"]["notes"] == "'=HYPERLINK(\"http://x.example\")"
    assert rows["Kulmakauppa Oy"]["kind"] == "organisation"


@pytest.mark.fault("T5", guard="hub.exporting.columns:could_be_a_formula")
@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_nothing_in_a_file_is_a_formula(place: Place, tmp_path: Path, evil: str) -> None:
    put(place, [contact("01900000-0000-7000-8000-00000000dddd", {"name.full": "Evil", "notes": evil})])
    place.json("export", str(tmp_path / "x.csv"))
    assert table(tmp_path / "x.csv")["Evil"]["notes"] == f"'{evil}"
    place.json("export", str(tmp_path / "x.xlsx"))
    (row,) = load_workbook(tmp_path / "x.xlsx")["contacts"].iter_rows(min_row=2)
    cell = row[HEADINGS.index("notes")]
    assert cell.data_type == "s"
    assert cell.quotePrefix is True
    assert str(cell.value).endswith(evil.strip())


def test_xlsx(full: Place, tmp_path: Path) -> None:
    full.json("export", str(tmp_path / "all.xlsx"))
    book = load_workbook(tmp_path / "all.xlsx")
    rows = list(book["contacts"].iter_rows(values_only=True))
    assert rows[0] == HEADINGS
    assert [row[2] for row in rows[1:]] == ["Anna Virtanen", "Ewa Żołnowska", "Kulmakauppa Oy"]
    anna = dict(zip(HEADINGS, rows[1], strict=True))
    assert (anna["phone"], anna["birthday"], anna["postcode"]) == ("+358 40 123 4567", "1990-02-28", "00100")
    assert not [c.coordinate for row in book["contacts"].iter_rows() for c in row if c.data_type == "f"]


def test_vcards_are_read_back_as_they_were(full: Place, tmp_path: Path) -> None:
    file = tmp_path / "all.vcf"
    full.json("export", str(file))
    read = cards(file)
    anna = read["Anna Virtanen"]
    assert anna["n"] == {"family": "Virtanen", "given": "Anna", "additional": None, "prefix": None, "suffix": None}
    assert [(e["value"], e["type"], e["pref"]) for e in anna["email"]] == [
        ("Anna@example.org", "work", True), ("old@example.org", None, False)]
    assert [(t["value"], t["type"]) for t in anna["tel"]] == [("+358 40 123 4567", "cell")]
    (home,) = anna["adr"]
    assert (home["street"], home["locality"], home["postcode"], home["country"], home["type"]) == (
        "Kotikatu 1, A 2", "Helsinki", "00100", "FI", "home")
    assert (anna["bday"], anna["title"], anna["note"]) == ("1990-02-28", "Chair; acting", "first line\nsecond, with \\ and ;")
    assert (anna["org"]["name"], anna["categories"]) == ("Kulmakauppa Oy", ["Board", "volunteer", "donor"])
    assert read["Ewa Żołnowska"]["bday"] == "--05-01"
    shop = read["Kulmakauppa Oy"]
    assert (shop["kind"], shop["url"][0]["value"]) == ("org", "https://x.example/a,b;c")


def test_vcards_are_folded_as_the_rfc_says(place: Place, tmp_path: Path) -> None:
    long = "Żółć, łąka; ääkköset " * 30
    put(place, [contact("01900000-0000-7000-8000-00000000dddd", {"name.full": "Long", "notes": long.strip() + "\r\nend\x07"})])
    place.json("export", str(tmp_path / "x.vcf"))
    text = (tmp_path / "x.vcf").read_bytes()
    assert text.startswith(b"BEGIN:VCARD\r\nVERSION:4.0\r\n")
    assert text.endswith(b"END:VCARD\r\n")
    lines = text.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(line.decode("utf-8") is not None for line in lines)
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert cards(tmp_path / "x.vcf")["Long"]["note"] == long.strip() + "\nend"


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx", "x.vcf"])
def test_only_who_granted_and_nothing_protected(full: Place, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    assert full.json("export", str(file), "--consent", "newsletter:email")["contacts"] == 1
    full.json("export", str(file), "--replace")
    hidden = said(file)
    assert not any(word in hidden for word in ("Cicha", "4711", "1234,", "member-number", "22 123 45 67"))
    assert "ewa@example.org" in hidden
    full.json("export", str(file), "--replace", "--protected")
    assert "Cicha 7" in said(file)
    assert full.run("export", str(file)).code == 2  # nothing is replaced unasked


def said(file: Path) -> str:
    if file.suffix == ".xlsx":
        return "\n".join(str(v) for row in load_workbook(file)["contacts"].iter_rows(values_only=True) for v in row)
    return file.read_text(encoding="utf-8")


def test_files_that_cannot_be_written(full: Place, tmp_path: Path) -> None:
    for file, says in ((tmp_path / "x.pdf", ".csv, .xlsx, .vcf"), (tmp_path / "none" / "x.csv", "cannot be written")):
        ran = full.run("export", str(file))
        assert ran.code == 2
        assert says in ran.err
    assert list(tmp_path.glob("x*")) == []


def test_no_personal_data_in_the_log(full: Place, tmp_path: Path) -> None:
    full.json("export", str(tmp_path / "x.csv"))
    full.json("find", "virtanen")
    log = (full.folder / "state" / "hub.log").read_text(encoding="utf-8")
    assert not any(word in log.lower() for word in ("virtanen", "anna", "ewa"))
