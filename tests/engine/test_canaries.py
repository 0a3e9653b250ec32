"""Whoever steals the database file reads nobody's values in it: not in its pages, nor in what was not yet checkpointed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from postgres_server import dumped
from sqlalchemy import func, select

from hub.engine.asking import conflicts, matches, subjects
from hub.engine.asking.status import runs, status
from hub.rules.guards import Limits
from hub.rules.normal import BadValue
from hub.store import systems
from hub.store.store import sqlite_url
from hub.store.tables import metadata
from hub.testing.memory import Refusal, Traits
from hub.testing.stage import Stage, emails

CANARY = re.compile(rb"kanar\w*|35840555\d*|0405550\d*|1971-0\d-1\d|1971", re.IGNORECASE)
"""Every value typed here holds one of these, as typed or as the hub folds it."""


def person(stage: Stage, system: str, number: int, **more: Any) -> str:
    """A record with a canary in every field the vendor has."""
    word, traits = f"Kanarie{number}", stage.traits[system]
    native: dict[str, Any] = {
        "given": f"{word}g", "family": f"{word}f", "birthday": f"1971-0{number}-1{number}",
        "notes": f"{word}n", "company": f"{word}c", "groups": [f"{word} members"],
        "addresses": [{"context": "home", "street": f"{word}str 1", "locality": f"{word}by", "country": "FI"}],
        "phones": [{"value": f"040555000{number}", "label": "cell", "primary": True}],
        **emails(traits, [f"{word}@kanarie{number}.example", f"{word}2@kanarie.example"]), **more}
    return stage.vendors[system].user_create(native).ref.native_id


def lived(url: str) -> Stage:
    """A hub in which everything happened once that is remembered: and the last cycle left things undone."""
    stage = Stage({"crm": Traits(merges=True), "book": Traits(), "list": Traits(deletes_seen_as="absence", cursor="none")},
                  limits=Limits(small=3), url=url, rules={"book": {"on_delete": "propagate"}})
    one, two, three, four, five, six = (person(stage, "crm", n) for n in range(1, 7))
    person(stage, "book", 1, notes="Kanarie other", family="Kanarie1f")
    stage.sync()
    matches.judge(stage.store, ["sure"], "same", by="reviewer")  # joined: notes are in conflict
    subjects.ask(stage.store, stage.book, f"crm:{six}", {}, by="officer")
    stage.sync()
    person(stage, "crm", 6)  # somebody who was erased is back
    person(stage, "book", 2, notes="Kanarie unjudged")  # a candidate that stays open
    crm, book = stage.vendors["crm"], stage.vendors["book"]
    there = {str(r["given"]): i for i, r in book.records().items()}
    crm.user_edit(one, {"given": "Kanarie edited", "birthday": "1971"})
    crm.user_edit(three, {"company": "Kanarie A"})
    book.user_edit(there["Kanarie3g"], {"company": "Kanarie B"})
    crm.user_delete(four)  # waits for a person
    crm.user_merge(two, five)
    stage.sync()
    conflicts.resolve(stage.store, conflict(stage, "company"), "value", by="reviewer", value="Kanarie typed")
    refuse(stage, "Kanarie refused", "Kanarie unsayable")
    crm.user_edit(one, {"notes": "Kanarie refused", "groups": ["Kanarie other group"]})
    crm.user_edit(three, {"notes": "Kanarie unsayable"})
    stage.sync()
    stage.faults["book"].next("lost_after")
    crm.user_edit(two, {"notes": "Kanarie lost"})
    stage.sync()  # an intent whose outcome is unknown
    crm.user_edit(two, {"notes": "Kanarie planned"})
    stage.sync(approve=None)
    for record in stage.vendors["list"].records():
        stage.vendors["list"].user_edit(record, {"notes": "Kanarie set aside", "family": "Kanarie same"})
    stage.faults["list"].next("lost_after", on="fetch")
    stage.sync()  # a system set aside: its inbox stays
    conflicts.resolve(stage.store, conflict(stage, "@exists"), "keep", by="reviewer", value=None)
    return stage


def refuse(stage: Stage, value: str, unsayable: str) -> None:
    """The vendor of "book" takes no record with that value, its lens has no word for the other."""
    vendor, lens = stage.vendors["book"], stage.book.systems["book"].lens
    real, put = vendor.updated, lens.put

    def updated(record: str, patch: Any, expect: str | None) -> Any:
        if patch.get("notes") == value:
            raise Refusal("notes is refused")
        return real(record, patch, expect)

    def lay(native: Any, wanted: Any, refs: Any) -> Any:
        if wanted.get("notes") == unsayable:
            raise BadValue("has half a character", "notes")
        return put(native, wanted, refs)

    vendor.updated, lens.put = updated, lay  # type: ignore[method-assign, assignment]


def conflict(stage: Stage, unit: str) -> str:
    return str(next(c["id"] for c in conflicts.every(stage.store) if c["unit"] == unit))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Path]:
    path = tmp_path_factory.mktemp("canaries") / "hub.db"
    return lived(sqlite_url(path)), path


@pytest.fixture(scope="module")
def served(_databases: Any) -> Iterator[tuple[Stage, str]]:
    """The same on PostgreSQL."""
    address = _databases.take()
    stage = lived(address)
    yield stage, address
    stage.close()
    _databases.give_back(address)


def test_everything_happened_that_is_remembered(hub: tuple[Stage, Path]) -> None:
    """Else this file would find nothing because there is nothing."""
    with hub[0].store.reading() as tx:
        rows = {t.name: tx.sql.execute(select(func.count()).select_from(t)).scalar_one() for t in metadata.tables.values()}
        kinds = set(tx.sql.execute(select(metadata.tables["inbox"].c.kind)).scalars())
        aside = [name for name, row in systems.all_systems(tx).items() if row.state == "aside"]
    assert [name for name, count in rows.items() if not count] == ["lease", "waiting_ref", "uncompared"]
    assert kinds == {"upserted", "exists"} and aside == ["list"]


@pytest.mark.fault("X13", guard="hub.store.seal:Keyring.blind")
def test_no_value_stands_readable_in_the_file(hub: tuple[Stage, Path]) -> None:
    stage, path = hub
    found: dict[str, set[bytes]] = {}
    for file in path.parent.iterdir():
        found[file.name] = set(CANARY.findall(file.read_bytes()))
    assert "hub.db-wal" in found
    assert {name: words for name, words in found.items() if words} == {}
    assert b"reviewer" in (path.parent / "hub.db-wal").read_bytes() + path.read_bytes()  # what is no secret is found this way
    assert any(CANARY.search(repr(c.units).encode()) for c in stage.contacts())


def test_no_value_stands_readable_after_the_file_was_closed(hub: tuple[Stage, Path]) -> None:
    stage, path = hub
    stage.store.engine.dispose()
    assert CANARY.findall(path.read_bytes()) == []


def test_no_value_stands_readable_in_the_tables_of_a_server(served: tuple[Stage, str], tmp_path: Path) -> None:
    stage, address = served
    rows = dumped(address)
    assert set(CANARY.findall(rows)) == set()
    assert b"reviewer" in rows and len(rows) > 50_000
    assert any(CANARY.search(repr(c.units).encode()) for c in stage.contacts())
    stage.store.copy_to(tmp_path / "copy.db")
    copy = (tmp_path / "copy.db").read_bytes()
    assert set(CANARY.findall(copy)) == set() and b"reviewer" in copy


def test_what_is_told_about_a_run_names_nobody(hub: tuple[Stage, Path]) -> None:
    stage, _ = hub
    told = repr([runs(stage.store, 50), status(stage.store, [])]).encode()
    assert len(told) > 1000 and CANARY.findall(told) == []
