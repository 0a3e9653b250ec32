"""Is the folder kept the same on several computers by a program? It would copy the database while it is written."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path

from hub.doctor.finding import Finding

CHECK = "synced folder"
Signs = Mapping[str, list[str]]


def synced(folder: Path, variables: Mapping[str, str] = os.environ) -> Finding:
    folder = folder.resolve()
    program = next((name for name, signs in _programs().items() if _is_of(folder, signs, variables)), "")
    if not program:
        return Finding(CHECK, "fine", "No program that keeps folders the same on several computers was found at work here.")
    return Finding(CHECK, "warning", f"The folder seems to be kept the same on several computers by {program}. It would copy the "
                   "database while it is written, and the key beside it.",
                   f"Move the workspace out of the folder of {program}; for a copy elsewhere use `hub backup --to`.")


@cache
def _programs() -> Mapping[str, Signs]:
    return tomllib.loads(files("hub.doctor").joinpath("synced.toml").read_text(encoding="utf-8"))


def _is_of(folder: Path, signs: Signs, variables: Mapping[str, str]) -> bool:
    if any(fnmatchcase(part.lower(), sign.lower()) for part in folder.parts for sign in signs.get("folders", ())):
        return True
    if any(_within(folder, variables.get(name, "")) for name in signs.get("variables", ())):
        return True
    return any(_has(place, sign) for place in (folder, *folder.parents) for sign in signs.get("markers", ()))


def _within(folder: Path, top: str) -> bool:
    return bool(top) and folder.is_relative_to(Path(top).resolve())


def _has(place: Path, sign: str) -> bool:
    try:
        return next(place.glob(sign), None) is not None
    except OSError:
        return False
