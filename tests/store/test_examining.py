"""A database looked over: damaged, another program's, too new, another key's, or well."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from store_support import MASTER

from hub.errors import StoreError, StoreNewer
from hub.store.examining import examine, in_use
from hub.store.seal import SealBroken
from hub.store.store import Store, sqlite_url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hub.db"
    Store.open(sqlite_url(path), MASTER).close()
    return path


def test_a_whole_one(file: Path) -> None:
    assert examine(sqlite_url(file), MASTER) is None
    with closing(sqlite3.connect(file)) as sql:
        row = ("INSERT INTO run (workspace, id, kind, state, report, started_at, ended_at) "
               "VALUES ('main', ?, 'plan', 'done', '', ?, ?)")
        sql.executemany(row, [("r1", 1000.0, None), ("r2", 1.0, 2000.5)])
        sql.commit()
    assert examine(sqlite_url(file), MASTER) == 2000.5
    assert in_use(sqlite_url(file))


def test_one_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "hub.db")
    assert examine(url, MASTER) is None
    assert not in_use(url)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "hub.db").touch()
    assert examine(sqlite_url(tmp_path / "hub.db"), MASTER) is None


def test_a_damaged_one(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    with pytest.raises(StoreError, match="damaged"):
        examine(sqlite_url(file), MASTER)


def test_no_database_at_all(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"my holiday notes " * 100)
    with pytest.raises(StoreError, match="damaged"):
        examine(sqlite_url(tmp_path / "hub.db"), MASTER)


def test_another_programs(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "hub.db")) as sql:
        sql.execute("CREATE TABLE member (name TEXT)")
    with pytest.raises(StoreError, match="other tables than contact-hub's"):
        examine(sqlite_url(tmp_path / "hub.db"), MASTER)


def test_a_newer_one(file: Path) -> None:
    with closing(sqlite3.connect(file)) as sql:
        sql.execute("UPDATE alembic_version SET version_num = '9999'")
        sql.commit()
    before = file.read_bytes()
    with pytest.raises(StoreNewer, match="newer contact-hub"):
        examine(sqlite_url(file), MASTER)
    assert file.read_bytes() == before


def test_another_keys(file: Path) -> None:
    with pytest.raises(SealBroken, match="master key does not fit"):
        examine(sqlite_url(file), bytes(32))


def test_one_whose_tables_are_not_as_they_must_be(file: Path) -> None:
    with closing(sqlite3.connect(file)) as sql:
        sql.execute("ALTER TABLE run DROP COLUMN ended_at")
    with pytest.raises(StoreError, match=r"cannot be read \(no such column.*newest backup"):
        examine(sqlite_url(file), MASTER)
