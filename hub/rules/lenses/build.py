"""From the table of a mapping file to the parts of a lens; every mistake is named with its place and its cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from hub.errors import ConfigError
from hub.model.units import EntitySchema, SetSchema
from hub.rules.codecs.registry import CODECS, Codec, OptionError, make_codec
from hub.rules.lenses.members import Attributes, KeyOf, Keys, One, Parts, Payload, Target
from hub.rules.lenses.part import Direction, Part
from hub.rules.lenses.paths import MISSING, Path, path_of, path_text
from hub.rules.lenses.primary import First, Flagged, Lead, Preferred
from hub.rules.lenses.rows import RowSet, TextList
from hub.rules.lenses.scalars import Constant, Field, FullName, Reference
from hub.rules.lenses.slots import FixedSet, FlagSet, SlotSet
from hub.rules.normal import member_key
from hub.rules.slots import ANY, Slot

SITE_OPTIONS = ("filter", "on_leave", "allow", "on_delete")
"""What a site says about a system in the same table; no part of the lens."""

DIRECTIONS = ("both", "from", "to", "create_only", "none")
PARTS = {"addresses": ("street", "locality", "postcode", "region", "country"),
         "consents": ("state", "evidenced_at", "evidence", "source")}
"""The parts of structured values (model/contact.py)."""

FORMS = ("rows", "list", "slots", "fixed", "flags")
_FLAGS = ("deceased", "protected")
_EVERYWHERE = ("only", "direction", "off")


class MappingError(ConfigError):
    """A mapping says something that cannot be. ``path``: the place in the entity's table; ``problem``: what, and the
    cure."""

    def __init__(self, path: Iterable[str], problem: str) -> None:
        self.path, self.problem = tuple(path), problem
        super().__init__(f"{path_text(self.path)}: {problem}" if self.path else problem)


@dataclass(frozen=True, slots=True)
class Placed:
    """A part, with what the mapping says about its use."""

    part: Part
    direction: Direction
    only: str | None


def read_mapping(mapping: Mapping[str, Any], entity: EntitySchema, region: str) -> tuple[list[Placed], dict[str, str]]:
    """The parts, the kind of contact first, and per set what a changed slot means. Raises MappingError."""
    return _Reader(mapping, entity, region).read()


class _Reader:
    def __init__(self, mapping: Mapping[str, Any], entity: EntitySchema, region: str) -> None:
        self.mapping, self.entity, self.region = mapping, entity, region
        known(mapping, ("native", "fields", "sets", "fullname", "missing", "slot_change", "off", *SITE_OPTIONS), ())
        words = one_of(mapping, "missing", ("absent", "empty"), ())
        self.missing: Any = None if words == "empty" else MISSING
        self.kinds = tuple(entity.kinds)

    def read(self) -> tuple[list[Placed], dict[str, str]]:
        out: list[Placed] = []
        changes: dict[str, str] = {}
        default = one_of(self.mapping, "slot_change", ("replace", "add"), ())
        for unit, given in table(self.mapping, "fields", ()).items():
            for spec, path in _each(given, ("fields", unit)):
                self._add(out, spec, path, lambda s, p, unit=unit: self._field(unit, s, p))
        for spec, path in _each(self.mapping.get("fullname", []), ("fullname",)):
            self._add(out, spec, path, self._fullname)
        for unit, given in table(self.mapping, "sets", ()).items():
            for spec, path in _each(given, ("sets", unit)):
                self._add(out, spec, path, lambda s, p, unit=unit: self._set(unit, s, p))
                changes[unit] = one_of(spec, "slot_change", (default, "replace", "add"), path)
        self._no_unit_twice(out)
        out.sort(key=lambda placed: "kind" not in placed.part.covers)
        return out, changes

    def _add(self, out: list[Placed], spec: Any, path: Path, make: Any) -> None:
        if not isinstance(spec, Mapping):
            raise MappingError(path, "give a table, such as { at = \"first_name\" }")
        if spec.get("off", False):
            return
        only = spec.get("only")
        if only is not None and only not in self.kinds:
            raise MappingError((*path, "only"), unknown("kind of contact", only, self.kinds))
        direction: Direction = one_of(spec, "direction", DIRECTIONS, path)  # type: ignore[assignment]
        part: Part = make(spec, path)
        joined = any(self.entity.sets[name].joined for name in part.covers & self.entity.sets.keys())
        if joined and direction in ("none", "create_only"):
            raise MappingError((*path, "direction"), "nothing may stop a withdrawal; use off = true to map no consent")
        out.append(Placed(part, "from" if isinstance(part, Constant) else direction, only))

    def _no_unit_twice(self, parts: list[Placed]) -> None:
        seen: dict[str, list[str | None]] = {}
        kind_read = any("kind" in p.part.covers and p.direction not in ("to", "none") for p in parts)
        for placed in parts:
            if placed.only is not None and not kind_read:
                raise MappingError(("fields", "kind"), "map the unit kind, or only = … cannot be told")
            for unit in placed.part.covers:
                others = seen.setdefault(unit, [])
                if others and (placed.only is None or None in others or placed.only in others):
                    raise MappingError(("fields", unit), "is mapped twice; give each place its own only = …")
                others.append(placed.only)

    def _field(self, unit: str, spec: Mapping[str, Any], path: Path) -> Part:
        schema = self.entity.units.get(unit)
        if schema is None or schema.members is not None:
            if unit in self.entity.sets:
                raise MappingError(path, f"{unit} is a set; put it under sets")
            scalars = [name for name, each in self.entity.units.items() if each.members is None]
            raise MappingError(path, unknown("unit", unit, scalars))
        if "fixed" in spec:
            known(spec, ("fixed", *_EVERYWHERE), path)
            return Constant(unit, spec["fixed"])
        known(spec, ("at", "codec", *_EVERYWHERE), path)
        at = place(spec, path)
        if schema.kind == "ref":
            return Reference(unit, at, self.codec(spec, path, "text"), self.missing)
        codec = self.codec(spec, path, _default_codec(unit, schema.normal))
        return Field(unit, at, codec, lambda x, y: self.entity.same(unit, x, y), self.missing)

    def _fullname(self, spec: Mapping[str, Any], path: Path) -> Part:
        known(spec, ("at", "units", "separator", "codec", *_EVERYWHERE), path)
        units = spec.get("units", ["name.given", "name.family"])
        for unit in units:
            if unit not in self.entity.units or self.entity.units[unit].kind != "text":
                raise MappingError((*path, "units"), unknown("unit", unit, self.entity.units))
        separator = spec.get("separator", " ")
        if not isinstance(separator, str) or not separator:
            raise MappingError((*path, "separator"), 'give a text, such as " " or ", "')
        return FullName(units, place(spec, path), separator, self.codec(spec, path, "text"), self.missing)

    def _set(self, unit: str, spec: Mapping[str, Any], path: Path) -> Part:
        if unit not in self.entity.sets:
            raise MappingError(path, unknown("set", unit, self.entity.sets))
        schema = self.entity.sets[unit]
        forms = [form for form in FORMS if form in spec]
        if len(forms) != 1:
            raise MappingError(path, "say where the set stands, by exactly one of " + ", ".join(FORMS))
        form = forms[0]
        if form == "rows":
            return self._rows(unit, schema, spec, path)
        if form == "list":
            known(spec, ("list", "codec", "separator", "slot_change", *_EVERYWHERE), path)
            return TextList(unit, place(spec, path, "list"), self.codec(spec, path, _member_codec(unit)),
                            self._key_of(unit, schema, path), spec.get("separator"), self.missing)
        if form == "slots":
            return self._slots(unit, schema, spec, path)
        if form == "fixed":
            return self._fixed(unit, schema, spec, path)
        return self._flags(unit, schema, spec, path)

    def _rows(self, unit: str, schema: SetSchema, spec: Mapping[str, Any], path: Path) -> Part:
        known(spec, ("rows", "value", "codec", "parts", "key", "row_id", "primary", "attrs", "row_defaults", "where",
                     "slot_change", *_EVERYWHERE), path)
        fields = {}
        for name, given in table(spec, "attrs", path).items():
            where = (*path, "attrs", name)
            if name not in schema.attrs:
                raise MappingError(where, unknown("attribute", name, schema.attrs))
            fields[name] = self.place_and_codec(given, where, "date" if name in ("from", "until") else "text")
        key: Keys | KeyOf
        if "key" in spec:
            given = spec["key"] if isinstance(spec["key"], list) else [spec["key"]]
            key = Keys([self.place_and_codec(each, (*path, "key"), "text") for each in given], to_target=schema.ref)
        elif schema.payload == "key" and not schema.ref:
            key = self._key_of(unit, schema, path)
        else:
            raise MappingError((*path, "key"), "say in which key of the row a member's key stands")
        row_id = path_of(spec["row_id"]) if "row_id" in spec else None
        return RowSet(unit, place(spec, path, "rows"), self._payload(unit, schema, spec, path), key, Attributes(fields),
                      row_id=row_id, lead=self._lead(unit, schema, spec, path),
                      defaults=table(spec, "row_defaults", path), where=table(spec, "where", path),
                      keyed=schema.payload == "key", missing=self.missing)

    def _payload(self, unit: str, schema: SetSchema, spec: Mapping[str, Any], path: Path, at: str = "value") -> Payload:
        if schema.payload == "parts":
            parts = {}
            for name, given in table(spec, "parts", path).items():
                if unit in PARTS and name not in PARTS[unit]:
                    raise MappingError((*path, "parts", name), unknown("part", name, PARTS[unit]))
                parts[name] = self.place_and_codec(given, (*path, "parts", name), "text")
            if not parts:
                raise MappingError((*path, "parts"), f"say where the parts of {unit} stand")
            return Parts(parts)
        if at not in spec:
            raise MappingError((*path, at), "say in which key the value stands")
        codec = self.codec(spec, path, "text" if schema.ref else _member_codec(unit))
        return (Target if schema.ref else One)(place(spec, path, at), codec)

    def _lead(self, unit: str, schema: SetSchema, spec: Mapping[str, Any], path: Path) -> Lead | None:
        given = spec.get("primary")
        if given is None:
            return None
        where = (*path, "primary")
        if not schema.has_primary:
            raise MappingError(where, f"{unit} has no primary member")
        if given == "first":
            return First()
        if isinstance(given, Mapping) and given.get("style") == "pref":
            known(given, ("at", "style"), where)
            return Preferred(place(given, where))
        default = {"name": "flag", "true": [True, 1, "true", "yes"], "false": [False, 0, "false", "no", ""]}
        return Flagged(*self.place_and_codec(given, where, default))

    def _slots(self, unit: str, schema: SetSchema, spec: Mapping[str, Any], path: Path) -> Part:
        known(spec, ("slots", "codec", "primary", "slot_change", *_EVERYWHERE), path)
        slots = []
        for place_no, given in enumerate(_tables(spec, "slots", path)):
            where = (*path, "slots", str(place_no))
            known(given, ("at", "accepts", "label"), where)
            if "label" in given and "label" not in schema.attrs:
                raise MappingError((*where, "label"), f"members of {unit} have no label")
            at, label = place(given, where), given.get("label")
            accepts = given.get("accepts", [ANY] if label is None else [label])
            if not isinstance(accepts, list) or not all(isinstance(each, str) for each in accepts):
                raise MappingError((*where, "accepts"), 'give a list of labels, such as ["work", ""]')
            slots.append((Slot(path_text(at), tuple(accepts), label), at))
        first = self._primary_first(unit, schema, spec, path)
        return SlotSet(unit, slots, self.codec(spec, path, _member_codec(unit)), self._key_of(unit, schema, path),
                       primary_first=first, missing=self.missing)

    def _fixed(self, unit: str, schema: SetSchema, spec: Mapping[str, Any], path: Path) -> Part:
        known(spec, ("fixed", "primary", "slot_change", *_EVERYWHERE), path)
        if schema.payload == "key":
            raise MappingError((*path, "fixed"), f"members of {unit} are their own keys; use slots")
        kept: dict[str, Payload] = {}
        for number, given in enumerate(_tables(spec, "fixed", path)):
            where = (*path, "fixed", str(number))
            known(given, ("key", "scheme", "at", "codec", "parts"), where)
            key = given.get("key", given.get("scheme"))
            if not isinstance(key, str) or not key or key in kept:
                raise MappingError((*where, "key"), "give each place a member key of its own")
            kept[key] = self._payload(unit, schema, given, where, "at")
        return FixedSet(unit, kept, primary_first=self._primary_first(unit, schema, spec, path), missing=self.missing)

    def _flags(self, unit: str, schema: SetSchema, spec: Mapping[str, Any], path: Path) -> Part:
        known(spec, ("flags", "slot_change", *_EVERYWHERE), path)
        if not schema.joined:
            raise MappingError((*path, "flags"), "flags are for consents only")
        flags = []
        for number, given in enumerate(_tables(spec, "flags", path)):
            where = (*path, "flags", str(number))
            known(given, ("at", "withdraws", "codec"), where)
            keys = given.get("withdraws")
            if not isinstance(keys, list) or not keys or not all(isinstance(k, str) and ":" in k for k in keys):
                raise MappingError((*where, "withdraws"), 'name the consents, such as ["newsletter:email"]')
            default = {"name": "flag", "true": [True, 1], "false": [False, 0, ""]}
            flags.append((place(given, where), self.codec(given, where, default), keys))
        return FlagSet(unit, flags, self.missing)

    def _primary_first(self, unit: str, schema: SetSchema, spec: Mapping[str, Any], path: Path) -> bool:
        given = spec.get("primary")
        if given is not None and (given != "first" or not schema.has_primary):
            raise MappingError((*path, "primary"), 'only primary = "first" is possible here'
                               if schema.has_primary else f"{unit} has no primary member")
        return given == "first"

    def _key_of(self, unit: str, schema: SetSchema, path: Path) -> KeyOf:
        if schema.payload != "key" or schema.ref:
            raise MappingError(path, f"members of {unit} need a key of their own; use rows or fixed")
        return lambda v: member_key(unit, v, self.region)

    def place_and_codec(self, spec: Any, path: Path, default: str | Mapping[str, Any]) -> tuple[Path, Codec]:
        if isinstance(spec, str | list):
            spec = {"at": spec}
        if not isinstance(spec, Mapping):
            raise MappingError(path, "give a path, or { at = …, codec = … }")
        known(spec, ("at", "codec"), path)
        return place(spec, path), self.codec(spec, path, default)

    def codec(self, spec: Mapping[str, Any], path: Path, default: str | Mapping[str, Any]) -> Codec:
        given = spec.get("codec", default)
        given = {"name": given} if isinstance(given, str) else given
        where = (*path, "codec")
        if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
            raise MappingError(where, 'give the name of a codec, or { name = "choice", values = { … } }')
        name, options = given["name"], {key: value for key, value in given.items() if key != "name"}
        if name == "fullname":
            raise MappingError(where, "a full name stands under fullname: at, units and separator")
        if name not in CODECS:
            raise MappingError(where, unknown("codec", name, CODECS))
        if name == "phone":
            options.setdefault("region", self.region)
        try:
            return make_codec(name, options)
        except OptionError as error:
            near = near_miss(error.option, CODECS[name].options) if error.option not in CODECS[name].options else ""
            raise MappingError((*where, *filter(None, [error.option])), error.reason + near) from None


def known(spec: Mapping[str, Any], names: Iterable[str], path: Path) -> None:
    """Raises MappingError for a key that is none of ``names``."""
    names = tuple(names)
    for name in spec:
        if name not in names:
            raise MappingError((*path, name), unknown("option", name, names))


def one_of(spec: Mapping[str, Any], name: str, words: tuple[str, ...], path: Path) -> str:
    """The word an option has, the first one where it is not given."""
    word = spec.get(name, words[0])
    if word not in words:
        raise MappingError((*path, name), unknown("choice", word, words))
    return str(word)


def place(spec: Mapping[str, Any], path: Path, name: str = "at") -> Path:
    """The native path an option names."""
    at = spec.get(name)
    keys = path_of(at) if isinstance(at, str) or (isinstance(at, list) and at) else ()
    if not keys or not all(isinstance(key, str) and key for key in keys):
        raise MappingError((*path, name), 'give a native path, such as "first_name" or "address.city"')
    return keys


def table(spec: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Any]:
    """The table an option holds, empty where it is not given."""
    given = spec.get(name, {})
    if not isinstance(given, Mapping):
        raise MappingError((*path, name), "give a table")
    return given


def unknown(what: str, name: object, names: Iterable[str]) -> str:
    """"there is no unit 'emial'; did you mean 'email'?" """
    return f"there is no {what} {name!r}" + near_miss(name, names)


def near_miss(name: object, names: Iterable[str]) -> str:
    names = list(names)
    if near := get_close_matches(str(name), names, 1, 0.6):
        return f"; did you mean {near[0]!r}?"
    return "; there are " + ", ".join(names) if names else ""


def _tables(spec: Mapping[str, Any], name: str, path: Path) -> list[Mapping[str, Any]]:
    given = spec[name]
    if not isinstance(given, list) or not given or not all(isinstance(each, Mapping) for each in given):
        raise MappingError((*path, name), "give a list of tables, [ { at = … } ]")
    return given


def _each(given: Any, path: Path) -> Iterable[tuple[Any, Path]]:
    """One place, or several for different kinds of contact."""
    return [(spec, path) for spec in given] if isinstance(given, list) else [(given, path)]


def _default_codec(unit: str, normal: str) -> str:
    if unit in _FLAGS:
        return "flag"
    return {"date": "date"}.get(normal, "language" if unit == "preferredLanguage" else "text")


def _member_codec(unit: str) -> str:
    return {"emails": "email", "phones": "phone"}.get(unit, "text")


