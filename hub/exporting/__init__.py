"""Contacts as files other programs read: CSV, XLSX, vCard."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.errors import UsageError
from hub.exporting import csvs, vcards, xlsx
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
    if file.exists() and not replacing:
        raise UsageError(f"{file} is there already. Choose another name, or replace it with --replace.")
    try:
        with TemporaryDirectory(prefix=".contact-hub-", dir=file.parent) as made:
            part = Path(made) / file.name
            write(people, part)
            if os.name == "posix":
                part.chmod(0o600)
            part.replace(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}). If it is open in a spreadsheet program, close it "
                         "there, or choose another place.") from None
