"""The hub's process dies at some points of a scenario; the next one brings everything to the end it would have had. All points of
all scenarios: ``python -m hub.testing.crashes tests/scenarios``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from postgres_server import schema

from hub.testing.crashes import killed
from hub.testing.crashes.__main__ import main
from hub.testing.crashes.ground import Files, Served
from hub.testing.crashes.planted import MISTAKES
from hub.testing.crashes.points import BEFORE_COMMIT, Crash, Point, Points
from hub.testing.crashes.sweep import Choice, Report, Sweep, each_nth, each_state, places, sweep
from hub.testing.scenario import Scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
FILES = sorted(SCENARIOS.glob("*.toml"))
SHORT = SCENARIOS / "one_field_two_people.toml"
CREATES = SCENARIOS / "lost_answer_of_a_create.toml"
DELETES = SCENARIOS / "delete_waits_and_goes_through.toml"


def one_a_step(shift: int) -> Choice:
    """Of each step another point in each scenario: all of them are in one performance."""
    def choose(points: Sequence[Point]) -> list[int]:
        steps: dict[int, list[int]] = {}
        for n, point in enumerate(points):
            steps.setdefault(point.step, []).append(n)
        return [some[(17 * shift + 5 * step) % len(some)] for step, some in steps.items()]
    return choose


def sound(report: Report, deaths: int) -> None:
    assert report.violations == []
    assert sum(one.renewed for one in (*report.once, *report.twice)) == 0, "an approval had to be given once more"
    assert sum(len(one.deaths) for one in (*report.once, *report.twice)) >= deaths


def test_there_are_enough() -> None:
    assert len(FILES) >= 20


@pytest.mark.parametrize("path", FILES[::2], ids=lambda p: p.stem)
def test_it_ends_as_if_nobody_had_died(path: Path, tmp_path: Path) -> None:
    report = sweep(Scenario.read(path), Files(tmp_path), one_a_step(FILES.index(path)))
    sound(report, 2)
    assert len(report.points) > 100 and 30 < report.states < len(report.points) / 2


@pytest.mark.parametrize("path", FILES[5::14], ids=lambda p: p.stem)
def test_on_postgresql_too(path: Path, postgres_url: str) -> None:
    with schema(postgres_url) as url:
        ground = Served(url)
        sound(sweep(Scenario.read(path), ground, one_a_step(FILES.index(path) + 1)), 2)
        ground.close()


def test_the_one_that_takes_over_dies_too(tmp_path: Path) -> None:
    report = sweep(Scenario.read(SHORT), Files(tmp_path), each_nth(80, 30), second=True)
    sound(report, 6)
    assert all(len(one.deaths) == 2 for one in report.twice)


def test_a_process_is_killed(tmp_path: Path) -> None:
    sound(killed.sweep(SHORT, Sweep(Scenario.read(SHORT), Files(tmp_path)), each_nth(200, 52), tmp_path), 1)


def test_a_process_is_killed_over_postgresql(tmp_path: Path, postgres_url: str) -> None:
    with schema(postgres_url) as url:
        ground = Served(url)
        sound(killed.sweep(SHORT, Sweep(Scenario.read(SHORT), ground), each_nth(200, 53), tmp_path, url), 1)
        ground.close()


SHOWN_BY = {"the checkpoint": (SHORT, " changes ", 0), "an answer": (DELETES, " write ", -1)}
"""How a mistake begins → the scenario that shows it, the calls around which it does, and which of its steps with such calls."""


def around(points: Sequence[Point], call: str, which: int) -> list[int]:
    """The states a step goes through, from its first call of that kind on; then those before it."""
    step = [p.step for p in points if call in p.name][which]
    first = next(n for n, p in enumerate(points) if p.step == step and call in p.name)
    states = [n for n in each_state(points) if points[n].step == step]
    return [*(n for n in states if n >= first), *(n for n in states if n < first)]


@pytest.mark.parametrize("what", MISTAKES)
def test_a_planted_mistake_is_found(what: str, tmp_path: Path) -> None:
    """And by nothing else: while nobody dies, all is as ever."""
    path, call, which = next((how for begin, how in SHOWN_BY.items() if what.startswith(begin)), (CREATES, " write ", 0))
    with MISTAKES[what]():
        work = Sweep(Scenario.read(path), Files(tmp_path))
        assert work.report.violations == []
        for n in around(work.course.points, call, which):
            if work.die([work.places[n]]).wrong:
                return
    pytest.fail("nothing was wrong wherever the process died")


def test_an_approved_delete_that_was_not_sent_is_not_asked_again(tmp_path: Path) -> None:
    """The sweep found it: the process died when the delete was claimed, before its call."""
    work = Sweep(Scenario.read(SCENARIOS / "a_run_is_undone.toml"), Files(tmp_path))
    last = max(n for n, p in enumerate(work.course.points) if p.name == "before write book")
    sound_end = work.die([work.places[last]])
    assert (sound_end.wrong, sound_end.renewed, sound_end.missed) == ((), 0, ())


# ---- the sweep itself

def test_a_dead_process_reaches_nothing() -> None:
    points = Points(frozenset({(0, 2)}))
    points.reach(BEFORE_COMMIT)
    with pytest.raises(Crash):
        points.reach("before write crm")
    with pytest.raises(Crash):
        points.reach("after write crm")
    assert points.deaths == {(0, 2): "before write crm"} and len(points.met) == 2


def test_points_that_leave_the_same_behind_are_known() -> None:
    points = [Point("a", 0, 0), Point("b", 0, 0), Point("c", 0, 1), Point("d", 2, 1), Point("e", 2, 1)]
    assert [points[n].name for n in each_state(points)] == ["a", "c", "d"]
    assert places(points) == [(0, 1), (0, 2), (0, 3), (2, 1), (2, 2)]
    assert [*each_nth(2, 3)(points)] == [1, 3]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SCENARIOS), "--only", "family_shares", "--every", "60"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("family_shares_an_address: points ") and ", violations 0, " in told[0]
    assert told[1].startswith("all: scenarios 1, points ")
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
    assert "no scenario is there" in capsys.readouterr().err
