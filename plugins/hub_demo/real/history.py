"""One history: systems from a seed, cycles with faults, crashes and typing people, then quiet, then the judgement."""

from __future__ import annotations

import asyncio
import functools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from hub.engine.cycle import run_cycle
from hub.engine.noting import note_rules
from hub.errors import StoreError
from hub.sdk.capabilities import Support
from hub.sdk.connector import Connector
from hub.store.store import Store
from hub.testing.clock import VirtualClock
from hub.testing.simulation.ending import end
from hub.testing.simulation.process import Crash, Process
from hub.testing.simulation.reviewer import Reviewer
from hub.testing.simulation.undoing import Undone
from hub_demo.real.chance import seeded
from hub_demo.real.judging import judge
from hub_demo.real.offices import OFFICES
from hub_demo.real.people import Crowd
from hub_demo.real.rules import connect, rulebook
from hub_demo.real.wire import Weather, Wire


@dataclass(slots=True)
class Result:
    """What one history came to.

    ``kinds``   of its systems · ``counts``: requests, writes, and faults on the wires
    ``unseen``  kind → values typed between our last look and our write, in a system without conditional writes, that are nowhere
    ``undone``  what became of the runs that were undone
    ``trace``   every request and answer, byte for byte, and what people did; equal for equal seeds
    """

    seed: int
    kinds: tuple[str, ...] = ()
    cycles: int = 0
    crashes: int = 0
    typed: int = 0
    unseen: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    undone: list[Undone] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)


def run_history(seed: int, *, kinds: Sequence[str] = (), cycles: int = 8, undo: int | None = None,
                patch: Callable[[], AbstractContextManager[Any]] = nullcontext) -> Result:
    """Run one history. ``kinds``: its systems; () draws 2 to 6. ``undo``: so many runs are undone at the end; None: one in half
    of the histories. ``patch``: a planted bug, in force while it runs."""
    with seeded(seed), patch():
        history = History(seed, kinds, cycles, seed % 2 if undo is None else undo)
        try:
            return history.run()
        finally:
            history.close()


