"""Every planted bug is found: the histories that pass would not have passed without the rule it breaks."""

from __future__ import annotations

import pytest

from hub.testing.simulation.planted import PLANTED, caught

WITHIN = 150
"""Histories, when the one that caught it last does not any more."""


def test_there_are_enough() -> None:
    assert len(PLANTED) >= 60


@pytest.mark.parametrize("rule", sorted(PLANTED))
def test_the_oracle_finds_it(rule: str) -> None:
    bug = PLANTED[rule]
    if not any(caught(bug, seed) for seed in (bug.first, *range(WITHIN))):
        pytest.fail(f"survived {WITHIN} histories: {rule}")
