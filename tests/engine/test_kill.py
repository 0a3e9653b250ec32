"""kill -9 at any moment of a run, over HTTP. The next run completes by itself: nobody twice, nothing lost, the same end."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest
from kill_child import KINDS, LOG, Place
from kill_world import CANARY, PEOPLE, World, world

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
        first, second = made.run(2)
        undisturbed = made.seen()
        assert (second.writes, second.bytes) == (0, first.bytes)
        made.thaw()
        (again,) = made.run()
        assert made.seen() == undisturbed
        places = [(kind, n) for kind, count in sorted(again.places.items()) for n in range(1, count + 1)]
        yield Tried(made, places, undisturbed, first.writes)


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
    recovered, silent = tried.world.run(2)
    assert (recovered.state, recovered.stopped) == ("done", {}), at
    assert (silent.writes, silent.bytes) == (0, recovered.bytes), at
    assert tried.world.seen() == tried.undisturbed, at


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again(tried: Tried, seed: int) -> None:
    """Also the run that would put it right is killed, at the next place of that kind, and the one after."""
    kinds = sorted({kind for kind, _ in tried.places})
    tried.world.thaw()
    for n, kind in enumerate((kinds[seed], kinds[seed + 3], kinds[seed])):
        tried.world.killed((kind, 2 + n))
    (recovered,) = tried.world.run()
    assert (recovered.state, recovered.stopped) == ("done", {})
    assert tried.world.seen() == tried.undisturbed


def test_sync_directly_after_kill_9(tried: Tried) -> None:
    """The command itself, killed while the site stores what it sent: `hub sync` once more needs no flag and does not wait."""
    tried.world.thaw()
    crm, storing, over = tried.world.crm, threading.Event(), threading.Event()
    change = crm.change_contact

    def slowly(*args: Any) -> None:
        storing.set()
        assert over.wait(60)
        change(*args)

    with patch.object(crm, "change_contact", slowly), tried.world.hub("sync") as killed:
        assert storing.wait(60)
        killed.kill()
        killed.wait(60)
        over.set()
    for _ in range(2):
        with tried.world.hub("sync") as after:
            told, _ = after.communicate(timeout=60)
        assert after.returncode == 0, told
    assert "Written" not in told
    assert tried.world.seen() == tried.undisturbed
    assert set().union(*tried.world.readable().values()) == set()
    assert (tried.world.folder / "state" / "hub.log").is_file()


def test_what_a_killed_run_leaves_names_nobody(tried: Tried) -> None:
    """The database, its log that was not yet checkpointed, and every line told on the way."""
    tried.world.thaw()
    for at in (("before commit", 20), ("unanswered crm", 2), ("unanswered book", 2)):
        tried.world.killed(at)
        files = tried.world.readable()
        assert {"hub.db", "hub.db-wal", LOG} <= files.keys()
        assert {name: words for name, words in files.items() if words} == {}
    tried.world.run()
    told = (tried.world.folder / "state" / LOG).read_text(encoding="utf-8").splitlines()
    assert sum('"system": "book"' in line for line in told) > 5 and sum('"system": "crm"' in line for line in told) > 5
    assert set().union(*tried.world.readable().values()) == set()
    assert any(CANARY.search(repr(row).encode()) for row in tried.world.rows)
