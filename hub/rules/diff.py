"""What a system's users changed: the observation against the shadow (merge.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.model.state import UNSET, Edit, LinkState, Units
from hub.model.units import EntitySchema, Projection, Value, attr, fold_text, member, primary, replaced_by, set_of

Members = Mapping[str, Mapping[str, Any]]


def diff(
    entity: EntitySchema,
    link: LinkState,
    units: Units,
    shadow: Projection,
    observed: Projection,
    *,
    sent: Projection | None = None,
    slot_change: str = "replace",
) -> tuple[Edit, ...]:
    """One edit for each unit in coverage ∩ observed that differs from the shadow.

    ``sent``: what the system would show had an unanswered write of ours landed (merge.md 3); of a set then only what
    differs from both is a removal or a replacement. A unit the shadow does not have is joined, not edited.
    """
    edits: list[Edit] = []

    def seen(unit: str) -> int | None:
        return link.seen(unit, units.get(unit, UNSET).rev)

    def whole(unit: str, was: Value, now: Value) -> Value:
        return _with_unsaid(was, now, units.get(unit, UNSET).value)

    for unit, value in observed.items():
        if not link.covers(unit):
            continue
        if unit not in shadow:
            edits += _joined(entity, link, unit, value)
        elif unit in entity.sets:
            if entity.sets[unit].joined:
                edits += _consents(entity, link, unit, shadow[unit] or {}, value or {})
            else:
                also = None if sent is None or unit not in sent else sent[unit] or {}
                edits += _members(entity, link, unit, shadow[unit] or {}, value or {}, also, slot_change, seen, whole)
        elif not entity.same(unit, shadow[unit], value) and set_of(unit) is None:
            edits.append(Edit(unit, link.id, "set", shadow[unit], value, seen(unit)))
    edits += _primaries(entity, link, shadow, observed, edits, seen)
    return tuple(edits)


def _joined(entity: EntitySchema, link: LinkState, unit: str, value: Value) -> list[Edit]:
    """A unit seen for the first time on this link: like a new link, it saw nothing of the contact (merge.md 11)."""
    if unit not in entity.sets:
        return [] if value is None else [Edit(unit, link.id, "join", None, value, None)]
    edits = []
    for key, shown in (value or {}).items():
        edits.append(Edit(member(unit, key), link.id, "join", None, shown["v"], None))
        for name, what in shown.get("a", {}).items():
            if what is not None:
                edits.append(Edit(attr(unit, key, name), link.id, "join", None, what, None, payload=shown["v"]))
    return edits


def _consents(entity: EntitySchema, link: LinkState, unit: str, old: Members, new: Members) -> list[Edit]:
    """Consent is joined: what is newly said counts, what is no longer said does not (merge.md 9)."""
    edits = []
    for key, shown in new.items():
        before = old.get(key, {}).get("v")
        if before is None or not entity.same(member(unit, key), before, shown["v"]):
            edits.append(Edit(member(unit, key), link.id, "set", before, shown["v"], None))
    for key in old.keys() - new.keys():
        edits.append(Edit(member(unit, key), link.id, "remove", old[key]["v"], None, None))
    return edits


def _members(
    entity: EntitySchema,
    link: LinkState,
    unit: str,
    old: Members,
    new: Members,
    sent: Members | None,
    slot_change: str,
    seen: Any,
    whole: Any,
) -> list[Edit]:
    edits: list[Edit] = []
    gone = [k for k in old if k not in new and (sent is None or k in sent)]
    came = [k for k in new if k not in old and (
        sent is None or k not in sent or not entity.same(member(unit, k), sent[k]["v"], new[k]["v"]))]
    for key_out, key_in in _replacements(old, new, sent, gone, came):
        came.remove(key_in)
        gone.remove(key_out)
        if slot_change == "replace":
            value = {"replaced_by": key_in, "v": whole(member(unit, key_out), old[key_out]["v"], new[key_in]["v"])}
            edits.append(
                Edit(member(unit, key_out), link.id, "replace", old[key_out]["v"], value, seen(member(unit, key_out)))
            )
            for name in _attrs(old[key_out], new[key_in]):
                was, now = old[key_out].get("a", {}).get(name), new[key_in].get("a", {}).get(name)
                if fold_text(was) != fold_text(now):
                    edits.append(Edit(attr(unit, key_in, name), link.id, "set", was, now,
                                      seen(attr(unit, key_out, name)), payload=new[key_in]["v"]))
        else:
            came.append(key_in)
    for key in gone:
        edits.append(Edit(member(unit, key), link.id, "remove", old[key]["v"], None, seen(member(unit, key))))
    for key in came:
        u = member(unit, key)
        edits.append(Edit(u, link.id, "add", None, new[key]["v"], seen(u)))
        for name, value in new[key].get("a", {}).items():
            if value is not None:
                u = attr(unit, key, name)
                edits.append(Edit(u, link.id, "add", None, value, seen(u), payload=new[key]["v"]))
    for key in new:
        if key in old:
            edits += _same_member(entity, link, unit, key, old[key], new[key], seen, whole)
    return edits


def _same_member(
    entity: EntitySchema, link: LinkState, unit: str, key: str, old: Mapping[str, Any], new: Mapping[str, Any], seen: Any,
    whole: Any,
) -> list[Edit]:
    edits = []
    if not entity.same(member(unit, key), old["v"], new["v"]):
        value = whole(member(unit, key), old["v"], new["v"])
        edits.append(Edit(member(unit, key), link.id, "set", old["v"], value, seen(member(unit, key))))
    for name in _attrs(old, new):
        was, now = old.get("a", {}).get(name), new.get("a", {}).get(name)
        if not entity.same(attr(unit, key, name), was, now):
            u = attr(unit, key, name)
            edits.append(Edit(u, link.id, "set", was, now, seen(u), payload=new["v"]))
    return edits


def _with_unsaid(was: Value, now: Value, known: Value) -> Value:
    """A value in parts, with those the contact has and the system shows neither before nor after: it has no field for them, or
    no word, and its user said nothing of them."""
    if not (isinstance(now, Mapping) and isinstance(known, Mapping)) or replaced_by(known) is not None:
        return now
    said = {*now, *(was if isinstance(was, Mapping) else ())}
    return {**{part: value for part, value in known.items() if part not in said}, **now}


def _attrs(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Attributes the observation speaks of; one that is absent cannot be said there and is no edit."""
    return sorted(new.get("a", {}))


