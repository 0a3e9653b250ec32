"""Is the PostgreSQL server, where the database is kept on one, as the hub needs it?"""

from __future__ import annotations

from collections.abc import Iterator

from hub.doctor.finding import Finding
from hub.store.migrate import NEWEST
from hub.store.server import Server

CHECK, TABLES, RIGHTS, CLOCK, WAY = "server", "server tables", "server rights", "server clock", "server connection"
OLDEST = 15
"""The oldest that its makers still mend (https://www.postgresql.org/support/versioning/, 2026-11-30)."""
MOST_S = 5.0
"""Seconds that two clocks may differ without a word; a lease lasts two minutes."""
MB = 1_000_000


def server(found: Server) -> Iterator[Finding]:
    yield _itself(found)
    yield _tables(found.schema)
    yield _rights(found)
    yield _clock(found.ahead_s)
    yield _way(found)


def _itself(found: Server) -> Finding:
    shown = f"PostgreSQL {found.version // 10_000}.{found.version % 10_000}"
    if found.encoding != "UTF8":
        return Finding(CHECK, "wrong", f"The database is in {found.encoding}, where not every name can be written.",
                       "Make another one with `createdb -E UTF8 -T template0`, and name it in hub.toml.")
    if not found.durable:
        return Finding(CHECK, "wrong", "The server says that something is stored before it is (fsync or synchronous_commit is "
                       "off). What was sent to a system could be forgotten, and be sent again.",
                       "Set fsync and synchronous_commit to on in postgresql.conf.")
    if found.version < OLDEST * 10_000:
        return Finding(CHECK, "warning", f"The server is {shown}, which its makers do not mend any more.",
                       f"Bring it to version {OLDEST} or later.")
    return Finding(CHECK, "fine", f"{shown}, {found.encoding}, time zone {found.time_zone}; the database has "
                   f"{found.size // MB:,} MB. How much room the server has it does not say.")


def _tables(schema: str) -> Finding:
    if schema in ("", NEWEST):
        return Finding(TABLES, "fine", "Its tables are as this version needs them." if schema else "It has no tables yet.")
    return Finding(TABLES, "warning", f"Its tables are of another version (schema {schema}).",
                   "Those of an older one are changed by the next command, after a backup.")


def _rights(found: Server) -> Finding:
    if not found.writable:
        return Finding(RIGHTS, "wrong", "The server is a copy of another one, or lets nothing be written.",
                       "Name the server that is written to in hub.toml.")
    if not found.may_make_tables:
        return Finding(RIGHTS, "wrong", "The hub's account may make no tables there.",
                       "Make it the owner of its database: ALTER DATABASE … OWNER TO …, or GRANT CREATE on its schema.")
    return Finding(RIGHTS, "fine", "The hub's account may make and fill its tables.")


def _clock(ahead_s: float) -> Finding:
    if abs(ahead_s) > MOST_S:
        where = "ahead of" if ahead_s > 0 else "behind"
        return Finding(CLOCK, "warning", f"The server's clock is {abs(ahead_s):,.0f} s {where} this computer's. "
                       "Times come from here, but another computer that uses this database may be wrong.",
                       "Let both set their clocks by themselves (network time).")
    return Finding(CLOCK, "fine", "The server's clock and this computer's agree.")


def _way(found: Server) -> Finding:
    if found.network and not found.encrypted:
        return Finding(WAY, "warning", "What goes to the server over the network is not encrypted. Values of people are sealed; "
                       "names of systems, times and numbers are not.",
                       'Write ?sslmode=verify-full at the end of `database` in hub.toml; the server needs a certificate.')
    if found.pooled:
        return Finding(WAY, "warning", "A pooler stands between the hub and the server. One that changes the connection with "
                       "each transaction breaks the hub's time-outs.",
                       "Let the hub connect to the server itself, or set the pooler to session mode.")
    how = "over the network, encrypted" if found.network else "on this computer"
    return Finding(WAY, "fine", f"The server is reached {how}.")
