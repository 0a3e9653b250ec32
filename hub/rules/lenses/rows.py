"""Sets kept as a list: rows (native objects) or plain texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.model.units import Projection, Value
from hub.model.units import primary as primary_of
from hub.rules.codecs.plain import Choice
from hub.rules.codecs.registry import Codec, Inexpressible, Unreadable
from hub.rules.lenses.members import Attributes, Found, KeyOf, Keys, Object, Payload, Target
from hub.rules.lenses.part import Order, Places, PlainPart, Problem, Refs, Unresolved
from hub.rules.lenses.paths import MISSING, Draft, Misfit, Path, path_text, reader
from hub.rules.lenses.primary import Lead
from hub.rules.normal import BadValue

Rows = list[tuple[Any, str | None]]
"""Native rows, each with the key of the member it shows, or None."""


class RowSet(PlainPart):
    """A list of native objects, one a member. Rows it does not recognise stay untouched, so do keys in rows.

    The first row of a member shows it; further rows with the same key stay as they are and go when the member goes.
    """

    def __init__(self, unit: str, path: Path, payload: Payload, key: Keys | KeyOf, attributes: Attributes, *,
                 row_id: Path | None = None, lead: Lead | None = None, defaults: Object | None = None,
                 where: Object | None = None, keyed: bool = False, missing: Any = MISSING) -> None:
        self.unit, self.path, self.payload, self.key, self.attributes = unit, path, payload, key, attributes
        self.lead, self.where, self.keyed = lead, where or {}, keyed
        self.defaults = {**(defaults or {}), **self.where}
        self.at = path_text(path)
        names = {unit, *(f"{unit}[].{name}" for name in attributes.named)}
        self.covers = frozenset(names | {primary_of(unit)} if lead else names)
        keys = key.fields if isinstance(key, Keys) else ()
        fields = (*payload.fields, *keys, *attributes.fields, *(lead.fields if lead else ()))
        self.places = Places((), path, fields, self.where, row_id)
        self.loss = {unit: payload.loss, **{f"{unit}[].{name}": codec.loss
                                            for name, (_, codec) in attributes.named.items()}}
        self._native = reader(path, missing)
        self._row_id = reader(row_id, None) if row_id else None

    def has(self, key: str) -> bool:
        words = self.key.words if isinstance(self.key, Keys) else None
        return words is None or key in words or key.partition(":")[0] in words

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None:
        members: dict[str, dict[str, Value]] = {}
        led: list[tuple[Any, str | None]] = []
        unread: list[Problem] = []
        try:
            rows = self._rows(native)
            if rows is MISSING:
                return
            for row in rows:
                found = self._found(row, refs, unread)
                if found is None:
                    continue
                if found.key not in members:
                    members[found.key] = {"v": found.v, "at": found.at, "a": found.a}
                led.append((row, found.key))
        except Unreadable as error:  # a set is known whole or not at all
            problems.append(Problem(self.unit, f"{self.at}[].{error.at}" if error.at else self.at, error.reason))
            return
        except BadValue as error:
            error.at = f"{self.at}[].{error.at}" if error.at else f"{self.at}[]"
            raise
        out[self.unit] = members
        if self.lead:
            out[primary_of(self.unit)] = self.lead.read(led)
        for problem in unread:
            name = f"{self.unit}[].{problem.unit}" if problem.unit else self.unit
            problems.append(Problem(name, f"{self.at}[].{problem.at}", problem.reason))

    def _rows(self, native: Mapping[str, Any]) -> Any:
        rows = self._native(native)
        if rows is None or rows == "":
            return ()
        if rows is not MISSING and not isinstance(rows, list):
            raise Unreadable("is not a list")
        return rows

    def _found(self, row: Any, refs: Refs, problems: list[Problem]) -> Found | None:
        """The member a row shows, None where it shows none. Raises Unreadable for a payload half understood."""
        if not isinstance(row, dict):
            return None
        for name, value in self.where.items():
            if row.get(name) != value:
                return None
        v = self.payload.read(row, refs)
        if v is None:
            return None
        key = self.key.read(row, v, problems) if isinstance(self.key, Keys) else self.key(v)
        if not key:
            return None
        at = self._row_id(row) if self._row_id else None
        return Found(key, v, self.attributes.read(row, problems), None if at is None else str(at))

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None:
        lead_unit = primary_of(self.unit)
        if self.unit not in wanted and not (self.lead and lead_unit in wanted):
            return
        try:
            there = self._rows(draft.now)
        except Unreadable as error:
            raise Misfit(error.reason) from None
        old = [] if there is MISSING else list(there)
        found = [self._known(row, refs) for row in old]
        rows: Rows = [(row, each.key if each else None) for row, each in zip(old, found, strict=True)]
        if self.unit in wanted:
            rows = self._members(old, found, wanted[self.unit] or {}, refs)
        if self.lead and lead_unit in wanted:
            rows = self.lead.lay(rows, wanted[lead_unit])
        new = [row for row, _ in rows]
        if new != old or (there is MISSING and not draft.create):
            draft.lay(self.path, new)

    def _known(self, row: Any, refs: Refs) -> Found | None:
        """As ``_found``; a payload half understood is none of ours and stays untouched."""
        try:
            return self._found(row, refs, [])
        except Unreadable:
            return None

    def _members(self, old: Sequence[Any], found: Sequence[Found | None], wanted: Mapping[str, Mapping[str, Value]],
                 refs: Refs) -> Rows:
        """The rows as wanted: kept in their places, replaced ones in the row that held them, new ones at the end."""
        shown = {each.key for each in found if each}
        heirs = self._heirs(wanted, shown)
        rows: Rows = []
        done: set[str] = set()
        for row, each in zip(old, found, strict=True):
            if each is None or isinstance(each.v, Unresolved) or each.key in done:
                if each is None or each.key in wanted or isinstance(each.v, Unresolved):
                    rows.append((row, each.key if each else None))
                continue
            key = each.key if each.key in wanted else heirs.pop(each.at, None) if each.at is not None else None
            if key is not None:
                rows.append((self._row(row, each, key, wanted[key], refs), key))
                done.add(key)
        for key, member in wanted.items():
            if key not in done and not isinstance(member["v"], Unresolved) and self._shown(key, member["v"]) is not None:
                rows.append((self._row(dict(self.defaults), None, key, member, refs), key))
        return rows

    def _heirs(self, wanted: Mapping[str, Mapping[str, Value]], shown: Iterable[str]) -> dict[str, str]:
        """Row id → the member that is to replace the one shown there."""
        shown = set(shown)
        return {m["at"]: key for key, m in wanted.items()
                if key not in shown and m.get("at") is not None and self._shown(key, m["v"]) is not None}

    def _row(self, row: Object, each: Found | None, key: str, member: Mapping[str, Value], refs: Refs) -> Object:
        new = each is None or each.key != key
        if new and isinstance(self.key, Keys):
            row = self.key.lay(row, key)
        if new or not self.keyed:
            try:
                row = self.payload.lay(row, each.v if each else None, member["v"], refs)
            except Inexpressible:
                if new:
                    raise
        if each is None:
            there = self._default_attributes()
            wanted = {name: value for name, value in member.get("a", {}).items() if value is not None}
            return self.attributes.lay(row, there, wanted)
        return self.attributes.lay(row, each.a, member.get("a", {}))

    def _default_attributes(self) -> dict[str, Value]:
        """What a new row shows before anything is said about it."""
        return self.attributes.read(self.defaults, [])

    def _shown(self, key: str, v: Value) -> Value:
        """What the system would show of a member it does not hold, None where it cannot."""
        if isinstance(self.key, Keys):
            return self.payload.shown(v) if self.key.shows(key, v) else None
        shown = self.payload.shown(v)
        return shown if shown is not None and self.key(shown) == key else None

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None:
        there: Mapping[str, Any] = held.get(self.unit) or {}
        if self.unit in wanted:
            members = wanted[self.unit] or {}
            shown = {key: m for key, m in there.items() if isinstance(m["v"], Unresolved)}
            free = {m["at"]: m for key, m in there.items() if key not in members and not isinstance(m["v"], Unresolved)}
            heirs = self._heirs(members, there)
            for key, member in members.items():
                if key in there:
                    shown[key] = self._kept(member, there[key])
                elif member.get("at") in free and heirs.get(member["at"]) == key:
                    left = free[member["at"]]
                    shown[key] = {"v": self._shown(key, member["v"]), "at": member["at"],
                                  "a": self.attributes.shown(member.get("a", {}), left.get("a", {}))}
                elif (v := self._shown(key, member["v"])) is not None:
                    a = {name: value for name, value in member.get("a", {}).items() if value is not None}
                    shown[key] = {"v": v, "at": None, "a": self.attributes.shown(a, self._default_attributes())}
            out[self.unit] = shown
            there = shown
        lead_unit = primary_of(self.unit)
        if self.lead and lead_unit in wanted and self.lead.can_show(wanted[lead_unit], there):
            out[lead_unit] = wanted[lead_unit]

    def _kept(self, member: Mapping[str, Value], there: Mapping[str, Value]) -> dict[str, Value]:
        v = there["v"]
        if not self.keyed and not isinstance(v, Unresolved) and (new := self.payload.shown(member["v"])) is not None:
            v = new
        return {"v": v, "at": there["at"], "a": self.attributes.shown(member.get("a", {}), there.get("a", {}))}

    def refs_in(self, native: Mapping[str, Any]) -> Iterable[str]:
        if not isinstance(self.payload, Target):
            return ()
        try:
            rows = self._rows(native)
            return [] if rows is MISSING else [each.v.native_id for row in rows if (each := self._known(row, Refs()))
                                               and isinstance(each.v, Unresolved)]
        except ValueError:
            return []

    def targets_in(self, wanted: Projection) -> Iterable[str]:
        if not (isinstance(self.key, Keys) and self.key.to_target):
            return ()
        return [m["v"] for m in (wanted.get(self.unit) or {}).values() if isinstance(m["v"], str)]


class TextList(PlainPart):
    """A list of plain texts, or one text with a separator; each is a member whose key says everything."""

    def __init__(self, unit: str, path: Path, codec: Codec, key_of: KeyOf, separator: str | None = None,
                 missing: Any = MISSING) -> None:
        self.unit, self.path, self.codec, self.key_of, self.separator = unit, path, codec, key_of, separator
        self.at = path_text(path)
        self.covers = frozenset({unit})
        self.places = Places(rows=path, texts=codec, separator=separator)
        self.loss = {unit: codec.loss}
        self._native = reader(path, missing)

    def _texts(self, native: Mapping[str, Any]) -> Any:
        texts = self._native(native)
        if texts is MISSING:
            return texts
        if self.separator is not None and isinstance(texts, str):
            return [] if not texts.strip() else texts.split(self.separator)
        if texts is None or texts == "":
            return []
        if not isinstance(texts, list):
            raise Unreadable("is not a list")
        return texts

    def _found(self, text: Any, problems: list[Problem]) -> tuple[str, Value] | None:
        if not isinstance(text, str | int) or isinstance(text, bool):
            return None
        try:
            v = self.codec.get(text.strip() if isinstance(text, str) and self.separator else text)
        except Unreadable as error:
            if not isinstance(self.codec, Choice):  # a text outside its table is no member, and nobody's fault
                problems.append(Problem(self.unit, self.at, error.reason))
            return None
        key = self.key_of(v) if v is not None else ""
        return (key, v) if key else None

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None:
        try:
            texts = self._texts(native)
        except Unreadable as error:
            problems.append(Problem(self.unit, self.at, error.reason))
            return
        if texts is MISSING:
            return
        members: dict[str, dict[str, Value]] = {}
        for text in texts:
            if found := self._found(text, problems):
                members.setdefault(found[0], {"v": found[1], "at": None, "a": {}})
        out[self.unit] = members

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None:
        if self.unit not in wanted:
            return
        try:
            there = self._texts(draft.now)
        except Unreadable as error:
            raise Misfit(error.reason) from None
        old = [] if there is MISSING else there
        members = wanted[self.unit] or {}
        new, done = [], set()
        for text in old:
            found = self._found(text, [])
            if found is None or found[0] in members:
                new.append(text)
                done.add(found[0] if found else "")
        new += [self.codec.put(m["v"]) for key, m in members.items() if key not in done and self._shown(key, m["v"])]
        if new != old or (there is MISSING and not draft.create):
            draft.lay(self.path, new if self.separator is None else self._one_text(new))

    def _one_text(self, texts: Sequence[str]) -> str | None:
        return (self.separator or "").join(texts) or None

    def _shown(self, key: str, v: Value) -> Value:
        try:
            native = self.codec.put(v)
            if self.separator is not None:
                if not isinstance(native, str) or self.separator in native:
                    return None
                native = native.strip()
            shown = self.codec.get(native)
        except (Inexpressible, Unreadable):
            return None
        return shown if self.key_of(shown) == key else None

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None:
        if self.unit not in wanted:
            return
        there = held.get(self.unit) or {}
        shown = {}
        for key, member in (wanted[self.unit] or {}).items():
            if key in there:
                shown[key] = there[key]
            elif (v := self._shown(key, member["v"])) is not None:
                shown[key] = {"v": v, "at": None, "a": {}}
        out[self.unit] = shown
