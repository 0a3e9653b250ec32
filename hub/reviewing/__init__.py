"""What waits for a person as a file to read, print or fill in, and the answers read back from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hub.errors import UsageError
from hub.files import whole_file
from hub.model.waiting import Asked, Hidden, Pair, Waiting
from hub.reviewing import workbook
from hub.reviewing.page import page

Write = Callable[[Asked, str, float, Path], None]


def _html(asked: Asked, language: str, now: float, path: Path) -> None:
    path.write_text(page(asked, language, now), encoding="utf-8", errors="replace", newline="\n")


def _xlsx(asked: Asked, language: str, now: float, path: Path) -> None:
    workbook.write(asked, language, path)


def _json(asked: Asked, language: str, now: float, path: Path) -> None:
    path.write_text(json.dumps(as_json(asked), ensure_ascii=False, indent=2) + "\n", encoding="utf-8", errors="replace",
                    newline="\n")


FORMATS: dict[str, Write] = {".html": _html, ".xlsx": _xlsx, ".json": _json}
"""How a file's name ends → what writes it."""


def report(asked: Asked, file: Path, *, language: str, now: float, replacing: bool = False) -> None:
    """Write the file. ``language``: fi, pl or en. ``now``: unix seconds. Raises UsageError."""
    write = FORMATS.get(file.suffix.lower())
    if write is None:
        raise UsageError(f"{file.name} says no format: let its name end in {', '.join(FORMATS)}.")
    with whole_file(file, replacing=replacing) as part:
        write(asked, language, now, part)


def as_json(asked: Asked) -> dict[str, Any]:
    """Everything as JSON; what is not shown is {"hidden": true}."""
    return {"answered": asked.answered, "waiting": [_one(one) for one in asked.waiting],
            "pairs": [_one(one) for one in asked.pairs]}


def _one(one: Waiting | Pair) -> Any:
    return _plain({k: v for k, v in asdict(one).items() if not k.endswith("mark")})


def _plain(value: Any) -> Any:
    if isinstance(value, Hidden):
        return {"hidden": True}
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value
