"""The database file looked over: is it whole, ours, readable with this key, and how new is what stands in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import DatabaseError

from hub.errors import StoreError
from hub.store import migrate
from hub.store import tables as t
from hub.store.seal import INSTALLATION, Keyring

_MOMENTS = (t.run.c.started_at, t.run.c.ended_at, t.journal.c.at, t.plan.c.made_at, t.system.c.pulled_at)


def examine(path: Path, master: bytes) -> float | None:
    """The newest moment that stands in an SQLite database (unix seconds; None: nothing happened yet). Changes nothing and
    migrates nothing. Raises StoreError for a file that is damaged, not ours, too new, or sealed with another key."""
    engine = create_engine("sqlite://", hide_parameters=True, creator=lambda: sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=30))
    try:
        with engine.connect() as sql:
            if sql.exec_driver_sql("PRAGMA quick_check(1)").scalars().all() != ["ok"]:
                raise StoreError("The database file is damaged. Restore the newest backup with `hub restore`; the systems "
                                 "themselves are untouched.")
        migrate.refuse(engine)
        with engine.connect() as sql:
            keys = Keyring(master)
            for row in sql.execute(select(t.installation.c.check)):
                keys.learn({INSTALLATION: row.check})
            found = [sql.execute(select(func.max(moment))).scalar() for moment in _MOMENTS]
            return max((m for m in found if m is not None), default=None)
    except DatabaseError as error:
        raise StoreError(f"The database cannot be read ({error.orig}). See that the file is one of contact-hub's and that you "
                         "may read and write it; else restore the newest backup with `hub restore`.") from None
    finally:
        engine.dispose()
