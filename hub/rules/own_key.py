"""The key a create of ours carries: a UUID of version 8 (RFC 9562 5.8) that says of which record the new one is a copy.

Its first 60 free bits are the *origin*: a keyed hash of the reference of a record of the same contact that we did not make.
Its last 62 tell contacts and attempts apart. So a hub that lost its database, and not its master key, knows its copies again
(docs/decisions/0013-a-create-says-whose-copy-it-is.md).
"""

from __future__ import annotations

import hashlib
import re

ORIGIN = 15
"""Hexadecimal digits of an origin."""
_FORM = re.compile(r"([0-9a-f]{8})-?([0-9a-f]{4})-?8([0-9a-f]{3})-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}")
_LAST = (1 << 62) - 1


def own_key(origin: str, contact: str, attempt: int) -> str:
    """The key of a create. ``attempt``: how many records of ours ended in that system before; a trash may hold theirs."""
    tail = int(hashlib.sha256(f"{contact} {attempt}".encode()).hexdigest()[:16], 16)
    last = f"{0b10 << 62 | tail & _LAST:016x}"
    return f"{origin[:8]}-{origin[8:12]}-8{origin[12:ORIGIN]}-{last[:4]}-{last[4:]}"


def copied_from(key: str | None) -> str | None:
    """The origin a key tells of; None for one that is not of this form."""
    found = _FORM.fullmatch(key.strip().casefold()) if key else None
    return "".join(found.groups()) if found else None
