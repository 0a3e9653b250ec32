"""The mapping of a list from the headings that stand in it. Which language they are in is the business of who reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from hub.sdk import MadeMapping

_FIELDS = {"given": "name.given", "middle": "name.middle", "family": "name.family", "suffix": "name.suffix",
           "birthday": "birthday", "company": "company", "title": "title", "notes": "notes"}
_PARTS = {"street": "street", "postcode": "postcode", "town": "locality", "country": "country"}
_SETS = {"email": "emails", "phone": "phones"}
_OURS = {"Job title": "title", "Notes": "notes"}
"""Headings of our own mapping that nobody else gives a meaning."""
_TELLING = {"given", "family", "full", "email"}
"""Without one of these nobody could be told by the list."""


def mapping_for(columns: Sequence[str], key: str, meaning_of: Callable[[str], str]) -> MadeMapping:
    """``columns``: headings, in order; ``key``: the column that names each row. Of two columns with one meaning the first counts,
    apart from e-mail addresses and phone numbers, which all count."""
    found: dict[str, list[str]] = {}
    left = []
    for heading in columns:
        if heading == key:
            continue
        meaning = meaning_of(heading) or _OURS.get(heading, "")
        known = meaning in {*_FIELDS, *_PARTS, *_SETS, "full"}
        if not known or (meaning in found and meaning not in _SETS):
            left.append(heading)
        else:
            found.setdefault(meaning, []).append(heading)
    if "full" in found and found.keys() & {"given", "family"}:  # the parts say more
        left += found.pop("full")
    if not _TELLING & found.keys():
        return MadeMapping("", left=tuple(columns))
    left = [heading for heading in columns if heading in left]
    lines = ["[contact]", 'native = "Row"', "", '[contact.fields."kind"]', 'fixed = "individual"', "", *_full(found, meaning_of)]
    for meaning, unit in _FIELDS.items():
        if meaning in found:
            lines += [f'[contact.fields."{unit}"]', f"at = {_path(found[meaning][0])}", ""]
    for meaning, name in _SETS.items():
        if meaning in found:
            slots = ", ".join(f"{{ at = {_path(heading)} }}" for heading in found[meaning])
            lines += [f"[contact.sets.{name}]", f"slots = [ {slots} ]", ""]
    parts = ", ".join(f"{part} = {_place(part, found[meaning][0])}" for meaning, part in _PARTS.items() if meaning in found)
    if parts:
        lines += ["[contact.sets.addresses]", f'fixed = [ {{ key = "home", parts = {{ {parts} }} }} ]', ""]
    if left:
        lines += ["# Not understood, and so never touched:", *(f"#   {_quoted(heading)}" for heading in left), ""]
    return MadeMapping("\n".join(lines), {"date_columns": found.get("birthday", [])}, tuple(left))


def _full(found: dict[str, list[str]], meaning_of: Callable[[str], str]) -> list[str]:
    """One column for the whole name. It is taken apart only where its heading says in which order the parts stand."""
    if "full" not in found:
        return []
    heading = found["full"][0]
    order = [meaning for word in heading.split() if (meaning := meaning_of(word)) in ("given", "family")]
    if set(order) != {"given", "family"} or len(order) != 2:
        return ['[contact.fields."name.full"]', f"at = {_path(heading)}", 'direction = "from"', ""]
    units = ", ".join(f'"name.{each}"' for each in order)
    return ["[contact.fullname]", f"at = {_path(heading)}", f"units = [{units}]", ""]


def _place(part: str, heading: str) -> str:
    codec = ', codec = "country"' if part == "country" else ""
    return f"{{ at = {_path(heading)}{codec} }}"


def _path(heading: str) -> str:
    """In a native path written as one text a dot goes a level down."""
    return f"[{_quoted(heading)}]" if "." in heading else _quoted(heading)


def _quoted(text: str) -> str:
    """A basic string of TOML 1.0."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
