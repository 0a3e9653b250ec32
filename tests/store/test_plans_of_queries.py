"""No statement reads a whole large table to find a few of its rows.

SQLite is asked how it would run every statement that the scenarios ask, each list in it made as long as a chunk. Its answer
does not depend on how many rows there are: no statistics are kept. The workspace is the same in every row, so an index of
which only the workspace is used is read whole, unless it is a partial one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from hub.engine.asking.status import status
from hub.store.store import CHUNK
from hub.store.tables import metadata
from hub.testing.memory import Traits
from hub.testing.scenario import Scenario
from hub.testing.stage import Stage

ASKED = re.compile(r"^(undo|erase|join|part) = ", re.MULTILINE)
"""Steps in which a person asks for what is seldom asked for, and the history is read whole for it."""
SCENARIOS = sorted(p for p in (Path(__file__).parents[1] / "scenarios").glob("*.toml") if not ASKED.search(p.read_text("utf-8")))
SMALL = {
    "installation", "lease", "system", "checkpoint", "plan", "run", "alembic_version", "sqlite_master", "erasure", "returned"}
"""Tables with a row for a system, a run or a wish of a person, not for a record."""
LONG_LISTS = re.compile(r"\b(contact|link|link_a|link_b|id|seq|owner|native_id|hash|write|digest) IN \(\?(?:, \?)*\)")
PARTIAL = {index.name for table in metadata.tables.values() for index in table.indexes
           if index.dialect_options["sqlite"]["where"] is not None}

ALLOWED = {
    "SELECT coalesce(max(journal.seq), ?)": "the end of an index is its largest number",
    "SELECT journal.chain FROM journal WHERE journal.workspace = ? ORDER BY journal.seq DESC LIMIT ?": "one row, from the end",
    "SELECT link.system, count(*)": "counts all links, from an index alone, twice a cycle",
    "SELECT contact.state, count(*)": "counts all contacts, for `hub status`",
    "SELECT inbox.owner, inbox.system FROM inbox": "all that waits; what was merged is not in the inbox any more",
    "SELECT max(inbox.seq)": "the same",
    "SELECT judgement.link_a, judgement.link_b": "people judge",
    "SELECT uncompared.link FROM uncompared": "all that is to be compared; what was compared is not there any more",
    "SELECT named.hash": "the given names asked for, each once",
    "SELECT conflict.": "all open conflicts, for a person or for the count of them",
    "SELECT parked.": "all refused writes, for `hub status`",
    "SELECT suppression.kind FROM suppression WHERE suppression.workspace = ? LIMIT ?": "is there any? one row",
    "SELECT contact.id FROM contact WHERE contact.workspace = ? ORDER BY contact.id": "the scenario looks at everybody",
}
"""How a statement begins → why it may read the whole of an index."""


@contextmanager
def asked(plans: dict[str, list[str]]) -> Iterator[None]:
    """Notes in ``plans`` how SQLite runs each statement asked meanwhile."""
    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        told = " ".join(statement.replace('"', "").split())
        if told.split()[0] not in ("SELECT", "UPDATE", "DELETE") or told in plans:
            return
        long = LONG_LISTS.sub(rf"\1 IN ({', '.join('?' * CHUNK)})", statement)
        rows = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {long}", [None] * long.count("?"))
        plans[told] = [row[3] for row in rows]

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def read_whole(step: str) -> bool:
    """``SCAN link``, or ``SEARCH link USING INDEX ix_link_ref (workspace=?)``."""
    table, index = step.split()[1], re.search(r"INDEX (\w+) \(workspace=\?\)$", step)
    whole = step.startswith("SCAN ") or (index is not None and index[1] not in PARTIAL)
    return whole and table not in SMALL


def whole_reads(plans: dict[str, list[str]]) -> dict[str, list[str]]:
    return {statement: steps for statement, steps in plans.items()
            if any(map(read_whole, steps)) and not statement.startswith(tuple(ALLOWED))}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_no_statement_of_a_cycle_reads_a_large_table_whole(path: Path) -> None:
    plans: dict[str, list[str]] = {}
    with asked(plans):
        Scenario.read(path).play()
    assert len(plans) > 40
    assert whole_reads(plans) == {}


def test_nor_does_the_status() -> None:
    stage, plans = Stage({"crm": Traits()}), dict[str, list[str]]()
    with asked(plans):
        status(stage.store, [])
    assert plans and whole_reads(plans) == {}


def test_a_whole_read_is_noticed() -> None:
    stage, plans = Stage({"crm": Traits()}), dict[str, list[str]]()
    with asked(plans), stage.store.reading() as tx:
        tx.sql.exec_driver_sql("SELECT id FROM link WHERE workspace = ? AND native_hash = ?", ("main", ""))
    assert len(whole_reads(plans)) == 1
