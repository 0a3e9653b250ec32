"""The display name of a card (FN) and the parts of the name (N)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STYLES = (
    "prefix given additional family suffix",
    "prefix given family suffix",
    "given additional family",
    "given family",
    "family given additional",
    "family given",
    "family, given additional",
    "family, given",
    "given",
    "family",
)
"""How address books write a full name; the first is what Apple Contacts and Android write."""


def is_named(n: Mapping[str, Any]) -> bool:
    return any(n.get(part) for part in ("family", "given", "additional"))


def full_name(n: Mapping[str, Any], *, like: str | None = None, of: Mapping[str, Any] | None = None) -> str:
    """The parts as one text, written as ``like`` was written from the parts ``of``; else in the usual order.

    ``full_name({"given": "Anna", "family": "Aho"}, like="Virtanen, Anna", of={"given": "Anna", "family": "Virtanen"})``
    is ``"Aho, Anna"``.
    """
    wanted = " ".join((like or "").split())
    style = next((s for s in _STYLES if wanted and _written(s, of or {}) == wanted), _STYLES[0])
    return _written(style, n) or _written(_STYLES[0], n)


def _written(style: str, n: Mapping[str, Any]) -> str:
    words = []
    for part in style.split():
        name = part.rstrip(",")
        if n.get(name):
            words.append(f"{n[name]}," if part.endswith(",") else str(n[name]))
    return " ".join(" ".join(words).split()).removesuffix(",")
