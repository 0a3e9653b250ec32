"""Headers in four languages, header rows, corrections."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from hub.errors import ConfigError
from hub.overlap.columns import as_toml, read_corrections, understand
from hub.overlap.headers import MEANINGS, language_of, meaning_of
from hub.overlap.look import read_lists
from hub.overlap.tables import NotAList, Table


@pytest.mark.parametrize(("meaning", "headers"), [
    ("given", "Etunimi|Kutsumanimi|Imię|Imiona|Förnamn|First Name|given_name|ETUNIMI "),
    ("family", "Sukunimi|Nazwisko|Efternamn|Last Name|Surname"),
    ("full", "Nimi|Imię i nazwisko|Namn|Name|Display Name|Jäsenen nimi"),
    ("email", "Sähköposti|Sähköpostiosoite|Adres e-mail|E-post|E-mail Address|E-mail 1 - Value|E-mail 2 Address|Email|"
              "Sähköposti (koti)"),
    ("phone", "Puhelin|Puh.|Matkapuhelin|GSM|Nr telefonu|Tel. kom.|Mobil|Mobile Phone|Phone 1 - Value|Home Phone 2|Puhelin 2"),
    ("birthday", "Syntymäaika|Data urodzenia|Födelsedatum|Birthday|Date of birth"),
    ("street", "Lähiosoite|Katuosoite|Ulica|Gatuadress|Street|Home Street|Address 1 - Street"),
    ("postcode", "Postinumero|Kod pocztowy|Postnummer|Postal Code|Home Postal Code|Address 1 - Postal Code|ZIP"),
    ("town", "Postitoimipaikka|Miejscowość|Postort|City|Home City|Address 1 - City"),
    ("country", "Maa|Kraj|Land|Country|Home Country/Region|Address 1 - Country"),
    ("company", "Yritys|Organizacja|Företag|Company|Organization Name|Organization 1 - Name"),
    ("national-id", "Henkilötunnus|PESEL|Personnummer"),
    ("", "Huomautus|Jäsenmaksu|Notes|Uwagi|E-mail 1 - Type|Labels|Fax|"),
])  # fmt: skip
def test_headers_are_known(meaning: str, headers: str) -> None:
    assert {header: meaning_of(header)[0] for header in headers.split("|")} == dict.fromkeys(headers.split("|"), meaning)


def test_the_language_is_that_of_most_headers() -> None:
    assert language_of(["Etunimi", "Sukunimi", "Email"]) == "fi"
    assert language_of(["Imię", "Nazwisko", "Telefon"]) == "pl"
    assert language_of(["Förnamn", "Efternamn"]) == "sv"
    assert language_of(["Email", "x"]) in ("", "en")
    assert language_of([]) == ""


def table(*rows: str) -> Table:
    return Table("a.csv", "CSV", tuple((n, tuple(row.split(";"))) for n, row in enumerate(rows, 1) if row.strip(";")))


def test_the_header_row_may_stand_below_a_title() -> None:
    found = understand(table("Board;;", "2026;;", ";;", "Imię;Nazwisko;Notes", "Jan;Nowak;x"))
    assert (found.header, found.region, [c.how for c in found.columns]) == (4, "PL", ["header", "header", ""])
    assert [(row.number, row.values) for row in found.rows] == [(5, (("given", "Jan"), ("family", "Nowak")))]


def test_addresses_are_known_by_their_content() -> None:
    found = understand(table("Nimi;Yhteys", "Bo Ek;bo@example.org"))
    assert [(c.meaning, c.how) for c in found.columns] == [("full", "header"), ("email", "content")]


def test_of_two_given_names_the_first_filled_counts() -> None:
    found = understand(table("Etunimi;Kutsumanimi;Sukunimi", "Bo Erik;Bo;Ek", ";Bo;Ek"))
    assert [row.values[0] for row in found.rows] == [("given", "Bo Erik"), ("given", "Bo")]


def test_a_correction_wins_and_can_do_without_headers() -> None:
    found = understand(table("Bo;Ek;040 1"), {"header": 0, "columns": {"A": "given", "B": "family", "C": "phone"}})
    assert found.rows[0].values == (("given", "Bo"), ("family", "Ek"), ("phone", "040 1"))
    found = understand(table("Nimi;Lisä", "Bo Ek;040 1"), {"columns": {"Lisä": "phone"}, "region": "SE"})
    assert (found.columns[1].how, found.columns[1].meaning, found.region) == ("corrected", "phone", "SE")


def test_no_name_and_no_address_is_no_list() -> None:
    with pytest.raises(NotAList, match=r"a\.csv, row 1: no header row"):
        understand(table("Puhelin;Maa", "040;FI"))
    with pytest.raises(NotAList, match="no column there is a name"):
        understand(table("x;y", "1;2"), {"header": 1})


@pytest.mark.parametrize(("text", "said"), [
    ("x = [", "is no TOML"),
    ('"a.csv" = 1', "must be a table"),
    ('["a.csv"]\nheading = 1', "it can have header"),
    ('["a.csv"]\nheader = "x"', "wrong kind"),
    ('["a.csv"]\nheader = -1', "wrong kind"),
    ('["a.csv"]\nregion = "Finland"', "two letters"),
    ('["a.csv".columns]\nA = "mail"', 'cannot mean "mail"'),
])  # fmt: skip
def test_what_is_wrong_in_the_corrections_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "columns.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as caught:
        read_corrections(path)
    assert str(caught.value).startswith(str(path))


def test_corrections_that_fit_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Name,Mail\nBo Ek,bo@example.org\n", encoding="utf-8")
    for corrections, said in (({"b.csv": {}}, "no such list"), ({"a.csv": {"columns": {"Fax": "other"}}}, 'no column "Fax"'),
                              ({"a.csv": {"header": 9}}, "nothing in that row")):  # fmt: skip
        with pytest.raises(ConfigError, match=said):
            read_lists([path], corrections)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_corrections(tmp_path / "none.toml")


def test_what_is_shown_can_be_given_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Name,"Odd ""one""",Mail,Mail\nBo Ek,x,bo@example.org,y\n', encoding="utf-8")
    first = read_lists([path])
    shown = as_toml(first.lists)
    tables = tomllib.loads(shown)
    assert tables["a.csv"]["columns"] == {"Name": "full", 'Odd "one"': "other", "C": "email", "D": "email"}
    assert read_lists([path], tables).lists[0].rows == first.lists[0].rows
    assert all(f"#   {name}: " in shown for name in MEANINGS)
