"""Memory stays flat: what a cycle holds at once is chunks, not everybody."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from engine_stories import edit_all, people, stage

from hub.engine import cycle, identify, pull
from hub.store.store import chunks

SMALL = 40
"""Chunks of so many, so that a few hundred people are many chunks."""
MOST = 2_000
"""Bytes a person more may cost (ids, a key at hand); one record as the engine holds it takes over 20,000."""


def peaks(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The most memory reconciling held above what was there before: a first sync, an edit of all."""
    found: list[int] = []
    real = cycle.reconcile

    def measured(*args: Any) -> Any:
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        try:
            return real(*args)
        finally:
            found.append(tracemalloc.get_traced_memory()[1] - before)
            tracemalloc.stop()

    monkeypatch.setattr(cycle, "reconcile", measured)
    monkeypatch.setattr(chunks, "__defaults__", (SMALL,))
    monkeypatch.setattr(identify, "CHUNK", SMALL)
    monkeypatch.setattr(pull, "CHUNK", SMALL)
    s = stage(url=f"sqlite:///{(tmp_path / f'{count}.db').as_posix()}")
    people(s, count, notes="n" * 500)
    s.sync()
    edit_all(s, "crm", notes="m" * 500)
    s.sync()
    s.close()
    monkeypatch.undo()
    return found


def test_a_hundred_and_fifty_people_more_cost_next_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some, more = peaks(50, tmp_path, monkeypatch), peaks(200, tmp_path, monkeypatch)
    assert len(some) == len(more) >= 2
    assert max(more) - max(some) < 150 * MOST
