"""A stage: memory systems, their users, the real engine and store, a clock that is turned by hand. No surprises.

::

    stage = Stage({"crm": Traits(), "book": Traits(slots=3)})
    anna = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
    stage.sync()
    assert stage.written()["book"] == 1

The simulation throws dice; a stage does what it is told. Tests of the engine and scenario files stand on it.
"""

from __future__ import annotations

import asyncio
import pickle
import random
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from hub.engine.cycle import Cycle, run_cycle
from hub.model.contact import CONTACT
from hub.rules.authority import Authority, UnitAuthority
from hub.rules.guards import Limits
from hub.rules.lenses.lens import Lens, build_lens
from hub.rules.rulebook import Rulebook, SystemRules
from hub.store.contacts import ContactRow, LinkRow, load_contacts, load_links
from hub.store.finding import all_contacts, contacts_of_record
from hub.store.reviews import ConflictRow, load_conflicts
from hub.store.store import Store
from hub.testing.clock import VirtualClock
from hub.testing.faults import Faults, When
from hub.testing.memory import KEY, MARKER, MemoryConnector, MemorySystem, Traits, memory_mapping

MASTER = b"master key of a stage, 32 bytes."
REVIEWER = "reviewer"


class Told(Faults):
    """Faults that happen once, when they are told to: ``told.next("lost_after", on="write")``.

    ``passing``: called with ("before" or "after", name of the call) around each request."""

    def __init__(self) -> None:
        super().__init__()
        self._op, self._armed = "", dict[str, str]()
        self.passing: Callable[[When, str], None] | None = None
        self.between = self._begins

    def next(self, fault: str, *, on: str = "write") -> None:
        """``fault``: a rate of ``Faults``; ``on``: the call it happens to (write, list, changes, fetch, find, check)."""
        self._armed[fault] = on

    def strikes(self, name: str) -> bool:
        if self._armed.get(name) == self._op:
            del self._armed[name]
            self.counts[name] += 1
            return True
        return super().strikes(name)

    def _begins(self, when: When, op: str) -> None:
        if when == "before":
            self._op = op
        if self.passing is not None:
            self.passing(when, op)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "passing": None}  # who looks on is no part of it


