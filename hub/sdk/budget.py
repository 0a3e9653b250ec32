"""Documented limits, kept: how often a system may be asked, and how many calls may be under way at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic, time
from typing import Protocol

from hub.sdk.capabilities import Rate


class Clock(Protocol):
    """Time that tests can turn."""

    def now(self) -> float:
        """Unix seconds that never run backwards."""
        ...

    async def sleep(self, seconds: float, /) -> None: ...


class RealClock:
    """The machine's clock, steady when somebody sets it."""

    def __init__(self) -> None:
        self._epoch = time() - monotonic()

    def now(self) -> float:
        return self._epoch + monotonic()

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(seconds)


class Budget:
    """Keeps documented limits: sends per sliding window, and how many are under way at once."""

    def __init__(self, rates: Sequence[Rate], clock: Clock) -> None:
        self._clock = clock
        self._windows = [(r, deque[float](maxlen=r.requests)) for r in rates if r.requests and r.window_s]
        at_once = [r.concurrent for r in rates if r.concurrent]
        self._slots = asyncio.Semaphore(min(at_once)) if at_once else None
        self._turn = asyncio.Lock()
        self._closed_until = 0.0

    def pause(self, seconds: float) -> None:
        """The system asked to wait: nobody sends until then."""
        self._closed_until = max(self._closed_until, self._clock.now() + seconds)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[float]:
        """Wait for leave to send; gives the seconds waited."""
        start = self._clock.now()
        if self._slots:
            await self._slots.acquire()
        try:
            async with self._turn:
                while (wait := self._wait()) > 0:
                    await self._clock.sleep(wait)
                now = self._clock.now()
                for _, sent in self._windows:
                    sent.append(now)
            yield now - start
        finally:
            if self._slots:
                self._slots.release()

    def _wait(self) -> float:
        until = [sent[0] + rate.window_s for rate, sent in self._windows if len(sent) == rate.requests]
        return max([self._closed_until, *until]) - self._clock.now()
