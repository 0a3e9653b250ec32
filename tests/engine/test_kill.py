"""kill -9 at any moment of a run. The next run completes by itself: nobody twice, nothing lost, the same end."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from kill_child import RULES, TRAITS, live, stage

from hub.engine import asking
from hub.store import journal, plans
from hub.testing.memory import MemorySystem
from hub.testing.stage import Stage, addresses, emails

WAYS = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
if os.name == "posix":
    WAYS.set_forkserver_preload(["kill_child"])
MOST = 80 if os.name == "posix" else 16
"""Places that are tried, evenly spread over all there are; a process costs much more on Windows."""

Vendors = dict[str, MemorySystem]


@dataclass
class World:
    """The moment before a run with much to do: the database file and the vendors, frozen."""

    folder: Path
    database: bytes
    vendors: bytes
    at: float
    undisturbed: Any = None
    places: list[str] = field(default_factory=list)
    attempts: int = 0

    def thawed(self) -> tuple[str, Vendors]:
        """A copy of the database, and the vendors as they were."""
        self.attempts += 1
        path = self.folder / f"{self.attempts}.db"
        path.write_bytes(self.database)
        return f"sqlite:///{path.as_posix()}", pickle.loads(self.vendors)

    def run(self, url: str, vendors: Vendors, die_at: int | None, *, kill_after: Callable[[int, float], bool] | None = None) -> list[str] | None:
        """One run in a process of its own, the vendors here. ``kill_after``: asked with the calls served and the
        seconds gone by; when it says so, the process is killed from outside. Returns the places it came by, or None
        when it died."""
        self.attempts += 1
        ours, theirs = WAYS.Pipe()
        child = WAYS.Process(target=live, args=(url, theirs, self.attempts, self.at + self.attempts, die_at))
        child.start()
        theirs.close()
        began, served = monotonic(), 0
        places = None
        while True:
            if kill_after is not None and kill_after(served, monotonic() - began):
                child.kill()
            if not wait([ours, child.sentinel], 0.02):
                continue
            try:
                asked = ours.recv() if ours.poll() else None
            except (EOFError, OSError):
                break
            if asked is None:
                break
            served += 1
            if asked[1] == "end":
                places = asked[2][0]
                break
            _serve(ours, vendors[asked[0]], *asked[1:])
        child.join(60)
        assert not child.is_alive()
        assert (child.exitcode == 0) == (places is not None)
        child.close()
        ours.close()
        return places

    def recover(self, url: str, vendors: Vendors) -> Any:
        """Runs as the next process does, until one writes nothing; and what everybody sees then."""
        self.attempts += 1
        made = stage(url, self.attempts, self.at + 10 * self.attempts)
        made.vendors = vendors
        for name, connector in made.connectors.items():
            connector.world = vendors[name]
        made.store.take_lease("the next run")  # the holder is dead: taken over at once
        made.settle()
        seen = end(made)
        made.close()
        return seen


def _serve(pipe: Connection, vendor: MemorySystem, call: str, args: tuple[Any, ...], more: dict[str, Any]) -> None:
    try:
        what = getattr(vendor, call)
        answer = what(*args, **more) if callable(what) else what
    except Exception as error:
        answer = error
    try:
        pipe.send(answer)
    except OSError:
        pass  # killed from outside while it waited


def end(made: Stage) -> dict[str, Any]:
    """What users see, and what the hub still has open, without ids."""
    with made.store.reading() as tx:
        assert journal.verify(tx) is None
        assert plans.open_intents(tx) == []
    return {
        "records": {n: sorted(
            (r["given"], r["family"], r["notes"], r["company"], r["optout"], sorted(r["groups"]), sorted(addresses(TRAITS[n], r)))
            for r in vendor.records().values()) for n, vendor in made.vendors.items()},
        "contacts": len(made.contacts()),
        "conflicts": sorted((c["unit"], str(c["hub"]), sorted(str(x["value"]) for x in c["contenders"]))
                            for c in asking.conflicts(made.store, made.book)),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Six people everywhere. Then users type: edits, two that contend, an address put right, a withdrawal, a delete,
    new people in two systems."""
    folder = tmp_path_factory.mktemp("kill")
    path = folder / "start.db"
    made = stage(f"sqlite:///{path.as_posix()}", 0, 0)
    crm, book = made.vendors["crm"], made.vendors["book"]
    people = [crm.user_create({
        "given": f"Given{n}", "family": f"Family{n}", "notes": f"Notes{n}", "company": "Oy", "groups": ["donors"],
        **emails(TRAITS["crm"], [f"p{n}@example.org"])}).ref.native_id for n in range(6)]
    made.settle()
    made.clock.turn(100)
    there = {str(r["given"]): i for i, r in book.records().items()}
    crm.user_edit(people[0], {"given": "Edited", "company": None})
    crm.user_edit(people[1], {"family": "One"})
    book.user_edit(there["Given1"], {"family": "Other", "notes": "Edited"})
    crm.user_edit(people[2], emails(TRAITS["crm"], ["right@example.org"], crm.row(people[2]).data))
    book.user_edit(there["Given3"], {"optout": True, "groups": ["donors", "members"]})
    crm.user_delete(people[4])
    crm.user_create({"given": "New", "family": "Person", **emails(TRAITS["crm"], ["new@example.org"])})
    book.user_create({"given": "Another", "family": "Newcomer"})
    made.clock.turn(100)
    made.store.engine.dispose()
    world = World(folder, path.read_bytes(), pickle.dumps(made.vendors), made.clock.now() - stage("sqlite://", 0, 0).clock.now())
    url, vendors = world.thawed()
    world.places = world.run(url, vendors, None) or []
    world.undisturbed = world.recover(url, vendors)
    return world


