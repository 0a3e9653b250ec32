"""The side door: what people do in Dynamics' own pages, for tests and the demo. No API, no privileges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .world import Table, World


class Users:
    """People at work in one environment."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add(self, table: str, values: Mapping[str, Any]) -> str:
        """Enter a person ("contact") or an organisation ("account"); gives the id. Lookups by name: ``parentcustomerid``."""
        return self.world.insert(self.world.tables[table], dict(values))

    def table_of(self, guid: str) -> Table:
        return next(table for table in self.world.tables.values() if guid in table.rows)

    def row(self, guid: str) -> Mapping[str, Any]:
        return self.table_of(guid).rows[guid]

    def edit(self, guid: str, **values: Any) -> None:
        self.world.change(self.table_of(guid), guid, values)

    def deactivate(self, guid: str) -> None:
        self.edit(guid, statecode=1, statuscode=2)

    def delete(self, guid: str) -> None:
        self.world.remove(self.table_of(guid), guid)

    def merge(self, winner: str, loser: str) -> None:
        self.world.merge(self.table_of(winner), winner, loser, {})

    def forget_changes(self) -> None:
        """Time passes until no delta link given so far is accepted any more."""
        self.world.refused_before = self.world.version + 1
        self.world.version += 1
