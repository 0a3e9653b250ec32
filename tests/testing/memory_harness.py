"""The harness of memory systems: the suite's own faults, told to a ``Faults``."""

from __future__ import annotations

import random
from collections.abc import Mapping

from hub.model.record import Native
from hub.sdk.connector import Connector
from hub.testing.contract import Fault, Harness, Trouble, Wrap
from hub.testing.contract.trouble import Armed
from hub.testing.faults import Faults
from hub.testing.memory import MemoryConnector, MemorySystem, Traits

AS_RATE: Mapping[Fault, str] = {
    "unsent": "lost_before", "unanswered": "lost_after", "reset": "lost_after", "429": "throttled", "500": "server_error",
    "503": "server_error", "truncated": "garbled", "html": "server_error", "empty": "garbled",
}


class Arranged(Faults):
    """Faults that happen when the suite says so, and not by chance. ``trouble``: what is armed."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(random.Random(0))
        self.trouble = trouble
        self.now = ""
        self.met: Armed | None = None
        self.between = self._begins

    def _begins(self, when: str, op: str) -> None:
        if when != "before":
            met, self.met = self.met, None
            if met is not None:
                met.at_once()
            return
        self.met = met = self.trouble.meets("write" if op in ("write", "merge") else "read")
        self.now = AS_RATE.get(met.fault, "") if met else ""
        if met:
            asked = met.retry_after
            self.retry_after_s = float(asked) if asked and asked.isdecimal() else 3.0 if asked else None

    def strikes(self, name: str) -> bool:
        return name == self.now


class MemoryHarness(Harness):
    """A memory system of any traits. ``connector``: the class to test."""

    text = "given"
    moving = frozenset[str]()
    secrets = ("memory-secret-1",)

    def __init__(self, traits: Traits | None = None, connector: type[MemoryConnector] = MemoryConnector) -> None:
        super().__init__()
        self.traits = traits or Traits(page=3)
        self.collection = self.traits.collections[-1]
        self.world = MemorySystem("contract", self.traits, self.clock, random.Random(1))
        self.faults, self.kind = Arranged(self.trouble), connector

    @property
    def cannot(self) -> Mapping[str, str]:  # type: ignore[override]
        reasons = {}
        if self.traits.cursor != "token":
            reasons["expire_checkpoint"] = "timestamps do not expire"
        if not self.traits.restorable:
            reasons["user_restore"] = "there is no trash"
        if self.traits.rewrite == "trim":
            reasons["lines"] = "the vendor makes one line of each text"
        return reasons

    def make(self, wrap: Wrap) -> Connector:
        return self.kind(self.world, self.faults)

    def sample(self, number: int) -> Native:
        names = {"given": f"Given {number}", "family": f"Family {number}", "notes": "Some notes"}
        kept = {name: value for name, value in names.items() if name in self.traits.fields}
        if self.traits.slots is not None:
            return {**kept, "email1": f"sample{number}@example.org"}
        return {**kept, "emails": [{"value": f"sample{number}@example.org", "label": "home", "primary": True}]}

    def user_create(self, native: Native) -> str:
        return self.world.user_create(native, self.collection).ref.native_id

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.world.user_edit(native_id, patch)

    def user_delete(self, native_id: str) -> None:
        self.world.user_delete(native_id)

    def user_records(self) -> Mapping[str, Native]:
        return self.world.records()

    def user_erase(self, native_id: str) -> None:
        self.world.user_delete(native_id, hard=True)

    def user_restore(self, native_id: str) -> None:
        self.world.user_restore(native_id)

    def user_merge(self, winner: str, loser: str) -> None:
        self.world.user_merge(winner, loser)

    def user_hide(self, native_id: str) -> None:
        self.world.hide(native_id)

    def expire_checkpoint(self) -> None:
        self.world.expire()

    def credentials_wrong(self, wrap: Wrap) -> Connector:
        return self.kind(self.world, self.faults, may="nothing")

    def read_only(self, wrap: Wrap) -> Connector:
        return self.kind(self.world, self.faults, may="read")
