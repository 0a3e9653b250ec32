"""Reading by id, in as few requests as there can be: both tables are asked in one ``$batch``, as a GUID does not tell which.

A filter may have at most 500 conditions ("Filter rows using OData", learn.microsoft.com); 100 ids a question keep clear of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
        self.tables = (ACCOUNT.with_custom(settings.account_columns), CONTACT.with_custom(settings.contact_columns))
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

    async def where(self, guids: Sequence[str]) -> dict[str, str]:
        """Which table each stands in: id → logical name."""
        out: dict[str, str] = {}
        wanted = list(dict.fromkeys(guid for guid in guids if is_guid(guid)))
        for start in range(0, len(wanted), IDS_A_REQUEST):
            rows = await self._rows(wanted[start:start + IDS_A_REQUEST], "key")
            out.update({row[table.key]: table.name for table, row in rows})
        return out

    async def _rows(self, guids: Sequence[str], select: str | None) -> list[tuple[Table, dict[str, Any]]]:
        asked: list[Table] = []
        parts: list[Part] = []
        for start in range(0, len(guids), IDS_A_QUESTION):
            for table in self.tables:
                either = "%20or%20".join(f"{table.key}%20eq%20{guid}" for guid in guids[start:start + IDS_A_QUESTION])
                columns = table.select if select is None else table.key
                parts.append(Part("GET", f"{table.entity_set}?$select={columns}&$filter={either}"))
                asked.append(table)
        bodies = await self.api.read(parts) if parts else []
        return [(table, row) for table, body in zip(asked, bodies, strict=True) for row in body.get("value", ())]

    def answer(self, ref: RecordRef, found: Mapping[str, NativeRecord | Gone]) -> NativeRecord | Gone:
        return found.get(ref.native_id.lower()) or Gone(ref, "deleted")
