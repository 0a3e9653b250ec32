"""Is the folder on a disk of this computer? Write-ahead logging does not work over a network file system
(https://www.sqlite.org/wal.html)."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from hub.doctor.finding import Finding

CHECK = "disk"
NETWORK = frozenset({
    "9p", "afs", "afpfs", "beegfs", "ceph", "cifs", "coda", "davfs", "davfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "vmhgfs", "webdav",
    "fuse.davfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "fuse.vmhgfs-fuse"})
"""Types of file systems that are another computer's, or pretend to be a disk."""
REMOTE = 4
"""DRIVE_REMOTE of GetDriveTypeW (learn.microsoft.com)."""
_LINE_OF_MOUNT = re.compile(r".*? on (/.*) \(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Mounted:
    """What a folder lies on: the name of its type, and whether that is the network."""

    kind: str
    network: bool


def disk(folder: Path) -> Finding:
    return judged(_mounted(folder.resolve()))


def judged(found: Mounted | None) -> Finding:
    if found is None:
        return Finding(CHECK, "unknown", "This system does not say whether the folder is on a disk of this computer or on the "
                       "network.", "Make sure that it is on a disk of this computer: on a network drive the database breaks.")
    if found.network:
        return Finding(CHECK, "wrong", f"The folder is on a network drive ({found.kind}), where the database can be damaged.",
                       "Move the workspace to a disk of this computer; `hub backup --to` may write to the network.")
    return Finding(CHECK, "fine", f"The folder is on a disk of this computer ({found.kind}).")


def _mounted(folder: Path) -> Mounted | None:
    if sys.platform == "win32":
        import ctypes

        return by_drive(folder, ctypes.windll.kernel32.GetDriveTypeW)
    if sys.platform == "darwin":
        return by_mount(_told_by_mount(), PurePosixPath(folder))
    try:
        text = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return by_proc(text, PurePosixPath(folder))


def _told_by_mount() -> str:
    try:
        done = subprocess.run(["/sbin/mount"], capture_output=True, encoding="utf-8", errors="surrogateescape", timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def by_drive(folder: PureWindowsPath | Path, kind_of_drive: Callable[[str], int]) -> Mounted:
    """Windows: shares begin with two backslashes, other drives are asked for."""
    remote = folder.drive.startswith("\\\\") or kind_of_drive(folder.anchor) == REMOTE
    return Mounted("a share" if remote else folder.drive, remote)


def by_proc(text: str, folder: PurePosixPath) -> Mounted | None:
    """Linux: the lines of /proc/mounts (proc(5)); a space in a name is written as an octal number."""
    places = []
    for line in text.splitlines():
        if len(fields := line.split(" ")) > 2:
            place = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1])
            places.append((PurePosixPath(place), Mounted(fields[2], fields[2] in NETWORK)))
    return _deepest(places, folder)


def by_mount(text: str, folder: PurePosixPath) -> Mounted | None:
    """macOS: what mount(8) prints, "DEVICE on PLACE (TYPE, OPTION, …)"; disks of this computer have the option "local"."""
    places = []
    for line in text.splitlines():
        if found := _LINE_OF_MOUNT.fullmatch(line):
            kind, *options = found[2].split(", ")
            places.append((PurePosixPath(found[1]), Mounted(kind, kind in NETWORK or "local" not in options)))
    return _deepest(places, folder)


def _deepest(places: Iterable[tuple[PurePosixPath, Mounted]], folder: PurePosixPath) -> Mounted | None:
    """Of the deepest place above the folder, and of several at one place the last."""
    best: tuple[int, Mounted] | None = None
    for place, found in places:
        if folder.is_relative_to(place) and (best is None or len(place.parts) >= best[0]):
            best = len(place.parts), found
    return best[1] if best else None
