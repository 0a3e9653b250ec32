"""How a bug is planted, and what it means that it is caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

from hub.testing.simulation.history import Result, run_history

World = Literal["usual", "mistakes", "site", "meetings", "undo"]
UNDONE = 3
"""Runs undone at the end of a history of the kind "undo"."""
CRASHES = (KeyError, AssertionError, AttributeError, StopIteration, ValueError, TypeError)
"""A bug may also break the engine outright; that is found, too."""


@dataclass(frozen=True)
class Planted:
    """``rule``: the section of merge.md (or of the write protocol, the guards, the design) and what is broken · ``world``: the
    kind of history · ``first``: the seed of the first one that caught it, when it was last looked for."""

    rule: str
    plant: Callable[[], AbstractContextManager[Any]]
    world: World
    first: int


PLANTED: dict[str, Planted] = {}


def plant(
    rule: str, *, first: int, world: World = "usual",
) -> Callable[[Callable[[], Iterator[None]]], Callable[[], Iterator[None]]]:
    """Register a bug: a generator that patches, and yields once."""
    def register(body: Callable[[], Iterator[None]]) -> Callable[[], Iterator[None]]:
        PLANTED[rule] = Planted(rule, contextmanager(body), world, first)
        return body
    return register


def caught(bug: Planted, seed: int) -> str:
    """Why the history of this seed is not clean with the bug in it; "" where it survived."""
    try:
        found = _history(bug, seed, bug.plant).violations
    except CRASHES as e:
        return f"the engine broke: {type(e).__name__}"
    return found[0] if found else ""


def clean(bug: Planted, seed: int) -> bool:
    """Is the same history clean without the bug?"""
    return not _history(bug, seed, nullcontext).violations


def _history(bug: Planted, seed: int, patch: Callable[[], AbstractContextManager[Any]]) -> Result:
    return run_history(
        seed, patch=patch, mistakes=bug.world == "mistakes", site=bug.world == "site", meetings=bug.world == "meetings",
        undo=UNDONE if bug.world == "undo" else 0)
