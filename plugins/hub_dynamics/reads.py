"""Reading by id, in as few requests as there can be: both tables are asked in one ``$batch``, as a GUID does not tell which.

A filter may have at most 500 conditions ("Filter rows using OData", learn.microsoft.com); 100 ids a question keep clear of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from hub.sdk import Gone, NativeRecord, RecordRef, Upserted
from hub_dynamics.api import Api
from hub_dynamics.multipart import Part
from hub_dynamics.native import ACCOUNT, CONTACT, Table, change, is_guid
from hub_dynamics.settings import DynamicsSettings

IDS_A_QUESTION = 100
IDS_A_REQUEST = 2000


class Reader:
    """Turns answers into records, for one configured system."""

    def __init__(self, api: Api, settings: DynamicsSettings, system: str) -> None:
        self.api, self.system, self.size = api, system, settings.page_size
        self.key_column = settings.key_column
        self.tables = (ACCOUNT.with_custom(settings.account_columns, self.key_column),
                       CONTACT.with_custom(settings.contact_columns, self.key_column))
        """Accounts first: contacts name them."""

    def table(self, native: Mapping[str, Any] | None) -> Table | None:
        """The table a native record stands in."""
        return next((table for table in self.tables if native and native.get("@odata.type") == table.kind), None)

    async def fetch(self, guids: Sequence[str]) -> dict[str, NativeRecord | Gone]:
        """The present state of each that is there, merged ones as gone."""
        out: dict[str, NativeRecord | Gone] = {}
        wanted = list(dict.fromkeys(guid for guid in guids if is_guid(guid)))
        for start in range(0, len(wanted), IDS_A_REQUEST):
            for table, row in await self._rows(wanted[start:start + IDS_A_REQUEST], None):
                told = change(table, row, self.system)
                out[told.ref.native_id] = told.record if isinstance(told, Upserted) else told
        return out

    async def by_key(self, keys: Sequence[str]) -> dict[str, NativeRecord | Gone]:
        """The records whose ``key_column`` is one of these: key → record, merged ones as gone."""
        assert self.key_column is not None
        out: dict[str, NativeRecord | Gone] = {}
        wanted = {key.casefold(): key for key in keys if key}  # Dataverse compares texts without regard to case
        for start in range(0, len(wanted), IDS_A_REQUEST):
            some = [_quoted(key) for key in list(wanted.values())[start:start + IDS_A_REQUEST]]
            for table, row in await self._rows(some, None, self.key_column):
                told = change(table, row, self.system)
                key = wanted.get(str(row.get(self.key_column)).casefold(), "")
                out[key] = told.record if isinstance(told, Upserted) else told
        return out

    async def where(self, guids: Sequence[str]) -> dict[str, str]:
        """Which table each stands in: id → logical name."""
        out: dict[str, str] = {}
        wanted = list(dict.fromkeys(guid for guid in guids if is_guid(guid)))
        for start in range(0, len(wanted), IDS_A_REQUEST):
            rows = await self._rows(wanted[start:start + IDS_A_REQUEST], "key")
            out.update({row[table.key]: table.name for table, row in rows})
        return out

    async def _rows(self, values: Sequence[str], select: str | None, column: str = "") -> list[tuple[Table, dict[str, Any]]]:
        """Rows whose ``column`` ("": the primary key) is one of ``values``."""
        asked: list[Table] = []
        parts: list[Part] = []
        for start in range(0, len(values), IDS_A_QUESTION):
            for table in self.tables:
                either = "%20or%20".join(f"{column or table.key}%20eq%20{one}" for one in values[start:start + IDS_A_QUESTION])
                columns = table.select if select is None else table.key
                parts.append(Part("GET", f"{table.entity_set}?$select={columns}&$filter={either}"))
                asked.append(table)
        bodies = await self.api.read(parts) if parts else []
        return [(table, row) for table, body in zip(asked, bodies, strict=True) for row in body.get("value", ())]

    def answer(self, ref: RecordRef, found: Mapping[str, NativeRecord | Gone]) -> NativeRecord | Gone:
        return found.get(ref.native_id.lower()) or Gone(ref, "deleted")


def _quoted(text: str) -> str:
    """A text in an OData filter in an address."""
    return quote("'" + text.replace("'", "''") + "'", safe="'")
