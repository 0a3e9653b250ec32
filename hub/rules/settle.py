"""What became of a write whose outcome was unknown (merge.md 3), and what an answer means (merge.md 13).

Sends are settled before anything is compared: our own value, seen later, must never look like a user's edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.model.state import NEVER, UNSET, Send, Units
from hub.model.units import EntitySchema, Projection, Value, attr, fold_text, member, same_text, set_of, split
from hub.rules.lenses.lens import Lens

Shown = Mapping[str, Any]
"""One member in a projection: ``{"v": payload, "at": row or slot, "a": attributes}``."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """``shadow`` and ``behind`` as they are once the send is accounted for; ``sent``: the projection a set must also
    be compared with, where nobody can tell whether the write landed; ``landed``: True, False or None (cannot tell)."""

    shadow: Projection
    behind: dict[str, int | None]
    sent: Projection | None
    landed: bool | None


def settle_send(
    entity: EntitySchema,
    send: Send,
    units: Units,
    shadow: Projection,
    behind: Mapping[str, int | None],
    observed: Projection,
    *,
    marker_there: str | None,
    same_version: bool = False,
) -> Settlement:
    """Settle one outstanding send against an observation made after its outcome could be known.

    ``marker_there``  the marker found on the record, or None where there is none
    ``same_version``  the record has the version our write got
    """
    if same_version or (send.marker is not None and marker_there == send.marker):
        return Settlement(laid_over(entity, shadow, send.shown, observed), answered(units, behind, send.sent), None, True)
    if send.marker is not None and marker_there is not None:
        return Settlement(dict(shadow), dict(behind), None, False)
    new_shadow, new_behind = dict(shadow), dict(behind)
    for unit in sorted({*send.sent, *_units(entity, shadow), *_units(entity, send.shown)}, key=len):
        if _arrived(entity, unit, shadow, send.shown, observed):
            _take_over(entity, unit, new_shadow, observed)
            if unit in send.sent:
                _landed(units, new_behind, unit, send.sent[unit])
    return Settlement(new_shadow, new_behind, send.shown, None)


def _units(entity: EntitySchema, projection: Projection) -> Iterable[str]:
    """Names of all units a projection says something of, members before their attributes when ordered by length."""
    for unit, value in projection.items():
        if unit not in entity.sets:
            yield unit
            continue
        for key, shown in (value or {}).items():
            yield member(unit, key)
            yield from (attr(unit, key, name) for name in shown.get("a", {}))


def _arrived(entity: EntitySchema, unit: str, shadow: Projection, shown: Projection, observed: Projection) -> bool:
    """Does the record show what we sent of this unit, or plainly what the vendor made of it? What stood there before
    proves nothing."""
    if split(unit)[0] not in shown or split(unit)[0] not in observed:
        return False
    before, ours, there = (value_of(entity, p, unit) for p in (shadow, shown, observed))
    if unit in entity.sets or entity.same(unit, before, ours) or entity.same(unit, before, there):
        return False
    return entity.same(unit, ours, there) or rewritten(ours, there)


def value_of(entity: EntitySchema, projection: Projection, unit: str) -> Value:
    """What a projection says of a scalar, a member (its payload), an attribute or a primary."""
    base, key, name = split(unit)
    if key is None:
        return projection.get(unit)
    shown = (projection.get(base) or {}).get(key, {})
    return shown.get("v") if name is None else shown.get("a", {}).get(name)


def _take_over(entity: EntitySchema, unit: str, shadow: Projection, observed: Projection) -> None:
    """The unit in ``shadow`` becomes what is observed."""
    base, key, name = split(unit)
    if key is None:
        shadow[unit] = observed[unit]
        return
    members = dict(shadow.get(base) or {})
    there = (observed[base] or {}).get(key)
    if there is None:
        members.pop(key, None)
    elif name is None:
        members[key] = {**there, "a": members.get(key, {}).get("a", {})}
    elif key in members:
        members[key] = {**members[key], "a": {**members[key].get("a", {}), name: there.get("a", {}).get(name)}}
    shadow[base] = members


def answered(units: Units, behind: Mapping[str, int | None], sent: Mapping[str, int]) -> dict[str, int | None]:
    """``behind`` after the units sent are known to be there."""
    out = dict(behind)
    for unit, rev in sent.items():
        _landed(units, out, unit, rev)
    return out


def not_shown(entity: EntitySchema, units: Units, behind: Mapping[str, int | None], shadow: Projection) -> dict[str, int | None]:
    """``behind`` without the fields of which a new record shows the value anyway: those its mapping fixes are never sent."""
    return {unit: seen for unit, seen in behind.items()
            if set_of(unit) is not None or shadow.get(unit) is None or not entity.same(unit, shadow[unit], units[unit].value)}


def _landed(units: Units, behind: dict[str, int | None], unit: str, rev: int) -> None:
    if units.get(unit, UNSET).rev == rev or (rev == NEVER and unit not in units):
        behind.pop(unit, None)
    else:
        behind[unit] = rev


def laid_over(entity: EntitySchema, shadow: Projection, shown: Projection, observed: Projection) -> Projection:
    """The shadow as the landed write left it. A value the vendor plainly rewrote is taken as it stands there: it is
    no edit of a user. Rows that are new get the ids they got there."""
    out = {**shadow, **shown}
    for unit, value in shown.items():
        if unit not in observed:
            continue
        if unit in entity.sets:
            before, there = shadow.get(unit) or {}, observed[unit] or {}
            out[unit] = {k: _as_stored(entity, member(unit, k), before.get(k), m, there.get(k)) for k, m in (value or {}).items()}
        elif _rewrote(entity, unit, shadow.get(unit), value, observed[unit]):
            out[unit] = observed[unit]
    return out


def as_kept(
    entity: EntitySchema, lens: Lens, before: Mapping[str, Any], patch: Mapping[str, Any], there: Mapping[str, Any],
    shadow: Projection,
) -> dict[str, Any]:
    """The native record our write left, as ``shadow`` tells of it: what was ``before``, what we sent, and of each field the
    vendor's own form of it (``there``) where it made one."""
    out = {**before, **patch}
    for field in sorted(patch):
        if field in there and there[field] != out[field]:
            tried = {**out, field: there[field]}
            far, near = (len(differing(entity, lens.read(n).projection, shadow)) for n in (out, tried))
            out = tried if near < far else out
    return out


