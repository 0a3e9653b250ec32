"""Clock and backups."""

from __future__ import annotations

import pytest

from hub.doctor.backups import backups
from hub.doctor.clock import clock, installed_at

NOW, DAY = 1_795_000_000.0, 86_400.0


@pytest.mark.parametrize(("newest", "installed", "state"), [
    (None, 0.0, "unknown"), (NOW - 60, 0.0, "fine"), (NOW + 299, 0.0, "fine"), (NOW + 301, 0.0, "wrong"),
    (NOW - 60, NOW + 301, "warning"), (None, NOW + 301, "warning"), (None, NOW - 1, "unknown"), (NOW + 301, NOW + 301, "wrong"),
])
def test_nothing_that_happened_is_later_than_now(newest: float | None, installed: float, state: str) -> None:
    found = clock(newest, NOW, installed)
    assert found.state == state
    assert bool(found.cure) == (state != "fine")


def test_the_program_was_put_here_before_this_test() -> None:
    import time

    assert 1_700_000_000 < installed_at() < time.time() + 300


@pytest.mark.parametrize(("age", "state", "words"), [
    (None, "warning", "no backup yet"), (0.0, "fine", "less than 1 day old"), (1.5 * DAY, "fine", "less than 2 days old"),
    (3 * DAY, "warning", "3 days old"),
])
def test_the_age_of_the_newest_backup(age: float | None, state: str, words: str) -> None:
    found = backups(None if age is None else NOW - age, NOW)
    assert found.state == state
    assert words in found.text
