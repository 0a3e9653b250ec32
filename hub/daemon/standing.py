"""What the daemon of a workspace leaves in ``state/`` for others: that it runs, how it stands, and that it is to stop."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO, Any

from hub.errors import StoreError
from hub.workspace import STATE

LOCK, STANDING, STOP = "daemon.lock", "daemon.json", "daemon.stop"

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        """``_locking`` of the C runtime: one byte, without waiting; it ends with the process."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        """flock(2): it ends with the process, however that ends."""
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class Claim:
    """One daemon per workspace. Held by the open file, so that a crash leaves nothing behind that looks alive."""

    def __init__(self, workspace: Path) -> None:
        self._path = workspace / STATE / LOCK
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """False when another daemon has it. Raises StoreError where ``state/`` cannot be written or locked."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("ab")
        except OSError as e:
            raise StoreError(f"{self._path} cannot be written ({e.strerror}).") from None
        try:
            _lock(file)
        except (BlockingIOError, PermissionError):
            file.close()
            return False
        except OSError as e:
            file.close()
            raise StoreError(f"{self._path} cannot be locked ({e.strerror}). Keep the workspace on a disk of this computer, "
                             "not in a network folder.") from None
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def runs(workspace: Path) -> bool:
    """Is there a daemon of this workspace on this computer?"""
    if not (workspace / STATE / LOCK).exists():
        return False
    claim = Claim(workspace)
    if claim.take():
        claim.release()
        return False
    return True


def write(workspace: Path, standing: dict[str, Any]) -> None:
    """Replace what is told in one step. A reader in the way (Windows) or a full disk costs this telling only."""
    path = workspace / STATE / STANDING
    part = path.with_name(f"{STANDING}.{os.getpid()}")
    try:
        part.write_text(json.dumps(standing, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)


def read(workspace: Path) -> dict[str, Any] | None:
    """How the daemon stands, or stood when it ended: what ``write`` was given, and "running". None: there never was one."""
    try:
        found = json.loads((workspace / STATE / STANDING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {**found, "running": runs(workspace)} if isinstance(found, dict) else None


def ask_to_stop(workspace: Path) -> None:
    """Works where a process cannot be sent a signal, too."""
    try:
        (workspace / STATE / STOP).write_text("", encoding="utf-8")
    except OSError as e:
        raise StoreError(f"{workspace / STATE / STOP} cannot be written ({e.strerror}).") from None


def is_asked_to_stop(workspace: Path) -> bool:
    return (workspace / STATE / STOP).exists()


def forget_stop(workspace: Path) -> None:
    (workspace / STATE / STOP).unlink(missing_ok=True)
