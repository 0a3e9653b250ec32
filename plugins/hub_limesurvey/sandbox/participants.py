"""Participants: listed, asked for one by one, added, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .refusals import Page, Status, whole
from .world import COLUMNS, Row, World

_COMPARED: dict[str, Callable[[str, list[str]], bool]] = {  # as texts: "N" stands after every date (85)
    "<": lambda held, asked: held < asked[0],
    ">": lambda held, asked: held > asked[0],
    ">=": lambda held, asked: held >= asked[0],
    "<=": lambda held, asked: held <= asked[0],
    "=": lambda held, asked: held == asked[0],
    "<>": lambda held, asked: held != asked[0],
    "LIKE": lambda held, asked: asked[0] in held,  # it puts % around it, and one of the caller's means itself (32, 84)
    "IN": lambda held, asked: held in asked,
}


def list_participants(world: World, survey: int, start: Any = 0, limit: Any = 10, unused: Any = False, attributes: Any = False,
                      conditions: Any = ()) -> list[Row]:
    """23 to 34, 45, 84, 85, 112. ``start`` is a lower bound of the id. Ids are only compared for being equal."""
    if attributes is not False and not isinstance(attributes, list):
        raise Page(500)  # 29
    rows = [row for tid, row in sorted(world.people[survey].items()) if tid >= whole(start)]
    if not isinstance(conditions, dict) and conditions:
        raise Page(500)
    for column, told in dict(conditions or {}).items():
        rows = _kept(rows, column, told)
    if unused:
        rows = [row for row in rows if row["completed"] == "N"]
    rows = rows[:whole(limit)]
    if not rows:
        raise Status("No survey participants found.")  # 18, 26, 27
    return [{"tid": row["tid"], "token": row["token"],
             "participant_info": {name: row[name] for name in ("firstname", "lastname", "email")},
             **{name: row[name] for name in attributes or () if name in row}} for row in rows]


def _kept(rows: list[Row], column: str, told: Any) -> list[Row]:
    if column not in COLUMNS:
        raise Status(f"Invalid column name: {column}")  # 33
    operator, *values = told if isinstance(told, list) else ["=", told]
    if operator not in _COMPARED:
        raise Status(f"Illegal operator: {operator} for column {column}")  # 34
    if not values or (column == "tid" and operator not in ("=", "IN")):
        raise Page(501)
    return [row for row in rows if row[column] is not None and _COMPARED[operator](str(row[column]), [str(v) for v in values])]


def get_participant_properties(world: World, survey: int, which: Any, names: Any = None) -> Row:
    """35 to 38, 68."""
    if isinstance(which, dict):
        found = [row for row in world.people[survey].values() if all(row.get(name) == value for name, value in which.items())]
        if len(found) > 1:
            raise Status("Error: More than 1 result was found based on your attributes.")
        if not found:
            raise Page(501)
    else:
        found = [_participant(world, survey, which)]
    return {name: value for name, value in found[0].items() if not names or name in names}


def add_participants(world: World, survey: int, entries: Any, make_token: Any = True) -> list[Row]:
    """19 to 22, 95 to 97; 75: what is no list comes back as if it were stored, here it is refused."""
    listed = isinstance(entries, list) and all(isinstance(each, dict) for each in entries)
    if not listed or not isinstance(make_token, bool):
        raise Page(500)
    return [world.add(survey, each, make_token=make_token) for each in entries]


def set_participant_properties(world: World, survey: int, tid: Any, values: Any) -> Row:
    """39 to 44, 86."""
    if isinstance(tid, dict) or not isinstance(values, dict):
        raise Page(501)
    row = _participant(world, survey, tid)
    known = {name: value for name, value in values.items() if name in COLUMNS}
    if not known:
        raise Status("No valid Data")  # 41
    if faults := world.faults(survey, known, row["tid"]):
        raise Status(faults)  # 40, 44
    world.change(survey, row["tid"], known)
    return row


def delete_participants(world: World, survey: int, tids: Any) -> dict[str, str]:
    """67: a text for each id; what is no number became key 0."""
    if not isinstance(tids, list):
        raise Page(500)
    out = {}
    for told in tids:
        tid = int(told) if str(told).isdecimal() else 0
        out[str(tid)] = "Deleted" if world.people[survey].pop(tid, None) else "Invalid token ID"
    return out


def _participant(world: World, survey: int, tid: Any) -> Row:
    row = world.people[survey].get(whole(tid))
    if row is None:
        raise Status("Error: Invalid tokenid")
    return row
