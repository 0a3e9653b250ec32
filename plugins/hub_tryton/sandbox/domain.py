"""Domains: which records a search means.

Source: trytond 8.2 doc/topics/domain.rst: clauses ``[field, operator, value]``, in lists that are joined by "AND" (the default)
or "OR"; a dotted name asks records a relation leads to. An unknown operator and what is no clause end in an error of Python's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .refusals import broken, not_here
from .schema import Field
from .world import Row, World

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda x, y: x < y, ">": lambda x, y: x > y, "<=": lambda x, y: x <= y, ">=": lambda x, y: x >= y}
_ELSEWHERE = ("ilike", "not ilike", "where", "not where", "child_of", "parent_of")
Test = Callable[[Row], bool]


def compiled(world: World, model: str, domain: Any, *, active_test: bool) -> Test:
    """The test a record must pass. ``active_test``: deactivated ones are left out, unless the domain asks about that itself."""
    test = _test(world, model, domain)
    if active_test and "active" in world.fields(model) and "active" not in _named(domain):
        return lambda row: bool(row["active"]) and test(row)
    return test


def moment(told: Any) -> int:
    """``{"__class__": "datetime", …}`` as microseconds."""
    from datetime import UTC, datetime

    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    if not isinstance(told, Mapping) or told.get("__class__") != "datetime":
        raise broken("a datetime is an object with its parts")
    try:
        at = datetime(*(int(told[part]) for part in parts)).replace(tzinfo=UTC)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        raise broken("a datetime lacks a part, or one is out of range") from None
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def _test(world: World, model: str, domain: Any) -> Test:
    if not isinstance(domain, list):
        raise broken("0")
    if _is_clause(domain):
        return _clause(world, model, *domain)
    joined, parts = (domain[0], domain[1:]) if domain and isinstance(domain[0], str) else ("AND", domain)
    if joined not in ("AND", "OR"):
        raise broken("maximum recursion depth exceeded")
    tests = [_test(world, model, part) for part in parts]
    if joined == "OR":
        return lambda row: any(test(row) for test in tests)
    return lambda row: all(test(row) for test in tests)


def _is_clause(domain: list[Any]) -> bool:
    return len(domain) == 3 and isinstance(domain[0], str) and isinstance(domain[1], str) and domain[0] not in ("AND", "OR")


def _named(domain: Any) -> set[str]:
    if isinstance(domain, list) and _is_clause(domain):
        return {domain[0]}
    return {name for part in domain if isinstance(part, list) for name in _named(part)} if isinstance(domain, list) else set()


def _clause(world: World, model: str, name: str, operator: str, value: Any) -> Test:
    first, _, rest = name.partition(".")
    field = world.fields(model).get(first)
    if field is None or field.kind == "function":
        raise broken(f"'{first}'")
    if rest:
        if not field.target:
            raise not_here("dotted names that lead through no relation")
        inner = _clause(world, field.target, rest, operator, value)
        return lambda row: any(inner(world.rows[field.target][each]) for each in related(world, first, field, row))
    compare = _compare(field, operator, value)
    if field.kind in ("one2many", "many2many"):
        return lambda row: any(compare(each) for each in related(world, first, field, row))
    return lambda row: compare(row[first])


def related(world: World, name: str, field: Field, row: Row) -> list[int]:
    """Ids of the records a relation leads to."""
    if field.kind == "one2many":
        return world.hung_on(field.target, row["id"])
    if field.kind == "many2many":
        return list(row[name])
    return [] if row[name] is None else [row[name]]


def _compare(field: Field, operator: str, value: Any) -> Callable[[Any], bool]:
    if operator in _ELSEWHERE:
        raise not_here(f"the operator {operator}")
    if operator in ("in", "not in"):
        if not isinstance(value, list):
            raise broken(f"'{type(value).__name__}' object is not iterable")
        known = [_native(field, each) for each in value]
        return (lambda x: x in known) if operator == "in" else (lambda x: x not in known)
    if operator in ("like", "not like"):
        if not isinstance(value, str):
            raise broken("a pattern is a text")
        pattern = re.compile(".*".join(re.escape(part) for part in value.split("%")), re.DOTALL)
        wanted = operator == "like"
        return lambda x: x is not None and bool(pattern.fullmatch(str(x))) is wanted
    told = _native(field, value)
    if operator in ("=", "!="):
        return (lambda x: x == told) if operator == "=" else (lambda x: x != told)
    if operator not in _COMPARED:
        raise broken("maximum recursion depth exceeded")
    compare = _COMPARED[operator]
    return lambda x: x is not None and told is not None and compare(x, told)


def _native(field: Field, value: Any) -> Any:
    if field.kind in ("date", "numeric"):
        raise not_here("conditions on such a field")
    if value is None:
        return None
    if field.kind == "datetime":
        return moment(value)
    if field.kind == "boolean":
        if not isinstance(value, bool):
            raise broken("a boolean is true or false")
        return value
    if field.kind in ("integer", "many2one", "one2many", "many2many"):
        if isinstance(value, bool) or not isinstance(value, int):
            raise broken(f"invalid literal for int() with base 10: {value!r}")
        return value
    if not isinstance(value, str):
        raise broken("a text is a text")
    return value
