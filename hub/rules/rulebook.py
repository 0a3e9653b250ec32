"""All rules of a workspace in one value: what the engine reads beside the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from hub.model.contact import CONTACT
from hub.model.units import EntitySchema, split
from hub.rules.authority import FREE, Authority
from hub.rules.existence import DeleteLeaves, OnDelete, OnLeave
from hub.rules.guards import Limits
from hub.rules.lenses.lens import Lens
from hub.rules.retention import Retention


@dataclass(frozen=True)
class SystemRules:
    """One configured system as the rules see it.

    ``where``    the filter (``hub.rules.scope``), None: everybody
    ``allow``    units (patterns) that may be sent there, None: every ordinary one
    ``own_key``, ``marker``  native keys for the hub's key and write marker, or None
    """

    name: str
    lens: Lens
    collection: str = ""
    where: Mapping[str, Any] | None = None
    on_leave: OnLeave = "keep"
    on_delete: OnDelete = "ask"
    allow: tuple[str, ...] | None = None
    slot_change: str = "replace"
    own_key: str | None = None
    marker: str | None = None
    writes: bool = True
    creates: bool = True
    deletes: bool = True
    delete_leaves: DeleteLeaves = "nothing"
    searchable: bool = False

    @cached_property
    def _allowed(self) -> dict[str, bool]:
        return {}

    def may_leave_to(self, entity: EntitySchema, unit: str) -> bool:
        """May this unit be sent here? Protected and special units only where they are named."""
        base = split(unit)[0].removesuffix(".primary")
        found = self._allowed.get(base)
        if found is None:
            if self.allow is None:
                found = entity.units[base].sensitivity == "ordinary" if base in entity.units else False
            else:
                found = any(fnmatchcase(base, pattern) for pattern in self.allow)
            self._allowed[base] = found
        return found

    def named(self, base: str) -> bool:
        """Is this unit named for this system (not only allowed because it is ordinary)?"""
        return self.allow is not None and base in self.allow


@dataclass(frozen=True)
class Rulebook:
    """``systems`` by name; ``quiet_s`` seconds a new or changed e-mail, phone or key waits;
    ``sweep_s`` seconds after which a system without tombstones is listed whole, ``whole_s`` those after which any other is;
    ``retention``: when who is kept no longer, the first rule that says so counts."""

    systems: Mapping[str, SystemRules]
    authority: Authority = FREE
    limits: Limits = field(default_factory=Limits)
    quiet_s: float = 120.0
    sweep_s: float = 86400.0
    whole_s: float = 7 * 86400.0
    entity: EntitySchema = CONTACT
    retention: tuple[Retention, ...] = ()
