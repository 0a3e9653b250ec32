"""Where something stands in a TOML file: the standard reader forgets lines, people need them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import ConfigError

_KEY = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")


@dataclass(frozen=True, slots=True)
class File:
    """A TOML file as read. ``tables``: its content."""

    path: Path
    text: str
    tables: Mapping[str, Any]


def error_at(files: Sequence[File], path: Sequence[str], problem: str) -> ConfigError:
    """The error for the place ``path`` of the merged content: in the first of ``files`` that has most of it."""
    file = max(files, key=lambda each: _depth(each.tables, path))  # the first of several that are equally deep
    where = f"{'.'.join(path)}: " if path else ""
    return ConfigError(where + problem, file=str(file.path), line=line_of(file.text, path))


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line, counted from 1, of the deepest part of ``path`` that has one of its own; None where nothing of it has.

    A number in the path counts the entries of a list.
    """
    best: tuple[int, int] | None = None
    lines = text.splitlines()
    for number, keys in _keys(lines):
        depth = len(keys)
        if list(path[:depth]) == keys and (best is None or depth > best[1]):
            best = number, depth
    if best is None:
        return None
    number, depth = best
    if depth < len(path) and path[depth].isdigit():
        return _entry(lines, number, int(path[depth]))
    return number


def syntax_line(error: tomllib.TOMLDecodeError) -> int | None:
    """The line a TOML error names."""
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) if found else None


def _keys(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Line number and whole dotted name of every table head and every assignment that begins a line."""
    head: list[str] = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith("[") and (keys := _dotted(text.lstrip("["), "]")):
            head = keys
            yield number, head
        elif keys := _dotted(text, "="):
            yield number, [*head, *keys]


def _dotted(text: str, end: str) -> list[str]:
    """The dotted key at the start of ``text`` if ``end`` follows it, else []."""
    keys = []
    place = 0
    while found := _KEY.match(text, place):
        keys.append(next(group for group in found.groups() if group is not None))
        place = found.end()
        if text.startswith(".", place):
            place += 1
        else:
            return keys if text.startswith(end, place) else []
    return []


def _entry(lines: Sequence[str], start: int, index: int) -> int:
    """The line on which entry ``index`` of a list of tables begins, the list beginning on line ``start``."""
    seen = lines[start - 1].count("{")
    if seen > index:
        return start
    for number in range(start + 1, len(lines) + 1):
        if lines[number - 1].lstrip().startswith("{"):
            seen += 1
        if seen > index:
            return number
    return start


def _depth(tables: Any, path: Sequence[str]) -> int:
    depth = 0
    for key in path:
        if not isinstance(tables, Mapping) or key not in tables:
            break
        tables = tables[key]
        depth += 1
    return depth
