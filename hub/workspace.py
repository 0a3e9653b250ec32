"""What the hub makes in a workspace: the key, the database, files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hub.errors import StoreError
from hub.store.address import Address, is_file
from hub.store.examining import in_use
from hub.store.seal import KEY_BYTES
from hub.store.store import CopyTo, Store, sqlite_url

STATE = "state"
KEY_FILE = "master.key"
DATABASE = "hub.db"
SECRETS = "secrets"
SEALED = ".sealed"
"""How the name of a file in ``secrets/`` ends that is sealed with the master key."""


def open_store(
    workspace: Path, database: Address = "", before_migrating: Callable[[CopyTo], object] | None = None, *,
    clock: Callable[[], float] = time.time,
) -> Store:
    """The workspace's database, opened with its key. ``database``: its address; "": the file in ``state/``. Where there is such
    a file although another address is told, what is in it moves there. ``before_migrating`` is called, with a way to copy it,
    before an older schema is changed. Raises StoreError with the cure."""
    file = workspace / STATE / DATABASE
    file.parent.mkdir(parents=True, exist_ok=True)
    key = master_key(workspace, database)
    if stays_behind(file, database):
        _move(file, key, database, before_migrating)
    return Store.open(database or sqlite_url(file), key, before_migrating=before_migrating, clock=clock)


def stays_behind(file: Path, database: Address) -> bool:
    """Is there a file of a workspace whose ``database`` is another one?"""
    return bool(database) and file.exists() and not is_file(database, file)


def _move(file: Path, key: bytes, database: Address, before: Callable[[CopyTo], object] | None) -> None:
    """The file goes afterwards: whom somebody erases must not stand in it still."""
    store = Store.open(sqlite_url(file), key, before_migrating=before)
    try:
        store.move_to(database)
    finally:
        store.close()
    try:
        for name in ("", "-wal", "-shm"):
            file.with_name(file.name + name).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"The database moved to where hub.toml says, but {file} cannot be removed ({error.strerror}). End what "
                         "has it open, such as a daemon, and remove it.") from None


def master_key(workspace: Path, database: Address = "") -> bytes:
    """The master key of a workspace, made on first use (mode 0600 where the system has modes). ``database``: as in the
    config. Raises StoreError when it is damaged, or lost: another one would open nothing of what is there."""
    path = workspace / SECRETS / KEY_FILE
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        if needs_its_key(workspace, database):
            raise StoreError(f"The key file {path} is missing. Without it the database and the sealed secrets cannot be read, so "
                             "no new key was made: put the file back from where you keep it.") from None
        return _made(path)
    except OSError as error:
        raise StoreError(f"The key file {path} cannot be read ({error.strerror}). See that the account the hub runs as may read "
                         "it.") from None
    if len(key) != KEY_BYTES:
        raise StoreError(f"The key file {path} is damaged: it must have {KEY_BYTES} bytes. Put your copy of it back.")
    return key


def needs_its_key(workspace: Path, database: Address = "") -> bool:
    """Is something there that only the present master key opens? Raises ConfigError, and StoreError for a database elsewhere
    that cannot be asked."""
    if (workspace / STATE / DATABASE).exists() or any((workspace / SECRETS).glob(f"*{SEALED}")):
        return True
    return bool(database) and in_use(database)


def _made(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        path.parent.chmod(0o700)
    key = secrets.token_bytes(KEY_BYTES)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as f:
        f.write(key)
        f.flush()
        os.fsync(f.fileno())
    return key


def write_whole(path: Path, content: bytes) -> None:
    """Make or replace a file, whole or not at all. A new one is readable by its owner alone; one that was there keeps its
    rights, and a link to one stays a link. Raises OSError, the old file untouched."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)  # made with mode 0600
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
