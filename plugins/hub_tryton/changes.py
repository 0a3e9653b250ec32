"""From a patch to the values of one call: a party and its rows, written together, so that the party moves with them.

Rows hang on three fields of a party, each a list of commands: ``["create", [values, …]]``, ``["write", [id], values, …]``,
``["delete", [id, …]]`` (trytond 8.2 model/fields/one2many.py). A row written so moves its party's ``write_date``; one written by
itself does not (recorded).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub_tryton.api import Row
from hub_tryton.native import FIXED, KEY_PREFIX, ORGANISATION, PARTY, PERSON, ROW_KINDS, RowKind

Native = Mapping[str, Any]
_KINDS = {kind.key: kind for kind in ROW_KINDS}
_ONE_LINE = re.compile(r"[\n\r\t\v\f]")
_UNFIT = re.compile("[\0\ud800-\udfff]")


class Conflict(Exception):
    """What is to be changed is not there any more."""


class Unsuited(Exception):
    """Tryton cannot store it so. The text says why, without values."""


@dataclass(slots=True)
class Names:
    """What the words of a patch are there. ``countries``: ISO code → id; ``category``: id of the category of people, None when
    it was not made; ``invoice``: addresses have that flag."""

    countries: Mapping[str, int] = field(default_factory=dict)
    category: int | None = None
    invoice: bool = True


@dataclass(slots=True)
class Values:
    """What to write for one party. ``own``: its fields; ``rows``: field → commands; ``marks``: names of the change marks that
    must be as they were: of the party, and of rows that are changed or removed."""

    own: Row = field(default_factory=dict)
    rows: dict[str, list[list[Any]]] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.own or self.rows)

    @property
    def wire(self) -> Row:
        return {**self.own, **self.rows}


def unfit(patch: Native) -> str:
    """Why this patch cannot be stored as it is, naming the field and not the value; "" when it can."""
    return next(_faults(patch), "")


def values(patch: Native, now: Native | None, before: Native | None, names: Names) -> Values:
    """What makes ``now`` show ``patch``. ``now``: the party as just read, None for a new one. ``before``: as the patch's author
    knew it: rows added since stay. Raises Conflict for a row to change that is gone, Unsuited for what has no place there."""
    out = Values()
    there = now or {}
    if now is not None:
        out.marks.add(f"{PARTY},{now['id']}")
    if "name" in patch and (now is None or _blank(patch["name"]) != _blank(there.get("name"))):
        out.own["name"] = _blank(patch["name"])
    if "kind" in patch and patch["kind"] != there.get("kind", ORGANISATION):
        if names.category is None:
            raise Unsuited("kind cannot be told in Tryton: the category of people is not there. Make it (Party, Categories)")
        out.rows["categories"] = [["add" if patch["kind"] == PERSON else "remove", [names.category]]]
    for key in patch:
        if kind := _KINDS.get(key):
            _add_rows(out, kind, patch[key], there.get(key) or (), (before or {}).get(key) or (), names)
    if patch.get("hub_key") and patch["hub_key"] != there.get("hub_key"):
        if there.get("hub_key"):
            raise Unsuited("hub_key cannot be changed")
        _command(out, "identifiers", "create").append({"code": f"{KEY_PREFIX}{patch['hub_key']}"})
    return out


def missing(patch: Native, now: Native) -> Row:
    """What of a create's patch its record, made before, lacks. What is there stays, whoever wrote it."""
    out: Row = {}
    for key, value in patch.items():
        if kind := _KINDS.get(key):
            out[key] = [*now[key], *(row for row in value if not any(_twins(kind, there, row) for there in now[key]))]
        elif key == "name" and not now.get("name"):
            out[key] = value
    return out


def _add_rows(out: Values, kind: RowKind, want: Sequence[Row], now: Sequence[Row], before: Sequence[Row], names: Names) -> None:
    present, known = {row["id"]: row for row in now}, {row["id"]: row for row in before}
    kept = {row.get("id") for row in want}
    unclaimed = present.keys() - kept
    for row in want:
        row_id = row.get("id")
        if row_id is None:
            twin = next((each for each in sorted(unclaimed) if _twins(kind, present[each], row)), None)
            if twin is None:
                _command(out, kind.field, "create").append(_new(kind, row, names))
            else:
                unclaimed = unclaimed - {twin}
        elif row_id in present:
            changed = {name: row[name] for name in kind.fields
                       if name in row and _blank(row[name]) != _blank(present[row_id].get(name))}
            if fields := _wire(kind, changed, names):
                out.rows.setdefault(kind.field, []).append(["write", [row_id], fields])
                out.marks.add(f"{kind.model},{row_id}")
        elif row != known.get(row_id):
            raise Conflict(f"a row of {kind.key} to be changed is not there any more")
    gone = sorted(row_id for row_id in unclaimed if row_id in known)
    if gone:
        _command(out, kind.field, "delete").extend(gone)
        out.marks |= {f"{kind.model},{row_id}" for row_id in gone}


def _new(kind: RowKind, row: Row, names: Names) -> Row:
    fields = _wire(kind, {name: row[name] for name in kind.fields if _blank(row.get(name)) is not None}, names)
    if kind.types:
        fields.setdefault("type", kind.types[0])
    return {name: value for name, value in fields.items() if value is not False}


def _wire(kind: RowKind, row: Row, names: Names) -> Row:
    out = {name: _blank(value) for name, value in row.items()}
    if out.get("country") is not None:
        if out["country"] not in names.countries:
            raise Unsuited(f"{kind.key}.country is none Tryton has; let who maintains it load them (trytond_import_countries)")
        out["country"] = names.countries[out["country"]]
    if not names.invoice:
        out.pop("invoice", None)
    return out


def _command(out: Values, name: str, command: str) -> list[Any]:
    """The list of a command that takes all its rows at once."""
    commands = out.rows.setdefault(name, [])
    found = next((each for each in commands if each[0] == command), None)
    if found is None:
        found = [command, []]
        commands.append(found)
    rows: list[Any] = found[1]
    return rows


def _twins(kind: RowKind, x: Row, y: Row) -> bool:
    return all(_blank(x.get(name)) == _blank(y.get(name)) for name in kind.fields if name in y)


def _blank(value: Any) -> Any:
    """An empty text says the same as none; so does a flag that is not there."""
    return None if value == "" else value


def _faults(patch: Native) -> Iterator[str]:
    for name, value in patch.items():
        if kind := _KINDS.get(name):
            yield from _row_faults(kind, value)
        elif name in ("name", "hub_key"):
            yield from _text_faults(name, value)
        elif name == "kind":
            if value not in (PERSON, ORGANISATION):
                yield f"kind is neither {PERSON} nor {ORGANISATION}"
        else:
            yield f"{name} is {'read only' if name in FIXED else 'no field this connector writes'}"


def _row_faults(kind: RowKind, rows: Any) -> Iterator[str]:
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        yield f"{kind.key} is not a list of rows"
        return
    for row in rows:
        for name, value in row.items():
            if name in kind.fields and name != "invoice":
                yield from _text_faults(f"{kind.key}.{name}", value)
        if "type" in kind.fields and kind.types and row.get("type", kind.types[0]) not in kind.types:
            yield f"{kind.key}.type is none of {', '.join(kind.types)}"


def _text_faults(name: str, value: Any) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, str):
        yield f"{name} is not a text"
    elif _UNFIT.search(value):
        yield f"{name} has a NUL or half a character, which no database keeps"
    elif name != "addresses.street" and _ONE_LINE.search(value):
        yield f"{name} holds a line break or a tab, and has one line in Tryton"