def _as_stored(entity: EntitySchema, unit: str, before: Shown | None, ours: Shown, there: Shown | None) -> Shown:
    if there is None:
        return ours
    v = there["v"] if _rewrote(entity, unit, (before or {}).get("v"), ours["v"], there["v"]) else ours["v"]
    return {**ours, "v": v, "at": there.get("at") if ours.get("at") is None else ours["at"]}


def _rewrote(entity: EntitySchema, unit: str, before: Value, ours: Value, there: Value) -> bool:
    """Did the vendor make something else of what we sent? What we did not change nobody rewrote."""
    return rewritten(ours, there) and not entity.same(unit, before, ours)


def rewritten(sent: Value, there: Value) -> bool:
    """Does a value look like ours after the vendor cut it or changed its case or blanks? Never empty; of a structured
    value every part."""
    if isinstance(sent, Mapping) and isinstance(there, Mapping):
        return bool(there) and all(
            same_text(sent.get(k) or None, there.get(k) or None) or rewritten(sent.get(k), there.get(k))
            for k in sent.keys() | there.keys())
    if not isinstance(sent, str) or not isinstance(there, str) or not there.strip():
        return False
    x, y = str(fold_text(sent)).casefold(), str(fold_text(there)).casefold()
    return x == y or (len(y) >= 3 and x.startswith(y))


def _same_set(entity: EntitySchema, name: str, x: Mapping[str, Any] | None, y: Mapping[str, Any] | None) -> bool:
    x, y = x or {}, y or {}
    if x.keys() != y.keys():
        return False
    return all(
        entity.same(member(name, k), x[k]["v"], y[k]["v"])
        and all(entity.same(attr(name, k, a), x[k].get("a", {}).get(a), y[k].get("a", {}).get(a))
                for a in entity.sets[name].attrs)
        for k in x
    )


def same_projection(entity: EntitySchema, x: Projection, y: Projection) -> bool:
    """Do two projections of one system show the same, wherever the second says something?"""
    return not differing(entity, x, y)


def differing(entity: EntitySchema, x: Projection, y: Projection) -> tuple[str, ...]:
    """Keys of ``y`` whose value differs from ``x``; what ``x`` does not say counts as empty."""
    out = []
    for unit, value in y.items():
        if unit in entity.sets:
            if not _same_set(entity, unit, x.get(unit), value):
                out.append(unit)
        elif split(unit)[1] is None and not entity.same(unit, x.get(unit), value):
            out.append(unit)
    return tuple(sorted(out))
