"""A clock that tests turn."""

from __future__ import annotations

import asyncio

START = 1_767_225_600.0
"""2026-01-01T00:00:00Z"""


class VirtualClock:
    """Sleeping turns the clock at once. Seconds since 1970."""

    def __init__(self, start: float = START) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def turn(self, seconds: float) -> None:
        self._now += seconds

    async def sleep(self, seconds: float, /) -> None:
        self.turn(max(seconds, 0))
        await asyncio.sleep(0)
