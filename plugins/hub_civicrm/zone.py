"""The site's clock. CiviCRM prints ``modified_date`` in the zone of its CMS, without a mark; in ``where`` it understands
an offset. So the hub never computes with its own clock: it asks the site which offset makes a printed time match.

Where clocks are set back an hour is printed twice, and the server compares in printed time: then a moment may be read
as the earlier of the two. The cursor keeps that earlier one, and a moved offset makes the pull read again from before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hub.sdk import ContractBroken
from hub_civicrm.api import Answer, Call
from hub_civicrm.native import EVERYONE

PRINTED = "%Y-%m-%d %H:%M:%S"
_HALVES = (-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825)
OFFSETS = tuple(sorted([h * 60 for h in range(-12, 15)] + list(_HALVES)))
"""Minutes east of UTC that are in use somewhere (IANA tz 2026)."""
FARTHEST = timedelta(hours=27)
"""More than two zones can be apart."""


def parsed(printed: str) -> datetime:
    """A printed time, without zone. Raises ContractBroken for another form."""
    try:
        return datetime.strptime(printed, PRINTED)
    except (TypeError, ValueError):
        raise ContractBroken("CiviCRM printed a modified_date that is not like 2026-11-22 01:44:33") from None


def in_where(moment: datetime) -> str:
    """A moment as ``where`` reads it in any zone. Never from free text: an unreadable date matches every row."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(printed: str, minutes: int) -> datetime:
    """A printed time as aware UTC."""
    return parsed(printed).replace(tzinfo=timezone(timedelta(minutes=minutes))).astimezone(UTC)


def in_zone(printed: str, zone: ZoneInfo) -> datetime:
    """A printed time as aware UTC, the zone being known."""
    return parsed(printed).replace(tzinfo=zone).astimezone(UTC)


def probes(contact_id: int, printed: str, offsets: Iterable[int] = OFFSETS) -> dict[str, Call]:
    """Calls of which those match whose offset is the one this time was printed with."""
    return {f"offset{minutes}": Call("Contact", "get", {
        "select": ["id"], "limit": 1,
        "where": [["id", "=", contact_id], EVERYONE, ["modified_date", "=", in_where(moment(printed, minutes))]]})
        for minutes in offsets}


def offset(answers: Mapping[str, Answer]) -> int | None:
    """The offset found, in minutes: of two (an hour printed twice) the one that makes the earlier moment. None: the
    contact changed meanwhile."""
    found = [int(name.removeprefix("offset")) for name, answer in answers.items()
             if name.startswith("offset") and answer.values]
    return max(found, default=None)
