"""Address books (.vcf): vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), as far as comparing needs them.

Folded lines (RFC 6350 3.2), quoted-printable with its soft line ends (vCard 2.1), groups ("item1.EMAIL"), escaped
commas and semicolons, and a birthday without year written as 1604 with X-APPLE-OMIT-YEAR.
"""

from __future__ import annotations

import quopri
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hub.overlap.csvs import called, decode
from hub.overlap.tables import Column, NotAList, People, Row

_BEGIN = re.compile(r"\s*BEGIN:VCARD", re.IGNORECASE)
_ENCODED = re.compile(r";(?:ENCODING=)?QUOTED-PRINTABLE", re.IGNORECASE)
_CHARSET = re.compile(r";CHARSET=\"?([\w-]+)", re.IGNORECASE)
_SPLIT = {";": re.compile(r"(?<!\\)(?:\\\\)*;"), ",": re.compile(r"(?<!\\)(?:\\\\)*,")}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PLACES = {"street": 2, "town": 3, "postcode": 5, "country": 6}
"""Where they stand in ADR (RFC 6350 6.3.1)."""
_NAMES = {"given": "N", "middle": "N", "family": "N", "suffix": "N", "full": "FN", "birthday": "BDAY", "email": "EMAIL",
          "phone": "TEL", **dict.fromkeys(_PLACES, "ADR"), "company": "ORG", "changed": "REV"}  # fmt: skip
"""Meaning → the property it is read from."""


def begins_card(content: bytes) -> bool:
    """Is this the beginning of an address book?"""
    return _BEGIN.match(decode(content[:2000])[0].lstrip("\ufeff")) is not None


def read_cards(path: Path, content: bytes) -> People:
    """An address book as a list. Raises NotAList when it has no card that ends."""
    text, encoding = decode(content)
    rows, seen, versions = [], Counter[str](), set[str]()
    lines: list[tuple[str, str, str]] = []
    begun = 0
    for number, name, parameters, value in _lines(text):
        if name == "BEGIN" and value.strip().upper() == "VCARD":
            lines, begun = [], number
        elif name == "END" and value.strip().upper() == "VCARD" and begun:
            values = tuple(_values(lines))
            if values:
                rows.append(Row(begun, values))
            seen.update({meaning for meaning, _ in values})
            begun = 0
        elif name == "VERSION":
            versions.add(value.strip())
        elif begun:
            lines.append((name, parameters, value))
    if not rows:
        raise NotAList(f"{path}: no vCard in it begins, ends and has a name. Export the address book again.")
    notes = (f"{path.name}, line {begun}: the last card has no end and is left out.",) if begun else ()
    columns = tuple(Column(name, meaning, "header", seen[meaning]) for meaning, name in _NAMES.items() if seen[meaning])
    return People(path.name, f"vCard {', '.join(sorted(versions))}, {called(encoding)}", columns, tuple(rows), notes=notes)


def _lines(text: str) -> Iterator[tuple[int, str, str, str]]:
    """``(line number, NAME, parameters, value)`` of every content line, unfolded and decoded."""
    whole: list[tuple[int, str]] = []
    soft = False
    for number, line in enumerate(text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if soft:
            whole[-1] = (whole[-1][0], whole[-1][1][:-1] + line.lstrip(" \t"))
        elif line[:1] in (" ", "\t") and whole:
            whole[-1] = (whole[-1][0], whole[-1][1] + line[1:])
        else:
            whole.append((number, line))
        told = whole[-1][1]
        soft = told.endswith("=") and _ENCODED.search(told.partition(":")[0]) is not None
    for number, line in whole:
        head, colon, value = _cut(line)
        if not colon:
            continue
        name, _, parameters = head.partition(";")
        if parameters and _ENCODED.search(f";{parameters}"):
            found = _CHARSET.search(f";{parameters}")
            raw = quopri.decodestring(value.encode("utf-8", errors="replace"))
            try:
                value = raw.decode(found[1] if found else "utf-8")
            except (UnicodeDecodeError, LookupError):
                value = decode(raw)[0]
        yield number, name.rpartition(".")[2].upper(), parameters.upper(), value


def _cut(line: str) -> tuple[str, str, str]:
    """At the first colon outside quotation marks."""
    quoted = False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return line[:at], ":", line[at + 1 :]
    return line, "", ""


def _values(lines: list[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    names = {name for name, _, value in lines if value.replace(";", "").strip()}
    for name, parameters, value in lines:
        if name == "N":
            family, given, middle, _, suffix, *_ = [*_parts(value), "", "", "", "", ""]
            parts = {"family": family, "given": given, "middle": middle, "suffix": suffix}
            yield from ((meaning, text) for meaning, text in parts.items() if text)
        elif name == "FN" and "N" not in names and ("ORG" not in names or _parts(value)[0] != _org(lines)):
            yield "full", _plain(value)
        elif name == "ORG" and _parts(value)[0]:
            yield "company", _parts(value)[0]
        elif name == "EMAIL" and value.strip():
            yield "email", _plain(value).removeprefix("mailto:")
        elif name == "TEL" and value.strip():
            yield "phone", _plain(value).removeprefix("tel:")
        elif name == "BDAY" and value.strip():
            day = value.strip()[:10]
            yield "birthday", f"--{day[5:]}" if day.startswith("1604-") and "OMIT-YEAR" in parameters else day
        elif name == "ADR":
            cells = [*_parts(value), "", "", "", "", "", "", ""]
            yield from ((meaning, cells[at]) for meaning, at in _PLACES.items() if cells[at])
        elif name == "REV" and value.strip():
            yield "changed", value.strip().partition("T")[0]


def _org(lines: list[tuple[str, str, str]]) -> str:
    return next((_parts(value)[0] for name, _, value in lines if name == "ORG"), "")


def _parts(value: str) -> list[str]:
    return [" ".join(_plain(piece) for piece in _cells(part, ",")).strip() for part in _cells(value, ";")]


def _cells(value: str, sign: str) -> list[str]:
    cells, start = [], 0
    for found in _SPLIT[sign].finditer(value):
        cells.append(value[start : found.end() - 1])
        start = found.end()
    return [*cells, value[start:]]


def _plain(value: str) -> str:
    """Without escapes (RFC 6350 3.4)."""
    return _ESCAPE.sub(lambda found: " " if found[1] in "nN" else found[1], value).strip()
