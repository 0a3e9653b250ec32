"""The laws of the merge (merge.md 14, a to f) over whole histories: lag, races, lost answers, vendors that cut and rewrite,
slots, owners, late reviewers, new systems, joinings and partings.

A history that fails says its seed. To see it again::

    cd tests/properties && python -c "import world_history as h; h.replay(*h.random_history(SEED, LENGTH))"
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from world import USERS, World
from world_history import WORLD, play, random_history, replay
from world_state import AUTHORITIES
from world_systems import CASTS
from world_trail import LawBroken

NUMBERS = st.integers(0, 41)
TALK = sorted(set(WORLD) - {"cycle", "rest"})


class Histories(RuleBasedStateMachine):
    """Hypothesis draws the systems and the steps, and shortens what fails."""

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None
        self.failed = False

    @initialize(casts=st.lists(st.integers(0, len(CASTS) - 1), min_size=2, max_size=8),
                authority=st.integers(0, len(AUTHORITIES) - 1))
    def begins(self, casts: list[int], authority: int) -> None:
        self.world = World(casts, authority)

    def _play(self, name: str, a: int, b: int, racing: bool = False) -> None:
        assert self.world is not None
        try:
            play(self.world, (name, a, b, racing))
        except LawBroken:
            self.failed = True
            raise

    @rule(name=st.sampled_from(sorted(USERS)), a=NUMBERS, b=NUMBERS, racing=st.booleans())
    def somebody_types(self, name: str, a: int, b: int, racing: bool) -> None:
        self._play(name, a, b, racing)

    @rule(name=st.sampled_from(TALK), a=NUMBERS, b=NUMBERS)
    def something_happens(self, name: str, a: int, b: int) -> None:
        self._play(name, a, b)

    @rule(seed=NUMBERS)
    def the_hub_runs(self, seed: int) -> None:
        self._play("cycle", seed, 0)

    @rule()
    def all_is_quiet(self) -> None:
        self._play("rest", 0, 0)

    def teardown(self) -> None:
        if self.world is not None and not self.failed:
            self.world.quiet()


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=300, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("first", "many", "length"), [(0, 500, 30), (500, 500, 30), (1000, 500, 30), (1500, 500, 30), (5000, 200, 80)])
def test_random_histories(first: int, many: int, length: int) -> None:
    """2,200 histories from their seeds."""
    for seed in range(first, first + many):
        try:
            replay(*random_history(seed, length))
        except LawBroken as e:
            raise AssertionError(f"seed {seed}, length {length}: {e}") from e


def test_a_history_is_the_same_every_time() -> None:
    one, two = (replay(*random_history(7, 40)) for _ in range(2))
    assert [c.state.units for c in one.contacts] == [c.state.units for c in two.contacts]
    assert one.writes_made == two.writes_made > 0


def test_histories_reach_what_they_are_for() -> None:
    """Generators that make nothing prove nothing: conflicts, lost answers, corrections, partings and held units all happen."""
    seen: dict[str, int] = {}
    for seed in range(200):
        world = replay(*random_history(seed, 40))
        for how in world.book.ended.values():
            seen[how] = seen.get(how, 0) + 1
        for contact in world.contacts:
            seen["conflict"] = seen.get("conflict", 0) + len(contact.state.conflicts)
            seen["left"] = seen.get("left", 0) + sum(bool(k.left) for k in contact.state.links.values())
        seen["parted"] = seen.get("parted", 0) + world.book.confused
        seen["joined"] = seen.get("joined", 0) + sum(len(c.joins) for c in world.contacts)
        seen["systems"] = max(seen.get("systems", 0), len(world.systems))
    wanted = ("conflict", "left", "parted", "joined", "a person", "agreed", "consent joined", "prefer",
              "overruled: edited elsewhere: kept", "back where it was",
              "overruled: not the owner: corrected", "left: not the owner: left", "withdrew: back at its base")
    missing = [w for w in wanted if not any(how.startswith(w) and n for how, n in seen.items())]
    assert not missing, f"no history had {missing}; there were {sorted(seen)}"
    assert seen["systems"] == 8
