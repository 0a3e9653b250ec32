"""backup and restore: what is in a backup, what comes back, and that nothing is written before somebody says so."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
from pathlib import Path

import pytest
from cli_support import CONFIG, Place, person
from test_cli_story import met

from hub.store import migrate

pytestmark = pytest.mark.in_a_file
"""What becomes of a database elsewhere is in test_cli_postgres.py."""


def made(place: Place, *args: str) -> Path:
    return Path(place.json("backup", *args)["file"])


def again(place: Place, name: str = "again") -> Place:
    return Place(place.folder.parent / name, place.crm, place.mail)


def key_of(place: Place) -> Path:
    return place.folder / "secrets" / "master.key"


@pytest.mark.fault("X12", guard="hub.backup.making:_write")
@pytest.mark.fault("X14", guard="hub.backup.making:_write")
def test_what_is_in_a_backup_and_what_never_is(place: Place) -> None:
    met(place)
    (place.folder / "mappings").mkdir()
    (place.folder / "mappings" / "other.toml").write_text("# nothing yet\n", encoding="utf-8")
    (place.folder / "secrets" / "crm").write_text("canary-in-plain", encoding="utf-8")
    (place.folder / "secrets" / "token.sealed").write_bytes(b"sealed")
    told = place.json("backup")
    with zipfile.ZipFile(told["file"]) as whole:
        manifest = json.loads(whole.read("manifest.json"))
        held = {name: whole.read(name) for name in whole.namelist()}
    assert set(held) == {"manifest.json", "state/hub.db", "config/hub.toml", "mappings/other.toml", "secrets/token.sealed"}
    assert {f["name"]: f["sha256"] for f in manifest["files"]} == {
        name: hashlib.sha256(body).hexdigest() for name, body in held.items() if name != "manifest.json"}
    assert manifest["left_out"] == told["left_out"] == ["secrets/crm"]
    for never in (key_of(place).read_bytes(), key_of(place).read_bytes().hex().encode(), b"canary-in-plain", b"Virtanen"):
        assert not any(never in body for body in held.values())
    assert told["key"] == str(key_of(place))
    said = place.run("backup").out
    assert str(key_of(place)) in said
    assert "apart from the backups" in said


def test_a_backup_is_made_while_the_database_is_in_use(place: Place, tmp_path: Path) -> None:
    met(place)
    with sqlite3.connect(place.folder / "state" / "hub.db") as busy:
        busy.execute("BEGIN")
        busy.execute("SELECT count(*) FROM contact").fetchone()
        file = made(place)
    busy.close()
    with zipfile.ZipFile(file) as whole:
        whole.extract("state/hub.db", tmp_path / "out")
    with sqlite3.connect(tmp_path / "out" / "state" / "hub.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM contact WHERE state = 'live'").fetchone() == (2,)
    copy.close()


def test_the_newest_are_kept_and_status_tells_their_age(place: Place, tmp_path: Path) -> None:
    assert place.json("status")["backup"] is None
    assert "There is no backup yet" in place.run("status").out
    first = made(place)
    strange = first.with_name("holiday.zip")
    strange.write_bytes(b"mine")
    for _ in range(3):
        last = made(place, "--keep", "2")
    assert not first.exists()
    assert strange.exists()
    assert len(list(first.parent.glob("contact-hub-*.zip"))) == 2
    kept = place.json("status")["backup"]
    assert (kept["file"], kept["kept"]) == (str(last), 2)
    assert "0 minutes old" in place.run("status").out
    assert made(place, "--to", str(tmp_path / "usb"), "--keep", "1").parent == tmp_path / "usb"
    assert len(list(first.parent.glob("contact-hub-*.zip"))) == 2


@pytest.mark.fault("S7", guard="hub.backup.restoring:restored")
def test_a_restored_workspace_compares_and_writes_only_after_two_yeses(place: Place) -> None:
    met(place)
    file = made(place)
    there = again(place)
    told = place.json("restore", str(file), str(there.folder), "--key", str(key_of(place)))
    assert (told["has_key"], told["files"]) == (True, 2)
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    before = place.mail.records()
    assert "only reads and compares" in there.run("plan").out
    assert there.json("status")["restored"]["file"] == file.name
    assert "restore --confirm" in there.run("status").out
    plan = there.folder / "plan.json"
    assert there.json("plan", "-o", str(plan))["plan"]["writes"] == 1
    for command in (["sync"], ["sync", "--approve"], ["apply", str(plan)]):
        ran = there.run(*command)
        assert ran.code == 3
        assert "hub restore --confirm" in ran.err
    assert place.mail.records() == before
    assert there.json("restore", "--confirm") == {"confirmed": True}
    assert there.json("restore", "--confirm") == {"confirmed": False}
    assert there.run("sync").code == 3  # what was approved before the restore does not count
    assert place.mail.records() == before
    assert there.json("sync", "--approve")["counts"]["created"] == 1
    assert there.json("sync")["counts"]["writes"] == 0
    assert there.json("explain", "bo@example.org")["name"] == "Bo Ek"


def test_without_its_key_a_restored_workspace_says_where_it_goes(place: Place) -> None:
    met(place)
    (place.folder / "secrets" / "crm").write_text("plain", encoding="utf-8")
    there = again(place)
    ran = place.run("restore", str(made(place)), str(there.folder))
    assert ran.code == 0
    assert str(key_of(there)) in ran.out
    assert "secrets/crm" in ran.out
    refused = there.run("status")
    assert refused.code == 1
    assert "master.key is missing" in refused.err
    key_of(there).parent.mkdir(exist_ok=True)
    shutil.copy(key_of(place), key_of(there))
    assert there.json("status")["contacts"]["live"] == 2


def test_what_cannot_be_restored_leaves_nothing_behind(place: Place, tmp_path: Path) -> None:
    met(place)
    file = made(place)
    for bad, says in (("cut", "damaged"), ("changed", "config/hub.toml is not what was backed up"), ("elsewhere", "holds a file"),
                      ("other", "no manifest"), ("newer", "newer contact-hub")):
        there = again(place, bad)
        ran = place.run("restore", str(spoilt(file, tmp_path, bad)), str(there.folder))
        assert ran.code in (1, 2), bad
        assert says in ran.err, bad
        assert not there.folder.exists(), bad
    assert not (tmp_path / "evil.toml").exists()
    full = again(place, "full")
    full.folder.mkdir()
    (full.folder / "letter.txt").write_text("mine", encoding="utf-8")
    refused = place.run("restore", str(file), str(full.folder))
    assert refused.code == 2
    assert "overwrites nothing" in refused.err
    assert [p.name for p in full.folder.iterdir()] == ["letter.txt"]
    wrong = tmp_path / "wrong.key"
    wrong.write_bytes(bytes(32))
    refused = place.run("restore", str(file), str(again(place).folder), "--key", str(wrong))
    assert (refused.code, "not the one this backup needs" in refused.err) == (2, True)
    assert place.run("restore").code == 2
    assert place.run("restore", str(tmp_path / "none.zip"), str(tmp_path / "x")).code == 1


def spoilt(file: Path, folder: Path, how: str) -> Path:
    """A copy of a backup with something wrong."""
    out = folder / f"{how}.zip"
    if how == "cut":
        out.write_bytes(file.read_bytes()[:-400])
        return out
    with zipfile.ZipFile(file) as whole:
        held = {name: whole.read(name) for name in whole.namelist()}
    manifest = json.loads(held["manifest.json"])
    if how == "changed":
        held["config/hub.toml"] += b"# one more line\n"
    elif how == "elsewhere":
        manifest["files"].append({"name": "config/../../evil.toml", "size": 0, "sha256": hashlib.sha256().hexdigest()})
        held["config/../../evil.toml"] = b""
    elif how == "newer":
        manifest["version"] = 99
    held["manifest.json"] = json.dumps(manifest).encode() if how != "other" else b"[]"
    with zipfile.ZipFile(out, "w") as whole:
        for name, body in held.items():
            whole.writestr(name, body)
    return out


def test_a_database_outside_the_workspace_is_backed_up_too(place: Place, tmp_path: Path) -> None:
    far = tmp_path / "far.db"
    place.write(CONFIG.replace("quiet_s = 0", f'quiet_s = 0\ndatabase = "sqlite:///{far.as_posix()}"'))
    met(place)
    with zipfile.ZipFile(made(place)) as whole:
        assert "state/hub.db" in whole.namelist()
    assert far.exists() and not (place.folder / "state" / "hub.db").exists()


@pytest.mark.fault("S4", guard="hub.store.migrate:upgrade")
def test_there_is_a_backup_before_a_migration(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database as the first schema left it is copied, then migrated; a new one needs no backup."""
    met(place)
    assert not (place.folder / "backups").exists()
    with sqlite3.connect(place.folder / "state" / "hub.db") as sql:
        sql.execute("ALTER TABLE parked DROP COLUMN dismissed_by")
        for table in ("uncompared", "erasure", "suppression", "returned"):
            sql.execute(f"DROP TABLE {table}")
        sql.execute("UPDATE alembic_version SET version_num = '0001'")
    sql.close()
    assert place.json("status")["contacts"]["live"] == 2
    (file,) = (place.folder / "backups").glob("*.zip")
    with zipfile.ZipFile(file) as whole:
        assert json.loads(whole.read("manifest.json"))["cause"] == "before a migration"
        whole.extract("state/hub.db", place.folder / "out")
    with sqlite3.connect(place.folder / "out" / "state" / "hub.db") as copy, \
            sqlite3.connect(place.folder / "state" / "hub.db") as now:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert now.execute("SELECT version_num FROM alembic_version").fetchone() == (migrate.NEWEST,)
    copy.close()
    now.close()
    assert place.json("sync")["counts"]["writes"] == 0


