"""The process that is killed: one run of the hub on a database in a file, with its vendors in another process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any, cast

from hub.testing.memory import MemoryConnector, MemorySystem, Traits
from hub.testing.stage import Stage

TRAITS: Mapping[str, Traits] = {
    "crm": Traits(cursor="timestamp", conditional=False, returns="none", marker=False, deletes_seen_as="soft flag",
                  batch_max=5, batch_mode="partial"),
    "book": Traits(cursor="token", own_key=False, unique_key=False, marker=False, returns="version"),
    "list": Traits(cursor="none", deletes_seen_as="absence", slots=3, batch_max=4, batch_mode="atomic"),
}
"""One asked by time that has no condition, one that knows no key of ours, one that is listed whole."""
RULES = {"crm": {"on_delete": "propagate"}}


def stage(url: str, seed: int, at: float, **options: Any) -> Stage:
    """A stage over that database. ``seed``: another one for each process; ``at``: seconds since the story began."""
    made = Stage(TRAITS, RULES, url=url, seed=seed, **options)
    made.clock.turn(at)
    return made


def die() -> None:
    """kill -9: no handler, no destructor, no flush runs after it."""
    if os.name == "posix":
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)


class Points:
    """Counts the places where a process can die, and dies at one of them."""

    def __init__(self, die_at: int | None) -> None:
        self.die_at, self.names = die_at, list[str]()

    def reach(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.die_at:
            die()


@dataclass
class Far:
    """A vendor in the other process, reached over a pipe. Each call can die before it, and after it was carried out but
    before its answer was read."""

    name: str
    traits: Traits
    pipe: Connection
    points: Points
    shown = MemorySystem.shown

    def __getattr__(self, call: str) -> Any:
        return lambda *args, **more: self._ask(call, args, more)

    @property
    def requests(self) -> int:
        return int(self._ask("requests"))

    @property
    def here(self) -> int:
        return int(self._ask("here"))

    @property
    def tick(self) -> datetime:
        return cast(datetime, self._ask("tick"))

    def _ask(self, call: str, args: tuple[Any, ...] = (), more: Mapping[str, Any] | None = None) -> Any:
        self.points.reach(f"before {self.name}.{call}")
        self.pipe.send((self.name, call, args, dict(more or {})))
        self.pipe.poll(None)
        self.points.reach(f"unanswered {self.name}.{call}")
        answer = self.pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def live(url: str, pipe: Connection, seed: int, at: float, die_at: int | None) -> None:
    """One run. Tells at its end which places it came by."""
    points = Points(die_at)
    made = stage(url, seed, at, hook=points.reach, threaded=True)
    made.connectors = {n: MemoryConnector(cast(MemorySystem, Far(n, t, pipe, points))) for n, t in TRAITS.items()}
    made.store.take_lease(f"{os.uname().nodename if os.name == 'posix' else os.environ['COMPUTERNAME']}:{os.getpid()}/{seed}")
    asyncio.run(made.cycle(approve="reviewer"))
    made.store.give_back()
    made.close()
    pipe.send(("", "end", (points.names,), {}))
