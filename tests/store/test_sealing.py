"""Sealed cells: they open where they were written, for who holds the key, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Table, delete, select, update
from store_support import MASTER, Open

from hub.model.record import NativeRecord, Upserted
from hub.model.refs import RecordRef
from hub.model.state import Cell, Conflict, Contender
from hub.store import contacts, erasures, inbox, journal, plans, reviews
from hub.store import tables as t
from hub.store.contacts import ContactRow, LinkRow
from hub.store.plans import IntentRow, WriteRow
from hub.store.seal import KEPT, Keyring, SealBroken
from hub.store.store import Store, Tx

ANNA, BEN = "contact-anna", "contact-ben"
HOMES = {ANNA: "link-anna", BEN: "link-ben"}


@pytest.fixture
def filled(open_store: Open) -> Store:
    """Two people, each with a row in every table that holds values."""
    clock = iter(float(n) for n in range(1_000, 2_000))
    store = open_store(clock=lambda: next(clock))
    with store.writing() as tx:
        contacts.save_contacts(tx, [ContactRow(c, "contact", {"name.given": Cell(c, 1, "")}) for c in HOMES], ())
        for n, (contact, link) in enumerate(HOMES.items()):
            ref, native = RecordRef("crm", "", "contact", contact), {"given": contact}
            conflict = Conflict("name.given", 1, "contending", (Contender("x", contact, None, 1),))
            contacts.save_links(tx, [LinkRow(link, contact, ref, native=native)], ())
            inbox.add_changes(tx, [(link, Upserted(NativeRecord(ref, native, f"v{n}")))], confirmed=False)
            journal.append(tx, [journal.Entry(tx.next_seq(), "run", "hub", "merge", "contact", contact, native)])
            reviews.save_conflicts(tx, [contact], {contact: {"name.given": conflict}}, [])
            plans.add_writes(tx, [WriteRow(
                f"write-{n}", "plan", n, contact, link, "contact", "crm", "", "update", "behind", native, {}, {}, {}, {})])
            plans.add_intents(tx, [IntentRow(
                f"intent-{n}", f"write-{n}", 1, "crm", contact, link, "update", None, None, "sent", 0.0, native)])
            erasures.hold_back(tx, [(ref, "erasure", ["email"])])
    return store


Read = Callable[[Tx], Any]
CELLS: list[tuple[Table, str, Read]] = [
    (t.contact, "units", lambda tx: contacts.load_contacts(tx, HOMES)),
    (t.link, "body", lambda tx: contacts.load_links(tx, contacts=HOMES)),
    (t.inbox, "body", lambda tx: inbox.load(tx, HOMES.values())),
    (t.journal_values, "body", lambda tx: journal.of_contacts(tx, HOMES)),
    (t.conflict, "body", lambda tx: reviews.load_conflicts(tx)),
    (t.write, "body", lambda tx: plans.writes(tx)),
    (t.intent, "body", lambda tx: plans.open_intents(tx)),
    (t.returned, "body", lambda tx: erasures.returned(tx)),
]


def test_every_binary_column_is_tested_here() -> None:
    sealed = {(table.name, c.name) for table in t.metadata.tables.values() for c in table.columns if str(c.type) == "BLOB"}
    assert sealed - {("vault", "wrapped"), ("installation", "check")} == {(table.name, column) for table, column, _ in CELLS}


@pytest.mark.parametrize(("table", "column", "read"), CELLS, ids=lambda v: v.name if isinstance(v, Table) else "")
def test_cell_moved_to_another_row_does_not_open(filled: Store, table: Table, column: str, read: Read) -> None:
    key = list(table.primary_key)
    with filled.writing() as tx:
        assert read(tx)
        rows = tx.sql.execute(select(table).order_by(*key)).mappings().all()
        assert len(rows) == 2
        tx.sql.execute(update(table).where(*(k == rows[0][k.name] for k in key)).values({column: rows[1][column]}))
    with pytest.raises(SealBroken, match="does not open: the file was changed"), filled.reading() as tx:
        read(tx)


@pytest.mark.parametrize(("table", "column", "read"), CELLS, ids=lambda v: v.name if isinstance(v, Table) else "")
def test_changed_cell_does_not_open(filled: Store, table: Table, column: str, read: Read) -> None:
    with filled.writing() as tx:
        sealed = tx.sql.execute(select(table.c[column]).limit(1)).scalar_one()
        tx.sql.execute(update(table).where(table.c[column] == sealed).values({column: sealed[:-1] + bytes([sealed[-1] ^ 1])}))
    with pytest.raises(SealBroken), filled.reading() as tx:
        read(tx)


def test_observation_moved_to_another_one_of_the_same_record_does_not_open(open_store: Open) -> None:
    clock = iter(float(n) for n in range(100))
    store = open_store(clock=lambda: next(clock))
    ref = RecordRef("crm", "", "contact", "1")
    with store.writing() as tx:
        for version in ("old", "new"):
            inbox.add_changes(tx, [("link", Upserted(NativeRecord(ref, {"given": version}, version)))], confirmed=False)
        old, new = tx.sql.execute(select(t.inbox.c.seq, t.inbox.c.body).order_by(t.inbox.c.seq)).all()
        tx.sql.execute(update(t.inbox).where(t.inbox.c.seq == new.seq).values(body=old.body))
    with pytest.raises(SealBroken), store.reading() as tx:
        inbox.load(tx, ["link"])


def test_without_the_persons_key_values_are_gone_and_everything_else_stays(filled: Store, open_store: Open) -> None:
    with filled.writing() as tx:
        tx.sql.execute(delete(t.vault).where(t.vault.c.owner.in_([ANNA, HOMES[ANNA]])))
    with open_store().reading() as tx:
        people = contacts.load_contacts(tx, HOMES)
        assert people[ANNA].units == {} and people[BEN].units["name.given"].value == BEN
        assert contacts.load_links(tx, contacts=[ANNA])[HOMES[ANNA]].native == {}
        assert [e.changes for e in journal.of_contacts(tx, [ANNA])] == [{}]
        assert journal.verify(tx) is None
        with pytest.raises(SealBroken, match="were erased"):
            tx.keys.open(ANNA, "contact|x|units", b"")


def test_keys_of_a_transaction_that_failed_are_not_used_again(open_store: Open) -> None:
    """A key that is not in the vault must never seal anything: nobody could open it after a restart."""
    store = open_store()
    with pytest.raises(ZeroDivisionError), store.writing() as tx:
        contacts.save_contacts(tx, [ContactRow("c1", "contact")], ())
        raise ZeroDivisionError
    with store.reading() as tx:
        tx.owners(["c1"])
    with store.writing() as tx:
        contacts.save_contacts(tx, [ContactRow("c1", "contact", {"name.given": Cell("Anna", 1, "")})], ())
    with open_store().reading() as tx:
        assert contacts.load_contacts(tx, ["c1"])["c1"].units["name.given"].value == "Anna"


def test_keys_kept_in_memory_stay_few(store: Store) -> None:
    """However many people there are; and none is lost while a transaction needs it."""
    for start in range(0, KEPT + 4_000, 2_000):
        with store.writing() as tx:
            tx.owners(f"p{n}" for n in range(start, start + 2_000))
    with store.writing() as tx:
        assert len(tx.keys) < KEPT // 2
        tx.owners(["p0", "p1"])
        assert tx.keys.open("p0", "x|y|z", tx.keys.seal("p0", "x|y|z", [1])) == [1]


def test_keys_stay_while_another_transaction_needs_them(store: Store) -> None:
    with store.reading() as outer:
        outer.owners(f"p{n}" for n in range(KEPT + 1))
        with store.reading() as inner:
            inner.learn(["p0"])
            assert outer.keys.knows("p0")


def test_blind_keys_need_the_master_key(open_store: Open, store: Store) -> None:
    same = store.keys.blind("email", "anna@x.fi")
    assert same == open_store(MASTER).keys.blind("email", "anna@x.fi") != store.keys.blind("phone", "anna@x.fi")
    assert "anna" not in same and len(same) == 32


@pytest.mark.fault("G9", guard="hub.store.seal:Keyring.blind")
def test_who_has_another_master_key_cannot_make_a_blind_key() -> None:
    """Nor can anybody who knows only how it is made: all he could do is guess values and compare."""
    ours, theirs = (Keyring(bytes([n]) * 32).blind("email", "anna@x.fi") for n in (1, 2))
    assert ours != theirs
