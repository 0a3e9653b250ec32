"""kill -9 at any moment of a run, over HTTP. The next run completes by itself: nobody twice, nothing lost, the same end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kill_child import KINDS, Place
from kill_world import PEOPLE, World, world

MOST = 64 if os.name == "posix" else 32
"""Places that are tried; a process costs much more on Windows."""
OURS = 2
"""The site's own organisation and the hub's account there are contacts as others are."""


@dataclass
class Tried:
    """A world, the places of an undisturbed run over it, and what that came to."""

    world: World
    places: list[Place]
    undisturbed: dict[str, Any]
    wrote: int

    def chosen(self, part: int) -> Place:
        """Every place at a request, and commits evenly spread over all there are."""
        calls = [place for place in self.places if "commit" not in place[0]]
        commits = [place for place in self.places if "commit" in place[0]]
        some = MOST - len(calls)
        assert 0 < some <= len(commits)
        return (calls + [commits[len(commits) * n // some] for n in range(some)])[part]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    with world(tmp_path_factory.mktemp("kill")) as made:
        (first, second), _ = made.run(2)
        undisturbed = made.seen()
        assert second[1]["writes"] == 0
        made.thaw()
        (_,), met = made.run()
        yield Tried(made, [(kind, n) for kind, count in sorted(met.items()) for n in range(1, count + 1)], undisturbed,
                    first[1]["writes"])


def test_there_is_much_to_do(tried: Tried) -> None:
    """And what a run nobody killed comes to is what it should."""
    kinds = {kind for kind, _ in tried.places}
    assert kinds == {"before commit", "after commit", "before crm", "unanswered crm", "before book", "unanswered book"}
    assert all(any(kind.startswith(each) for kind in kinds) for each in KINDS)
    assert len(tried.places) >= MOST and tried.wrote == 5
    assert len({tried.chosen(part) for part in range(MOST)}) == MOST
    end = tried.undisturbed
    assert [unit for unit, _ in end["conflicts"]] == ["@exists", "name.family"]
    assert len(end["crm"]) == PEOPLE + 2 and len(end["contacts"]) == len(end["book"]) == PEOPLE + 2 + OURS


@pytest.mark.parametrize("part", range(MOST))
def test_killed_at_a_place(tried: Tried, part: int) -> None:
    """Then the next run, plainly, in a process of its own; and one more, which finds nothing to write."""
    at = tried.chosen(part)
    tried.world.thaw()
    tried.world.killed(at)
    (next_, after), before = tried.world.runs(2)
    assert (next_[0], next_[1]["stopped"]) == ("done", {}), at
    assert after[1]["writes"] == 0 and tried.world.bytes() == before, at
    assert tried.world.seen() == tried.undisturbed, at


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again(tried: Tried, seed: int) -> None:
    """Also the run that would put it right is killed, at the next place of that kind, and the one after."""
    kinds = sorted({kind for kind, _ in tried.places})
    tried.world.thaw()
    for n, kind in enumerate((kinds[seed], kinds[seed + 3], kinds[seed])):
        tried.world.killed((kind, 2 + n))
    ((state, _),), _ = tried.world.run()
    assert state == "done"
    assert tried.world.seen() == tried.undisturbed
