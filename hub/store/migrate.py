"""Migrations: Alembic, inside the package, run when a store is opened."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from hub.errors import StoreError, StoreNewer

HERE = Path(__file__).parent / "migrations"


def config() -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(HERE).replace("%", "%%"))
    return alembic


def refuse(engine: Engine) -> None:
    """Raises StoreNewer for a database that is newer than this program, StoreError for one that is not the hub's. Only
    reads: such a database stays as it is, to the byte."""
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


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema, in one transaction."""
    alembic = config()
    with engine.connect().execution_options(reading=True) as sql:
        if MigrationContext.configure(sql).get_current_revision() == ScriptDirectory.from_config(alembic).get_current_head():
            return
    with engine.begin() as sql:
        alembic.attributes["connection"] = sql
        command.upgrade(alembic, "head")
