"""What a person types as the right value of a unit, in the form the unit has."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.model.units import EntitySchema, Value, set_of, split
from hub.rules.normal import BadValue, clean, date_value, member_key, passes

PARTS = ("street", "postcode", "locality", "region", "country")
"""An address is typed in these parts, with semicolons between them."""
_TEXTS = ("preferredLanguage",)
"""Scalars compared as they are that are texts all the same."""
_WANTED = {"email": "is not an e-mail address", "phone": "is not a phone number that can be called",
           "date": "is not a date such as 1990-02-28, 28.2.1990, 1990-02, 1990 or --02-28"}
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
"""As Finns and Poles write a date; with dots the day always comes first."""


def can_be_typed(entity: EntitySchema, unit: str) -> bool:
    """Can one text say a value of this unit? Not who somebody else is, nor yes or no, nor which member comes first."""
    base, key, name = split(unit)
    if name is not None:
        return True
    if key is not None:
        return not (entity.sets[base].ref or entity.sets[base].joined)
    if set_of(unit) is not None or base not in entity.units:
        return False
    schema = entity.units[base]
    return schema.kind == "text" or bool(schema.normal) or base in _TEXTS


def typed(entity: EntitySchema, unit: str, text: str, region: str = "FI") -> Value:
    """The value of ``text``; of a member whose key says everything another key is its replacement. Raises BadValue for
    what is none (its reason never carries the text), and where no text can say one."""
    text = clean(text).strip()
    if not text:
        raise BadValue("is empty")
    if not can_be_typed(entity, unit):
        raise BadValue("cannot be typed here; choose one of the values there are")
    base, key, name = split(unit)
    normal = entity.units[base].normal if name is None else ""
    if normal == "date":
        return _date(text)
    if not passes(normal, text, region):
        raise BadValue(_WANTED[normal])
    if key is not None and name is None:
        return _member(entity, base, key, text, region)
    return text


def _date(text: str) -> str:
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
        text = f"{year}-{month:0>2}-{day:0>2}"
    try:
        return date_value(text)
    except BadValue:
        raise BadValue(_WANTED["date"]) from None


def _member(entity: EntitySchema, base: str, key: str, text: str, region: str) -> Value:
    payload = entity.sets[base].payload
    if payload == "text":
        return text
    if payload == "parts":
        return _parts(text)
    new = member_key(base, text, region)
    if not new:
        raise BadValue("is not such a value")
    return text if new == key else {"replaced_by": new, "v": text}


def _parts(text: str) -> Mapping[str, str]:
    found = [part.strip() for part in text.split(";")]
    if not 2 <= len(found) <= len(PARTS):
        raise BadValue("is not an address in parts; write street; postcode; town; region; country, with the semicolons")
    out = {name: part for name, part in zip(PARTS, found, strict=False) if part}
    country = out.get("country", "")
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise BadValue("names a country that is not a code of two letters, such as FI")
    if country:
        out["country"] = country.upper()
    if not out:
        raise BadValue("is empty")
    return out
