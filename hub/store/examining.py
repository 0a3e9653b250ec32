"""A database looked over: is it whole, ours, readable with this key, and how new is what stands in it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from hub.errors import StoreError
from hub.store import migrate
from hub.store import tables as t
from hub.store.address import Address, engine_of
from hub.store.seal import INSTALLATION, Keyring
from hub.store.store import translated

_MOMENTS = (t.run.c.started_at, t.run.c.ended_at, t.journal.c.at, t.plan.c.made_at, t.system.c.pulled_at)


def in_use(url: Address) -> bool:
    """Does the database at ``url`` hold what only its master key opens? Makes no file. Raises ConfigError and StoreError."""
    if _no_file(url):
        return False
    engine = engine_of(url)
    try:
        with _reading(engine) as sql:
            return _installed(sql) and sql.execute(select(t.installation.c.check).limit(1)).first() is not None
    except DatabaseError as e:
        raise told(e) from None
    finally:
        engine.dispose()


def examine(url: Address, master: bytes) -> float | None:
    """The newest moment that stands in a database (unix seconds; None: nothing happened yet). Changes nothing, migrates
    nothing and makes no file. Raises ConfigError, and StoreError for a database that is damaged, not ours, too new, sealed
    with another key, or that cannot be reached."""
    if _no_file(url):
        return None
    engine = engine_of(url)
    try:
        _must_be_whole(engine)
        migrate.refuse(engine)
        with _reading(engine) as sql:
            if not _installed(sql):
                return None
            keys = Keyring(master)
            for row in sql.execute(select(t.installation.c.check)):
                keys.learn({INSTALLATION: row.check})
            found = [sql.execute(select(func.max(moment))).scalar() for moment in _MOMENTS]
            return max((m for m in found if m is not None), default=None)
    except DatabaseError as e:
        raise told(e) from None
    finally:
        engine.dispose()


def told(e: DatabaseError) -> StoreError:
    """Of a database that was only looked at: what a person must do."""
    try:
        return translated(e)
    except DatabaseError:
        return StoreError(f"The database cannot be read ({e.orig}). See that it is one of contact-hub's; else restore the newest "
                          "backup with `hub restore`.")


def _no_file(url: Address) -> bool:
    """Is it an SQLite file that is not there? Looking would make it."""
    engine = engine_of(url)
    engine.dispose()
    file = make_url(url).database
    return engine.name == "sqlite" and bool(file) and not str(file).startswith("file:") and not Path(str(file)).exists()


def _must_be_whole(engine: Engine) -> None:
    if engine.name != "sqlite":
        return
    with _reading(engine) as sql:
        if sql.exec_driver_sql("PRAGMA quick_check(1)").scalars().all() != ["ok"]:
            raise StoreError("The database file is damaged. Restore the newest backup with `hub restore`; the systems "
                             "themselves are untouched.")


def _reading(engine: Engine) -> Connection:
    return engine.connect().execution_options(reading=True)


def _installed(sql: Connection) -> bool:
    return inspect(sql).has_table(t.installation.name)
