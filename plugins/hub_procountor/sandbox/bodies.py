"""Is this body a business partner as Procountor's OpenAPI has it? Everything else is refused.

Sources: the schemas of schema.py; "Making API Requests" (dev.procountor.com, read 2026-11-30): "Character set: Windows-1252".
Nulls in a request: no page says what they mean, so they are refused as unknown.
"""

from __future__ import annotations

import re
from typing import Any

from .refusals import NotBuilt, bad
from .schema import PATCHED, SCHEMAS, Field

_TYPES: dict[str, type | tuple[type, ...]] = {"text": str, "choice": str, "moment": str, "integer": int, "number": (int, float),
                                              "boolean": bool, "object": dict, "list": list, "texts": list}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")


def whole(body: Any) -> dict[str, Any]:
    """Of POST and PUT."""
    if not isinstance(body, dict):
        raise bad("The body is a business partner")
    _object("BusinessPartner", body, "")
    if body["type"] == "CUSTOMER" and "address" not in body:
        raise bad("Address of the partner. Required for customer", "address")
    if body["type"] == "PERSON":
        raise bad("Supports customer and supplier business partners", "type")
    return body


def part(body: Any) -> dict[str, Any]:
    """Of PATCH: what it says it supports, and nothing else; name, type and version may be left out ("Release Notes", 20.10)."""
    if not isinstance(body, dict):
        raise bad("The body is a business partner")
    for name in body:
        if name in SCHEMAS["BusinessPartner"] and name not in PATCHED:
            raise NotBuilt(f"{name} in a PATCH, which says it does not support it")
    _object("BusinessPartner", body, "", required=False)
    return body


def _object(schema: str, value: dict[str, Any], place: str, *, required: bool = True) -> None:
    fields = SCHEMAS[schema]
    for name, told in value.items():
        if name not in fields:
            raise bad("There is no such field", f"{place}{name}")
        _field(fields[name], told, f"{place}{name}")
    for name, field in fields.items():
        if required and field.required and name not in value:
            raise bad("The field is required", f"{place}{name}")


def _field(field: Field, value: Any, place: str) -> None:
    if value is None:
        raise NotBuilt(f"null in {place}")
    if not isinstance(value, _TYPES[field.kind]) or (isinstance(value, bool) and field.kind != "boolean"):
        raise bad(f"A {field.kind} is expected", place)
    _content(field, value, place)


def _content(field: Field, value: Any, place: str) -> None:
    if field.kind == "object":
        _object(field.of, value, f"{place}.")
    elif field.kind == "list":
        for each in value:
            if not isinstance(each, dict):
                raise bad("A list of objects is expected", place)
            _object(field.of, each, f"{place}.")
    elif field.kind == "choice" and value not in field.options:
        raise bad("None of the allowed values", place)
    elif field.kind == "moment" and not MOMENT.fullmatch(value):
        raise bad("A datetime of ISO 8601 is expected", place)
    elif field.kind in ("text", "texts"):
        for text in value if field.kind == "texts" else [value]:
            _text(field, text, place)


def _text(field: Field, text: Any, place: str) -> None:
    if not isinstance(text, str):
        raise bad("A text is expected", place)
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        raise bad("Character set: Windows-1252", place) from None
    if any(sign < " " for sign in text):
        raise NotBuilt(f"a control character in {place}")
    if (field.most and len(text) > field.most) or len(text) < field.least:
        raise bad(f"From {field.least} to {field.most} characters", place)