class History:
    """The world of one seed."""

    def __init__(self, seed: int, kinds: Sequence[str], cycles: int, undo: int) -> None:
        def dice(whose: str) -> random.Random:
            return random.Random(f"{seed}/{whose}")  # noqa: S311  (a simulation, no secret)

        self.rng, self.chaos, self.undoer = dice("course"), dice("chaos"), dice("undo")
        chosen = sorted(kinds) or sorted(self.rng.sample(sorted(OFFICES), self.rng.choice([2, 2, 3, 3, 4, 5, 6])))
        self.clock, self.cycles, self.undo = VirtualClock(), cycles, undo
        self.result = Result(seed, tuple(chosen))
        self.offices = {kind: OFFICES[kind](self.clock, dice(kind)) for kind in chosen}
        self.crowd = Crowd(dice("people"), self.offices)
        self.crash_rate = self.rng.choice([0.0, 0.0, 0.003, 0.01])
        self.race_rate = self.rng.choice([0.0, 0.02, 0.08])
        self.quiet = self.dead = False
        self.stopped: dict[str, str] = {}
        self.ambush: Callable[[str, str, bool], None] = lambda kind, when, writing: None
        storm = self.rng.choice([0.0, 0.3, 1.0, 2.0])
        self.wires = {kind: Wire(office, self.clock, dice(f"wire {kind}"), functools.partial(self._between, kind),
                                 self.result.trace, Weather.of(storm)) for kind, office in self.offices.items()}
        self.book = rulebook(self.rng, self.offices)
        self.process = Process(seed, self.clock.now, self._at_commit)
        self.reviewer = Reviewer(dice("reviewer"), self.crowd)
        self.connectors = self._connect()

    @property
    def store(self) -> Store:
        """Of the process that runs now."""
        return self.process.store

    def close(self) -> None:
        self.store.close()
        for office in self.offices.values():
            office.close()

    def _connect(self) -> dict[str, Connector]:
        return {kind: connect(office, self.wires[kind]) for kind, office in self.offices.items()}

    # ---- what happens between our steps

    def _between(self, kind: str, when: str, writing: bool) -> None:
        """Of what is written just now something is changed three times as often as anything else."""
        self._die_if(dead=self.dead)
        self.ambush(kind, when, writing)
        if self.quiet:
            return
        if self.chaos.random() < self.race_rate * (3 if writing else 1):
            self.crowd.act(kind if writing else "")
        self._die_if(dead=self.chaos.random() < self.crash_rate)

    def _at_commit(self, when: str) -> None:
        self._die_if(dead=self.dead or (not self.quiet and self.chaos.random() < self.crash_rate))

    def _die_if(self, *, dead: bool) -> None:
        """Nothing a dead process still wants to do is done."""
        self.dead = dead
        if dead:
            raise Crash

    # ---- the history

    def run(self) -> Result:
        for _ in range(self.rng.choice([1, 2, 3, 5])):
            self.crowd.arrive(self.rng.choice(list(self.offices)))
        with inline_loop() as loop:
            loop.run_until_complete(self._live())
        self.result.violations += judge(self.store, self.book, self.offices, self.crowd)
        self._sort_out_unseen()
        self.result.typed = len(self.crowd.typed)
        for wire in self.wires.values():
            self.result.counts.update(wire.counts)
        self.result.trace += self.crowd.acts
        return self.result

    async def _live(self) -> None:
        for _ in range(self.cycles):
            for _ in range(self.rng.choice([0, 1, 2, 4])):
                self.crowd.act()
            for kind, wire in self.wires.items():
                wire.weather.down = self.rng.random() < 0.1
                if self.rng.random() < 0.03:
                    self.offices[kind].forget()
            await self.cycle()
            self.review(self.rng.choice([0.0, 0.5]))
            self.clock.turn(self.rng.choice([30.0, 200.0, 4000.0]))
        self.quiet = True
        self.crowd.show_all()
        for wire in self.wires.values():
            wire.calm()
        self.result.undone, found = await end(self, self.undo, self.undoer)
        self.result.violations += found + [f"stopped: {name}: {why}" for name, why in self.stopped.items()]

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.turn(seconds)

    def writes(self) -> int:
        """Requests that write so far, on all wires."""
        return sum(wire.counts["writes"] for wire in self.wires.values())

    async def cycle(self) -> None:
        """One cycle of the hub, whose plan is approved; after a crash a new process is there."""
        self.result.cycles += 1
        try:
            note_rules(self.store, self.book, dict.fromkeys(self.book.systems, ""))
            cycle = await run_cycle(self.store, self.book, self.connectors, approve="reviewer",
                                    accept=frozenset(self.offices) if self.quiet else frozenset())
            self.stopped = dict(cycle.tally.stopped)
        except Crash:
            self.result.crashes += 1
            self.dead = False
            self.process.restart()
            self.connectors = self._connect()
        except StoreError as e:
            self.result.violations.append(f"store: {e}")

    def review(self, chance: float, *, conflicts: bool = True) -> int:
        """See ``Reviewer.review``. Nobody kills the reviewer's own process."""
        was, self.crash_rate = self.crash_rate, 0.0
        given = self.reviewer.review(self.store, chance, conflicts=conflicts)
        self.crash_rate = was
        return given

    def _sort_out_unseen(self) -> None:
        """A value the hub was never shown, in a system that cannot be asked to write only what nobody changed: that is the window
        its README tells of, and not a violation."""
        kept = []
        for line in self.result.violations:
            word, _, rest = line.partition(": ")
            token, _, place = rest.partition(" typed in ")
            kind = place.partition(":")[0]
            if word == "lost" and kind in self.wires and not self._could_know(kind, token):
                self.result.unseen[kind] += 1
            else:
                kept.append(line)
        self.result.violations = kept

    def _could_know(self, kind: str, token: str) -> bool:
        conditional = self.connectors[kind].capabilities.conditional_write is Support.YES
        return (conditional and self.offices[kind].atomic) or token in {each.casefold() for each in self.wires[kind].shown}


@contextmanager
def inline_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop whose threads are none: what a connector reads from a disk in a thread is read in its turn, so that the order of all
    that happens comes from the seed."""
    loop = asyncio.new_event_loop()

    def at_once(_executor: Any, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = loop.create_future()
        try:
            done.set_result(work(*args))
        except BaseException as e:
            done.set_exception(e)
        return done

    loop.run_in_executor = at_once  # type: ignore[assignment, method-assign]
    try:
        yield loop
    finally:
        loop.close()
