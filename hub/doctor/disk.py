"""Is the folder on a disk of this computer? Write-ahead logging does not work over a network file system
(https://www.sqlite.org/wal.html)."""

from __future__ import annotations

import re
import sys
from pathlib import Path, PurePosixPath

from hub.doctor.finding import Finding

CHECK = "disk"
NETWORK = frozenset({
    "9p", "afs", "afpfs", "beegfs", "ceph", "cifs", "coda", "davfs", "davfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "vmhgfs",
    "fuse.davfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "fuse.vmhgfs-fuse"})
"""Types of file systems that are another computer's, or pretend to be a disk."""
_MOUNTS = Path("/proc/self/mounts")
_REMOTE_DRIVE = 4  # DRIVE_REMOTE of GetDriveTypeW (learn.microsoft.com)


def disk(folder: Path) -> Finding:
    kind = _kind(folder.resolve())
    if kind is None:
        return Finding(CHECK, "unknown", "This system does not say whether the folder is on a disk of this computer or on the "
                       "network.", "Make sure that it is on a disk of this computer: on a network drive the database breaks.")
    if kind in NETWORK:
        return Finding(CHECK, "wrong", f"The folder is on a network drive ({kind}), where the database can be damaged.",
                       "Move the workspace to a disk of this computer; `hub backup --to` may write to the network.")
    return Finding(CHECK, "fine", f"The folder is on a disk of this computer ({kind}).")


def _kind(folder: Path) -> str | None:
    """The type of the file system; None where it cannot be told."""
    if sys.platform == "win32":
        return _of_a_drive(folder)
    try:
        return type_of(_MOUNTS.read_text(encoding="utf-8", errors="surrogateescape"), PurePosixPath(folder))
    except OSError:
        return None


def type_of(mounts: str, folder: PurePosixPath) -> str | None:
    """The type of the file system of ``folder`` by the lines of /proc/mounts (proc(5)): of the deepest place above it, and of
    several at one place the last."""
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        place = PurePosixPath(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1]))
        if folder.is_relative_to(place) and (best is None or len(place.parts) >= best[0]):
            best = len(place.parts), fields[2]
    return best[1] if best else None


def _of_a_drive(folder: Path) -> str | None:
    if sys.platform != "win32":
        return None
    import ctypes

    if folder.drive.startswith("\\\\"):
        return "smb3"
    return "smb3" if ctypes.windll.kernel32.GetDriveTypeW(folder.anchor) == _REMOTE_DRIVE else "a drive of this computer"
