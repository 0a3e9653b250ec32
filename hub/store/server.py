"""What a PostgreSQL server says of itself and of the way to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from hub.store import migrate
from hub.store.address import Address, engine_of
from hub.store.examining import told


@dataclass(frozen=True, slots=True)
class Server:
    """``version``: as server_version_num (180004 is 18.4); ``schema``: of the hub's tables, "" where there are none;
    ``ahead_s``: of this computer's clock; ``size``: of the database, bytes; ``durable``: what it says is stored is on its disk;
    ``pooled``: something between here and there shares its connections."""

    version: int
    encoding: str
    time_zone: str
    schema: str
    may_make_tables: bool
    writable: bool
    durable: bool
    size: int
    ahead_s: float
    network: bool
    encrypted: bool
    pooled: bool


_ASKED = """
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
           current_setting('TimeZone') AS time_zone,
           coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_make_tables,
           NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off' AS writable,
           current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off' AS durable,
           pg_database_size(current_database()) AS size, extract(epoch FROM clock_timestamp())::float8 AS at,
           pg_backend_pid() AS pid
"""
"""https://www.postgresql.org/docs/current/functions-info.html, functions-admin.html, read 2026-11-30."""


def asked(url: Address, now: Callable[[], float] = time.time) -> Server | None:
    """None for another database than PostgreSQL. Changes nothing. Raises ConfigError, and StoreError for one that cannot be
    asked."""
    engine = engine_of(url)
    try:
        if engine.name != "postgresql":
            return None
        with engine.connect() as sql:
            before = now()
            row = sql.execute(text(_ASKED)).one()._asdict()
            ahead_s, served_by = row.pop("at") - (before + now()) / 2, row.pop("pid")
            network, encrypted, told_by = _way(sql)
            return Server(**row, schema=migrate.revision(sql), ahead_s=ahead_s, network=network, encrypted=encrypted,
                          pooled=served_by != told_by)
    except DatabaseError as e:
        raise told(e) from None
    finally:
        engine.dispose()


def _way(sql: Connection) -> tuple[bool, bool, int]:
    """Over a network? Encrypted? And the process that the other end says it is: a pooler says another than the server."""
    driver = sql.connection.driver_connection
    assert driver is not None
    address = driver.info.hostaddr  # "" over a socket in the file system
    return bool(address) and not ip_address(address).is_loopback, bool(driver.pgconn.ssl_in_use), int(driver.info.backend_pid)
