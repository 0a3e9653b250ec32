"""A database of its own for each test: SQLite always, and each test once more with PostgreSQL where
HUB_TEST_POSTGRES_URL (``postgresql+psycopg://…``) names a database to make schemas in."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateSchema, DropSchema
from store_support import MASTER, Open

from hub.store.store import Store, sqlite_url

POSTGRES = os.environ.get("HUB_TEST_POSTGRES_URL", "")



@pytest.fixture(params=["sqlite", *(["postgres"] if POSTGRES else [])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "hub.db")
        return
    server, schema = make_url(POSTGRES), f"hub_{uuid.uuid4().hex}"
    engine = create_engine(server)
    with engine.begin() as sql:
        sql.execute(CreateSchema(schema))
    yield server.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    with engine.begin() as sql:
        sql.execute(DropSchema(schema, cascade=True))
    engine.dispose()


@pytest.fixture
def open_store(url: str) -> Iterator[Open]:
    """Opens that database, as often as asked: ``open_store(clock=…, hook=…)``; all are closed at the end."""
    opened: list[Store] = []

    def make(master: bytes = MASTER, **options: Any) -> Store:
        opened.append(Store.open(url, master, **options))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Open) -> Store:
    return open_store()
