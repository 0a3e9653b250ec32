"""Ids: ordered by when they were made, whatever the clock does."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.store.ids import Ids


def test_ids_are_uuids_of_version_7_that_tell_their_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(Ids()())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_each_id_is_greater_than_the_one_before_also_when_the_clock_stands_or_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ids, moments = Ids(), [5_000_000_000_000, 5_000_000_000_000, 3_000_000_000_000, 5_000_001_000_000]
    made = []
    for moment in moments:
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment)
        made += [ids() for _ in range(50)]
    assert made == sorted(set(made))
    assert all(uuid.UUID(each).variant == uuid.RFC_4122 for each in made)


def test_threads_never_get_one_id_twice() -> None:
    ids = Ids()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ids(), range(2000)))
    assert len(set(made)) == 2000
