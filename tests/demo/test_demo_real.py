"""Histories over real connectors and their sandboxes. Any number more: ``python -m hub_demo.real``."""

from __future__ import annotations

import os
import random
import uuid

import pytest

from hub.testing.clock import VirtualClock
from hub_demo.real.__main__ import main
from hub_demo.real.chance import seeded
from hub_demo.real.history import run_history
from hub_demo.real.judging import _half
from hub_demo.real.offices import OFFICES
from hub_demo.real.windows import OTHER, WRITTEN, measure


@pytest.mark.parametrize("seed", [10, 13])
def test_nothing_is_lost(seed: int) -> None:
    """Nine kinds of system, crashes, every fault of a wire."""
    result = run_history(seed)
    assert not result.violations, f"replay: python -m hub_demo.real --seed {seed} --histories 1\n" + "\n".join(result.violations)
    assert min(result.counts["requests"], result.counts["writes"], result.typed) > 0


def test_a_seed_gives_the_same_requests_and_answers() -> None:
    first, again = (run_history(10, cycles=3) for _ in range(2))
    assert len(first.trace) > 50
    assert first.trace == again.trace
    assert first.trace != run_history(11, kinds=first.kinds, cycles=3).trace


@pytest.mark.parametrize("kind", sorted(OFFICES))
def test_who_types_right_after_our_write_is_not_taken_for_the_vendor(kind: str) -> None:
    """Found by the first histories: what was read back after a write hid what somebody had typed in between."""
    found = measure(kind, 1, moment="after")
    assert found.typed == {WRITTEN: 1, OTHER: 1}
    assert found.lost == {WRITTEN: 0, OTHER: 0}


@pytest.mark.parametrize("kind", ["carddav", "dynamics", "tryton"])
def test_a_conditional_write_overwrites_nothing(kind: str) -> None:
    found = measure(kind, 1)
    assert found.conditional and found.typed == {WRITTEN: 1, OTHER: 1}
    assert found.lost == {WRITTEN: 0, OTHER: 0}


def test_the_window_of_a_system_without_conditions_is_seen() -> None:
    found = measure("limesurvey", 1)
    assert not found.conditional and found.lost == {WRITTEN: 1, OTHER: 0}


def test_an_undone_run_is_held_against_what_stood_before() -> None:
    result = run_history(1, cycles=4, undo=2)
    assert not result.violations
    assert len(result.undone) == 2 and all(undone.failed == 0 for undone in result.undone)


def test_half_a_name_in_one_field_is_no_other_half() -> None:
    """Found by seed 129: a record was made while people were asked for the given name, and its one word was taken for that."""
    office = OFFICES["lemonsoft"](VirtualClock(), random.Random(0))
    record = office.add("", "Fa1", "m1@example.org")
    office.users.edit(int(record), name="Fa1")
    asked = frozenset({"name.given"})
    assert office.read(record, "name.family") is None
    assert _half(office, record, "Fa1", asked)
    assert not _half(office, record, "Fa1", frozenset()) and not _half(office, record, "Fa2", asked)


def test_chance_comes_from_the_seed_and_is_given_back() -> None:
    before = os.urandom
    with seeded(1):
        first = uuid.uuid4(), random.random()
    with seeded(1):
        assert (uuid.uuid4(), random.random()) == first
    assert os.urandom is before and uuid.uuid4() != first[0]


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--systems", "carddav,tryton", "--histories", "1", "--cycles", "2", "--replay"]) == 0
    assert "violations 0" in capsys.readouterr().out
    for wrong in (["--systems", "carddav"], ["--systems", "carddav,none"]):
        with pytest.raises(SystemExit) as stopped:
            main(wrong)
        assert stopped.value.code == 2
