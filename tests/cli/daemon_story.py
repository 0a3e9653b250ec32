"""A daemon over a workspace of the command line's tests, in virtual time: hours pass in milliseconds, and what happens in
them is said beforehand. It begins now, so that commands run by hand beside it live in the same days."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import cli_memory
from cli_support import Place

from hub.app import Hub
from hub.daemon.daemon import Daemon
from hub.testing.clock import VirtualClock

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


class Story(VirtualClock):
    """A clock at which something happens. ``asked``: system → when it was read, in seconds since the beginning; a system that
    shows nobody yet is listed once more after its changes, which is the same turn."""

    def __init__(self, place: Place, monkeypatch: Any) -> None:
        super().__init__(float(int(time.time())))
        self.began = self.now()
        self.place = place
        self.asked: dict[str, list[float]] = {"crm": [], "mail": []}
        self._changes_at: dict[str, float | None] = {}
        self.lines: list[str] = []
        self.troubles: dict[str, Exception] = {}
        self._coming: list[tuple[float, Callable[[], object]]] = []
        self.daemon: Daemon | None = None
        pull = cli_memory.Shelf.pull

        async def read(connector: Any, entity: str, since: Any) -> Any:
            if since is not None or self._changes_at.get(connector.system) != self.passed:
                self.asked[connector.system].append(self.passed)
            self._changes_at[connector.system] = None if since is None else self.passed
            if connector.system in self.troubles:
                raise self.troubles[connector.system]
            async for page in pull(connector, entity, since):
                yield page

        monkeypatch.setattr(cli_memory.Shelf, "pull", read)

    @property
    def passed(self) -> float:
        """Seconds since the beginning."""
        return self.now() - self.began

    def aside(self, seconds: float, do: Callable[[], object]) -> list[Any]:
        """The same in a thread of its own, as a command in another window; what it gave stands in the list then."""
        out: list[Any] = []

        def work() -> None:
            thread = threading.Thread(target=lambda: out.append(do()))
            thread.start()
            thread.join()

        self.at(seconds, work)
        return out

    def at(self, seconds: float, do: Callable[[], object]) -> None:
        """``do`` once so many seconds have passed since the beginning."""
        self._coming.append((self.began + seconds, do))
        self._coming.sort(key=lambda each: each[0])

    async def sleep(self, seconds: float, /) -> None:
        await super().sleep(seconds)
        while self._coming and self._coming[0][0] <= self.now():
            self._coming.pop(0)[1]()

    def run(self, seconds: float, look_s: float = MINUTE) -> Daemon:
        """Let a daemon run so long, and end it. ``look_s``: how often it looks around; callbacks are as exact as that."""
        async def whole() -> Daemon:
            async with Hub.open(self.place.folder, clock=self.now) as hub:
                self.daemon = Daemon(hub, clock=self, tell=self.lines.append, look_s=look_s)
                self.at(self.now() - self.began + seconds, self.daemon.stop)
                await self.daemon.run()
                return self.daemon

        return asyncio.run(whole())

    def said(self, what: str) -> int:
        """How many lines told of it."""
        return sum(what in line for line in self.lines)
