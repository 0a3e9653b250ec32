"""Which column means what: by its header, by what stands in it, or as a person corrected it.

The corrections are a TOML file, one table a list::

    ["members.csv"]
    header = 3                    # the row with the headers, from 1; 0: there is none
    region = "PL"                 # where its telephone numbers are from
    columns = { "Lisätieto" = "other", "C" = "phone" }

A column is named by its header or by its letter. ``as_toml`` writes such a file of what was understood.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from phonenumbers import SUPPORTED_REGIONS

from hub.errors import ConfigError
from hub.overlap.headers import MEANINGS, language_of, meaning_of
from hub.overlap.sheets import letters
from hub.overlap.tables import Column, NotAList, People, Row, Table

SEARCHED = 25
"""Rows at the beginning among which the headers are looked for."""
TELLING = frozenset({"given", "family", "full", "email", "company"})
"""Without one of these a row is no header."""
_ONE_IS_ENOUGH = frozenset({"given", "middle", "family", "full", "birthday", "suffix", "changed"})
"""Of several such columns the first with something in it counts."""
_REGIONS = {"fi": "FI", "pl": "PL", "sv": "FI"}
_EMAIL = re.compile(r"(?:.*<)?[^\s()<>@]+@[^\s()<>@]+\.[^\s()<>@]+>?")
_SHARE = 0.6
"""So many of the values are e-mail addresses, and it is a column of them whatever its header says."""

Corrections = Mapping[str, Mapping[str, Any]]


def read_corrections(path: Path) -> Corrections:
    """Raises ConfigError, which names what is wrong in the file."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror}); look at the name after --columns", file=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is no TOML ({error}); `hub overlap --show-columns` writes a good one", file=str(path)) from None
    for name, table in tables.items():
        if not isinstance(table, dict) or not isinstance(table.get("columns", {}), dict):
            raise ConfigError(f'"{name}" must be a table such as ["{name}"] with columns = {{ "Header" = "phone" }}',
                              file=str(path))
        for key, value in table.items():
            good: type | None = {"columns": dict, "header": int, "region": str}.get(key)
            if good is None:
                raise ConfigError(f'["{name}"] has "{key}"; it can have header, region and columns', file=str(path))
            if not isinstance(value, good) or isinstance(value, bool) or (isinstance(value, int) and value < 0):
                raise ConfigError(f'["{name}"] {key} is of the wrong kind; header is a row number, region a code such as "FI"',
                                  file=str(path))
        if table.get("region", "FI") not in SUPPORTED_REGIONS:
            raise ConfigError(f'["{name}"] region must be a country code of two letters, such as "FI"', file=str(path))
        for header, meaning in table.get("columns", {}).items():
            if meaning not in MEANINGS:
                raise ConfigError(f'["{name}"] the column "{header}" cannot mean "{meaning}"; it can be one of '
                                  f'{", ".join(MEANINGS)}', file=str(path))
    return tables