def _replacements(
    old: Members, new: Members, sent: Members | None, gone: list[str], came: list[str]
) -> list[tuple[str, str]]:
    """(out, in) pairs: the same slot or row, or (where there are none) the only ones out and in under one label."""
    pairs: list[tuple[str, str]] = []
    at = {new[k]["at"]: k for k in came if new[k].get("at") is not None}
    for key in sorted(gone):
        place = old[key].get("at")
        if place is not None and place in at and (sent is None or sent[key].get("at") in (None, place)):
            pairs.append((key, at.pop(place)))
    free = {k for pair in pairs for k in pair}
    unplaced_out = [k for k in gone if k not in free and old[k].get("at") is None]
    unplaced_in = [k for k in came if k not in free]  # a row of ours whose id was never read may have got one since
    for label in {_label(old[k]) for k in unplaced_out}:
        outs = [k for k in unplaced_out if _label(old[k]) == label]
        ins = [k for k in unplaced_in if _label(new[k]) == label]
        if len(outs) == 1 and len(ins) == 1:
            pairs.append((outs[0], ins[0]))
    return sorted(pairs)


def _label(shown: Mapping[str, Any]) -> str:
    return str(shown.get("a", {}).get("label") or "")


def _primaries(
    entity: EntitySchema, link: LinkState, shadow: Projection, observed: Projection, edits: list[Edit], seen: Any
) -> list[Edit]:
    """An edit of who is primary; a primary that was itself replaced moves with its Replace."""
    out = []
    moved = {(e.unit, e.value["replaced_by"]) for e in edits if e.kind == "replace"}
    for name, schema in entity.sets.items():
        unit = primary(name)
        if not schema.has_primary or unit not in observed or unit not in shadow or not link.covers(unit):
            continue
        was, now = shadow[unit], observed[unit]
        if was == now or (was is not None and (member(name, was), now) in moved):
            continue
        if now is None and was not in (observed.get(name) or {}):
            continue
        if was is not None and was not in (observed.get(name) or {}) and len(observed.get(name) or {}) <= 1:
            continue  # the primary was removed; who follows is the rule of the set, not a choice of a user
        out.append(Edit(unit, link.id, "set", was, now, seen(unit)))
    return out
