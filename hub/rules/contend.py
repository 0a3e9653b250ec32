"""Settling the contenders of one unit (merge.md 5): who is fresh, who wins, or nobody.

This file knows nothing of sets, links' bookkeeping or existence; it only compares values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.model.state import NEVER, RULE, Cell, Contender, Reason
from hub.model.units import EntitySchema, Value, set_of, split
from hub.rules.authority import Authority
from hub.rules.normal import passes


@dataclass(frozen=True, slots=True)
class Settled:
    """``value`` wins by ``rule``; ``winners`` assert it, ``losers`` do not."""

    value: Value
    rule: str
    winners: tuple[Contender, ...]
    losers: tuple[Contender, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """Nobody wins; a person decides."""

    reason: Reason


def is_fresh(contender: Contender, cell: Cell) -> bool:
    """Did its author see the contact's present value?"""
    return contender.seen == cell.rev or (cell.rev == NEVER and contender.rev is None)


def settle(
    entity: EntitySchema,
    authority: Authority,
    unit: str,
    cell: Cell,
    contenders: Sequence[Contender],
    systems: Mapping[str, str],
    *,
    defend: bool = False,
) -> Settled | Open:
    """Settle one unit.

    ``contenders``  at least one, at most one per link (plus values of joined contacts)
    ``systems``     link id → system
    ``defend``      the present value contends even when somebody fresh asserts another (mode "ask")
    """
    ordered = sorted(contenders, key=lambda c: (c.link, c.rev or 0))
    fresh = any(is_fresh(c, cell) for c in ordered)
    present = cell.rev != NEVER and (defend or not fresh) and not (cell.origin == RULE and _is_primary(unit))
    values: list[tuple[Value, list[str]]] = []
    if present:
        values.append((cell.value, [cell.origin]))
    for contender in ordered:
        for value, links in values:
            if entity.same(unit, value, contender.value):
                links.append(contender.link)
                break
        else:
            values.append((contender.value, [contender.link]))
    normal = _normal(entity, unit)
    if normal and cell.value is not None and passes(normal, _text(cell.value)):
        bad = [v for v, _ in values if v is not None and not passes(normal, _text(v))]
        if bad:
            return Open("invalid")
    if len(values) == 1:
        return _split(entity, unit, values[0][0], "agreement" if len(ordered) > 1 else "edit", ordered)
    for system in authority.rule(unit).prefer:
        asserted = [value for value, links in values if any(systems.get(i) == system for i in links)]
        if len(asserted) == 1:
            return _split(entity, unit, asserted[0], f"prefer {system}", ordered)
    return Open("contending")


def _split(
    entity: EntitySchema, unit: str, value: Value, rule: str, ordered: Iterable[Contender]
) -> Settled:
    winners: list[Contender] = []
    losers: list[Contender] = []
    for contender in ordered:
        (winners if entity.same(unit, contender.value, value) else losers).append(contender)
    shown = min((c for c in winners), key=lambda c: c.link).value if winners else value
    return Settled(shown, rule, tuple(winners), tuple(losers))


def _is_primary(unit: str) -> bool:
    """Who follows a primary that is gone is nobody's choice, so it contends with none."""
    return set_of(unit) is not None and split(unit)[1] is None


def _normal(entity: EntitySchema, unit: str) -> str:
    base, _, name = split(unit)
    if name is not None or base not in entity.units:
        return ""
    return entity.units[base].normal


def _text(value: Value) -> Value:
    """The text a normaliser reads: of a replacement, the new payload."""
    return value.get("v", value) if isinstance(value, Mapping) else value
