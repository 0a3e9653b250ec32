"""One history: a world from a seed, cycles with faults, crashes and typing users, then quiet, then the oracle."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from hub.engine.cycle import run_cycle
from hub.engine.noting import note_rules
from hub.errors import StoreError
from hub.rules.rulebook import Rulebook
from hub.store.store import Store
from hub.testing.simulation import oracle
from hub.testing.simulation.cast import Actor, VirtualClock, arm, cast, rulebook
from hub.testing.simulation.ending import end
from hub.testing.simulation.meetings import Meetings
from hub.testing.simulation.people import Users
from hub.testing.simulation.process import Crash, Process
from hub.testing.simulation.reviewer import Reviewer
from hub.testing.simulation.site import Site
from hub.testing.simulation.undoing import Undone
from hub.testing.simulation.unusual import Unusual
from hub.testing.simulation.upheaval import Upheaval


@dataclass(slots=True)
class Result:
    """What one history came to. ``undone``: what became of the runs that were undone at its end; ``trace``: hash over everything
    that happened; equal for equal seeds."""

    seed: int
    systems: int = 0
    cycles: int = 0
    calls: int = 0
    writes: int = 0
    crashes: int = 0
    typed: int = 0
    undone: list[Undone] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    trace: str = ""


def run_history(
    seed: int, *, patch: Callable[[], AbstractContextManager[Any]] = nullcontext, cycles: int = 10, mistakes: bool = False,
    site: bool = False, meetings: bool = False, undo: int = 0, url: str = "sqlite://",
) -> Result:
    """Run one history, in a workspace of its own in the database at ``url``. ``patch``: a planted bug, in force while it
    runs. ``mistakes``: people also join two contacts that are not one, and part them again. ``site``: the site has wishes of its
    own (``simulation.site``). ``meetings``: two often work at one person in two systems (``simulation.meetings``). ``undo``: so
    many runs are undone at the end (``simulation.ending``)."""
    with patch():
        history = _History(seed, cycles, mistakes, url, site, meetings, undo)
        try:
            return history.run()
        finally:
            history.store.close()


class _History:
    def __init__(
        self, seed: int, cycles: int, mistakes: bool, url: str, site: bool, meetings: bool, undo: int,
    ) -> None:
        self.rng = random.Random(seed)
        self.clock = VirtualClock()
        self.result = Result(seed)
        self.cycles, self.undo = cycles, undo
        self.actors: dict[str, Actor] = cast(self.rng, self.clock, random.Random(seed ^ 0x5EED))
        book = rulebook(self.rng, self.actors)
        self.users = Users(random.Random(seed ^ 0xABC), self.actors, self.clock)
        self.upheaval = Upheaval(random.Random(seed ^ 0xF00D), self.actors, book, cycles)
        self.chaos = random.Random(seed ^ 0xDEAD)
        self.crash_rate = self.rng.choice([0.0, 0.0, 0.01, 0.03])
        self.race_rate = self.rng.choice([0.0, 0.02, 0.08])
        self.quiet = False
        for actor in self.actors.values():
            actor.faults.between = self._between
        self.site = Site(random.Random(seed ^ 0x517E), self.actors, self.clock) if site else None
        self.meetings = Meetings(random.Random(seed ^ 0x3EE7), self.actors) if meetings else None
        self.process = Process(seed, self.clock.now, self._at_commit, url)
        self.reviewer = Reviewer(random.Random(seed ^ 0xFACE), self.users, mistakes, 0.25 if site or meetings else 0.06,
                                 random.Random(seed ^ 0x57B0) if meetings else None)

    @property
    def store(self) -> Store:
        """Of the process that runs now."""
        return self.process.store

    # ---- what happens between our steps

    def _at_commit(self, when: str) -> None:
        if not self.quiet and self.crash_rate and self.chaos.random() < self.crash_rate:
            raise Crash(when)

    def _between(self, when: str, op: str) -> None:
        self.clock.advance(self.chaos.choice([0.0, 0.01, 0.3]))
        self.users.trace.append((when, op))
        if self.quiet:
            return
        if self.chaos.random() < self.race_rate:
            self.users.act()
        if self.crash_rate and self.chaos.random() < self.crash_rate:
            raise Crash(f"{when} {op}")

    # ---- the history

    def run(self) -> Result:
        for _ in range(self.rng.choice([1, 2, 3, 5])):
            self.users.make_person()
        arm(self.rng, self.actors)
        asyncio.run(self._live())
        self.result.violations += oracle.judge(self.store, self.book, self.actors, self.users, self.site, self.meetings)
        self.result.systems = len(self.actors)
        self.result.calls = sum(a.vendor.requests for a in self.actors.values())
        self.result.writes = self.writes()
        self.result.typed = len(self.users.typed)
        for actor in self.actors.values():
            self.result.faults.update(actor.faults.counts)
        body = repr([self.users.trace, [[s.op, s.id, sorted(s.patch)] for a in self.actors.values() for s in a.vendor.log]])
        self.result.trace = hashlib.sha256(body.encode()).hexdigest()
        return self.result

    async def _live(self) -> None:
        for _ in range(self.cycles):
            for _ in range(self.rng.choice([0, 1, 2, 4])):
                self.users.act()
            if self.site is not None:
                self.site.act(self.users)
            for actor in self.actors.values():
                actor.faults.down = self.rng.random() < 0.12
            if self.meetings is not None and (late := self.meetings.act(self.users)):
                self.actors[late].faults.down = True
            if self.rng.random() < 0.05:
                self.rng.choice([self.actors[n] for n in sorted(self.actors)]).vendor.expire()
            await self.cycle()
            self.review(self.rng.choice([0.0, 0.5]))
            self.clock.advance(self.rng.choice([30.0, 200.0, 4000.0]))
        self.quiet = True
        self.users.show_all()
        for actor in self.actors.values():
            actor.faults.calm()
            actor.faults.retry_after_s = None
        self.result.undone, found = await end(self, self.undo, random.Random(self.result.seed ^ 0x04D0))
        self.result.violations += found

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    def writes(self) -> int:
        """Writes that landed so far, everywhere."""
        return sum(len(a.vendor.log) for a in self.actors.values())

    async def cycle(self) -> None:
        """One cycle of the hub; after a crash a new process is there."""
        book = self.book
        self.result.cycles += 1
        try:
            note_rules(self.store, book, dict.fromkeys(book.systems, ""))
            if self.site is not None and not self.quiet:
                unusual = Unusual(self.site, self.users, self.writes)
                self.result.violations += await unusual.cycle(self.store, book, self.process.restart)
            else:
                await run_cycle(self.store, book, {n: self.actors[n].connector for n in book.systems}, approve="reviewer",
                                accept=frozenset(self.actors) if self.quiet else frozenset())
        except Crash:
            self.result.crashes += 1
            self.process.restart()
        except StoreError as e:
            self.result.violations.append(f"store: {e}")

    def review(self, chance: float, *, conflicts: bool = True) -> int:
        """See ``Reviewer.review``. Nobody kills the reviewer's own process."""
        was, self.crash_rate = self.crash_rate, 0.0
        given = self.reviewer.review(self.store, chance, conflicts=conflicts)
        self.crash_rate = was
        return given

    @property
    def book(self) -> Rulebook:
        """In force now."""
        book = self.upheaval.rules(self.result.cycles)
        return self.site.rules(book) if self.site is not None else book
