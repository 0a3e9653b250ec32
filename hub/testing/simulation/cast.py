"""Who takes part: systems of varied capability, drawn from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from hub.model.contact import CONTACT
from hub.rules.authority import Authority, UnitAuthority
from hub.rules.guards import Limits
from hub.rules.lenses.lens import build_lens
from hub.rules.rulebook import Rulebook, SystemRules
from hub.testing.faults import Faults
from hub.testing.memory import KEY, MARKER, MemoryConnector, MemorySystem, Traits, memory_mapping

NAMES = ("ash", "birch", "cedar", "dogwood", "elm", "fir", "gum", "hazel")
LITTLE = frozenset({"kind", "given", "family", "emails", "optout"})


class VirtualClock:
    """Time moves only when somebody moves it."""

    def __init__(self, start: float = 1_780_000_000.0) -> None:
        self.at = start

    def now(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class Actor:
    """One system with its vendor, its connector and its faults."""

    name: str
    vendor: MemorySystem
    connector: MemoryConnector
    faults: Faults


def traits(rng: random.Random, *, conditional: bool = True) -> Traits:
    """One vendor. About half keep a marker, most keep our key, some cut, some rewrite, some have slots."""
    cursor: Any = rng.choice(["token", "token", "timestamp", "none"])
    restorable = rng.random() < 0.6
    deletes: Any = rng.choice([
        "absence", *(["soft flag"] if restorable else []), *(["tombstone"] * 2 if cursor != "none" else [])])
    batch = rng.choice([1, 1, 5])
    slots = rng.choice([None, None, None, 1, 3])
    return Traits(
        cursor=cursor, tick_s=rng.choice([1.0, 1.0, 0.001]), deletes_seen_as=deletes,
        conditional=conditional, own_key=rng.random() < 0.9, unique_key=rng.random() < 0.5, marker=rng.random() < 0.6,
        returns=rng.choice(["record", "version", "none"]), batch_max=batch,
        batch_mode="none" if batch == 1 else rng.choice(["partial", "atomic"]),
        slots=slots, first_is_primary=slots is not None and rng.random() < 0.5,
        max_text=rng.choice([None, None, None, 10]), rewrite=rng.choice(["none", "none", "none", "upper-family", "trim"]),
        page=rng.choice([2, 100]), restorable=restorable, reuse_row_ids=rng.random() < 0.2,
        partial=cursor == "token" and rng.random() < 0.3,
        fields=frozenset(LITTLE) if rng.random() < 0.2 else frozenset(
            LITTLE | {"full", "notes", "company", "phones", "addresses", "groups"}))


def cast(rng: random.Random, clock: VirtualClock, ids: random.Random) -> dict[str, Actor]:
    """2 to 8 systems."""
    out = {}
    for name in NAMES[: rng.choice([2, 2, 3, 3, 3, 4, 5, 8])]:
        vendor = MemorySystem(name, traits(rng), clock, ids)
        faults = Faults(random.Random(rng.getrandbits(64)))
        out[name] = Actor(name, vendor, MemoryConnector(vendor, faults), faults)
    return out


def rulebook(rng: random.Random, actors: dict[str, Actor]) -> Rulebook:
    """Lenses, some owners, some preferences; everybody goes everywhere."""
    systems = {
        name: SystemRules(
            name, build_lens(memory_mapping(a.vendor.traits)["contact"], CONTACT), collection=a.vendor.traits.collections[0],
            own_key=KEY if a.vendor.traits.own_key else None, marker=MARKER if a.vendor.traits.marker else None,
            on_delete=rng.choice(["ask", "ask", "propagate", "unlink"]),
            searchable=a.vendor.traits.own_key)
        for name, a in actors.items()
    }
    rules = {}
    order = sorted(actors)
    if rng.random() < 0.3:
        rules["company"] = UnitAuthority(owners=(rng.choice(order),), others=rng.choice(["correct", "leave", "ask"]))
    if rng.random() < 0.3:
        preferred = list(order)
        rng.shuffle(preferred)
        rules["notes"] = UnitAuthority(prefer=tuple(preferred))
    return Rulebook(systems, Authority(rules), limits=Limits(small=10_000),
                    quiet_s=rng.choice([0.0, 0.0, 120.0]), sweep_s=rng.choice([100.0, 3000.0]))


def arm(rng: random.Random, actors: dict[str, Actor]) -> None:
    """Fault rates differ from seed to seed, so that some histories are calm enough to go deep."""
    storm = rng.choice([0.0, 0.3, 1.0, 2.0])
    for actor in actors.values():
        f = actor.faults
        f.lost_before, f.lost_after, f.server_error = 0.03 * storm, 0.05 * storm, 0.02 * storm
        f.throttled, f.partial_batch, f.break_off = 0.01 * storm, 0.03 * storm, 0.03 * storm
        f.replayed, f.resync = 0.05 * storm, 0.02 * storm
