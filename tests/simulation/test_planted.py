"""Every planted bug is found: the histories that pass would not have passed without the rule it breaks."""

from __future__ import annotations

import pytest

from hub.testing.simulation import run_history
from hub.testing.simulation.planted import PLANTED

WITHIN = 150
CRASHES = (KeyError, AssertionError, AttributeError, StopIteration, ValueError)
"""A bug may also break the engine outright; that is found, too."""


def test_there_are_enough() -> None:
    assert len(PLANTED) >= 15


@pytest.mark.parametrize("rule", sorted(PLANTED))
def test_the_oracle_finds_it(rule: str) -> None:
    for seed in range(WITHIN):
        try:
            if run_history(seed, patch=PLANTED[rule]).violations:
                return
        except CRASHES:
            return
    pytest.fail(f"survived {WITHIN} histories: {rule}")
