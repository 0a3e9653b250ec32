"""Answers to creates are lost by the thousand, and nobody is made twice: ``python -m hub.testing.lost_creates``.

Systems of four kinds, all empty, each of which can be searched by the hub's key, are filled from one that has people. Most
creates are done and their answer is lost; some never arrive, some meet a server error. Then the hub runs until it is quiet.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.model.write import Done, NativeWrite, WriteResult
from hub.testing.faults import Faults
from hub.testing.memory import KEY, MemoryConnector, MemorySystem, Traits
from hub.testing.stage import Stage

SOURCE = "crm"
KINDS = {
    "keys-once": Traits(),
    "keys-twice": Traits(unique_key=False, marker=False),
    "atomic": Traits(unique_key=False, batch_max=20, batch_mode="atomic", returns="none"),
    "partial": Traits(unique_key=False, batch_max=20, batch_mode="partial", returns="version", cursor="none",
                      deletes_seen_as="absence"),
}
"""Systems that are filled. All but the first would keep two records with one key."""
MOST = 60
"""Cycles until it must be quiet."""


RATES = {"lost_after": 0.7, "lost_before": 0.1, "server_error": 0.05}
"""Chances of a write. Reads are answered."""


class Losing:
    """A connector whose writes go astray; ``lost``: creates that landed and whose answer did not."""

    def __init__(self, connector: MemoryConnector, vendor: MemorySystem, faults: Faults) -> None:
        self._connector, self._vendor, self._faults, self.lost = connector, vendor, faults, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        before = len(self._vendor.log)
        self._rates(RATES)
        results = await self._connector.write(entity, batch)
        self._rates(dict.fromkeys(RATES, 0.0))
        landed = sum(s.op == "create" for s in self._vendor.log[before:])
        answered = sum(w.op == "create" and isinstance(r, Done) for w, r in zip(batch, results, strict=True))
        self.lost += landed - answered
        return results

    def _rates(self, rates: Mapping[str, float]) -> None:
        for name, rate in rates.items():
            setattr(self._faults, name, rate)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``lost``: system → creates that landed and whose answer did not; ``doubled``: system → records too many; ``missing``:
    system → people who never arrived; ``cycles`` until it was quiet, None: it never was."""

    lost: dict[str, int]
    doubled: dict[str, int]
    missing: dict[str, int]
    cycles: int | None


def lose_creates(people: int, seed: int = 0, most: int = MOST) -> Outcome:
    """Fill the systems of KINDS with so many people, in at most so many cycles."""
    stage = Stage({SOURCE: Traits(), **KINDS}, seed=seed)
    losing = {n: Losing(stage.connectors[n], stage.vendors[n], stage.faults[n]) for n in KINDS}
    stage.connectors |= losing  # type: ignore[arg-type]
    for name in KINDS:
        stage.faults[name].rng.seed(f"{seed} {name}")
    for n in range(people):
        stage.vendors[SOURCE].user_create({"given": f"Given{n}", "family": f"Family{n}"})
    cycles = _until_quiet(stage, most)
    keys = {n: Counter(r[KEY] for r in stage.vendors[n].records().values()) for n in KINDS}
    stage.close()
    return Outcome({n: c.lost for n, c in losing.items()}, {n: k.total() - len(k) for n, k in keys.items()},
                   {n: people - len(k) for n, k in keys.items()}, cycles)


def _until_quiet(stage: Stage, most: int) -> int | None:
    for cycle in range(1, most + 1):
        stage.sync()
        stage.clock.turn(4000)
        if cycle > 3 and all(len(stage.vendors[n].records()) >= len(stage.vendors[SOURCE].records()) for n in KINDS) \
                and not sum(stage.written().values()):
            return cycle
    return None


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hub.testing.lost_creates", description=__doc__)
    parser.add_argument("--people", type=int, default=3000, help="how many, in each of four systems (default 3000)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(argv)
    began = time.monotonic()
    found = lose_creates(given.people, given.seed)
    for name, lost in found.lost.items():
        print(f"{name}: {lost} creates landed without an answer, {found.doubled[name]} doubled, {found.missing[name]} missing")
    print(f"together {sum(found.lost.values())} lost answers, {sum(found.doubled.values())} doubled, "
          f"{f'quiet after {found.cycles} cycles' if found.cycles else 'never quiet'}, "
          f"{time.monotonic() - began:.0f} s")
    return 1 if not found.cycles or any(found.doubled.values()) or any(found.missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
