"""HTTP for connectors: the one place where a request is repeated, and only where repeating is safe.

What a connector gets is an answer it expects, or one of ours: ``AuthFailed``, ``Misconfigured``, ``Throttled``,
``Transient``, ``ContractBroken``, ``Rejected``, ``Stale``, and ``Unanswered`` where a write was sent and nobody can say
whether it landed. Status codes and ``Retry-After``: RFC 9110 (15, 10.2.3); 429: RFC 6585 (4).
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import ssl
import zlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from time import monotonic, time
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import tenacity

from hub.errors import AuthFailed, ConnectorError, ContractBroken, Misconfigured, Rejected, Stale, Throttled, Transient
from hub.logs import hush, logger
from hub.sdk.auth import origin, resolve, system_url, trusted
from hub.sdk.capabilities import Rate

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
"""Methods that only read (RFC 9110 9.2.1, RFC 4918 9.1, RFC 3253 3.6)."""
OK = range(200, 300)
LONGEST_WAIT_S = 60.0
"""A longer ``Retry-After`` is raised, not waited for: the other systems go on meanwhile."""
_MOVED = frozenset({301, 302, 303, 307, 308})
_HOPS = 3

log = logger("hub.http")
hush()


class Unanswered(Transient):
    """Something was sent and no usable answer came: it may have been done or not. In ``write`` this is ``Unknown``."""


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


class _Failed(Exception):  # noqa: N818  (never leaves this file)
    """One attempt failed: with which error, and whether it may be repeated."""

    def __init__(self, error: ConnectorError, *, again: bool) -> None:
        self.error, self.again = error, again
        super().__init__(str(error))


@dataclass(frozen=True, slots=True)
class _Call:
    """One request of a connector. ``place``: method, host and path template, all that messages may show of it."""

    method: str
    url: httpx.URL = field(repr=False)
    place: str
    safe: bool
    expect: Collection[int]
    options: Mapping[str, Any] = field(repr=False)
    wants_json: bool

    def failed(self, what: str, *, again: bool = False, error: type[ConnectorError] = ContractBroken) -> _Failed:
        """No usable answer after sending: ``error`` for a read; for a write the outcome is unknown."""
        if self.safe:
            return _Failed(error(f"{self.place} {what}"), again=again)
        return _Failed(Unanswered(f"{self.place} {what}; whether it was done is not known."), again=False)

    def refused(self, error: type[ConnectorError], what: str, *, again: bool = False) -> _Failed:
        """Certainly not done."""
        return _Failed(error(f"{self.place} {what}"), again=again)


class HubClient:
    """A thin ``httpx.AsyncClient`` for one system.

    ``base_url``   where the system is; ``url`` of a request is resolved against it as RFC 3986 says: ``"a/b"`` is below
                   it, ``"/a/b"`` (an href) from the root of the host. Another host or scheme is refused.
    ``system``     its name in the config, for messages
    ``rate``       documented limits, kept here
    ``timeout_s``  seconds to connect, and between two pieces of an answer
    ``total_s``    seconds for one ``request`` with all its attempts (waiting for ``rate`` does not count)
    ``max_body``   bytes of an answer, unpacked; more is refused while reading
    ``attempts``   how often what is safe to repeat is sent at most
    ``jitter``     gives numbers from 0 to 1
    ``allow_http`` without it, plain http is for loopback only

    No cookies are kept, no proxy or certificate settings are read from the environment. Raises ``Misconfigured`` for a
    ``base_url`` that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        system: str,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        rate: Sequence[Rate] = (),
        timeout_s: float = 30,
        total_s: float = 120,
        max_body: int = 64 * 1024 * 1024,
        attempts: int = 4,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
        allow_http: bool = False,
    ) -> None:
        self.system = system
        self.base = system_url(base_url, system, allow_http=allow_http)
        self.sent: Counter[str] = Counter()
        self._clock = clock or RealClock()
        self._budget = Budget(rate, self._clock)
        self._total_s, self._max_body, self._attempts, self._jitter = total_s, max_body, attempts, jitter
        self._client = httpx.AsyncClient(
            auth=auth,
            headers={"Accept-Encoding": "gzip", "User-Agent": "contact-hub", **(headers or {})},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            transport=transport,
            verify=trusted() if transport is None else True,
            timeout=httpx.Timeout(timeout_s, pool=None),
            follow_redirects=False,
            trust_env=False,
            event_hooks={"request": [self._count]},
        )

    def __repr__(self) -> str:
        return f"HubClient({self.system!r}, {origin(self.base)!r})"

    @property
    def requests(self) -> int:
        """Requests sent so far, repeats and redirects included; ``sent`` has them by method."""
        return self.sent.total()

    async def aclose(self) -> None:
        await self._client.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        path: Mapping[str, object] | None = None,
        safe: bool | None = None,
        expect: Collection[int] = OK,
        **httpx_kwargs: Any,
    ) -> httpx.Response:
        """Send, and return an answer whose status is one of ``expect``, its body read and unpacked.

        ``path``   values for ``{names}`` in ``url``, quoted; messages show only the names. Personal values and ids
                   belong here: ``request("GET", "contacts/{id}", path={"id": native_id})``
        ``safe``   it only reads, so it may be repeated. Default: by method; a POST that reads must say so.
        ``expect`` statuses the connector reads itself. Others become errors: 401, 403 ``AuthFailed``; 404, 410
                   ``Misconfigured``; 412 ``Stale``; 429, 503 ``Throttled``; other 5xx ``Transient``; other 4xx
                   ``Rejected`` for a write, ``ContractBroken`` for a read.
        Others     as for ``httpx.AsyncClient.build_request``; ``content`` must be text or bytes.

        A write (not ``safe``) is repeated only when certainly nothing was done: no connection, or 429. After a
        time-out, a lost connection, a 5xx or an unreadable answer it raises ``Unanswered``.
        """
        call = self._call(method, url, path=path, safe=safe, expect=expect, **httpx_kwargs)
        return (await self._repeat(call))[0]

    async def json(self, method: str, url: str, **kw: Any) -> Any:
        """As ``request``; returns the parsed body. ``ContractBroken`` (for a write ``Unanswered``) for a web page, a
        body that is cut off, empty or not JSON."""
        headers = httpx.Headers(kw.pop("headers", None))
        headers.setdefault("Accept", "application/json")
        call = self._call(method, url, headers=headers, wants_json=True, **kw)
        return (await self._repeat(call))[1]

    async def _count(self, request: httpx.Request) -> None:
        self.sent[request.method] += 1

    def _call(
        self, method: str, url: str, *, path: Mapping[str, object] | None = None, safe: bool | None = None,
        expect: Collection[int] = OK, wants_json: bool = False, **options: Any,
    ) -> _Call:
        if not isinstance(options.get("content"), str | bytes | None):
            raise TypeError("content must be text or bytes: a stream cannot be sent twice")
        method = method.upper()
        place = f"{self.system}: {method} {_place(self.base, url)}"
        target = resolve(self.base, _filled(url, path, place))
        if target is None or origin(target) != origin(self.base):
            raise Misconfigured(
                f"{place}: this would go to {origin(target) if target else 'what is no address'}, but the system is at "
                f"{origin(self.base)}, and credentials go nowhere else. Set the system's url to the right address."
            )
        return _Call(method, target, place, method in SAFE if safe is None else safe, expect, options, wants_json)

    async def _repeat(self, call: _Call) -> tuple[httpx.Response, Any]:
        deadline = self._clock.now() + self._total_s

        async def attempt() -> tuple[httpx.Response, Any]:
            nonlocal deadline
            async with self._budget.slot() as waited:
                deadline += waited
                return await self._attempt(call, deadline)

        def enough(state: tenacity.RetryCallState) -> bool:
            return state.attempt_number >= self._attempts or self._clock.now() + state.upcoming_sleep >= deadline

        retrying = tenacity.AsyncRetrying(
            sleep=self._clock.sleep,
            wait=self._wait,
            stop=enough,
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, _Failed) and e.again),
            before_sleep=self._before_sleep,
            reraise=True,
        )
        try:
            return await retrying(attempt)
        except _Failed as failed:
            error = failed.error
        raise error  # outside the except: nothing of httpx (its requests and URLs) hangs on it

    def _wait(self, state: tenacity.RetryCallState) -> float:
        backoff = min(0.5 * 2.0 ** (state.attempt_number - 1), 20.0) * (0.5 + self._jitter() / 2)
        return (_asked(state) or 0.0) + backoff

    def _before_sleep(self, state: tenacity.RetryCallState) -> None:
        if asked := _asked(state):
            self._budget.pause(asked)
        log.info("http retry", system=self.system, attempt=state.attempt_number, seconds=round(state.upcoming_sleep, 1))

    async def _attempt(self, call: _Call, deadline: float) -> tuple[httpx.Response, Any]:
        start = self._clock.now()
        try:
            async with asyncio.timeout(max(deadline - start, 0.001)):
                answer = await self._exchange(call, deadline)
        except TimeoutError:
            failed = call.failed(f"gave no whole answer within {self._total_s:g} s", error=Transient)
        except httpx.HTTPError as error:
            failed = _no_answer(call, error)
        except httpx.InvalidURL:
            failed = call.refused(Misconfigured, "has an address that cannot be used. Check the system's url.")
        else:
            log.debug("http", system=self.system, place=call.place, status=answer.status_code,
                      seconds=round(self._clock.now() - start, 3), bytes=len(answer.content))
            return answer, _parsed(call, answer) if call.wants_json else None
        raise failed

    async def _exchange(self, call: _Call, deadline: float) -> httpx.Response:
        """Send, follow redirects within the origin, and read the body of an expected answer."""
        request = self._client.build_request(call.method, call.url, **call.options)
        for _ in range(_HOPS + 1):
            answer = await self._client.send(request, stream=True)
            try:
                status = answer.status_code
                if status in call.expect:
                    return await self._whole(call, answer, deadline)
                if status not in _MOVED:
                    raise _status(call, answer, self._clock.now())
                target = _moved(call, answer)
            finally:
                await answer.aclose()
            method = "GET" if status == 303 and call.method != "HEAD" else call.method
            options = call.options if method == call.method else {"headers": call.options.get("headers")}
            request = self._client.build_request(method, target, **{**options, "params": None})
        raise call.refused(Misconfigured, f"is redirected more than {_HOPS} times. Check the system's url.")

    async def _whole(self, call: _Call, answer: httpx.Response, deadline: float) -> httpx.Response:
        """The answer with its body, checked for completeness: httpx lets a gzip stream that is cut off pass."""
        told = answer.headers.get("Content-Length", "")
        told_bytes = int(told) if told.isdecimal() and call.method != "HEAD" and answer.status_code != 304 else None
        too_large = call.failed(f"answered with more than {self._max_body} bytes")
        if (told_bytes or 0) > self._max_body:
            raise too_large
        raw = bytearray()
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        async for piece in answer.stream:  # as it came: packed
            raw += piece
            if len(raw) > self._max_body:
                raise too_large
            if self._clock.now() > deadline:
                raise TimeoutError
        cut = told_bytes is not None and len(raw) < told_bytes
        packing = answer.headers.get("Content-Encoding", "")
        if not raw and (not call.safe or call.method == "HEAD" or answer.status_code in (204, 304)):
            packing = ""  # some servers announce gzip even for nothing
        body = None if cut else _unpacked(bytes(raw), packing, self._max_body)
        if body is None:
            raise call.failed("broke its answer off or garbled it", again=True)
        if len(body) > self._max_body:
            raise too_large
        headers = [(k, v) for k, v in answer.headers.multi_items()
                   if k not in ("content-encoding", "content-length", "transfer-encoding")]
        whole = httpx.Response(answer.status_code, headers=headers, content=body, request=answer.request)
        if answer.is_success and _is_page(whole) and (call.wants_json or _no_page_asked(answer.request)):
            raise call.failed("answered a web page instead of data: is there a proxy or a login page before it?")
        return whole


