"""The same with a process of its own that ends at a point, at once and for good, and another process that takes over. The systems
live on: what they and their users hold is handed over in a file; the database is as the dead process left it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from hub.store.store import Store, sqlite_url
from hub.testing.crashes.performance import Course, Death, Performance
from hub.testing.crashes.points import Place, Point, Points, Watch
from hub.testing.crashes.sweep import Choice, Report, Sweep, Tried
from hub.testing.scenario import Minds, Play, Scenario
from hub.testing.stage import MASTER

WAYS: Any = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
KILLED = 137
WAIT_S = 120


@dataclass(frozen=True, slots=True)
class Task:
    """What a process is to do: play ``file`` over a database, from where ``left`` says if that is there, and end at a place."""

    file: Path
    url: str
    workspace: str
    left: Path
    course: Course
    end_at: Place | None


@dataclass(frozen=True, slots=True)
class Left:
    """What lives on."""

    outside: bytes
    minds: Minds
    death: Death


def live(task: Task, pipe: Connection) -> None:
    """One process. Sends its course, where it comes to the end."""
    scenario = Scenario.read(task.file)
    play = Play(scenario, task.url, workspace=task.workspace)
    death = None
    if task.left.exists():
        left: Left = pickle.loads(task.left.read_bytes())  # noqa: S301  # our own process wrote it
        play.stage.take_up(left.outside)
        play.take_up(left.minds)
        death = left.death

    def die() -> NoReturn:
        here = Death(points.step, points.met[-1].name, performance.approvals)
        task.left.write_bytes(pickle.dumps(Left(play.stage.outside(), play.minds(), here)))
        os._exit(KILLED)

    points = Points(frozenset({task.end_at} if task.end_at else ()), die=die)
    Watch(play.stage.store.engine).points = points
    performance = Performance(scenario, play, points, task.course)
    for _ in performance.run(death.step if death else 0, death):
        pass
    play.stage.close()
    pipe.send((performance.course.wrong, performance.course.renewed, performance.course.writes))


def die(file: Path, course: Course, place: Place, folder: Path, url: str | None = None) -> Tried:
    """A process plays the scenario and ends at a place; another one goes on. ``url``: of a database that has the tables; None:
    SQLite, in a ``folder``, where the handed-over file lies, too."""
    name = uuid.uuid4().hex
    if url is None:
        url = sqlite_url(folder / f"{name}.db")
        Store.open(url, MASTER, workspace=name, threaded=False).close()
    task = Task(file, url, name, folder / f"{name}.left", course, place)
    ended, _ = _run(task)
    if ended != KILLED:
        return Tried({}, {}, 0, 0, (), (place,))
    _, told = _run(Task(file, url, name, task.left, course, None))
    at = {place: _point(course.points, place)}
    if told is None:
        return Tried(at, {}, 0, 0, ("the process that took over came to no end",))
    wrong, renewed, writes = told
    return Tried(at, {}, renewed, sum(writes.values()) - sum(course.writes.values()), tuple(wrong))


def sweep(file: Path, work: Sweep, choice: Choice, folder: Path, url: str | None = None) -> Report:
    """A process for each chosen point, and one that goes on. ``work``: the undisturbed performance."""
    if not work.report.wrong:
        work.report.once += [die(file, work.course, work.places[n], folder, url) for n in choice(work.course.points)]
    return work.report


def _run(task: Task) -> tuple[int | None, Any]:
    ours, theirs = WAYS.Pipe()
    process = WAYS.Process(target=live, args=(task, theirs))
    process.start()
    theirs.close()
    try:
        told = ours.recv() if ours.poll(WAIT_S) else None
    except EOFError:
        told = None
    finally:
        ours.close()
    process.join(WAIT_S)
    if process.exitcode is None:
        process.kill()
        process.join()
    return process.exitcode, told


def _point(points: Sequence[Point], place: Place) -> str:
    step, n = place
    return [p.name for p in points if p.step == step][n - 1]
