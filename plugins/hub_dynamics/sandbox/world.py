"""The state of one environment: rows with their versions, what was deleted, who may what, and the clock."""

from __future__ import annotations

import uuid
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .schema import ACCOUNT, CONTACT, Column, TableSchema

Row = dict[str, Any]
CLIENT_ID, TENANT = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-8999-aaaaaaaaaaaa"
SECRET, EXPIRED_SECRET = "sandbox-client-secret", "sandbox-expired-secret"
USER_ID, ORGANISATION_ID = "0f0f0f0f-0000-4000-8000-000000000001", "0f0f0f0f-0000-4000-8000-000000000002"
DEFAULTS: Row = {"statecode": 0, "statuscode": 1, "merged": False, "donotemail": False, "donotbulkemail": False,
                 "donotphone": False, "donotpostalmail": False, "donotfax": False, "donotbulkpostalmail": False,
                 "preferredcontactmethodcode": 1}


@dataclass(slots=True)
class Limits:
    """Service protection per user and web server ("Service protection API limits", learn.microsoft.com): in 300 s so many
    requests and seconds of execution, and so many at once. ``cost_s``: what one operation takes here."""

    requests: int = 6000
    execution_s: float = 1200
    concurrent: int = 52
    cost_s: float = 0.02
    retry_after_s: int = 10


@dataclass(slots=True)
class Log:
    """What was asked, for tests: requests, and method with path of each operation, those inside a batch too; ``started``:
    how often writes started the organisation's flows, and its plug-ins and workflows ("logic")."""

    requests: int = 0
    operations: list[str] = field(default_factory=list)
    started: Counter[str] = field(default_factory=Counter)

    def clear(self) -> None:
        self.requests = 0
        self.operations.clear()
        self.started.clear()


@dataclass(slots=True)
class Table:
    schema: TableSchema
    rows: dict[str, Row] = field(default_factory=dict)
    deleted: list[tuple[int, str]] = field(default_factory=list)
    change_tracking: bool = True
    optimistic_concurrency: bool = True
    create_multiple: bool = True
    keys: dict[str, str] = field(default_factory=dict)
    """Alternate keys of one column each: column → Pending, InProgress, Active or Failed."""


def role(depth: str = "Global", acts: tuple[str, ...] = ("Read", "Create", "Write", "Delete", "Append", "AppendTo", "Merge")
         ) -> dict[str, str]:
    """Privileges of the application user's security role, with their depth (Basic, Local, Deep or Global)."""
    return {f"prv{act}{table}": depth for act in acts for table in ("Contact", "Account")}


class World:
    """One environment."""

    def __init__(self, clock: Callable[[], float], custom: Mapping[str, Mapping[str, Column]]) -> None:
        self.clock, self.log, self.limits = clock, Log(), Limits()
        self.tables = {schema.name: Table(schema.with_custom(custom.get(schema.name, {}))) for schema in (CONTACT, ACCOUNT)}
        self.version = 1_000_000
        self.secrets = {SECRET: True, EXPIRED_SECRET: False}
        self.privileges = role()
        self.member = True
        self.on_premises = False
        self.unknown_to_tenant = False
        self.tracking_days = 7
        self.refused_before = 0
        self.expired_status = 400
        self.busy = 0
        self.tokens: dict[str, float] = {}
        self.sent: deque[float] = deque()
        self.spent: deque[tuple[float, float]] = deque()

    def table(self, entity_set: str) -> Table | None:
        return next((table for table in self.tables.values() if table.schema.entity_set == entity_set), None)

    def moment(self) -> str:
        return datetime.fromtimestamp(int(self.clock()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def insert(self, table: Table, values: Row) -> str:
        """A new row; gives its id."""
        guid = str(values.get(table.schema.key) or uuid.uuid4()).lower()
        blank = dict.fromkeys(table.schema.columns)
        table.rows[guid] = {**blank, **DEFAULTS, **values, table.schema.key: guid, "createdon": self.moment()}
        self._stamp(table, guid)
        return guid

    def change(self, table: Table, guid: str, values: Row) -> None:
        table.rows[guid].update(values)
        self._stamp(table, guid)

    def remove(self, table: Table, guid: str) -> None:
        del table.rows[guid]
        self.version += 1
        table.deleted.append((self.version, guid))
        for other in self.tables.values():  # lookups to what is gone are emptied, which is a change of their rows
            for name, column in other.schema.columns.items():
                if column.kind == "lookup":
                    for near, row in other.rows.items():
                        if row[name] == guid:
                            self.change(other, near, {name: None})

    def merge(self, table: Table, winner: str, loser: str, content: Row) -> None:
        """"Merge table rows" (2024-08-30): data of the subordinate moves where the target has none, then the subordinate is
        deactivated. That it says so by ``merged`` and ``masterid``: the columns' descriptions in CDM."""
        kept, lost = table.rows[winner], table.rows[loser]
        blanks = {name: lost[name] for name, column in table.schema.columns.items()
                  if column.writable and kept[name] is None and lost[name] is not None}
        self.change(table, winner, {**blanks, **content})
        self.change(table, loser, {"statecode": 1, "statuscode": 2, "merged": True, "masterid": winner})

    def _stamp(self, table: Table, guid: str) -> None:
        self.version += 1
        row = table.rows[guid]
        row["versionnumber"], row["modifiedon"] = self.version, self.moment()
        if "fullname" in row:
            row["fullname"] = " ".join(part for part in (row["firstname"], row["lastname"]) if part) or None
