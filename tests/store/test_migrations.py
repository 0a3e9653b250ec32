"""The migrations make the schema the code is written against."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres_server import schema
from sqlalchemy import Engine, create_engine, inspect

from hub.store import migrate
from hub.store.store import Store, sqlite_url
from hub.store.tables import metadata


@pytest.fixture
def made_at_once(tmp_path: Path) -> Iterator[Engine]:
    """A database made from the tables in the code, without a migration."""
    engine = create_engine(f"sqlite:///{(tmp_path / 'at-once.db').as_posix()}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_migrated_database_has_what_the_code_declares(store: Store) -> None:
    with store.engine.connect() as sql:
        context = MigrationContext.configure(sql, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrated_database_equals_one_made_at_once(tmp_path: Path, made_at_once: Engine) -> None:
    """Alembic does not compare the conditions of partial indexes nor primary keys; this does."""
    store = Store.open(f"sqlite:///{(tmp_path / 'migrated.db').as_posix()}", bytes(32))
    assert _shape(store.engine) == _shape(made_at_once)
    store.close()


def test_migrated_on_a_server_it_equals_one_made_at_once_too(new_postgres: Callable[[], str], postgres_url: str) -> None:
    """In a schema of its own beside others, as the address may say."""
    with schema(postgres_url) as empty:
        migrated, at_once = create_engine(new_postgres()), create_engine(empty)
        metadata.create_all(at_once)
        assert _shape(migrated) == _shape(at_once)
        for engine in (migrated, at_once):
            engine.dispose()


def test_it_migrates_in_a_schema_of_its_own(postgres_url: str) -> None:
    with schema(postgres_url) as empty:
        for _ in range(2):
            Store.open(empty, bytes(32)).close()


def _shape(engine: Engine) -> dict[str, Any]:
    found = inspect(engine)
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in found.get_columns(table)],
            "key": found.get_pk_constraint(table)["constrained_columns"],
            "indexes": sorted((i["name"], i["column_names"], i["unique"], str(i["dialect_options"].get(f"{engine.name}_where")))
                              for i in found.get_indexes(table)),
        }
        for table in found.get_table_names() if table != "alembic_version"
    }


def test_every_key_starts_with_the_workspace() -> None:
    """Apart from numbers the database gives (inbox, link_history), which are no key of ours."""
    loose = [t.name for t in metadata.tables.values() if next(iter(t.primary_key)).name != "workspace"]
    assert sorted(loose) == ["inbox", "link_history"]
    assert all(next(iter(i.columns)).name == "workspace" for t in metadata.tables.values() for i in t.indexes)


def test_the_line_of_migrations_is_one() -> None:
    script = ScriptDirectory.from_config(migrate.config())
    assert len(script.get_heads()) == 1
    files = sorted(p.name for p in (migrate.HERE / "versions").glob("[0-9]*.py"))
    assert [r.revision for r in reversed(list(script.walk_revisions()))] == [re.match(r"\d+", f)[0] for f in files]  # type: ignore[index]


def test_the_newest_is_the_last_in_line() -> None:
    assert ScriptDirectory.from_config(migrate.config()).get_current_head() == migrate.NEWEST


def test_a_database_that_is_up_to_date_opens_without_alembic(tmp_path: Path) -> None:
    opening = ("import sys; from hub.store.store import Store; Store.open(sys.argv[1], bytes(32)).close(); "
               "print('alembic' in sys.modules)")
    said = [subprocess.run([sys.executable, "-c", opening, sqlite_url(tmp_path / "hub.db")], capture_output=True, text=True,
                           check=True).stdout.strip() for _ in range(2)]
    assert said == ["True", "False"]


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    before = _shape(store.engine)
    migrate.upgrade(store.engine)
    assert _shape(store.engine) == before
