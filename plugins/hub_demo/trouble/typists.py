"""People at work in all systems, also while the hub writes: every edit is another value, and noted."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.model.write import NativeWrite, WriteResult
from hub.sdk.connector import Connector
from hub_demo.association import VOLUNTEERS
from hub_demo.trouble.desks import EMAIL, PHONE, Desk

STALE = 0.01
"""Of the writes: somebody changes the record between our reading and our writing."""


@dataclass(frozen=True, slots=True)
class Edit:
    """``value`` was typed for ``unit`` into ``record`` of ``system`` where ``before`` stood."""

    system: str
    record: str
    unit: str
    value: str
    before: str | None


@dataclass
class Typists:
    """``typed``: everything, in order; ``raced``: how many of it went into records that were being written."""

    desks: Mapping[str, Desk]
    rng: random.Random
    typed: list[Edit] = field(default_factory=list)
    raced: int = 0
    racing: bool = True

    def work(self, count: int) -> None:
        """So many edits, anywhere. The list is saved as a whole, so it gets few."""
        crowds = {name: desk.people() for name, desk in self.desks.items()}
        names = [name for name, crowd in crowds.items() if crowd]
        weights = [len(crowds[name]) / (20 if name == VOLUNTEERS else 1) for name in names]
        for name in self.rng.choices(names, weights, k=count):
            self.edit(name, self.rng.choice(crowds[name]))

    def edit(self, system: str, record: str) -> None:
        desk, number = self.desks[system], len(self.typed)
        unit = self.rng.choice([unit for unit in desk.units if desk.has(record, unit)])
        value = {EMAIL: f"typed{number}@new.example", PHONE: f"+35850{number:07}"}.get(unit, f"Title {number}")
        self.typed.append(Edit(system, record, unit, value, desk.read(record, unit)))
        desk.type(record, unit, value)

    def beside(self, system: str, connector: Connector) -> None:
        """From now on somebody may type into what this connector is about to write."""
        real = connector.write

        async def write(entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
            for each in batch:
                if self.racing and each.op == "update" and self.rng.random() < STALE:
                    self.raced += 1
                    self.edit(system, each.ref.native_id)
            return await real(entity, batch)

        connector_: Any = connector
        connector_.write = write
