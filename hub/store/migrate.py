"""Migrations: Alembic, inside the package, run when a store is opened."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from hub.errors import StoreNewer

HERE = Path(__file__).parent / "migrations"


def config() -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(HERE).replace("%", "%%"))
    return alembic


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema. Raises StoreNewer, untouched, if it is newer than this program."""
    alembic = config()
    script = ScriptDirectory.from_config(alembic)
    with engine.connect() as sql:
        there = MigrationContext.configure(sql).get_current_revision()
    if there == script.get_current_head():
        return
    if there is not None and there not in {r.revision for r in script.walk_revisions()}:
        raise StoreNewer(
            f"This database was written by a newer contact-hub (schema {there}). Install that version or a later one; "
            "nothing was changed.")
    with engine.begin() as sql:
        alembic.attributes["connection"] = sql
        command.upgrade(alembic, "head")
