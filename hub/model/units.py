"""Units: the smallest things that are merged, their names, and when two values of one are the same.

A unit is named by a text:

    name.given                  a scalar
    emails[anna@x.fi]           a set member: its payload, or None when removed, or {"replaced_by": key, "v": payload}
    emails[anna@x.fi].label     an attribute of a member
    emails.primary              which member is the primary one

A *projection* (a contact as one system can see it) holds a set under one key with all members the system lists::

    {"name.given": "Anna",
     "emails": {"anna@x.fi": {"v": "Anna@x.fi", "at": "17", "a": {"label": "home"}}},
     "emails.primary": "anna@x.fi"}

``v`` payload as typed, ``at`` the row id or slot in that system (never merged), ``a`` attributes. A key that is
absent means "this system cannot say"; ``None`` and ``{}`` mean "known to be empty". Values are JSON.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Value = Any
Projection = dict[str, Value]
Sensitivity = Literal["ordinary", "protected", "special"]
EXISTS = "@exists"


def member(set_name: str, key: str) -> str:
    """``emails[anna@x.fi]``"""
    return f"{set_name}[{key}]"


def attr(set_name: str, key: str, name: str) -> str:
    """``emails[anna@x.fi].label``"""
    return f"{set_name}[{key}].{name}"


def primary(set_name: str) -> str:
    """``emails.primary``"""
    return f"{set_name}.primary"


@lru_cache(maxsize=65536)
def split(unit: str) -> tuple[str, str | None, str | None]:
    """``(base, member key or None, attribute or None)``; for ``emails.primary`` the base is the whole name."""
    start = unit.find("[")
    if start < 0:
        return unit, None, None
    end = unit.rfind("]")
    return unit[:start], unit[start + 1 : end], unit[end + 2 :] or None


def set_of(unit: str) -> str | None:
    """The set a member, attribute or primary belongs to, or None for a scalar."""
    base, key, _ = split(unit)
    if key is not None:
        return base
    return base[: -len(".primary")] if base.endswith(".primary") else None


def fold_text(value: Value) -> Value:
    """NFC and trimmed; inner runs of blanks count as one."""
    if not isinstance(value, str):
        return value
    if value.isascii():
        return " ".join(value.split())
    return " ".join(unicodedata.normalize("NFC", value).split())


def same_text(x: Value, y: Value) -> bool:
    return bool(x == y or fold_text(x) == fold_text(y))


def same_value(x: Value, y: Value) -> bool:
    """Typed equality: True is not 1."""
    return bool(x == y) and type(x) is type(y)


def same_parts(x: Value, y: Value) -> bool:
    """Structured values: same parts, each as text; a missing part is an empty one."""
    if not isinstance(x, Mapping) or not isinstance(y, Mapping):
        return same_text(x, y)
    return all(same_text(x.get(k) or None, y.get(k) or None) for k in x.keys() | y.keys())


def same_presence(x: Value, y: Value) -> bool:
    """Members whose key says everything: the spelling is carried, never compared."""
    if isinstance(x, Mapping) or isinstance(y, Mapping):
        return bool(x == y)
    return (x is None) == (y is None)


@dataclass(frozen=True, slots=True)
class SetSchema:
    """A set. ``payload``: "key" (the key says everything: e-mail, phone, group), "text" or "parts".
    ``attrs``: attribute names. ``has_primary``: one member can be the primary. ``joined``: consent (merge.md 9).
    ``named``: a key means the same of everybody (work, member-number), so that a rule can be about one member."""

    payload: Literal["key", "text", "parts"] = "key"
    attrs: tuple[str, ...] = ()
    has_primary: bool = False
    joined: bool = False
    ref: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class UnitSchema:
    """One scalar unit or one set.

    ``kind``      how values are read and compared: text, value (typed equality), parts, ref (a contact id)
    ``quiet``     a new or changed value waits out the quiet period before it leaves its system
    ``normal``    name of the normaliser a good value passes ("email", "phone", "date"), or ""
    """

    name: str
    kind: Literal["text", "value", "parts", "ref", "set"] = "text"
    members: SetSchema | None = None
    sensitivity: Sensitivity = "ordinary"
    quiet: bool = False
    normal: str = ""


@dataclass(frozen=True, slots=True)
class EntitySchema:
    """The units of one entity, and how they are compared. Activities and events would be more data, not more code."""

    name: str
    units: Mapping[str, UnitSchema]
    kinds: tuple[str, ...] = ()
    sets: Mapping[str, SetSchema] = field(init=False)
    _same: dict[str, Callable[[Value, Value], bool]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sets", {n: u.members for n, u in self.units.items() if u.members is not None})
        table: dict[str, Callable[[Value, Value], bool]] = {}
        for name, unit in self.units.items():
            if unit.members is None:
                table[name] = {"text": same_text, "parts": same_parts}.get(unit.kind, same_value)
            else:
                table[name] = {"key": same_presence, "text": same_text, "parts": same_parts}[unit.members.payload]
        object.__setattr__(self, "_same", table)

    def knows(self, unit: str) -> bool:
        """Is this the name of a unit, member, attribute or primary of this entity?"""
        base, key, name = split(unit)
        if key is not None:
            return base in self.sets and (name is None or name in self.sets[base].attrs)
        owner = set_of(unit)
        return (owner in self.sets and self.sets[owner].has_primary) if owner else base in self.units

    def same(self, unit: str, x: Value, y: Value) -> bool:
        """The one notion of "equal" used everywhere (merge.md 0)."""
        if x is y:
            return True
        base, key, name = split(unit)
        if name is not None:
            return same_text(x, y)
        compare = self._same.get(base, same_value)
        if key is not None:
            if x is None or y is None:
                return x is y
            if _is_chain(x) or _is_chain(y):
                return replaced_by(x) == replaced_by(y)
        return compare(x, y)


def _is_chain(value: Value) -> bool:
    return isinstance(value, Mapping) and "replaced_by" in value


def replaced_by(value: Value) -> str | None:
    """The key that replaced a member, or None."""
    return value["replaced_by"] if _is_chain(value) else None
