"""Every test of the store runs on SQLite and on PostgreSQL, each time on an empty database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from store_support import MASTER, Open

from hub.store.store import Store, sqlite_url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, new_postgres: Callable[[], str], tmp_path: Path) -> str:
    """The address of an empty database."""
    return sqlite_url(tmp_path / "hub.db") if request.param == "sqlite" else new_postgres()


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
