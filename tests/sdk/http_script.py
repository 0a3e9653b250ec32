"""A clock that tests turn, and clients whose transport answers from a script."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, TypeVar

import httpx

from hub.sdk import HubClient

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
BASE = "https://crm.example.org/api/"

Said = Callable[[httpx.Request], httpx.Response] | Exception
T = TypeVar("T")


class FakeClock:
    """Sleeping turns the clock at once and is noted."""

    def __init__(self) -> None:
        self.time = START
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


class Wire(httpx.AsyncByteStream):
    """Bytes as they come from the network, piece by piece; an exception in between breaks off."""

    def __init__(self, *pieces: bytes | Exception, before_piece: Callable[[], None] = lambda: None) -> None:
        self.pieces, self.before_piece = pieces, before_piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.before_piece()
            if isinstance(piece, Exception):
                raise piece
            yield piece


def says(status: int, body: bytes | Wire = b"", headers: Mapping[str, str] | None = None) -> Said:
    """One answer, its body exactly as given: no length, no packing but what ``headers`` say."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, stream=body if isinstance(body, Wire) else Wire(body))

    return answer


class Script(httpx.AsyncBaseTransport):
    """Gives these answers one after the other, the last one for ever; ``seen`` are the requests."""

    def __init__(self, *said: Said) -> None:
        self.said, self.seen = list(said), list[httpx.Request]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        said = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if isinstance(said, Exception):
            raise said
        return said(request)


def client(script: httpx.AsyncBaseTransport, clock: FakeClock | None = None, **settings: Any) -> HubClient:
    """A client of the script; jitter is at its upper end, so backoff is 0.5, 1, 2 … seconds."""
    base = settings.pop("base_url", BASE)
    clock = clock or FakeClock()
    return HubClient(base, system="crm", transport=script, clock=clock, jitter=lambda: 1.0, **settings)


def run(doing: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(doing)


def named(value: object) -> str:
    """A test id that is the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
