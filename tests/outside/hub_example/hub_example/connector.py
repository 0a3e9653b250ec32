"""The connector: Guild Roll through its REST API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar
from uuid import uuid4

import httpx
from pydantic import BaseModel

from hub.sdk import (
    Capabilities,
    Change,
    Checkpoint,
    Clock,
    Done,
    Gone,
    Health,
    NativeRecord,
    NativeWrite,
    Page,
    RecordRef,
    Refused,
    Rejected,
    ResyncRequired,
    Stale,
    Support,
    Transient,
    Unanswered,
    Unknown,
    Upserted,
    WriteResult,
    as_sent,
    in_parts,
    not_done,
)
from hub_example.api import GIVEN, KEY, PAGE, Api, Member
from hub_example.settings import ExampleSettings


class Example:
    """One guild. ``transport`` and ``clock`` are for tests."""

    kind: ClassVar[str] = "example"
    Settings: ClassVar[type[BaseModel]] = ExampleSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        cursor="monotonic id",
        deletes_seen_as="tombstone",
        conditional_write=Support.YES,
        idempotent_create=Support.YES,
        returns_written="record",
        max_page=PAGE,
        own_key_field=KEY,
    )

    def __init__(self, settings: ExampleSettings, *, system: str, transport: httpx.AsyncBaseTransport | None = None,
                 clock: Clock | None = None) -> None:
        self.system = system
        self.api = Api(settings, system, transport, clock)

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method."""
        return self.api.client.sent

    async def check(self) -> Health:
        """Whose token it is and of which guild; reads the first members."""
        told = await self.api.account()
        await self.api.changes(0)
        warnings = () if told["may_write"] else ("The token only reads. To let the hub write, make one for members, read and "
                                                 "write.",)
        return Health(identity=str(told["account"]), fingerprint=str(told["guild"]), can_write=bool(told["may_write"]),
                      warnings=warnings)

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """Each change gives a member the next version, so nothing is skipped. Raises ResyncRequired for a checkpoint of another
        form."""
        after = 0 if since is None else since.get("version")
        if not isinstance(after, int):
            raise ResyncRequired("The checkpoint has another form. Everything is read again.")
        listing_id = uuid4().hex if since is None else ""
        more = True
        while more:
            members = await self.api.changes(after)
            after, more = (members[-1]["version"] if members else after), len(members) == PAGE
            changes = [self._change(member) for member in members if since is not None or not member.get("deleted")]
            listing = "none" if since is not None else "partial" if more else "ends"
            yield Page(changes, None if more else {"version": after}, listing, listing_id)  # type: ignore[arg-type]

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """The present state, ``PAGE`` members a request."""
        there: dict[str, NativeRecord] = {}
        ids = list(dict.fromkeys(ref.native_id for ref in refs if ref.native_id.isdecimal()))
        for start in range(0, len(ids), PAGE):
            for member in await self.api.having("id", ids[start:start + PAGE]):
                there[str(member["id"])] = self._record(member)
        return [there.get(ref.native_id) or Gone(ref, "deleted") for ref in refs]

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        """By hub_key, ``PAGE`` members a request."""
        asked = list(dict.fromkeys(keys))
        parts = [asked[start:start + PAGE] for start in range(0, len(asked), PAGE)]
        found = [member for part in parts for member in await self.api.having(KEY, part)]
        return {str(member[KEY]): self._record(member) for member in found}

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """One request a write."""
        return await in_parts(batch, 1, self._write)

    async def close(self) -> None:
        await self.api.client.aclose()

    async def _write(self, part: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """AuthFailed and Misconfigured pass: nothing was done, and ``in_parts`` tells the rest."""
        (write,) = part
        try:
            return [await self._send(write)]
        except UnicodeEncodeError:  # before anything was sent
            return [Refused("rejected", "A value holds half a character, which JSON in UTF-8 cannot carry.")]
        except Unanswered as lost:
            return [Unknown(str(lost))]
        except Stale as moved:
            return [Refused("stale", str(moved))]
        except Rejected as refused:
            return [Refused("rejected", str(refused))]
        except Transient as later:
            return [not_done(later, sent=True)]

    async def _send(self, write: NativeWrite) -> WriteResult:
        if write.op == "delete":
            there = await self.api.delete(write.ref.native_id, write.expect)
            return Done(write.ref) if there else Refused("gone", "There is no such member.")
        member = await self.api.create(dict(write.patch)) if write.op == "create" else await self.api.update(
            write.ref.native_id, dict(write.patch), write.expect)
        if member is None:
            return Refused("gone", "There is no such member.")
        record = self._record(member)
        if write.op == "create" and not as_sent(member, write.patch, dict.fromkeys(member.keys() - GIVEN - write.patch.keys())):
            return Done(record.ref, record)  # made by an earlier create: somebody may have typed since
        return Done(record.ref, record, record.version)

    def _ref(self, member: Member) -> RecordRef:
        return RecordRef(self.system, "", "contact", str(member["id"]))

    def _record(self, member: Member) -> NativeRecord:
        return NativeRecord(self._ref(member), member, str(member["version"]))

    def _change(self, member: Member) -> Change:
        return Gone(self._ref(member), "deleted") if member.get("deleted") else Upserted(self._record(member))
