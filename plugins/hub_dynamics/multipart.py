"""``$batch`` on the wire: one request of many, each answered by itself, in their order.

Source: "Execute batch operations using the Web API" (learn.microsoft.com, 2023-01-14): at most 1000 requests, CRLF line ends,
``application/http`` parts with ``Content-Transfer-Encoding: binary``. Change sets are not used: one record refused would roll
the others back.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

MOST = 1000


class Part(NamedTuple):
    """One request. ``url``: path below the Web API's root; ``body``: JSON, or None."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: Any = None


class PartAnswer(NamedTuple):
    """One answer; header names in lower case. ``body``: parsed JSON, or None."""

    status: int
    headers: Mapping[str, str]
    body: Any


def composed(parts: Sequence[Part], root: str) -> tuple[str, bytes]:
    """Content type and body of a batch. ``root``: path of the Web API ("/api/data/v9.2/")."""
    mark = f"batch_{uuid.uuid4()}"
    lines: list[str] = []
    for part in parts:
        lines += [f"--{mark}", "Content-Type: application/http", "Content-Transfer-Encoding: binary", "",
                  f"{part.method} {root}{part.url} HTTP/1.1", "Accept: application/json", "OData-MaxVersion: 4.0",
                  "OData-Version: 4.0", *(f"{name}: {value}" for name, value in part.headers.items())]
        if part.body is not None:
            lines.append("Content-Type: application/json")
        lines += ["", "" if part.body is None else json.dumps(part.body)]
    return f'multipart/mixed; boundary="{mark}"', "\r\n".join([*lines, f"--{mark}--", ""]).encode("ascii")


def taken_apart(content_type: str, body: bytes) -> list[PartAnswer]:
    """The answers of a batch. Raises ValueError for anything else, a part that is cut off included."""
    found = re.search(r'^multipart/mixed\b.*boundary="?([^";]+)"?', content_type.strip(), re.IGNORECASE)
    if not found:
        raise ValueError("no batch")
    mark = b"--" + found[1].encode("ascii")
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ValueError("cut off")
    return [_answer(piece) for piece in pieces[1:-1]]


def _answer(piece: bytes) -> PartAnswer:
    _, _, inner = piece.partition(b"\r\n\r\n")
    head, _, body = inner.partition(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    status = re.match(rb"HTTP/1\.1 (\d{3})\b", line)
    if not status:
        raise ValueError("no status line")
    headers = {}
    for each in rest.decode("latin-1").split("\r\n"):
        name, _, value = each.partition(":")
        headers[name.strip().lower()] = value.strip()
    return PartAnswer(int(status[1]), headers, json.loads(body) if body.strip() else None)
