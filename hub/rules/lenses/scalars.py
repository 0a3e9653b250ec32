"""Scalars: one native field and one unit; a reference; a constant; and the full name kept in one text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hub.model.units import Projection, Value, fold_text, same_text
from hub.rules.codecs.registry import Codec, Inexpressible, Unreadable, Unsplittable
from hub.rules.lenses.part import Order, Places, PlainPart, Problem, Refs, Unresolved
from hub.rules.lenses.paths import MISSING, Draft, Path, path_text, reader


class Unlinked(Inexpressible):
    """The target of a reference has no record in this system."""


class Field(PlainPart):
    """One native field, one unit."""

    def __init__(self, unit: str, path: Path, codec: Codec, same: Callable[[Value, Value], bool],
                 missing: Any = MISSING) -> None:
        self.unit, self.path, self.codec, self.same = unit, path, codec, same
        self.at = path_text(path)
        self.covers = frozenset({unit})
        self.places = Places(((path, codec),))
        self.loss = {unit: codec.loss}
        self._native, self._get = reader(path, missing), codec.get

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None:
        try:
            value = self._native(native)
            if value is not MISSING:
                out[self.unit] = self._get(value)
        except Unreadable as error:
            problems.append(Problem(self.unit, self.at, error.reason))

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None:
        if self.unit not in wanted:
            return
        value = wanted[self.unit]
        current = self._native(draft.now)
        if current is MISSING:
            if not (draft.create and value is None):
                draft.lay(self.path, self.codec.put(value))
            return
        try:
            shown = self._get(current)
            if self.same(shown, value):
                return
        except Unreadable:
            draft.lay(self.path, self.codec.put(value))
            return
        new = self.codec.put(value)
        if not self.same(shown, self._get(new)):
            draft.lay(self.path, new)

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None:
        if self.unit in wanted:
            try:
                out[self.unit] = self._get(self.codec.put(wanted[self.unit]))
            except (Inexpressible, Unreadable):
                if self.unit in held:
                    out[self.unit] = held[self.unit]


class Reference(PlainPart):
    """A native field that holds the id of another record; the unit holds that record's contact."""

    def __init__(self, unit: str, path: Path, codec: Codec, missing: Any = MISSING) -> None:
        self.unit, self.path, self.codec = unit, path, codec
        self.at = path_text(path)
        self.covers = frozenset({unit})
        self.places = Places(((path, codec),))
        self._native = reader(path, missing)

    def _id(self, native: Mapping[str, Any]) -> Any:
        value = self._native(native)
        return value if value is MISSING else self.codec.get(value)

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None:
        try:
            native_id = self._id(native)
        except Unreadable as error:
            problems.append(Problem(self.unit, self.at, error.reason))
            return
        if native_id is not MISSING:
            out[self.unit] = contact_of(native_id, refs)

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None:
        if self.unit not in wanted:
            return
        value = wanted[self.unit]
        if isinstance(value, Unresolved):
            return
        native_id = native_of(value, refs)
        try:
            if self._id(draft.now) == native_id:
                return
        except Unreadable:
            pass
        if not (draft.create and value is None):
            draft.lay(self.path, self.codec.put(native_id))

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None:
        if self.unit in wanted:
            value = wanted[self.unit]
            if not isinstance(value, Unresolved) or held.get(self.unit) == value:
                out[self.unit] = value

    def refs_in(self, native: Mapping[str, Any]) -> Iterable[str]:
        try:
            native_id = self._id(native)
        except ValueError:
            return ()
        return () if native_id is MISSING or native_id is None else (native_id,)

    def targets_in(self, wanted: Projection) -> Iterable[str]:
        value = wanted.get(self.unit)
        return () if value is None or isinstance(value, Unresolved) else (value,)


def contact_of(native_id: str | None, refs: Refs) -> Value:
    """The contact a native id stands for, Unresolved where there is none, None for no id."""
    if native_id is None:
        return None
    return refs.contact_of.get(native_id) or Unresolved(native_id)


def native_of(contact: str | None, refs: Refs) -> str | None:
    """The record a contact has in this system. Raises Unlinked where it has none."""
    if contact is None:
        return None
    if (native_id := refs.native_of.get(contact)) is None:
        raise Unlinked("points at a contact that has no record in this system yet")
    return native_id


class Constant(PlainPart):
    """A unit the system does not keep because it is the same for all its records (a system of persons only)."""

    def __init__(self, unit: str, value: Value) -> None:
        self.unit, self.value = unit, value
        self.covers = frozenset({unit})

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None:
        out[self.unit] = self.value

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None:
        pass

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None:
        pass


class FullName(PlainPart):
    """Units kept in one text, joined by ``separator``. Written from the parts; read only where it can be taken apart
    in one way: as many pieces as units, none of them with a blank in it unless the separator is more than a blank."""

    def __init__(self, units: Sequence[str], path: Path, separator: str, codec: Codec,
                 missing: Any = MISSING) -> None:
        self.units, self.path, self.separator, self.codec = tuple(units), path, separator, codec
        self.at = path_text(path)
        self.covers = frozenset(units)
        self.places = Places(((path, codec),))
        self.loss = dict.fromkeys(units, "a name that cannot be taken apart in one way reads as absent")
        self._native = reader(path, missing)

    def _split(self, text: str | None) -> tuple[str | None, ...]:
        if text is None:
            return (None,) * len(self.units)
        pieces = tuple(fold_text(piece) for piece in fold_text(text).split(self.separator))
        if len(pieces) != len(self.units) or not all(pieces):
            raise Unsplittable("is one text that cannot be taken apart without guessing")
        return pieces

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None:
        try:
            text = self._native(native)
            if text is not MISSING:
                out.update(zip(self.units, self._split(self.codec.get(text)), strict=True))
        except Unreadable as error:
            problems.extend(Problem(unit, self.at, error.reason) for unit in self.units)

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None:
        if not any(unit in wanted for unit in self.units):
            return
        current = self._native(draft.now)
        try:
            shown = None if current is MISSING else self.codec.get(current)
        except Unreadable:
            shown = None
        joined = self._joined(wanted, shown)
        if not same_text(shown, joined) and not (draft.create and joined is None):
            draft.lay(self.path, self.codec.put(joined))

    def _joined(self, wanted: Projection, shown: str | None) -> str | None:
        values = {unit: wanted[unit] for unit in self.units if unit in wanted}
        if len(values) < len(self.units) and shown is not None:
            try:
                values = dict(zip(self.units, self._split(shown), strict=True)) | values
            except Unsplittable:
                raise Inexpressible("is one text: give " + " and ".join(self.units) + " together") from None
        pieces = [fold_text(value) for unit in self.units if (value := values.get(unit))]
        return self.separator.join(pieces) or None

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None:
        known = {unit: wanted.get(unit, held.get(unit)) for unit in self.units if unit in wanted or unit in held}
        if known and any(unit in wanted for unit in self.units):
            try:
                text = self.codec.get(self.codec.put(self._joined(known, None)))
                out.update(zip(self.units, self._split(text), strict=True))
            except Unsplittable:
                out.update(known)
