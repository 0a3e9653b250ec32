"""Ids, names and values as people read and type them."""

from __future__ import annotations

from hub.model.state import UNSET, Units
from hub.model.units import Value, replaced_by

SHORT = 8
NAMELESS = "(no name)"


def short(id_: str) -> str:
    """The end of an id: what people type."""
    return id_[-SHORT:]


def title(units: Units) -> str:
    """A contact's name for people."""
    full = units.get("name.full", UNSET).value
    parts = [units.get(u, UNSET).value for u in ("name.given", "name.family")]
    return " ".join(str(p) for p in parts if p) or str(full or NAMELESS)


def shown(value: Value) -> Value:
    """A value as people read it: of a replacement, the new one."""
    return value.get("v", value["replaced_by"]) if replaced_by(value) is not None else value
