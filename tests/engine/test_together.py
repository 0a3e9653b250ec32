"""Who is told to stop finishes what was begun; who fails takes the others along at once."""

from __future__ import annotations

import asyncio
import gc
import threading
from pathlib import Path
from typing import Any

import pytest

from hub.engine.together import together, unbroken
from hub.errors import FenceLost
from hub.store.store import Store, sqlite_url


class Batch:
    """Work that may not be broken off: it waits to be let on."""

    def __init__(self) -> None:
        self.begun, self.go, self.ended = asyncio.Event(), asyncio.Event(), False

    async def work(self) -> None:
        self.begun.set()
        await self.go.wait()
        self.ended = True


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_told_to_stop_it_ends_after_what_was_begun() -> None:
    async def story() -> None:
        batch = Batch()
        run = asyncio.create_task(together([unbroken(batch.work())]))
        await batch.begun.wait()
        run.cancel()
        await turns()
        assert not run.done()
        batch.go.set()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert batch.ended

    asyncio.run(story())


def test_told_twice_it_ends_at_once() -> None:
    async def story() -> None:
        batch = Batch()
        run = asyncio.create_task(unbroken(batch.work()))
        await batch.begun.wait()
        run.cancel()
        await turns()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert not batch.ended

    asyncio.run(story())


def test_what_one_raises_breaks_the_others_off() -> None:
    """A workspace that was taken over: nobody writes on for the run that lost it."""
    async def story() -> None:
        batch = Batch()

        async def lost() -> None:
            await batch.begun.wait()
            raise FenceLost("taken over")

        with pytest.raises(FenceLost):
            await together([lost(), unbroken(batch.work())])
        assert not batch.ended

    asyncio.run(story())


def test_what_it_raises_is_raised() -> None:
    async def wrong() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        asyncio.run(unbroken(wrong()))


def test_told_twice_the_store_says_nothing_of_what_nobody_waits_for(tmp_path: Path) -> None:
    """What the store's thread was in ends with ``Left``; asyncio used to print that as an exception nobody asked for."""
    store = Store.open(sqlite_url(tmp_path / "hub.db"), b"a master key of thirty-two bytes")
    begun, go = threading.Event(), threading.Event()
    complaints: list[dict[str, Any]] = []

    def work() -> None:
        begun.set()
        go.wait(10)
        with store.writing():
            raise AssertionError("no transaction is begun any more")

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        run = asyncio.create_task(store.call(work))
        await asyncio.to_thread(begun.wait, 10)
        run.cancel()
        await turns()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        go.set()
        del run
        await asyncio.to_thread(store._executor.submit(int).result)  # type: ignore[union-attr]
        await turns()
        gc.collect()

    asyncio.run(story())
    store.close()
    assert complaints == []
