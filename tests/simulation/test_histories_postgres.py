"""The same history on PostgreSQL: what happens does not depend on the database."""

from __future__ import annotations

import pytest

from hub.testing.simulation.history import run_history


@pytest.mark.parametrize("seed", range(20))
def test_history_goes_the_same_way_on_postgresql(seed: int, postgres_url: str) -> None:
    there, here = run_history(seed, cycles=2, url=postgres_url), run_history(seed, cycles=2)
    assert (there.trace, there.violations) == (here.trace, [])
