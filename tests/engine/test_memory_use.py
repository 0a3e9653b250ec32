"""Memory stays flat: what a cycle holds at once is chunks, not everybody."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_stories import CALM, edit_all, people

from hub.engine import identify, pull
from hub.store.store import chunks
from hub.testing.memory import Traits
from hub.testing.stage import Stage

SMALL = 40
"""Chunks of so many, so that a few hundred people are many chunks."""
LISTED = Traits(page=SMALL, cursor="none", deletes_seen_as="absence")
BOOK = Traits(page=SMALL, batch_max=SMALL, batch_mode="partial")
FEW, MANY = 60, 180


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(chunks, "__defaults__", (SMALL,))
    monkeypatch.setattr(identify, "CHUNK", SMALL)
    monkeypatch.setattr(pull, "CHUNK", SMALL)
    yield


def peaks(count: int, folder: Path) -> tuple[int, int]:
    """The most memory a cycle held above what was there before, in bytes: one that lists everybody and finds nothing new,
    and one in which everybody was edited."""
    s = Stage({"crm": LISTED, "book": BOOK}, limits=CALM, url=f"sqlite:///{(folder / f'{count}.db').as_posix()}")
    people(s, count, notes="n" * 500)
    s.settle()
    silent = peak(s)
    edit_all(s, "crm", notes="m" * 500)
    busy = peak(s)
    assert s.written() == {"crm": 0, "book": count}
    s.close()
    return silent, busy


def peak(stage: Stage) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        stage.sync()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("small_chunks")
def test_people_more_cost_next_to_nothing(tmp_path: Path) -> None:
    """What a person in a chunk takes is over 30,000 bytes. Of the others ids stay (silent); and in a cycle that writes them
    all also their place in the plan, and what the vendor keeps of them, who lives in this process too."""
    peaks(SMALL // 2, tmp_path)  # what is loaded and remembered once
    (silent, busy), (silent_many, busy_many) = peaks(FEW, tmp_path), peaks(MANY, tmp_path)
    more = MANY - FEW
    assert (silent_many - silent) / more < 600
    assert (busy_many - busy) / more < 5_000
    assert busy / SMALL > 30_000
