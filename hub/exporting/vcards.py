"""vCard 4.0 (RFC 6350): one card a contact, CRLF, folded at 75 octets. Consents and identifiers have no property there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hub.model.listed import Held, Listed

OCTETS = 75
_TYPES = ("home", "work")
_PHONES = ("home", "work", "cell", "fax", "pager")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d{4})(?:-\d\d)?|--(\d\d)-(\d\d)")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def write(people: Sequence[Listed], path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        for one in people:
            file.writelines(f"{fold(line)}\r\n" for line in card(one))


def card(one: Listed) -> Iterator[str]:
    """The content lines of one card, not folded yet."""
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"UID:urn:uuid:{one.id}"
    yield f"KIND:{'org' if one.is_org else 'individual'}"
    yield f"FN:{escaped(one.name)}"
    name = [one.of(f"name.{part}") for part in ("family", "given", "middle", "prefix", "suffix")]
    if any(name):
        yield f"N:{';'.join(escaped(part) for part in name)}"
    yield from _texts(one)
    for kind, day in (("BDAY", one.of("birthday")), ("DEATHDATE", one.of("deathday"))):
        if day:
            yield _day(kind, day)
    for name_, prop, types in (("emails", "EMAIL", _TYPES), ("phones", "TEL", _PHONES), ("urls", "URL", _TYPES)):
        for member in one.sets[name_]:
            # RFC 6350 6.7.8: URL is a URI, which knows no escapes
            value = _CONTROL.sub("", str(member.value)) if prop == "URL" else escaped(str(member.value))
            yield f"{prop}{_params(member, types)}:{value}"
    for member in one.sets["addresses"]:
        if isinstance(member.value, Mapping):
            yield _address(member, member.value)
    yield "END:VCARD"


def _texts(one: Listed) -> Iterator[str]:
    if one.of("nickname"):
        yield f"NICKNAME:{escaped(one.of('nickname'))}"
    organisation = [one.of("employer") or one.of("company"), one.of("department")]
    if one.is_org:
        organisation[0] = one.of("legal_name") or one.name
    if any(organisation):
        yield f"ORG:{';'.join(escaped(part) for part in organisation).rstrip(';')}"
    for prop, unit in (("TITLE", "title"), ("NOTE", "notes")):
        if one.of(unit):
            yield f"{prop}:{escaped(one.of(unit))}"
    if _LANGUAGE.fullmatch(one.of("preferredLanguage")):
        yield f"LANG:{one.of('preferredLanguage')}"
    words = [escaped(str(m.value)) for name in ("groups", "roles") for m in one.sets[name]]
    if words:
        yield f"CATEGORIES:{','.join(dict.fromkeys(words))}"


def _params(member: Held, types: Sequence[str]) -> str:
    label = member.attrs.get("label", "").lower()
    return (f";TYPE={label}" if label in types else "") + (";PREF=1" if member.primary else "")


def _address(member: Held, value: Mapping[str, object]) -> str:
    """RFC 6350 6.3.1: post office box and extended address are left empty."""
    parts = ("", "", *(str(value.get(p) or "") for p in ("street", "locality", "region", "postcode", "country")))
    kind = f";TYPE={member.key}" if member.key in _TYPES else ""
    return f"ADR{kind}{';PREF=1' if member.primary else ''}:{';'.join(escaped(part) for part in parts)}"


def _day(prop: str, value: str) -> str:
    """RFC 6350 4.3.1: 19900228, 1990-02, 1990, --0228; what is no date is said as text."""
    found = _DATE.fullmatch(value)
    if found is None:
        return f"{prop};VALUE=text:{escaped(value)}"
    return f"{prop}:{value if found[4] else value.replace('-', '') if found[1] else f'--{found[5]}{found[6]}'}"


def escaped(text: str) -> str:
    """RFC 6350 3.4. Control characters, which no value may have, are left out."""
    text = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    text = text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    return _CONTROL.sub("", text)


def fold(line: str) -> str:
    """RFC 6350 3.2: at most 75 octets a line without its end, never inside a character."""
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode("utf-8", "replace"))
        if size + octets > OCTETS:
            pieces.append(piece)
            piece, size = "", 1  # the blank of the fold counts
        piece += character
        size += octets
    return "\r\n ".join([*pieces, piece])
