"""Backups of a workspace: one .zip with a manifest, checked by hash when it is brought back.

In it: the database (one moment of it), ``config/``, ``mappings/``, and what lies sealed in ``secrets/``. Never in it: the
master key, without which nobody can read the people in the database, and secrets in plain; the manifest names those, so
that a restore can say what to put back.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub import __version__
from hub.errors import StoreFull
from hub.store.store import CopyTo
from hub.workspace import DATABASE, KEY_FILE, SEALED, SECRETS, STATE, master_key

FOLDER = "backups"
KEPT = 14
FORMAT = "contact-hub backup"
VERSION = 1
MANIFEST = "manifest.json"
COPIED = ("config", "mappings")
_NAME = re.compile(r"contact-hub-(\d{8}-\d{6})(?:-(\d+))?\.zip")
_STAMP = "%Y%m%d-%H%M%S"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a backup: its place in the workspace with "/", bytes, SHA-256 as hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made. ``left_out``: secrets in plain, to be kept elsewhere; ``removed``: older backups that went."""

    path: Path
    made_at: float
    entries: tuple[Entry, ...]
    left_out: tuple[str, ...]
    removed: tuple[Path, ...]


def make_backup(
    workspace: Path, copy_to: CopyTo, *, to: Path | None = None, keep: int = KEPT, cause: str = "asked",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Backup:
    """Back the workspace up into its ``backups/``, where the newest ``keep`` stay, or into the folder ``to``, where nothing
    is removed. Raises StoreError with the cure; the older backups are kept then."""
    folder = to if to is not None else workspace / FOLDER
    moment = now()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".contact-hub-", dir=folder) as made:
            copy = Path(made) / DATABASE
            copy_to(copy)
            part = Path(made) / "whole.zip"
            entries, left_out = _write(part, workspace, copy, moment, cause)
            path = _free(folder, moment)
            part.replace(path)
    except OSError as e:
        raise StoreFull(f"The backup cannot be written into {folder} ({e.strerror}). Make room, or name another folder "
                        "with --to. The older backups are untouched.") from None
    return Backup(path, moment.timestamp(), entries, left_out, tuple(_prune(folder, keep)) if to is None else ())


def _write(
    part: Path, workspace: Path, copy: Path, moment: datetime, cause: str
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    entries, left_out = [], []
    with os.fdopen(handle, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
            entries.append(_add(whole, copy, f"{STATE}/{DATABASE}"))
            for path in _files(workspace, COPIED):
                entries.append(_add(whole, path, path.relative_to(workspace).as_posix()))
            for path in _files(workspace, (SECRETS,)):
                name = path.relative_to(workspace).as_posix()
                if path.name == KEY_FILE:
                    continue
                if path.name.endswith(SEALED):
                    entries.append(_add(whole, path, name))
                else:
                    left_out.append(name)
            whole.writestr(MANIFEST, json.dumps({
                "format": FORMAT, "version": VERSION, "made_at": moment.isoformat(timespec="seconds"), "cause": cause,
                "program": __version__, "key": fingerprint(master_key(workspace)),
                "files": [asdict(e) for e in entries], "left_out": left_out}, indent=1))
        file.flush()
        os.fsync(file.fileno())
    return tuple(entries), tuple(left_out)


def _files(workspace: Path, tops: tuple[str, ...]) -> Iterator[Path]:
    for top in tops:
        yield from sorted(p for p in (workspace / top).rglob("*") if p.is_file())


def _add(whole: zipfile.ZipFile, path: Path, name: str) -> Entry:
    hashed, size = hashlib.sha256(), 0
    with path.open("rb") as source, whole.open(name, "w", force_zip64=True) as target:
        while block := source.read(1 << 20):
            hashed.update(block)
            size += len(block)
            target.write(block)
    return Entry(name, size, hashed.hexdigest())


def fingerprint(key: bytes) -> str:
    """Tells whether a key is the one a backup needs; says nothing of it (it is 256 random bits)."""
    return hashlib.sha256(b"contact-hub backup key" + key).hexdigest()[:16]


def _free(folder: Path, moment: datetime) -> Path:
    """A name younger than every other: several of one second are numbered, and no number is used again."""
    stamp = moment.astimezone(UTC).strftime(_STAMP)
    taken = [int(m[2] or 0) for path in backups(folder) if (m := _NAME.fullmatch(path.name)) and m[1] == stamp]
    return folder / (f"contact-hub-{stamp}-{max(taken) + 1}.zip" if taken else f"contact-hub-{stamp}.zip")


def _prune(folder: Path, keep: int) -> Iterator[Path]:
    for path in backups(folder)[max(1, keep):]:
        try:
            path.unlink()
        except OSError:
            continue  # somebody reads it: it goes the next time
        yield path


def backups(folder: Path) -> list[Path]:
    """The backups in a folder, the newest first."""
    found = [(m[1], int(m[2] or 0), path) for path in folder.glob("contact-hub-*.zip") if (m := _NAME.fullmatch(path.name))]
    return [path for *_, path in sorted(found, reverse=True)]


def newest(workspace: Path) -> dict[str, Any] | None:
    """The newest backup in the workspace: {"file", "made_at" (unix seconds), "kept"}, or None."""
    found = backups(workspace / FOLDER)
    if not found:
        return None
    stamp = _NAME.fullmatch(found[0].name)
    assert stamp is not None
    made = datetime.strptime(stamp[1], _STAMP).replace(tzinfo=UTC)
    return {"file": str(found[0]), "made_at": made.timestamp(), "kept": len(found)}
