"""Two processes, one workspace: the second takes it over while the first stands still; that one goes on, and writes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kill_child import Place
from kill_world import World, world
from postgres_server import dumped

from hub.store.store import LEASE_S

pytestmark = pytest.mark.both_databases


def rows(made: World, database: str) -> Any:
    """All that the hub's database holds."""
    if database:
        return dumped(database)
    with closing(sqlite3.connect(made.folder / "state" / "hub.db")) as sql:
        return list(sql.iterdump())


def test_who_was_taken_over_writes_no_more(database: str, new_postgres: Callable[[], str], tmp_path: Path) -> None:
    """It stood still in the midst of reading; what it would do next is the second one's."""
    url = new_postgres() if database == "postgresql" else ""
    at: Place = ("after commit", 6)
    with world(tmp_path, url) as made, made.process(at, 1) as (_, pipe):
        pipe.send("go on")
        assert pipe.recv() == "kill me"
        untouched = made.bytes()
        (second,) = made.run(ahead_s=LEASE_S + 1)  # to the second one its lease has run out
        assert (second.state, second.writes) == ("done", 5) and second.bytes != untouched
        before = rows(made, url)
        pipe.send("go on")
        state, _ = pipe.recv()
        assert state == "fence lost"
        assert made.bytes() == second.bytes
        assert rows(made, url) == before
