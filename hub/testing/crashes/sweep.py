"""Dying at each point of a scenario, once; and at two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from hub.testing.crashes.ground import Ground, Kept
from hub.testing.crashes.performance import Course, Performance
from hub.testing.crashes.points import Point, Points
from hub.testing.scenario import Play, Scenario

Choice = Callable[[Sequence[Point]], Iterable[int]]
"""Numbers of points, from 1."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A performance in which a process died ``at`` these points. ``points``: that there were when all was as it should be again;
    ``cycles``: it took; ``more``: writes that landed beside those of a performance where nobody dies."""

    at: tuple[int, ...]
    names: tuple[str, ...]
    points: int
    cycles: int
    renewed: int
    more: int
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """``met``: the points of the scenario."""

    title: str
    met: Sequence[Point] = ()
    wrong: list[str] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)

    @property
    def points(self) -> int:
        return len(self.met)

    @property
    def states(self) -> int:
        """How many of them differ in what they leave behind."""
        return len({(p.step, p.state) for p in self.met})

    @property
    def covered(self) -> int:
        """Points that leave behind what one does at which a process died: they have one future."""
        died = {(p.step, p.state) for one in self.tried if len(one.at) == 1 for p in (self.met[one.at[0] - 1],)}
        return sum((p.step, p.state) in died for p in self.met)

    @property
    def violations(self) -> list[str]:
        return [*self.wrong, *(f"dead at {', '.join(f'{n} ({name})' for n, name in zip(one.at, one.names, strict=True))}: {line}"
                               for one in self.tried for line in one.wrong)]


def every(points: Sequence[Point]) -> Iterable[int]:
    """All of them."""
    return range(1, len(points) + 1)


def each_state(points: Sequence[Point]) -> Iterator[int]:
    """The first of those that leave the same behind, in the database and in the systems: they have one future."""
    if points:
        yield 1
    yield from (n for n, (a, b) in enumerate(pairwise(points), 2) if (a.step, a.state) != (b.step, b.state))


def each_nth(n: int, offset: int = 0) -> Choice:
    """Every ``n``-th, the first one being ``offset`` points on."""
    return lambda points: range(1 + offset % n, len(points) + 1, n)


class Sweep:
    """One scenario on one ground."""

    def __init__(self, scenario: Scenario, ground: Ground) -> None:
        self.scenario, self.ground = scenario, ground
        self.course, self._kept = self._undisturbed()
        self.report = Report(scenario.title, list(self.course.points), list(self.course.wrong))

    def _undisturbed(self) -> tuple[Course, list[tuple[int, int, Kept | None]]]:
        points, kept = Points(), []
        with self._playing(points, None) as play:
            performance = Performance(self.scenario, play, points)
            for _ in performance.run():
                kept.append((len(points.met), points.state, self.ground.keep(play)))
            return performance.course, kept

    @contextmanager
    def _playing(self, points: Points, kept: Kept | None) -> Iterator[Play]:
        play = self.ground.play(self.scenario, kept)
        self.ground.watch.points = points
        try:
            yield play
        finally:
            self.ground.watch.points = Points(armed=False)
            self.ground.clear(play)

    def die_at(self, *at: int) -> Tried:
        """Die at these points, the later ones being among those of what the hub does after the first."""
        step = self.course.points[at[0] - 1].step
        before, state, kept = self._kept[step] if self._kept[step][2] is not None else (0, 0, None)
        points = Points(frozenset(at), met=list(self.course.points[:before]), state=state)
        with self._playing(points, kept) as play:
            performance = Performance(self.scenario, play, points, self.course)
            for _ in performance.run(step if kept is not None else 0):
                pass
        mine = performance.course
        wrong = list(mine.wrong)
        if points.met[:at[0]] != self.course.points[:at[0]]:
            wrong.append("it went another way before anybody died")
        if len(points.met) < at[-1]:
            wrong.append("there was no such point")
        one = Tried(at, tuple(points.met[n - 1].name for n in at if n <= len(points.met)), mine.recovered_at, mine.cycles, mine.renewed,
                    sum(mine.writes.values()) - sum(self.course.writes.values()), tuple(wrong))
        self.report.tried.append(one)
        return one


def sweep(scenario: Scenario, ground: Ground, choice: Choice = every, *, second: bool = False) -> Report:
    """Die at each chosen point. ``second``: and then once more, at one of the points on the way back."""
    work = Sweep(scenario, ground)
    if work.report.wrong:
        return work.report
    for n in choice(work.course.points):
        first = work.die_at(n)
        if second and first.points > n:
            work.die_at(n, n + 1 + n * 7919 % (first.points - n))
    return work.report