def _no_answer(call: _Call, error: httpx.HTTPError) -> _Failed:
    """``error`` is named by its class only: its text may quote a header or a URL."""
    what = type(error).__name__
    if isinstance(error, httpx.ConnectError):
        return _no_connection(call, error)
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return call.refused(Transient, f"did not connect ({what})", again=True)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return call.refused(Misconfigured, f"cannot be sent ({what}). Check the system's url and secrets.")
    if isinstance(error, httpx.RemoteProtocolError | httpx.DecodingError):
        return call.failed(f"broke its answer off or garbled it ({what})", again=True)
    return call.failed(f"gave no answer ({what})", again=True, error=Transient)


def _no_connection(call: _Call, error: httpx.ConnectError) -> _Failed:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError | socket.gaierror):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return call.refused(
            Misconfigured,
            f"shows a certificate this computer does not trust ({cause.verify_message}). Correct the system's url, let "
            "the server send a valid certificate, or add its authority to those this computer trusts.",
        )
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return call.refused(
            Misconfigured,
            f"does not speak TLS as needed ({cause.reason}). Check host and port of the system's url, and that the "
            "server offers https with TLS 1.2 or newer.",
        )
    why = "its name is not known here; check the system's url, and the network" if isinstance(cause, socket.gaierror) \
        else "nobody listens there, or the network is down"
    return call.refused(Transient, f"did not connect: {why}", again=True)


