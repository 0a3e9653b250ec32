"""Responses: stored, changed, deleted, exported and counted. Writing them is what a respondent's page or another program does."""

from __future__ import annotations

import base64
import json
from typing import Any

from .refusals import Fault, Page, Status, whole
from .world import Row, World

_ELSEWHERE = frozenset({"csv", "xls", "pdf", "html", "doc"})
_KINDS = frozenset({"all", "complete"})


def add_response(world: World, survey: int, data: Any) -> str:
    """46 to 49. What is no column is dropped; without a time of sending it is now, null leaves it unfinished."""
    if not isinstance(data, dict):
        raise Page(500)
    return str(world.respond(survey, data.get("token"), data.get("submitdate", world.now), _by_code(world, survey, data)))


def update_response(world: World, survey: int, data: Any) -> bool:
    """88, 103 to 105: the time of the last action does not move by itself."""
    if not isinstance(data, dict) or "id" not in data:
        raise Page(500)
    row = next((each for each in world.responses[survey] if each["id"] == whole(data["id"])), None)
    if row is None:
        raise Page(501)
    if row["submitdate"] and survey not in world.editable:
        raise Status("Survey does not allow edit after completion")
    row |= _by_code(world, survey, data) | {name: data[name] for name in ("datestamp",) if name in data}
    return True


def delete_response(world: World, survey: int, number: Any) -> dict[str, str]:
    """90, 91."""
    rows = world.responses[survey]
    row = next((each for each in rows if each["id"] == whole(number)), None)
    if row is None:
        raise Status("Response Id not found")
    rows.remove(row)
    return {str(row["id"]): "deleted"}


def get_response_ids(world: World, survey: int, token: Any) -> list[int]:
    """51."""
    return [row["id"] for row in world.responses[survey] if row["token"] == token]


def export_responses(world: World, survey: int, form: Any, language: Any = None, which: Any = "all", heading: Any = "code",
                     kind: Any = "short", least: Any = None, most: Any = None, fields: Any = None) -> str:
    """56, 58, 59, 61, 64, 87, 101, 104."""
    rows = [row for row in world.responses[survey]
            if (least is None or row["id"] >= whole(least)) and (most is None or row["id"] <= whole(most))]
    return _exported(world, survey, rows, form, which, heading, kind, fields)


def export_responses_by_token(world: World, survey: int, form: Any, tokens: Any, language: Any = None, which: Any = "all",
                              heading: Any = "code", kind: Any = "short") -> str:
    """62, 63."""
    if not isinstance(tokens, list):
        raise Page(501)
    rows = [row for row in world.responses[survey] if row["token"] in tokens]
    return _exported(world, survey, rows, form, which, heading, kind, None)


def get_summary(world: World, survey: int, name: Any = "all") -> Any:
    """52 to 55; 108: of a survey that is not active, an empty list."""
    if survey in world.inactive:
        return []
    people, rows = world.people[survey].values(), world.responses[survey]
    done = sum(1 for row in rows if row["submitdate"])
    told = {
        "token_count": len(people), "token_invalid": 0, "token_sent": sum(1 for row in people if row["sent"] != "N"),
        "token_opted_out": sum(1 for row in people if row["emailstatus"] == "OptOut"),
        "token_completed": sum(1 for row in people if row["completed"] != "N"), "token_screenout": 0,
        "completed_responses": done, "incomplete_responses": len(rows) - done, "full_responses": len(rows),
    }
    if name != "all" and name not in told:
        raise Status("Invalid summary key")
    return told if name == "all" else told[name]


def _by_code(world: World, survey: int, data: Row) -> Row:
    """Answers stand under the names of their columns (46)."""
    columns = {world.column(survey, each): each["title"] for each in world.questions}
    return {columns[name]: value for name, value in data.items() if name in columns}


def _exported(world: World, survey: int, rows: list[Row], form: Any, which: Any, heading: Any, kind: Any, fields: Any) -> str:
    if survey in world.inactive:
        raise Status("No Data, survey table does not exist.")  # 107
    if form in _ELSEWHERE:
        raise Page(501)
    if form != "json":
        raise Fault(f"Writer for {form} should implement IWriter")  # 64
    if heading != "code" or kind != "short" or which not in _KINDS:
        raise Page(501)
    told = [row for row in rows if which == "all" or row["submitdate"]]
    if fields is not None:
        told = [_part(world, survey, row, fields) for row in told]
    return base64.b64encode(json.dumps({"responses": told}).encode()).decode()


def _part(world: World, survey: int, row: Row, fields: Any) -> Row:
    """87, 101: answers by the names of their columns; a question's code gives null."""
    if not isinstance(fields, list):
        raise Page(500)
    codes = {each["title"] for each in world.questions}
    own = {name: None if name in codes else row[name] for name in fields if name in row}
    return own | {each["title"]: row[each["title"]] for each in world.questions if world.column(survey, each) in fields}
