"""Ids of rows: ordered by when they were made, also within a millisecond."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

TAIL = 74
"""Bits of a UUID version 7 behind the time that are ours."""


class Ids:
    """UUIDs version 7 (RFC 9562 5.7), each greater than the one before from the same ``Ids``: what is made first stands first
    wherever rows go by their id, so that two runs over the same records do the same. Within a millisecond, and while the clock
    stands or goes back, the random part grows by a random step (RFC 9562 6.2, method 2)."""

    def __init__(self) -> None:
        self._lock, self._millis, self._tail = threading.Lock(), 0, 0

    def __call__(self) -> str:
        with self._lock:
            now = time.time_ns() // 1_000_000
            if now > self._millis:
                self._millis, self._tail = now, secrets.randbits(TAIL - 1)
            else:
                self._tail += 1 + secrets.randbits(32)
            millis, tail = self._millis, self._tail
        value = (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | (tail >> 62 & 0xFFF) << 64 | 0b10 << 62 | tail & (1 << 62) - 1
        return str(uuid.UUID(int=value))


uuid7 = Ids()
"""The ids of this process."""
