"""Files people are given: whole or not at all, and for their owner alone to read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.errors import UsageError


@contextmanager
def whole_file(file: Path, *, replacing: bool = False) -> Iterator[Path]:
    """Where to write what becomes ``file`` at the end. ``replacing``: a file of that name may be there. Raises UsageError."""
    if file.exists() and not replacing:
        raise UsageError(f"{file} is there already. Choose another name, or replace it with --replace.")
    try:
        with TemporaryDirectory(prefix=".contact-hub-", dir=file.parent) as made:
            part = Path(made) / file.name
            yield part
            if os.name == "posix":
                part.chmod(0o600)
            part.replace(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}). If it is open in a spreadsheet program, close it "
                         "there, or choose another place.") from None
