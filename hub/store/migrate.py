"""Migrations: Alembic, inside the package, run when a store is opened.

It is imported only for a database that is not at the newest schema: loading it takes as long as a short command.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from hub.errors import StoreError, StoreNewer
from hub.store.address import alone

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent / "migrations"
TABLE = "alembic_version"
NEWEST = "0004"
"""The revision the tables in the code stand for."""


def config() -> Config:
    from alembic.config import Config

    alembic = Config()
    alembic.set_main_option("script_location", str(HERE).replace("%", "%%"))
    return alembic


def refuse(engine: Engine) -> None:
    """Raises StoreNewer for a database that is newer than this program, StoreError for one that is not the hub's. Only
    reads: such a database stays as it is, to the byte."""
    if _is_newest(engine):
        return
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    known = {r.revision for r in ScriptDirectory.from_config(config()).walk_revisions()}
    with engine.connect().execution_options(reading=True) as sql:
        there = MigrationContext.configure(sql).get_current_revision()
        strange = there is None and bool(inspect(sql).get_table_names())
    if strange:
        raise StoreError(
            "This database holds other tables than contact-hub's; nothing was changed. Give contact-hub a database (or a "
            "schema) of its own with `database` in hub.toml.")
    if there is not None and there not in known:
        raise StoreNewer(
            f"This database was written by a newer contact-hub (schema {there}). Install that version or a later one; "
            "nothing was changed.")


def upgrade(engine: Engine, before: Callable[[], object] | None = None) -> None:
    """Bring the database to the newest schema, in one transaction. ``before`` is called first where there is something
    that could be lost; what it raises stops the migration."""
    if _is_newest(engine):
        return
    if before is not None and _has_schema(engine):
        before()

    with engine.begin() as sql:
        alone(sql)
        make(sql, "head")


def make(sql: Connection, revision: str) -> None:
    """The schema of this revision, from whatever older one is there."""
    from alembic import command

    alembic = config()
    alembic.attributes["connection"] = sql
    command.upgrade(alembic, revision)


def revision(sql: Connection) -> str:
    """The schema that is there; "": none."""
    if not inspect(sql).has_table(TABLE):
        return ""
    return str(sql.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _has_schema(engine: Engine) -> bool:
    with engine.connect().execution_options(reading=True) as sql:
        return inspect(sql).has_table(TABLE)


def _is_newest(engine: Engine) -> bool:
    with engine.connect().execution_options(reading=True) as sql:
        if not inspect(sql).has_table(TABLE):
            return False
        return sql.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [NEWEST]
