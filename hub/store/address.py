"""Where a database is, and how a connection to it is set up: SQLite's files and PostgreSQL's servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from hub.errors import ConfigError

Address = str | URL
"""Where a database is. As a URL it may hold a password, which is shown nowhere: its text has *** there."""
WAIT_S = 30
"""How long a writer waits for another before it gives up."""
_SCHEMA_LOCK = 0x6875622D  # any number, always the same


def with_password(url: str, password: str) -> Address:
    """Raises ConfigError for a ``url`` that is none."""
    return _parsed(url).set(password=password)


def has_password(url: str) -> bool:
    """Does a password stand in this text? It would be read by whoever reads the file."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return False  # whoever opens it says so
    return bool(parsed.password) or not parsed.query.keys().isdisjoint({"password", "sslpassword"})


def is_file(url: Address, file: Path) -> bool:
    """Is this the address of that SQLite file? Raises ConfigError for a ``url`` that is none."""
    parsed = _parsed(url)
    return parsed.get_backend_name() == "sqlite" and Path(parsed.database or "").resolve() == file.resolve()


def engine_of(url: Address) -> Engine:
    """Raises ConfigError for a ``url`` that is none, or that needs a package which is not there. Connects to nothing yet."""
    parsed = _parsed(url)
    try:
        if parsed.get_backend_name() != "sqlite":
            return _served(url)
    except ImportError as e:
        raise ConfigError(f"`database` in hub.toml needs the package {e.name}: "
                          "run pip install 'contact-hub[postgres]'.") from None
    except ArgumentError:
        raise _no_address() from None
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": WAIT_S}, "hide_parameters": True}
    if parsed.database in (None, "", ":memory:"):
        options["poolclass"] = StaticPool
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={WAIT_S * 1000}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _served(url: Address) -> Engine:
    """A server may be started anew between two runs of a daemon; a lock is waited for as long as with SQLite."""
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
    if engine.name == "postgresql":

        @event.listens_for(engine, "connect")
        def _set_up(connection: Any, _record: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{WAIT_S}s'")
            connection.commit()

    return engine


def alone(sql: Connection) -> None:
    """Nobody else changes the schema, or installs itself, until this transaction ends. On SQLite its beginning said so."""
    if sql.engine.name == "postgresql":
        sql.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))


def write_ahead(engine: Engine) -> None:
    """Readers do not wait for the writer. Kept in the file, so it is said only once it is known to be ours."""
    if engine.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode=WAL")
        finally:
            raw.close()


def _parsed(url: Address) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise _no_address() from None


def _no_address() -> ConfigError:
    return ConfigError("`database` in hub.toml is no address of a database. Leave it out for a file in the workspace, or write "
                       "it like postgresql+psycopg://hub@localhost/hub.")
