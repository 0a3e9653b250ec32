"""What one member of a set is made of in a native object: its payload, its key, its attributes.

The object is a row of a list, or the record itself where the member has fields of its own there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from hub.model.units import Value, same_text
from hub.rules.codecs.registry import Choice, Codec, Inexpressible, Unreadable
from hub.rules.lenses.part import Place, Problem, Refs, Unresolved
from hub.rules.lenses.paths import Path, laid, path_text, reader
from hub.rules.lenses.scalars import contact_of, native_of
from hub.rules.normal import BadValue

Object = Mapping[str, Any]
KeyOf = Callable[[Any], str]


class Found(NamedTuple):
    """A member as found in a native object."""

    key: str
    v: Value
    a: dict[str, Value]
    at: str | None


class Payload(Protocol):
    """Where the payload of a member stands. ``at``: its paths, for people."""

    at: str
    fields: Sequence[Place]
    loss: str

    def read(self, native: Object, refs: Refs) -> Value:
        """The payload, None where there is none. Raises Unreadable: half a payload is none."""
        ...

    def lay(self, native: Object, old: Value, new: Value, refs: Refs) -> Object:
        """The object with the new payload (None: emptied). ``old``: what stands there, None where that is nothing or
        not understood. Raises Inexpressible."""
        ...

    def shown(self, value: Value) -> Value:
        """What the system would show of a payload, None where nothing."""
        ...


class One:
    """A payload in one field."""

    def __init__(self, path: Path, codec: Codec) -> None:
        self.path, self.codec, self.at = path, codec, path_text(path)
        self.fields: Sequence[Place] = ((path, codec),)
        self.loss = codec.loss
        self._native = reader(path, None)

    def read(self, native: Object, refs: Refs) -> Value:
        return _named(self.codec, self._native, native, self.at)

    def lay(self, native: Object, old: Value, new: Value, refs: Refs) -> Object:
        encoded = self.codec.put(new)
        if old is not None and same_text(self.codec.get(encoded), old):
            return native
        return laid(native, self.path, encoded)

    def shown(self, value: Value) -> Value:
        try:
            return self.codec.get(self.codec.put(value))
        except (Inexpressible, Unreadable):
            return None


class Target(One):
    """A payload that is a reference: a native id there, a contact id here."""

    def read(self, native: Object, refs: Refs) -> Value:
        return contact_of(super().read(native, refs), refs)

    def lay(self, native: Object, old: Value, new: Value, refs: Refs) -> Object:
        if old == new:
            return native
        return laid(native, self.path, self.codec.put(native_of(new, refs)))

    def shown(self, value: Value) -> Value:
        return value if isinstance(value, str) else None


class Parts:
    """A structured payload: an object of parts, each in a field of its own. Empty parts are left out."""

    def __init__(self, parts: Mapping[str, Place]) -> None:
        self.parts = parts
        self.at = ", ".join(path_text(path) for path, _ in parts.values())
        self.fields: Sequence[Place] = tuple(parts.values())
        self.loss = "; ".join(f"{name}: {codec.loss}" for name, (_, codec) in parts.items() if codec.loss)
        self._readers = [(name, reader(path, None), codec, path_text(path)) for name, (path, codec) in parts.items()]

    def read(self, native: Object, refs: Refs) -> Value:
        out = {}
        for name, get, codec, at in self._readers:
            if (value := _named(codec, get, native, at)) is not None:
                out[name] = value
        return out or None

    def lay(self, native: Object, old: Value, new: Value, refs: Refs) -> Object:
        for name, get, codec, _ in self._readers:
            was, now = (old or {}).get(name), (new or {}).get(name)
            if old is None and now is None and get(native) in (None, codec.empty):
                continue
            if old is None or new is None or not same_text(was, now):
                try:
                    encoded = codec.put(now)
                except Inexpressible:  # the old part beside the new ones would be a place nobody named
                    encoded = codec.put(None)
                native = laid(native, self.parts[name][0], encoded)
        return native

    def shown(self, value: Value) -> Value:
        out = {}
        for name, (_, codec) in self.parts.items():
            try:
                if (part := codec.get(codec.put(value.get(name)))) is not None:
                    out[name] = part
            except (Inexpressible, Unreadable):
                continue
        return out or None


def _named(codec: Codec, get: Callable[[Object], Any], native: Object, at: str) -> Value:
    """The value read; an error says where it stood."""
    try:
        return codec.get(get(native))
    except BadValue as error:
        error.at = at
        raise


class Keys:
    """A member key that stands in fields of its own; several are joined by ":" ("newsletter:email").

    ``to_target``: the key ends in the payload's own id ("employee:<contact id>", relations).
    """

    def __init__(self, fields: Sequence[Place], to_target: bool = False) -> None:
        self.fields, self.to_target = fields, to_target
        self._readers = [(reader(path, None), codec.get) for path, codec in fields]
        self.words = _closed(fields)

    def read(self, native: Object, v: Value, problems: list[Problem]) -> str:
        """The key, "" where the object has none."""
        pieces: list[str] = []
        for (get, decode), (path, _) in zip(self._readers, self.fields, strict=True):
            try:
                piece = decode(get(native))
            except Unreadable as error:
                problems.append(Problem("", path_text(path), error.reason))
                return ""
            if piece is None or (":" in piece and len(pieces) + 1 < len(self.fields) + self.to_target):
                return ""
            pieces.append(piece)
        if self.to_target:
            pieces.append(f"?{v.native_id}" if isinstance(v, Unresolved) else v)
        return ":".join(pieces)

    def lay(self, native: Object, key: str) -> Object:
        """The object with the key in its fields. Raises Inexpressible."""
        for (path, codec), piece in zip(self.fields, self._split(key), strict=False):
            native = laid(native, path, codec.put(piece))
        return native

    def shows(self, key: str, v: Value) -> bool:
        """Would the system show a member with the payload ``v`` under this very key?"""
        pieces = self._split(key)
        if len(pieces) != len(self.fields) + self.to_target or (self.to_target and pieces[-1] != v):
            return False
        try:
            return all(codec.get(codec.put(piece)) == piece
                       for (_, codec), piece in zip(self.fields, pieces, strict=False))
        except (Inexpressible, Unreadable):
            return False

    def _split(self, key: str) -> list[str]:
        return key.split(":", len(self.fields) + self.to_target - 1)


def _closed(fields: Sequence[Place]) -> frozenset[str] | None:
    """The first pieces a key can have, where they are a closed list; None where they are open."""
    codec = fields[0][1]
    return codec.words if isinstance(codec, Choice) else None


class Attributes:
    """The attributes of a member, each in a field of its own. One that cannot be read is absent."""

    def __init__(self, named: Mapping[str, Place]) -> None:
        self.named = named
        self.fields: Sequence[Place] = tuple(named.values())
        self._readers = [(name, reader(path, None), codec.get) for name, (path, codec) in named.items()]

    def read(self, native: Object, problems: list[Problem]) -> dict[str, Value]:
        out = {}
        for name, get, decode in self._readers:
            try:
                out[name] = decode(get(native))
            except Unreadable as error:
                problems.append(Problem(name, path_text(self.named[name][0]), error.reason))
        return out

    def lay(self, native: Object, old: Mapping[str, Value], new: Mapping[str, Value]) -> Object:
        """The object with the attributes that differ; one the system has no word for stays as it is."""
        for name, (path, codec) in self.named.items():
            if name not in new or (name in old and same_text(old[name], new[name])):
                continue
            try:
                encoded = codec.put(new[name])
            except Inexpressible:
                continue
            if not (name in old and same_text(old[name], codec.get(encoded))):
                native = laid(native, path, encoded)
        return native

    def shown(self, wanted: Mapping[str, Value], there: Mapping[str, Value]) -> dict[str, Value]:
        """What would be shown: the wanted ones, else what stands there."""
        out = {}
        for name, (_, codec) in self.named.items():
            if name in wanted:
                try:
                    out[name] = codec.get(codec.put(wanted[name]))
                    continue
                except (Inexpressible, Unreadable):
                    pass
            if name in there:
                out[name] = there[name]
        return out
