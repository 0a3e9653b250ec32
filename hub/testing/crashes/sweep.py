"""Dying at the points of a scenario, once at each; and twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest

from hub.testing.crashes.ground import Ground, Kept
from hub.testing.crashes.performance import Course, Performance
from hub.testing.crashes.points import Place, Point, Points
from hub.testing.scenario import Play, Scenario

Choice = Callable[[Sequence[Point]], Iterable[int]]
"""Positions of points, from 0."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A performance in which processes died at these places. ``back``: step → its points until all was as it should be again;
    ``more``: writes that landed beside those of a performance where nobody dies. ``missed``: places that were not there."""

    deaths: dict[Place, str]
    back: dict[int, int]
    renewed: int
    more: int
    wrong: tuple[str, ...]
    missed: tuple[Place, ...] = ()

    def __str__(self) -> str:
        return "dead at " + ", ".join(f"point {n} of step {step + 1} ({name})" for (step, n), name in self.deaths.items())


@dataclass(slots=True)
class Report:
    """``points``: of the scenario. ``once``: performances where one process died in each of some steps; ``twice``: where the one
    that took over died, too."""

    title: str
    points: Sequence[Point] = ()
    wrong: list[str] = field(default_factory=list)
    once: list[Tried] = field(default_factory=list)
    twice: list[Tried] = field(default_factory=list)

    @property
    def states(self) -> int:
        """How many points differ in what they leave behind."""
        return len({(p.step, p.state) for p in self.points})

    @property
    def died_at(self) -> set[Place]:
        return {place for one in self.once for place in one.deaths}

    @property
    def covered(self) -> int:
        """Points that leave behind what one does at which a process died: they have one future."""
        died = self.died_at
        states = {(p.step, p.state) for p, place in zip(self.points, places(self.points), strict=True) if place in died}
        return sum((p.step, p.state) in states for p in self.points)

    @property
    def unmet(self) -> set[Place]:
        return {place for one in self.once for place in one.missed} - self.died_at

    @property
    def violations(self) -> list[str]:
        return [*self.wrong, *(f"{one}: {line}" for one in (*self.once, *self.twice) for line in one.wrong),
                *(f"point {n} of step {step + 1} was not met again" for step, n in self.unmet)]


def every(points: Sequence[Point]) -> Iterable[int]:
    """All of them."""
    return range(len(points))


def each_state(points: Sequence[Point]) -> Iterator[int]:
    """The first of those that leave the same behind, in the database and in the systems."""
    yield from (0,) if points else ()
    yield from (n for n, (a, b) in enumerate(pairwise(points), 1) if (a.step, a.state) != (b.step, b.state))


def each_nth(n: int, offset: int = 0) -> Choice:
    """Every ``n``-th, the first one being ``offset`` points on."""
    return lambda points: range(offset % n, len(points), n)


def places(points: Sequence[Point]) -> list[Place]:
    """Of points as an undisturbed performance meets them."""
    met: dict[int, int] = defaultdict(int)
    out = []
    for point in points:
        met[point.step] += 1
        out.append((point.step, met[point.step]))
    return out


class Sweep:
    """One scenario on one ground. ``course``: how it goes when nobody dies."""

    def __init__(self, scenario: Scenario, ground: Ground) -> None:
        self.scenario, self.ground = scenario, ground
        self._kept: list[tuple[int, Kept | None]] = []
        self.course = self._undisturbed()
        self.places = places(self.course.points)
        self._names = {place: p.name for place, p in zip(self.places, self.course.points, strict=True)}
        self.report = Report(scenario.title, list(self.course.points), list(self.course.wrong))

    def _undisturbed(self) -> Course:
        points = Points()
        with self._playing(points, None) as play:
            performance = Performance(self.scenario, play, points)
            for _ in performance.run():
                self._kept.append((points.state, self.ground.keep(play)))
            return performance.course

    @contextmanager
    def _playing(self, points: Points, kept: Kept | None) -> Iterator[Play]:
        play = self.ground.play(self.scenario, kept)
        self.ground.watch.points = points
        try:
            yield play
        finally:
            self.ground.watch.points = Points(armed=False)
            self.ground.clear(play)

    def die(self, at: Sequence[Place]) -> Tried:
        """One performance with these deaths."""
        first = min(step for step, _ in at)
        state, kept = self._kept[first]
        points = Points(frozenset(at), state=state if kept else 0)
        with self._playing(points, kept) as play:
            performance = Performance(self.scenario, play, points, self.course)
            for _ in performance.run(first if kept else 0):
                pass
        mine = performance.course
        more = sum(mine.writes.values()) - sum(self.course.writes.values())
        firsts = {min(place for place in at if place[0] == step) for step, _ in at}  # on the way back points are others
        there = {place: name for place, name in points.deaths.items() if place not in firsts or name == self._names[place]}
        return Tried(there, mine.back, mine.renewed, more, tuple(mine.wrong), tuple(place for place in at if place not in there))

    def once(self, chosen: Iterable[int]) -> None:
        """A death at each chosen point: of each step one in a performance, as one way back is over before the next death. Where
        anything is wrong, or the points after it are others, each gets a performance of its own."""
        by_step: dict[int, list[Place]] = defaultdict(list)
        for n in chosen:
            by_step[self.places[n][0]].append(self.places[n])
        for row in zip_longest(*by_step.values()):
            at = [place for place in row if place is not None]
            together = self.die(at)
            alone = [self.die([place]) for place in at] if len(at) > 1 and (together.wrong or together.renewed) else []
            explained = any(one.wrong or one.renewed for one in alone)
            self.report.once += alone if explained else [together, *alone]
            self.report.once += [self.die([place]) for place in together.missed] if len(at) > 1 and not alone else []

    def twice(self, chosen: Iterable[int]) -> None:
        """A death at each chosen point, and one more on the way back from there, as far on as a fixed sequence says."""
        for n in chosen:
            step, first = self.places[n]
            back = self.die([(step, first)]).back.get(step, first)
            if back > first:
                at = (step, first), (step, first + 1 + n * 7919 % (back - first))
                one = self.die(at)
                missed = [f"point {n} of step {step + 1} was not met again" for step, n in one.missed]
                self.report.twice.append(replace(one, wrong=(*one.wrong, *missed)))


def sweep(scenario: Scenario, ground: Ground, choice: Choice = every, *, second: bool = False) -> Report:
    """Die at each chosen point. ``second``: twice instead of once."""
    work = Sweep(scenario, ground)
    if not work.report.wrong:
        (work.twice if second else work.once)(choice(work.course.points))
    return work.report
