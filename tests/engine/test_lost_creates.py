"""Nobody is made twice when the answers to creates are lost; and this would notice if somebody were."""

from __future__ import annotations

from hub.testing.lost_creates import KINDS, lose_creates
from hub.testing.simulation.planted import PLANTED


def test_nobody_is_doubled_and_nobody_is_missing() -> None:
    found = lose_creates(40, seed=5)
    assert all(found.lost[name] >= 10 for name in KINDS)
    assert found.cycles and not any(found.doubled.values()) and not any(found.missing.values())


def test_a_hub_that_makes_again_what_was_not_answered_is_caught() -> None:
    with PLANTED["writing: a lost answer to a create is a failure, and it is made again"].plant():
        found = lose_creates(5, most=2)
    assert any(found.doubled.values())