@dataclass
class Stage:
    """``traits`` of the vendors, by name. ``rules``: system → what its ``SystemRules`` say beside the lens.
    ``hook``: of the store. ``workspace``: its name in the database. ``engine``: over a database that is there already, instead of
    the one at ``url``. ``seed``: of ids and keys; the same seed and the same steps, the same everything."""

    traits: Mapping[str, Traits]
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    authority: Mapping[str, UnitAuthority] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    quiet_s: float = 0.0
    sweep_s: float = 86400.0
    url: str = "sqlite://"
    seed: int = 0
    hook: Callable[[str], None] | None = None
    threaded: bool = False
    workspace: str = "main"
    engine: Engine | None = None

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self._random, self._ids = random.Random(self.seed), random.Random(self.seed + 1)
        self.vendors = {n: MemorySystem(n, t, self.clock, random.Random(f"{self.seed} {n}")) for n, t in self.traits.items()}
        self.faults = {n: Told() for n in self.traits}
        self.connectors = {n: MemoryConnector(v, self.faults[n]) for n, v in self.vendors.items()}
        self.mappings = {n: memory_mapping(t)["contact"] for n, t in self.traits.items()}
        self.book = self._rulebook()
        self.store = self.open()
        self._seen = dict.fromkeys(self.traits, 0)

    def open(self, **options: Any) -> Store:
        """The store; once more is another process over the same database."""
        given = {"clock": self.clock.now, "new_id": self._new_id, "random": self._random.randbytes, "threaded": self.threaded,
                 "hook": self.hook, "workspace": self.workspace}
        if self.engine is not None:
            return Store.over(self.engine, MASTER, **{**given, **options})
        return Store.open(self.url, MASTER, **{**given, **options})

    def close(self) -> None:
        self.store.close()

    def restart(self) -> None:
        """Another process over the same database: whatever the hub had in memory is forgotten."""
        self.store.close()
        self.store = self.open()

    # ---- the world outside the hub, to go on from later

    def outside(self) -> bytes:
        """The systems, their faults to come, the clock, the dice, the mapping files."""
        return pickle.dumps((self.clock, self._random, self._ids, self.vendors, self.faults, self.mappings, self._seen))

    def take_up(self, outside: bytes) -> None:
        """Go on from there, with a new process of the hub."""
        (self.clock, self._random, self._ids, self.vendors, self.faults, self.mappings, self._seen) = pickle.loads(outside)  # noqa: S301  # of our own making
        self.connectors = {n: MemoryConnector(v, self.faults[n]) for n, v in self.vendors.items()}
        self.book = self._rulebook()
        self.restart()

    def _new_id(self) -> str:
        """UUIDv7 of the stage's clock and seed."""
        millis, bits = int(self.clock.now() * 1000), self._ids.getrandbits
        return str(uuid.UUID(int=millis << 80 | 0x7 << 76 | bits(12) << 64 | 0b10 << 62 | bits(62)))

    # ---- rules

    def lens(self, name: str) -> Lens:
        return build_lens(self.mappings[name], CONTACT)

    def _rulebook(self) -> Rulebook:
        systems = {
            n: SystemRules(n, self.lens(n), **{
                "collection": t.collections[0], "own_key": KEY if t.own_key else None, "marker": MARKER if t.marker else None,
                "searchable": t.own_key, **self.rules.get(n, {})})
            for n, t in self.traits.items()}
        return Rulebook(systems, Authority(self.authority), limits=self.limits, quiet_s=self.quiet_s, sweep_s=self.sweep_s)

    def change_mapping(self, name: str, change: Mapping[str, Any]) -> None:
        """Lay ``change`` over the mapping of a system, table by table."""
        self.mappings[name] = _laid_over(self.mappings[name], change)
        self.book = self._rulebook()

    def change_rules(self, name: str, **said: Any) -> None:
        """Lay this over what the rules of a system say."""
        self.rules = {**self.rules, name: {**self.rules.get(name, {}), **said}}
        self.book = self._rulebook()

    # ---- the hub's work

    async def cycle(self, **options: Any) -> Cycle:
        """One cycle as ``run_cycle`` runs it, a second after the last one."""
        self.clock.turn(1)
        self._seen = {n: len(v.log) for n, v in self.vendors.items()}
        return await run_cycle(self.store, self.book, self.connectors, **options)

    def sync(self, *, approve: str | None = REVIEWER, **options: Any) -> Cycle:
        """One cycle; its plan is approved unless ``approve`` is None."""
        return asyncio.run(self.cycle(approve=approve, **options))

    def plan(self, **options: Any) -> Cycle:
        """One cycle without push."""
        return asyncio.run(self.cycle(pushing=False, kind="plan", **options))

    def settle(self, most: int = 6) -> None:
        """Cycles until one writes nothing. Raises AssertionError when there is no end."""
        for _ in range(most):
            self.sync()
            if not sum(self.written().values()):
                return
        raise AssertionError(f"still writing after {most} cycles")

    def written(self) -> dict[str, int]:
        """Writes of the last cycle that landed, by system."""
        return {n: len(v.log) - self._seen[n] for n, v in self.vendors.items()}

    # ---- what the hub knows

    def contact_of(self, system: str, record: str) -> ContactRow:
        """The contact of a record. Raises LookupError."""
        with self.store.reading() as tx:
            found = contacts_of_record(tx, system, record)
            if not found:
                raise LookupError(f"{system}:{record} has no contact")
            return load_contacts(tx, found)[found[0]]

    def contacts(self) -> list[ContactRow]:
        """Every contact that is live."""
        with self.store.reading() as tx:
            return [c for c in all_contacts(tx) if c.state == "live"]

    def links(self, contact: str) -> list[LinkRow]:
        with self.store.reading() as tx:
            return list(load_links(tx, contacts=[contact]).values())

    def records_of(self, contact: str, system: str) -> list[str]:
        """The native ids of a contact's live records in a system."""
        return [k.ref.native_id for k in self.links(contact) if k.ref.system == system and k.live]

    def conflicts(self) -> list[ConflictRow]:
        with self.store.reading() as tx:
            return load_conflicts(tx)


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(below)
    for name, value in above.items():
        out[name] = _laid_over(out[name], value) if isinstance(value, Mapping) and isinstance(out.get(name), Mapping) else value
    return out


def emails(traits: Traits, wanted: Iterable[str], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """These addresses as the native form of a system has them; rows that stay keep their id, the first one leads."""
    wanted = list(wanted)
    if traits.slots is not None:
        names = traits.slot_names("emails")
        return dict(zip(names, [*wanted, *[None] * len(names)], strict=False))
    there = list((before or {}).get("emails") or [])
    known = {row["value"]: row for row in there}
    spare = [row for row in there if row["value"] not in wanted]  # a changed row keeps its id: an address put right
    rows = []
    for n, value in enumerate(wanted):
        row = known.get(value) or (spare.pop(0) if spare else {"label": None})
        rows.append({**row, "value": value, "primary": n == 0})
    return {"emails": rows}


def addresses(traits: Traits, native: Mapping[str, Any]) -> list[str]:
    """The e-mail addresses a native record shows, in its order."""
    if traits.slots is not None:
        return [str(native[n]) for n in traits.slot_names("emails") if native.get(n)]
    return [str(row["value"]) for row in native.get("emails") or [] if row.get("value")]
