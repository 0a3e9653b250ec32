"""What a command says: tables and progress on a terminal, plain columns into a pipe, or JSON and nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

PLAIN_GAP = "  "
_HARMLESS = "\n\u00a0\u200c\u200d"
"""Not printable by Unicode's account, but part of names and emoji."""


class Output:
    """Where a command writes. ``json``: only ``result`` reaches standard output."""

    def __init__(self, as_json: bool = False) -> None:
        self.json = as_json
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:  # what this computer's code page cannot say is escaped, never an error
                reconfigure(encoding="utf-8" if as_json else None, errors="backslashreplace")

    @property
    def terminal(self) -> bool:
        """Is a person looking?"""
        return not self.json and sys.stdout.isatty()

    def result(self, value: Any) -> None:
        """The whole answer as JSON, when that was asked for."""
        if self.json:
            print(json.dumps(value, ensure_ascii=False, indent=2, default=str))

    def line(self, text: str = "") -> None:
        if not self.json:
            print(clean(text))

    def heading(self, text: str) -> None:
        if self.terminal:
            self._console().print(clean(text), style="bold", highlight=False, markup=False)
        else:
            self.line(text)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """``rows`` under ``columns``; nothing where there are none. In a pipe no cell is cut."""
        if self.json or not rows:
            return
        cells = [[cell(value) for value in row] for row in rows]
        if self.terminal:
            self._grid(columns, cells)
            return
        widths = [max(len(row[n]) for row in [list(columns), *cells]) for n in range(len(columns))]
        for row in [list(columns), *cells]:
            print(PLAIN_GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())

    def _grid(self, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in cells:
            table.add_row(*(Text(text) for text in row))
        self._console().print(table)

    def warn(self, text: str) -> None:
        """A sentence on standard error: it is no part of the answer."""
        told(text)

    @contextmanager
    def busy(self, text: str) -> Iterator[Busy]:
        """Shows that something is going on, on a terminal."""
        if not self.terminal:
            yield Busy()
            return
        with self._console().status(text) as status:
            yield Busy(status)

    @staticmethod
    def _console() -> Any:
        from rich.console import Console

        return Console(file=sys.stdout)


class Busy:
    """What goes on, in one changing line."""

    def __init__(self, status: Any = None) -> None:
        self._status = status

    @property
    def shown(self) -> bool:
        return self._status is not None

    def say(self, text: str) -> None:
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(clean(text)))


def told(text: str) -> None:
    """A sentence on standard error."""
    print(clean(text), file=sys.stderr)


def clean(text: str) -> str:
    """Without what could steer a terminal: values come from other people's systems."""
    return "".join(c if c.isprintable() or c in _HARMLESS else f"\\x{ord(c):02x}" for c in text)


def cell(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{cell(k)} {cell(v)}" for k, v in value.items() if v not in (None, "", {}, []))
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(cell(v) for v in value)
    return clean(str(value)).replace("\n", " ")


def moment(seconds: float | None) -> str:
    """Unix seconds as this computer's time."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def age(since: float) -> str:
    """How long ago that was (unix seconds): "3 minutes", "5 hours", "12 days"."""
    seconds = max(0.0, datetime.now(UTC).timestamp() - since)
    size, word = next(((n, w) for n, w in ((86_400, "day"), (3_600, "hour")) if seconds >= 2 * n), (60, "minute"))
    return number(int(seconds // size), word)


def number(count: int, one: str, many: str | None = None) -> str:
    """``number(2, "write")`` is "2 writes"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
