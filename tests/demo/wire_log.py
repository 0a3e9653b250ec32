"""What was sent to each system, and where a text stands in it, however it was packed."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

import httpx

DEPTH = 4
"""So many packings inside each other are undone: base64 of JSON in a part of a multipart body is three."""


@dataclass
class WireLog:
    """System → its requests, each as its URL, its headers and its body: what a sandbox can log."""

    sent: dict[str, list[bytes]] = field(default_factory=dict)

    def wrap(self, system: str, way: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """The way to a system, noted."""
        return _Noted(way, self.sent.setdefault(system, []))


class _Noted(httpx.AsyncBaseTransport):
    def __init__(self, way: httpx.AsyncBaseTransport, into: list[bytes]) -> None:
        self.way, self.into = way, into

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        headers = b"".join(name + b": " + value + b"\r\n" for name, value in request.headers.raw)
        self.into.append(b"\r\n".join([request.method.encode() + b" " + request.url.raw_path, headers, body]))
        return await self.way.handle_async_request(request)

    async def aclose(self) -> None:
        await self.way.aclose()


def readings(raw: bytes) -> set[str]:
    """The text as it is and as it reads with each packing undone, and those within each other."""
    found: set[str] = set()
    new = {raw.decode("utf-8", "replace")}
    for _ in range(DEPTH):
        found |= new
        new = {reading for text in new for undo in _UNDO for reading in undo(text)} - found
    return {unicodedata.normalize("NFC", text).casefold() for text in found | new}


def _percent(text: str) -> list[str]:
    return [unquote_plus(text)] if "%" in text else []


def _json(text: str) -> list[str]:
    """``\\u00e4``, also in pairs of surrogates, ``\\/``, ``\\"``."""
    if "\\" not in text:
        return []
    units = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    whole = units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return [re.sub(r"\\(.)", r"\1", whole)]


def _xml(text: str) -> list[str]:
    return [html.unescape(text)] if "&" in text else []


def _quoted(text: str) -> list[str]:
    if not re.search(r"=([0-9A-F]{2}|\r?\n)", text):
        return []
    return [quopri.decodestring(text.encode()).decode("utf-8", "replace")]


def _unfolded(text: str) -> list[str]:
    """Lines of a vCard (RFC 6350 3.2) or header that go on."""
    return [re.sub(r"\r?\n[ \t]", "", text)] if re.search(r"\n[ \t]", text) else []


def _base64(text: str) -> list[str]:
    out = []
    for piece in re.findall(r"[A-Za-z0-9+/_-]{8,}={0,2}", re.sub(r"(?<=[A-Za-z0-9+/])\r?\n(?=[A-Za-z0-9+/])", "", text)):
        whole = piece.rstrip("=")
        try:
            read = base64.b64decode(whole + "=" * (-len(whole) % 4), altchars=b"-_" if set(piece) & set("-_") else None)
        except (binascii.Error, ValueError):
            continue
        if (told := read.decode("utf-8", "ignore")).strip():
            out.append(told)
    return ["\n".join(out)] if out else []


_UNDO = (_percent, _json, _xml, _quoted, _unfolded, _base64)
