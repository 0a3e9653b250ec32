"""The journal's chain: any changed, removed or re-ordered row is found."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import delete, select, update
from store_support import Open

from hub.store import journal
from hub.store import tables as t
from hub.store.store import Store, Tx

ROWS = 12


@pytest.fixture
def written(open_store: Open) -> Store:
    clock = iter(float(n) for n in range(10_000))
    store = open_store(clock=lambda: next(clock))
    for start in range(0, ROWS, 3):
        with store.writing() as tx:
            journal.append(tx, [
                journal.Entry(tx.next_seq(), f"run-{start}", "hub", "merge", "contact", f"c{n % 4}", {"name.given": n})
                for n in range(start, start + 3)])
    return store


def test_whole_chain_holds(written: Store) -> None:
    with written.reading() as tx:
        assert journal.verify(tx) is None
        assert [e.seq for e in journal.of_contacts(tx, ["c0", "c1", "c2", "c3"])] == list(range(1, ROWS + 1))
        assert [e.changes["name.given"] for e in journal.of_run(tx, "run-3")] == [3, 4, 5]


@pytest.mark.parametrize("column", ["run", "at", "actor", "cause", "entity", "contact", "digest", "chain"])
def test_changed_row_is_found(written: Store, column: str) -> None:
    changed = {"at": 5.5, "digest": "0" * 64, "chain": "0" * 64}.get(column, "somebody else")
    with written.writing() as tx:
        tx.sql.execute(update(t.journal).where(t.journal.c.seq == 7).values({column: changed}))
        assert journal.verify(tx) == 7


def test_changed_values_are_found(written: Store) -> None:
    with written.writing() as tx:
        tx.sql.execute(update(t.journal_values).where(t.journal_values.c.seq == 4).values(body=b"other"))
        assert journal.verify(tx) == 4


def test_removed_values_are_found(written: Store) -> None:
    with written.writing() as tx:
        tx.sql.execute(delete(t.journal_values).where(t.journal_values.c.seq == 4))
        assert journal.verify(tx) == 4


@pytest.mark.parametrize("seq", range(1, ROWS))
def test_removed_row_is_found(written: Store, seq: int) -> None:
    """All but the last: a chain does not know that it was cut at its end."""
    with written.writing() as tx:
        for table in (t.journal, t.journal_values):
            tx.sql.execute(delete(table).where(table.c.seq == seq))
        assert journal.verify(tx) == seq + 1


@pytest.mark.fault("X18", guard="hub.store.journal:verify")
def test_any_tampering_of_one_or_two_rows_is_found(written: Store) -> None:
    """100 trials of a change, a removal or an exchange, each undone again."""
    rng = random.Random(3)
    for _ in range(100):
        with written.reading() as tx:
            _tamper(tx, rng)
            assert journal.verify(tx) is not None
    with written.reading() as tx:
        assert journal.verify(tx) is None


def _tamper(tx: Tx, rng: random.Random) -> None:
    a, b = rng.sample(range(1, ROWS), 2)
    how = rng.choice(["actor", "exchange", "remove"])
    if how == "actor":
        tx.sql.execute(update(t.journal).where(t.journal.c.seq == a).values(actor=f"x{rng.random()}"))
    elif how == "remove":
        tx.sql.execute(delete(t.journal).where(t.journal.c.seq == a))
    else:
        for table in (t.journal, t.journal_values):
            for seq, to in ((a, 1000), (b, a), (1000, b)):
                tx.sql.execute(update(table).where(table.c.seq == seq).values(seq=to))


def test_numbers_go_on_after_a_transaction_that_failed(written: Store) -> None:
    with pytest.raises(ZeroDivisionError), written.writing() as tx:
        journal.append(tx, [journal.Entry(tx.next_seq(), "r", "hub", "merge", "contact", "c0", {})])
        raise ZeroDivisionError
    with written.writing() as tx:
        assert tx.next_seq() == ROWS + 1
        journal.append(tx, [journal.Entry(ROWS + 1, "r", "hub", "merge", "contact", "c0", {})])
        assert journal.verify(tx) is None


def test_runs_are_listed_newest_first(open_store: Open) -> None:
    clock = iter(float(n) for n in range(100))
    store = open_store(clock=lambda: next(clock))
    with store.writing() as tx:
        for name in ("r1", "r2", "r3"):
            journal.start_run(tx, name, "sync")
        journal.end_run(tx, "r2", "done", {"read": 5})
        found = journal.runs(tx, 2)
    assert [(r.id, r.state) for r in found] == [("r3", "running"), ("r2", "done")]
    assert found[1].report == {"read": 5} and found[1].ended_at > found[1].started_at


def test_values_stand_beside_their_row_and_nowhere_else(written: Store) -> None:
    with written.reading() as tx:
        rows, values = (tx.sql.execute(select(table.c.seq)).scalars().all() for table in (t.journal, t.journal_values))
        assert rows == values
