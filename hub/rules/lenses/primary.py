"""How a list of rows says which member is the primary one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hub.rules.codecs.registry import Codec, Integer
from hub.rules.lenses.part import Place
from hub.rules.lenses.paths import Path, laid, reader
from hub.rules.normal import BadValue

Rows = list[tuple[Any, str | None]]


class Lead(Protocol):
    """A way to say it. ``rows``: native rows with the key of the member each shows, None for rows left alone."""

    fields: Sequence[Place]

    def read(self, rows: Rows) -> str | None: ...

    def lay(self, rows: Rows, wanted: str | None) -> Rows: ...

    def can_show(self, wanted: str | None, members: Mapping[str, Any]) -> bool: ...


class Flagged:
    """A field of the row that is true for the primary one; the first such row counts."""

    def __init__(self, path: Path, codec: Codec) -> None:
        self.path, self.codec = path, codec
        self.fields: Sequence[Place] = ((path, codec),)
        self._native = reader(path, None)

    def _is_set(self, row: Mapping[str, Any]) -> bool:
        try:
            return self.codec.get(self._native(row)) is True
        except BadValue:
            return False

    def read(self, rows: Rows) -> str | None:
        return next((key for row, key in rows if self._is_set(row)), None)

    def lay(self, rows: Rows, wanted: str | None) -> Rows:
        if self.read(_members(rows)) == wanted or (wanted is not None and wanted not in {key for _, key in rows}):
            return rows
        told = any(key == wanted and self._is_set(row) for row, key in _members(rows))
        out: Rows = []
        for row, key in rows:
            if key is not None and key != wanted and self._is_set(row):
                row = laid(row, self.path, self.codec.put(False))
            elif key is not None and key == wanted and not told:
                row, told = laid(row, self.path, self.codec.put(True)), True
            out.append((row, key))
        return out

    def can_show(self, wanted: str | None, members: Mapping[str, Any]) -> bool:
        return wanted is None or wanted in members


class First:
    """The first row is the primary one."""

    fields: Sequence[Place] = ()

    def read(self, rows: Rows) -> str | None:
        return rows[0][1] if rows else None

    def lay(self, rows: Rows, wanted: str | None) -> Rows:
        lead = next((pair for pair in rows if pair[1] == wanted), None)
        if wanted is None or lead is None or self.read(_members(rows)) == wanted:
            return rows
        return [lead, *(pair for pair in rows if pair is not lead)]

    def can_show(self, wanted: str | None, members: Mapping[str, Any]) -> bool:
        return wanted in members if wanted is not None else not members


class Preferred:
    """A field with a number from 1 to 100, the lowest is the primary one (vCard PREF, RFC 6350 5.3)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fields: Sequence[Place] = ((path, Integer()),)
        self._native = reader(path, None)

    def _rank(self, row: Mapping[str, Any]) -> int | None:
        try:
            value = self._native(row)
            return int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
        except ValueError:
            return None

    def read(self, rows: Rows) -> str | None:
        ranked = [(rank, place) for place, (row, _) in enumerate(rows) if (rank := self._rank(row)) is not None]
        return rows[min(ranked)[1]][1] if ranked else None

    def lay(self, rows: Rows, wanted: str | None) -> Rows:
        if self.read(_members(rows)) == wanted or (wanted is not None and wanted not in {key for _, key in rows}):
            return rows
        out: Rows = []
        for row, key in rows:
            rank = self._rank(row) if key is not None else None
            if key is not None and key == wanted:
                row = laid(row, self.path, 1)
            elif rank is not None and (rank <= 1 or wanted is None):
                row = laid(row, self.path, None if wanted is None else 2)
            out.append((row, key))
        return out

    def can_show(self, wanted: str | None, members: Mapping[str, Any]) -> bool:
        return wanted is None or wanted in members


def _members(rows: Rows) -> Rows:
    return [pair for pair in rows if pair[1] is not None]
