"""How often a value that somebody types between the hub's last look at a record and its write of that record is overwritten
without anybody being told: per connector, at the worst moment.

A person is in two systems. Somebody types in the one; while the hub carries that into the other, somebody types there too, just
before the request that writes: into the field that is being written, or into another one of the same record.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from hub.sdk.capabilities import Support
from hub.store import plans
from hub.testing.simulation.ending import LATER_S
from hub.testing.simulation.people import core
from hub_demo.real.chance import seeded
from hub_demo.real.history import History, inline_loop
from hub_demo.real.judging import judge
from hub_demo.real.wire import When

BESIDE = {"carddav": "dynamics"}
"""The system the first of the two types in: where nothing is said, the address book."""
WRITTEN, OTHER = "name.given", "name.family"


@dataclass(slots=True)
class Window:
    """``typed``: values typed at that moment, by field; ``lost``: of these, those that are nowhere at the end and nobody was told
    of."""

    kind: str
    conditional: bool = False
    typed: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)


def measure(kind: str, people: int, seed: int = 0, moment: When = "before") -> Window:
    """So many people for each of the two fields. ``moment``: somebody types before the request that writes, or after it."""
    with seeded(seed):
        history = History(seed, [kind, BESIDE.get(kind, "carddav")], cycles=0, undo=0)
        try:
            with inline_loop() as loop:
                return _Ambush(history, kind, moment).run(loop, people)
        finally:
            history.close()


class _Ambush:
    """Somebody types as soon as a write is on its way to ``kind``."""

    def __init__(self, history: History, kind: str, moment: When) -> None:
        self.moment = moment
        self.history, self.kind, self.office = history, kind, history.offices[kind]
        self.beside = next(name for name in history.offices if name != kind)
        self.field, self.record, self.armed = WRITTEN, "", False
        self.typed: dict[str, str] = {}
        history.quiet, history.ambush = True, self._strike
        self.office.unhelpful()
        for wire in history.wires.values():
            wire.calm()

    def run(self, loop: asyncio.AbstractEventLoop, people: int) -> Window:
        connector = self.history.connectors[self.kind]
        window = Window(self.kind, connector.capabilities.conditional_write is Support.YES)
        for number in range(2 * people):
            self.field = (WRITTEN, OTHER)[number % 2]
            loop.run_until_complete(self._one())
        found = judge(self.history.store, self.history.book, self.history.offices, self.history.crowd)
        for token, at in self.typed.items():
            window.typed[at] += 1
            window.lost[at] += any(line.startswith(f"lost: {token} ") for line in found)
        return window

    async def _one(self) -> None:
        crowd, there = self.history.crowd, set(self.office.people())
        crowd.arrive(self.beside, like=crowd.somebody())
        here = list(self.history.offices[self.beside].people())[-1]
        await self._cycles(2)
        self.record = next(record for record in self.office.people() if record not in there)
        crowd.change(self.beside, here, WRITTEN)
        self.armed = True
        await self._cycles(2)

    async def _cycles(self, count: int) -> None:
        for _ in range(count):
            self.history.wait(LATER_S)
            await self.history.cycle()

    def _strike(self, kind: str, when: str, writing: bool) -> None:
        if not (self.armed and kind == self.kind and when == self.moment and writing):
            return
        with self.history.store.reading() as tx:
            under_way = any(intent.system == kind for intent in plans.open_intents(tx))
        if under_way:  # else it is a login
            self.armed = False
            self.typed[str(core(self.history.crowd.change(kind, self.record, self.field)))] = self.field
