"""The file: read whole or not at all, replaced in one step or not at all, and never while a program has it open.

A save goes to a file beside it, is flushed to the disk, and takes the place of the old one (``os.replace``: atomic on POSIX
and on Windows). Whoever is killed in between leaves the old file.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from hub.sdk import AuthFailed, Misconfigured, Transient

PART = ".hub-part"
"""Ending of the file a save is written to."""


class Moved(Exception):
    """Somebody saved the file meanwhile."""


class NotSaved(Exception):
    """The old file is still there. The text says why."""


class Unclear(Exception):
    """Nobody can say which file is there now."""


class Disk:
    """The few calls that reach the disk."""

    def size(self, path: Path) -> int:
        return path.stat().st_size

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def may_write(self, path: Path) -> bool:
        """Do the rights of the file and its folder allow a save?"""
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)

    def replace(self, part: Path, path: Path) -> None:
        os.replace(part, path)  # noqa: PTH105  (its meaning on Windows is documented here)


class File:
    """One file of one system. ``system``: its name in the config, for messages."""

    def __init__(self, path: Path, system: str, disk: Disk) -> None:
        self.path, self.system, self.disk = path, system, disk

    @property
    def place(self) -> str:
        """For messages."""
        return f"{self.system}: {self.path.name}"

    def read(self) -> bytes:
        """All of it. Raises Transient, AuthFailed, Misconfigured."""
        try:
            told = self.disk.size(self.path)
            content = self.disk.read(self.path)
            after = self.disk.size(self.path)
        except FileNotFoundError:
            raise Misconfigured(f"{self.place} is not there. Correct the path, or connect the folder it is in.") from None
        except IsADirectoryError:
            raise Misconfigured(f"{self.place} is a folder. Set path to a file in it.") from None
        except PermissionError:
            if os.name == "nt" or self.opened_by():
                raise Transient(self.is_open()) from None
            raise AuthFailed(f"{self.place} may not be read by the account the hub runs under. Grant it the right to.") from None
        except OSError as error:
            raise Transient(f"{self.place} could not be read ({_reason(error)}); it is tried again.") from None
        if not told == len(content) == after:
            raise Transient(f"{self.place} is being written by another program right now; it is tried again.")
        return content

    def opened_by(self) -> str:
        """The program that has it open, told by the lock file it puts beside: Excel's ``~$name``, LibreOffice's
        ``.~lock.name#``. "" where there is none."""
        for path in (self.path, Path(os.path.realpath(self.path))):
            if path.with_name(f"~${path.name}").exists():
                return "Excel"
            if path.with_name(f".~lock.{path.name}#").exists():
                return "LibreOffice"
        return ""

    def is_open(self) -> str:
        """The sentence for a file that is open."""
        program = self.opened_by()
        left = {"Excel": f"~${self.path.name}", "LibreOffice": f".~lock.{self.path.name}#"}.get(program, "")
        cure = f" If it is not open any more, delete {left} beside it." if left else ""
        return f"{self.path.name} is open in {program or 'another program'}: close it; it is tried again.{cure}"

    def may_write(self) -> bool:
        """As far as rights can tell."""
        return not self.path.exists() or self.disk.may_write(self.path)

    def save(self, content: bytes, *, seen: bytes) -> None:
        """Put ``content`` in the place of ``seen``. Raises Moved where something else is there, NotSaved, Unclear."""
        target = Path(os.path.realpath(self.path))  # a link stays a link
        part = target.with_name(f".{target.name}{PART}")
        try:
            self._write(part, target, content)
            if self.disk.read(target) != seen:
                raise Moved
        except OSError as error:
            part.unlink(missing_ok=True)
            raise NotSaved(f"{self.path.name} could not be saved ({_reason(error)}); it is tried again.") from None
        except Moved:
            part.unlink(missing_ok=True)
            raise
        why = "the folder did not keep it"
        try:
            self.disk.replace(part, target)
            _settle(target.parent)
        except PermissionError:
            why = "it is open in another program, or its rights do not allow it: close it"
        except OSError as error:
            why = _reason(error)
        finally:
            _drop(part)
        self._look(target, content, seen, why)

    def _look(self, target: Path, content: bytes, seen: bytes, why: str) -> None:
        """What is there says what was done; network folders lose answers too."""
        try:
            there = target.read_bytes()
        except OSError:
            raise Unclear(f"{self.path.name} could not be read after saving it.") from None
        if there == content:
            return
        if there == seen:
            raise NotSaved(f"{self.path.name} could not be saved ({why}); it is tried again.")
        raise Unclear(f"{self.path.name} was saved by somebody else at the same moment.")

    @staticmethod
    def _write(part: Path, target: Path, content: bytes) -> None:
        with part.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        shutil.copymode(target, part)


def _drop(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        pass  # the next save overwrites it


def _settle(folder: Path) -> None:
    """The new name itself is on the disk, where folders can be flushed."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError:
        pass  # some network folders cannot; the save itself is done
    finally:
        os.close(opened)


def _reason(error: OSError) -> str:
    """The system's words without the path."""
    return (error.strerror or type(error).__name__).lower()
