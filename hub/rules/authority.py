"""Who may edit a unit, and who wins a tie. Data from the site's configuration; no system is known here by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from hub.model.units import member, split

Direction = Literal["both", "from", "to", "create_only", "none"]
Mode = Literal["correct", "leave", "ask"]


@dataclass(frozen=True, slots=True)
class UnitAuthority:
    """The rules of one unit. ``owners``: systems that may edit it, None: all. ``others``: what becomes of an edit of
    a system that may not. ``prefer``: systems in the order in which they win a tie; empty: a person is asked."""

    owners: tuple[str, ...] | None = None
    others: Mode = "correct"
    prefer: tuple[str, ...] = ()


ANYBODY = UnitAuthority()


@dataclass(frozen=True)
class Authority:
    """``rules``: base unit name, a pattern (``name.*``) or one member of a set (``addresses[billing]``) → rule. The rule of
    a member counts for it and its attributes, before that of its set; of the others the first that fits counts.
    ``directions``: (system, base unit name) → direction, seen from the hub ("from": read only)."""

    rules: Mapping[str, UnitAuthority] = field(default_factory=dict)
    directions: Mapping[tuple[str, str], Direction] = field(default_factory=dict)
    phone_region: str = "FI"

    @cached_property
    def _found(self) -> dict[str, UnitAuthority]:
        return {}

    @cached_property
    def _of_members(self) -> dict[str, UnitAuthority]:
        return {unit: rule for unit, rule in self.rules.items() if split(unit)[1] is not None}

    def rule(self, unit: str) -> UnitAuthority:
        base, key, _ = split(unit)
        if key is not None and self._of_members and (named := self._of_members.get(member(base, key))) is not None:
            return named
        base = base.removesuffix(".primary")
        found = self._found.get(base)
        if found is None:
            sets = ((p, r) for p, r in self.rules.items() if p not in self._of_members)
            found = next((r for pattern, r in sets if fnmatchcase(base, pattern)), ANYBODY)
            self._found[base] = found
        return found

    def direction(self, system: str, unit: str) -> Direction:
        return self.directions.get((system, split(unit)[0].removesuffix(".primary")), "both")

    def may_edit(self, system: str, unit: str) -> bool:
        if self.directions and self.direction(system, unit) not in ("both", "from"):
            return False
        owners = self.rule(unit).owners
        return owners is None or system in owners

    def may_write(self, system: str, unit: str) -> bool:
        """May the hub write this unit into an existing record there?"""
        return not self.directions or self.direction(system, unit) in ("both", "to")

    def may_fill(self, system: str, unit: str) -> bool:
        """May the hub write this unit when it creates a record there?"""
        return not self.directions or self.direction(system, unit) in ("both", "to", "create_only")


FREE = Authority()
