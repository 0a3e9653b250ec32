"""The store: one database, short transactions, one writer. The only package that knows SQL.

``Store`` is synchronous. The engine calls it through ``Store.call``, which runs it in the store's own thread (or in
line, for the simulation). Every write transaction checks the fence: a process whose lease was taken over cannot commit.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Lock, local
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import DatabaseError, OperationalError

from hub.errors import FenceLost, StoreBusy, StoreError, StoreFull
from hub.store import migrate
from hub.store import tables as t
from hub.store.address import Address, alone, engine_of, write_ahead
from hub.store.copying import copy_database, move_rows
from hub.store.holder import MINE, alive
from hub.store.ids import uuid7
from hub.store.seal import INSTALLATION, Keyring

P = ParamSpec("P")
R = TypeVar("R")

CopyTo = Callable[[Path], None]
"""Writes a copy of a database into a new file."""
LEASE_S = 120.0
_MOVED, _FOR_GOOD_S = "it moved to where hub.toml says; start anew/moved", 1e9
CHUNK = 500
"""Rows a transaction or an IN list takes at once."""


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    part: list[Any] = []
    for value in values:
        part.append(value)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


class Left(BaseException):
    """Who asked for this work does not wait for it any more. Like a cancelled task it is nobody's to catch."""


class Tx:
    """One write transaction. Families of tables (``hub.store.contacts`` …) are functions over it."""

    def __init__(self, store: Store, connection: Connection) -> None:
        self.store, self.sql, self.keys, self.ws = store, connection, store.keys, store.workspace
        self.made: set[str] = set()
        """Owners whose keys were made here; forgotten when the transaction comes to nothing."""
        self._seq: int | None = None

    def new_id(self) -> str:
        return self.store.new_id()

    def now(self) -> float:
        return self.store.clock()

    def next_seq(self) -> int:
        """The number the next journal row will have; grows by one for each call in this transaction."""
        if self._seq is None:
            self._seq = self.sql.execute(
                select(func.coalesce(func.max(t.journal.c.seq), 0)).where(t.journal.c.workspace == self.ws)).scalar_one()
        self._seq += 1
        return self._seq

    def owners(self, owners: Iterable[str]) -> None:
        """Make sure the keys of these owners are at hand; make those that do not exist."""
        missing = self.learn(owners)
        if missing:
            self.made.update(missing)
            self.sql.execute(insert(t.vault), [{"workspace": self.ws, "owner": o, "wrapped": self.keys.make(o)} for o in missing])

    def learn(self, owners: Iterable[str]) -> list[str]:
        """The keys of these owners, where they exist. Returns those without one (new or erased)."""
        missing = sorted({o for o in owners if not self.keys.knows(o)})
        for part in chunks(missing):
            rows = self.sql.execute(
                select(t.vault.c.owner, t.vault.c.wrapped).where(t.vault.c.workspace == self.ws, t.vault.c.owner.in_(part))
            )
            self.keys.learn({r.owner: r.wrapped for r in rows})
        return [o for o in missing if not self.keys.knows(o)]


