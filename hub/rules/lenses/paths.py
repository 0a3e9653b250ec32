"""Paths in native records: keys joined by ".", through objects only; and drafts of a patch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hub.rules.codecs.registry import Unreadable
from hub.rules.normal import BadValue

Path = tuple[str, ...]


class Misfit(BadValue):
    """The record is not built as the mapping says, so nothing can be put there (a text where an object should be)."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""The record does not say: its top-level key is not there."""


def path_of(at: str | list[str]) -> Path:
    """``"a.b"`` is the key b in the object a; a list names the keys one by one (for keys that hold a dot)."""
    return tuple(at.split(".")) if isinstance(at, str) else tuple(at)


def path_text(path: Path) -> str:
    return ".".join(path)


def reader(path: Path, missing: Any = MISSING) -> Callable[[Mapping[str, Any]], Any]:
    """Reads the value at ``path``: ``missing`` where its top-level key is not there, None where a key inside is not.

    The function raises Unreadable where the path leads through something that is no object.
    """
    first, *rest = path
    if not rest:
        return lambda native: native.get(first, missing)

    def read(native: Mapping[str, Any]) -> Any:
        value = native.get(first, missing)
        if value is missing:
            return value
        for key in rest:
            if value is None or value == "":
                return None
            if not isinstance(value, Mapping):
                raise Unreadable(f"lies inside {'a list' if isinstance(value, list) else 'a value'}, not an object")
            value = value.get(key)
        return value

    return read


def laid(native: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy of ``native`` with ``value`` at ``path``; what the path does not touch is shared, not copied.

    Raises Misfit where the path leads through something that is no object.
    """
    first, *rest = path
    if rest:
        inner = native.get(first)
        if inner and not isinstance(inner, Mapping):
            raise Misfit(f"{first} is not an object, so nothing can be put into it")
        value = laid(inner or {}, tuple(rest), value)
    return {**native, first: value}


class Draft:
    """A patch in the making: reads see what was already laid. ``create``: there is no record yet."""

    def __init__(self, native: Mapping[str, Any] | None) -> None:
        self.create = native is None
        self._before: Mapping[str, Any] = native or {}
        self.now: dict[str, Any] = dict(self._before)

    def lay(self, path: Path, value: Any) -> None:
        self.now = laid(self.now, path, value)

    def patch(self) -> dict[str, Any]:
        """Top-level keys that changed, with their whole new value."""
        before = self._before
        return {key: value for key, value in self.now.items()
                if key not in before or (value is not before[key] and not same_json(value, before[key]))}


def same_json(x: Any, y: Any) -> bool:
    """Typed equality of JSON: true is not 1, 1 is not 1.0."""
    if isinstance(x, Mapping) and isinstance(y, Mapping):
        return x.keys() == y.keys() and all(same_json(x[k], y[k]) for k in x)
    if isinstance(x, list) and isinstance(y, list):
        return len(x) == len(y) and all(map(same_json, x, y))
    return type(x) is type(y) and bool(x == y)
