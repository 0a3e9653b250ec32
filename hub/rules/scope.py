"""Who belongs into a system: the filter of its mapping file (design.md, Leaving). Data, no expressions.

``{ any = [CLAUSE, …] }``, ``{ all = [CLAUSE, …] }``; a clause names a unit and one of ``has`` (a set has this member, or
a scalar this value), ``is`` (the same, for scalars), ``set`` (true: has any value) and ``not = true`` to turn it. A clause
can be such a table of clauses itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from hub.model.state import UNSET, Units
from hub.model.units import replaced_by, split

Scope = Literal["in", "out"]


def scope(units: Units, where: Mapping[str, Any] | None) -> Scope:
    """Is the contact in scope? What nobody holds has no value: a clause that asks for it is not met."""
    if not where:
        return "in"
    wanted, found = (all, where["all"]) if "all" in where else (any, where["any"])
    return "in" if wanted(_clause(units, c) for c in found) else "out"


def asked_for(where: Mapping[str, Any] | None) -> frozenset[str]:
    """The units a filter asks for."""
    clauses = [c for some in (where or {}).values() for c in some]
    return frozenset(u for c in clauses for u in ([c["unit"]] if "unit" in c else asked_for(c)))


def _clause(units: Units, clause: Mapping[str, Any]) -> bool:
    if "unit" not in clause:
        return scope(units, clause) == "in"
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
    return yes != bool(clause.get("not", False))
