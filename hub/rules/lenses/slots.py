"""Sets kept in named fields of the record: slots (any member that fits), fixed places (one key each) and flags."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.model.units import Projection, Value
from hub.model.units import primary as primary_of
from hub.rules.codecs.registry import Codec, Inexpressible, Unreadable
from hub.rules.lenses.members import KeyOf, Payload
from hub.rules.lenses.part import Order, Places, PlainPart, Problem, Refs
from hub.rules.lenses.paths import MISSING, Draft, Misfit, Path, path_text, reader
from hub.rules.slots import Members, Slot, fill


class SlotSet(PlainPart):
    """A few fields, each holding one member (merge.md 8 "Slots").

    A field whose content is no member counts as empty: it is overwritten when a member needs the room.
    ``primary_first``: the first field holds the primary member.
    """

    def __init__(self, unit: str, slots: Sequence[tuple[Slot, Path]], codec: Codec, key_of: KeyOf, *,
                 primary_first: bool = False, missing: Any = MISSING) -> None:
        self.unit, self.codec, self.key_of, self.primary_first = unit, codec, key_of, primary_first
        self.slots = [slot for slot, _ in slots]
        self.at = ", ".join(slot.at for slot in self.slots)
        names = {unit, f"{unit}[].label"} if any(slot.label is not None for slot in self.slots) else {unit}
        self.covers = frozenset(names | {primary_of(unit)} if primary_first else names)
        self.places = Places([(path, codec) for _, path in slots])
        self.loss = {unit: "; ".join(filter(None, (codec.loss, f"at most {len(self.slots)} members")))}
        self._fields = [(slot, path, reader(path, missing)) for slot, path in slots]

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None:
        members: Members = {}
        first: str | None = None
        for slot, _, get in self._fields:
            try:
                text = get(native)
                if text is MISSING:
                    return
                found = self._found(text)
            except Unreadable as error:  # a set is known whole or not at all
                problems.append(Problem(self.unit, slot.at, error.reason))
                return
            if found is None:
                continue
            if slot is self.slots[0]:
                first = found[0]
            if found[0] not in members:
                label = {} if slot.label is None else {"label": slot.label}
                members[found[0]] = {"v": found[1], "at": slot.at, "a": label}
        out[self.unit] = members
        if self.primary_first:
            out[primary_of(self.unit)] = first

    def _found(self, text: Any) -> tuple[str, Value] | None:
        v = None if text is MISSING else self.codec.get(text)
        key = self.key_of(v) if v is not None else ""
        return (key, v) if key else None

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None:
        lead_unit = primary_of(self.unit)
        if self.unit not in wanted and not (self.primary_first and lead_unit in wanted):
            return
        texts = [self._text(get, draft.now) for _, _, get in self._fields]
        shown = [self._known(text) for text in texts]
        held: Members = {}
        for slot, found in zip(self.slots, shown, strict=True):
            if found:
                held.setdefault(found[0], {"v": found[1], "at": slot.at, "a": {}})
        members = wanted[self.unit] or {} if self.unit in wanted else held
        placed = self._placed(members, wanted.get(lead_unit), held)
        for (slot, path, _), text, found in zip(self._fields, texts, shown, strict=True):
            key = placed.get(slot.at)
            there = found[0] if found else None
            if key is None and text is not MISSING and (there is None or there in members):
                continue  # blank, no member, or the second field with one that stays
            if key is None:
                draft.lay(path, self.codec.put(None))
            elif key != there:
                draft.lay(path, self.codec.put(members[key]["v"]))

    def _text(self, get: Callable[[Mapping[str, Any]], Any], native: Mapping[str, Any]) -> Any:
        try:
            return get(native)
        except Unreadable as error:
            raise Misfit(error.reason) from None

    def _known(self, text: Any) -> tuple[str, Value] | None:
        try:
            return self._found(text)
        except Unreadable:
            return None

    def _placed(self, members: Members, lead: str | None, held: Members) -> dict[str, str]:
        """Slot → member key: as ``at`` says where it names a slot for each, else as ``fill`` places them."""
        ats = [member.get("at") for member in members.values()]
        if len({*ats}) < len(ats) or not {*ats} <= {slot.at for slot in self.slots} or self._leads_elsewhere(members, lead):
            members = fill({key: m for key, m in members.items() if key in held or self._shown(key, m["v"]) is not None},
                           lead, held, self.slots, {}, primary_first=self.primary_first)
        return {member["at"]: key for key, member in members.items()}

    def _leads_elsewhere(self, members: Members, lead: str | None) -> bool:
        return self.primary_first and lead in members and members[lead].get("at") != self.slots[0].at

    def _shown(self, key: str, v: Value) -> Value:
        try:
            shown = self.codec.get(self.codec.put(v))
        except (Inexpressible, Unreadable):
            return None
        return shown if shown is not None and self.key_of(shown) == key else None

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None:
        lead_unit = primary_of(self.unit)
        there: Members = held.get(self.unit) or {}
        if self.unit in wanted:
            members = wanted[self.unit] or {}
        elif self.primary_first and lead_unit in wanted:
            members = there
        else:
            return
        able = {key: m for key, m in members.items() if key in there or self._shown(key, m["v"]) is not None}
        lead = wanted.get(lead_unit, held.get(lead_unit))
        placed = fill(able, lead, there, self.slots, order, primary_first=self.primary_first)
        labels = {slot.at: {} if slot.label is None else {"label": slot.label} for slot in self.slots}
        shown = {}
        for key, member in placed.items():
            same_place = key in there and there[key].get("at") == member["at"]
            v = there[key]["v"] if same_place else self._shown(key, member["v"]) or member["v"]
            shown[key] = {"v": v, "at": member["at"], "a": labels[member["at"]]}
        out[self.unit] = shown
        if self.primary_first:
            out[lead_unit] = next((key for key, m in shown.items() if m["at"] == self.slots[0].at), None)


class FixedSet(PlainPart):
    """Fields that stand for one member key each: a scheme of identifiers, the work address."""

    def __init__(self, unit: str, kept: Mapping[str, Payload], *, primary_first: bool = False,
                 missing: Any = MISSING) -> None:
        self.unit, self.kept, self.primary_first = unit, kept, primary_first
        self.at = ", ".join(payload.at for payload in kept.values())
        self.covers = frozenset({unit, primary_of(unit)} if primary_first else {unit})
        self.places = Places([field for payload in kept.values() for field in payload.fields])
        losses = (f"{key}: {payload.loss}" for key, payload in kept.items() if payload.loss)
        self.loss = {unit: "; ".join((*losses, "only " + ", ".join(kept)))}
        self._first = next(iter(kept))
        self._tops = {path[0] for path, _ in self.places.fields} if missing is MISSING else set()

    def has(self, key: str) -> bool:
        return key in self.kept

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None:
        if not self._tops <= native.keys():
            return
        members = {}
        try:
            for key, payload in self.kept.items():
                if (v := payload.read(native, refs)) is not None:
                    members[key] = {"v": v, "at": path_text(payload.fields[0][0]), "a": {}}
        except Unreadable as error:  # a set is known whole or not at all
            problems.append(Problem(self.unit, error.at, error.reason))
            return
        out[self.unit] = members
        if self.primary_first:
            out[primary_of(self.unit)] = self._first if self._first in members else None

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None:
        if self.unit not in wanted:
            return
        members = wanted[self.unit] or {}
        for key, payload in self.kept.items():
            try:
                old = payload.read(draft.now, refs)
            except Unreadable:
                old = None
            new = members[key]["v"] if key in members else None
            if new is not None or old is not None:
                try:
                    draft.now = dict(payload.lay(draft.now, old, new, refs))
                except Inexpressible:
                    pass  # shape keeps what stands there
            for path, codec in payload.fields:
                if path[0] not in draft.now and path[0] in self._tops:
                    draft.lay(path, codec.put(None))

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None:
        if self.unit not in wanted:
            return
        there = held.get(self.unit) or {}
        shown = {}
        for key, member in (wanted[self.unit] or {}).items():
            if key not in self.kept:
                continue
            payload = self.kept[key]
            v = payload.shown(member["v"])
            if v is None and key in there:
                v = there[key]["v"]
            if v is not None:
                shown[key] = {"v": v, "at": path_text(payload.fields[0][0]), "a": {}}
        out[self.unit] = shown
        if self.primary_first:
            out[primary_of(self.unit)] = self._first if self._first in shown else None


class FlagSet(PlainPart):
    """Aggregated flags of consent ("no bulk mail"): true withdraws every member named, false says nothing.

    A flag is raised when any member it names is withdrawn, and lowered only when every one of them is granted with
    evidence: the grants then are later than the withdrawal, or the join of consents would not have let them stand.
    """

    def __init__(self, unit: str, flags: Sequence[tuple[Path, Codec, Sequence[str]]], missing: Any = MISSING) -> None:
        self.unit = unit
        self.at = ", ".join(path_text(path) for path, _, _ in flags)
        self.covers = frozenset({unit})
        self.places = Places([(path, codec) for path, codec, _ in flags])
        self.loss = {unit: "a flag speaks for all the members it names, and only of withdrawal"}
        self.keys = frozenset(key for _, _, keys in flags for key in keys)
        self._flags = [(path, path_text(path), codec, tuple(keys), reader(path, missing)) for path, codec, keys in flags]

    def has(self, key: str) -> bool:
        return key in self.keys

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None:
        members: dict[str, Any] = {}
        for _, at, codec, keys, get in self._flags:
            try:
                value = get(native)
                up = value is not MISSING and codec.get(value)
            except Unreadable as error:
                problems.append(Problem(self.unit, at, error.reason))
                return
            if value is MISSING:
                return
            if up:
                for key in keys:
                    members.setdefault(key, _withdrawn(at))
        out[self.unit] = members

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None:
        if self.unit not in wanted:
            return
        ups: list[bool | None] = []
        for _, _, codec, _, get in self._flags:
            try:
                value = get(draft.now)
                ups.append(None if value is MISSING else bool(codec.get(value)))
            except Unreadable:
                ups.append(None)
        for (path, _, codec, _, _), up, new in zip(self._flags, ups, self._raised(wanted, ups), strict=True):
            if new is None and draft.create:
                new = False
            if new is not None and new is not up:
                draft.lay(path, codec.put(new))

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None:
        if self.unit not in wanted:
            return
        raised = {member["at"] for member in (held.get(self.unit) or {}).values()}
        shown: dict[str, Any] = {}
        ups = self._raised(wanted, [at in raised for _, at, _, _, _ in self._flags])
        for (_, at, _, keys, _), up in zip(self._flags, ups, strict=True):
            if up:
                for key in keys:
                    shown.setdefault(key, _withdrawn(at))
        out[self.unit] = shown

    def _raised(self, wanted: Projection, ups: Sequence[bool | None]) -> list[bool | None]:
        """Which flags are to be up; None: nobody knows and nothing is said. No flag is raised for a withdrawal that
        another one shows already."""
        states = {key: member["v"] or {} for key, member in (wanted[self.unit] or {}).items()}
        out: list[bool | None] = []
        for (_, _, _, keys, _), up in zip(self._flags, ups, strict=True):
            named = [states.get(key, {}) for key in keys]
            granted = all(v.get("state") == "granted" and v.get("evidenced_at") for v in named)
            out.append(False if granted else up)
        shown = {key for (_, _, _, keys, _), up in zip(self._flags, out, strict=True) if up for key in keys}
        for place, (_, _, _, keys, _) in enumerate(self._flags):
            if not out[place] and any(states.get(k, {}).get("state") == "withdrawn" and k not in shown for k in keys):
                out[place] = True
                shown.update(keys)
        return out


def _withdrawn(at: str) -> dict[str, Any]:
    v = {"state": "withdrawn", "evidenced_at": None, "evidence": at, "source": "flag"}
    return {"v": v, "at": at, "a": {}}
