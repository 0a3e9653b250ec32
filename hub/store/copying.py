"""The database file as a whole: copied while it is in use, and made harmless after it was brought back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, delete, update

from hub.errors import StoreError
from hub.store import tables as t


def copy_database(engine: Engine, path: Path) -> None:
    """Copy an SQLite database to the new file ``path`` by SQLite's online backup: one moment of it, whoever reads or
    writes meanwhile. The copy is one file and is checked. Raises StoreError with the cure."""
    raw = engine.raw_connection()
    try:
        source = raw.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise StoreError("This database is no SQLite file; back it up with the tools of its server.")
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
