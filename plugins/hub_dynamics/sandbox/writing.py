"""Creates, updates, deletes, CreateMultiple and Merge.

Sources (learn.microsoft.com): "Create a table row", "Update and delete tables" (2021-05-03), "Perform conditional operations"
(2022-04-06: If-Match, If-None-Match, 404, 412 and their words), "Use bulk operation messages" (@odata.type in every target, one
transaction), "Merge table rows" (2024-08-30), "Work with alternate keys" (2026-03-30), "Web service error codes" (2022-08-26:
the codes, and words where no other page has them). That an id that is taken is answered 412 with DuplicateRecord, and an
alternate key 412 with DuplicateRecordEntityKey, no page says: bengribaudo.com (2021-04-13), and answers quoted by users.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .query import Query, shown_name
from .refusals import Refusal, Reply, bad, missing
from .schema import Column
from .world import Row, Table, World

GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
TAKEN = "A record with matching key values already exists."
MOVED = "The version of the existing record doesn't match the RowVersion property provided."
NO_CONCURRENCY = "0x8006088D"
"""OptimisticConcurrencyNotEnabled: "Reduce potential data loss using optimistic concurrency" (-2147088243 in decimal)."""


class Writer:
    """Changes one world, with the privileges of the application user."""

    def __init__(self, world: World, base: str) -> None:
        self.world, self.base = world, base

    def create(self, table: Table, body: Any, query: Query) -> Reply:
        self._permit(table, "Create")
        values = self._values(table, body)
        guid = self._insert(table, values)
        return self._landed(table, guid, query, created=True)

    def patch(self, table: Table, guid: str, body: Any, headers: Mapping[str, str], query: Query) -> Reply:
        """Update, or create where the record is not there and no If-Match forbids it."""
        match, none = headers.get("if-match"), headers.get("if-none-match")
        there = guid in table.rows
        if none == "*" and there:
            raise Refusal(412, TAKEN)
        if match is not None and not there:
            raise missing(table.schema.name, guid)
        self._matches(table, guid, match)
        values = self._values(table, body)
        if there:
            self._permit(table, "Write")
            self._unique(table, values, but=guid)
            self.world.change(table, guid, values)
        else:
            self._permit(table, "Create")
            self._insert(table, {**values, table.schema.key: values.get(table.schema.key, guid)})
        return self._landed(table, guid, query, created=not there)

    def delete(self, table: Table, guid: str, headers: Mapping[str, str]) -> Reply:
        self._permit(table, "Delete")
        if guid not in table.rows:
            raise missing(table.schema.name, guid)
        self._matches(table, guid, headers.get("if-match"))
        self.world.remove(table, guid)
        return Reply(204)

    def create_multiple(self, table: Table, body: Any) -> Reply:
        """All or nothing."""
        if not table.create_multiple:
            raise bad(f"The message CreateMultiple is not supported for {table.schema.name}.")
        self._permit(table, "Create")
        if not isinstance(body, dict) or set(body) != {"Targets"} or not isinstance(body["Targets"], list):
            raise bad("CreateMultiple takes the parameter Targets, a collection.")
        kind = f"Microsoft.Dynamics.CRM.{table.schema.name}"
        rows = []
        for target in body["Targets"]:
            if not isinstance(target, dict) or target.get("@odata.type") != kind:
                raise bad("Each of the Targets needs its @odata.type.")
            rows.append(self._values(table, {name: value for name, value in target.items() if name != "@odata.type"}))
        keys = [row[table.schema.key] for row in rows if row.get(table.schema.key)]
        if len(set(keys)) != len(keys) or any(key in table.rows for key in keys):
            raise Refusal(412, TAKEN, "0x80040237")
        for number, row in enumerate(rows):
            self._unique(table, row, others=rows[:number])
        ids = [self._insert(table, row) for row in rows]
        return Reply(200, {"@odata.context": f"{self.base}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse", "Ids": ids})

    def merge(self, body: Any) -> Reply:
        needed, known = {"Target", "Subordinate", "PerformParentingChecks"}, {"UpdateContent"}
        if not isinstance(body, dict) or needed - set(body) or set(body) - needed - known:
            raise bad("Merge takes Target, Subordinate, PerformParentingChecks and, optionally, UpdateContent.")
        if not isinstance(body["PerformParentingChecks"], bool):
            raise bad("PerformParentingChecks is true or false.")
        table, winner = self._party(body["Target"])
        other, loser = self._party(body["Subordinate"])
        if table is not other or winner == loser:
            raise bad("Target and Subordinate are two records of one table.")
        self._permit(table, "Merge")
        self._permit(table, "Write")
        if any(table.rows[guid]["statecode"] != 0 for guid in (winner, loser)):
            raise bad("Merge cannot be performed on entity that is inactive.", "0x80045304")
        content = dict(body.get("UpdateContent") or {})
        if content and content.pop("@odata.type", "") != f"Microsoft.Dynamics.CRM.{table.schema.name}":
            raise bad("UpdateContent needs its @odata.type.")
        self.world.merge(table, winner, loser, self._values(table, content))
        return Reply(204)

    def _party(self, given: Any) -> tuple[Table, str]:
        kind = given.get("@odata.type", "") if isinstance(given, dict) else ""
        table = self.world.tables.get(str(kind).removeprefix("Microsoft.Dynamics.CRM."))
        if table is None or not str(kind).startswith("Microsoft.Dynamics.CRM."):
            raise bad("Target and Subordinate need their @odata.type.")
        guid = str(given.get(table.schema.key, "")).lower()
        if guid not in table.rows:
            raise missing(table.schema.name, guid)
        return table, guid

    def _permit(self, table: Table, act: str) -> None:
        name = f"prv{act}{table.schema.name.title()}"
        if name not in self.world.privileges:
            raise Refusal(403, f"Principal user is missing {name} privilege.", "0x80040220")

    def _matches(self, table: Table, guid: str, match: str | None) -> None:
        if match is None or match == "*":
            return
        if not re.fullmatch(r'W/"\d+"', match):
            raise bad("The value of If-Match is not valid.")
        if not table.optimistic_concurrency:
            raise bad(f"Optimistic concurrency isn't enabled for entity type {table.schema.name}.", NO_CONCURRENCY)
        if match != f'W/"{table.rows[guid]["versionnumber"]}"':
            raise Refusal(412, MOVED)

    def _insert(self, table: Table, values: Row) -> str:
        if values.get(table.schema.key) in table.rows:
            raise Refusal(412, TAKEN, "0x80040237")
        self._unique(table, values)
        return self.world.insert(table, values)

    def _unique(self, table: Table, values: Row, *, but: str = "", others: Sequence[Row] = ()) -> None:
        """No two rows have one value in the column of an alternate key that is active."""
        for column, state in table.keys.items():
            value = values.get(column)
            rows = [*(row for guid, row in table.rows.items() if guid != but), *others]
            if state == "Active" and value is not None and any(
                    str(row.get(column) or "").casefold() == str(value).casefold() for row in rows):
                raise Refusal(412, f"Entity Key {column} violated. A record with the same value for {column} already exists. A "
                              "duplicate record cannot be created. Select one or more unique values and try again.", "0x80060892")

    def _landed(self, table: Table, guid: str, query: Query, *, created: bool) -> Reply:
        where = (("OData-EntityId", f"{self.base}{table.schema.entity_set}({guid})"),)
        if query.prefer.get("return") != "representation":
            return Reply(204, None, where)
        shown = query.one(table, guid).body
        return Reply(201 if created else 200, shown, (*where, ("Preference-Applied", "return=representation")))

    def _values(self, table: Table, body: Any) -> Row:
        """A body as columns. Raises Refusal for what the table does not have or cannot hold."""
        if not isinstance(body, dict):
            raise bad("The body is a JSON object.")
        out: Row = {}
        for name, value in body.items():
            if name.endswith("@odata.bind"):
                column, target = self._bound(table, name.removesuffix("@odata.bind"), value)
                out[column] = target
                continue
            column_schema = table.schema.columns.get(name)
            if column_schema is None or shown_name(name, table.schema) != name:
                raise bad(f"An undeclared property '{name}' was found in the payload of {table.schema.name}.")
            if not column_schema.writable:
                raise bad(f"The property '{name}' cannot be set.")
            out[name] = self._fit(name, column_schema, value)
        return out

    def _bound(self, table: Table, name: str, value: Any) -> tuple[str, str | None]:
        if name not in table.schema.binds:
            raise bad(f"An undeclared property '{name}' was found in the payload of {table.schema.name}.")
        column, wanted = table.schema.binds[name]
        if value is None:
            return column, None
        there = self.world.tables[wanted]
        found = re.fullmatch(rf"/?{there.schema.entity_set}\(({GUID})\)", str(value).lower())
        if not found:
            raise bad(f"The value of '{name}@odata.bind' names no record of {there.schema.entity_set}.")
        if found[1] not in there.rows:
            raise missing(wanted, found[1])
        return column, found[1]

    @staticmethod
    def _fit(name: str, column: Column, value: Any) -> Any:
        if value is None:
            if column.kind in ("guid",) or name in ("statecode",):
                raise bad(f"The property '{name}' cannot be empty.")
            return None
        good = {
            "string": isinstance(value, str) and not re.search("[\x00\ud800-\udfff]", value), "boolean": isinstance(value, bool),
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "choice": isinstance(value, int) and not isinstance(value, bool),
            "date": isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)),
            "guid": isinstance(value, str) and bool(re.fullmatch(GUID, value.lower())),
        }.get(column.kind, False)
        if not good:
            raise bad(f"Cannot convert the literal of '{name}' to the expected type.")
        if column.kind == "string" and column.length and len(value) > column.length:
            raise bad(f"The length of the '{name}' attribute exceeded the maximum allowed length of '{column.length}'.")
        if column.kind == "choice" and column.options and value not in column.options:
            raise bad(f"The value of '{name}' is outside the valid range.")
        return value.lower() if column.kind == "guid" else value
