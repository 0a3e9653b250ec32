"""The server of the database commits, and its answer never comes: the run stops, the next one goes by what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from hub.errors import StoreError
from hub.store import journal, plans
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails


@contextmanager
def answers_lost(stage: Stage, after: int) -> Iterator[list[int]]:
    """So many commits are answered, each later one is done and not answered. Gives the number of commits, once it is over."""
    dialect, done = stage.store.engine.dialect, [0]
    commit = dialect.do_commit

    def unanswered(connection: Any) -> None:
        commit(connection)
        done[0] += 1
        if done[0] > after:
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    dialect.do_commit = unanswered  # type: ignore[method-assign]
    try:
        yield done
    finally:
        dialect.do_commit = commit  # type: ignore[method-assign]


def story(url: str) -> Stage:
    """Somebody is edited, somebody is new."""
    stage = Stage({"crm": Traits(), "book": Traits(own_key=False, unique_key=False)}, url=url)
    crm = stage.vendors["crm"]
    anna = crm.user_create({"given": "Anna", **emails(stage.traits["crm"], ["anna@example.org"])}).ref.native_id
    stage.settle()
    crm.user_edit(anna, {"given": "Annika"})
    crm.user_create({"given": "Bo", "family": "Ek"})
    return stage


def end(stage: Stage) -> dict[str, Any]:
    with stage.store.reading() as tx:
        assert journal.verify(tx) is None and plans.open_intents(tx) == []
    return {"contacts": len(stage.contacts()), "conflicts": stage.conflicts(),
            **{n: sorted((str(r["given"]), str(r["family"])) for r in v.records().values()) for n, v in stage.vendors.items()},
            "writes": [len(v.log) for v in stage.vendors.values()]}


@pytest.mark.fault("S13", guard="hub.store.store:translated")
def test_at_every_third_commit(new_postgres: Callable[[], str]) -> None:
    stage = story(new_postgres())
    with answers_lost(stage, 1_000_000) as done:
        stage.sync()
    stage.settle()
    undisturbed, commits = end(stage), done[0]
    stage.close()
    assert commits > 20 and len(undisturbed["book"]) == 2
    for number in range(0, commits, 3):
        stage = story(new_postgres())
        with answers_lost(stage, number), pytest.raises(StoreError, match="stopped answering"):
            stage.sync()
        stage.settle()
        assert end(stage) == undisturbed, f"commit {number} was not answered"
        stage.close()
