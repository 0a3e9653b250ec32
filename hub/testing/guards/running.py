"""Guards taken away one by one, and what their tests said."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hub.testing.guards.catalogue import Fault
from hub.testing.mutation.running import failures, in_a_child

Outcome = Literal["noticed", "survived", "broken"]
OURS = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError")
"""A test that fails by one of these noticed no fault: what was left of the module cannot be run. Nor did a test that was not
begun."""


@dataclass(frozen=True, slots=True)
class Tried:
    """``survived``: some of its tests passed without the guard. ``broken``: the tests could not be run, which proves nothing.
    ``why``: what was said."""

    fault: Fault
    outcome: Outcome
    seconds: float
    why: str = ""


def tried(root: Path, faults: Sequence[Fault], limit_s: float) -> Iterator[Tried]:
    """One after another. ``limit_s``: tests that do not end in so many seconds have noticed."""
    for fault in faults:
        began = time.monotonic()
        try:
            ran = in_a_child(root, ["hub.testing.guards.child", fault.id], limit_s)
        except subprocess.TimeoutExpired:
            yield Tried(fault, "noticed", round(time.monotonic() - began, 1), f"no end within {limit_s:g} s")
            continue
        outcome, why = judged(fault, ran.returncode, ran.stdout)
        yield Tried(fault, outcome, round(time.monotonic() - began, 1), why)


def judged(fault: Fault, code: int, told: str) -> tuple[Outcome, str]:
    """``code`` and ``told``: how pytest ended and what it wrote."""
    failed = failures(told)
    last = (failed or [line for line in told.splitlines() if line.strip()] or [""])[-1]
    if code not in (0, 1) or any(line.startswith("ERROR") or line.partition(" - ")[2].startswith(OURS) for line in failed):
        return "broken", last
    passed = [test for test in fault.tests if not any(_of(test, line) for line in failed)]
    if passed:
        return "survived", f"passes: {', '.join(passed)}"
    return "noticed", failed[0]


def _of(test: str, line: str) -> bool:
    told = line.partition(" ")[2].partition(" - ")[0]
    return told == test or told.startswith(f"{test}[")
