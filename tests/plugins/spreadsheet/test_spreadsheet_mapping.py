"""The default mapping, and one for a Finnish member list: the laws of lenses, also through the file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from spreadsheet_files import connector, data, done, listed, workbook, write

import hub_spreadsheet
from hub.sdk import NativeWrite
from hub.testing.lens_laws import Case, check_case, check_laws, lens_cases
from hub.testing.lenses import lens_of

(KIND,) = hub_spreadsheet.register_connectors()
LENS = lens_of(KIND.mapping)
PERSON = {"hub-id": "1", "First name": "Anna", "Last name": "Virtanen", "Birth date": "1980-02-28", "Organisation": "Liitto ry",
          "Job title": None, "Notes": "=1+1", "Email": "anna@example.test", "Phone": "+358 40 123 4567", "Street": "Katu 1",
          "Postcode": "00100", "City": "Helsinki", "Country": "FI"}
FINNISH = """
[contact]
native = "Jäsen"

[contact.fields."kind"]
fixed = "individual"

[contact.fullname]
at = "Sukunimi ja etunimet"
units = ["name.family", "name.given"]
separator = ", "

[contact.fields."birthday"]
at = "Syntymäaika"

[contact.sets.emails]
slots = [ { at = "Sähköposti" } ]

[contact.sets.phones]
slots = [
  { at = "Matkapuhelin", accepts = ["cell", ""], label = "cell" },
  { at = "Työpuhelin", accepts = ["work"], label = "work" },
]

[contact.sets.addresses]
fixed = [ { key = "home", parts = { street = "Lähiosoite", postcode = "Postinumero", locality = "Postitoimipaikka" } } ]

[contact.sets.identifiers]
fixed = [ { key = "member-number", at = "Jäsennumero" } ]

[contact.sets.roles]
list = "Ryhmät"
separator = ";"
"""
MEMBERS: list[list[str | None]] = [
    ["Jäsennumero", "Sukunimi ja etunimet", "Syntymäaika", "Sähköposti", "Matkapuhelin", "Työpuhelin", "Lähiosoite",
     "Postinumero", "Postitoimipaikka", "Ryhmät", "Lisätiedot"],
    ["17", "Virtanen, Anna", "28.2.1980", "anna@example.test", "040 123 4567", None, "Katu 1", "00100", "Helsinki",
     "hallitus; kuoro", "oma"],
    ["18", "Öhman, Åke", None, None, None, "09 123 456", None, None, None, None, None],
]


def test_the_laws() -> None:
    report = check_laws(LENS, [PERSON, dict.fromkeys(PERSON), {"hub-id": "2", "First name": "Matti"}])
    assert (report.records, report.refused) == (3, 0)


@given(lens_cases(LENS))
def test_the_laws_on_made_up_rows(case: Case) -> None:
    check_case(LENS, case)


def test_what_a_person_looks_like() -> None:
    seen = LENS.get(PERSON)
    assert (seen["name.given"], seen["name.family"], seen["birthday"]) == ("Anna", "Virtanen", "1980-02-28")
    assert seen["notes"] == "=1+1"
    assert (set(seen["emails"]), set(seen["phones"])) == ({"anna@example.test"}, {"+358401234567"})
    assert seen["addresses"]["home"]["v"] == {"street": "Katu 1", "postcode": "00100", "locality": "Helsinki", "country": "FI"}


def test_a_column_the_sheet_does_not_have_says_nothing() -> None:
    seen = LENS.get({"hub-id": "1", "First name": "Anna", "Email": None})
    assert set(seen) == {"kind", "name.given", "emails"}


@pytest.mark.parametrize("name", ["members.csv", "members.xlsx"])
def test_a_finnish_list(tmp_path: Path, name: str) -> None:
    """From the file through the lens and back: only what was asked for changes there."""
    mapping, path = tmp_path / "board.toml", tmp_path / name
    mapping.write_text(FINNISH, encoding="utf-8")
    lens = lens_of(mapping)
    if path.suffix == ".csv":
        with path.open("w", encoding="cp1252", newline="") as out:
            csv.writer(out, delimiter=";").writerows(MEMBERS)
    else:
        workbook(path, MEMBERS)
    system = connector(path, key="Jäsennumero", date_columns=["Syntymäaika"])
    records = listed(system)
    check_laws(lens, [record.data for record in records.values()])
    seen = lens.get(records["17"].data)
    assert (seen["name.given"], seen["name.family"], seen["birthday"]) == ("Anna", "Virtanen", "1980-02-28")
    assert (set(seen["roles"]), set(seen["identifiers"])) == ({"hallitus", "kuoro"}, {"member-number"})
    before = data(system)
    wanted = {"birthday": "1981-03-01", "name.given": "Anna Maria", "name.family": "Virtanen"}
    patch = lens.put(records["17"].data, wanted)
    done(write(system, NativeWrite("update", records["17"].ref, patch, records["17"].data, records["17"].version)))
    after = data(system)
    changed = {"Syntymäaika": "1981-03-01", "Sukunimi ja etunimet": "Virtanen, Anna Maria"}
    assert after == {**before, "17": {**before["17"], **changed}}
    assert {unit: lens.get(after["17"])[unit] for unit in wanted} == wanted
