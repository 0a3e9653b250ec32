"""The trouble, cycle by cycle."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import httpx

from hub.cli.cycles import watched
from hub.engine.cycle import Cycle
from hub_demo import decisions
from hub_demo.association import VOLUNTEERS
from hub_demo.in_process import House
from hub_demo.trouble.desks import desks
from hub_demo.trouble.judging import Judgement, judge
from hub_demo.trouble.typists import Typists
from hub_demo.trouble.wire import Wire

if TYPE_CHECKING:
    from hub.cli.output import Output

CYCLES = 12
DOWN = range(CYCLES // 3, 2 * CYCLES // 3)
"""In these one system does not answer."""
MOST_CALM = 8
BY = "the demo"
LATER_S = 900
"""What passes between two cycles."""
EDITED = 0.03
"""Edits before a cycle, for each person."""


@dataclass(frozen=True, slots=True)
class Line:
    """One cycle. ``down``: the system that did not answer."""

    name: str
    created: int
    updated: int
    deleted: int
    stale: int
    unknown: int
    refused: int
    requests: int
    down: str
    seconds: float


@dataclass
class Trouble:
    """The run. ``down``: the system that is away for a third of the cycles; ``lines``: what each cycle did."""

    show: Output
    house: House
    seed: int
    lines: list[Line] = field(default_factory=list)
    wires: dict[str, Wire] = field(default_factory=dict)
    decided: int = 0

    def __post_init__(self) -> None:
        self.down = self._dice("down").choice(sorted(self.house.apps))
        self.typists = Typists(desks(self.house), self._dice("typists"))

    async def run(self, people: int) -> Judgement:
        """Everything is read and who is the same is decided; then people type, and all that is approved is written, in trouble;
        then nothing goes wrong any more, until a cycle has nothing to do."""
        async with self.house.open(self._wrap) as self.hub:
            for name, connector in self.hub.connectors.items():
                self.typists.beside(name, connector)
            await self._cycle("read", self.hub.plan)
            while self.decided < decisions.MOST and self._decide():
                await self._cycle("decided", self.hub.plan)
            sync = partial(self.hub.sync, approve=BY)
            for n in range(CYCLES):
                self.wires[self.down].down = n in DOWN
                if n:
                    self.typists.work(round(people * EDITED))
                await self._cycle(f"trouble {n + 1}", sync)
            self.typists.racing = False
            for wire in self.wires.values():
                wire.calm = True
            for n in range(MOST_CALM):
                done = await self._cycle(f"calm {n + 1}", sync)
                if not done.tally.writes and not done.tally.edits:
                    break
            return await judge(self.hub, self.typists.typed, self._there_before())

    @property
    def silent(self) -> bool:
        """Did the last cycle have nothing to write?"""
        return not (self.lines[-1].created or self.lines[-1].updated or self.lines[-1].deleted)

    def _dice(self, whose: str) -> random.Random:
        return random.Random(f"{self.seed}/trouble/{whose}")  # noqa: S311  (a story, no secret)

    def _wrap(self, system: str, way: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        self.wires[system] = Wire(way, self.house.clocks[system], self._dice(system))
        return self.wires[system].transport()

    def _decide(self) -> bool:
        """As a careful person decides (``hub_demo.decisions``)."""
        groups = list(decisions.groups(self.hub.matches()))[:decisions.MOST - self.decided]
        for group in groups:
            self.hub.judge([group.name], "same", by=BY)
            self.decided += 1
        return bool(groups)

    def _there_before(self) -> dict[str, set[str]]:
        """The records that were there before the hub came. Of the list, which names nobody, they are the first rows."""
        had = len(self.house.known[VOLUNTEERS])
        return {**self.house.ids(), VOLUNTEERS: set(list(self.house.volunteers.rows())[:had])}

    async def _cycle(self, name: str, work: Callable[[], Awaitable[Cycle]]) -> Cycle:
        self.house.turn(LATER_S)
        before, began = self._requests(), time.monotonic()
        cycle = await watched(self.show, self.hub, name, work)
        tally = cycle.tally
        self.lines.append(Line(
            name, tally.created, tally.updated, tally.deleted, tally.stale, tally.unknown, tally.refused,
            self._requests() - before, self.down if self.wires[self.down].down else "", round(time.monotonic() - began, 2)))
        return cycle

    def _requests(self) -> int:
        return sum(wire.counts["requests"] for wire in self.wires.values())
