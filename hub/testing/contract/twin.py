"""A harness for any configured system, made of its connector and its mapping alone: what ``hub contract`` uses.

Its users are a second connector on which nothing goes wrong. That is weaker than a harness of the author's own, whose
users come by another road: what the connector gets wrong in the same way twice is not seen, and some acts of users
cannot be arranged and are skipped. Use a test account: each check lists all its records, and deletes those it made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import httpx

from hub.model.record import Gone, Native, NativeRecord, Upserted
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite
from hub.rules.lenses.lens import Lens
from hub.rules.lenses.scalars import Field, FullName
from hub.sdk.connector import Connector
from hub.sdk.http import Clock
from hub.testing.contract.harness import Harness
from hub.testing.contract.lab import ENTITY, NotClaimed
from hub.testing.contract.trouble import Wrap, Writes, as_told

Make = Callable[[Wrap, Clock], Connector]
"""Makes a connector with the configured settings over ``wrap(transport)``, telling time by the clock."""
_TEXTS = ("notes", "nickname", "name.family", "title", "company")
_BY_USERS = "a second connector plays the users, and a connector cannot do that"


class TwinHarness(Harness):
    """See above. ``make``: how a connector is made; ``wrong``, ``looking``: the same with wrong credentials, and with an
    account that may only read; ``lens``: the system's."""

    live = True
    most = 60

    def __init__(self, make: Make, lens: Lens, *, system: str, collection: str | None = None, wrong: Make | None = None,
                 looking: Make | None = None, secrets: tuple[str, ...] = (),
                 writes: Writes = as_told) -> None:
        super().__init__()
        self.system, self.secrets, self.lens, self._collection = system, secrets, lens, collection
        self._make, self._wrong, self._looking, self._writes = make, wrong, looking, writes
        self._twin: Connector | None = None
        self.text = text_path(lens)

    @property
    def cannot(self) -> Mapping[str, str]:  # type: ignore[override]
        users = dict.fromkeys(("user_erase", "user_restore", "user_merge", "user_hide", "expire_checkpoint"), _BY_USERS)
        accounts = {"credentials_wrong": self._wrong, "read_only": self._looking}
        return users | {name: "no such account was given" for name, make in accounts.items() if make is None}

    def make(self, wrap: Wrap) -> Connector:
        return self._make(wrap, self.clock)

    def credentials_wrong(self, wrap: Wrap) -> Connector:
        assert self._wrong is not None
        return self._wrong(wrap, self.clock)

    def read_only(self, wrap: Wrap) -> Connector:
        assert self._looking is not None
        return self._looking(wrap, self.clock)

    def writes(self, request: httpx.Request) -> bool:
        return self._writes(request)

    def sample(self, number: int) -> Native:
        """A person as the mapping writes them."""
        wanted: dict[str, Any] = {
            "kind": "individual", "name.given": "Contract", "name.family": f"Sample {number}", "notes": "Contract suite",
            "emails": {f"contract{number}@example.org": {"v": f"contract{number}@example.org", "at": None, "a": {}}},
        }
        return self.lens.put(None, self.lens.shape(wanted, {}, {}))

    def lasting(self, native: Native) -> Native:
        """What the mapping reads: of the rest nobody knows what the system does to it."""
        read = {at.split(".")[0] for placed in self.lens.parts for at in placed.part.at.split(", ")}
        return {key: value for key, value in native.items() if key in read}

    async def user_create(self, native: Native) -> str:
        own, key = self.twin.capabilities.own_key_field, str(uuid4())
        ref = RecordRef(self.system, self.collection, ENTITY, "")
        patch = {own: key, **native} if own else native
        return (await self._act(NativeWrite("create", ref, patch, key=key))).ref.native_id

    async def user_edit(self, native_id: str, patch: Native) -> None:
        before = await self._present(native_id)
        await self._act(NativeWrite("update", before.ref, patch, before.data, before.version))

    async def user_delete(self, native_id: str) -> None:
        if not self.twin.capabilities.deletes:
            raise NotClaimed(f"user_delete: {_BY_USERS}")
        before = await self._present(native_id)
        await self._act(NativeWrite("delete", before.ref, {}, before.data, before.version))

    async def user_records(self) -> Mapping[str, Native]:
        there: dict[str, Native] = {}
        async for page in self.twin.pull(ENTITY, None):
            for change in page.changes:
                if isinstance(change, Upserted):
                    there[change.ref.native_id] = change.record.data
        return there

    async def open(self) -> None:
        if self._collection is not None:
            self.collection = self._collection
            return
        async for page in self.twin.pull(ENTITY, None):
            if page.listing == "ends":
                self.collection = next(iter(page.collections), "")

    async def close(self) -> None:
        if self._twin is not None:
            await self._twin.close()

    @property
    def twin(self) -> Connector:
        """The users' connector."""
        if self._twin is None:
            self._twin = self._make(lambda transport: transport, self.clock)
            if not self._twin.capabilities.creates:
                raise NotClaimed(f"user_create: {_BY_USERS}")
        return self._twin

    async def _present(self, native_id: str) -> NativeRecord:
        found = (await self.twin.fetch([RecordRef(self.system, self.collection, ENTITY, native_id)]))[0]
        if isinstance(found, Gone):
            raise LookupError(native_id)
        return found

    async def _act(self, write: NativeWrite) -> Done:
        result = (await self.twin.write(ENTITY, [write]))[0]
        if not isinstance(result, Done):
            raise AssertionError(f"the connector that plays the users could not {write.op}: {result.why}")
        return result


def text_path(lens: Lens) -> str:
    """Path of a text every record has. Raises ValueError where the mapping writes none."""
    fields = {unit: placed.part.path for placed in lens.parts if placed.only in (None, "individual")
              and placed.direction == "both" and isinstance(placed.part, Field | FullName) for unit in placed.part.covers}
    for unit in _TEXTS:
        if unit in fields:
            return ".".join(fields[unit])
    raise ValueError("the mapping writes no text the suite could use: " + ", ".join(_TEXTS))
