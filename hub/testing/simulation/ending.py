"""The end of a history: nothing goes wrong any more, runs are undone one after the other, and then all must be silent."""

from __future__ import annotations

import random
from typing import Protocol

from hub.rules.rulebook import Rulebook
from hub.store import contacts, plans
from hub.store.store import Store
from hub.testing.simulation import oracle
from hub.testing.simulation.undoing import Undone, undo_one

QUIET_CYCLES = 16
LATER_S = 4000.0
"""What passes between two quiet cycles: longer than any quiet period, and than any time after which a list is read whole."""


class History(Protocol):
    """A history whose trouble is over."""

    @property
    def store(self) -> Store:
        """Of the process that runs now."""

    @property
    def book(self) -> Rulebook:
        """In force now."""

    def wait(self, seconds: float) -> None:
        """Time passes."""

    async def cycle(self) -> None:
        """One cycle of the hub, whose plan is approved."""

    def review(self, chance: float, *, conflicts: bool = True) -> int:
        """A person answers each thing that waits with this chance; ``conflicts``: also those about values. Returns how many."""

    def writes(self) -> int:
        """How many there were so far, everywhere."""


async def end(history: History, undo: int, rng: random.Random) -> tuple[list[Undone], list[str]]:
    """End it, and undo so many runs on the way. Returns what became of them, and violations."""
    violations = await _until_quiet(history)
    undone: list[Undone] = []
    for _ in range(undo):
        one = undo_one(history.store, history.book, rng, undone)
        if one is not None:
            violations += await _until_quiet(history)
            violations += one.judge(history.store)
            undone.append(one)
    return undone, violations + await _silence(history)


async def _until_quiet(history: History) -> list[str]:
    calm = 0
    for _ in range(QUIET_CYCLES):
        writes = history.writes()
        history.wait(LATER_S)
        asked = history.review(1.0, conflicts=False)
        await history.cycle()
        calm = 0 if asked or history.writes() != writes or _unanswered(history.store) else calm + 1
        if calm == 2:  # one silent cycle may only be waiting out the quiet period
            return []
    return ["restless: it still writes after many quiet cycles"]


def _unanswered(store: Store) -> bool:
    """Is a write outstanding? What became of one to a record that left the view nobody can say until it is back; one to a record
    outside the filter is settled when that is back."""
    with store.reading() as tx:
        intents = plans.open_intents(tx)
        links = contacts.load_links(tx, ids=[i.link for i in intents if i.link])
    return any(i.link is None or links[i.link].life not in ("left_view", "out") for i in intents)


async def _silence(history: History) -> list[str]:
    state, writes = oracle.state_hash(history.store), history.writes()
    history.wait(LATER_S)
    await history.cycle()
    out = ["silence: a quiet cycle wrote"] if history.writes() != writes else []
    return out + ["silence: a quiet cycle changed the state"] * (oracle.state_hash(history.store) != state)
