"""The daemon: what ``hub sync`` does, whenever a system's turn has come. It approves nothing."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from hub.app import Hub
from hub.backup import making
from hub.daemon import standing
from hub.daemon.schedule import Schedule, Turn
from hub.daemon.stopping import on_signals
from hub.daemon.watching import look
from hub.engine.cycle import Cycle
from hub.errors import HubError, StoreBusy, UsageError, about
from hub.logs import logger
from hub.sdk.budget import Clock

T = TypeVar("T")

LOOK_S = 5.0
BUSY_S = 15.0
"""Until it tries again while another run holds the workspace: that is no trouble."""
BACKUP_S = 86_400.0
KIND = "daemon"
"""What its runs are called in ``hub runs``."""

log = logger("hub.daemon")


class Daemon:
    """``clock``: of the waiting; the hub's own is given to ``Hub.open``. ``tell``: gets a sentence for each thing a person
    may want to know. ``look_s``: how often it looks for changed files and for being told to stop."""

    def __init__(
        self, hub: Hub, *, clock: Clock, tell: Callable[[str], None] = lambda _: None, look_s: float = LOOK_S
    ) -> None:
        self.hub, self.clock, self.tell, self.look_s = hub, clock, tell, look_s
        self.stopping = asyncio.Event()
        self._claim = standing.Claim(hub.workspace)
        self._stays = False
        self.began_at = clock.now()
        self.schedule = Schedule(self._intervals(), self.began_at)
        self.whole = Turn(60.0, self.began_at, longest_s=900.0)
        """Of what concerns all systems: the database, the workspace."""
        self.backup = Turn(3600.0, self.began_at)
        self.config_trouble = ""
        self.last: dict[str, Any] | None = None
        self._waits: dict[str, str] = {}
        self._aside: dict[str, str] = {}
        """System → why writes to it wait for a person, as it was told last."""
        self._seen = look(hub.workspace, hub.config)

    def _intervals(self) -> dict[str, float]:
        return {name: section.every_s for name, section in self.hub.config.systems.items()}

    def stop(self) -> None:
        """Finish what was begun, then end."""
        if not self.stopping.is_set():
            self.tell("Stopping: what was begun is finished first; once more ends at once.")
            self.stopping.set()

    # ---- going on

    async def run(self) -> None:
        """Until it is told to stop. Raises UsageError when the workspace has a daemon already."""
        if not await self._taken():
            raise UsageError("This workspace has a daemon already: `hub status` tells of it, `hub daemon --stop` ends it.")
        self._stays = True
        standing.forget_stop(self.hub.workspace)
        try:
            with on_signals(self.stop):
                self.tell(f"The daemon began: {self._plan() or 'no system is configured yet'}.")
                log.info("began", count=len(self.schedule.turns))
                self._note()
                while not self.stopping.is_set():
                    await self._turn()
                    await self._wait()
        finally:
            self._note(ended_at=self.clock.now())
            standing.forget_stop(self.hub.workspace)
            self._claim.release()
        self.tell("The daemon ended.")
        log.info("ended")

    async def _taken(self) -> bool:
        for _ in range(5):  # somebody who asks whether there is one holds it for a moment
            if self._claim.take():
                return True
            await self.clock.sleep(0.1)
        return False

    async def once(self) -> Cycle | None:
        """One cycle of all systems, and the day's backup if it is due. None when it was told to stop meanwhile. Raises
        what ``Hub.sync`` raises."""
        with on_signals(self.stop):
            await self._back_up()
            return await self._unless_stopped(self.hub.sync(kind=KIND))

    async def _turn(self) -> None:
        """Whatever is due."""
        now = self.clock.now()
        if self.schedule.was_set_back(now):
            for turn in (self.whole, self.backup):
                turn.next_at = min(turn.next_at, now)
        await self._reread()
        await self._back_up()
        due = self.schedule.due(now)
        if due and self.whole.next_at <= now and not self.stopping.is_set():
            await self._cycle(due)

    async def _wait(self) -> None:
        """Until something is due, changed, or to stop."""
        while not self.stopping.is_set():
            now = self.clock.now()
            next_at = min(max(self.schedule.next_at(), self.whole.next_at), self.backup.next_at)
            if next_at <= now or self._changed() or self.schedule.was_set_back(now):
                return
            await self._unless_stopped(self.clock.sleep(min(self.look_s, next_at - now)))
            self._look_for_stop()

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Its result; None when it was told to stop: then it has ended what it was at."""
        task, told = asyncio.ensure_future(work), asyncio.ensure_future(self.stopping.wait())
        try:
            while not task.done():
                await asyncio.wait({task, told}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                self._look_for_stop()
                if self.stopping.is_set() and not task.done():
                    task.cancel()
                    await asyncio.wait({task})
            return None if task.cancelled() else task.result()
        finally:
            told.cancel()
            task.cancel()

    def _look_for_stop(self) -> None:
        if self._stays and not self.stopping.is_set() and standing.is_asked_to_stop(self.hub.workspace):
            self.stop()

    # ---- what it does

    async def _cycle(self, due: list[str]) -> None:
        try:
            cycle = await self._unless_stopped(self.hub.sync(systems=due, kind=KIND))
        except StoreBusy as e:
            self.whole.trouble, self.whole.next_at = str(e), self.clock.now() + BUSY_S
            self._note()
            return
        except HubError as e:
            self._in_trouble(e)
            return
        except Exception as e:
            log.error("a cycle failed", exc_info=e)
            self._in_trouble(HubError(f"Something unexpected happened ({type(e).__name__}). Nothing is lost. Please report it "
                                      "with the end of the log state/hub.log; it holds no personal values."))
            return
        if cycle is None:
            return
        if self.whole.failures:
            self.tell("The trouble is over.")
        now = self.clock.now()
        self.whole.went_well(0.0)
        for name in due:
            self._tell_of_system(name, cycle)
        self.schedule.went(due, cycle.errors, now)
        self.last = {"run": cycle.run, "at": now, "state": cycle.state, "systems": due}
        self._tell_of_aside(cycle)
        self._tell_of_cycle(due, cycle)
        self._note()

    def _in_trouble(self, error: HubError) -> None:
        if str(error) != self.whole.trouble:
            self.tell(f"Trouble: {error}")
            log.warning("trouble", error=str(error), cause=type(error).__name__)
        self.whole.failed(self.clock.now(), error)
        self._note()

    async def _back_up(self) -> None:
        """Where the newest backup, whoever made it, is a day old."""
        now = self.clock.now()
        if now < self.backup.next_at:
            return
        newest = making.newest(self.hub.workspace)
        if newest is not None and newest["made_at"] <= now < newest["made_at"] + BACKUP_S:
            self.backup.went_well(newest["made_at"] + BACKUP_S)
            return
        try:
            made = await asyncio.to_thread(self.hub.backup, cause="daily")
        except HubError as e:
            if not self.backup.failures:
                self.tell(f"Trouble: {e}")
            log.warning("no backup", error=str(e))
            self.backup.failed(now, e)
            self._note()
            return
        self.backup.went_well(now + BACKUP_S)
        self.tell(f"Backed up into {made.path}.")
        log.info("backed up", bytes=made.path.stat().st_size)
        self._note()

    def _changed(self) -> bool:
        return look(self.hub.workspace, self.hub.config) != self._seen

    async def _reread(self) -> None:
        """Take changed files. Those that cannot be used are told, and the old ones count until they are changed again."""
        if not self._changed():
            return
        self._seen = look(self.hub.workspace, self.hub.config)
        try:
            await self.hub.reread()
        except HubError as e:
            self.config_trouble = str(e)
            self.tell(f"The changed configuration cannot be used; the one before counts. {e}")
            log.warning("changed configuration refused", cause=type(e).__name__)
        else:
            self.config_trouble = ""
            self._seen = look(self.hub.workspace, self.hub.config)
            self.schedule.changed(self._intervals(), self.clock.now())
            self.tell(f"Read the changed configuration: {self._plan() or 'no system is configured'}.")
            log.info("configuration read again", count=len(self.schedule.turns))
        self._note()

    # ---- what it tells

    def _plan(self) -> str:
        return ", ".join(f"{name} every {self.hub.config.systems[name].every}" for name in self.schedule.turns)

    def _tell_of_system(self, name: str, cycle: Cycle) -> None:
        before, error = self.schedule.turns[name], cycle.errors.get(name)
        if error is not None and str(error) != before.trouble:
            self.tell(f"Trouble: {about(name, str(error))}")
            log.warning("system in trouble", system=name, error=str(error), cause=type(error).__name__)
        elif error is None and before.failures:
            self.tell(f"{name} is back after {before.failures} tries.")
            log.info("system is back", system=name, count=before.failures)

    def _tell_of_aside(self, cycle: Cycle) -> None:
        now = {name: why for name, why in cycle.tally.stopped.items() if name not in cycle.errors}
        for name, why in sorted(now.items()):
            if self._aside.get(name) != why:
                self.tell(f"Set aside: {about(name, why)}. Look there. Put right, it goes on by itself; if it is right as it is: "
                          f"`hub sync --accept {name}`.")
        for name in sorted(self._aside.keys() - cycle.tally.stopped.keys()):
            self.tell(f"{name} is not set aside any more.")
        self._aside = now

    def _tell_of_cycle(self, due: Iterable[str], cycle: Cycle) -> None:
        tally = cycle.tally
        said = [f"{n:,} {what}" for n, what in (
            (tally.created, "created"), (tally.updated, "updated"), (tally.deleted, "deleted"), (tally.refused, "refused")) if n]
        quiet = not (said or tally.linked or tally.merged or tally.stopped)
        (log.debug if quiet else log.info)(
            "cycle", run=cycle.run, state=cycle.state, records=tally.read, linked=tally.linked, merged=tally.merged,
            created=tally.created, updated=tally.updated, deleted=tally.deleted, refused=tally.refused)
        if said:
            self.tell(f"{', '.join(due)}: {', '.join(said)}.")
        reasons = cycle.plan.waits if cycle.plan is not None else {}
        now = {name: reasons.get(name, "they wait for approval") for name in cycle.waiting if name not in tally.stopped}
        new = [f"{name}: {why}" for name, why in sorted(now.items()) if self._waits.get(name) != why]
        if new:
            self.tell(f"Some writes wait for you ({'; '.join(new)}): look at `hub plan`, then `hub sync --approve`.")
        self._waits = {**{name: why for name, why in self._waits.items() if name not in due}, **now}

    def _note(self, *, ended_at: float | None = None) -> None:
        """What ``hub status`` shows; of one cycle only there is nothing to show."""
        if not self._stays:
            return
        turns = self.schedule.turns.items()
        standing.write(self.hub.workspace, {
            "host": socket.gethostname(), "pid": os.getpid(), "began_at": self.began_at, "ended_at": ended_at,
            "last": self.last, "trouble": self.whole.trouble, "config_trouble": self.config_trouble,
            "backup_trouble": self.backup.trouble,
            "systems": {name: {"every_s": t.every_s, "next_at": t.next_at, "failures": t.failures, "trouble": t.trouble,
                               "since": t.since} for name, t in turns}})

