"""Is there room on the disk: for the database to grow, and for a copy of it before a migration and in each backup?"""

from __future__ import annotations

import shutil
from pathlib import Path

from hub.doctor.finding import Finding
from hub.workspace import DATABASE, STATE

CHECK = "room"
MB = 1_000_000
LEAST = 100 * MB
ENOUGH = 500 * MB


def room(folder: Path) -> Finding:
    there = next(place for place in (folder.resolve(), *folder.resolve().parents) if place.exists())
    file = folder / STATE / DATABASE
    try:
        return judged(shutil.disk_usage(there).free, file.stat().st_size if file.exists() else 0)
    except OSError as error:
        return Finding(CHECK, "unknown", f"How much room there is could not be asked ({error.strerror}).",
                       "See that the disk has room.")


def judged(free: int, database: int) -> Finding:
    """Bytes that are free, and bytes of the database."""
    text = f"{free // MB:,} MB are free on the disk; the database has {database // MB:,} MB."
    if free < max(LEAST, database):
        return Finding(CHECK, "wrong", text, "Make room: a run that finds none stops, and no backup can be made.")
    if free < max(ENOUGH, 3 * database):
        return Finding(CHECK, "warning", text, "Make room soon: backups and a new version need copies of the database.")
    return Finding(CHECK, "fine", text)
