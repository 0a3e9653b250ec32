"""Contacts as files other programs read: CSV, XLSX, vCard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hub.errors import UsageError
from hub.exporting import csvs, vcards, xlsx
from hub.files import whole_file
from hub.model.listed import Listed

FORMATS: dict[str, Callable[[Sequence[Listed], Path], None]] = {
    ".csv": csvs.write, ".xlsx": xlsx.write, ".vcf": vcards.write}
"""How a file's name ends → what writes it."""


def export(people: Sequence[Listed], file: Path, *, replacing: bool = False) -> None:
    """Write the file, whole or not at all, for its owner alone to read. ``replacing``: a file of that name may be there.
    Raises UsageError."""
    write = FORMATS.get(file.suffix.lower())
    if write is None:
        raise UsageError(f"{file.name} says no format: let its name end in {', '.join(FORMATS)}.")
    with whole_file(file, replacing=replacing) as part:
        write(people, part)
