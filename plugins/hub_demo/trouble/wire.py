"""The way to a system that is not to be relied on. The same seed and the same requests give the same trouble."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import httpx

from hub.testing.clock import VirtualClock

LOST, THROTTLED = 0.01, 0.02
"""Of all requests: the answer gets lost after they were done; they are answered 429, and not done."""
WAIT_S, TAKES_S = 2, 0.05
"""What a 429 asks to wait, and what a request takes."""


@dataclass
class Wire:
    """``down``: nobody answers. ``calm``: nothing goes wrong any more. ``counts``: requests, those that met each trouble, and
    those that were sent once more after it."""

    way: httpx.AsyncBaseTransport
    clock: VirtualClock
    rng: random.Random
    down: bool = False
    calm: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    _failed: Counter[int] = field(default_factory=Counter)

    def transport(self) -> httpx.AsyncBaseTransport:
        return _Transport(self)

    async def send(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.clock.turn(TAKES_S)
        self.counts["requests"] += 1
        same = hash((request.method, str(request.url), body))
        if self._failed[same]:
            self._failed[same] -= 1
            self.counts["sent again"] += 1
        drawn = 1.0 if self.calm else self.rng.random()
        if self.down:
            self._meets("down", same)
            raise httpx.ConnectError("nobody answers", request=request)
        if drawn < THROTTLED:
            self._meets("throttled", same)
            return httpx.Response(429, headers={"Retry-After": str(WAIT_S)}, content=b"not now", request=request)
        answer = await self.way.handle_async_request(request)
        if drawn < THROTTLED + LOST:
            await answer.aread()
            await answer.aclose()
            self._meets("lost", same)
            raise httpx.ReadTimeout("the answer got lost", request=request)
        return answer

    def _meets(self, what: str, same: int) -> None:
        self.counts[what] += 1
        self._failed[same] += 1


class _Transport(httpx.AsyncBaseTransport):
    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.wire.send(request)

    async def aclose(self) -> None:
        await self.wire.way.aclose()
