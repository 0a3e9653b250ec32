"""``create``, ``write`` and ``delete``: one transaction a call, checks as the server makes them.

Source: trytond 8.2 model/modelsql.py (a change mark in the context's ``_timestamp`` is compared when its record is written or
deleted), model/fields/one2many.py (commands), model/modelstorage.py (required, selection, invalid characters), party/party.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .numbers import LABELS, formatted
from .reading import record_name, shown
from .refusals import Status, bad_chars, broken, no_access, no_option, not_here, read_only, required, stale, used_by, user_error
from .schema import FORBIDDEN, MODELS, ROWS, Account, Field
from .world import Row, World

PARTY = "party.party"
_OF_TYPE = {"char": str, "text": str, "selection": str, "boolean": bool, "integer": int, "many2one": int}


class Writing:
    """One call. ``marks``: of the context, each looked at once."""

    def __init__(self, world: World, account: Account, marks: Any) -> None:
        if marks is not None and not isinstance(marks, Mapping):
            raise broken(f"'{type(marks).__name__}' object has no attribute 'pop'")
        self.world, self.account, self.marks = world, account, dict(marks or {})

    def create(self, model: str, new: Any) -> list[int]:
        self._allowed(model, "create")
        if not isinstance(new, list) or not all(isinstance(values, Mapping) for values in new):
            raise broken(f"'{type(new).__name__}' object has no attribute 'get'")
        return [self._create(model, dict(values)) for values in new]

    def write(self, model: str, pairs: Sequence[Any]) -> None:
        self._allowed(model, "write")
        if len(pairs) < 2 or len(pairs) % 2:
            raise broken("ModelSQL.write() missing 1 required positional argument: 'values'")
        for ids, values in zip(pairs[::2], pairs[1::2], strict=True):
            rows = shown(self.world, self.account, model, _ids(ids), "write to")
            for row in rows:
                self._change(model, row, _mapping(values))

    def delete(self, model: str, ids: Any) -> None:
        """Those that are not there are passed over (recorded)."""
        self._allowed(model, "delete")
        there = [each for each in _ids(ids) if each in self.world.rows[model]]
        for row in shown(self.world, self.account, model, there, "delete"):
            if model == PARTY and row["id"] in self.world.invoiced:
                raise used_by("Party", "Invoice")
            self._remove(model, row["id"])

    # one record

    def _create(self, model: str, values: Row) -> int:
        own, commands = self._sorted(model, values, {})
        for name, field in self.world.fields(model).items():
            if field.fixed and name in values and not (name == "code" and model == PARTY):
                raise read_only(field.label, MODELS[model].name)
        row: Row = {name: [] if field.kind == "many2many" else None for name, field in self.world.fields(model).items()
                    if field.kind not in ("one2many", "function") and name not in ("id", "create_date", "write_date")}
        row |= {name: False for name, field in self.world.fields(model).items() if field.kind == "boolean"}
        row |= {"active": True} if "active" in row else {}
        row |= own
        if model == PARTY and not row["code"]:
            row["code"] = str(self.world.next_ids[PARTY])
        row |= self._check(model, row)
        record = self.world.insert(model, row)
        self._command(model, self.world.rows[model][record], commands)
        return record

    def _change(self, model: str, row: Row, values: Row) -> None:
        own, commands = self._sorted(model, values, row)
        self._fresh(model, row)
        for name in own:
            field = self.world.fields(model)[name]
            if field.fixed or (model == PARTY and not row["active"] and name != "active"):
                raise read_only(field.label, MODELS[model].name, record_name(self.world, row))
        own |= self._check(model, {**row, **own})
        self.world.change(model, row["id"], own)
        self._command(model, row, commands)

    def _remove(self, model: str, record: int) -> None:
        self._fresh(model, self.world.rows[model][record])
        if model == PARTY:
            for name in ROWS:
                for each in self.world.hung_on(name, record):
                    self._remove(name, each)
            for company in [each for each, row in self.world.rows["company.company"].items() if row["party"] == record]:
                self.world.remove("company.company", company)
            for other in self.world.rows[PARTY].values():
                if other["replaced_by"] == record:
                    self.world.change(PARTY, other["id"], {"replaced_by": None})
        self.world.remove(model, record)

    def _fresh(self, model: str, row: Row) -> None:
        told = self.marks.pop(f"{model},{row['id']}", None)
        if told is not None and told != self.world.mark(row):
            raise stale()

    # values

    def _sorted(self, model: str, values: Row, row: Row) -> tuple[Row, dict[str, list[Any]]]:
        """Own values as they are stored, and commands for relations."""
        own: Row = {}
        commands: dict[str, list[Any]] = {}
        fields = self.world.fields(model)
        for name, value in values.items():
            field = fields.get(name)
            if field is None:
                raise broken(f"'{name}'")
            if field.kind in ("one2many", "many2many"):
                commands[name] = _commands(value)
            elif field.kind == "function":
                raise read_only(field.label, MODELS[model].name)
            else:
                own[name] = _stored(model, field, value, row)
        return own, commands

    def _check(self, model: str, row: Row) -> Row:
        """What the server writes besides: numbers in their usual form, values without blanks to search by."""
        named = self._record_name(model, row)
        for name, field in self.world.fields(model).items():
            value = row.get(name)
            if field.required and value is None and self.world.postgresql:  # its own constraint: an id is used up (recorded)
                self.world.next_ids[model] += "id" not in row
                raise required(field.label, "", MODELS[model].name)
            if field.required and value in (None, ""):
                raise required(field.label, named, MODELS[model].name)
            if field.kind == "char" and (found := [char for char in str(value or "") if char in FORBIDDEN]):
                raise bad_chars(str(value), field.label, named, MODELS[model].name, ", ".join(map(repr, found)))
            if field.options and value not in field.options:
                raise no_option(str(value), field.label, named, MODELS[model].name)
            if field.kind == "many2one" and value is not None and value not in self.world.rows[field.target]:
                raise user_error(f'The value "{value}" for field "{field.label}" in "{MODELS[model].name}" does not exist.')
        if model == "party.identifier":
            code = formatted(row["type"], row["code"])
            if code is None:
                raise user_error(f'The {LABELS[row["type"]]} "{row["code"]}" for party "" is not valid.')
            return {"code": code}
        name, words = MODELS[model].unique
        if name and any(other[name] == row[name] and other["id"] != row.get("id") for other in self.world.rows[model].values()):
            raise user_error(words)
        return {"value_compact": row["value"]} if model == "party.contact_mechanism" else {}

    def _record_name(self, model: str, row: Row) -> str:
        if model == "party.contact_mechanism":
            party = self.world.rows[PARTY].get(row.get("party") or 0, {})
            return f"{row.get('name') or party.get('name') or ''} <{row.get('value')}>"
        return str(row.get("code") if model == "party.identifier" else row.get("name") or row.get("id") or "")

    def _command(self, model: str, row: Row, commands: Mapping[str, list[Any]]) -> None:
        for name, todo in commands.items():
            field = self.world.fields(model)[name]
            for command, *rest in todo:
                if command not in ("create", "write", "delete", "add", "remove", "copy"):
                    raise broken(f"'{command}'")
                if field.kind == "many2many":
                    self._group(model, row, name, field, command, rest)
                elif command == "create" and len(rest) == 1 and isinstance(rest[0], list):
                    for values in rest[0]:
                        self._create(field.target, {**_mapping(values), str(field.back): row["id"]})
                elif command == "write" and rest and len(rest) % 2 == 0:
                    for ids, values in zip(rest[::2], rest[1::2], strict=True):
                        for each in self._mine(field, row, shown(self.world, self.account, field.target, _ids(ids), "write to")):
                            self._change(field.target, each, _mapping(values))
                elif command == "delete" and len(rest) == 1:
                    there = [each for each in _ids(rest[0]) if each in self.world.rows[field.target]]
                    for each in self._mine(field, row, [self.world.rows[field.target][record] for record in there]):
                        self._remove(field.target, each["id"])
                else:
                    raise not_here(f"the command {command} in this form")

    @staticmethod
    def _mine(field: Field, row: Row, rows: Sequence[Row]) -> Sequence[Row]:
        if any(each[field.back] != row["id"] for each in rows):
            raise not_here("commands for rows of another record")
        return rows

    def _group(self, model: str, row: Row, name: str, field: Field, command: str, rest: Sequence[Any]) -> None:
        if command not in ("add", "remove") or len(rest) != 1:
            raise not_here(f"the command {command} here")
        ids = _ids(rest[0])
        shown(self.world, self.account, field.target, ids, "read")
        there = [each for each in row[name] if each not in ids]
        self.world.change(model, row["id"], {name: sorted([*there, *ids]) if command == "add" else there})

    def _allowed(self, model: str, act: str) -> None:
        if not MODELS[model].writable or act not in self.account.acts:
            raise no_access(MODELS[model].name)


def _stored(model: str, field: Field, value: Any, row: Row) -> Any:
    if value is None:
        return None
    kind = _OF_TYPE.get(field.kind)
    if kind is None:
        raise read_only(field.label, MODELS[model].name, str(row.get("name") or ""))
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise broken(f"{field.label}: {type(value).__name__} is no {field.kind}")
    if isinstance(value, str):
        if any(0xD800 <= ord(char) <= 0xDFFF for char in value):
            raise broken("'utf-8' codec can't encode character: surrogates not allowed")
        return value.strip() if field.kind == "char" and field.strip else value
    return value


def _commands(told: Any) -> list[Any]:
    if not isinstance(told, list) or not all(isinstance(each, list) and each and isinstance(each[0], str) for each in told):
        raise broken("0")
    return told


def _mapping(values: Any) -> Row:
    if not isinstance(values, Mapping):
        raise broken(f"'{type(values).__name__}' object has no attribute 'get'")
    return dict(values)


def _ids(told: Any) -> list[int]:
    if not isinstance(told, list) or not all(isinstance(each, int) and not isinstance(each, bool) for each in told):
        raise broken("records are a list of ids")
    if len(set(told)) != len(told):
        raise Status(422, "Duplicate records")
    return told
