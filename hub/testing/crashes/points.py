"""Where a process can die, and dying there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sqlalchemy import Engine, event

from hub.testing.faults import When
from hub.testing.stage import Stage

BEFORE_COMMIT = "before commit"


class Crash(BaseException):
    """kill -9: nothing catches it, and nothing comes after it."""


Place = tuple[int, int]
"""(step, how many points of that step there were by then, from 1)."""


@dataclass(frozen=True, slots=True)
class Point:
    """``state``: grows whenever the database or a system has changed. Two points of one step with one ``state`` leave exactly the
    same behind when the process dies there."""

    name: str
    step: int
    state: int


def crash() -> NoReturn:
    raise Crash


@dataclass
class Points:
    """Counts the points processes come by, and has them die at those places. A dead process reaches nothing any more: neither
    what runs while it is torn down can commit, nor call. ``die``: how; it does not return. ``deaths``: the places, and what was
    about to happen or had just happened there."""

    die_at: frozenset[Place] = frozenset()
    die: Callable[[], NoReturn] = crash
    met: list[Point] = field(default_factory=list)
    deaths: dict[Place, str] = field(default_factory=dict)
    step: int = 0
    in_step: int = 0
    state: int = 0
    dead: bool = False
    armed: bool = True

    def reach(self, name: str) -> None:
        if self.dead:
            raise Crash
        if not self.armed:
            return
        self.met.append(Point(name, self.step, self.state))
        self.in_step += 1
        place = (self.step, self.in_step)
        if place in self.die_at:
            self.dead = True
            self.deaths[place] = name
            self.die()

    def begin(self, step: int, stage: Stage) -> None:
        """A step begins. What users did before it is no news."""
        self.step, self.in_step = step, 0
        self.watch_systems(stage)

    def watch_systems(self, stage: Stage) -> None:
        """Points before and after each call to a system."""
        for name in stage.vendors:
            stage.faults[name].passing = self._caller(stage, name)

    def _caller(self, stage: Stage, name: str) -> Callable[[When, str], None]:
        vendor = stage.vendors[name]
        here = vendor.here

        def passing(when: When, op: str) -> None:
            nonlocal here
            if vendor.here != here:
                here, self.state = vendor.here, self.state + 1
            self.reach(f"{when} {op} {name}")

        return passing


class Watch:
    """Points before and after each commit in a database, of whatever transaction. The process that dies there leaves a broken
    connection, and what it had not committed is rolled back. ``points``: of the process at work."""

    def __init__(self, engine: Engine) -> None:
        self.points = Points(armed=False)
        self._changed = False
        self._real = engine.dialect.do_commit
        event.listen(engine, "after_cursor_execute", self._execute)
        event.listen(engine, "rollback", self._rollback)
        engine.dialect.do_commit = self._commit  # type: ignore[method-assign,assignment]

    def _execute(self, _sql: Any, cursor: Any, _text: Any, _given: Any, context: Any, _many: Any) -> None:
        changes = context is not None and (context.isinsert or context.isupdate or context.isdelete)
        self._changed = self._changed or (changes and cursor.rowcount != 0)

    def _rollback(self, _sql: Any) -> None:
        self._changed = False

    def _commit(self, connection: Any) -> None:
        self.points.reach(BEFORE_COMMIT)
        self._real(connection)
        self.points.state, self._changed = self.points.state + self._changed, False
        self.points.reach("after commit")
