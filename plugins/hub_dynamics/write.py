"""Writing: updates and deletes as single requests of one ``$batch``, each on the version it expects; creates likewise, or many
at once by CreateMultiple.

Sources (learn.microsoft.com): "Perform conditional operations" (2022-04-06: If-Match with an ETag: 412 when the record moved;
``If-Match: *``: never a create; ``If-None-Match: *``: never an update), "Update and delete tables" (2021-05-03: a PATCH to an id
of one's own choice creates it; only what changes is sent), "Use bulk operation messages" (CreateMultiple is one transaction),
"Associate and disassociate on update" (``@odata.bind``, null to empty a lookup).

A create chooses the record's id from the hub's key, so repeating it cannot make a second record, without any customisation.
Where the site made a column with an alternate key for it (``key_column``), the key goes there, Dataverse chooses the id, and a
repeated create is refused ("Work with alternate keys", 2026-03-30; DuplicateRecordEntityKey).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.sdk import (
    AuthFailed,
    ConnectorError,
    ContractBroken,
    Done,
    Gone,
    Misconfigured,
    NativeRecord,
    NativeWrite,
    Refused,
    Transient,
    Unanswered,
    Unknown,
    Upserted,
    WriteResult,
    as_sent,
    not_done,
)
from hub_dynamics.api import KEY_TAKEN, TAKEN, UNCONDITIONAL, Api, asks_to_wait, code_of, words_of
from hub_dynamics.multipart import Part, PartAnswer
from hub_dynamics.native import ID, TYPE, Table, change, guid_of, is_guid, ref
from hub_dynamics.reads import Reader

BULK = 10
"""From so many creates of one table CreateMultiple is used: it costs a request more, to read them back, and less time there."""
_TELL = {"Prefer": "return=representation"}
_UNFIT = re.compile("[\0\ud800-\udfff]")


@dataclass(slots=True)
class Job:
    """One write. ``table``: where, once known; ``guid``: of which record, "" for one whose id Dataverse chooses; ``body``:
    what is sent."""

    write: NativeWrite
    guid: str
    table: Table | None = None
    body: dict[str, Any] = field(default_factory=dict)
    result: WriteResult | None = None

    @property
    def creates(self) -> bool:
        return self.write.op == "create"

    @property
    def name(self) -> str:
        """By what it is looked for."""
        return self.guid or self.write.key


class Bulk:
    """Which tables have CreateMultiple: asked once ("Use bulk operation messages", how to find which tables support it)."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._known: dict[str, bool] = {}

    async def supports(self, table: str) -> bool:
        if table not in self._known:
            question = ("sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name%20eq%20@m%20and%20"
                        f"primaryobjecttypecode%20eq%20@t&@m='CreateMultiple'&@t='{table}'")
            try:
                self._known[table] = bool((await self.api.get(question)).get("value"))
            except AuthFailed:  # the role may not read messages: then one by one
                self._known[table] = False
        return self._known[table]


