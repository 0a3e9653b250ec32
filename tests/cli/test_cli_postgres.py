"""A workspace whose database is on a PostgreSQL server: its password, its backups, moving there and back, what doctor says."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cli_support import CONFIG, Place, person
from postgres_server import GUARDED, rows_of, run_sql
from sqlalchemy.engine import make_url
from test_cli_story import met

from hub.app import Hub
from hub.errors import StoreBusy
from hub.store import migrate
from hub.store.store import sqlite_url

PASSWORD = "kanarie" + "-7f3a-of-the-database"


@pytest.fixture
def served(place: Place, new_postgres: Callable[[], str]) -> Place:
    place.database = place.database or new_postgres()
    place.write(CONFIG)
    return place


def named(place: Place, url: str, password: str) -> None:
    """The config says this address and this, as TOML, of its password."""
    place.write(CONFIG.replace("[hub]\n", f'[hub]\ndatabase = "{url}"\n{password}\n'))


@pytest.fixture
def guarded(served: Place) -> str:
    """The address for an account that needs a password there."""
    run_sql(served.database, f"DROP ROLE IF EXISTS {GUARDED}", f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'",
            f"GRANT {make_url(served.database).username} TO {GUARDED}")
    return make_url(served.database).set(username=GUARDED).render_as_string()


def test_the_password_is_referred_to_and_told_nowhere(
    served: Place, guarded: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    served.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    monkeypatch.setenv("HUB_DATABASE_PASSWORD", PASSWORD)
    named(served, guarded, 'database_password = { env = "HUB_DATABASE_PASSWORD" }')
    ran = [served.run(*words) for words in (["plan"], ["status"], ["backup"], ["systems", "--json"], ["doctor"])]
    assert [each.code for each in ran] == [0, 0, 0, 0, 1]  # doctor is not content with the tests' own server
    monkeypatch.setenv("HUB_DATABASE_PASSWORD", PASSWORD + "x")
    wrong = [served.run("status"), served.run("doctor")]
    assert [each.code for each in wrong] == [1, 1]
    assert "does not take the hub's account, or not its password" in wrong[0].err and "database_password" in wrong[1].out
    monkeypatch.delenv("HUB_DATABASE_PASSWORD")
    missing = served.run("status")
    assert missing.code == 2 and "hub.toml:3: hub.database_password: The environment variable" in missing.err
    told = "".join(each.out + each.err for each in (*ran, *wrong, missing))
    files = b"".join(path.read_bytes() for path in served.folder.rglob("*") if path.is_file())
    assert PASSWORD not in told and PASSWORD.encode() not in files


@pytest.mark.parametrize(("url", "password"), [
    (f"postgresql+psycopg://hub:{PASSWORD}@localhost/hub", ""),
    (f"postgresql+psycopg://hub@localhost/hub?password={PASSWORD}", ""),
    ("postgresql+psycopg://hub@localhost/hub", f'database_password = "{PASSWORD}"'),
    ("postgresql+psycopg://hub@localhost/hub", f'database_password = {{ plain = "{PASSWORD}" }}'),
    ("postgresql+psycopg://hub@localhost/hub", f'database_password = {{ env = "{PASSWORD}" }}'),
    ("", 'database_password = { env = "HUB_DATABASE_PASSWORD" }'),
])
def test_a_password_in_plain_is_refused_and_not_shown(place: Place, url: str, password: str) -> None:
    named(place, url, password)
    ran = place.run("status")
    assert ran.code == 2 and "hub.database" in ran.err and "hub.toml:" in ran.err and PASSWORD not in ran.err + ran.out


def test_a_backup_can_be_restored_to_either_database(served: Place, new_postgres: Callable[[], str], tmp_path: Path) -> None:
    met(served)
    before = rows_of(served.database)
    file = served.json("backup")["file"]
    assert "There is no backup yet" not in served.run("status").out
    with zipfile.ZipFile(file) as whole:
        held = whole.read("state/hub.db")
    assert b"Virtanen" not in held and b"bo@example.org" not in held and len(held) > 100_000
    there = Place(tmp_path / "again", served.crm, served.mail)
    key = served.folder / "secrets" / "master.key"
    served.json("restore", file, str(there.folder), "--key", str(key))
    assert rows_of(sqlite_url(there.folder / "state" / "hub.db")) == without_approvals(before)
    both = there.run("status")  # its config names the database that it was taken from
    assert both.code == 1 and "There are two databases" in both.err and (there.folder / "state" / "hub.db").exists()
    assert "state/hub.db" in there.run("doctor").out

    there.database = new_postgres()
    there.write(CONFIG)
    assert there.json("status")["contacts"]["live"] == 2
    assert not list((there.folder / "state").glob("hub.db*"))
    assert rows_of(there.database) == without_approvals(before, epochs=2)  # once in vain
    assert there.json("explain", "bo@example.org")["name"] == "Bo Ek"
    assert there.run("sync").code == 3 and "restore --confirm" in there.run("sync").err
    there.json("restore", "--confirm")
    there.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    assert there.json("sync", "--approve")["counts"]["created"] == 1  # its counters go on where the rows ended

    in_a_file = Place(tmp_path / "file", served.crm, served.mail)
    served.json("restore", file, str(in_a_file.folder), "--key", str(key))
    in_a_file.write(CONFIG)
    assert in_a_file.json("status")["contacts"]["live"] == 2


def without_approvals(rows: dict[str, list[Any]], epochs: int = 0) -> dict[str, list[Any]]:
    """As a restore leaves them; and after so many took the lease."""
    return {**moved(rows, epochs), "system": [{**row, "approved_plan": None} for row in rows["system"]]}


def moved(rows: dict[str, list[Any]], epochs: int = 1) -> dict[str, list[Any]]:
    """As they are where they moved to: nobody holds them, and who held them before may not."""
    return {**rows, "lease": [], "installation": [{**row, "epoch": row["epoch"] + epochs} for row in rows["installation"]]}


@pytest.mark.in_a_file
def test_a_workspace_moves_from_its_file_to_a_server(place: Place, new_postgres: Callable[[], str]) -> None:
    met(place)
    before = rows_of(sqlite_url(place.folder / "state" / "hub.db"))
    place.database = new_postgres()
    place.write(CONFIG)
    assert place.json("status")["restored"] is None
    assert rows_of(place.database) == moved(before) and not list((place.folder / "state").glob("hub.db*"))
    assert place.json("sync")["counts"]["writes"] == 0


@pytest.mark.in_a_file
def test_who_has_the_file_open_still_neither_loses_it_nor_goes_on_in_it(place: Place, new_postgres: Callable[[], str]) -> None:
    met(place)
    daemon = Hub.open(place.folder)
    daemon._lease()
    place.database = new_postgres()
    place.write(CONFIG)
    busy = place.run("status")
    assert busy.code == 1 and "Another run holds this workspace" in busy.err
    daemon._give_back()
    assert place.json("status")["contacts"]["live"] == 2
    with pytest.raises(StoreBusy, match=r"it moved to where hub\.toml says"):
        daemon._lease()
    asyncio.run(daemon.close())


def test_before_a_migration_there_is_a_backup_of_the_older_schema(served: Place) -> None:
    met(served)
    run_sql(served.database, "ALTER TABLE parked DROP COLUMN dismissed_by", "UPDATE alembic_version SET version_num = '0001'",
            *(f"DROP TABLE {table}" for table in ("uncompared", "erasure", "suppression", "returned")))
    told = {f["check"]: f for f in served.run("doctor", "--json").data["findings"]}
    assert told["server tables"]["state"] == "warning" and "schema 0001" in told["server tables"]["text"]
    assert served.json("status")["contacts"]["live"] == 2
    (file,) = (served.folder / "backups").glob("*.zip")
    with zipfile.ZipFile(file) as whole:
        assert json.loads(whole.read("manifest.json"))["cause"] == "before a migration"
        whole.extract("state/hub.db", served.folder / "out")
    with closing(sqlite3.connect(served.folder / "out" / "state" / "hub.db")) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert copy.execute("SELECT count(*) FROM contact WHERE state = 'live'").fetchone() == (2,)
    assert migrate.NEWEST != "0001" and served.json("sync")["counts"]["writes"] == 0


def test_doctor_looks_at_the_server(served: Place) -> None:
    assert served.run("plan").code == 0
    told = {f["check"]: f for f in served.run("doctor", "--json").data["findings"]}
    well = ("server tables", "server rights", "server clock", "server connection", "database")
    assert [told[name]["state"] for name in well] == ["fine"] * 5
    assert "on this computer" in told["server connection"]["text"]
    assert told["server"]["state"] == "wrong" and "fsync" in told["server"]["text"]  # the tests' own server is in a hurry
    served.database += "_is_not_there"
    served.write(CONFIG)
    gone = {f["check"]: f for f in served.run("doctor", "--json").data["findings"]}["server"]
    assert gone["state"] == "wrong" and "cannot be reached" in gone["text"]
