"""Consent is joined, not settled (merge.md 9): the later date wins, ties are withdrawn, nothing is ever held.

A member (purpose, channel) has the payload {"state": "granted" | "withdrawn", "evidenced_at": ISO 8601 or None,
"evidence": text, "source": text}. A grant without a date is older than everything; a withdrawal without one is dated
by whoever observed it first, before it comes here.
"""

from __future__ import annotations

import re
from calendar import monthrange, timegm
from collections.abc import Iterable, Mapping
from typing import Any

from hub.model.state import NEVER, Cell
from hub.model.units import Value

WITHDRAWN = "withdrawn"
GRANTED = "granted"

_MOMENT = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?\s*(Z|[+-]\d\d:?\d\d)?)?)?)?", re.IGNORECASE)
_ALWAYS, _EVER = float("-inf"), float("inf")


def strength(value: Mapping[str, Any]) -> tuple[float, bool, str, str, str]:
    """What a join compares: date (unix seconds), withdrawn, and (for one order whatever the input) evidence,
    source and how the date is written.

    Of a date that is only a day, a month or a year a withdrawal counts to its end and a grant from its beginning: who
    withdrew on the day of a grant has withdrawn. A date nobody can read never makes a grant the later one.
    """
    withdrawn = value.get("state") == WITHDRAWN
    return (_date(value.get("evidenced_at"), withdrawn), withdrawn, str(value.get("evidence") or ""),
            str(value.get("source") or ""), str(value.get("evidenced_at") or ""))


def _date(text: Any, last: bool) -> float:
    """The first or last second a date may mean; without zone it is UTC."""
    if not text:
        return _ALWAYS
    found = _MOMENT.fullmatch(str(text).strip())
    unreadable = _EVER if last else _ALWAYS
    if found is None:
        return unreadable
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups()[:5])
    if not year or not 1 <= (month or 1) <= 12 or not 1 <= (day or 1) <= monthrange(year, month or 1)[1]:
        return unreadable
    if hour is None or minute is None:
        month = month or (12 if last else 1)
        day = day or (monthrange(year, month)[1] if last else 1)
        return timegm((year, month, day, 0, 0, 0)) + (86399.999999 if last else 0)
    return timegm((year, month or 1, day or 1, hour, minute, 0)) + float(found[6] or 0) - _offset(found[7])


def _offset(zone: str | None) -> int:
    """Seconds east of UTC."""
    if zone is None or zone in "Zz":
        return 0
    return (1 if zone[0] == "+" else -1) * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)


def is_withdrawal(value: Value) -> bool:
    return isinstance(value, Mapping) and value.get("state") == WITHDRAWN


def dated(value: Mapping[str, Any], observed_at: str) -> dict[str, Any]:
    """The statement as it may be joined: a withdrawal without a date is dated by its first observation."""
    if value.get("state") == WITHDRAWN and not value.get("evidenced_at"):
        return {**value, "evidenced_at": observed_at}
    return dict(value)


def join_consents(cell: Cell, asserted: Iterable[tuple[str, Value]]) -> tuple[Value, str]:
    """The join of what is known and what is said, and where it came from. Commutative, associative, idempotent."""
    best, origin = (cell.value, cell.origin) if cell.rev != NEVER and cell.value else (None, "")
    for link, value in sorted(asserted, key=lambda pair: pair[0]):
        if best is None or strength(value) > strength(best):
            best, origin = value, link
    return best, origin