def test_there_is_much_to_do(world: World) -> None:
    """And what a run nobody killed comes to is what it should."""
    kinds = {p.split(".")[-1].split()[0] for p in world.places}
    assert {"before", "after", "created", "updated", "deleted", "listed", "changed", "modified"} <= kinds
    assert len(world.places) >= 60
    assert [c[0] for c in world.undisturbed["conflicts"]] == ["name.family"]
    assert world.undisturbed["contacts"] == 7 and {len(r) for r in world.undisturbed["records"].values()} == {7}


def places() -> list[int]:
    """Parts of the whole, in thousandths: how many places there are is known only when the world was made."""
    return [1000 * n // MOST for n in range(MOST)]


@pytest.mark.parametrize("part", places())
def test_killed_at_a_place(world: World, part: int) -> None:
    die_at = 1 + part * len(world.places) // 1000
    url, vendors = world.thawed()
    assert world.run(url, vendors, die_at) is None, f"it did not die at {die_at}"
    assert world.recover(url, vendors) == world.undisturbed, f"killed {world.places[die_at - 1]}"


@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again(world: World, seed: int) -> None:
    """Also the run that would put it right is killed."""
    rng = random.Random(seed)
    url, vendors = world.thawed()
    for _ in range(3):
        world.run(url, vendors, rng.randrange(1, len(world.places)))
    assert world.recover(url, vendors) == world.undisturbed


@pytest.mark.parametrize("seed", range(6))
def test_killed_from_outside(world: World, seed: int) -> None:
    """By another process, whatever this one is doing: after some calls, or some time."""
    rng = random.Random(seed)
    calls, seconds = rng.randrange(1, 40), rng.uniform(0.05, 0.8)
    url, vendors = world.thawed()
    by_time = bool(seed % 2)
    world.run(url, vendors, None, kill_after=lambda served, gone: gone > seconds if by_time else served > calls)
    assert world.recover(url, vendors) == world.undisturbed


def test_rules_name_known_systems() -> None:
    assert RULES.keys() <= TRAITS.keys()