class Batch:
    """Some writes that go together."""

    def __init__(self, api: Api, reader: Reader, bulk: Bulk, writes: Sequence[NativeWrite]) -> None:
        self.api, self.reader, self.bulk = api, reader, bulk
        chooses = reader.key_column is None
        self.jobs = [Job(w, w.ref.native_id.lower() if w.op != "create" else guid_of(w.key) if chooses else "") for w in writes]
        self.sent = False

    async def run(self) -> list[WriteResult]:
        """One result per write, in order. Raises only before anything was sent."""
        for job in self.jobs:
            self._examine(job)
        await self._look_up()
        for table, new in await self._together():
            await self._create_together(table, new)
        if self._open():
            await self._send(self._open())
        await self._settle_taken()
        return [job.result or Unknown("Dataverse gave no result") for job in self.jobs]

    def _open(self) -> list[Job]:
        return [job for job in self.jobs if job.result is None]

    # before

    def _examine(self, job: Job) -> None:
        """What cannot be stored is refused before anything is sent."""
        patch, write = job.write.patch, job.write
        job.table = self.reader.table(patch if job.creates else write.before)
        if job.creates and job.table is None:
            job.result = Refused("rejected", f"{TYPE} says neither contact nor account: what kind of contact it is, is not known")
        elif job.guid and not is_guid(job.guid):
            job.result = Refused("gone", "Dataverse's ids are GUIDs; this is none")
        elif not job.creates and job.table is not None and patch.get(TYPE, job.table.kind) != job.table.kind:
            job.result = Refused("rejected", "a contact cannot become an account, nor an account a contact")
        elif job.table is not None and (why := _unfit(patch, job.table)):
            job.result = Refused("rejected", why)

    async def _look_up(self) -> None:
        """Which table a record stands in, where nobody said, and whether what a lookup names is there."""
        unknown = [job.guid for job in self._open() if job.table is None]
        named = [str(value) for job in self._open() for name, value in job.write.patch.items()
                 if name.startswith("_") and name.endswith("_value") and value is not None]
        places = await self.reader.where([*unknown, *named]) if unknown or named else {}
        for job in self._open():
            if job.table is None:
                job.table = next((table for table in self.reader.tables if table.name == places.get(job.guid)), None)
            if job.table is None:
                job.result = Refused("gone", "the record is not there any more")
            elif job.write.op != "delete":
                self._fill(job, job.table, places)
                if job.creates and self.reader.key_column is not None:
                    job.body[self.reader.key_column] = job.write.key

    def _fill(self, job: Job, table: Table, places: Mapping[str, str]) -> None:
        """The body: lookups as navigation properties."""
        for name, value in job.write.patch.items():
            if name in (TYPE, ID):
                continue
            binds = table.binds.get(name)
            if binds is None:
                if value is not None or not job.creates:
                    job.body[name] = value
            elif value is None:
                if not job.creates:
                    job.body[f"{next(iter(binds.values()))}@odata.bind"] = None  # any of them empties the lookup
            else:
                target = places.get(str(value).lower(), "")
                there = next((each for each in self.reader.tables if each.name == target), None)
                if there is None or target not in binds:
                    job.result = Refused("rejected", f"{name} names a record that is not there, or of another table")
                    return
                job.body[f"{binds[target]}@odata.bind"] = f"/{there.entity_set}({str(value).lower()})"
        if not job.body and not job.creates:
            job.result = self._nothing(job)

    async def _together(self) -> list[tuple[Table, list[Job]]]:
        """Creates that go by CreateMultiple."""
        out = []
        for table in self.reader.tables:
            new = [job for job in self._open() if job.creates and job.table is table]
            if len(new) >= BULK and await self.bulk.supports(table.name):
                out.append((table, new))
        return out

    @staticmethod
    def _nothing(job: Job) -> WriteResult | None:
        write = job.write
        if write.before is None:
            return None
        return Done(write.ref, NativeRecord(write.ref, write.before, write.expect), write.expect)

    # the requests that write

    async def _create_together(self, table: Table, jobs: Sequence[Job]) -> None:
        """All or none: where one is refused nothing was stored, and each goes by itself. The answer has ids alone: the version
        read afterwards is ours where all is as sent."""
        targets = [{TYPE: table.kind, **({table.key: job.guid} if job.guid else {}), **job.body} for job in jobs]
        url = f"{table.entity_set}/Microsoft.Dynamics.CRM.CreateMultiple"
        try:
            answer = await self.api.post(url, {"Targets": targets})
        except ConnectorError as error:
            await self._trouble(jobs, error)
            return
        if answer.status != 200:
            return
        self.sent = True
        ids = answer.body.get("Ids") if isinstance(answer.body, dict) else None
        if isinstance(ids, list) and len(ids) == len(jobs) and all(is_guid(guid) for guid in ids):
            for job, guid in zip(jobs, ids, strict=True):
                job.guid = guid.lower()
        found = await self._present(jobs)
        for job in jobs:
            there = found.get(job.name)
            if isinstance(there, NativeRecord):
                job.result = Done(there.ref, there, there.version if as_sent(there.data, job.write.patch, {}) else None)
            else:
                job.result = self._landed(job)

    def _landed(self, job: Job) -> WriteResult:
        """It landed, and what it looks like is read back by whoever asked."""
        return Done(ref(self.reader.system, job.guid)) if job.guid else Unknown("it was made, but Dataverse did not tell its id")

    async def _send(self, jobs: Sequence[Job]) -> None:
        try:
            answers = await self.api.batch([self._part(job) for job in jobs], safe=False)
        except ConnectorError as error:
            await self._trouble(jobs, error)
            return
        self.sent = True
        for job, answer in zip(jobs, answers, strict=True):
            job.result = self._judged(job, answer)

    def _part(self, job: Job) -> Part:
        assert job.table is not None
        url, quiet = f"{job.table.entity_set}({job.guid})", self.api.quiet
        if job.write.op == "delete":
            return Part("DELETE", url, {"If-Match": job.write.expect or "*", **quiet})
        if not job.guid:
            return Part("POST", f"{job.table.entity_set}?$select={job.table.select}", {**_TELL, **quiet}, job.body)
        condition = {"If-None-Match": "*"} if job.creates else {"If-Match": job.write.expect or "*"}
        return Part("PATCH", f"{url}?$select={job.table.select}", {**_TELL, **condition, **quiet}, job.body)

    def _judged(self, job: Job, answer: PartAnswer) -> WriteResult | None:
        """What came of one write; None for a create whose id is taken."""
        assert job.table is not None
        status, code = answer.status, code_of(answer.body)
        if status in (200, 201, 204):
            try:
                told = change(job.table, answer.body, self.reader.system) if isinstance(answer.body, dict) else None
            except ContractBroken:  # it landed; what it looks like is read back
                told = None
            if isinstance(told, Upserted):
                return _done(told.record)
            job.guid = job.guid or _guid_in(answer.headers.get("odata-entityid", ""))
            return self._landed(job)
        if status == 412:
            if job.creates:
                return None
            if code in (TAKEN, KEY_TAKEN):
                return Refused("rejected", "a value that must be unique is taken by another record")
            return Refused("stale", "the record changed in Dynamics since it was read")
        if status == 404 and not job.creates:
            return Refused("gone", "the record is not there any more")
        if status == 429:
            wait = answer.headers.get("retry-after", "")
            return Refused("transient", asks_to_wait(code), float(wait) if wait.isdecimal() else None)
        if code == UNCONDITIONAL:
            return Refused("rejected", f"optimistic concurrency is off for {job.table.name}, so Dataverse takes no write that "
                                       "names the version it expects; ask who maintains the environment to turn it on")
        if status >= 500:
            return Unknown(f"{words_of(answer)}; whether it was done is not known")
        if status == 403:
            also = ', and prvBypassCustomBusinessLogic for quiet = "all"' if self.api.bypasses else ""
            return Refused("rejected", f"the application user may not write it ({words_of(answer)}); give its security role "
                                       f"Create, Write, Append and Append To on Contact and Account{also}, and Delete only if "
                                       "needed")
        return Refused("rejected", words_of(answer))

    async def _trouble(self, jobs: Sequence[Job], error: ConnectorError) -> None:
        """A request as a whole failed: raised while nothing was sent; else each write has its own result."""
        if isinstance(error, Unanswered):
            self.sent = True
            await self._settle(jobs, str(error))
            return
        again = isinstance(error, Transient | AuthFailed | Misconfigured)
        result = not_done(error, sent=self.sent) if again else Refused("rejected", str(error))
        for job in jobs:
            job.result = result

    # after

    async def _present(self, jobs: Sequence[Job]) -> dict[str, NativeRecord | Gone]:
        try:
            return await self._found(jobs)
        except ConnectorError:
            return {}

    async def _found(self, jobs: Sequence[Job]) -> dict[str, NativeRecord | Gone]:
        """``Job.name`` → what is there."""
        found = await self.reader.fetch([job.guid for job in jobs if job.guid])
        keys = [job.write.key for job in jobs if not job.guid]
        return {**found, **(await self.reader.by_key(keys) if keys else {})}

    async def _settle_taken(self) -> None:
        """Creates whose id or key is taken: this very create, made before; somebody may have typed since."""
        taken = self._open()
        if not taken:
            return
        found = await self._present(taken)
        for job in taken:
            there = found.get(job.name)
            if isinstance(there, NativeRecord):
                job.result = Done(there.ref, there)
            elif there is not None:
                job.result = Refused("rejected", "the record of this create was merged into another one in Dynamics")
            elif job.guid:
                job.result = Unknown("a record with this id is there, but cannot be read")
            else:  # another alternate key of the site's own, or our record is out of sight
                job.result = Refused("rejected", "a value that must be unique is taken by another record")

    async def _settle(self, jobs: Sequence[Job], why: str) -> None:
        """Nobody answered. What the records show proves that a write landed; nothing proves that it will not. The version is not
        said to be ours: somebody may have typed since."""
        try:
            found = await self._found(jobs)
        except ConnectorError as error:
            for job in jobs:
                job.result = Unknown(f"{why} Nor could it be read: {error}")
            return
        for job in jobs:
            job.result = _proven(job, found.get(job.name)) or Unknown(why)


