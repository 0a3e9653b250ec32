"""The way from the hub to a sandbox: straight into the application in this process, with all that goes wrong between two
computers. And the same for a file on a disk."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

import httpx

from hub.testing.clock import VirtualClock
from hub.testing.contract.trouble import as_told
from hub_demo.real.offices import Office

When = Literal["before", "after"]
TOKEN = re.compile(r"\b(?:(?:Gi|Fa|Ti|Ni|Co|No)\d+|m\d+(?=q?[a-h]*@))")
"""What people typed, as far as a vendor that cuts leaves it."""
TAKES_S = (0.0, 0.01, 0.3)
"""What a request takes."""
AS_SENT = ("content-length", "content-encoding", "transfer-encoding")
"""Headers of a body as it was sent, packed."""
NOT_NOW = {"Retry-After": "7", "Content-Type": "text/plain"}


@dataclass
class Weather:
    """Chances from 0 to 1, each asked once a request.

    ``lost``         it never arrives
    ``unanswered``   it is done, and the answer never comes
    ``throttled``    429 with Retry-After; not done
    ``unavailable``  503; not done
    ``cut``          it is done, and half of the answer's body comes
    ``lapsed``       the token or session is not accepted any more
    """

    lost: float = 0
    unanswered: float = 0
    throttled: float = 0
    unavailable: float = 0
    cut: float = 0
    lapsed: float = 0
    down: bool = False

    @classmethod
    def of(cls, storm: float) -> Weather:
        return cls(0.02 * storm, 0.03 * storm, 0.02 * storm, 0.02 * storm, 0.01 * storm, 0.01 * storm)

    def strikes(self, rng: random.Random) -> str:
        """The fault a request meets; "" for none. Takes as much from the dice in every weather."""
        drawn = rng.random()
        for one in fields(self):
            if one.name == "down":
                continue
            drawn -= getattr(self, one.name)
            if drawn < 0:
                return one.name
        return ""


@dataclass
class Wire:
    """One system's way. ``between``: called with ("before" or "after", is it a write?) around each request: here people type, and
    a crash is a BaseException. ``trace``: each request and its answer, byte for byte; ``counts``: requests, writes and faults;
    ``shown``: tokens that stood in an answer the hub got."""

    office: Office
    clock: VirtualClock
    rng: random.Random
    between: Callable[[When, bool], None]
    trace: list[str]
    weather: Weather = field(default_factory=Weather)
    counts: Counter[str] = field(default_factory=Counter)
    shown: set[str] = field(default_factory=set)

    def begins(self, what: str, *, writing: bool) -> str:
        """A request is made: the fault it meets. Raises ConnectError where it does not arrive."""
        self.clock.turn(self.rng.choice(TAKES_S))
        self.counts["requests"] += 1
        self.counts["writes"] += writing
        self.between("before", writing)
        met = self.weather.strikes(self.rng)
        if met == "lapsed":
            met = "lapsed" if self.office.lapse() else ""
        self.trace.append(f"{self.clock.now():.3f} {self.office.kind} {what} {'down' if self.weather.down else met}")
        if met:
            self.counts[met] += 1
        return "lost" if self.weather.down else met

    def ends(self, what: str, text: str, met: str, *, writing: bool) -> None:
        """It was done."""
        self.trace.append(f"{self.clock.now():.3f} {self.office.kind} -> {what}")
        self.between("after", writing)
        if met not in ("unanswered", "cut"):
            self.shown.update(TOKEN.findall(text))

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.weather = Weather()


class Transport(httpx.AsyncBaseTransport):
    """Into a sandbox that is a server."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self._inner = wire, httpx.ASGITransport(wire.office.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        wire, writing = self.wire, as_told(request)
        body = await request.aread()
        met = wire.begins(f"{request.method} {request.url} {request.headers.raw!r} {body!r}", writing=writing)
        if met == "lost":
            raise httpx.ConnectError("no connection", request=request)
        if met in ("throttled", "unavailable"):
            return httpx.Response(429 if met == "throttled" else 503, headers=NOT_NOW, content=b"not now")
        answer = await self._inner.handle_async_request(request)
        content = await answer.aread()
        await answer.aclose()
        wire.ends(f"{answer.status_code} {answer.headers.raw!r} {content!r}", content.decode("utf-8", "replace"), met,
                  writing=writing)
        if met == "unanswered" or (met == "cut" and not content):
            raise httpx.ReadTimeout("no answer", request=request)
        headers = [(k, v) for k, v in answer.headers.multi_items() if k.lower() not in AS_SENT]
        return httpx.Response(answer.status_code, headers=headers,
                              content=content[: len(content) // 2] if met == "cut" else content)


class Watched:
    """A disk that holds a system that is a file. What a disk cannot do wrong does not happen: it asks nobody to wait."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def size(self, path: Path) -> int:
        return path.stat().st_size

    def may_write(self, path: Path) -> bool:
        return path.exists()

    def read(self, path: Path) -> bytes:
        met = self.wire.begins("read", writing=False)
        if met in ("lost", "unanswered", "unavailable"):
            raise OSError(5, "Input/output error")
        content = path.read_bytes()
        self.wire.ends(repr(content), content.decode("utf-8", "replace"), met, writing=False)
        return content[: len(content) // 2] if met == "cut" else content

    def replace(self, part: Path, path: Path) -> None:
        met = self.wire.begins(f"replace {part.read_bytes()!r}", writing=True)
        if met not in ("lost", "unavailable"):
            part.replace(path)
            self.wire.ends("replaced", "", met, writing=True)
        if met in ("lost", "unavailable", "unanswered"):
            raise OSError(5, "Input/output error")
