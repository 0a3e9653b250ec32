"""Whole cycles of the real engine and an empty store over some connectors, each a system of its own: for the tests of a connector
that ask what the hub as a whole does with what it tells.

::

    cycles = Cycles(lambda: {"a": made(one), "b": made(other)}, LENS, clock)
    cycles.sync()                     # what is in one reaches the other
    assert cycles.sync().tally.writes == 0
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from hub.engine.cycle import Cycle, run_cycle
from hub.model.contact import CONTACT
from hub.rules.authority import Authority
from hub.rules.lenses.lens import Lens, build_lens
from hub.rules.rulebook import Rulebook, SystemRules
from hub.sdk.connector import Connector, SupportsSearch
from hub.store.store import Store
from hub.testing.clock import VirtualClock
from hub.testing.memory import Traits, memory_mapping

__all__ = ["Cycles", "memory_lens"]

MASTER = b"master key of tests, 32 bytes..."


class Cycles:
    """``connect``: makes a new connector for each system, by name, before each cycle; ``lens``: of them all, or of each."""

    def __init__(self, connect: Callable[[], Mapping[str, Connector]], lens: Lens | Mapping[str, Lens], clock: VirtualClock,
                 ) -> None:
        self._connect, self.clock = connect, clock
        self.store = Store.open("sqlite://", MASTER, clock=clock.now, threaded=False)
        made = connect()
        lenses = dict.fromkeys(made, lens) if isinstance(lens, Lens) else lens
        systems = {
            name: SystemRules(name, lenses[name], own_key=one.capabilities.own_key_field,
                              marker=one.capabilities.write_marker, searchable=isinstance(one, SupportsSearch))
            for name, one in made.items()}
        self.book = Rulebook(systems, Authority({}), quiet_s=0)

    def sync(self, approve: str | None = "reviewer") -> Cycle:
        """One cycle, a minute after the last one; its plan is approved unless ``approve`` is None."""
        async def work() -> Cycle:
            connectors = self._connect()
            try:
                return await run_cycle(self.store, self.book, connectors, approve=approve)
            finally:
                for one in connectors.values():
                    await one.close()

        self.clock.turn(60)
        return asyncio.run(work())


def memory_lens(traits: Traits) -> Lens:
    """The lens of a system in memory that stands beside the connector's."""
    return build_lens(memory_mapping(traits)["contact"], CONTACT)