def _proven(job: Job, there: NativeRecord | Gone | None) -> WriteResult | None:
    if job.write.op == "delete":
        return Done(job.write.ref) if there is None else None
    if not isinstance(there, NativeRecord):
        return None
    patch = {name: value for name, value in job.write.patch.items() if name not in (TYPE, ID)}
    landed = job.creates or all(there.data.get(name) == value for name, value in patch.items())
    return Done(there.ref, there) if landed else None


def _done(there: NativeRecord) -> Done:
    return Done(there.ref, there, there.version)


def _guid_in(url: str) -> str:
    """The id in ``…/contacts(7c1f…)``, or ""."""
    told = url.rpartition("(")[2].rstrip(")")
    return told.lower() if is_guid(told) else ""


def _unfit(patch: Mapping[str, Any], table: Table) -> str:
    """Why this patch cannot be stored, naming the column and not the value; "" when it can."""
    for name, value in patch.items():
        if name in (TYPE, ID):
            continue
        if name not in table.columns:
            return f"{name} is no column of {table.name} that this connector writes"
        if name in table.binds and value is not None and not is_guid(value):
            return f"{name} is no id of a record"
        if isinstance(value, str) and _UNFIT.search(value):
            return f"{name} has a NUL or half a character, which no database keeps"
    return ""
