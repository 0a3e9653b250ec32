"""Nine lists of invented people, as nine offices would keep them: formats, languages, encodings, and the truth."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from hub.testing.people import make_people

LISTS = ("jasenet.csv", "czlonkowie.csv", "medlemmar.csv", "newsletter.csv", "board.xlsx", "archiwum.csv", "kokous.xlsx",
         "export.csv", "phone.vcf")  # fmt: skip
PEOPLE, OVERLAP = 5600, 0.25
"""So many people, and the chance that one list's is in another too, make lists of at least ``SIZE``."""
SIZE = 1500

Shown = Mapping[str, Any]


@dataclass(frozen=True)
class Form:
    """How a list is written: headers in its language, separator, encoding."""

    headers: tuple[str, ...]
    separator: str = ""
    encoding: str = ""
    whole_name: bool = False


FIELDS = ("given", "family", "email", "phone", "birthday", "street", "postcode", "town", "country")
_FI = ("Etunimi", "Sukunimi", "Sähköposti", "Puhelin", "Syntymäaika", "Lähiosoite", "Postinumero", "Postitoimipaikka", "Maa")
_PL = ("Imię", "Nazwisko", "Adres e-mail", "Telefon", "Data urodzenia", "Ulica", "Kod pocztowy", "Miejscowość", "Kraj")
_SV = ("Förnamn", "Efternamn", "E-post", "Mobil", "Födelsedatum", "Gatuadress", "Postnummer", "Postort", "Land")
_EN = ("First name", "Last name", "E-mail address", "Mobile phone", "Date of birth", "Street", "Postal code", "City", "Country")
_WEB = ("First Name", "Last Name", "E-mail 1 - Value", "Phone 1 - Value", "Birthday", "Address 1 - Street",
        "Address 1 - Postal Code", "Address 1 - City", "Address 1 - Country")  # fmt: skip
FORMS = {
    "jasenet.csv": Form(_FI, ";", "cp1252"),
    "czlonkowie.csv": Form(_PL, ";", "iso-8859-2"),
    "medlemmar.csv": Form(_SV, "\t", "utf-16"),
    "newsletter.csv": Form(_EN, ",", "utf-8"),
    "board.xlsx": Form(_EN),
    "archiwum.csv": Form(_PL, "\t", "utf-8-sig"),
    "kokous.xlsx": Form(("Nimi", *_FI[1:]), whole_name=True),
    "export.csv": Form(_WEB, ",", "utf-8-sig"),
    "phone.vcf": Form(()),
}


def write_lists(folder: Path, seed: int) -> dict[tuple[int, int], str]:
    """Write the nine files. What comes back is the truth: (list from 1, row number in it) → person."""
    world = make_people(seed, PEOPLE, 100)
    known = world.spread(LISTS, OVERLAP)
    flocks = {p.id for p in world.people if p.flock}  # father and son of one name are always in a list together
    truth = {}
    for n, (name, shown) in enumerate(known.items(), 1):
        chosen = [(world.truth[name, at], each) for at, each in enumerate(shown) if each["kind"] == "individual"]
        chosen = sorted(chosen, key=lambda each: each[0] not in flocks)[:SIZE]
        rows = [_cells(each) for _, each in chosen]
        form = FORMS[name]
        if name.endswith(".vcf"):
            text, starts = _cards(rows)
            (folder / name).write_text(text, encoding="utf-8", newline="")
            truth |= {(n, start): who for start, (who, _) in zip(starts, chosen, strict=True)}
            continue
        if form.whole_name:
            rows = [{**row, "given": f"{row['given']} {row['family']}", "family": ""} for row in rows]
        table = [form.headers, *[[row[field] for field in FIELDS] for row in rows]]
        if form.whole_name:
            table = [[*row[:1], *row[2:]] for row in table]
        write: Callable[[Path, Sequence[Sequence[str]], Form], None] = _workbook if name.endswith(".xlsx") else _text
        write(folder / name, table, form)
        truth |= {(n, at): who for at, (who, _) in enumerate(chosen, 2)}
    return truth


def _cells(shown: Shown) -> dict[str, str]:
    address = next((a["v"] for a in shown["addresses"].values()), {})
    given = " ".join(filter(None, (shown["name.given"], shown["name.middle"])))
    family = " ".join(filter(None, (shown["name.family"], shown["name.suffix"])))
    return {
        "given": given, "family": family, "birthday": shown["birthday"] or "",
        "email": "; ".join(m["v"] for m in shown["emails"].values()),
        "phone": ", ".join(m["v"] for m in shown["phones"].values()),
        "street": address.get("street", ""), "postcode": address.get("postcode", ""), "town": address.get("locality", ""),
        "country": address.get("country", ""),
    }  # fmt: skip


def _text(path: Path, table: Sequence[Sequence[str]], form: Form) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=form.separator).writerows(table)
    path.write_bytes("".join(_sayable(letter, form.encoding) for letter in out.getvalue()).encode(form.encoding))


def _sayable(letter: str, encoding: str) -> str:
    """What an old code page has not is typed without its marks."""
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return {"ł": "l", "Ł": "L"}.get(letter) or unicodedata.normalize("NFKD", letter)[0]
    return letter


def _workbook(path: Path, table: Sequence[Sequence[str]], _: Form) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("People")
    for row in table:
        sheet.append(list(row))
    book.save(path)


def _cards(rows: Sequence[Mapping[str, str]]) -> tuple[str, list[int]]:
    lines: list[str] = []
    starts = []
    for row in rows:
        starts.append(len(lines) + 1)
        lines += ["BEGIN:VCARD", "VERSION:3.0", f"N:{row['family']};{row['given']};;;", f"FN:{row['given']} {row['family']}"]
        lines += [f"item{n}.EMAIL;type=INTERNET:{each}" for n, each in enumerate(filter(None, row["email"].split("; ")), 1)]
        lines += [f"TEL;type=CELL:{each}" for each in filter(None, row["phone"].split(", "))]
        lines += [f"BDAY:{row['birthday']}"] if row["birthday"] else []
        if row["street"]:
            lines.append(f"ADR;type=HOME:;;{row['street']};{row['town']};;{row['postcode']};{row['country']}")
        lines.append("END:VCARD")
    return "\r\n".join(lines) + "\r\n", starts
