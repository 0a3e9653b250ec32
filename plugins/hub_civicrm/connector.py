"""The connector: CiviCRM through APIv4 over authx."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

import httpx
from pydantic import BaseModel

from hub.sdk import Batch as BatchLimits
from hub.sdk import (
    BearerAuth,
    Capabilities,
    Checkpoint,
    Clock,
    ContractBroken,
    Done,
    Gone,
    Health,
    HubClient,
    Misconfigured,
    NativeRecord,
    NativeWrite,
    Page,
    RecordRef,
    Refused,
    Support,
    Transient,
    Unanswered,
    Unknown,
    WriteResult,
    in_parts,
)
from hub_civicrm.api import Answer, Api, Call
from hub_civicrm.pull import Pull, read_mark
from hub_civicrm.reads import Found, Reader
from hub_civicrm.settings import CiviCrmSettings
from hub_civicrm.write import KEY, Batch
from hub_civicrm.zone import offsets, parsed, probes

BATCH = 200


class CiviCrm:
    """One CiviCRM site. ``transport`` and ``clock`` are for tests."""

    kind: ClassVar[str] = "civicrm"
    Settings: ClassVar[type[BaseModel]] = CiviCrmSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="timestamp",
        cursor_precision_s=1,
        deletes_seen_as="soft flag",
        delete_leaves="trash",
        conditional_write=Support.CANNOT,
        idempotent_create=Support.YES,
        returns_written="record",
        batch=BatchLimits(BATCH, "partial"),
        max_page=500,
        own_key_field=KEY,
        irreversible=frozenset({"merge"}),
        stirs=("CiviRules",),  # its triggers follow every create and edit (docs.civicrm.org/civirules, "Trigger")
    )

    def __init__(self, settings: CiviCrmSettings, *, system: str, transport: httpx.AsyncBaseTransport | None = None,
                 clock: Clock | None = None) -> None:
        self.settings, self.system = settings, system
        headers = {"X-Civi-Key": settings.site_key.get_secret_value()} if settings.site_key else {}
        self.client = HubClient(settings.url, system=system, auth=BearerAuth(settings.api_key, "X-Civi-Auth"),
                                headers=headers, transport=transport, clock=clock, timeout_s=120, total_s=300)
        self.api = Api(self.client)
        self.reader = Reader(self.api, settings, system)

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method."""
        return self.client.sent

    async def check(self) -> Health:
        """Who we are, what we may, which site and version it is; reads our own contact."""
        who = [["id", "=", "user_contact_id"]]
        try:
            told = await self.api.read({
                "self": Call("Contact", "get", {
                    "select": ["id", "display_name", "email_primary.email", "modified_date"], "where": who}),
                "domain": Call("Domain", "get", {"select": ["name", "version"], "currentDomain": True}),
                "trash": Call("Contact", "get", {"select": ["row_count"], "where": [["is_deleted", "=", True]]}),
                "add": Call("Contact", "checkAccess", {"action": "create", "values": {"contact_type": "Individual"}})})
        except ContractBroken as error:
            raise Misconfigured(f"{error} Is there a CiviCRM at {self.settings.url}? Give the address people visit; the "
                                "extension AuthX must be enabled.") from None
        me, domain = told["self"].values[0], told["domain"].values[0] if told["domain"].values else {}
        name, number = domain.get("name") or "CiviCRM", domain.get("id", 0)
        writes = bool(told["add"].values and told["add"].values[0].get("access"))
        return Health(
            identity=str(me.get("email_primary.email") or me.get("display_name") or f"contact {me['id']}"),
            fingerprint=f"{name} (domain {number})",
            can_write=writes,
            server=f"CiviCRM {domain.get('version', 'of unknown version')}",
            warnings=(*self._warnings(told, writes), *await self._zone_warnings(me)),
        )

    def _warnings(self, told: Mapping[str, Answer], writes: bool) -> list[str]:
        out = []
        if not told["trash"].matched:
            out.append("No contact in the trash is seen. If there are some, the account lacks the permission 'access "
                       "deleted contacts', and a contact put into the trash looks deleted for good: grant it to the "
                       "account's role.")
        if not writes:
            out.append("The account only reads. To let the hub write, give its role 'add contacts', 'edit all contacts' "
                       "and 'delete contacts'.")
        return out

    async def _zone_warnings(self, me: Mapping[str, str]) -> list[str]:
        zone, text = self.reader.zone, me.get("modified_date")
        if zone is None or not text:
            return []
        found = offsets(await self.api.read(probes(int(me["id"]), text)))
        offset = zone.utcoffset(parsed(text))
        if not found or (offset is not None and offset.total_seconds() / 60 in found):
            return []
        return [f"The site's clock was {min(found) / 60:+g} h from UTC at a time when {self.settings.site_time_zone} was "
                "not: set site_time_zone to the time zone of the site's CMS."]

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """See ``Pull``. Raises ResyncRequired for a checkpoint of another form."""
        mark = read_mark(since) if since is not None else None
        pull = Pull(self.api, self.reader, self.settings)
        async for page in pull.everything() if mark is None else pull.since(mark):
            yield page

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """The present state, those in the trash as Gone with how. One request per ``page_size`` ids."""
        ids = [int(ref.native_id) for ref in refs if ref.native_id.isdecimal()]
        found = await self.reader.fetch(list(dict.fromkeys(ids))) if ids else {}
        out: list[NativeRecord | Gone] = []
        for ref in refs:
            each = found.get(int(ref.native_id)) if ref.native_id.isdecimal() else None
            out.append(each.record if isinstance(each, Found) else each or Gone(ref, "deleted"))
        return out

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        """By external_identifier, those in the trash too (``is_deleted`` in the record tells)."""
        found = await self.reader.keyed(list(dict.fromkeys(keys))) if keys else {}
        return {key: each.record for key, each in found.items()}

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """See ``in_parts`` and ``Batch``: at most three requests for each ``writes_per_request``."""
        return await in_parts(
            batch, self.settings.writes_per_request, lambda part: Batch(self.api, self.reader, self.settings, part).run())

    async def merge(self, winner: RecordRef, loser: RecordRef) -> WriteResult:
        """CiviCRM's own merge, in its aggressive mode: the person who approved it has seen the two, and where they
        differ in a field that is no conflict for the hub, the winner's value stays (recorded)."""
        call = Call("Contact", "mergeDuplicates", {
            "contactId": int(winner.native_id), "duplicateId": int(loser.native_id), "mode": "aggressive"})
        try:
            told = (await self.api.send({"merge": call}))["merge"]
        except Unanswered as lost:
            return Unknown(str(lost))
        except Transient as error:
            return Refused("transient", str(error))
        if not isinstance(told, Answer):
            return Refused("rejected", f"CiviCRM refused the merge: {told.why}")
        if not (told.values and told.values[0].get("merged")):
            return Refused("rejected", "CiviCRM would not merge these two; merge them there")
        found = (await self.fetch([winner]))[0]
        return Done(winner, found, found.version) if isinstance(found, NativeRecord) else Done(winner)

    async def close(self) -> None:
        await self.client.aclose()