def _status(call: _Call, answer: httpx.Response, now: float) -> _Failed:
    status = answer.status_code
    what = f"answered {status}"
    if status == 401:
        return call.refused(AuthFailed, f"{what}: the credentials are wrong or expired. Enter them again.")
    if status == 403:
        return call.refused(AuthFailed, f"{what}: the account lacks a permission. Grant it there, or use another one.")
    if status in (404, 410):
        return call.refused(Misconfigured, f"{what}: there is nothing at this path. Check the system's url.")
    if status == 407:
        return call.refused(Misconfigured, f"{what}: a proxy asks for a login. Let the hub reach the system directly.")
    if status == 412:
        return call.refused(Stale, f"{what}: the record moved meanwhile")
    if status == 429 or (status == 503 and call.safe):
        wait = retry_after(answer.headers, now)
        again = wait is None or wait <= LONGEST_WAIT_S
        return _Failed(Throttled(f"{call.place} {what}: it asks to wait", wait), again=again)
    if status >= 500 or status in (408, 425):
        return call.failed(what, again=True, error=Transient)
    return call.refused(ContractBroken if call.safe else Rejected, f"{what}, which its contract does not have here")


def _moved(call: _Call, answer: httpx.Response) -> httpx.URL:
    """Where a redirect leads, when it may be followed."""
    here = answer.request.url
    target = resolve(here, answer.headers.get("Location", "")) or here
    if origin(target) != origin(here):
        raise call.refused(
            Misconfigured,
            f"is redirected from {origin(here)} to {origin(target)}; credentials are not sent there. If that is the "
            "same system, set its url to the new address.",
        )
    keeps = call.method in SAFE or (call.safe and answer.status_code in (307, 308))
    if keeps and target != here:
        return target
    if answer.status_code in (302, 303) and not call.safe:
        raise call.failed("was redirected")
    raise call.refused(Misconfigured, "is redirected where it cannot follow. Set the system's url to the final one.")


