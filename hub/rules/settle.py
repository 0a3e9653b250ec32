"""What became of a write whose outcome was unknown (merge.md 3), and what an answer means (merge.md 13).

Sends are settled before anything is compared: our own value, seen later, must never look like a user's edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.model.state import NEVER, UNSET, Send, Units
from hub.model.units import EntitySchema, Projection, Value, attr, fold_text, member, set_of, split


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
    new_shadow = dict(shadow)
    new_behind = dict(behind)
    for unit in send.sent:
        if unit in entity.sets or set_of(unit) is not None or unit not in send.shown:
            continue
        if unit in observed and (entity.same(unit, observed[unit], send.shown[unit]) or _rewrote(entity, unit, shadow, send.shown, observed)):
            new_shadow[unit] = observed[unit]
            _landed(units, new_behind, unit, send.sent[unit])
    for name in {s for u in send.sent if (s := set_of(u)) is not None}:
        if name in observed and name in send.shown and _same_set(entity, name, observed[name], send.shown[name]):
            new_shadow[name] = send.shown[name]
            for unit in send.sent:
                if set_of(unit) == name:
                    _landed(units, new_behind, unit, send.sent[unit])
    return Settlement(new_shadow, new_behind, send.shown, None)


def answered(units: Units, behind: Mapping[str, int | None], sent: Mapping[str, int]) -> dict[str, int | None]:
    """``behind`` after the units sent are known to be there."""
    out = dict(behind)
    for unit, rev in sent.items():
        _landed(units, out, unit, rev)
    return out


def _landed(units: Units, behind: dict[str, int | None], unit: str, rev: int) -> None:
    if units.get(unit, UNSET).rev == rev or (rev == NEVER and unit not in units):
        behind.pop(unit, None)
    else:
        behind[unit] = rev


def laid_over(entity: EntitySchema, shadow: Projection, shown: Projection, observed: Projection) -> Projection:
    """The shadow as the landed write left it. A value the vendor plainly rewrote is taken as it stands there: it is
    no edit of a user."""
    out = {**shadow, **shown}
    for unit, value in shown.items():
        if unit in observed and unit not in entity.sets and _rewrote(entity, unit, shadow, shown, observed):
            out[unit] = observed[unit]
    return out


def _rewrote(entity: EntitySchema, unit: str, shadow: Projection, shown: Projection, observed: Projection) -> bool:
    """Did the vendor make something else of what we sent? What stood there before is no trace of our write."""
    return rewritten(shown[unit], observed[unit]) and not entity.same(unit, shadow.get(unit), observed[unit])


def rewritten(sent: Value, there: Value) -> bool:
    """Does a value look like ours after the vendor cut it or changed its case or blanks? Never empty."""
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
