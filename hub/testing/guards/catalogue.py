"""The catalogue of faults as it stands in ``tests/faults/``: one file a class, one table a fault."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path("tests") / "faults"
WORDS = frozenset({"fault", "holds", "tests", "guard", "cut", "put", "body", "plant", "reason", "not_yet"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong.

    ``id``       its class and number, ``N1``
    ``fault``    what goes wrong · ``holds``: what must be so all the same
    ``tests``    ids of pytest, without parameters unless one of them is meant; each must fail without the guard
    ``guard``    ``module:qualified.name`` of what meets the fault
    How the guard is taken away is one of three: ``cut`` a text that stands once in it, ``put`` in its place; ``body``: all that
    the function does; ``plant``: a bug of ``hub.testing.simulation.planted``, by its rule.
    ``reason``   why this code cannot meet the fault · ``not_yet``: what is missing
    """

    id: str
    fault: str
    holds: str
    tests: tuple[str, ...] = ()
    guard: str = ""
    cut: str = ""
    put: str = "pass"
    body: str = ""
    plant: str = ""
    reason: str = ""
    not_yet: str = ""

    @property
    def module(self) -> str:
        return self.guard.partition(":")[0]

    @property
    def name(self) -> str:
        """The guard's qualified name in its module."""
        return self.guard.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of faults: the letter their ids begin with, its title, and its faults in their order."""

    letter: str
    title: str
    faults: tuple[Fault, ...]


def kinds(root: Path) -> list[Kind]:
    """All classes, in the order their files say. Raises ValueError, naming file and fault, for what no entry can say."""
    found = []
    for path in (root / FOLDER).glob("*.toml"):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        about = told.pop("class")
        faults = tuple(_fault(path.name, about["letter"], name, said) for name, said in told.items())
        found.append((about["place"], Kind(about["letter"], about["title"], faults)))
    return [kind for _, kind in sorted(found, key=lambda pair: pair[0])]


def catalogue(root: Path) -> dict[str, Fault]:
    """All faults by id. Raises ValueError."""
    return {fault.id: fault for kind in kinds(root) for fault in kind.faults}


def guarded(root: Path) -> list[Fault]:
    """Faults with a guard, in their order."""
    return [fault for fault in catalogue(root).values() if fault.guard]


def _fault(file: str, letter: str, name: str, said: Mapping[str, Any]) -> Fault:
    place = f"{FOLDER.as_posix()}/{file}, [{name}]"
    if not name.startswith(letter) or not name[len(letter):].isdecimal():
        raise ValueError(f"{place}: an id here is {letter} and a number")
    if unknown := said.keys() - WORDS:
        raise ValueError(f"{place}: unknown {sorted(unknown)}; known are {sorted(WORDS)}")
    if not said.get("fault") or not said.get("holds"):
        raise ValueError(f"{place}: say what goes wrong (fault) and what must be so all the same (holds)")
    ways = [way for way in ("guard", "reason", "not_yet") if said.get(way)]
    if len(ways) != 1:
        raise ValueError(f"{place}: one of guard (with tests), reason and not_yet; here are {ways}")
    if ways != ["guard"] and said.keys() - {"fault", "holds", *ways}:
        raise ValueError(f"{place}: tests belong to a guard")
    if ways == ["guard"] and (not said.get("tests") or len([w for w in ("cut", "body", "plant") if said.get(w)]) != 1):
        raise ValueError(f"{place}: a guard has tests, and one of cut, body and plant says how it is taken away")
    return Fault(name, **{**said, "tests": tuple(said.get("tests", ()))})
