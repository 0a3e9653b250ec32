"""Reading by id and by the hub's key, twenty a request, and telling what is gone in which way.

Sources (learn.microsoft.com, Microsoft Graph v1.0): "Get contact", "Get singleValueLegacyExtendedProperty" (2024-04-04:
``$expand`` with ``$filter`` for one contact; ``$filter`` with ``Any`` to find one, whose answer lacks the property), "Delete
contact": what people delete goes to Deleted Items, where it can still be read by its immutable id.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from hub.sdk import Gone, NativeRecord, RecordRef
from hub_outlook.api import Answer, Api, Part, rows_of
from hub_outlook.folders import Folders, contacts_in, user
from hub_outlook.native import FOLDER, KEY, KEY_PROPERTY, key_of, record
from hub_outlook.settings import OutlookSettings

_EXPAND = quote(f"singleValueExtendedProperties($filter=id eq '{KEY_PROPERTY}')", safe="()$='")
_NOT_THERE = ("ErrorItemNotFound", "ErrorInvalidIdMalformed", "ErrorInvalidMailboxItemId", "ErrorInvalidIdStoreObjectIdTooLong")


class Reader:
    """Turns answers into records, for one configured system."""

    def __init__(self, api: Api, settings: OutlookSettings, system: str) -> None:
        self.api, self.settings, self.system = api, settings, system
        self._folders: dict[str, Folders] = {}

    def folders(self, mailbox: str) -> Folders:
        """What is known of a mailbox's folders, for as long as this connector lives."""
        if mailbox not in self._folders:
            self._folders[mailbox] = Folders(self.api, mailbox, self.settings.folders)
        return self._folders[mailbox]

    async def fetch(self, refs: Sequence[RecordRef]) -> dict[RecordRef, NativeRecord | Gone]:
        """The present state of each. A mailbox that is not configured is out of sight."""
        out: dict[RecordRef, NativeRecord | Gone] = {
            ref: Gone(ref, "left_view") for ref in refs if ref.collection not in self.settings.collections}
        asked = [ref for ref in dict.fromkeys(refs) if ref not in out]
        for ref, answer in zip(asked, await self.answers(asked), strict=True):
            out[ref] = await self.told(ref, answer)
        return out

    async def answers(self, refs: Sequence[RecordRef]) -> list[Answer]:
        """What Graph says of each, with the hub's key."""
        parts = [Part("GET", f"{user(ref.collection)}/contacts/{quote(ref.native_id, safe='')}?$expand={_EXPAND}")
                 for ref in refs]
        return await self.api.batch(parts, safe=True) if parts else []

    async def told(self, ref: RecordRef, answer: Answer) -> NativeRecord | Gone:
        """One answer as what it tells. Raises for a refusal that says nothing of the contact."""
        if missing(answer):
            return Gone(ref, "deleted")
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise self.api.error(answer, ref.collection)
        there = record(self.system, ref.collection, answer.body, key_of(answer.body))
        where = await self.folders(ref.collection).place(answer.body.get(FOLDER))
        if where != "here":
            return Gone(ref, "trashed" if where == "deleted" else "left_view")
        return NativeRecord(ref, there.data, there.version, there.modified_at, there.complete)

    async def find(self, keys: Sequence[str]) -> dict[str, NativeRecord]:
        """Contacts that creates with these keys made, in whichever mailbox."""
        asked: list[tuple[str, str]] = []
        parts: list[Part] = []
        for mailbox in self.settings.collections if keys else ():
            folders = self.folders(mailbox)
            if not folders.loaded and self.settings.folders:
                await folders.load()
            folder = folders.for_new()
            for key in keys if folder is not None else ():
                having = f"singleValueExtendedProperties/Any(ep: ep/id eq '{KEY_PROPERTY}' and ep/value eq '{key}')"
                parts.append(Part("GET", f"{contacts_in(mailbox, folder or '')}?$filter={quote(having, safe=chr(39) + '()/:')}"))
                asked.append((mailbox, key))
        out: dict[str, NativeRecord] = {}
        for (mailbox, key), answer in zip(asked, await self.api.batch(parts, safe=True) if parts else (), strict=True):
            if answer.status != 200:
                raise self.api.error(answer, mailbox)
            for row in rows_of(answer.body, self.system):
                there = record(self.system, mailbox, row)
                out[key] = NativeRecord(there.ref, {**there.data, KEY: key}, there.version, there.modified_at, False)
        return out


def missing(answer: Answer) -> bool:
    """The contact is not there, as the vendor says it; another 404 says something else."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    code = error.get("code") if isinstance(error, dict) else ""
    return answer.status in (400, 404) and code in _NOT_THERE