class Store:
    """An open database. Use ``Store.open``."""

    def __init__(
        self, engine: Engine, master: bytes, *, workspace: str, clock: Callable[[], float], new_id: Callable[[], str],
        random: Callable[[int], bytes], executor: Executor | None, hook: Callable[[str], None] | None,
    ) -> None:
        self.engine, self.workspace, self.clock, self.new_id = engine, workspace, clock, new_id
        self.keys, self._master = Keyring(master, random), master
        self._viewing = {"reading": True} if engine.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self._counting, self._at_work = Lock(), 0
        self._thread = local()
        self.epoch, self.installation = 0, ""
        """``installation``: the id of the workspace, the same in all its backups; another workspace has another."""
        self._holder: str | None = None
        self._renewed = 0.0
        self._executor, self._hook = executor, hook

    @classmethod
    def open(
        cls, url: Address, master: bytes, *, workspace: str = "main", clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] | None = None, random: Callable[[int], bytes] = os.urandom, threaded: bool = True,
        hook: Callable[[str], None] | None = None, migrating: bool = True,
        before_migrating: Callable[[CopyTo], object] | None = None,
    ) -> Store:
        """Open or make the database at ``url`` (SQLAlchemy form).

        ``clock``, ``new_id``, ``random``, ``hook`` (called before and after each commit) are for the simulation.
        ``before_migrating`` is called, with a way to copy the database, before an older schema is changed.
        Raises ConfigError for a ``url`` that is none, StoreNewer (untouched), StoreFull, StoreError with the cure.
        """
        engine = engine_of(url)
        try:
            if migrating:
                migrate.refuse(engine)
                write_ahead(engine)
                migrate.upgrade(engine, partial(before_migrating, partial(copy_database, engine)) if before_migrating else None)
            store = cls.over(engine, master, workspace=workspace, clock=clock, new_id=new_id, random=random, threaded=threaded,
                             hook=hook)
        except DatabaseError as e:
            engine.dispose()
            raise translated(e) from e
        except BaseException:
            engine.dispose()
            raise
        return store

    @classmethod
    def over(
        cls, engine: Engine, master: bytes, *, workspace: str = "main", clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] | None = None, random: Callable[[int], bytes] = os.urandom, threaded: bool = True,
        hook: Callable[[str], None] | None = None,
    ) -> Store:
        """Over a database that has the newest schema already."""
        store = cls(engine, master, workspace=workspace, clock=clock, new_id=new_id or uuid7, random=random,
                    executor=ThreadPoolExecutor(1, thread_name_prefix="hub-store") if threaded else None, hook=hook)
        store._install()
        return store

    def _install(self) -> None:
        with self.engine.begin() as sql:
            alone(sql)
            row = sql.execute(select(t.installation).where(t.installation.c.workspace == self.workspace)).first()
            if row is None:
                wrapped, self.installation = self.keys.make(INSTALLATION), self.new_id()
                sql.execute(insert(t.installation).values(
                    workspace=self.workspace, id=self.installation, epoch=0, check=wrapped))
            else:
                self.keys.learn({INSTALLATION: row.check})
                self.epoch, self.installation = row.epoch, row.id

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True)
        self.engine.dispose()

    def copy_to(self, path: Path) -> None:
        """A copy of the whole database, of one moment, as the new SQLite file ``path``. Raises StoreError."""
        with _translating():
            copy_database(self.engine, path)

    def move_to(self, url: Address) -> None:
        """All that is here stands in the empty database at ``url`` then; whoever still has this one open (a daemon) gets no lease
        any more. Raises StoreBusy while a run holds it, StoreError where the other one is not empty."""
        engine = engine_of(url)
        try:
            with _translating():
                migrate.refuse(engine)
                migrate.upgrade(engine)
                self.take_lease(_MOVED)
                move_rows(self.engine, engine)
                with self.engine.begin() as sql:
                    sql.execute(update(t.lease).values(until=self.clock() + _FOR_GOOD_S))
        except BaseException:
            self.give_back()
            raise
        finally:
            engine.dispose()

    def another(self, file: Path) -> Store:
        """A copy of this database, opened with the same key and clock."""
        return Store.open(sqlite_url(file), self._master, workspace=self.workspace, clock=self.clock)

    def compact(self) -> None:
        """Leave nothing of deleted rows in the file and its log, nor in memory. On another database than SQLite that is its
        server's business."""
        self.keys.make_room(0)
        if self.engine.name != "sqlite":
            return
        with _translating(), self.engine.connect() as sql:
            alone_ = sql.connection.driver_connection
            assert isinstance(alone_, sqlite3.Connection)
            alone_.execute("VACUUM")
            alone_.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # ---- transactions

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """A write transaction under the fence. Raises FenceLost, StoreBusy, StoreFull."""
        tx: Tx | None = None
        leaving = getattr(self._thread, "leaving", None)
        if leaving is not None and leaving.is_set():
            raise Left
        with self._working(), _translating():
            try:
                with self.engine.connect() as sql, sql.begin() as transaction:
                    if self._epoch(sql) != self.epoch and self._holder is not None:
                        raise FenceLost("Another process took this workspace over; this run stops and lost nothing.")
                    if self._holder is not None and self.clock() > self._renewed + LEASE_S / 3:
                        self._renew(sql)
                    tx = Tx(self, sql)
                    yield tx
                    if self._hook is not None:
                        self._hook("before commit")
                    transaction.commit()
            except BaseException:
                if tx is not None:
                    self.keys.forget(tx.made)
                raise
        if self._hook is not None:
            self._hook("after commit")

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """A read transaction: one consistent view; what it would write is thrown away."""
        with self._working(), _translating(), self.engine.connect().execution_options(**self._viewing) as sql:
            tx = Tx(self, sql)
            try:
                yield tx
            finally:
                self.keys.forget(tx.made)

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Old keys go only while no transaction, in whichever thread, may still need them."""
        with self._counting:
            if not self._at_work:
                self.keys.make_room()
            self._at_work += 1
        try:
            yield
        finally:
            with self._counting:
                self._at_work -= 1

    def _epoch(self, sql: Connection) -> int:
        """The fence, held still until this transaction ends. On PostgreSQL its row makes writers wait for each other, as BEGIN
        IMMEDIATE does on SQLite: nobody's numbers meet, and no transaction has to be tried again."""
        found = select(t.installation.c.epoch).where(t.installation.c.workspace == self.workspace).with_for_update()
        return int(sql.execute(found).scalar_one())

    async def call(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a synchronous function of the store in its own thread. Who is told to stop meanwhile (Ctrl-C) stops once the
        transaction it is in has ended; no other is begun."""
        if self._executor is None:
            return function(*args, **kwargs)
        leaving = Event()

        def run() -> R:
            self._thread.leaving = leaving
            try:
                return function(*args, **kwargs)
            finally:
                self._thread.leaving = None

        work = asyncio.get_running_loop().run_in_executor(self._executor, run)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            leaving.set()
            work.add_done_callback(_heard)
            await asyncio.wait([work])
            raise

    # ---- the lease: one run per workspace

    def take_lease(self, holder: str, *, force: bool = False) -> None:
        """Hold the workspace for LEASE_S seconds (renewed by ``renew``). Raises StoreBusy when another holds it."""
        with _translating(), self.engine.begin() as sql:
            epoch = self._epoch(sql) + 1
            row = sql.execute(select(t.lease).where(t.lease.c.workspace == self.workspace)).first()
            now = self.clock()
            if row is not None and row.holder != holder and row.until > now and not force and alive(row.holder):
                raise StoreBusy(
                    f"Another run holds this workspace ({row.holder.rsplit('/', 1)[0]}). "
                    f"Wait for it to end; if it crashed it is released in {int(row.until - now) + 1} s.")
            sql.execute(update(t.installation).where(t.installation.c.workspace == self.workspace).values(epoch=epoch))
            sql.execute(delete(t.lease).where(t.lease.c.workspace == self.workspace))
            sql.execute(insert(t.lease).values(workspace=self.workspace, holder=holder, until=now + LEASE_S, epoch=epoch))
            MINE.add(holder)  # before anybody else can see the row
        self.epoch, self._holder, self._renewed = epoch, holder, now

    def renew(self) -> None:
        """For a run that waits for others; every write transaction renews it too, when a third of its time is over."""
        with self.writing() as tx:
            self._renew(tx.sql)

    @asynccontextmanager
    async def renewing(self) -> AsyncIterator[None]:
        """Keeps the lease while a long run goes on."""
        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE_S / 3)
                await self.call(self.renew)

        task = asyncio.create_task(renew())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _renew(self, sql: Connection) -> None:
        self._renewed = self.clock()
        sql.execute(update(t.lease).where(t.lease.c.workspace == self.workspace, t.lease.c.holder == self._holder)
                    .values(until=self._renewed + LEASE_S))

    def give_back(self) -> None:
        """Release the lease; the next run need not wait."""
        if self._holder is None:
            return
        with _translating(), self.engine.begin() as sql:
            sql.execute(delete(t.lease).where(t.lease.c.workspace == self.workspace, t.lease.c.holder == self._holder))
        MINE.discard(self._holder)
        self._holder = None


def _heard(work: asyncio.Future[Any]) -> None:
    """Nobody waits for its end any more, not even who was told to stop twice; asyncio need not complain of it."""
    if not work.cancelled():
        work.exception()


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except DatabaseError as e:
        raise translated(e) from e


def translated(e: DatabaseError) -> StoreError:
    """What a person must do. An error that is a mistake of ours (a broken constraint) is raised as it is."""
    text = str(e.orig).lower()
    if any(words in text for words in ("disk is full", "no space left", "readonly", "read-only", "disk i/o", "unable to open")):
        return StoreFull("The database cannot be written: the disk is full, read-only or not there. Nothing was lost; "
                         "make room (or fix the path in config) and run again.")
    if "locked" in text or "busy" in text or "lock timeout" in text:
        return StoreBusy("The database is in use by another process. Wait for it to end and run again.")
    if "malformed" in text or "not a database" in text:
        return StoreError("The database file is damaged. Restore the newest backup; the systems themselves are untouched.")
    if "password" in text or "authentication failed" in text:
        return StoreError("The server of the database does not take the hub's account, or not its password. See `database` and "
                          "`database_password` in hub.toml; nothing was lost.")
    if isinstance(e, OperationalError) and not isinstance(e.orig, sqlite3.Error):
        return StoreError("The database cannot be reached or stopped answering. Nothing was lost; see that it runs and that "
                          "`database` in hub.toml names it, and run again.")
    raise e


def digest(*parts: object) -> str:
    """SHA-256 over the parts, as hex; for comparing, never for hiding."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(repr(part).encode("utf-8", "surrogatepass"))
        hashed.update(b"\x1f")
    return hashed.hexdigest()


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path.as_posix()}"
