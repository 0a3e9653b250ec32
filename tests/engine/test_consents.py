"""Withdrawals that say no date get one: the first time they were seen (merge.md 9)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.engine.consents import dated_consents
from hub.model.contact import CONTACT
from hub.model.state import Cell

NEWS, UNIT = "news:email", "consents[news:email]"
SEEN_AT = datetime(2026, 3, 1, tzinfo=UTC)


def said(state: str, day: str = "") -> dict[str, Any]:
    return {"state": state, "evidenced_at": day, "evidence": "", "source": ""}


def shown(state: str, day: str = "") -> dict[str, Any]:
    return {"consents": {NEWS: {"v": said(state, day)}}}


def date(now: dict[str, Any], before: dict[str, Any], known: dict[str, Any] | None = None) -> str:
    units = {UNIT: Cell(known, 1, "crm/1")} if known else None
    found = dated_consents(CONTACT, now, before, SEEN_AT.timestamp(), units)
    return str(found["consents"][NEWS]["v"]["evidenced_at"])


@pytest.mark.parametrize(("now", "before", "known", "found"), [
    (shown("withdrawn"), {}, None, SEEN_AT.isoformat()),
    (shown("withdrawn", "2026-01-05"), {}, None, "2026-01-05"),
    (shown("granted"), {}, None, ""),
    (shown("withdrawn"), shown("withdrawn", "2026-01-01"), None, "2026-01-01"),
    (shown("withdrawn"), shown("granted", "2026-01-01"), None, SEEN_AT.isoformat()),
    (shown("withdrawn"), shown("withdrawn"), None, SEEN_AT.isoformat()),
    (shown("withdrawn"), shown("withdrawn"), said("withdrawn", "2026-01-02"), "2026-01-02"),
    (shown("withdrawn"), shown("granted"), said("withdrawn", "2026-01-02"), SEEN_AT.isoformat()),
    (shown("withdrawn"), shown("withdrawn"), said("granted", "2026-01-02"), SEEN_AT.isoformat()),
], ids=["new", "its own date", "a grant", "seen before", "granted before", "undated before", "by our own write",
        "another time", "the hub knows a grant"])
def test_the_date_of_what_is_withdrawn(now: dict[str, Any], before: dict[str, Any], known: Any, found: str) -> None:
    assert date(now, before, known) == found
