"""The records of a configured system as a list, as the hub last read them. Whoever has read them passes them in; nothing here
knows a workspace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hub.model.units import Projection
from hub.overlap.tables import Column, People, Row

_SCALARS = {"kind": "", "name.given": "given", "name.middle": "middle", "name.family": "family", "name.suffix": "suffix",
            "name.full": "full", "legal_name": "full", "birthday": "birthday", "company": "company"}  # fmt: skip
_SETS = {"emails": "email", "phones": "phone", "addresses": "", "identifiers": ""}
_PARTS = {"street": "street", "postcode": "postcode", "locality": "town", "country": "country"}
_SCHEMES = ("national-id", "business-id", "member-number")
"""Units, parts and schemes → what a column of them means ("": told by its parts, or not at all)."""


def as_list(name: str, kind: str, read_at: str, records: Iterable[tuple[str, Projection]]) -> People:
    """``records``: (id in the system, what the record shows). ``kind`` of the system; ``read_at``: when, in words."""
    rows = tuple(Row(native_id, (), _compared(shown)) for native_id, shown in records)
    filled = Counter(column for row in rows for column in set(_columns(row.projection or {})))
    columns = tuple(Column(unit, meaning, "mapping", count) for (unit, meaning), count in sorted(filled.items()))
    return People(name, kind, columns, rows, read_at=read_at)


def _compared(shown: Projection) -> dict[str, Any]:
    """What is compared and shown, whole: what the system cannot say is empty."""
    plain: dict[str, Any] = {unit: value if isinstance(value := shown.get(unit), str) else None for unit in _SCALARS}
    plain["name.full"] = plain["name.full"] or plain["legal_name"]
    for unit in _SETS:
        members, wanted = shown.get(unit), Mapping if unit == "addresses" else str
        plain[unit] = {key: member for key, member in (members.items() if isinstance(members, Mapping) else ())
                       if isinstance(member, Mapping) and isinstance(member.get("v"), wanted)}
    return plain


def _columns(shown: Projection) -> Iterator[tuple[str, str]]:
    """(unit, meaning) of what is filled."""
    yield from ((unit, meaning) for unit, meaning in {**_SCALARS, **_SETS}.items() if meaning and shown[unit])
    for context, member in shown["addresses"].items():
        yield from ((f"addresses {context} {part}", meaning) for part, meaning in _PARTS.items() if member["v"].get(part))
    yield from ((f"identifiers {scheme}", scheme) for scheme in _SCHEMES if scheme in shown["identifiers"])
