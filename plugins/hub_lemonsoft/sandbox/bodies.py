"""Is this body a customer as Lemonsoft's Swagger has it? Everything else is refused, and what it leaves open too."""

from __future__ import annotations

import re
from typing import Any

from .refusals import NotBuilt, bad
from .schema import CUSTOMER, REQUIRED
from .world import Row

_TYPES: dict[str, type | tuple[type, ...]] = {"text": str, "moment": str, "whole": int, "number": (int, float), "boolean": bool,
                                              "rows": list, "object": dict}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")
_MADE_THERE = ("id", "number", "created", "modified")


def new(body: Any) -> Row:
    """Of POST. Rows of their own (contacts, agreements, accounts …) have requests of their own."""
    given = _customer(body)
    for name, value in given.items():
        if name in _MADE_THERE:
            raise NotBuilt(f"{name} in a POST")
        if value is None or value == "":
            raise NotBuilt(f"an empty {name}")
        if CUSTOMER[name] in ("rows", "object"):
            raise NotBuilt(f"{name} in a POST")
    return given


def whole(body: Any, there: Row) -> Row:
    """Of PUT. Whether a field or a row that is left out stays, and how a value is emptied, is not said: all that is there must be
    told, rows as they are, and nothing may be emptied."""
    given = _customer(body)
    if lacking := sorted(set(there) - set(given)):
        raise NotBuilt(f"a PUT that leaves out {', '.join(lacking)}")
    for name, value in given.items():
        if (name in _MADE_THERE or CUSTOMER[name] in ("rows", "object")) and value != there[name]:
            raise NotBuilt(f"another {name} in a PUT")
        if there[name] not in (None, "") and value in (None, ""):
            raise NotBuilt(f"a PUT that empties {name}")
    return given


def _customer(body: Any) -> Row:
    if not isinstance(body, dict):
        raise bad("The body is a customer")
    for name, value in body.items():
        kind = CUSTOMER.get(name)
        if kind is None:
            raise bad("There is no such field", name)
        if value is None:
            continue
        if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
            raise bad(f"A {kind} is expected", name)
        _content(name, kind, value)
    for name in REQUIRED:
        if not body.get(name):
            raise bad("The field is required", name)
    return body


def _content(name: str, kind: str, value: Any) -> None:
    if kind == "moment" and not MOMENT.fullmatch(value):
        raise bad("A date-time is expected", name)
    if kind == "text" and any(sign < " " or "\ud800" <= sign <= "\udfff" for sign in value):
        raise NotBuilt(f"a control character in {name}")
