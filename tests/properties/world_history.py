"""Histories: lists of steps, made from a seed or drawn, and played."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from world import USERS, World
from world_state import AUTHORITIES, Step
from world_systems import CASTS

WORLD: dict[str, Callable[[World, int, int], Any]] = {
    "dark": World.goes_dark,
    "lose": World.loses_an_answer,
    "look": World.person_looks,
    "answer": World.person_answers,
    "arrive": World.arrives,
    "join": World.two_join,
    "map": World.changes_mapping,
    "part": World.two_part,
    "cycle": World.cycle,
    "rest": lambda w, a, b: w.quiet(),
}
OFTEN = ("type", "type", "type", "blank", "take back", "add", "add", "remove", "replace", "replace", "type back", "add again",
         "label", "lead", "move", "move", "consent", "dark", "dark", "lose", "look", "look", "answer", "answer", "arrive",
         "join", *["cycle"] * 9, "rest")
REMAPPED = (*OFTEN, "map", "map")
MISTAKEN = (*OFTEN, "join", "part", "part")
"""People also take two for one, and find out. In other histories law (e) can be asked for."""


def random_history(seed: int, length: int = 30) -> tuple[list[int], int, list[Step]]:
    """Casts, authority and steps; everything else follows from them."""
    rng = random.Random(seed)
    casts = [rng.randrange(len(CASTS)) for _ in range(rng.choice((2, 2, 3, 3, 4)))]
    authority = rng.choice((0, 0, 0, *range(len(AUTHORITIES))))
    names = rng.choice((OFTEN, OFTEN, REMAPPED, MISTAKEN))
    steps = [(rng.choice(names), rng.randrange(24), rng.randrange(42), rng.random() < 0.25) for _ in range(length)]
    return casts, authority, steps


def play(world: World, step: Step) -> None:
    name, a, b, racing = step
    if name in USERS:
        world.user(name, a, b, racing)
    else:
        WORLD[name](world, a, b)


def replay(casts: Sequence[int], authority: int, steps: Sequence[Step]) -> World:
    """Run a history to its end and let it come to rest. Raises LawBroken."""
    world = World(casts, authority)
    for step in steps:
        play(world, step)
    world.quiet()
    return world
