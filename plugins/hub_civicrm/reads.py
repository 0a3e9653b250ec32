"""Reading contacts with everything that hangs on them, in as few requests as there can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.sdk import Change, Gone, NativeRecord, RecordRef, Upserted
from hub_civicrm.api import Answer, Api, Call, Row, Where
from hub_civicrm.native import EVERYONE, contact_call, records, row_calls, version
from hub_civicrm.settings import CiviCrmSettings
from hub_civicrm.zone import in_utc

CONTACTS = "contacts"


@dataclass(frozen=True, slots=True)
class Found:
    """A contact as read. ``printed``: its modified_date as the site printed it. ``trashed``: is_deleted."""

    record: NativeRecord
    printed: str
    trashed: bool


class Reader:
    """Turns answers into records, for one configured system."""

    def __init__(self, api: Api, settings: CiviCrmSettings, system: str) -> None:
        self.api, self.system, self.size = api, system, settings.page_size
        self.custom = settings.custom_fields
        self.zone = ZoneInfo(settings.site_time_zone) if settings.site_time_zone else None
        self.types = ["contact_type", "IN", list(settings.contact_types)]

    def ref(self, contact_id: int | str) -> RecordRef:
        return RecordRef(self.system, "", "contact", str(contact_id))

    def page(self, where: Where, after: int = 0) -> dict[str, Call]:
        """The next contacts by id. By id, not by modified_date: equal times on a page's border, a contact edited while
        pages are read and an hour printed twice can then neither skip nor repeat one."""
        return {CONTACTS: contact_call(self.custom, [*where, ["id", ">", after]], limit=self.size)}

    def by_id(self, ids: Sequence[int], where: Where | None = None) -> dict[str, Call]:
        """These contacts and their rows in one go, those in the trash too."""
        chosen: Where = [["id", "IN", list(ids)], EVERYONE, *(where or [])]
        return {CONTACTS: contact_call(self.custom, chosen), **row_calls(ids)} if ids else {}

    def by_key(self, keys: Sequence[str]) -> dict[str, Call]:
        """Which contacts have these external identifiers."""
        chosen: Where = [["external_identifier", "IN", list(keys)], EVERYONE]
        select = ["id", "external_identifier", "is_deleted"]
        return {"keys": Call("Contact", "get", {"select": select, "where": chosen, "limit": 0})} if keys else {}

    def merges(self, contacts: Iterable[Row]) -> dict[str, Call]:
        """Where those in the trash were merged into, if they were."""
        return {f"merged{row['id']}": Call("Contact", "getMergedTo", {"contactId": row["id"]})
                for row in contacts if row["is_deleted"]}

    def rows(self, contacts: Sequence[Row]) -> dict[str, Call]:
        """What is still to be asked about contacts already listed."""
        return {**row_calls([row["id"] for row in contacts if not row["is_deleted"]]), **self.merges(contacts)}

    def found(self, contacts: Sequence[Row], answers: Mapping[str, Answer]) -> dict[int, Found]:
        """Records of contacts, with the rows among ``answers``."""
        natives = records(contacts, {name: answer.values for name, answer in answers.items()})
        out = {}
        for row in contacts:
            native = natives[row["id"]]
            record = NativeRecord(self.ref(row["id"]), native, version(native), self.moment(row["modified_date"]))
            out[row["id"]] = Found(record, row["modified_date"] or "", bool(row["is_deleted"]))
        return out

    def moment(self, text: str | None) -> datetime | None:
        """A printed time in UTC, where the site's zone is known and its web server tells the time."""
        now = self.api.server_time
        return in_utc(text, self.zone, now) if text and self.zone and now else None

    def changes(self, contacts: Sequence[Row], answers: Mapping[str, Answer]) -> list[Change]:
        """Live contacts as they are, those in the trash as gone."""
        found = self.found(contacts, answers)
        return [self.gone(contact_id, answers) if each.trashed else Upserted(each.record)
                for contact_id, each in found.items()]

    def gone(self, contact_id: int, answers: Mapping[str, Answer]) -> Gone:
        """A contact in the trash: merged away, or just put there."""
        told = answers.get(f"merged{contact_id}")
        into = told.values[0] if told and told.values else None  # without a winner the value is an empty list
        if isinstance(into, dict) and into.get("id"):
            return Gone(self.ref(contact_id), "merged_into", self.ref(into["id"]))
        return Gone(self.ref(contact_id), "trashed")

    async def fetch(self, ids: Sequence[int]) -> dict[int, Found | Gone]:
        """The present state of each: one request per ``page_size`` ids, and one for those in the trash."""
        out: dict[int, Found | Gone] = {}
        for start in range(0, len(ids), self.size):
            chunk = ids[start:start + self.size]
            answers = await self.api.read(self.by_id(chunk))
            contacts = answers[CONTACTS].values
            trashed = await self.api.read(merges) if (merges := self.merges(contacts)) else {}
            for contact_id, each in self.found(contacts, answers).items():
                out[contact_id] = self.gone(contact_id, trashed) if each.trashed else each
            out.update({i: Gone(self.ref(i), "deleted") for i in chunk if i not in out})
        return out

    async def keyed(self, keys: Sequence[str]) -> dict[str, Found]:
        """Contacts by external identifier, those in the trash too. CiviCRM compares it without case."""
        wanted = {key.casefold(): key for key in keys}
        out: dict[str, Found] = {}
        for start in range(0, len(keys), self.size):
            told = (await self.api.read(self.by_key(keys[start:start + self.size])))["keys"].values
            if told:
                ids = [row["id"] for row in told]
                answers = await self.api.read(self.by_id(ids))
                found = self.found(answers[CONTACTS].values, answers)
                out.update({wanted[row["external_identifier"].casefold()]: found[row["id"]]
                            for row in told if row["id"] in found})
        return out
