"""``get``: select, where, orderBy, limit, offset, row_count.

Source: Civi/Api4/Generic/{AbstractGetAction,DAOGetAction}.php, Civi/Api4/Query/Api4SelectQuery.php; transcripts 25-37,
82-85, 100-103, 126-132.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from .answers import ApiError, envelope
from .columns import JOINS, Column, Columns
from .tables import Row
from .where import BRANCHES, Where
from .world import Account, World

OWNERS = {"Email": "contact_id", "Phone": "contact_id", "Address": "contact_id", "Website": "contact_id",
          "GroupContact": "contact_id", "EntityTag": "entity_id", "RelationshipCache": "near_contact_id"}


def get(world: World, account: Account, entity: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one get."""
    columns = Columns(world, account)
    select, limit, offset = list(params.get("select") or []), int(params.get("limit") or 0), int(params.get("offset") or 0)
    rows = matching(columns, entity, params.get("where") or [])
    only_count = select == ["row_count"]
    wants_count = "row_count" in select
    if only_count:
        return envelope(entity, "get", [], len(rows), len(rows))
    chosen = _chosen(columns, entity, [item for item in select if item != "row_count"])
    ordered = _ordered(columns, entity, rows, params.get("orderBy") or {}, chosen, limit, params.get("where") or [])
    page = ordered[offset:offset + limit] if limit else ordered[offset:]
    values = [_answered(row, chosen, world) for row in page]
    if wants_count:
        return envelope(entity, "get", values, len(rows), len(rows))
    past = offset if not limit or len(values) < limit else 0  # transcript 30: the offset is counted in
    return envelope(entity, "get", values, len(values) + past)


def matching(columns: Columns, entity: str, where: Sequence[Any]) -> list[Row]:
    """Rows the account may see and the clauses let through, in the order of ids."""
    world, account = columns.world, columns.account
    table = world.tables[entity]
    compiler = Where(columns, entity)
    test = compiler.test(where)  # compiled first: a wrong clause is refused even where nothing could be seen
    if entity in ("Contact", *OWNERS, "Relationship", "Activity") and not account.may("view all contacts"):
        return []
    trash = _trash(world, account, entity, where)
    rows = (table.rows[row_id] for row_id in compiler.candidates(where, table))
    return [row for row in rows if test(row) and trash(row)]


def _trash(world: World, account: Account, entity: str, where: Sequence[Any]) -> Callable[[Row], bool]:
    """Who of the trash is seen: by permission (transcripts 101, 102), and by what is asked for (82, 126-132; 5.77: 17)."""
    contacts = world.tables["Contact"].rows
    if not account.may("access deleted contacts"):
        if entity == "Contact":
            return lambda row: not row["is_deleted"]
        if entity in OWNERS:
            owner = OWNERS[entity]
            return lambda row: not contacts[row[owner]]["is_deleted"]
        return lambda row: True
    if entity != "Contact" or _mentions(where, "is_deleted"):
        return lambda row: True
    unique = ("id", "external_identifier") if world.edition == "6.17.2" else ("id",)
    if any(isinstance(c, list) and len(c) == 3 and c[0] in unique and c[1] in ("=", "IN") for c in where):
        return lambda row: True
    return lambda row: not row["is_deleted"]


def _mentions(clauses: Sequence[Any], name: str) -> bool:
    return any(isinstance(c, list) and c and (c[0] == name or (c[0] in BRANCHES and _mentions(c[1], name)))
               for c in clauses)


def _chosen(columns: Columns, entity: str, select: Sequence[str]) -> list[Column]:
    """Columns to answer with; the id is always among them, what is not known is left out (transcripts 37, 94)."""
    fields = columns.world.entities[entity].fields
    names: list[str] = []
    for item in select or ["*"]:
        if item == "custom.*":
            names += [name for name in fields if "." in name]
        elif "*" in item and "." not in item:
            names += [name for name in fields if "." not in name and name not in JOINS and not name.startswith("im_")
                      and fnmatchcase(name, item)]
        else:
            names.append(item)
    found = [columns.find(entity, name) for name in dict.fromkeys(["id", *names])]
    return [column for column in found if column is not None]


def _answered(row: Row, chosen: Sequence[Column], world: World) -> Row:
    answer = {column.expr: column.shown(row) for column in chosen}
    if kind := answer.get("contact_type"):  # contactFieldsToRemove: only where contact_type was asked for
        for column in chosen:
            if column.field.only not in ("", kind) and column.expr == column.field.name + (
                    f":{column.suffix}" if column.suffix else ""):
                answer.pop(column.expr)
    return answer


def _ordered(columns: Columns, entity: str, rows: list[Row], order_by: Mapping[str, str], chosen: Sequence[Column],
             limit: int, where: Sequence[Any]) -> list[Row]:
    if not order_by:
        return sorted(rows, key=_no_order(entity, chosen, limit, where))
    for expr, direction in reversed(list(order_by.items())):
        if direction not in ("ASC", "DESC"):
            raise ApiError(f"Invalid sort direction. Cannot order by {expr} {direction}")
        column = columns.find(entity, expr)
        if column is None:
            raise ApiError(f"Invalid field '{expr}'")
        rows = _sorted(rows, column, direction == "DESC")
    return rows


def _sorted(rows: list[Row], column: Column, descending: bool) -> list[Row]:
    return sorted(rows, key=lambda row: _sortable(column.stored(row)), reverse=descending)


def _no_order(entity: str, chosen: Sequence[Column], limit: int, where: Sequence[Any]) -> Callable[[Row], Any]:
    """What came without orderBy (transcripts 27, 46, 99): the order of the index MySQL happened to read."""
    if entity != "Contact":
        return lambda row: row["id"]
    tested = {c[0] for c in where if isinstance(c, list) and c}
    if tested == {"first_name"}:
        return lambda row: (_sortable(row["first_name"]), row["id"])
    if not (tested - {"modified_date"}) and (limit or {column.expr for column in chosen} <= {"id", "sort_name"}):
        return lambda row: (_sortable(row["sort_name"]), row["id"])
    return lambda row: row["id"]


def _sortable(value: Any) -> tuple[bool, Any]:
    return (False, 0) if value is None else (True, value.casefold() if isinstance(value, str) else value)
