"""The site's clock, and how far its prints can be trusted.

CiviCRM prints a time without a mark, in the *present* offset of the CMS's zone, also for times of the other season: it
sets the database session to that offset (CRM_Utils_System_Base::setMySQLTimeZone). What ``where`` is given goes through
PHP's own zone first, which knows the seasons. So a printed time means the same there and back, as long as the offset is
the same one; a time with an offset or "Z" may be read an hour off in the other season (recorded within one season).

Therefore the cursor is a printed time, given back as it was printed, with a *witness* beside it: the printed creation
time of our own contact, which never changes. When the witness prints differently, the offset moved by just that, and the
cursor with it. No clock of the hub's is asked, and no date is ever built from free text: an unreadable one matches every
row.
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


def parsed(text: str) -> datetime:
    """A printed time, without zone. Raises ContractBroken for another form."""
    try:
        return datetime.strptime(text, PRINTED)
    except (TypeError, ValueError):
        raise ContractBroken("CiviCRM printed a time that is not like 2026-11-22 01:44:33") from None


def printed(moment: datetime) -> str:
    return moment.strftime(PRINTED)


def in_utc(text: str, zone: ZoneInfo, server_time: datetime) -> datetime:
    """A printed time as aware UTC. ``server_time``: when it was printed, which decides the offset."""
    offset = zone.utcoffset(server_time.astimezone(zone)) or timedelta(0)
    return (parsed(text) - offset).replace(tzinfo=UTC)


def probes(contact_id: int, text: str, offsets: Iterable[int] = OFFSETS) -> dict[str, Call]:
    """Calls of which those match whose offset PHP's zone has at that time (recorded: transcripts 114-117)."""
    out = {}
    for minutes in offsets:
        moment = parsed(text).replace(tzinfo=timezone(timedelta(minutes=minutes))).astimezone(UTC)
        here = ["modified_date", "=", moment.strftime("%Y-%m-%dT%H:%M:%SZ")]
        out[f"offset{minutes}"] = Call("Contact", "get", {
            "select": ["id"], "limit": 1, "where": [["id", "=", contact_id], EVERYONE, here]})
    return out


def offsets(answers: Mapping[str, Answer]) -> set[int]:
    """The offsets that matched, in minutes: one; two in an hour that the clock shows twice; none when the contact
    changed meanwhile."""
    return {int(name.removeprefix("offset")) for name, answer in answers.items()
            if name.startswith("offset") and answer.values}