def understand(table: Table, correction: Mapping[str, Any] | None = None) -> People:
    """The list with its columns understood.

    Raises NotAList when no row looks like headers and none is named, or when nobody could be told by its columns;
    ConfigError when the correction names a row or column that is not there.
    """
    correction = correction or {}
    said: Mapping[str, str] = correction.get("columns", {})
    header, at = _header(table, correction.get("header"), said)
    width = max(len(cells) for _, cells in table.rows)
    headers = [*header, *[""] * (width - len(header))]
    below = table.rows[at:]
    unknown = set(said) - set(headers) - {letters(n) for n in range(width)}
    if unknown:
        raise ConfigError(f'["{table.name}"] there is no column "{min(unknown)}"; name it by its header or its letter')
    columns = []
    for n, text in enumerate(headers):
        filled = [cells[n] for _, cells in below if n < len(cells) and cells[n]]
        corrected = said.get(letters(n)) or (said.get(text) if text else None)
        if corrected:
            columns.append(Column(text or letters(n), corrected, "corrected", len(filled)))
            continue
        meaning = meaning_of(text)[0]
        by_content = not meaning and _is_email(filled)
        how = "content" if by_content else "header" if meaning else ""
        columns.append(Column(text or letters(n), meaning or ("email" if by_content else "other"), how, len(filled)))
    if not TELLING & {c.meaning for c in columns}:
        raise NotAList(f"{table.name}, row {table.rows[at - 1][0] if at else 1}: no column there is a name or an e-mail address. "
                       "Name the columns in a file and give it with --columns (`hub overlap --show-columns` writes one).")
    rows = tuple(Row(number, values) for number, cells in below if (values := _values(columns, cells)))
    if not rows:
        raise NotAList(f"{table.name}: there is nobody below the headers. Export the list again.")
    region = correction.get("region") or _REGIONS.get(language_of(c.header for c in columns if c.how == "header"), "")
    number = table.rows[at - 1][0] if at else 0
    return People(table.name, table.form, tuple(columns), rows, region, number, table.notes)


def _header(table: Table, wanted: int | None, said: Mapping[str, str]) -> tuple[tuple[str, ...], int]:
    """The headers, and the place in ``table.rows`` where people begin: below the row with most words known."""
    if wanted == 0:
        return (), 0
    if wanted is not None:
        for at, (number, cells) in enumerate(table.rows):
            if number == wanted:
                return cells, at + 1
        raise ConfigError(f'["{table.name}"] header = {wanted}: there is nothing in that row')
    best, place = (0, False, 0), -1
    for at, (_, cells) in enumerate(table.rows[:SEARCHED]):
        found = {meaning for cell in cells if (meaning := said.get(cell) or meaning_of(cell)[0])}
        worth = (len(found), sum(map(bool, cells)) > 1, -at)  # a title stands alone in its row
        if found & TELLING and worth > best and not any("@" in cell for cell in cells):
            best, place = worth, at
    if place < 0:
        first = table.rows[0][0]
        raise NotAList(
            f"{table.name}, row {first}: no header row was found (searched {min(SEARCHED, len(table.rows))} rows). Write one "
            'above the people, such as "First name, Last name, E-mail", or name the columns in a file for --columns.')
    return table.rows[place][1], place + 1


def _is_email(values: Sequence[str]) -> bool:
    sample = values[:200]
    return bool(sample) and sum(_EMAIL.fullmatch(v) is not None for v in sample) >= _SHARE * len(sample)


def _values(columns: Sequence[Column], cells: Sequence[str]) -> tuple[tuple[str, str], ...]:
    values: list[tuple[str, str]] = []
    taken = set()
    for column, cell in zip(columns, cells, strict=False):
        if not cell or column.meaning == "other" or column.meaning in taken:
            continue
        if column.meaning in _ONE_IS_ENOUGH:
            taken.add(column.meaning)
        values.append((column.meaning, cell))
    return tuple(values)


def as_toml(lists: Iterable[People]) -> str:
    """What was understood, as a corrections file. Address books and systems have no columns to correct."""
    lines = ["# Correct what is wrong, save it, and give the file with --columns. A column can mean:"]
    lines += [f"#   {name}: {meaning}" for name, meaning in MEANINGS.items()]
    for found in lists:
        if found.form.startswith("vCard") or found.read_at:
            continue
        lines += ["", f"[{_quoted(found.name)}]", f"header = {found.header}"]
        lines += [f"region = {_quoted(found.region)}"] if found.region else []
        lines += [f"[{_quoted(found.name)}.columns]"]
        twice = {c.header for c in found.columns if [d.header for d in found.columns].count(c.header) > 1}
        for n, c in enumerate(found.columns):
            name = letters(n) if c.header in twice else c.header
            lines.append(f"{_quoted(name)} = {_quoted(c.meaning)}" + ("" if c.how else "   # not recognised"))
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
