"""What is read from a file, before and after its columns are understood."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import UsageError
from hub.model.units import Projection


class NotAList(UsageError):
    """A file, or a sheet of one, that cannot be read as a list. The text names file, place and cure."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text, before anybody knows what they mean.

    ``name``    of the list: the file's, with the sheet's where a file has several
    ``rows``    (row number in the file from 1, cells); rows without any text are left out
    ``notes``   sentences about cells that could not be understood
    """

    name: str
    form: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """``meaning``: a key of ``headers.MEANINGS``; ``how``: header, content, corrected, mapping (of a system), or "" for not
    recognised.

    ``filled``: rows with a value.
    """

    header: str
    meaning: str
    how: str
    filled: int


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list. ``values``: (meaning, text); a meaning may come several times.

    ``number``      where it stands in its file; of a system's record its id there
    ``projection``  of a system's record, which is known as such and has no texts to read
    """

    number: int | str
    values: tuple[tuple[str, str], ...]
    projection: Projection | None = None


@dataclass(frozen=True, slots=True)
class People:
    """A list whose columns are understood.

    ``region``   ISO 3166 region its telephone numbers without country code are read in, "" for not said
    ``read_at``  when the system was read whose records these are, as people write it; "" for a file
    """

    name: str
    form: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    region: str = ""
    header: int = 0
    notes: tuple[str, ...] = ()
    read_at: str = ""
