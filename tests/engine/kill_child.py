"""The process that is killed: `hub sync` over a workspace. It halts at one place, tells its parent, and is killed there, or goes
on when the parent says so."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from hub import logs
from hub.app import Hub
from hub.errors import FenceLost

Place = tuple[str, int]
"""What happens there, and for which time in this process: ``("unanswered crm", 2)``."""
KINDS = ("before commit", "after commit", "before", "unanswered")
"""``before NAME``: nothing of the request was sent; ``unanswered NAME``: the server did what was asked and answered, and
nothing of the answer was read."""

LOG = "child.log"
UNCHECKED: AbstractContextManager[Any] = patch("hub.mapping.check_samples", lambda *_: [])
"""The mappings are the same in each of a hundred processes."""


@dataclass
class Places:
    """Counts the places this process comes by, and halts at one of them: every thread, at its next place."""

    pipe: Connection
    halt_at: Place | None
    met: Counter[str] = field(default_factory=Counter)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def reach(self, kind: str) -> None:
        with self.turn:
            self.met[kind] += 1
            if (kind, self.met[kind]) == self.halt_at:
                self.pipe.send("kill me")
                self.pipe.recv()


def live(folder: str, pipe: Connection, halt_at: Place | None, runs: int, ahead_s: float) -> None:
    """So many runs, each when the parent says so. Tells of each (state, counts), at last which places there were. ``ahead_s``: of
    the hub's clock."""
    places = Places(pipe, halt_at)
    with UNCHECKED, (Path(folder) / "state" / LOG).open("a", encoding="utf-8") as log:
        logs.set_up(json=True, level="DEBUG", stream=log)
        for _ in range(runs):
            pipe.recv()
            try:
                pipe.send(asyncio.run(_sync(Path(folder), places, ahead_s)))
            except FenceLost:
                pipe.send(("fence lost", {}))
    pipe.send(dict(places.met))


async def _sync(folder: Path, places: Places, ahead_s: float) -> tuple[str, dict[str, Any]]:
    """What `hub sync` does, with places to halt at."""
    one_at_a_time = asyncio.Lock()
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def handle(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        name = names[request.url.netloc.decode()]
        async with one_at_a_time:
            places.reach(f"before {name}")
            answer = await send(transport, request)
            places.reach(f"unanswered {name}")
            return answer

    async with Hub.open(folder, clock=lambda: time.time() + ahead_s) as hub:
        hub.store._hook = places.reach
        names = {httpx.URL(section.settings["url"]).netloc.decode(): name for name, section in hub.config.systems.items()}
        with patch.object(httpx.AsyncHTTPTransport, "handle_async_request", handle):
            cycle = await hub.sync()
        return cycle.state, cycle.tally.as_json()
