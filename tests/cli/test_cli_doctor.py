"""doctor, and what init refuses or warns of."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cli_support import Place, person
from click.testing import CliRunner

from hub.cli import cli
from hub.doctor import disk, examining, room
from hub.doctor.disk import Mounted
from hub.sealed import seal
from hub.store.store import sqlite_url
from hub.workspace import master_key

pytestmark = pytest.mark.in_a_file
"""What it says of a server is in test_cli_postgres.py."""


@pytest.fixture
def lived_in(place: Place) -> Place:
    """A workspace with a run, a backup and rights as they should be."""
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    assert place.run("plan").code == 0
    assert place.run("backup").code == 0
    place.folder.chmod(0o700)
    return place


def found(place: Place) -> dict[str, dict[str, Any]]:
    """What was looked at → what was found; the exit code is 1 exactly when something is wrong."""
    ran = place.run("doctor", "--json")
    assert ran.code == (1 if ran.data["wrong"] else 0)
    told = {f["check"]: f for f in ran.data["findings"]}
    assert all(f["cure"] for f in told.values() if f["state"] in ("wrong", "warning"))
    return told


def test_a_workspace_that_is_well(lived_in: Place) -> None:
    told = found(lived_in)
    assert list(told) == ["disk", "synced folder", "rights", "room", "config", "plugins", "system crm", "system mail",
                          "master key", "database", "clock", "backup"]
    assert {name for name, f in told.items() if f["state"] == "wrong"} == set()
    assert [told[name]["state"] for name in ("config", "system crm", "master key", "database", "clock", "backup")] == ["fine"] * 6
    assert told["plugins"]["state"] == "warning"  # one of the test's plugins is broken, and no system needs it
    shown = lived_in.run("doctor").out
    assert "WARNING      plugins: The plugin broken" in shown
    assert "→ Install another version" in shown
    assert shown.rstrip().endswith("0 things wrong, 1 warning.")


def test_a_lost_key(lived_in: Place) -> None:
    key = lived_in.folder / "secrets" / "master.key"
    content = key.read_bytes()
    key.unlink()
    told = found(lived_in)
    assert told["master key"]["state"] == "wrong"
    assert "no new key was made" in told["master key"]["text"]
    assert "--again" in told["master key"]["cure"]
    assert told["database"]["state"] == "unknown"
    key.write_bytes(bytes(32))
    assert "does not fit" in found(lived_in)["database"]["text"]
    key.write_bytes(b"short")
    assert "damaged" in found(lived_in)["master key"]["text"]
    key.write_bytes(content)
    assert found(lived_in)["database"]["state"] == "fine"


def test_a_lost_key_with_sealed_secrets_alone(place: Place) -> None:
    assert found(place)["master key"]["state"] == "warning"  # nothing happened here yet
    seal(place.folder, master_key(place.folder), "crm-key", "kanarie" + "-7f3a")
    (place.folder / "secrets" / "master.key").unlink()
    assert found(place)["master key"]["state"] == "wrong"
    assert not (place.folder / "secrets" / "master.key").exists()


def test_a_sealed_secret_that_does_not_open(lived_in: Place) -> None:
    config = lived_in.config.read_text(encoding="utf-8")
    lived_in.write(config.replace('world = "mail"', 'world = "mail"\nkey = { sealed = "m" }'))
    told = found(lived_in)["system mail"]
    assert told["state"] == "wrong"
    assert "systems.mail.settings.key" in told["text"]
    assert "--again" in told["text"]
    seal(lived_in.folder, master_key(lived_in.folder), "m", "kanarie" + "-7f3a")
    assert found(lived_in)["system mail"]["state"] == "fine"


def test_a_damaged_and_a_newer_database(lived_in: Place) -> None:
    file = lived_in.folder / "state" / "hub.db"
    whole = file.read_bytes()
    with closing(sqlite3.connect(file)) as sql:
        sql.execute("UPDATE alembic_version SET version_num = '9999'")
        sql.commit()
    assert "newer contact-hub" in found(lived_in)["database"]["text"]
    file.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    told = found(lived_in)["database"]
    assert (told["state"], "damaged" in told["text"], "newest backup" in told["text"]) == ("wrong", True, True)


def test_a_database_elsewhere(lived_in: Place, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "elsewhere.db")
    lived_in.write(lived_in.config.read_text(encoding="utf-8").replace("quiet_s = 0", f'quiet_s = 0\ndatabase = "{url}"'))
    told = found(lived_in)["database"]
    assert (told["state"], "moves there" in told["cure"]) == ("warning", True)
    assert lived_in.run("plan").code == 0
    told = found(lived_in)
    assert [told[name]["state"] for name in ("database", "backup")] == ["fine", "fine"]
    with closing(sqlite3.connect(tmp_path / "elsewhere.db")) as sql:
        sql.execute("UPDATE alembic_version SET version_num = '9999'")
        sql.commit()
    assert "newer contact-hub" in found(lived_in)["database"]["text"]


def test_a_clock_that_went_backward(lived_in: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(lived_in.folder / "state" / "hub.db")) as sql:
        sql.execute("UPDATE run SET started_at = started_at + 86400")
        sql.commit()
    told = found(lived_in)["clock"]
    assert (told["state"], "went backward" in told["text"]) == ("wrong", True)


def test_a_config_that_cannot_be_read_stops_no_other_question(lived_in: Place) -> None:
    lived_in.write("[hub]\nregoin = 'FI'\n")
    told = found(lived_in)
    assert told["config"]["state"] == "wrong"
    assert "region" in told["config"]["text"]
    assert told["database"]["state"] == "fine"


def test_without_a_workspace_it_says_how_to_make_one(tmp_path: Path) -> None:
    ran = CliRunner().invoke(cli, ["-C", str(tmp_path / "none"), "doctor"], catch_exceptions=False)
    assert ran.exit_code == 2
    assert "Make one with `hub init`" in ran.stderr


def test_nothing_is_changed(lived_in: Place) -> None:
    def files() -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in lived_in.folder.rglob("*") if p.is_file() and p.suffix not in (".log", ".db-shm")}

    before = files()
    found(lived_in)
    assert {n: c for n, c in files().items() if n != "hub.db-wal"} == {n: c for n, c in before.items() if n != "hub.db-wal"}


# ---- init

def init(folder: Path) -> Any:
    return CliRunner().invoke(cli, ["init", str(folder)], catch_exceptions=False)


@pytest.mark.parametrize(("trouble", "says"), [
    ((disk, "_mounted", lambda folder: Mounted("cifs", True)), ("network drive (cifs)", "Move the workspace")),
    ((room.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 1_000_000})), ("1 MB are free", "Make room")),
])
def test_init_refuses_where_a_workspace_would_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: tuple[Any, str, Any], says: tuple[str, ...]
) -> None:
    monkeypatch.setattr(*trouble)
    ran = init(tmp_path / "hub")
    assert ran.exit_code == 2
    assert all(words in ran.stderr for words in (*says, "Nothing was made."))
    assert not (tmp_path / "hub").exists()


def test_init_warns_of_a_folder_that_is_kept_the_same_elsewhere(tmp_path: Path) -> None:
    ran = init(tmp_path / "OneDrive - Yhdistys" / "hub")
    assert ran.exit_code == 0
    assert "Warning: The folder seems to be kept the same on several computers by OneDrive." in ran.stderr
    assert "Move the workspace out of the folder of OneDrive" in ran.stderr


def test_init_warns_of_a_wrong_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = examining.installed_at() + 86_400 * 365 * 30
    monkeypatch.setattr(examining, "installed_at", lambda: later)
    ran = init(tmp_path / "hub")
    assert ran.exit_code == 0
    assert "the clock went backward" in ran.stderr


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_init_makes_a_folder_for_its_owner_and_warns_of_one_that_others_see(tmp_path: Path) -> None:
    assert init(tmp_path / "new").exit_code == 0
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    (tmp_path / "old").mkdir()
    (tmp_path / "old").chmod(0o755)
    ran = init(tmp_path / "old")
    assert ran.exit_code == 0
    assert f"Warning: Every account of this computer may look into {tmp_path / 'old'}. Run chmod 700" in ran.stderr
