"""A database as a whole: copied into a file while it is in use, moved into another one, and made harmless after it was
brought back. Sealed values stay sealed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    cast,
    column,
    create_engine,
    delete,
    func,
    insert,
    select,
    table,
    update,
)

from hub.errors import StoreError
from hub.store import migrate
from hub.store import tables as t
from hub.store.address import alone

ROWS = 500
"""Rows read and written at once."""


def copy_database(engine: Engine, path: Path) -> None:
    """Copy a database to the new SQLite file ``path``: one moment of it, whoever reads or writes meanwhile. Raises StoreError
    with the cure."""
    if engine.name == "sqlite":
        _copy_file(engine, path)
    else:
        _copy_rows(engine, path)


def _copy_file(engine: Engine, path: Path) -> None:
    """By SQLite's online backup. The copy is checked."""
    raw = engine.raw_connection()
    try:
        source = raw.driver_connection
        assert isinstance(source, sqlite3.Connection)
        target = sqlite3.connect(path)
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            found = target.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            target.close()
    except sqlite3.Error as e:
        raise StoreError(f"The database could not be copied ({e}). See that the disk has room and that the database is not "
                         "damaged; nothing was changed.") from None
    finally:
        raw.close()
    if found != ("ok",):
        raise StoreError("The database is damaged, so no backup was made of it and the older ones were kept. Restore the "
                         "newest of them with `hub restore`; the systems themselves are untouched.")


def _copy_rows(engine: Engine, path: Path) -> None:
    """The same migrations make the file that made the database, which may be an older one; then it gets its rows."""
    file = create_engine("sqlite://", creator=lambda: sqlite3.connect(path), hide_parameters=True)
    try:
        with _snapshot(engine) as source, file.begin() as target:
            migrate.make(target, migrate.revision(source))
            there = MetaData()
            there.reflect(target)
            _fill(source, target, [each for each in there.tables.values() if each.name != migrate.TABLE])
    finally:
        file.dispose()


def move_rows(source: Engine, target: Engine) -> None:
    """All rows of a database but its lease also into another, both at the newest schema; all or nothing. Raises StoreError where
    the other one holds something."""
    with _snapshot(source) as rows, target.begin() as sql:
        alone(sql)
        if sql.execute(select(t.installation.c.id).limit(1)).first() is not None:
            raise StoreError(
                "There are two databases: a file in state/ of this workspace, and the one that `database` in hub.toml names, "
                "which is not empty. Name an empty one, and what is in the file moves there; or take the file away if the other "
                "is right; or take `database` out of hub.toml if the file is. Nothing was changed.")
        _fill(rows, sql, [each for each in t.metadata.tables.values() if each is not t.lease])
        for each in t.metadata.tables.values() if target.name == "postgresql" else ():
            if (number := each.autoincrement_column) is not None:  # there numbers are given by a counter, which knows of no rows
                last = select(func.coalesce(func.max(number), 0) + 1).scalar_subquery()
                sql.execute(select(func.setval(func.pg_get_serial_sequence(each.name, number.name), last, False)))


def _snapshot(engine: Engine) -> Connection:
    options = {"reading": True} if engine.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    return engine.connect().execution_options(**options)


def _fill(source: Connection, target: Connection, tables: list[Table]) -> None:
    """JSON goes as the text it is, everything else by the types of ``tables``."""
    for each in tables:
        into = insert(table(each.name, *(column(c.name) for c in each.columns)))
        read = select(*(cast(c, Text).label(c.name) if isinstance(c.type, JSON) else c for c in each.columns))
        for rows in source.execute(read, execution_options={"yield_per": ROWS}).mappings().partitions():
            target.execute(into, [dict(row) for row in rows])


def forget_approvals(path: Path) -> None:
    """Of a database that was brought back: no system may be written to before a new plan is approved, and nobody holds
    it. Needs no key. Raises StoreError when it is no database of ours."""
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(path), hide_parameters=True)
    try:
        with engine.begin() as sql:
            sql.execute(update(t.system).values(approved_plan=None))
            sql.execute(delete(t.lease))
    except Exception as e:
        raise StoreError("The database in this backup is not one of contact-hub's, or it is damaged. Use an older backup; "
                         "nothing was restored.") from e
    finally:
        engine.dispose()
