"""Where a workspace lies: network, synced folders, rights, room. The facts of other systems are given, not this computer's."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from hub.doctor import rights as rights_module
from hub.doctor.disk import Mounted, by_drive, by_mount, by_proc, disk, judged
from hub.doctor.rights import rights
from hub.doctor.room import MB, room
from hub.doctor.room import judged as room_judged
from hub.doctor.synced import by_markers, by_name, synced

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")

# ---- network

LINUX = """\
/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/people /people nfs4 rw,vers=4.2 0 0
/dev/sdb1 /people/anna ext4 rw 0 0
//nas/share /mnt/the\\040office cifs rw 0 0
anna@host:/ /mnt/ssh fuse.sshfs rw 0 0
overlay /mnt/twice overlay rw 0 0
server:/x /mnt/twice nfs rw 0 0
garbage
"""
MAC = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse, protect)
//anna@nas._smb._tcp.local/share on /Volumes/the office (1) (smbfs, nodev, nosuid, mounted by anna)
anna@host:/ on /Volumes/ssh (macfuse, nodev, nosuid, synchronized, mounted by anna)
"""


@pytest.mark.parametrize(("folder", "kind", "network"), [
    ("/srv/hub", "ext4", False), ("/people/bo/hub", "nfs4", True), ("/people/anna/hub", "ext4", False),
    ("/people/annabel/hub", "nfs4", True), ("/mnt/the office/hub", "cifs", True), ("/mnt/ssh", "fuse.sshfs", True),
    ("/mnt/twice/hub", "nfs", True),
])
def test_linux(folder: str, kind: str, network: bool) -> None:
    assert by_proc(LINUX, PurePosixPath(folder)) == Mounted(kind, network)


@pytest.mark.parametrize(("folder", "kind", "network"), [
    ("/Users/anna/hub", "apfs", False), ("/System/Volumes/Data/hub", "apfs", False),
    ("/Volumes/the office (1)/hub", "smbfs", True), ("/Volumes/ssh/hub", "macfuse", True),
])
def test_mac(folder: str, kind: str, network: bool) -> None:
    assert by_mount(MAC, PurePosixPath(folder)) == Mounted(kind, network)


@pytest.mark.parametrize(("folder", "answer", "network"), [
    ("C:\\Users\\Anna\\hub", 3, False), ("Z:\\hub", 4, True), ("\\\\nas\\share\\hub", 1, True), ("E:\\hub", 2, False),
])
def test_windows(folder: str, answer: int, network: bool) -> None:
    asked = []
    found = by_drive(PureWindowsPath(folder), lambda anchor: asked.append(anchor) or answer)  # type: ignore[func-returns-value]
    assert found.network == network
    assert asked in ([], [PureWindowsPath(folder).anchor])


def test_what_is_said_of_it(tmp_path: Path) -> None:
    assert judged(Mounted("ext4", False)).state == "fine"
    wrong = judged(Mounted("nfs4", True))
    assert (wrong.state, "network drive (nfs4)" in wrong.text, "Move the workspace" in wrong.cure) == ("wrong", True, True)
    assert by_proc("", PurePosixPath("/hub")) is None
    assert by_mount("no such words", PurePosixPath("/hub")) is None
    assert judged(None).state == "unknown"
    assert disk(tmp_path / "not" / "there").check == "disk"


# ---- folders that programs keep the same elsewhere

ONEDRIVE = {"OneDriveCommercial": "D:\\Work"}


@pytest.mark.parametrize(("folder", "program"), [
    (PureWindowsPath("C:\\Users\\Anna\\OneDrive\\hub"), "OneDrive"),
    (PureWindowsPath("C:\\Users\\Anna\\onedrive - Yhdistys ry\\hub"), "OneDrive"),
    (PureWindowsPath("d:\\work\\hub"), "OneDrive"),
    (PureWindowsPath("D:\\Worker\\hub"), ""),
    (PureWindowsPath("C:\\Users\\Anna\\iCloudDrive\\hub"), "iCloud"),
    (PureWindowsPath("G:\\My Drive\\hub"), "Google Drive"),
    (PureWindowsPath("C:\\Users\\Anna\\Dropbox (Personal)\\hub"), "Dropbox"),
    (PureWindowsPath("C:\\hub"), ""),
    (PurePosixPath("/Users/anna/Library/Mobile Documents/com~apple~CloudDocs/hub"), "iCloud"),
    (PurePosixPath("/Users/anna/Library/CloudStorage/OneDrive-Yhdistys/hub"), "OneDrive"),
    (PurePosixPath("/Users/anna/Library/CloudStorage/GoogleDrive-anna@example.org/My Drive/hub"), "Google Drive"),
    (PurePosixPath("/Users/anna/Library/CloudStorage/Box-Box/hub"), "a cloud storage service"),
    (PurePosixPath("/people/anna/Nextcloud/hub"), "Nextcloud"),
    (PurePosixPath("/people/anna/Dropbox/hub"), "Dropbox"),
    (PurePosixPath("/people/anna/dropbox-free/hub"), "Dropbox"),
    (PurePosixPath("/srv/nextclouds/hub"), ""),
])
def test_known_by_the_names_on_the_way(folder: PureWindowsPath | PurePosixPath, program: str) -> None:
    assert by_name(folder, ONEDRIVE if isinstance(folder, PureWindowsPath) else {}) == program


@pytest.mark.parametrize(("marker", "program"), [
    (".sync_0a1b2c3d4e5f.db", "Nextcloud"), (".nextcloudsync.log", "Nextcloud"), (".dropbox.cache", "Dropbox"),
    (".stfolder", "Syncthing"), (".tmp.driveupload", "Google Drive"), (".dropbox", ""), ("sync.db", ""),
])
def test_known_by_what_the_program_left_there(tmp_path: Path, marker: str, program: str) -> None:
    (tmp_path / marker).touch()
    assert by_markers(tmp_path / "files" / "hub") == program
    found = synced(tmp_path / "files" / "hub", {})
    assert found.state == ("warning" if program else "fine")
    assert program in found.text


# ---- rights

@posix
def test_who_may_look_into_it(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "key").touch(mode=0o600)
    tmp_path.chmod(0o700)
    assert rights(tmp_path).state == "fine"
    tmp_path.chmod(0o755)
    found = rights(tmp_path)
    assert (found.state, found.cure) == ("warning", f"Run chmod 700 {tmp_path}.")
    tmp_path.chmod(0o700)
    for number in range(5):
        (secrets / f"s{number}").touch()
        (secrets / f"s{number}").chmod(0o644)
    found = rights(tmp_path)
    assert found.state == "wrong"
    assert "secrets/s0, secrets/s1, secrets/s2 and 2 more" in found.text
    assert "change it" in found.cure


def test_where_there_are_no_modes_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Windows:
        name = "nt"

    monkeypatch.setattr(rights_module, "os", Windows)
    assert rights(tmp_path).state == "unknown"


# ---- room

@pytest.mark.parametrize(("free", "database", "state"), [
    (99, 1, "wrong"), (101, 1, "warning"), (499, 1, "warning"), (501, 1, "fine"), (900, 1000, "wrong"), (1001, 1000, "warning"),
    (3001, 1000, "fine"),
])
def test_room(free: int, database: int, state: str) -> None:
    found = room_judged(free * MB, database * MB)
    assert found.state == state
    assert f"{free:,} MB are free" in found.text


def test_room_of_a_folder_that_is_still_to_be_made(tmp_path: Path) -> None:
    assert "MB are free" in room(tmp_path / "not" / "there").text
