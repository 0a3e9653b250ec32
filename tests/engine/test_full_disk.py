"""The disk is full at any commit of a run: the run stops and says so, and the next one completes as if nothing had been."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from hub.errors import StoreFull
from hub.model.write import NativeWrite, WriteResult
from hub.store import journal, plans
from hub.store import tables as t
from hub.testing.memory import MemoryConnector, Traits
from hub.testing.stage import Stage, emails


class Disk:
    """Counts commits; from number ``room`` on there is no room."""

    def __init__(self) -> None:
        self.commits, self.room = 0, 1_000_000

    def __call__(self, when: str) -> None:
        if when == "before commit":
            self.commits += 1
            if self.commits > self.room:
                raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))


def story(disk: Disk) -> Stage:
    """People in three systems; then edits, one that contends, a new person: all of a cycle's steps have work."""
    listed = Traits(own_key=False, cursor="none", deletes_seen_as="absence", unique_key=False)
    stage = Stage({"crm": Traits(conditional=False, returns="none"), "book": Traits(), "list": listed}, hook=disk)
    crm, book = stage.vendors["crm"], stage.vendors["book"]
    people = [crm.user_create({
        "given": f"Given{n}", "family": f"Family{n}", **emails(stage.traits["crm"], [f"p{n}@example.org"])}).ref.native_id
        for n in range(3)]
    stage.settle()
    there = {str(r["given"]): i for i, r in book.records().items()}
    crm.user_edit(people[0], {"given": "Edited"})
    crm.user_edit(people[1], {"family": "One"})
    book.user_edit(there["Given1"], {"family": "Other"})
    book.user_create({"given": "New", "family": "Person"})
    return stage


def end(stage: Stage) -> dict[str, Any]:
    with stage.store.reading() as tx:
        assert journal.verify(tx) is None
        assert plans.open_intents(tx) == []
    seen: dict[str, Any] = {n: sorted((str(r["given"]), str(r["family"])) for r in v.records().values())
                            for n, v in stage.vendors.items()}
    return {**seen, "contacts": len(stage.contacts()), "conflicts": [c.conflict.unit for c in stage.conflicts()]}


def promised(stage: Stage) -> int:
    """Intents there ever were: what could not be promised in writing is not sent."""
    with stage.store.reading() as tx:
        return int(tx.sql.execute(select(func.count()).select_from(t.intent)).scalar_one())


def written(stage: Stage) -> int:
    return sum(len(v.log) for v in stage.vendors.values())


@pytest.mark.fault("S3", guard="hub.engine.pull:_arrive")
@pytest.mark.fault("S5", guard="hub.engine.push:_claim")
def test_at_every_commit() -> None:
    disk = Disk()
    stage = story(disk)
    before = disk.commits
    stage.sync()
    commits = disk.commits - before
    stage.settle()
    undisturbed = end(stage)
    assert commits > 30 and undisturbed["conflicts"] == ["name.family"] and undisturbed["contacts"] == 4
    for number in range(commits):
        disk = Disk()
        stage = story(disk)
        disk.room = disk.commits + number
        promises, writes = promised(stage), written(stage)
        with pytest.raises(StoreFull, match=r"disk is full.*Nothing was lost; make room"):
            stage.sync()
        assert written(stage) - writes <= promised(stage) - promises
        disk.room = 1_000_000
        stage.settle()
        assert end(stage) == undisturbed, f"full at commit {number}"


def test_nobody_goes_on_writing_after_the_run_stopped() -> None:
    """The other systems' requests that are under way end with it: the next run must not meet them."""
    disk = Disk()
    stage = story(disk)
    ended: list[str] = []

    class Slow(MemoryConnector):
        async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("list")
            raise AssertionError

    class Full(MemoryConnector):
        async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
            await asyncio.sleep(0)
            disk.room = disk.commits
            return await super().write(entity, batch)

    stage.connectors["crm"] = Full(stage.vendors["crm"], stage.faults["crm"])
    stage.connectors["list"] = Slow(stage.vendors["list"], stage.faults["list"])
    stage.vendors["book"].user_edit(next(iter(stage.vendors["book"].records())), {"notes": "for both"})

    async def run() -> None:
        with pytest.raises(StoreFull):
            await stage.cycle(approve="reviewer")
        assert ended == ["list"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
