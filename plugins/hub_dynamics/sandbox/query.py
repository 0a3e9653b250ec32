"""Lists, pages and changes of one table.

Sources (learn.microsoft.com): "Page results" (maxpagesize at most 5000, the nextLink is opaque, no $skip), "Filter rows", "Use
change tracking to synchronize data with external systems" (2023-06-23: the header, what cannot be combined with it, the delta
link, its token and context, deleted rows behind the others, organization-level read), "Retrieve a table row".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from .refusals import NotBuilt, Refusal, Reply, bad, missing
from .schema import TableSchema
from .world import Row, Table, World

LARGEST_PAGE = 5000
_OPTIONS = {"$select", "$filter", "$top", "$orderby", "$expand", "$count", "$skiptoken", "$deltatoken", "$apply"}
EXPIRED = "0x80044352"
"""ExpiredVersionStamp, with its text: "Web service error codes" (2022-08-26). No page names the status:
``World.expired_status``."""


class Query:
    """One GET on one table, with its options read."""

    def __init__(self, world: World, base: str, options: Mapping[str, str], prefer: Mapping[str, str]) -> None:
        unknown = set(options) - _OPTIONS
        if unknown:
            raise bad(f"The query parameter {min(unknown)} is not supported.")
        self.world, self.base, self.options, self.prefer = world, base, options, prefer
        given = prefer.get("odata.maxpagesize", str(LARGEST_PAGE))
        if not given.isdecimal() or int(given) < 1:
            raise bad("odata.maxpagesize is a number above 0.")
        self.size = min(int(given), LARGEST_PAGE)

    def one(self, table: Table, guid: str) -> Reply:
        unfit = set(self.options) - {"$select"}
        if unfit:
            raise bad(f"The query parameter {min(unfit)} does not apply to one record.")
        columns = self._columns(table.schema)
        if guid not in table.rows:
            raise missing(table.schema.name, guid)
        shown = {"@odata.context": f"{self.base}$metadata#{table.schema.entity_set}/$entity",
                 **rendered(table, table.rows[guid], columns)}
        return Reply(200, shown)

    def many(self, table: Table) -> Reply:
        if "$deltatoken" in self.options:
            return self._changes(table)
        for name in ("$orderby", "$expand", "$count", "$apply", "$top"):
            if name in self.options and "odata.track-changes" not in self.prefer:
                if name == "$top" and self.options[name].isdecimal():
                    continue
                raise NotBuilt(f"the query parameter {name}")
        tracked = "odata.track-changes" in self.prefer
        if tracked:
            self._trackable(table)
        columns, test = self._columns(table.schema), self._test(table)
        after = self.options.get("$skiptoken", "")
        if after and not re.fullmatch(r"[0-9a-f-]{36}", after):
            raise bad("The paging cookie is not valid.")
        ids = sorted(guid for guid, row in table.rows.items() if guid > after and test(row))
        top = self.options.get("$top")
        if top is not None and "odata.maxpagesize" not in self.prefer:  # with a page size $top is ignored
            ids = ids[:int(top)]
        page, more = ids[:self.size], len(ids) > self.size
        body: dict[str, Any] = {"@odata.context": self._context(table.schema, columns)}
        if more:
            body["@odata.nextLink"] = self._link(table, {**self._kept(), "$skiptoken": page[-1]})
        elif tracked:
            body["@odata.deltaLink"] = self._link(table, {**self._kept(), "$deltatoken": self._token(self.world.version)})
        body["value"] = [rendered(table, table.rows[guid], columns) for guid in page]
        return Reply(200, body, (("Preference-Applied", "odata.track-changes"),) if tracked else ())

    def _changes(self, table: Table) -> Reply:
        self._trackable(table)
        columns = self._columns(table.schema)
        told = re.fullmatch(r"(\d+)!\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", self.options["$deltatoken"])
        if not told:
            raise bad("The delta token is not valid.")
        since = int(told[1])
        if since < self.world.refused_before:
            raise Refusal(self.world.expired_status,
                          "Version stamp associated with the client has expired. Please perform a full sync.", EXPIRED)
        upto, phase, last = self.world.version, 0, since
        if place := self.options.get("$skiptoken"):
            if not re.fullmatch(r"\d+\.[01]\.\d+", place):
                raise bad("The paging cookie is not valid.")
            upto, phase, last = (int(part) for part in place.split("."))
        gone = f"{self.base}$metadata#{table.schema.entity_set}/$deletedEntity"
        found: list[tuple[int, int, Row]] = [
            (0, row["versionnumber"], rendered(table, row, columns)) for row in table.rows.values()
            if since < row["versionnumber"] <= upto]
        found += [(1, version, {"@odata.context": gone, "id": guid, "reason": "deleted"})
                  for version, guid in table.deleted if since < version <= upto and guid not in table.rows]
        found = sorted((each for each in found if each[:2] > (phase, last)), key=lambda each: each[:2])
        page, more = found[:self.size], len(found) > self.size
        body: dict[str, Any] = {"@odata.context": self._context(table.schema, columns) + "/$delta"}
        if more:
            body["@odata.nextLink"] = self._link(
                table, {**self._kept(), "$deltatoken": self.options["$deltatoken"],
                        "$skiptoken": f"{upto}.{page[-1][0]}.{page[-1][1]}"})
        else:
            body["@odata.deltaLink"] = self._link(table, {**self._kept(), "$deltatoken": self._token(upto)})
        body["value"] = [row for _, _, row in page]
        return Reply(200, body)

    def _trackable(self, table: Table) -> None:
        for name in ("$filter", "$orderby", "$expand", "$top"):
            if name in self.options:
                raise bad(f'The "{name.removeprefix("$")}" query parameter isn\'t supported when Change Tracking is enabled.')
        if not table.change_tracking:
            raise bad(f"Entity: {table.schema.name} does not have change tracking enabled.")
        if self.world.privileges.get(f"prvRead{table.schema.name.title()}") != "Global":
            raise Refusal(403, "The calling user must have organization level read access to the table.", "0x80040220")

    def _columns(self, schema: TableSchema) -> list[str]:
        given = self.options.get("$select")
        shown = [shown_name(name, schema) for name in schema.columns]
        if given is None:
            return shown
        names = given.split(",")
        for name in names:
            if name not in shown:
                raise bad(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{schema.name}'.", "0x0")
        return names

    def _test(self, table: Table) -> Callable[[Row], bool]:
        """``a eq 'x' or a eq 'y'`` and ``modifiedon ge …``: what was needed so far."""
        text = self.options.get("$filter")
        if text is None:
            return lambda row: True
        wanted: list[tuple[str, str, str]] = []
        for clause in text.split(" or "):
            found = re.fullmatch(r"(\w+) (eq|ge) ('(?:[^']|'')*'|[^\s']+)", clause)
            if not found:
                raise NotBuilt("this filter")
            name, sign, value = found.groups()
            stored = stored_name(name)
            column = table.schema.columns.get(stored)
            if column is None or shown_name(stored, table.schema) != name:
                raise bad(f"Could not find a property named '{name}'.", "0x0")
            if (column.kind == "string") != value.startswith("'"):
                raise bad("A binary operator with incompatible types was detected.", "0x0")
            if sign == "ge" and column.kind != "datetime":
                raise NotBuilt("this comparison")
            wanted.append((stored, sign, value.strip("'").replace("''", "'")))
        if len(wanted) > 500:
            raise bad("Number of conditions in the query exceeded the maximum limit.")

        def test(row: Row) -> bool:
            return any(str(row[name] or "") >= value if sign == "ge" else str(row[name] or "").casefold() == value.casefold()
                       for name, sign, value in wanted)

        return test

    def _kept(self) -> dict[str, str]:
        return {name: value for name, value in self.options.items() if name not in ("$skiptoken", "$deltatoken")}

    def _link(self, table: Table, options: Mapping[str, str]) -> str:
        query = "&".join(f"{name}={quote(value, safe=',')}" for name, value in options.items())
        return f"{self.base}{table.schema.entity_set}?{query}"

    def _context(self, schema: TableSchema, columns: list[str]) -> str:
        return f"{self.base}$metadata#{schema.entity_set}({','.join(columns)})"

    def _token(self, version: int) -> str:
        return f"{version}!{datetime.fromtimestamp(self.world.clock(), UTC):%m/%d/%Y %H:%M:%S}"


def rendered(table: Table, row: Row, columns: list[str]) -> Row:
    """A row as it is answered: its etag, the columns asked for, and always its key."""
    shown = {name: row[stored_name(name)] for name in columns}
    return {"@odata.etag": f'W/"{row["versionnumber"]}"', **shown, table.schema.key: row[table.schema.key]}


def shown_name(name: str, schema: TableSchema) -> str:
    """Lookups read as ``_name_value`` ("Retrieve a table row", lookup properties)."""
    return f"_{name}_value" if schema.columns[name].kind == "lookup" else name


def stored_name(name: str) -> str:
    return name[1:].removesuffix("_value") if name.startswith("_") and name.endswith("_value") else name
