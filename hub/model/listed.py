"""A contact as people read it: what is found, listed and exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Held:
    """One member of a set. ``value``: the payload as typed (model/contact.py says what it is in each set); ``primary``: it
    was said to be the primary one."""

    key: str
    value: Any
    attrs: Mapping[str, str] = field(default_factory=dict)
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """``values``: scalar unit → value, of a reference the name of who it is. ``sets``: set → its members, the primary one
    first. ``systems``: where the contact has a record."""

    id: str
    name: str
    values: Mapping[str, Any]
    sets: Mapping[str, tuple[Held, ...]]
    systems: tuple[str, ...]

    @property
    def is_org(self) -> bool:
        return self.values.get("kind") == "org"

    def of(self, unit: str) -> str:
        """A scalar as text, "" when it is empty."""
        value = self.values.get(unit)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "" if value is None else str(value)
