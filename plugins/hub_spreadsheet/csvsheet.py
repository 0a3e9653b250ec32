"""CSV files. Only the fields that are written change: all other bytes stay, with their quotes, blanks and line ends.

The csv module of Python does not tell how a field was quoted, so the text is cut up here (RFC 4180; a quote that is not the
first character of a field is an ordinary one, as spreadsheet programs read it).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub.sdk import ContractBroken, Misconfigured
from hub_spreadsheet import texts
from hub_spreadsheet.dates import Dates
from hub_spreadsheet.settings import SpreadsheetSettings
from hub_spreadsheet.sheet import Edits, Line, header, letters

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SEPARATORS = ",;\t|"
_TOLD = re.compile(r"(?i)sep=(.)(\r\n|\n|\r)")
"""The first line by which Excel is told the separator; programs do not show it, and do not count it."""


@dataclass(slots=True)
class _Row:
    """``fields`` as they stand, quotes included; ``end``: the line break after it, "" at the end of the file."""

    fields: list[str]
    end: str


class CsvSheet:
    """One CSV file. ``place``: for messages. Raises Misconfigured, ContractBroken."""

    losses: tuple[str, ...] = ()

    def __init__(self, content: bytes, settings: SpreadsheetSettings, dates: Dates, place: str) -> None:
        self._dates = dates
        self._mark, self._codec, text = _decoded(content, settings.encoding, place)
        told = _TOLD.match(text)
        self._lead = told[0] if told else ""
        text = text[len(self._lead):]
        self._separator = settings.separator or (told[1] if told else _separator(text, settings.header_row))
        self._rows = list(_cut(text, self._separator, place))
        if len(self._rows) < settings.header_row:
            raise Misconfigured(f"{place}: there is no row {settings.header_row} that could name the columns. Set header_row.")
        self._head = self._rows[settings.header_row - 1]
        self._first = settings.header_row
        self._columns = header([_value(raw) for raw in self._head.fields], place, letters)
        self.columns = tuple(self._columns)
        self.problems: tuple[str, ...] = ()
        named = {"\t": "tab"}.get(self._separator, self._separator)
        self.form = f"CSV, {self._codec}{' with a byte order mark' if self._mark else ''}, separated by {named}"
        numbered = enumerate(self._rows[self._first:], self._first + 1)
        self.lines = [line for number, row in numbered if (line := self._line(number, row)).raw]

    def _line(self, number: int, row: _Row) -> Line:
        line = Line(number)
        for column, index in self._columns.items():
            text = texts.unguarded(_value(row.fields[index])) if index < len(row.fields) else ""
            if text:
                line.raw[column] = text
            if text.strip() and column in self._dates.columns:
                iso = self._dates.read(text)
                if iso is None:
                    line.bad[column] = f"{letters(index)}{number} is no date. Correct it there."
                    continue
                text = iso
            line.values[column] = text or None
        return line

    def objection(self, number: int | None, column: str, value: Any) -> str:
        if why := texts.objection(value):
            return why
        try:
            str(value).encode(self._codec)
        except UnicodeEncodeError:
            return f"it has a character that {self._codec} does not have. Save the file as CSV UTF-8"
        return ""

    def rewritten(self, edits: Edits) -> bytes:
        head = self._head
        rows = [_Row(list(row.fields), row.end) for row in self._rows]
        columns = dict(self._columns)
        if edits.new_column:
            names = rows[self._first - 1].fields
            columns[edits.new_column] = width = max(len(row.fields) for row in rows[self._first - 1:])  # beyond nameless cells
            names += [""] * (width - len(names))
            names.append(self._raw(edits.new_column, _quotes(head.fields[-1])))
        for number, cells in edits.cells.items():
            for column, value in cells.items():
                self._put(rows[number - 1], columns[column], column, value)
        last = next((row for row in reversed(rows[self._first:]) if any(row.fields)), head)
        kept = [row for number, row in enumerate(rows, 1) if number not in edits.removed]
        added = [self._new(cells, columns, last) for cells in edits.added]
        if added:
            style = head.end or "\r\n"
            before = kept[-1].end  # the end of the file stays as it was: with a line break, or without
            kept[-1].end = style
            for row in added:
                row.end = style
            added[-1].end = before
        text = "".join(self._separator.join(row.fields) + row.end for row in [*kept, *added])
        return self._mark + (self._lead + text).encode(self._codec)

    def _new(self, cells: dict[str, Any], columns: dict[str, int], like: _Row) -> _Row:
        row = _Row([], "")
        width = max(columns.values()) + 1
        quoted = [index < len(like.fields) and _quotes(like.fields[index]) for index in range(max(width, len(self._head.fields)))]
        row.fields = ['""' if quotes else "" for quotes in quoted]
        for column, value in cells.items():
            self._put(row, columns[column], column, value)
        return row

    def _put(self, row: _Row, index: int, column: str, value: Any) -> None:
        row.fields += [""] * (index + 1 - len(row.fields))
        old = row.fields[index]
        text = "" if value is None else str(value)
        if column in self._dates.columns and text:
            others = (line.raw[column] for line in self.lines if column in line.raw)
            text = self._dates.write(text, [_value(old), *others])
        row.fields[index] = self._raw(texts.guarded(text), _quotes(old) or (not text and len(self._head.fields) == 1))

    def _raw(self, text: str, quoted: bool) -> str:
        """A field. Blanks at its ends are quoted too: some programs trim others."""
        if quoted or text != text.strip() or any(sign in text for sign in (self._separator, '"', "\r", "\n")):
            return '"' + text.replace('"', '""') + '"'
        return text


def _decoded(content: bytes, encoding: str, place: str) -> tuple[bytes, str, str]:
    """Byte order mark, codec, text."""
    mark, told = next((each for each in _MARKS if content.startswith(each[0])), (b"", encoding))
    body = content[len(mark):]
    for each in (told,) if told else ("utf-8", "cp1252"):  # what Excel calls "CSV UTF-8", and plain "CSV"
        try:
            text = body.decode(each)
        except UnicodeDecodeError:
            continue
        if text.encode(each) == body and "\0" not in text:
            return mark, each, text
    raise Misconfigured(f"{place} is not in the encoding {encoding or 'UTF-8 or Windows-1252'}. Set encoding to the right one, "
                        "or save the file as CSV UTF-8.")


def _separator(text: str, header_row: int) -> str:
    """The one that makes the most columns of the header."""
    def width(separator: str) -> int:
        for number, row in enumerate(_cut(text, separator, ""), 1):
            if number == header_row:
                return len(row.fields)
        return 0

    def tried(separator: str) -> int:
        try:
            return width(separator)
        except ContractBroken:
            return 0

    return max(_SEPARATORS, key=tried)


def _cut(text: str, separator: str, place: str) -> Iterator[_Row]:
    field = re.compile(rf'("[^"]*(?:""[^"]*)*"(?!"))?([^{re.escape(separator)}\r\n]*)({re.escape(separator)}|\r\n|\n|\r|\Z)')
    fields: list[str] = []
    position, number = 0, 1
    while position < len(text) or fields:
        found = field.match(text, position)
        if found is None or (found[1] is None and found[2].startswith('"')):
            raise ContractBroken(f"{place}: in row {number} a quote is opened and never closed. Open the file and save it anew.")
        fields.append((found[1] or "") + found[2])
        position = found.end()
        if found[3] == separator:
            continue
        yield _Row(fields, found[3])
        fields, number = [], number + 1


def _quotes(raw: str) -> bool:
    return raw.startswith('"')


def _value(raw: str) -> str:
    if not _quotes(raw):
        return raw
    end = raw.rindex('"') if raw.endswith('"') else _closing(raw)
    return raw[1:end].replace('""', '"') + raw[end + 1:]


def _closing(raw: str) -> int:
    """Where the quoted part of ``"a"b`` ends."""
    found = re.match(r'"[^"]*(?:""[^"]*)*"', raw)
    assert found is not None
    return found.end() - 1
