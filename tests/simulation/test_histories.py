"""500 histories of the real engine and store: no violation. Any number more: ``python -m hub.testing.simulation``."""

from __future__ import annotations

import pytest

from hub.testing.simulation import run_history

GROUPS, EACH = 50, 10
CONFUSED = 5
"""In every fifth history people also join two contacts by mistake, and part them again."""
SITES = 12
"""Histories of sites with filters, limits, a reviewer who is away at times, a second process, a connector with mistakes."""


@pytest.mark.parametrize("group", range(GROUPS))
def test_nothing_is_lost(group: int) -> None:
    for seed in range(group * EACH, (group + 1) * EACH):
        mistakes = seed % CONFUSED == 0
        found = run_history(seed, mistakes=mistakes).violations
        flag = " --mistakes" if mistakes else ""
        assert not found, f"replay: python -m hub.testing.simulation --seed {seed} --histories 1{flag}\n" + "\n".join(found)


@pytest.mark.parametrize("seed", range(SITES))
def test_nothing_is_done_that_nobody_permitted(seed: int) -> None:
    found = run_history(seed, site=True).violations
    assert not found, f"replay: python -m hub.testing.simulation --site --seed {seed} --histories 1\n" + "\n".join(found)


@pytest.mark.parametrize("seed", [3, 17, 104, 2028, 31337])
def test_a_seed_gives_the_same_trace(seed: int) -> None:
    first, again = run_history(seed), run_history(seed)
    assert first.trace == again.trace
    assert first.calls == again.calls > 0
