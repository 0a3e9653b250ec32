"""Contacts as the programs behind an address book write them (RFC 2426, RFC 6350). Written without the connector:
a card the hub reads here was not made by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

Projection = Mapping[str, Any]

_COUNTRY = {"en": {"FI": "Finland", "PL": "Poland", "GB": "United Kingdom"},
            "own": {"FI": "Suomi", "PL": "Polska", "GB": "United Kingdom"}}
_TYPES_3 = {"cell": "CELL", "home": "HOME", "work": "WORK"}


def card_name(seed: int, system: str, place: int) -> str:
    """The name of a card's file; the same for the same demo."""
    return f"{uuid5(NAMESPACE_URL, f'contact-hub-demo/{seed}/{system}/{place}')}.vcf"


def vcard3(who: Projection, uid: str) -> str:
    """A card of version 3.0, as programs on a desk write it."""
    lines = ["VERSION:3.0", "PRODID:-//Example//Staff List 2.1//EN", f"UID:{uid}", *_name(who)]
    for row, lead in _rows(who, "emails"):
        lines.append(f"EMAIL;TYPE=INTERNET{_type3(row)}{',PREF' if lead else ''}:{_text(row['v'])}")
    for row, lead in _rows(who, "phones"):
        lines.append(f"TEL{_type3(row)}{';TYPE=PREF' if lead else ''}:{_text(row['v'])}")
    for context, row, lead in _addresses(who):
        lines.append(f"ADR;TYPE={context.upper()}{',PREF' if lead else ''}:{_address(row['v'], 'en')}")
    if who.get("birthday"):
        lines.append(f"BDAY:{who['birthday']}")
    return _card([*lines, *_work(who), *([] if who["kind"] == "individual" else ["X-ABSHOWAS:COMPANY"])])


def vcard4(who: Projection, uid: str) -> str:
    """A card of version 4.0, as a web mailer writes it."""
    lines = ["VERSION:4.0", f"UID:urn:uuid:{uid}", *_name(who)]
    if who["kind"] != "individual":
        lines.append("KIND:org")
    for row, lead in _rows(who, "emails"):
        lines.append(f"EMAIL{_type4(row)}{';PREF=1' if lead else ''}:{_text(row['v'])}")
    for row, lead in _rows(who, "phones"):
        lines.append(f"TEL;VALUE=text{_type4(row)}{';PREF=1' if lead else ''}:{_text(row['v'])}")
    for context, row, lead in _addresses(who):
        lines.append(f"ADR;TYPE={context}{';PREF=1' if lead else ''}:{_address(row['v'], 'own')}")
    if who.get("birthday"):
        lines.append(f"BDAY:{who['birthday'].replace('-', '') if len(who['birthday']) == 10 else who['birthday']}")
    return _card([*lines, *_work(who)])


def _card(lines: list[str]) -> str:
    return "\r\n".join(folded for line in ["BEGIN:VCARD", *lines, "END:VCARD"] for folded in _folded(line)) + "\r\n"


def _folded(line: str) -> list[str]:
    """At most 75 octets a line (RFC 6350 3.2), never inside a letter."""
    out, piece = [], ""
    for letter in line:
        if len((piece + letter).encode()) > 74:
            out.append(piece)
            piece = " "
        piece += letter
    return [*out, piece]


def _name(who: Projection) -> list[str]:
    if who["kind"] != "individual":
        return [f"FN:{_text(who['name.full'])}", "N:;;;;", f"ORG:{_text(who['name.full'])}"]
    parts = [who.get(f"name.{part}") for part in ("family", "given", "middle", "prefix", "suffix")]
    full = " ".join(part for part in (parts[1], parts[2], parts[0], parts[4]) if part)
    return [f"FN:{_text(full)}", "N:" + ";".join(_text(part or "") for part in parts)]


def _work(who: Projection) -> list[str]:
    if who["kind"] != "individual":
        return []
    out = [f"ORG:{_text(who['company'])}"] if who.get("company") else []
    return [*out, *([f"TITLE:{_text(who['title'])}"] if who.get("title") else [])]


def _rows(who: Projection, unit: str) -> list[tuple[Mapping[str, Any], bool]]:
    return [(row, key == who.get(f"{unit}.primary")) for key, row in (who.get(unit) or {}).items()]


def _addresses(who: Projection) -> list[tuple[str, Mapping[str, Any], bool]]:
    return [(context, row, context == who.get("addresses.primary")) for context, row in (who.get("addresses") or {}).items()]


def _address(parts: Mapping[str, Any], tongue: str) -> str:
    country = _COUNTRY[tongue].get(parts.get("country", ""), "")
    return ";".join(["", "", *(_text(parts.get(p) or "") for p in ("street", "locality")), "",
                     _text(parts.get("postcode") or ""), country])


def _type3(row: Mapping[str, Any]) -> str:
    word = _TYPES_3.get(row.get("a", {}).get("label", ""))
    return f";TYPE={word}" if word else ""


def _type4(row: Mapping[str, Any]) -> str:
    word = row.get("a", {}).get("label")
    return f";TYPE={word}" if word else ""


def _text(value: str) -> str:
    """RFC 6350 3.4."""
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
