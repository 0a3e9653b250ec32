"""What an answer means: which of our errors a status, a redirect, a lost connection or a body is.

Status codes and ``Retry-After``: RFC 9110 (15, 10.2.3); 429: RFC 6585 (4).
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from hub.errors import AuthFailed, ConnectorError, ContractBroken, Misconfigured, Rejected, Stale, Throttled, Transient
from hub.sdk.auth import origin, resolve

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
"""Methods that only read (RFC 9110 9.2.1, RFC 4918 9.1, RFC 3253 3.6)."""
LONGEST_WAIT_S = 60.0
"""A longer ``Retry-After`` is raised, not waited for: the other systems go on meanwhile."""


class Unanswered(Transient):
    """Something was sent and no usable answer came: it may have been done or not. In ``write`` this is ``Unknown``."""


class Failed(Exception):
    """One attempt failed: with which error, and whether it may be repeated. Never leaves ``hub.sdk``."""

    def __init__(self, error: ConnectorError, *, again: bool) -> None:
        self.error, self.again = error, again
        super().__init__(str(error))


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a connector. ``place``: method, host and path template, all that messages may show of it."""

    method: str
    url: httpx.URL = field(repr=False)
    place: str
    safe: bool
    expect: Collection[int]
    options: Mapping[str, Any] = field(repr=False)
    wants_json: bool

    def failed(self, what: str, *, again: bool = False, error: type[ConnectorError] = ContractBroken) -> Failed:
        """No usable answer after sending: ``error`` for a read; for a write the outcome is unknown."""
        if self.safe:
            return Failed(error(f"{self.place} {what}"), again=again)
        return Failed(Unanswered(f"{self.place} {what}; whether it was done is not known."), again=False)

    def refused(self, error: type[ConnectorError], what: str, *, again: bool = False) -> Failed:
        """Certainly not done."""
        return Failed(error(f"{self.place} {what}"), again=again)


def no_answer(call: Call, error: httpx.HTTPError) -> Failed:
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


def _no_connection(call: Call, error: httpx.ConnectError) -> Failed:
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
        else "nobody listens there, or the network is down; check the system's url, and that it runs"
    return call.refused(Transient, f"did not connect: {why}", again=True)


def refusal(call: Call, answer: httpx.Response, now: float) -> Failed:
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
        return Failed(Throttled(f"{call.place} {what}: it asks to wait", wait), again=again)
    if status >= 500 or status in (408, 425):
        return call.failed(what, again=True, error=Transient)
    return call.refused(ContractBroken if call.safe else Rejected, f"{what}, which its contract does not have here")


def moved(call: Call, answer: httpx.Response) -> httpx.URL:
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


def unpacked(raw: bytes, encoding: str, limit: int) -> bytes | None:
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


def parsed(call: Call, answer: httpx.Response) -> Any:
    if not answer.content.strip():
        raise call.failed("answered an empty body instead of JSON", again=True)
    try:
        return json.loads(answer.content, parse_constant=lambda name: float(f"{name} is not JSON"))
    except (ValueError, RecursionError):
        pass
    raise call.failed("answered something that is not JSON, or only a part of it", again=True)


def is_page(answer: httpx.Response) -> bool:
    kind = answer.headers.get("Content-Type", "").lower()
    start = answer.content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "text/html" in kind or start.startswith((b"<!doctype html", b"<html"))


def no_page_asked(request: httpx.Request) -> bool:
    accept = request.headers.get("Accept", "*/*").lower()
    return "html" not in accept and "*/*" not in accept
