"""HTTP for connectors: the one place where a request is repeated, and only where repeating is safe.

What a connector gets is an answer it expects, or one of ours: ``AuthFailed``, ``Misconfigured``, ``Throttled``,
``Transient``, ``ContractBroken``, ``Rejected``, ``Stale``, and ``Unanswered`` where a write was sent and nobody can say
whether it landed.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx
import tenacity

from hub.errors import Misconfigured, Rejected, Throttled, Transient
from hub.logs import hush, logger
from hub.sdk.answers import SAFE, Call, Failed, Unanswered, is_page, moved, no_answer, no_page_asked, parsed, refusal, unpacked
from hub.sdk.auth import origin, resolve, system_url, trusted
from hub.sdk.budget import Budget, Clock, RealClock
from hub.sdk.capabilities import Rate

__all__ = ["OK", "SAFE", "Clock", "HubClient", "RealClock", "Unanswered"]

OK = range(200, 300)
MOVED = frozenset({301, 302, 303, 307, 308})
HOPS = 3

log = logger("hub.http")
hush()


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
    ) -> Call:
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
        repeatable = method in SAFE if safe is None else safe
        # a transport (a log, a test's faults) can tell a reading POST from a writing one
        options["extensions"] = {**options.get("extensions", {}), "safe": repeatable}
        return Call(method, target, place, repeatable, expect, options, wants_json)

    async def _repeat(self, call: Call) -> tuple[httpx.Response, Any]:
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
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, Failed) and e.again),
            before_sleep=self._before_sleep,
            reraise=True,
        )
        try:
            return await retrying(attempt)
        except Failed as failed:
            error = failed.error
        raise error  # outside the except: nothing of httpx (its requests and URLs) hangs on it

    def _wait(self, state: tenacity.RetryCallState) -> float:
        backoff = min(0.5 * 2.0 ** (state.attempt_number - 1), 20.0) * (0.5 + self._jitter() / 2)
        return (_asked(state) or 0.0) + backoff

    def _before_sleep(self, state: tenacity.RetryCallState) -> None:
        if asked := _asked(state):
            self._budget.pause(asked)
        log.info("http retry", system=self.system, attempt=state.attempt_number, seconds=round(state.upcoming_sleep, 1))

    async def _attempt(self, call: Call, deadline: float) -> tuple[httpx.Response, Any]:
        start = self._clock.now()
        try:
            async with asyncio.timeout(max(deadline - start, 0.001)):
                answer = await self._exchange(call, deadline)
        except TimeoutError:
            failed = call.failed(f"gave no whole answer within {self._total_s:g} s", error=Transient)
        except httpx.HTTPError as error:
            failed = no_answer(call, error)
        except httpx.InvalidURL:
            failed = call.refused(Misconfigured, "has an address that cannot be used. Check the system's url.")
        else:
            log.debug("http", system=self.system, place=call.place, status=answer.status_code,
                      seconds=round(self._clock.now() - start, 3), bytes=len(answer.content))
            return answer, parsed(call, answer) if call.wants_json else None
        raise failed

    async def _exchange(self, call: Call, deadline: float) -> httpx.Response:
        """Send, follow redirects within the origin, and read the body of an expected answer."""
        request = self._client.build_request(call.method, call.url, **call.options)
        for _ in range(HOPS + 1):
            answer = await self._client.send(request, stream=True)
            try:
                status = answer.status_code
                if status in call.expect:
                    return await self._whole(call, answer, deadline)
                if status not in MOVED:
                    raise refusal(call, answer, self._clock.now())
                target = moved(call, answer)
            finally:
                await answer.aclose()
            method = "GET" if status == 303 and call.method != "HEAD" else call.method
            options = call.options if method == call.method else {"headers": call.options.get("headers")}
            request = self._client.build_request(method, target, **{**options, "params": None})
        raise call.refused(Misconfigured, f"is redirected more than {HOPS} times. Check the system's url.")

    async def _whole(self, call: Call, answer: httpx.Response, deadline: float) -> httpx.Response:
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
        body = None if cut else unpacked(bytes(raw), packing, self._max_body)
        if body is None:
            raise call.failed("broke its answer off or garbled it", again=True)
        if len(body) > self._max_body:
            raise too_large
        headers = [(k, v) for k, v in answer.headers.multi_items()
                   if k not in ("content-encoding", "content-length", "transfer-encoding")]
        whole = httpx.Response(answer.status_code, headers=headers, content=body, request=answer.request)
        if answer.is_success and is_page(whole) and (call.wants_json or no_page_asked(answer.request)):
            raise call.failed("answered a web page instead of data: is there a proxy or a login page before it?")
        return whole


def _asked(state: tenacity.RetryCallState) -> float | None:
    failed = state.outcome.exception() if state.outcome else None
    error = failed.error if isinstance(failed, Failed) else None
    return error.retry_after_s if isinstance(error, Throttled) else None


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
