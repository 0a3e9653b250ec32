"""Lists with Finnish, Polish, Swedish and English headings are connected and read without an editor."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from terminal import Script, Terminal

from hub.config import read_config

LISTS = {
    "fi": ("Etunimi;Sukunimi;Sähköposti;Puhelin;Syntymäaika;Lähiosoite;Postinumero;Postitoimipaikka;T-paita",
           "Aino;Korhonen;aino@example.org;040 123 4567;28.2.1990;Katu 1;00100;Helsinki;XL"),
    "pl": ("Imię;Nazwisko;Adres e-mail;Nr telefonu;Data urodzenia;Ulica;Kod pocztowy;Miejscowość;Składka",
           "Aino;Korhonen;aino@example.org;040 123 4567;28.2.1990;Katu 1;00100;Helsinki;XL"),
    "sv": ("Förnamn;Efternamn;E-post;Mobil;Födelsedatum;Gatuadress;Postnummer;Postort;Avgift",
           "Aino;Korhonen;aino@example.org;040 123 4567;28.2.1990;Katu 1;00100;Helsinki;XL"),
    "en": ("First name;Last name;E-mail;Phone;Date of birth;Street;Postcode;Town;Shirt",
           "Aino;Korhonen;aino@example.org;040 123 4567;28.2.1990;Katu 1;00100;Helsinki;XL"),
}


def connecting(path: Path, make_key: str = "yes") -> Script:
    return (("1 of 4. The file", str(path)), ("2 of 4. Name of the sheet", ""), ("3 of 4. Column that names each row", ""),
            ("4 of 4. May the hub add that column", make_key))


@pytest.mark.parametrize("language", sorted(LISTS))
def test_a_list_is_read_by_its_own_headings(terminal: Terminal, language: str) -> None:
    headings, person = LISTS[language]
    file = terminal.home / "members.csv"
    file.write_text(f"{headings}\n{person}\n", encoding="utf-8")
    before = file.read_bytes()
    assert terminal.in_process("init", "hub") == 0
    assert terminal.run("-C", "hub", "connect", "spreadsheet", "--name", "members", script=connecting(file)) == 0
    columns = headings.split(";")
    assert f"Columns that were not understood, and stay untouched: {columns[-1]}." in terminal.screen
    section = read_config(terminal.home / "hub").systems["members"]
    assert section.read_only
    assert section.settings == {"path": str(file), "make_key": True, "date_columns": [columns[4]]}
    mapping = tomllib.loads((terminal.home / "hub" / "mappings" / "members.toml").read_text(encoding="utf-8"))
    assert mapping["contact"]["sets"]["emails"] == {"slots": [{"at": columns[2]}]}
    assert terminal.in_process("-C", "hub", "plan") == 0
    assert terminal.in_process("-C", "hub", "export", "everybody.csv") == 0
    told = (terminal.home / "everybody.csv").read_text(encoding="utf-8-sig")
    for value in ("Aino", "Korhonen", "aino@example.org", "1990-02-28", "Katu 1", "00100", "Helsinki"):
        assert value in told, told
    assert "XL" not in told
    assert file.read_bytes() == before


def test_headings_nobody_knows_leave_the_connectors_own_mapping(terminal: Terminal) -> None:
    file = terminal.home / "members.csv"
    file.write_text("aa;bb\n1;2\n", encoding="utf-8")
    assert terminal.in_process("init", "hub") == 0
    assert terminal.run("-C", "hub", "connect", "spreadsheet", script=connecting(file, "no")) == 0
    assert "Columns that were not understood, and stay untouched: aa, bb." in terminal.screen
    assert read_config(terminal.home / "hub").systems["spreadsheet"].settings == {"path": str(file), "make_key": False}
    text = (terminal.home / "hub" / "mappings" / "spreadsheet.toml").read_text(encoding="utf-8")
    assert 'at = "First name"' in text
