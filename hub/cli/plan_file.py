"""The file of a plan: what ``hub plan -o`` writes and ``hub apply`` reads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hub.errors import UsageError


def write_plan(path: Path, document: Mapping[str, Any]) -> None:
    """The file, whole or not at all. Raises UsageError where it cannot be written."""
    write_whole(path, json.dumps(document, ensure_ascii=False, indent=1, default=str), option="-o")


def write_whole(path: Path, text: str, *, option: str) -> None:
    """A text file, whole or not at all. Raises UsageError naming the ``option`` where it cannot be written."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise UsageError(f"{path} cannot be written ({error.strerror}). Name another place with {option}.") from None


def read_plan(path: Path) -> dict[str, Any]:
    """What stands in a file that `hub plan -o` wrote. Raises UsageError when it is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(f"{path} cannot be read as a plan. Make one with `hub plan -o FILE`.") from None
    if not isinstance(found, dict):
        raise UsageError(f"{path} is not a plan of contact-hub.")
    return found
