"""The fields two lists can disagree in, and when they do."""

from __future__ import annotations

from typing import Any

from hub.rules.matching.profile import Profile

FIELDS = ("given", "family", "birthday", "email", "phone", "street", "postcode", "town", "company")
UNSPLIT = "*"
"""A given or family name known only as part of the whole name: it is known, and compared with nothing."""


def values_of(p: Profile) -> dict[str, Any]:
    """What a row knows, folded; fields it does not know are left out."""
    found: dict[str, Any] = {
        "given": UNSPLIT if p.guessed else p.given[0] if p.given else "",
        "family": UNSPLIT if p.guessed else " ".join(p.family),
        "birthday": p.birthday,
        "email": p.emails,
        "phone": p.phones,
        "street": frozenset(street for door in p.doors if (street := door.partition("|")[0])),
        "postcode": p.postcodes,
        "town": p.towns,
        "company": p.company,
    }
    return {name: value for name, value in found.items() if value}


def differs(name: str, x: Any, y: Any) -> bool:
    """Do two known values contradict? Of several addresses or numbers one in common is enough; a year agrees with a day
    in it."""
    if isinstance(x, frozenset):
        return not x & y
    if name == "birthday" and not x.startswith("-") and not y.startswith("-"):
        return not (x.startswith(y) or y.startswith(x))
    return bool(x != y)
