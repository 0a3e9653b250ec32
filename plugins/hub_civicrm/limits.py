"""What CiviCRM would cut, drop or misread without a word is refused before anything is sent, and the field named.

Lengths: ``contract/fields.json`` (the vendor's schema files). Dates: it stores "31.12.1999x" as a day, and nonsense as
1970-01-01 (recorded). Four-byte characters: tables of older sites (utf8) end the text there or refuse it. A text that
begins with a dollar is taken for a variable in a chained call (resolveChainLinks).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hub_civicrm.native import FIXED, LISTS, ROW_KINDS, SCALARS

_DATES = ("birth_date", "deceased_date", "start_date", "end_date")
_FLAGS = ("is_deceased", "do_not_email", "do_not_phone", "do_not_mail", "do_not_sms", "do_not_trade", "is_opt_out")
_IDS = ("employer_id", "other_id")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEBSITE_URL = 2048  # schema/Core/Website.entityType.php, not in fields.json
_GROUP_TITLE = 255


@cache
def _lengths() -> dict[str, dict[str, int]]:
    with (Path(__file__).parent / "contract" / "fields.json").open(encoding="utf-8") as file:
        schema = json.load(file)
    return {entity: {name: int(found[1]) for name, field in fields.items()
                     if (found := re.search(r"varchar\((\d+)\)", field["sql_type"]))}
            for entity, fields in schema.items() if isinstance(fields, dict)}


def unfit(patch: Mapping[str, Any], custom: tuple[str, ...], *, four_byte: bool) -> str:
    """Why this patch cannot be stored as it is, naming the field and not the value; "" when it can."""
    return next(_faults(patch, custom, four_byte), "")


def _faults(patch: Mapping[str, Any], custom: tuple[str, ...], four_byte: bool) -> Iterator[str]:
    lengths = _lengths()
    for name, value in patch.items():
        if name in LISTS:
            yield from _list_faults(name, value, four_byte)
        elif name in (*SCALARS, *custom, "contact_type"):
            yield from _value_faults(name, value, lengths["Contact"].get(name, 255 if name in custom else 0), four_byte)
        elif name not in FIXED:
            yield f"{name} is no field this connector writes"


def _list_faults(name: str, value: Any, four_byte: bool) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{name} is not a list"
        return
    if name in ("groups", "tags"):
        for each in value:
            if not isinstance(each, str) or not each:
                yield f"{name} holds something that is not a name"
            else:
                yield from _value_faults(name, each, _GROUP_TITLE, four_byte, chained=True)
        return
    entity = next((kind.entity for kind in ROW_KINDS if kind.key == name), "Relationship")
    lengths = {"Website": {"url": _WEBSITE_URL}}.get(entity) or _lengths().get(entity, {})
    for row in value:
        if not isinstance(row, Mapping):
            yield f"{name} holds something that is not a row"
            return
        for key, each in row.items():
            yield from _value_faults(f"{name}.{key}", each, lengths.get(key, 0), four_byte, chained=True)


def _value_faults(name: str, value: Any, length: int, four_byte: bool, *, chained: bool = False) -> Iterator[str]:
    key = name.rpartition(".")[2]
    if value is None:
        return
    if key in _FLAGS and not isinstance(value, bool):
        yield f"{name} is neither true nor false"
    elif key in _IDS and not str(value).isdecimal():
        yield f"{name} is no contact id"
    elif key in _DATES and not (isinstance(value, str) and _DAY.fullmatch(value)):
        yield f"{name} is not a whole date like 1990-02-28"
    elif isinstance(value, str):
        if length and len(value) > length:
            yield f"{name} has {len(value)} characters, CiviCRM keeps {length}"
        elif "\0" in value or any(0xD800 <= ord(char) <= 0xDFFF for char in value):
            yield f"{name} has a NUL or half a character, which no database keeps"
        elif not four_byte and any(ord(char) > 0xFFFF for char in value):
            yield (f"{name} has an emoji or another four-byte character; set four_byte_characters if the site's tables "
                   "are utf8mb4")
        elif chained and value.startswith("$") and len(value) > 1:
            yield f"{name} begins with a dollar sign, which CiviCRM takes for a variable"
