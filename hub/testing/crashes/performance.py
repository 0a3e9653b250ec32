"""A scenario that is played while processes die: what the next process and the people around it do then, and what must hold."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import func, select

from hub.engine.cycle import Cycle
from hub.errors import HubError, StoreBusy
from hub.store import tables as t
from hub.store.store import LEASE_S
from hub.testing.crashes.form import Form, differing, form
from hub.testing.crashes.points import BEFORE_COMMIT, Crash, Point, Points
from hub.testing.scenario import Play, Scenario
from hub.testing.simulation.oracle import state_hash
from hub.testing.stage import REVIEWER

PATIENCE = 3
"""Cycles the hub may need, beside the one that is run again, until everything is as it would have been."""
QUIET = 8
OF_ONE_CYCLE = ("expect_writes", "expect_stopped")
"""Steps that ask what the last cycle did. Where it was done by two processes nobody can say."""
HOLDERS: Iterator[int] = count(1)


@dataclass(slots=True)
class Course:
    """How a scenario goes. ``after``: step that syncs → the form after it; ``end``: when all is quiet; ``writes``: that landed,
    by system."""

    points: list[Point] = field(default_factory=list)
    after: dict[int, Form] = field(default_factory=dict)
    end: Form = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    renewed: int = 0
    back: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Death:
    """Of a process before this one: in which step, what was about to happen or had just happened, and how many plans had been
    approved when it began a cycle there."""

    step: int
    name: str
    approvals: int


class Performance:
    """``course``: how it went when nobody died; None: this is the one it is found by.

    Its own course has besides: ``renewed`` approvals that a crash made necessary once more; how many points there were in a step
    when all was ``back`` as after that step of ``course``; what is ``wrong``."""

    def __init__(self, scenario: Scenario, play: Play, points: Points, course: Course | None = None) -> None:
        self.steps, self.play, self.points, self.undisturbed = scenario.said["steps"], play, points, course
        self.course = Course(points.met)
        self.crashed = self.crashed_now = False
        self.approvals = 0

    def run(self, first: int = 0, death: Death | None = None) -> Iterator[int]:
        """Play it from a step on, in which another process died; gives each step's number before it is played."""
        for number in range(first, len(self.steps)):
            yield number
            fallen = death if death is not None and number == death.step else None
            self.crashed_now = fallen is not None
            self.crashed = self.crashed or self.crashed_now
            self.points.begin(number, self.play.stage)
            try:
                self._step(dict(self.steps[number]), number, fallen)
            except (AssertionError, LookupError, HubError) as error:
                self.course.wrong.append(f"step {number + 1} {self.steps[number]}: {error}")
                return
            if self.undisturbed is None and "sync" in self.steps[number]:
                self.course.after[number] = form(self.play.stage)
            elif self.crashed_now:
                self.course.back[number] = self.points.in_step
        self.points.armed = False
        self._end()

    # ---- one step

    def _step(self, words: dict[str, Any], number: int, fallen: Death | None) -> None:
        verb = next(iter(words))
        if verb == "sync":
            if fallen is None:  # else the last sync began in the process that died, and so did what it is to undo
                self.play.synced_at = self.play.stage.clock.now()
            self._sync(self._still_to_do(words["sync"], fallen.approvals) if fallen else words["sync"], number)
        elif fallen is not None and fallen.name != BEFORE_COMMIT:
            return
        elif not (self.crashed and verb in OF_ONE_CYCLE):
            self._other(words)

    def _still_to_do(self, how: str, approvals: int) -> str:
        """An approval that is stored is not given again."""
        return "unapproved" if how == "approved" and self._approvals() > approvals else how

    def _other(self, words: Mapping[str, Any]) -> None:
        """What a person did and was told that it failed is done again. What does not fit yet may fit after another cycle."""
        patience = PATIENCE if self.crashed else 0
        while True:
            try:
                self.play.step(dict(words))
                return
            except Crash:
                failed = self.points.met[-1].name == BEFORE_COMMIT
                self.restart()
                if not failed:
                    return
                patience = PATIENCE
            except (AssertionError, LookupError, HubError):
                if not patience:
                    raise
                patience -= 1
                self._cycle("unapproved")

    def _sync(self, how: str, number: int) -> None:
        self.play.last, how = self._cycle(how)
        if self.undisturbed is None or not self.crashed_now:
            return
        wanted = self.undisturbed.after[number]
        for _ in range(PATIENCE):
            now = form(self.play.stage)
            if now == wanted:
                return
            self._again(how, now, wanted)

    def _again(self, how: str, now: Form, wanted: Form) -> None:
        """One more cycle. What waits for an approval that was given already is counted, and approved once more."""
        lost = [line for line in now["waiting for approval"] if line not in wanted["waiting for approval"]]
        if lost and how != "plan" and self._approvals():
            self.course.renewed += 1
            how = "approved"
        self._cycle("unapproved" if how != "plan" and not lost else how)

    def _cycle(self, how: str) -> tuple[Cycle, str]:
        """A cycle, by as many processes as it takes. Returns what the last of them was to do."""
        while True:
            self.approvals = self._approvals()
            try:
                return self._one_cycle(how), how
            except Crash:
                self.restart()
                how = self._still_to_do(how, self.approvals)

    def _one_cycle(self, how: str) -> Cycle:
        """As ``Hub`` does it, under the lease."""
        stage = self.play.stage
        holder = f"{socket.gethostname()}:{os.getpid()}/{next(HOLDERS)}"
        try:
            stage.store.take_lease(holder)
        except StoreBusy:  # who died left it behind, and this process cannot tell that it was another one
            stage.clock.turn(LEASE_S + 1)
            stage.store.take_lease(holder)
        cycle = asyncio.run(stage.cycle(approve=REVIEWER if how == "approved" else None, pushing=how != "plan",
                                        kind="plan" if how == "plan" else "sync"))
        stage.store.give_back()
        return cycle

    def restart(self) -> None:
        """Another process takes over."""
        self.crashed = self.crashed_now = True
        self.points.dead = False
        self.points.armed, armed = False, self.points.armed
        self.play.stage.restart()
        self.points.armed = armed

    def _approvals(self) -> int:
        with self.play.stage.store.reading() as tx:
            return int(tx.sql.execute(select(func.count()).where(
                t.plan.c.workspace == tx.ws, t.plan.c.approved_by.is_not(None))).scalar_one())

    # ---- the end

    def _end(self) -> None:
        """All must be quiet soon, as it would have been, and stay so."""
        stage = self.play.stage
        self.course.end = form(stage)
        if self.undisturbed is None:
            self._quieten()
            self.course.end = form(stage)
        else:
            for _ in range(PATIENCE):
                if self.course.end == self.undisturbed.end:
                    break
                self._again("unapproved", self.course.end, self.undisturbed.end)
                self._quieten()
                self.course.end = form(stage)
            self.course.wrong += [f"another end: {line}" for line in differing(self.course.end, self.undisturbed.end)]
        before = state_hash(stage.store)
        self._one_cycle("unapproved")
        if written := {n: c for n, c in stage.written().items() if c}:
            self.course.wrong.append(f"silence: a quiet cycle wrote {written}")
        if state_hash(stage.store) != before:
            self.course.wrong.append("silence: a quiet cycle changed the state")
        self.course.writes = {n: len(v.log) for n, v in stage.vendors.items()}

    def _quieten(self) -> None:
        stage = self.play.stage
        before: Form = {}
        for _ in range(QUIET):
            self._one_cycle("unapproved")
            now = form(stage)
            if not sum(stage.written().values()) and now == before:
                return
            before = now
        self.course.wrong.append(f"restless: {QUIET} cycles, and it still writes")
