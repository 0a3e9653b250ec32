"""A workspace brought back from a backup. Until somebody confirms it, it only reads and compares."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.backup.forgotten import copy_erased
from hub.backup.making import COPIED, FOLDER, FORMAT, MANIFEST, VERSION, Entry, fingerprint
from hub.errors import StoreError, StoreFull, UsageError
from hub.store.copying import forget_approvals
from hub.workspace import DATABASE, KEY_FILE, SEALED, SECRETS, STATE

MARK = "restored.json"
_DATABASE = f"{STATE}/{DATABASE}"
_PLAIN = re.compile(r"[^\\:\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. ``has_key``: the master key lies where it must; ``left_out``: secrets to put back by hand."""

    workspace: Path
    made_at: str
    files: int
    has_key: bool
    left_out: tuple[str, ...]


def restore(file: Path, into: Path, *, key: Path | None = None) -> Restored:
    """Bring a backup back into the folder ``into``, which must be new, empty, or hold the master key alone. Whole or not at
    all. Raises UsageError, and StoreError for a damaged backup."""
    _must_be_empty(into)
    try:
        with zipfile.ZipFile(file) as whole:
            manifest = _manifest(whole, file)
            entries = [_entry(e, file) for e in manifest["files"]]
            master = _key(manifest, into, key)
            into.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".contact-hub-", dir=into.parent) as made:
                for entry in entries:
                    _take_out(whole, entry, Path(made))
                forget_approvals(Path(made) / _DATABASE)
                copy_erased(file.parent, Path(made) / FOLDER)
                mark(Path(made), {"file": file.name, "made_at": manifest.get("made_at", "")})
                if master is not None:
                    _write_key(Path(made), master)
                _move(Path(made), into)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        raise StoreError(f"{file} is damaged, or no backup of contact-hub. Use an older one; nothing was restored.") from None
    except OSError as e:
        raise StoreFull(f"The backup cannot be restored ({e.strerror}). See that {file} can be read and that there is room "
                        f"in {into}.") from None
    has_key = (into / SECRETS / KEY_FILE).is_file()
    return Restored(into, str(manifest.get("made_at", "")), len(entries), has_key, tuple(map(str, manifest.get("left_out", ()))))


def _must_be_empty(into: Path) -> None:
    if into.exists() and not into.is_dir():
        raise UsageError(f"{into} is a file. Name a new folder to restore into.")
    there = {p.relative_to(into).as_posix() for p in into.rglob("*")} if into.exists() else set()
    if there - {SECRETS, f"{SECRETS}/{KEY_FILE}"}:
        raise UsageError(f"{into} is not empty, and a restore overwrites nothing. Name a new folder: `hub restore FILE DIR`.")


def _manifest(whole: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    try:
        found = json.loads(whole.read(MANIFEST))
        is_ours = found["format"] == FORMAT and isinstance(found["files"], list)
    except (KeyError, ValueError, TypeError):
        is_ours, found = False, {}
    if not is_ours:
        raise UsageError(f"{file} is no backup of contact-hub: it has no manifest of one. Backups are made by `hub backup`.")
    if found.get("version") != VERSION:
        raise UsageError(f"{file} was made by a newer contact-hub ({found.get('program', '?')}). Install that version.")
    return dict(found)


def _entry(told: Any, file: Path) -> Entry:
    """Raises UsageError for a place a backup never has: a name may lead out of the folder."""
    try:
        entry = Entry(str(told["name"]), int(told["size"]), str(told["sha256"]))
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{file} is no backup of contact-hub: its manifest cannot be read.") from None
    parts = entry.name.split("/")
    good = all(_PLAIN.fullmatch(p) and p not in (".", "..") for p in parts) and (
        entry.name == _DATABASE or (len(parts) > 1 and parts[0] in COPIED)
        or (len(parts) > 1 and parts[0] == SECRETS and entry.name.endswith(SEALED)))
    if not good:
        raise UsageError(f"{file} is no backup of contact-hub: it holds a file where a backup has none.")
    return entry


def _key(manifest: Mapping[str, Any], into: Path, given: Path | None) -> bytes | None:
    """The key to put in place. Raises UsageError for one that does not fit."""
    there = into / SECRETS / KEY_FILE
    path = given if given is not None else there if there.is_file() else None
    if path is None:
        return None
    try:
        key = path.read_bytes()
    except OSError as e:
        raise UsageError(f"The key file {path} cannot be read ({e.strerror}). Name it with --key.") from None
    if fingerprint(key) != manifest.get("key"):
        raise UsageError(f"The key in {path} is not the one this backup needs. Name the master.key that was kept apart from "
                         "it with --key; nothing was restored.")
    return key if given is not None else None


def _take_out(whole: zipfile.ZipFile, entry: Entry, folder: Path) -> None:
    path = folder / entry.name
    path.parent.mkdir(parents=True, exist_ok=True)
    hashed, size = hashlib.sha256(), 0
    try:
        source = whole.open(entry.name)
    except KeyError:
        raise _damaged(entry) from None
    with source, path.open("wb") as target:
        while block := source.read(1 << 20):
            size += len(block)
            if size > entry.size:
                break
            hashed.update(block)
            target.write(block)
    if size != entry.size or hashed.hexdigest() != entry.sha256:
        raise _damaged(entry)
    if os.name == "posix" and not entry.name.startswith(COPIED):
        path.chmod(0o600)


def _damaged(entry: Entry) -> StoreError:
    return StoreError(f"The backup is damaged: {entry.name} is not what was backed up. Use an older one; nothing was restored.")


def mark(workspace: Path, told: Mapping[str, Any]) -> None:
    """From now on the workspace only reads and compares. ``told``: "file" and "made_at" of the backup, where it was one."""
    (workspace / STATE / MARK).write_text(json.dumps({
        **told, "restored_at": datetime.now(UTC).isoformat(timespec="seconds")}), encoding="utf-8")


def _write_key(folder: Path, key: bytes) -> None:
    path = folder / SECRETS / KEY_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb") as file:
        file.write(key)


def _move(folder: Path, into: Path) -> None:
    moved: list[Path] = []
    try:
        # the config last: only with it the folder is a workspace
        found = [p for p in folder.rglob("*") if p.is_file()]
        for path in sorted(found, key=lambda p: p.relative_to(folder).parts[0] == "config"):
            target = into / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)
            moved.append(target)
        if os.name == "posix" and (into / SECRETS).is_dir():
            (into / SECRETS).chmod(0o700)
    except OSError:
        for target in moved:
            target.unlink(missing_ok=True)
        raise


# ---- afterwards

def restored(workspace: Path) -> dict[str, Any] | None:
    """Of a workspace that was restored and not confirmed yet: {"file", "made_at", "restored_at"}; else None. No file: its
    database was found to be an older one."""
    path = workspace / STATE / MARK
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}  # a mark nobody can read is still a mark
    return {k: str(found.get(k, "")) for k in ("file", "made_at", "restored_at")} if isinstance(found, dict) else {}


def confirm(workspace: Path) -> bool:
    """Let the workspace write again, after a new plan was approved. False when it was not restored."""
    path = workspace / STATE / MARK
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def lines_after(found: Restored) -> Sequence[str]:
    """What is still to be done, in sentences."""
    out = []
    if not found.has_key:
        out.append(f"Put the master key back as {found.workspace / SECRETS / KEY_FILE}: without it the database cannot be read.")
    if found.left_out:
        out.append(f"These secrets are never in a backup; put them back by hand: {', '.join(found.left_out)}.")
    return out
