"""Is the folder kept the same on several computers by a program? It would copy the database while it is written."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePath

from hub.doctor.finding import Finding

CHECK = "synced folder"
Signs = Mapping[str, list[str]]


def synced(folder: Path, variables: Mapping[str, str] = os.environ) -> Finding:
    """Of a folder that is there or is to be made."""
    folder = folder.resolve()
    program = by_name(folder, variables) or by_markers(folder)
    if not program:
        return Finding(CHECK, "fine", "No program that keeps folders the same on several computers was found at work here.")
    return Finding(CHECK, "warning", f"The folder seems to be kept the same on several computers by {program}. It would copy the "
                   "database while it is written, and the key beside it.",
                   f"Move the workspace out of the folder of {program}; for a copy elsewhere use `hub backup --to`.")


def by_name(folder: PurePath, variables: Mapping[str, str]) -> str:
    """The program whose folder this is by the names on the way to it, or by a variable that names it; "": none."""
    for program, signs in _programs().items():
        named = any(fnmatchcase(part.lower(), sign.lower()) for part in folder.parts for sign in signs.get("folders", ()))
        if named or any(_within(folder, variables.get(name, "")) for name in signs.get("variables", ())):
            return program
    return ""


def by_markers(folder: Path) -> str:
    """The program that left its own files in the folder or in one above it; "": none."""
    for program, signs in _programs().items():
        if any(_has(place, sign) for place in (folder, *folder.parents) for sign in signs.get("markers", ())):
            return program
    return ""


@cache
def _programs() -> Mapping[str, Signs]:
    return tomllib.loads(files("hub.doctor").joinpath("synced.toml").read_text(encoding="utf-8"))


def _within(folder: PurePath, top: str) -> bool:
    return bool(top) and folder.is_relative_to(type(folder)(top))


def _has(place: Path, sign: str) -> bool:
    try:
        return next(place.glob(sign), None) is not None
    except OSError:
        return False