def test_total_loss_of_the_database_writes_nothing_and_one_approval_links_all_again(place: Place) -> None:
    met(place)
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org", notes="since 2019"))
    place.json("sync", "--approve")
    for file in (place.folder / "state").glob("hub.db*"):
        file.unlink()
    before = place.crm.records(), place.mail.records()
    lost = place.json("sync", "--approve")
    assert (lost["counts"]["created"], lost["counts"]["updated"], lost["counts"]["deleted"]) == (0, 0, 0)
    assert lost["plan"]["writes"] == 0
    assert lost["counts"]["joined"] == 2  # Bo and Cy, whom the hub made itself
    assert place.json("matches", "accept", "sure")["pairs"] == 1
    assert place.json("sync", "--approve")["counts"]["writes"] == 0
    assert place.json("status")["contacts"]["live"] == 3
    assert place.json("sync")["counts"]["writes"] == 0
    assert (place.crm.records(), place.mail.records()) == before


def test_a_restore_to_an_older_day_undoes_nothing_that_was_written_since(place: Place) -> None:
    """What the hub itself wrote since looks like edits, made alike everywhere."""
    met(place)
    file = made(place)
    by_name = {r["given"]: k for k, r in place.crm.records().items()}
    place.crm.user_edit(by_name["Anna"], {"family": "Aho", "notes": "moved"})
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    place.json("sync", "--approve")
    assert {r["given"]: r["family"] for r in place.mail.records().values()} == {"Anna": "Aho", "Bo": "Ek", "Cy": "Dahl"}
    before = place.crm.records(), place.mail.records()
    there = again(place)
    place.json("restore", str(file), str(there.folder), "--key", str(key_of(place)))
    assert there.json("plan")["plan"]["writes"] == 0
    assert there.json("conflicts", "list") == []
    assert there.json("matches", "list") == []  # Cy, made since, says by its key whose copy it is
    assert there.json("status")["contacts"]["live"] == 3
    there.json("restore", "--confirm")
    assert there.json("sync", "--approve")["counts"]["writes"] == 0
    assert (place.crm.records(), place.mail.records()) == before
