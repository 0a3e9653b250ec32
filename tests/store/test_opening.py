"""Opening a database, and what a person is told when it cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from store_support import MASTER, Open

from hub.errors import StoreBusy, StoreError, StoreFull, StoreNewer
from hub.store import contacts
from hub.store.contacts import ContactRow
from hub.store.seal import SealBroken
from hub.store.store import Store, sqlite_url


@pytest.mark.fault("S17", guard="hub.store.migrate:refuse")
def test_newer_database_is_refused(open_store: Open, url: str) -> None:
    with open_store().engine.begin() as sql:
        sql.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreNewer, match=r"newer contact-hub \(schema 9999\). Install that version or a later one"):
        Store.open(url, MASTER)


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_newer_file_stays_as_it_is_to_the_byte(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "hub.db"
    Store.open(sqlite_url(path), MASTER).close()
    with closing(sqlite3.connect(path)) as sql:
        sql.execute("UPDATE alembic_version SET version_num = '9999'")
        sql.commit()
        sql.execute(f"PRAGMA journal_mode={mode}")
    before = path.read_bytes()
    with pytest.raises(StoreNewer):
        Store.open(sqlite_url(path), MASTER)
    assert path.read_bytes() == before


def test_database_of_another_program_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as sql:
        sql.execute("CREATE TABLE member (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="other tables than contact-hub's; nothing was changed"):
        Store.open(sqlite_url(path), MASTER)
    assert path.read_bytes() == before


def test_wrong_master_key(open_store: Open, url: str) -> None:
    open_store()
    with pytest.raises(SealBroken, match=r"The master key does not fit this database\. Restore the key file"):
        Store.open(url, bytes(32))


def test_master_key_of_a_wrong_length(url: str) -> None:
    with pytest.raises(StoreError, match="must have 32 bytes; it has 5"):
        Store.open(url, b"short")


def test_right_key_opens_what_was_written(open_store: Open) -> None:
    first = open_store()
    with first.writing() as tx:
        contacts.save_contacts(tx, [ContactRow("c1", "contact")], ())
    with open_store().reading() as tx:
        assert contacts.load_contacts(tx, ["c1"])["c1"].entity == "contact"


def test_workspaces_share_a_database_and_nothing_else(open_store: Open) -> None:
    here, there = open_store(workspace="here"), open_store(workspace="there")
    with here.writing() as tx:
        contacts.save_contacts(tx, [ContactRow("c1", "contact")], ())
        assert [tx.next_seq(), tx.next_seq()] == [1, 2]
    with there.writing() as tx:
        assert contacts.load_contacts(tx, ["c1"]) == {}
        contacts.save_contacts(tx, [ContactRow("c1", "contact")], ())
        assert tx.next_seq() == 1
    there.take_lease("another run")
    here.take_lease("one run")


# ---- SQLite files in trouble

def _add(store: Store, id_: str, size: int = 0) -> None:
    with store.writing() as tx:
        contacts.save_contacts(tx, [ContactRow(id_, "contact", state="x" * size or "live")], ())


def _known(store: Store) -> set[str]:
    with store.reading() as tx:
        return set(contacts.load_contacts(tx, ["c1", "c2"]))


def test_full_disk_loses_nothing(tmp_path: Path) -> None:
    store = Store.open(sqlite_url(tmp_path / "hub.db"), MASTER)
    _add(store, "c1")
    full = True

    @event.listens_for(store.engine, "begin")
    def _limit(connection: Any) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages if full else pages + 10_000}")

    with pytest.raises(StoreFull, match=r"disk is full, read-only or not there\. Nothing was lost; make room"):
        _add(store, "c2", size=100_000)
    assert _known(store) == {"c1"}
    full = False
    _add(store, "c2", size=100_000)
    assert _known(store) == {"c1", "c2"}
    store.close()


def test_read_only_file(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    store = Store.open(sqlite_url(path), MASTER)
    _add(store, "c1")
    store.close()
    stiff = Store.open(f"sqlite:///file:{path.as_posix()}?mode=ro&uri=true", MASTER)
    with pytest.raises(StoreFull, match="read-only"):
        _add(stiff, "c2")
    with pytest.raises(StoreFull, match="read-only"):
        stiff.take_lease("a run")
    assert _known(stiff) == {"c1"}
    stiff.close()


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreFull, match="not there"):
        Store.open(sqlite_url(tmp_path / "gone" / "hub.db"), MASTER)


def test_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"These are my holiday notes. " * 400)
    with pytest.raises(StoreError, match=r"damaged\. Restore the newest backup; the systems themselves are untouched"):
        Store.open(sqlite_url(path), MASTER)


@pytest.mark.fault("S15", guard="hub.store.address:engine_of")
def test_a_commit_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    """SQLite waits for the disk with each commit only where it is told to (PRAGMA synchronous: 2 is FULL)."""
    store = Store.open(sqlite_url(tmp_path / "hub.db"), MASTER)
    with store.writing() as tx:
        assert tx.sql.execute(text("PRAGMA synchronous")).scalar_one() == 2
    store.close()


@pytest.mark.fault("S6", guard="hub.store.store:translated")
def test_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    store = Store.open(sqlite_url(path), MASTER)
    for n in range(200):
        _add(store, f"c{n}", size=2_000)
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3] + bytes(len(whole) - len(whole) // 3))
    damaged = Store.open(sqlite_url(path), MASTER)
    with pytest.raises(StoreError, match=r"damaged\. Restore the newest backup"), damaged.writing() as tx:
        contacts.load_contacts(tx, [f"c{n}" for n in range(200)])
        contacts.save_contacts(tx, [ContactRow(f"d{n}", "contact") for n in range(200)], ())
    damaged.close()


def test_file_another_program_holds(tmp_path: Path) -> None:
    store = Store.open(sqlite_url(tmp_path / "hub.db"), MASTER)

    @event.listens_for(store.engine, "connect")
    def _impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    store.engine.dispose()
    with closing(sqlite3.connect(tmp_path / "hub.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="in use by another process"):
            _add(store, "c1")
        with pytest.raises(StoreBusy, match="in use by another process"):
            store.take_lease("a run")
    _add(store, "c1")
    store.close()


@pytest.mark.parametrize(("said", "error", "cure"), [
    ('connection to server at "127.0.0.1", port 5432 failed: Connection refused', StoreError, "see that it runs"),
    ("server closed the connection unexpectedly", StoreError, "see that it runs"),
    ('could not extend file "base/1/2": No space left on device', StoreFull, "make room"),
    ("cannot execute INSERT in a read-only transaction", StoreFull, "read-only"),
])
def test_what_a_server_says_is_told_with_its_cure(store: Store, said: str, error: type[StoreError], cure: str) -> None:
    with pytest.raises(error, match=cure) as caught, store.writing():
        raise OperationalError("INSERT …", {}, RuntimeError(said))
    assert type(caught.value) is error and said not in str(caught.value)


def test_errors_of_the_database_show_no_values(open_store: Open) -> None:
    """What we bind is never part of an error's text; sealed or not."""
    with pytest.raises(Exception, match="parameters hidden") as caught, open_store().writing() as tx:
        tx.sql.execute(text("INSERT INTO no_such_table VALUES (:name)"), {"name": "Anna Virtanen"})
    assert "Anna" not in str(caught.value)