def retry_after(headers: httpx.Headers, now: float) -> float | None:
    """Seconds the answer asks to wait (RFC 9110 10.2.3: seconds, or a date, which is read against the answer's own
    ``Date`` where it has one); None when it does not say."""
    told = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]*)?", told):
        return float(told)
    until, here = _unix(told), _unix(headers.get("Date", ""))
    return None if until is None else max(0.0, until - (now if here is None else here))


def _unix(date: str) -> float | None:
    try:
        told = parsedate_to_datetime(date)
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _asked(state: tenacity.RetryCallState) -> float | None:
    failed = state.outcome.exception() if state.outcome else None
    error = failed.error if isinstance(failed, _Failed) else None
    return error.retry_after_s if isinstance(error, Throttled) else None


def _unpacked(raw: bytes, encoding: str, limit: int) -> bytes | None:
    """The body without its Content-Encoding, at most one byte over ``limit``; None when it is cut off or garbled."""
    if encoding.strip().lower() in ("", "identity"):
        return raw
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        return None
    body = bytearray()
    try:
        while len(body) <= limit:
            member = zlib.decompressobj(16 + zlib.MAX_WBITS)
            body += member.decompress(raw, limit + 1 - len(body))
            if not member.eof and len(body) <= limit:
                return None
            raw = member.unused_data
            if not raw:
                break
    except zlib.error:
        return None
    return bytes(body)


def _parsed(call: _Call, answer: httpx.Response) -> Any:
    if not answer.content.strip():
        raise call.failed("answered an empty body instead of JSON", again=True)
    try:
        return json.loads(answer.content, parse_constant=lambda name: float(f"{name} is not JSON"))
    except (ValueError, RecursionError):
        pass
    raise call.failed("answered something that is not JSON, or only a part of it", again=True)


def _is_page(answer: httpx.Response) -> bool:
    kind = answer.headers.get("Content-Type", "").lower()
    start = answer.content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "text/html" in kind or start.startswith((b"<!doctype html", b"<html"))


def _no_page_asked(request: httpx.Request) -> bool:
    accept = request.headers.get("Accept", "*/*").lower()
    return "html" not in accept and "*/*" not in accept


def _place(base: httpx.URL, url: str) -> str:
    """Host and path template for messages. Of an href, or a segment that looks like a value, nothing is shown."""
    host = base.netloc.decode("ascii")
    if url.startswith("/") or "://" in url:
        return f"{host}/…"
    segments = re.split(r"[?#]", url)[0].split("/")
    shown = "/".join(s if re.fullmatch(r"\{\w+\}|[A-Za-z_$:]*[0-9]{0,2}|v[0-9.]+", s) else "{…}" for s in segments)
    return f"{host}/{shown}" if base.path == "/" else f"{host}/…/{shown}"


def _filled(url: str, path: Mapping[str, object] | None, place: str) -> str:
    """``url`` with the values of ``path`` quoted in. An empty value would turn a record's address into its parent's."""
    if path is None:
        return url

    def quoted(name: re.Match[str]) -> str:
        value = str(path[name[1]])
        if not value.strip("."):
            raise Rejected(f"{place}: {name[0]} would be empty or only dots; nothing was sent.")
        return quote(value, safe="")

    return re.sub(r"\{(\w+)\}", quoted, url)
