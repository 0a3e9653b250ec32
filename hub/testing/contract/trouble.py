"""Trouble on the wire: faults a check arms, and the httpx transport that makes them happen."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import httpx

from hub.sdk.http import SAFE, Clock

Fault = Literal["unsent", "answered", "unanswered", "reset", "429", "500", "503", "truncated", "html", "empty"]
"""
``unsent``      no connection: certainly not done
``answered``    done, and the answer comes: no fault, but the time for ``then``
``unanswered``  done, and the answer never came
``reset``       done, and the connection broke within the answer
``429``, ``500``, ``503``  that status; not done
``truncated``   done, and only half of the answer came
``html``        200 with a web page (a proxy, a login page); not done
``empty``       200 with nothing in it; not done
"""
Side = Literal["read", "write"]
Wrap = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]

PAGE = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>Please log in.</body></html>"


@dataclass
class Armed:
    """A fault that waits: for requests of one side, after ``skip`` of them, ``times`` times. ``then``: what a user does once the
    request is done and before anybody hears of it (it may return an awaitable)."""

    fault: Fault
    side: Side
    skip: int = 0
    times: int = 1
    retry_after: str | None = None
    struck: int = 0
    then: Callable[[], Any] | None = None

    def strikes(self, side: Side) -> bool:
        if side != self.side or self.struck >= self.times:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.struck += 1
        return True

    def at_once(self) -> None:
        """``then``, where nothing waits for anything: a system in memory, a file. Raises RuntimeError where it does wait."""
        if self.then is None or not inspect.iscoroutine(done := self.then()):
            return
        try:
            done.send(None)
        except StopIteration:
            return
        done.close()
        raise RuntimeError("what a user does at once waits for something")


@dataclass
class Trouble:
    """What a check arms and reads. ``sent``: (side, seconds) of every request that was made, struck or not."""

    clock: Clock
    armed: list[Armed] = field(default_factory=list)
    sent: list[tuple[Side, float]] = field(default_factory=list)

    def arm(self, fault: Fault, side: Side, *, skip: int = 0, times: int = 1, retry_after: str | None = None) -> Armed:
        self.armed.append(Armed(fault, side, skip, times, retry_after))
        return self.armed[-1]

    def calm(self) -> None:
        """Nothing goes wrong from now on."""
        self.armed.clear()

    def meets(self, side: Side) -> Armed | None:
        """A request of that side is made: the fault it meets."""
        self.sent.append((side, self.clock.now()))
        return next((each for each in self.armed if each.strikes(side)), None)

    def count(self, side: Side) -> int:
        """Requests of one side so far."""
        return sum(one == side for one, _ in self.sent)


class Writes(Protocol):
    """Does this request change anything?"""

    def __call__(self, request: httpx.Request, /) -> bool: ...


def as_told(request: httpx.Request) -> bool:
    """As the connector told its ``HubClient`` (the request's extension ``safe``), else as the method says."""
    safe = request.extensions.get("safe")
    return not safe if isinstance(safe, bool) else request.method not in SAFE


class FaultyTransport(httpx.AsyncBaseTransport):
    """Passes requests on, unless a fault is armed for them."""

    def __init__(self, inner: httpx.AsyncBaseTransport, trouble: Trouble, writes: Writes = as_told) -> None:
        self.inner, self.trouble, self.writes = inner, trouble, writes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        met = self.trouble.meets("write" if self.writes(request) else "read")
        if met is None:
            return await self.inner.handle_async_request(request)
        if met.fault == "unsent":
            raise httpx.ConnectError("no connection", request=request)
        if met.fault in ("429", "500", "503"):
            asks = {"Retry-After": met.retry_after} if met.retry_after else {}
            return httpx.Response(int(met.fault), headers={"Content-Type": "text/plain", **asks}, content=b"not now")
        if met.fault == "html":
            return httpx.Response(200, headers={"Content-Type": "text/html; charset=utf-8"}, content=PAGE)
        if met.fault == "empty":
            return httpx.Response(200, headers={"Content-Type": request.headers.get("Accept", "application/json")})
        answer = await self.inner.handle_async_request(request)
        body = await answer.aread()
        await answer.aclose()
        if met.then is not None and inspect.isawaitable(done := met.then()):
            await done
        if met.fault == "unanswered" or (met.fault == "truncated" and not body):
            raise httpx.ReadTimeout("no answer", request=request)
        headers = [(k, v) for k, v in answer.headers.multi_items()
                   if k.lower() not in ("content-length", "content-encoding", "transfer-encoding")]
        if met.fault == "answered":
            return httpx.Response(answer.status_code, headers=headers, content=body)
        half = body[: len(body) // 2]
        if met.fault == "truncated":
            return httpx.Response(answer.status_code, headers=headers, content=half)
        return httpx.Response(answer.status_code, headers=headers, stream=_Broken(half, request))

    async def aclose(self) -> None:
        await self.inner.aclose()


class _Broken(httpx.AsyncByteStream):
    """A body whose connection breaks."""

    def __init__(self, half: bytes, request: httpx.Request) -> None:
        self.half, self.request = half, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.half
        raise httpx.ReadError("connection reset", request=self.request)
