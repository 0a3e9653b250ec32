"""Who belongs into a system: the filter of its mapping file (design.md, Leaving). Data, no expressions.

``{ any = [CLAUSE, …] }``, ``{ all = [CLAUSE, …] }``; a clause names a unit and one of ``has`` (a set has this member, or
a scalar this value), ``is`` (the same, for scalars), ``set`` (true: has any value) and ``not = true`` to turn it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from hub.model.state import UNSET, Units
from hub.model.units import replaced_by, split

Scope = Literal["in", "out", "unknown"]


def scope(units: Units, where: Mapping[str, Any] | None) -> Scope:
    """Is the contact in scope? ``unknown`` when a unit the filter asks for is held nowhere (never leaves by that)."""
    if not where:
        return "in"
    if "all" in where:
        found = [_clause(units, c) for c in where["all"]]
        return "out" if "out" in found else "unknown" if "unknown" in found else "in"
    found = [_clause(units, c) for c in where.get("any", [])]
    return "in" if "in" in found else "unknown" if "unknown" in found else "out"


def _clause(units: Units, clause: Mapping[str, Any]) -> Scope:
    unit = clause["unit"]
    present = {split(u)[1]: c.value for u, c in units.items()
               if split(u)[0] == unit and split(u)[1] is not None and split(u)[2] is None
               and c.value is not None and replaced_by(c.value) is None}
    value = units.get(unit, UNSET).value
    asked = clause.get("has", clause.get("is"))
    if asked is not None:
        yes = value == asked or any(
            str(k).casefold() == str(asked).casefold() or v == asked for k, v in present.items())
    else:
        yes = (value is not None or bool(present)) == bool(clause.get("set", True))
    return "in" if yes != bool(clause.get("not", False)) else "out"
