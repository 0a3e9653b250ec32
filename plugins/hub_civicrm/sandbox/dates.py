"""PHP's ``strtotime`` as far as CiviCRM's answers were recorded, and how a site prints times.

The server reads a date with ``date($format, strtotime($value))`` (Civi/Api4/Utils/FormattingUtil.php, formatDateValue):
what cannot be read is false, that is 0, that is 1970. In ``where`` with ``>=`` it therefore matches every row
(transcripts 36, 118-121), and as a birth date it is stored as 1970-01-01 (transcript 54).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})([a-z])?", re.IGNORECASE)
_RELATIVE = re.compile(r"([+-])\s*(\d+)\s*(second|sec|minute|min|hour|day|week)s?")
_SECONDS = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def strtotime(text: str, zone: ZoneInfo, now: int) -> int | None:
    """Unix seconds, or None where PHP says false."""
    text = text.strip()
    if text.lower() == "now":
        return now
    if match := _RELATIVE.fullmatch(text.lower()):
        sign, number, unit = match.groups()
        return now + (1 if sign == "+" else -1) * int(number) * _SECONDS[unit]
    if match := _ISO.fullmatch(text):
        y, m, d, hh, mm, ss, offset = match.groups()
        return _seconds(int(y), int(m), int(d), int(hh or 0), int(mm or 0), int(ss or 0), _zone(offset, zone))
    if match := _DOTTED.fullmatch(text):
        d, m, y, letter = match.groups()
        # a letter is a military time zone: "31.12.1999x" is midnight of X (UTC-11), transcript 22
        return _seconds(int(y), int(m), int(d), 0, 0, 0, _military(letter) if letter else zone)
    return None


def where_seconds(text: str, zone: ZoneInfo, now: int) -> int:
    """What a text in ``where`` is compared as: PHP makes it local time by its zone's seasons, the database reads that in
    the session's offset, which is the present one (CRM_Utils_System_Base::setMySQLTimeZone, getTimeZoneOffset)."""
    local = datetime.fromtimestamp(strtotime(text, zone, now) or 0, zone).replace(tzinfo=UTC)
    return int(local.timestamp()) - _offset(zone, now)


def day(text: str, zone: ZoneInfo, now: int) -> str:
    """What a text becomes in a date column."""
    return datetime.fromtimestamp(strtotime(text, zone, now) or 0, zone).strftime("%Y-%m-%d")


def printed(seconds: int, zone: ZoneInfo, now: int) -> str:
    """As get answers it: in the session's offset, no mark (transcripts 112, 113)."""
    return datetime.fromtimestamp(seconds + _offset(zone, now), UTC).strftime("%Y-%m-%d %H:%M:%S")


def raw(seconds: int, zone: ZoneInfo, now: int) -> str:
    """As Relationship.create echoes it: 20261122013930 (transcript 67)."""
    return datetime.fromtimestamp(seconds + _offset(zone, now), UTC).strftime("%Y%m%d%H%M%S")


def _offset(zone: ZoneInfo, now: int) -> int:
    return int((datetime.fromtimestamp(now, zone).utcoffset() or timedelta(0)).total_seconds())


def _seconds(y: int, m: int, d: int, hh: int, mm: int, ss: int, zone: ZoneInfo | timezone) -> int | None:
    if not (1 <= m <= 12 and 0 <= d <= 31 and hh <= 24 and mm <= 59 and ss <= 59 and y):
        return None
    first = date(y, m, 1) + timedelta(days=d - 1)  # 2026-02-30 is 2 March, as PHP counts on
    moment = datetime(first.year, first.month, first.day, tzinfo=zone) if hh == 24 else \
        datetime(first.year, first.month, first.day, hh, mm, ss, tzinfo=zone)
    return int(moment.timestamp()) + (86400 if hh == 24 else 0)


def _zone(offset: str | None, site: ZoneInfo) -> ZoneInfo | timezone:
    if offset is None:
        return site
    if offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone((1 if offset[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _military(letter: str) -> timezone:
    """RFC 822 5.2 as PHP reads it: A to M (without J) east, N to Y west."""
    east, west = "abcdefghiklm", "nopqrstuvwxy"
    letter = letter.lower()
    if letter in east:
        return timezone(timedelta(hours=east.index(letter) + 1))
    return timezone(-timedelta(hours=west.index(letter) + 1)) if letter in west else UTC
