"""Comma, semicolon or tab; UTF-8, UTF-16 or an old code page: a list as text.

Which old code page is told by what letters come out: those of the four languages, no signs in the middle of words.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

from hub.overlap.tables import NotAList, Table

OLD = ("cp1252", "cp1250", "iso-8859-2", "iso-8859-15")
"""Code pages without a mark of their own; the first of equals is taken."""
_CALLED = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "cp1250": "Windows-1250"}
SEPARATORS = ";\t,|"
MOST_ROWS = 200_000
_LETTERS = frozenset("åäöÅÄÖéÉüÜšŠžŽąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_SAMPLE = 60
"""Lines a separator is told by."""


def read_csv(path: Path, content: bytes) -> Table:
    """The table of a text file. Raises NotAList for what is no text, or no table."""
    text, encoding = decode(content)
    if "\0" in text:
        raise NotAList(f"{path}: not a text. Export the list as .csv, .xlsx or .vcf.")
    separator, text = _separator(text)
    form = f"CSV, {called(encoding)}, {'tab' if separator == chr(9) else f'“{separator}”'}"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[tuple[int, tuple[str, ...]]] = []
    begins = [0, 0]
    try:
        for cells in reader:
            begins = [begins[1], reader.line_num]
            kept = tuple(cell.strip() for cell in cells)
            if any(kept):
                rows.append((reader.line_num, kept))
            if len(rows) > MOST_ROWS:
                raise NotAList(f"{path}: more than {MOST_ROWS:,} rows. Split it.")
    except csv.Error as error:
        raise NotAList(f"{path}: line {reader.line_num} cannot be read ({error}). A quotation mark may be missing there; "
                       "export the list again, or save it as .xlsx.") from None
    if not rows:
        raise NotAList(f"{path}: the file has no text. Export the list again.")
    if _is_open(text, begins[0], separator):
        raise NotAList(f"{path}: line {begins[0] + 1}: a quotation mark is never closed, and makes one row of all that follow. "
                       "Put it right, export the list again, or save it as .xlsx.")
    return Table(path.name, form, tuple(rows))


def _is_open(text: str, begin: int, separator: str) -> bool:
    """Does the last row, from this line on, end within quotation marks?"""
    last = io.StringIO(text, newline="")
    for _ in range(begin):
        last.readline()
    try:
        list(csv.reader(last, delimiter=separator, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def called(encoding: str) -> str:
    """An encoding as the programs call it that write such files."""
    return _CALLED.get(encoding, encoding.upper())


def decode(content: bytes) -> tuple[str, str]:
    """``(text, encoding)`` of bytes in any encoding an export of our times has; never raises."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(name, errors="replace"), name
    start = content[:2000]
    if start.count(0) * 3 > len(start):
        name = "utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"
        return content.decode(name, errors="replace"), name
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    worths = {name: _worth(content, name) for name in OLD}
    name = max(OLD, key=lambda each: worths[each])
    return content.decode(name, errors="replace"), name


def _worth(content: bytes, encoding: str) -> int:
    """How much of a language the letters above ASCII make."""
    text = bytes(b for b in content if b > 127).decode(encoding, errors="replace")
    worth = 0
    for letter, times in Counter(text).items():
        if letter in _LETTERS:
            worth += 2 * times
        elif letter == "\ufffd" or "\x80" <= letter <= "\x9f":
            worth -= 10 * times
        elif not letter.isalpha() and letter not in "\u00a0\u2013\u2019\u201d\u20ac":
            worth -= 2 * times
    return worth


def _separator(text: str) -> tuple[str, str]:
    """The sign between cells, and the text without a first line ``sep=;`` that says so."""
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"').lower()
    if said.startswith("sep=") and len(said) <= 5:
        return (first.strip().strip('"')[4:] or "\t"), rest
    sample = "\n".join(text.split("\n")[:_SAMPLE])
    found = []
    for place, separator in enumerate(SEPARATORS):
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator) if any(row))
        except csv.Error:
            continue
        width, lines = max(widths.items(), key=lambda each: (each[1], each[0]), default=(1, 0))
        if width > 1:
            found.append((lines / widths.total(), width, -place, separator))
    return (max(found)[3] if found else ","), text
