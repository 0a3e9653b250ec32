"""Rows with lookups, so that no question walks over everything more often than it must."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Row = dict[str, Any]


def folded(value: Any) -> Any:
    """MySQL's utf8mb4_unicode_ci compares text without case."""
    return value.casefold() if isinstance(value, str) else value


class Table:
    """One table.

    ``keys``    columns with a lookup
    ``unique``  columns that together no two rows share; a row with a None in them is exempt, as in MySQL
    ``sorted``  a column of numbers kept in order, for ranges, or ""
    """

    def __init__(self, keys: Sequence[str] = (), unique: Sequence[str] = (), sorted_by: str = "") -> None:
        self.rows: dict[int, Row] = {}
        self.next_id = 1
        self.keys, self.unique, self.sorted_by = tuple(keys), tuple(unique), sorted_by
        self._ids: dict[str, dict[Any, dict[int, None]]] = {key: {} for key in keys}
        self._taken: dict[tuple[Any, ...], int] = {}
        self._order: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def get(self, row_id: int) -> Row | None:
        return self.rows.get(row_id)

    def insert(self, row: Row) -> Row:
        """Store with the next id. Raises KeyError when a unique key is taken; the id is used up all the same (InnoDB)."""
        row_id = self.next_id
        self.next_id += 1
        self._free(row, row_id)
        stored = {**row, "id": row_id}
        self.rows[row_id] = stored
        self._enter(stored)
        return stored

    def change(self, row_id: int, values: Row) -> None:
        """Set columns. Raises KeyError when a unique key is taken."""
        row = self.rows[row_id]
        self._free({**row, **values}, row_id)
        self._leave(row)
        row.update(values)
        self._enter(row)

    def remove(self, row_id: int) -> None:
        self._leave(self.rows.pop(row_id))

    def ids(self, key: str, values: Iterable[Any]) -> list[int]:
        """Ids of rows whose ``key`` is one of ``values``."""
        lookup = self._ids[key]
        return [row_id for value in dict.fromkeys(map(folded, values)) for row_id in lookup.get(value, ())]

    def where(self, key: str, value: Any) -> list[Row]:
        return [self.rows[row_id] for row_id in self._ids[key].get(folded(value), ())]

    def since(self, least: int) -> list[int]:
        """Ids of rows whose sorted column is at least ``least``."""
        return [row_id for _, row_id in self._order[bisect_left(self._order, (least, 0)):]]

    def _free(self, row: Row, row_id: int) -> None:
        mark = self._mark(row)
        if mark is not None and self._taken.get(mark, row_id) != row_id:
            raise KeyError("already exists")

    def _mark(self, row: Row) -> tuple[Any, ...] | None:
        if not self.unique:
            return None
        mark = tuple(folded(row.get(column)) for column in self.unique)
        return None if None in mark else mark

    def _enter(self, row: Row) -> None:
        for key, lookup in self._ids.items():
            lookup.setdefault(folded(row.get(key)), {})[row["id"]] = None
        if (mark := self._mark(row)) is not None:
            self._taken[mark] = row["id"]
        if self.sorted_by and row.get(self.sorted_by) is not None:
            insort(self._order, (row[self.sorted_by], row["id"]))

    def _leave(self, row: Row) -> None:
        for key, lookup in self._ids.items():
            lookup[folded(row.get(key))].pop(row["id"], None)
        if (mark := self._mark(row)) is not None:
            self._taken.pop(mark, None)
        if self.sorted_by and row.get(self.sorted_by) is not None:
            place = bisect_left(self._order, (row[self.sorted_by], row["id"]))
            del self._order[place]
