"""``$batch``: multipart/mixed taken apart and put together.

Source: "Execute batch operations using the Web API" (learn.microsoft.com, 2023-01-14): at most 1000 requests, none of them a
batch; CRLF line ends; answers in the order of the requests; ``Prefer: odata.continue-on-error``, without which what follows
the first failure is not done. Change sets: not built.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from .refusals import NotBuilt, Reply, bad

MOST = 1000


class Operation(NamedTuple):
    """One request of a batch; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def operations(kind: str, body: bytes) -> list[Operation]:
    """What a batch asks. Raises Refusal for what is no batch."""
    found = re.fullmatch(r'multipart/mixed;\s*boundary="?([^";]{1,70})"?', kind.strip(), re.IGNORECASE)
    if not found:
        raise bad("A batch needs the content type multipart/mixed with a boundary.")
    mark = b"--" + found[1].encode("ascii", "replace")
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 3 or pieces[0].strip() or not pieces[-1].startswith(b"--"):
        raise bad("The batch is not bounded as announced, or its lines do not end in CRLF.")
    if len(pieces) - 2 > MOST:
        raise bad(f"A batch holds at most {MOST} requests.")
    return [_operation(piece) for piece in pieces[1:-1]]


def _operation(piece: bytes) -> Operation:
    outer, separator, inner = piece.lstrip(b"\r\n").partition(b"\r\n\r\n")
    told = _headers(outer)
    if told.get("content-type", "").lower().startswith("multipart/mixed"):
        raise NotBuilt("change sets")
    if not separator or told.get("content-type", "").lower() != "application/http":
        raise bad("Each part of a batch is of the type application/http.")
    if told.get("content-transfer-encoding", "").lower() != "binary":
        raise bad("Each part of a batch has the header Content-Transfer-Encoding: binary.")
    head, _, body = inner.partition(b"\r\n\r\n")
    line, _, headers = head.partition(b"\r\n")
    words = line.decode("ascii", "replace").split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1":
        raise bad("A part of the batch does not begin with a request line.")
    if words[1].split("?")[0].rstrip("/").endswith("$batch"):
        raise bad("A batch cannot contain a batch.")
    return Operation(words[0], words[1], _headers(headers), body)


def _headers(block: bytes) -> dict[str, str]:
    lines = [line.partition(":") for line in block.decode("latin-1").split("\r\n") if line]
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def together(replies: Sequence[Reply]) -> tuple[str, bytes]:
    """Content type and body of the answer."""
    mark = f"batchresponse_{uuid.uuid4()}"
    out = []
    for reply in replies:
        lines = [f"--{mark}", "Content-Type: application/http", "Content-Transfer-Encoding: binary", "",
                 f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        if reply.body is not None:
            lines.append("Content-Type: application/json; odata.metadata=minimal")
        lines += [f"{name}: {value}" for name, value in (("OData-Version", "4.0"), *reply.headers)]
        out += [*lines, "", "" if reply.body is None else json.dumps(reply.body, ensure_ascii=False)]
    return f"multipart/mixed; boundary={mark}", "\r\n".join([*out, f"--{mark}--", ""]).encode("utf-8", "surrogatepass")
