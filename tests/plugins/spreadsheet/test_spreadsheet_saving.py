"""A save happens whole or not at all, never over somebody else's, and never into a file that is open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from spreadsheet_files import connector, data, done, listed, refused, run, update, write

import hub_spreadsheet.settings
from hub.sdk import AuthFailed, Misconfigured, Transient, Unknown
from hub_spreadsheet.files import Disk
from hub_spreadsheet.settings import SpreadsheetSettings

TEXT = "hub-id,Name\n1,Anna\n2,Matti\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "members.csv"
    found.write_text(TEXT, encoding="utf-8")
    return found


class Meddling(Disk):
    """Somebody else saves the file ``times`` times, each time the hub is about to replace it."""

    def __init__(self, old: str, new: str, times: int = 1) -> None:
        self.old, self.new, self.times, self.armed = old, new, times, False

    def read(self, path: Path) -> bytes:
        if self.armed and self.times and any(path.parent.glob("*.hub-part")):
            self.times -= 1
            path.write_text(path.read_text(encoding="utf-8").replace(self.old, self.new), encoding="utf-8")
        return super().read(path)


def test_only_rows_that_changed_since_are_stale(path: Path) -> None:
    system = connector(path)
    anna, matti = listed(system).values()
    path.write_text(TEXT.replace("Anna", "Anni") + "3,Liisa\n", encoding="utf-8")
    results = write(system, update(anna, Name="Aino"), update(matti, Name="Mikko"))
    assert refused(results[0]) == ("stale", "The row was changed in the file meanwhile.")
    done(results[1:])
    assert path.read_text(encoding="utf-8") == "hub-id,Name\n1,Anni\n2,Mikko\n3,Liisa\n"


def test_a_save_by_somebody_else_at_the_last_moment_is_kept(path: Path) -> None:
    disk = Meddling("Anna", "Anni")
    system = connector(path, disk=disk)
    anna, matti = listed(system).values()
    disk.armed = True
    results = write(system, update(anna, Name="Aino"), update(matti, Name="Mikko"))
    assert refused(results[0])[0] == "stale"
    done(results[1:])
    assert path.read_text(encoding="utf-8") == "hub-id,Name\n1,Anni\n2,Mikko\n"


def test_somebody_who_never_stops_is_waited_for(path: Path) -> None:
    disk = Meddling("\n", "\n\n", times=99)
    system = connector(path, disk=disk)
    anna = listed(system)["1"]
    disk.armed = True
    assert refused(write(system, update(anna, Name="Aino"))[0]) == (
        "transient", "members.csv is saved by others again and again; it is tried later.")
    assert "Aino" not in path.read_text(encoding="utf-8")


def test_killed_between_writing_and_replacing(path: Path) -> None:
    """The old file is there whole, and the next save is not troubled by what was left."""
    program = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from hub_spreadsheet.files import Disk, File\n"
        "class Killed(Disk):\n"
        "    def replace(self, part, path):\n"
        "        os._exit(9)\n"
        "path = Path(sys.argv[1])\n"
        "File(path, 'board', Killed()).save(b'half', seen=path.read_bytes())\n"
    )
    plugins = str(Path(hub_spreadsheet.settings.__file__).parents[1])
    killed = subprocess.run([sys.executable, "-c", program, str(path), plugins], check=False)
    assert killed.returncode == 9
    assert path.read_text(encoding="utf-8") == TEXT
    assert sorted(each.name for each in path.parent.iterdir()) == [".members.csv.hub-part", "members.csv"]
    system = connector(path)
    done(write(system, update(listed(system)["1"], Name="Aino")))
    assert path.read_text(encoding="utf-8") == TEXT.replace("Anna", "Aino")
    assert [each.name for each in path.parent.iterdir()] == ["members.csv"]


@pytest.mark.parametrize(("lock", "program"), [("~$members.csv", "Excel"), (".~lock.members.csv#", "LibreOffice")])
def test_an_open_file_is_named_and_tried_again(path: Path, lock: str, program: str) -> None:
    system = connector(path)
    anna = listed(system)["1"]
    path.with_name(lock).write_bytes(b"\x04anna")
    assert data(system)["1"]["Name"] == "Anna", "reading goes on"
    said = (f"members.csv is open in {program}: close it; it is tried again. If it is not open any more, delete {lock} beside "
            "it.")
    assert run(system.check()).warnings == (said,)
    assert refused(write(system, update(anna, Name="Aino"))[0]) == ("transient", said)
    assert list(system.warnings) == [said], "the run tells it"
    assert path.read_text(encoding="utf-8") == TEXT
    path.with_name(lock).unlink()
    done(write(system, update(anna, Name="Aino")))
    assert list(system.warnings) == []


class Refusing(Disk):
    """``lands``: the replacing is done all the same, or something else is there."""

    def __init__(self, error: OSError, lands: str = "") -> None:
        self.error, self.lands = error, lands

    def replace(self, part: Path, path: Path) -> None:
        if self.lands == "ours":
            super().replace(part, path)
        elif self.lands:
            path.write_text(self.lands, encoding="utf-8")
        raise self.error


def test_windows_says_by_a_refusal_that_a_file_is_open(path: Path) -> None:
    system = connector(path, disk=Refusing(PermissionError(13, "Permission denied")))
    reaction, why = refused(write(system, update(listed(system)["1"], Name="Aino"))[0])
    assert (reaction, "it is open in another program" in why) == ("transient", True)
    assert [each.name for each in path.parent.iterdir()] == ["members.csv"]


def test_what_is_there_decides_what_was_done(path: Path) -> None:
    system = connector(path, disk=Refusing(OSError(5, "Input/output error"), "ours"))
    done(write(system, update(listed(system)["1"], Name="Aino")))
    system = connector(path, disk=Refusing(OSError(5, "Input/output error"), "hub-id,Name\n1,X\n"))
    assert write(system, update(listed(system)["1"], Name="Eva")) == [
        Unknown("members.csv was saved by somebody else at the same moment.")]


def test_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = connector(path)
    anna = listed(system)["1"]

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert refused(write(system, update(anna, Name="Aino"))[0]) == (
        "transient", "members.csv could not be saved (no space left on device); it is tried again.")
    assert path.read_text(encoding="utf-8") == TEXT
    assert [each.name for each in path.parent.iterdir()] == ["members.csv"]


def test_rights_and_links_stay(path: Path) -> None:
    if os.name == "posix":
        path.chmod(0o640)
    link = path.with_name("link.csv")
    try:
        link.symlink_to(path)
    except OSError:  # Windows without the right to make links
        link = path
    system = connector(link)
    done(write(system, update(listed(system)["1"], Name="Aino")))
    assert "Aino" in path.read_text(encoding="utf-8")
    assert link == path or link.is_symlink()
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o640


class Missing(Disk):
    def __init__(self, error: OSError | None = None, *, writable: bool = True) -> None:
        self.error, self.writable = error, writable

    def may_write(self, path: Path) -> bool:
        return self.writable

    def read(self, path: Path) -> bytes:
        if self.error is not None:
            raise self.error
        return super().read(path)


def test_what_stands_in_the_way_of_reading(path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"board: nobody\.csv is not there\. Correct the path"):
        listed(connector(path.with_name("nobody.csv")))
    with pytest.raises(Transient, match=r"members\.csv could not be read \(input/output error\)"):
        listed(connector(path, disk=Missing(OSError(5, "Input/output error"))))
    denied = Transient if os.name == "nt" else AuthFailed
    with pytest.raises(denied, match=r"members\.csv"):
        listed(connector(path, disk=Missing(PermissionError(13, "Permission denied"))))
    path.with_name("~$members.csv").write_bytes(b"")
    with pytest.raises(Transient, match="is open in Excel"):
        listed(connector(path, disk=Missing(PermissionError(13, "Permission denied"))))


def test_a_file_that_may_only_be_read(path: Path) -> None:
    system = connector(path, disk=Missing(writable=False))
    with pytest.raises(AuthFailed, match="may not be written by the account the hub runs under"):
        write(system, update(listed(system)["1"], Name="Aino"))


@pytest.mark.parametrize(("name", "says"), [
    ("old.xls", "the Excel format before 2007"), ("macros.xlsm", "a workbook with macros"),
    ("list.ods", "the OpenDocument format"),
    ("li\0st.csv", "without a NUL character"),
    ("list.pdf", "must be a .csv, .tsv, .txt or .xlsx, not .pdf"), ("list", "a file without an ending"),
])
def test_other_forms_are_refused_by_name(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        SpreadsheetSettings(path=tmp_path / name)


def test_settings_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for wrong in ({"path": "x.csv"}, {"encoding": "klingon"}, {"separator": '"'}, {"date_format": "d.m."}, {"header_row": 0}):
        with pytest.raises(ValueError, match="validation error"):
            SpreadsheetSettings.model_validate({"path": path, **wrong})
