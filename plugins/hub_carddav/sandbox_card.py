"""What the sandbox knows of vCards: is this text one (RFC 6350 3.3, RFC 2426 4), and what a server makes of it.

Written from the RFCs and from answers recorded of Radicale 3.9.0; it shares nothing with the connector.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LINE = re.compile(
    r"^(?:(?P<group>[A-Za-z0-9-]+)\.)?(?P<name>[A-Za-z0-9-]+)"
    r'(?P<params>(?:;[A-Za-z0-9-]+=(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)'
    r'(?:,(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*))*)*)'
    r":(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)$"
)
_ONCE = {"3.0": ("VERSION", "UID", "FN", "N"), "4.0": ("VERSION", "UID")}
_REQUIRED = {"3.0": ("VERSION", "UID", "FN", "N"), "4.0": ("VERSION", "UID", "FN")}
_FIRST = ("VERSION", "PRODID", "UID")  # then by name: how the vobject library writes a card


class NoCard(ValueError):
    """Not a valid vCard."""


def lines(text: str) -> list[str]:
    """Unfolded lines (RFC 6350 3.2), BEGIN and END included."""
    return re.sub(r"\r?\n[ \t]", "", text).replace("\r\n", "\n").strip("\n").split("\n")


def values(text: str, name: str) -> list[str]:
    """The unescaped values of a property, with any group or none (RFC 6352 10.5.1)."""
    found = (_LINE.match(line) for line in lines(text))
    return [re.sub(r"\\([\\,;])", r"\1", m["value"]).replace("\\n", "\n") for m in found
            if m and f"{m['group'] or ''}.{m['name']}".upper().endswith(f".{name.upper()}")]


@lru_cache(maxsize=16_384)
def uid(text: str) -> str | None:
    """The UID of a card that is stored, or None; kept, as every PUT is held against the whole book."""
    return next(iter(values(text, "UID")), None)


def check(text: str) -> tuple[str, str]:
    """Version and UID of a valid card. Raises NoCard with the rule that is broken."""
    if not text.endswith("\r\n") or re.search(r"(?<!\r)\n|\r(?!\n)", text):
        raise NoCard("lines end with CRLF (RFC 6350 3.2)")
    body = lines(text)
    if body[0].upper() != "BEGIN:VCARD" or body[-1].upper() != "END:VCARD":
        raise NoCard("BEGIN:VCARD … END:VCARD (RFC 6350 6.1.1)")
    names: list[str] = []
    for line in body[1:-1]:
        found = _LINE.match(line)
        if not found:
            raise NoCard("contentline (RFC 6350 3.3)")
        if found["name"].upper() in ("BEGIN", "END"):
            raise NoCard("one vCard a resource (RFC 6352 5.1)")
        names.append(found["name"].upper())
    version = (values(text, "VERSION") or [""])[0]
    if version not in _REQUIRED:
        raise NoCard("VERSION 3.0 or 4.0 (RFC 6352 5.1)")
    if version == "4.0" and names[0] != "VERSION":
        raise NoCard("VERSION comes first (RFC 6350 6.7.9)")
    missing = [name for name in _REQUIRED[version] if name not in names]
    if missing:
        raise NoCard(f"{missing[0]} is required (RFC 2426 4, RFC 6350 6.2.1, RFC 6352 5.1)")
    if any(names.count(name) > 1 for name in _ONCE[version]):
        raise NoCard("at most once (RFC 6350 3.3)")
    uid, name = values(text, "UID")[0], values(text, "FN")[0]
    if not uid.strip() or not name.strip():
        raise NoCard("UID and FN are not empty")
    return version, uid


def reordered(text: str) -> str:
    """As Radicale 3.9.0 stores it (transcripts 06 and 11): VERSION, PRODID, UID, then by name."""
    body = lines(text)

    def rank(line: str) -> tuple[int, str]:
        found = _LINE.match(line)
        name = found["name"].upper() if found else ""
        return (_FIRST.index(name), "") if name in _FIRST else (len(_FIRST), name)

    return "".join(f"{_folded(line)}\r\n" for line in [body[0], *sorted(body[1:-1], key=rank), body[-1]])


def tidied(text: str) -> str:
    """As a server that rewrites what it is given: trimmed values, e-mail in lower case, at most 40 letters of NOTE."""
    out = []
    for line in lines(text):
        found = _LINE.match(line)
        if found:
            value = re.sub(r"(?<!\\) +$", "", found["value"])
            if found["name"].upper() == "EMAIL":
                value = value.lower()
            if found["name"].upper() == "NOTE":
                value = value[:40].rstrip("\\ ")
            line = line[: found.start("value")] + value
        out.append(f"{_folded(line)}\r\n")
    return "".join(out)


def _folded(line: str) -> str:
    pieces, piece = [], ""
    for letter in line:
        if len((piece + letter).encode()) > 74:
            pieces.append(piece)
            piece = ""
        piece += letter
    return "\r\n ".join([*pieces, piece])
