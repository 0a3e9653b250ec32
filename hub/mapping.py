"""Mapping files: read, laid over what they extend, checked (docs/mapping-format.md). Every error names file, line and
cure; the laws of the lens are checked on samples before anything runs with it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from hub.errors import ConfigError
from hub.model.contact import ENTITIES
from hub.model.units import EntitySchema
from hub.rules.existence import OnDelete, OnLeave
from hub.rules.lenses.build import FORMS, known, one_of, table, unknown
from hub.rules.lenses.check import check_samples
from hub.rules.lenses.lens import Lens, MappingError, build_lens
from hub.toml_lines import File, error_at, syntax_line

ON_LEAVE = ("keep", "freeze", "delete")
ON_DELETE = ("ask", "unlink", "propagate")
_CLAUSE = ("unit", "has", "is", "set", "not")
_GROUPS = ("any", "all")

Tables = dict[str, Mapping[str, Any]]
"""Per canonical entity its table of the mapping, with everything inherited, without what is switched off."""


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What a site says about a system beside its mapping.

    ``filter``     who belongs into this system (``hub.rules.scope``), None: everybody
    ``on_leave``   what happens to a record whose contact left the filter
    ``on_delete``  what a delete made there means
    ``allow``      units (patterns) that may be sent there, None: every ordinary one
    """

    filter: Mapping[str, Any] | None = None
    on_leave: OnLeave = "keep"
    on_delete: OnDelete = "ask"
    allow: tuple[str, ...] | None = None


def load_mapping(path: Path, defaults: Mapping[str, Path], *, region: str = "FI",
                 entities: Mapping[str, EntitySchema] = ENTITIES) -> Tables:
    """Read a mapping file and what it extends; check it, the laws of its lens included.

    ``defaults``: the default mapping file of each kind of connector. Raises ConfigError naming file, line and cure.
    """
    files = _chain(path, defaults)
    merged: Mapping[str, Any] = {}
    for file in reversed(files):
        merged = laid_over(merged, {key: value for key, value in file.tables.items() if key != "extends"})
    tables = {name: _without_off(given) for name, given in merged.items()
              if not (isinstance(given, Mapping) and given.get("off") is True)}
    try:
        if not tables:
            raise MappingError((), "nothing is mapped; begin with the table [contact]")
        for name, given in tables.items():
            _checked(name, given, region, entities)
    except MappingError as error:
        raise error_at(files, error.path, error.problem) from None
    return tables


def compile_mapping(tables: Mapping[str, Mapping[str, Any]], *, region: str = "FI",
                    entities: Mapping[str, EntitySchema] = ENTITIES) -> dict[str, Lens]:
    """The lens of each entity of a loaded mapping. Raises MappingError, without file and line."""
    return {name: build_lens(given, entities[name], region) for name, given in tables.items()}


def site_options(given: Mapping[str, Any], entity: EntitySchema) -> SiteOptions:
    """The site's options of one entity's table. Raises MappingError."""
    on_leave = one_of(given, "on_leave", ON_LEAVE, ())
    on_delete = one_of(given, "on_delete", ON_DELETE, ())
    allow = given.get("allow")
    if allow is not None:
        if not isinstance(allow, list) or not all(isinstance(each, str) for each in allow):
            raise MappingError(("allow",), 'give a list of units, such as ["name.*", "emails"]')
        for pattern in allow:
            if not any(fnmatchcase(unit, pattern) for unit in entity.units):
                raise MappingError(("allow",), unknown("unit", pattern, entity.units))
        allow = tuple(allow)
    return SiteOptions(_filter(given, entity), cast("OnLeave", on_leave), cast("OnDelete", on_delete), allow)


def laid_over(base: Any, over: Any) -> Any:
    """``over`` laid over ``base``, table by table; anything that is no table replaces what was there.

    A codec of another name, and a set that stands elsewhere (slots instead of rows), replace the inherited one whole.
    """
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    forms = {form for form in FORMS if form in over}
    if ("name" in over and "name" in base and over["name"] != base["name"]) or (forms and not forms & base.keys()):
        return over
    return {**base, **{key: laid_over(base.get(key), value) if key in base else value for key, value in over.items()}}


def _checked(name: str, given: Any, region: str, entities: Mapping[str, EntitySchema]) -> None:
    if name not in entities:
        raise MappingError((name,), unknown("entity", name, entities))
    if not isinstance(given, Mapping):
        raise MappingError((name,), f"make it a table, [{name}]")
    try:
        lens = build_lens(given, entities[name], region)
        site_options(given, entities[name])
    except MappingError as error:
        raise MappingError((name, *error.path), error.problem) from None
    if broken := check_samples(lens):
        raise MappingError((name,), f"cannot be used both ways: {broken[0]}. Choose another codec or path there")


def _chain(path: Path, defaults: Mapping[str, Path]) -> list[File]:
    """The file and those it extends, the nearest first."""
    files: list[File] = []
    while True:
        file = _read(path)
        if any(file.path == each.path for each in files):
            raise error_at(files, ("extends",), f"{path.name} extends itself")
        files.append(file)
        base = file.tables.get("extends")
        if base is None:
            return files
        if not isinstance(base, str):
            raise error_at([file], ("extends",), "name a kind of connector, or a file beside this one")
        beside = path.parent / base
        if base in defaults:
            path = defaults[base]
        elif beside.is_file():
            path = beside
        else:
            raise error_at([file], ("extends",), unknown("kind of connector or file", base, defaults))


def _read(path: Path) -> File:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"the mapping cannot be read ({why}); it must be a UTF-8 text file", file=str(path)) from None
    try:
        return File(path.resolve(), text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"this is not valid TOML: {error}", file=str(path), line=syntax_line(error)) from None


def _without_off(given: Any) -> Any:
    """Without the entries that say ``off = true``."""
    if isinstance(given, list):
        return [_without_off(each) for each in given if not (isinstance(each, Mapping) and each.get("off") is True)]
    if not isinstance(given, Mapping):
        return given
    return {key: _without_off(value) for key, value in given.items()
            if not (isinstance(value, Mapping) and value.get("off") is True)}


def _filter(given: Mapping[str, Any], entity: EntitySchema) -> Mapping[str, Any] | None:
    where = table(given, "filter", ())
    if not where:
        return None
    check_filter(where, entity, ("filter",))
    return where


def check_filter(where: Mapping[str, Any], entity: EntitySchema, path: tuple[str, ...]) -> None:
    """Is this a filter as ``hub.rules.scope`` reads it? Raises MappingError, with its place below ``path``."""
    known(where, _GROUPS, path)
    if len(where) != 1:
        raise MappingError(path, "say either any or all")
    for how, clauses in where.items():
        for clause in _clauses(clauses, (*path, how)):
            if clause.keys() & set(_GROUPS):
                check_filter(clause, entity, (*path, how))
            else:
                _check_clause(clause, entity, (*path, how))


def _check_clause(clause: Mapping[str, Any], entity: EntitySchema, path: tuple[str, ...]) -> None:
    known(clause, _CLAUSE, path)
    unit = clause.get("unit")
    if not isinstance(unit, str) or not entity.knows(unit):
        raise MappingError(path, unknown("unit", unit, entity.units))
    if sum(word in clause for word in ("has", "is", "set")) != 1:
        raise MappingError(path, f"ask {unit} exactly one of has, is and set")


def _clauses(given: Any, path: Sequence[str]) -> Iterable[Mapping[str, Any]]:
    if not isinstance(given, list) or not given or not all(isinstance(each, Mapping) for each in given):
        raise MappingError(path, 'give a list of clauses, such as [ { unit = "roles", has = "member" } ]')
    return given
