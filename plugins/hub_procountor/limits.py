"""What Procountor cannot store, seen before anything is sent.

Source: "Making API Requests" (dev.procountor.com, read 2026-11-30): "Character set: Windows-1252"; lengths: Procountor's
OpenAPI of 2026-04-15. Line breaks are refused too: no page says what becomes of them in fields of one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LENGTHS: Mapping[str, int] = {
    "name": 80, "phone": 40, "mobilePhone": 40,
    **{f"{where}.{part}": most for where in ("address", "billingAddress")
       for part, most in (("name", 80), ("specifier", 80), ("street", 80), ("zip", 20), ("city", 40), ("subdivision", 35))},
}


def unfit(patch: Mapping[str, Any]) -> str:
    """Why this patch cannot be stored, naming the field and not the value; "" when it can."""
    if "name" in patch and not patch["name"]:
        return "name would be emptied: Procountor keeps no customer without one"
    for place, text in _texts(patch, ""):
        try:
            text.encode("cp1252")
        except UnicodeEncodeError:
            return f"{place} has a letter that Procountor cannot store: it keeps those of Windows-1252 (western European) only"
        if any(sign < " " or sign == "\x7f" for sign in text):
            return f"{place} has a line break or another control character"
        if len(text) > LENGTHS.get(place, len(text)):
            return f"{place} is too long, Procountor keeps {LENGTHS[place]} characters"
    return ""


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, place)
