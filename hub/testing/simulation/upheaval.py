"""What changes around the records: systems join late or are taken out for a while, mappings change, a run is undone."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hub.model.contact import CONTACT
from hub.rules.lenses.lens import build_lens
from hub.rules.rulebook import Rulebook
from hub.testing.memory import memory_mapping
from hub.testing.simulation.cast import Actor

NARROWED: tuple[Mapping[str, Any], ...] = (
    {"notes": {"off": True}}, {"company": {"off": True}}, {"notes": {"off": True}, "company": {"off": True}},
    {"name.family": {"codec": {"name": "text", "max": 6}}})
"""Changes of a mapping: fields that are not read any more, a name that is cut when it is written."""


@dataclass
class Upheaval:
    """Which systems are configured in a cycle, and through which mapping. Drawn from its own dice, so that histories
    differ in this alone."""

    rng: random.Random
    actors: Mapping[str, Actor]
    book: Rulebook
    cycles: int
    away: dict[str, tuple[int, int]] = field(default_factory=dict)
    narrowed: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = sorted(self.actors)
        for name in names[1:]:
            roll = self.rng.random()
            if roll < 0.12:
                self.away[name] = (0, self.rng.randrange(1, self.cycles))  # it joins late
            elif roll < 0.2:
                begin = self.rng.randrange(1, self.cycles)
                self.away[name] = (begin, min(self.cycles, begin + self.rng.randrange(1, 5)))
        for name in names:
            if self.rng.random() < 0.15:
                self.narrowed[name] = [(self.rng.randrange(self.cycles), self.rng.randrange(len(NARROWED)))]
                if self.rng.random() < 0.5:  # and back again, before the end
                    self.narrowed[name].append((min(self.cycles, self.narrowed[name][0][0] + self.rng.randrange(1, 4)), -1))

    def present(self, cycle: int) -> list[str]:
        """Systems configured in this cycle."""
        return [n for n in sorted(self.actors) if n not in self.away or not self.away[n][0] <= cycle < self.away[n][1]]

    def rules(self, cycle: int) -> Rulebook:
        """The rulebook of this cycle."""
        systems = {}
        for name in self.present(cycle):
            rules, change = self.book.systems[name], -1
            for begin, which in self.narrowed.get(name, ()):
                change = which if cycle >= begin else change
            if change >= 0:
                rules = replace(rules, lens=build_lens(self._changed(name, NARROWED[change]), CONTACT))
            systems[name] = rules
        return replace(self.book, systems=systems)

    def _changed(self, name: str, change: Mapping[str, Any]) -> dict[str, Any]:
        mapping = dict(memory_mapping(self.actors[name].vendor.traits)["contact"])
        fields = dict(mapping["fields"])
        for unit, more in change.items():
            if unit in fields:
                fields[unit] = {**fields[unit], **more}
        return {**mapping, "fields": fields}
