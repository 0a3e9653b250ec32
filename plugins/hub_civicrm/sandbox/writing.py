"""``create``, ``update``, ``save``, ``delete``, and what they echo.

Source: Civi/Api4/Generic/{AbstractSaveAction,AbstractUpdateAction,DAODeleteAction}.php, Traits/{DAOActionTrait,
MatchParamTrait}.php, Action/Contact/ContactSaveTrait.php; transcripts 15-24, 47-54, 57-68, 81-90, 141.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .answers import ApiError, NotBuilt, envelope
from .columns import JOINS, SUFFIXES, Columns
from .dates import day, printed, raw
from .query import get, matching
from .schema import Field
from .tables import Row
from .world import Account, World

TRAILER = {"custom": None, "check_permissions": None}


class Writer:
    """One writing call by one account."""

    def __init__(self, world: World, account: Account, entity: str, action: str) -> None:
        self.world, self.account, self.entity, self.action = world, account, entity, action
        self.columns = Columns(world, account)
        self.fields = world.entities[entity].fields

    def create(self, params: Mapping[str, Any]) -> dict[str, Any]:
        record = self._record(params["values"])
        self._complete([record])
        return self._answer([self._insert(record)], params)

    def update(self, params: Mapping[str, Any]) -> dict[str, Any]:
        values = self._record(params["values"])
        where = list(params.get("where") or [])
        if values.get("id"):
            where.append(["id", "=", values["id"]])
        if not where:
            raise ApiError('Parameter "where" is required unless primary keys are supplied in values.')
        rows = self._found(where)
        return self._answer([self._update(row, values) for row in rows], params)

    def save(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Checked all together first, then written one by one: what was written before a failure stays (141, 142)."""
        records = [self._record({**(params.get("defaults") or {}), **record}) for record in params["records"]]
        match = params.get("match") or []
        known = [self._match(record, match) for record in records]
        self._complete([r for r, row in zip(records, known, strict=True) if row is None])
        saved = []
        for record, row in zip(records, known, strict=True):
            saved.append(self._insert(record) if row is None else self._update(row, record))
        matched = sum(row is not None for row in known) if self.world.edition == "6.17.2" else None
        return self._answer(saved, params, matched)

    def delete(self, params: Mapping[str, Any]) -> dict[str, Any]:
        rows = self._found(params["where"])
        for row in list(rows):
            if self.entity != "Contact":
                self.world.remove_row(self.entity, row["id"])
            elif params.get("useTrash", True):
                self.world.change_contact(row["id"], {"is_deleted": True})
            else:
                self.world.destroy(row["id"])
        # other entities answer their ids as text (transcript 63), contacts as numbers (81, 88)
        ids = [{"id": row["id"] if self.entity == "Contact" else str(row["id"])} for row in rows]
        return envelope(self.entity, self.action, ids)

    # reading what was sent

    def _record(self, values: Mapping[str, Any]) -> Row:
        """Suffixes and foreign keys resolved; an option that is not there becomes null without a word (24)."""
        record: Row = {}
        for expr, value in values.items():
            base, _, suffix = expr.partition(":")
            field = self.fields.get(base)
            if field is not None and suffix:
                if suffix not in SUFFIXES or not field.options:
                    raise ApiError("Illegal expression")
                record[base] = self._option(field, suffix, value)
            elif field is None and "." in expr and (found := self._by_other(expr, value)) is not None:
                record[found[0]] = found[1]
            else:
                record[expr] = self._stored(field, value)
        return record

    def _option(self, field: Field, suffix: str, value: Any) -> Any:
        return next((o.id for o in self.world.options(field.options) if getattr(o, suffix) == value), None)

    def _by_other(self, expr: str, value: Any) -> tuple[str, Any] | None:
        """``group_id.title``: the foreign key looked up by another column (DAOActionTrait::resolveFKValues)."""
        head, _, other = expr.partition(".")
        field = self.fields.get(head)
        if field is None or not field.fk or head in JOINS or not value:
            return None
        table = self.world.tables[field.fk]
        rows = table.where(other, value) if other in table.keys else [r for r in table if r.get(other) == value]
        return head, rows[0]["id"] if rows else None

    def _stored(self, field: Field | None, value: Any) -> Any:
        if field is None or value is None or value == "":
            return None if value == "" else value
        if field.kind == "date":
            return day(str(value), self.world.zone, self.world.now)
        if field.kind == "bool":
            return value not in (False, 0, "0", "")
        if field.kind == "int" and isinstance(value, str):
            return int(value) if value.lstrip("-").isdigit() else 0
        return value

    def _match(self, record: Row, match: Sequence[str]) -> Row | None:
        """By id, or by all fields of ``match`` when exactly one row has them (MatchParamTrait; 51-53, 86; 5.77: 22)."""
        if record.get("id"):
            row = self.world.tables[self.entity].get(int(record["id"]))
            return row if row is None or self._visible(row) else None
        if not match or any(name not in record for name in match):
            return None
        where = [[name, "IS EMPTY"] if record[name] in (None, "") else [name, "=", record[name]] for name in match]
        rows = matching(self.columns, self.entity, where)
        return rows[0] if len(rows) == 1 else None

    def _visible(self, row: Row) -> bool:
        return self.entity != "Contact" or not row["is_deleted"] or self.account.may("access deleted contacts")

    def _found(self, where: Sequence[Any]) -> list[Row]:
        return matching(self.columns, self.entity, where)

    def _complete(self, records: Sequence[Row]) -> None:
        missing = dict.fromkeys(name for record in records for name, field in self.fields.items()
                                if field.required and record.get(name) in (None, ""))
        if missing:
            raise ApiError(f"Mandatory values missing from Api4 {self.entity}::{self.action}: {', '.join(missing)}")

    # writing

    def _insert(self, record: Row) -> tuple[int, Row]:
        self._fits(record)
        if self.entity == "Contact":
            row = self.world.add_contact({k: v for k, v in record.items() if k != "id"})
            return row["id"], {**self._echo(row, record), **self._locations(row["id"], record)}
        if self.entity == "Relationship" and (twin := self._twin(record)) is not None:
            return twin, {"duplicate_id": twin, "error_code": "duplicate", "id": twin}  # transcript 68
        row = self.world.add_row(self.entity, {**self._defaults(), **{k: v for k, v in record.items() if k in self.fields}})
        return row["id"], self._echo_row(row, record)

    def _update(self, row: Row, values: Row) -> tuple[int, Row]:
        self._fits(values)
        known = {k: v for k, v in values.items() if k in self.fields and k not in ("id", "contact_type")
                 and k not in JOINS}
        if self.entity == "Contact":
            self.world.change_contact(row["id"], known)
            echo = {**self._echo(row, values), "contact_id": None, **self._locations(row["id"], values)}
            return row["id"], echo
        self.world.change_row(self.entity, row["id"], known)
        return row["id"], {"id": row["id"], **{k: row.get(k) for k in values}, **TRAILER}

    def _fits(self, record: Row) -> None:
        """Too long for its column. MySQL in strict mode refuses; the words are not recorded."""
        for name, value in record.items():
            field = self.fields.get(name)
            if field is not None and field.length and isinstance(value, str) and len(value) > field.length:
                raise ApiError("DB Error: unknown error")

    def _defaults(self) -> Row:
        row: Row = {}
        if self.entity in ("Email", "Phone", "Address"):
            row["location_type_id"] = 1
        if self.entity == "Email":
            row |= {"on_hold": 0, "is_bulkmail": False}
        if self.entity == "Phone":
            row["phone_type_id"] = 1
        if self.entity == "Relationship":
            row |= {"is_active": True, "is_permission_a_b": 0, "is_permission_b_a": 0, "description": "",
                    "created_date": self.world.now}
        if self.entity == "GroupContact":
            row["status"] = "Added"
        if self.entity == "Group":
            row |= {"created_id": self.account.contact_id, "modified_id": self.account.contact_id, "is_active": True}
        return row

    def _twin(self, record: Row) -> int | None:
        """An active relationship of that type between the two, whoever is a and b; dates compared only where given
        (CRM_Contact_BAO_Relationship::checkDuplicateRelationship)."""
        pair = {record["contact_id_a"], record["contact_id_b"]}
        for key in ("contact_id_a", "contact_id_b"):
            for row in self.world.tables["Relationship"].where(key, record["contact_id_a"]):
                same = row["is_active"] and row["relationship_type_id"] == record["relationship_type_id"]
                dates = all(row[d] == record[d] for d in ("start_date", "end_date") if d in record)
                if same and dates and {row["contact_id_a"], row["contact_id_b"]} == pair:
                    return int(row["id"])
        return None

    def _locations(self, contact_id: int, record: Row) -> Row:
        """``email_primary.email`` writes the primary row; null in it deletes that row (ContactSaveTrait)."""
        echo: Row = {}
        for join, (entity, flag) in JOINS.items():
            given = {k.removeprefix(f"{join}."): v for k, v in record.items() if k.startswith(f"{join}.")}
            if not given:
                continue
            writer = Writer(self.world, self.account, entity, "save")
            values = writer._record(given)
            table = self.world.tables[entity]
            present = next((r for r in table.where("contact_id", contact_id) if r[flag]), None)
            main = {"Email": "email", "Phone": "phone", "Address": "street_address"}[entity]
            if values.get(main, "") is None:
                if present is not None:
                    self.world.remove_row(entity, present["id"])
            elif present is not None:
                self.world.change_row(entity, present["id"], values)
            else:
                self.world.add_row(entity, {**writer._defaults(), **values, "contact_id": contact_id, flag: True})
            echo |= {f"{join}.{name}": value for name, value in values.items()}
        return echo

    # echoes: raw, partial, not a read-back

    def _echo(self, row: Row, record: Row) -> Row:
        """The contact as PHP holds it: what is set, and every input field, known or not, custom ones as null (15, 23)."""
        zone, now = self.world.zone, self.world.now
        echo = {name: printed(value, zone, now) if self.fields[name].kind == "timestamp" else value
                for name, value in row.items() if "." not in name and value is not None and name != "api_key"}
        echo |= {name: None for name in record if name not in echo and name.partition(".")[0] not in JOINS}
        self.world.greet(row["id"])
        return {**echo, **TRAILER}

    def _echo_row(self, row: Row, record: Row) -> Row:
        echo = {name: value for name, value in row.items() if value is not None and value is not False}
        if self.entity == "Email":
            echo.pop("is_bulkmail", None)
        if self.entity == "Relationship":
            zone, now = self.world.zone, self.world.now
            echo |= {d: row[d].replace("-", "") if row[d] else "NULL" for d in ("start_date", "end_date")}
            echo |= {d: raw(row[d], zone, now) for d in ("created_date", "modified_date")}
        if self.entity == "Group":
            echo = {**{k: v for k, v in echo.items() if k != "is_active"}, "frontend_title": row["title"]}
        echo |= {name: None for name in record if name not in echo}
        if self.entity == "GroupContact":
            echo |= {"method": None, "tracking": None}
        return {**echo, **TRAILER}

    def _answer(self, saved: Sequence[tuple[int, Row]], params: Mapping[str, Any], matched: int | None = None
                ) -> dict[str, Any]:
        reload = params.get("reload")
        if not reload:
            return envelope(self.entity, self.action, [echo for _, echo in saved], matched=matched)
        if reload is True and self.world.edition == "6.17.2":
            raise NotBuilt("reload without a list of fields on 6.17.2")
        values = []
        for row_id, _ in saved:
            select = reload if isinstance(reload, list) else ["*"]
            read = get(self.world, self.account, self.entity, {
                "select": select, "where": [["id", "=", row_id], *([["is_deleted", "IN", [True, False]]]
                                                                   if self.entity == "Contact" else [])]})["values"][0]
            values.append(read if isinstance(reload, list) else {**read, **TRAILER, "contact_id": None})
        return envelope(self.entity, self.action, values, matched=matched)

