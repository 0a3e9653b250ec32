"""Consent is joined, not settled (merge.md 9): the later date wins, ties are withdrawn, nothing is ever held.

A member (purpose, channel) has the payload {"state": "granted" | "withdrawn", "evidenced_at": ISO 8601 or None,
"evidence": text, "source": text}. A grant without a date is older than everything; a withdrawal without one is dated
by whoever observed it first, before it comes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.model.state import NEVER, Cell
from hub.model.units import Value

WITHDRAWN = "withdrawn"
GRANTED = "granted"


def strength(value: Mapping[str, Any]) -> tuple[str, bool, str, str]:
    """What a join compares: date, withdrawn, and (for one order whatever the input) evidence and source."""
    date = value.get("evidenced_at") or ""
    return (date, value.get("state") == WITHDRAWN, value.get("evidence") or "", value.get("source") or "")


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
