"""``search``, ``search_read``, ``search_count`` and ``read``.

Source: trytond 8.2 model/modelstorage.py and modelsql.py: a dotted field name gives the records it leads to under the name and a
dot (``"addresses."``), each with its id; ``_timestamp`` is the change mark; a record that is not there refuses the whole read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from .domain import compiled, related
from .refusals import broken, hidden, not_here, not_there
from .schema import MODELS, Account, Field
from .world import Row, World


def search(world: World, account: Account, model: str, params: Sequence[Any], context: Row) -> list[Row]:
    """Rows in order. ``params``: domain, offset, limit, order."""
    domain, offset, limit, order = [*params, *(None,) * (4 - len(params))][:4]
    test = compiled(world, model, domain, active_test=context.get("active_test", True) is not False)
    for number, what in ((offset, "offset"), (limit, "limit")):
        if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
            raise broken(f"invalid {what}: {number!r}")
    found = [row for row in world.rows[model].values() if world.sees(account, model, row) and test(row)]
    for name, descending in reversed(_order(world, model, order)):
        found.sort(key=lambda row: (row[name] is not None, row[name]), reverse=descending)
    found = found[offset or 0:]
    return found if limit is None else found[:limit]


def _order(world: World, model: str, order: Any) -> list[tuple[str, bool]]:
    if order is None:
        return [(MODELS[model].order, False), ("id", False)]
    out = []
    for each in order if isinstance(order, list) else [order]:
        if not isinstance(each, list) or len(each) != 2:
            raise broken("not enough values to unpack (expected 2, got 1)")
        name, way = each
        field = world.fields(model).get(name)
        if field is None:
            raise broken(f"'{name}'")
        if way not in ("ASC", "DESC"):
            raise broken(f"'{way}'")
        if field.kind in ("one2many", "many2many", "function"):
            raise not_here("such an order")
        out.append((name, way == "DESC"))
    return out


def shown(world: World, account: Account, model: str, ids: Sequence[int], act: str) -> list[Row]:
    """The rows of these ids. Raises for one that is not there, or hidden from this user."""
    missing = [each for each in ids if each not in world.rows[model]]
    if missing:
        raise not_there(act, missing, MODELS[model].name)
    rows = [world.rows[model][each] for each in dict.fromkeys(ids)]
    unseen = [row["id"] for row in rows if not world.sees(account, model, row)]
    if unseen:
        raise hidden(act, unseen, MODELS[model].name, "Hidden from the hub")
    return rows


def read(world: World, model: str, rows: Iterable[Row], names: Any) -> list[Row]:
    """What is asked of each row, and its id."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise broken("fields are a list of names")
    own: list[str] = []
    nested: dict[str, list[str]] = {}
    for name in names:
        first, dot, rest = name.partition(".")
        if dot:
            nested.setdefault(first, []).append(rest)
        else:
            own.append(name)
    fields = world.fields(model)
    for name in (*own, *nested):
        if name not in fields and name != "_timestamp":
            raise broken(f"'{name}'")
        if name in nested and not fields[name].target:
            raise not_here("dotted names that lead through no relation")
    return [{"id": row["id"], **{name: _value(world, name, fields.get(name), row) for name in own},
             **{f"{name}.": _targets(world, name, fields[name], row, rest) for name, rest in nested.items()}} for row in rows]


def _targets(world: World, name: str, field: Field, row: Row, names: list[str]) -> Any:
    targets = read(world, field.target, [world.rows[field.target][each] for each in related(world, name, field, row)], names)
    if field.kind == "many2one":
        return targets[0] if targets else None
    return targets


def _value(world: World, name: str, field: Field | None, row: Row) -> Any:
    if field is None:
        return world.mark(row)
    if name == "rec_name":
        return record_name(world, row)
    if field.kind in ("one2many", "many2many"):
        return related(world, name, field, row)
    value = row[name]
    if field.kind == "datetime" and value is not None:
        at = datetime.fromtimestamp(value // 1_000_000, UTC)
        parts = ("year", "month", "day", "hour", "minute", "second")
        return {"__class__": "datetime", **{part: getattr(at, part) for part in parts}, "microsecond": value % 1_000_000}
    if field.kind == "date" and value is not None:
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    if field.kind == "numeric":
        return {"__class__": "Decimal", "decimal": str(value)}
    if field.kind == "boolean" and not world.postgresql:
        return int(value)
    return value


def record_name(world: World, row: Row) -> str:
    """``rec_name``: of a company that of its party."""
    if "party" in row and "name" not in row:
        return str(world.rows["party.party"][row["party"]]["name"])
    return str(row.get("name") or f"[{row.get('code') or row['id']}]")
