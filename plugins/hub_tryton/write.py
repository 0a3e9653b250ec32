"""Writing a batch: read it, write it, read it back.

Five requests at most where nothing is refused, whatever the size of the batch: what the parties are now, with own keys looked up;
all updates in one call, all creates in one, all deletes in one; and the parties as they are then. Ids of countries and of the
category of people are asked for once besides. A call is one transaction, so a refused one did nothing: it is sent again in
halves until the one that is at fault stands alone.

Every update and delete carries the change marks just read, of the party and of each row it touches (``_timestamp`` in the
context; trytond 8.2 rpc.py, model/modelsql.py): who was quicker makes the call fail, so nobody's value is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.sdk import (
    AuthFailed,
    ConnectorError,
    Done,
    Gone,
    Misconfigured,
    NativeRecord,
    NativeWrite,
    Refused,
    Rejected,
    Transient,
    Unanswered,
    Unknown,
    WriteResult,
    as_sent,
    not_done,
)
from hub_tryton.api import Api, Said
from hub_tryton.changes import Conflict, Names, Unsuited, Values, missing, unfit, values
from hub_tryton.native import PARTY
from hub_tryton.reads import Reader

KEY = "hub_key"
MARKS = "_timestamp"
_STALE = "the party changed in Tryton since it was read"
_GONE = "the party is deactivated or deleted in Tryton, or this user does not see it any more"


@dataclass(slots=True)
class Job:
    """One write on its way. ``found``: the party as read before; ``values``: what is to be sent, None for a delete."""

    write: NativeWrite
    result: WriteResult | None = None
    found: NativeRecord | None = None
    patch: dict[str, Any] = field(default_factory=dict)
    values: Values | None = None
    made: int = 0

    @property
    def party_id(self) -> int:
        return int(self.found.ref.native_id) if self.found else self.made

    @property
    def method(self) -> str:
        """What is called: create, write or delete."""
        if self.values is None:
            return "delete"
        return "write" if self.found else "create"

    def timestamps(self) -> dict[str, str]:
        """The change marks that must not have moved; a delete takes all rows with it."""
        marks: dict[str, str] = dict(self.found.data["_timestamp"]) if self.found else {}
        return {name: mark for name, mark in marks.items() if self.values is None or name in self.values.marks}


class Batch:
    """One batch of writes."""

    def __init__(self, api: Api, reader: Reader, writes: Sequence[NativeWrite]) -> None:
        self.api, self.reader = api, reader
        self.jobs = [Job(write) for write in writes]
        self.sent = False

    async def run(self) -> list[WriteResult]:
        """One result per write, in order. Raises only before anything was sent."""
        for job in self.jobs:
            self._examine(job)
        if self._open():
            await self._prepare()
        for method in ("write", "create", "delete"):
            await self._send([job for job in self._open() if job.method == method])
        await self._read_back()
        return [job.result or Unknown("Tryton gave no result") for job in self.jobs]

    def _open(self) -> list[Job]:
        return [job for job in self.jobs if job.result is None]

    # before

    def _examine(self, job: Job) -> None:
        """What cannot be stored is refused before anything is sent."""
        write = job.write
        job.patch = dict(write.patch)
        if write.op == "create":
            if key := str(write.patch.get(KEY) or write.key):
                job.patch[KEY] = key
        elif not write.ref.native_id.isdecimal():
            job.result = Refused("gone", "Tryton's ids are numbers; this is none")
        if why := unfit(job.patch):
            job.result = Refused("rejected", why)

    async def _prepare(self) -> None:
        ids = [int(job.write.ref.native_id) for job in self._open() if job.write.op != "create"]
        keys = [job.patch[KEY] for job in self._open() if job.write.op == "create" and KEY in job.patch]
        now, keyed = await self.reader.present(ids, keys)
        patches = [job.patch for job in self._open()]
        codes = {row.get("country") for patch in patches for row in patch.get("addresses") or ()} - {None, ""}
        category = await self.reader.category() if any("kind" in patch for patch in patches) else None
        flagged = any(row.get("invoice") for patch in patches for row in patch.get("addresses") or ())
        invoice = await self.reader.invoicing() if flagged else self.reader.invoice
        names = Names(await self.reader.countries(codes), category, invoice)
        for job in self._open():
            try:
                if job.write.op == "create":
                    self._plan_create(job, keyed.get(job.patch.get(KEY, "")), names)
                else:
                    self._plan_change(job, now.get(int(job.write.ref.native_id)), names)
            except Conflict as conflict:
                job.result = Refused("stale", str(conflict))
            except Unsuited as unsuited:
                job.result = Refused("rejected", str(unsuited))

    @staticmethod
    def _plan_create(job: Job, there: NativeRecord | Gone | None, names: Names) -> None:
        """A key that is there already is this very create, made before: only what it lacks is added."""
        if isinstance(there, Gone):
            raise Unsuited(f"the party of this create, {there.ref.native_id}, was deactivated in Tryton or replaced by another")
        if there is None:
            job.values = values(job.patch, None, None, names)
            return
        job.found, native = there, there.data
        job.values = values(missing(job.patch, native), native, native, names)
        if not job.values:
            job.result = Done(there.ref, there)  # no version: somebody may have typed since

    @staticmethod
    def _plan_change(job: Job, there: NativeRecord | Gone | None, names: Names) -> None:
        write = job.write
        if not isinstance(there, NativeRecord):
            job.result = Refused("gone", _GONE)
            return
        job.found = there
        if write.expect is not None and write.expect != there.version:
            job.result = Refused("stale", _STALE)
        elif write.op == "update":
            job.values = values(job.patch, there.data, write.before or there.data, names)
            if not job.values:
                job.result = _done(there)

    # the calls that write

    async def _send(self, jobs: Sequence[Job]) -> None:
        """One call. A refused one did nothing; of several jobs each half is tried again."""
        if not jobs:
            return
        try:
            told = await self._call(jobs)
        except (Said, Rejected) as refused:
            self.sent = True
            if len(jobs) == 1:
                jobs[0].result = _refused(refused)
                return
            await self._send(jobs[:len(jobs) // 2])
            await self._send(jobs[len(jobs) // 2:])
        except Unanswered as lost:
            self.sent = True
            await self._settle(jobs, str(lost))
        except (AuthFailed, Misconfigured, Transient) as error:
            again = not_done(error, sent=self.sent)
            for job in jobs:
                job.result = again
        else:
            self.sent = True
            self._landed(jobs, told)

    async def _call(self, jobs: Sequence[Job]) -> Any:
        method = f"model.{PARTY}.{jobs[0].method}"
        marks = {name: mark for job in jobs for name, mark in job.timestamps().items()}
        if jobs[0].method == "delete":
            return await self.api.write(method, [job.party_id for job in jobs], timestamps=marks)
        wire = [job.values.wire for job in jobs if job.values is not None]
        if jobs[0].method == "create":
            return await self.api.write(method, wire, timestamps=marks)
        pairs = [each for job, fields in zip(jobs, wire, strict=True) for each in ([job.party_id], fields)]
        return await self.api.write(method, *pairs, timestamps=marks)

    def _landed(self, jobs: Sequence[Job], told: Any) -> None:
        ids = told if isinstance(told, list) and len(told) == len(jobs) else [0] * len(jobs)
        for job, new in zip(jobs, ids, strict=True):
            if job.method == "create":
                job.made = int(new)
            if job.values is None:
                job.result = Done(job.write.ref)
            elif not job.party_id:
                job.result = Unknown("Tryton did not say what it made")
            else:
                job.result = Done(self.reader.ref(job.party_id))

    # after

    async def _read_back(self) -> None:
        """The parties as they are now. Where that fails the results stay without a record, and the hub reads it later. Tryton
        answers a write with nothing: the version is ours where nothing else shows."""
        written = [job for job in self.jobs
                   if isinstance(job.result, Done) and job.result.record is None and job.method != "delete"]
        if not written:
            return
        try:
            now, _ = await self.reader.present([job.party_id for job in written], [])
        except ConnectorError:
            return
        for job in written:
            there = now.get(job.party_id)
            if isinstance(there, NativeRecord):
                before = {name: told for name, told in job.found.data.items() if name != MARKS} if job.found else {}
                again = job.found is not None and job.write.op == "create"  # made before: somebody may have typed since
                ours = not again and as_sent(there.data, job.write.patch, before)
                job.result = Done(there.ref, there, there.version if ours else None)

    async def _settle(self, jobs: Sequence[Job], why: str) -> None:
        """Nobody answered. What the parties show proves that a call landed; nothing proves that it will not. The version is not
        said to be ours: somebody may have typed since."""
        ids = [job.party_id for job in jobs if job.found]
        keys = [job.patch[KEY] for job in jobs if not job.found and KEY in job.patch]
        try:
            now, keyed = await self.reader.present(ids, keys)
            missing_ids = {each for each in ids if each not in now}
        except ConnectorError:
            now, keyed, missing_ids = {}, {}, set()
        for job in jobs:
            there = now.get(job.party_id) if job.found else keyed.get(job.patch.get(KEY, ""))
            if job.values is None and job.party_id in missing_ids:
                job.result = Done(job.write.ref)
            else:
                job.result = _proven(job, there) or Unknown(why)


def _proven(job: Job, there: NativeRecord | Gone | None) -> WriteResult | None:
    if job.values is None or not isinstance(there, NativeRecord):
        return None
    native = there.data
    if job.found is None:  # the key says which create made it, and a call is done whole
        return Done(there.ref, there)
    try:
        left = values(job.patch, native, job.found.data, _ANY)
    except (Conflict, Unsuited):
        return None
    return None if left else Done(there.ref, there)


class _Countries(dict[str, int]):
    """Every country is known here: only whether something is left to do is asked."""

    def __contains__(self, code: object) -> bool:
        return True

    def __missing__(self, code: str) -> int:
        return 0


_ANY = Names(_Countries(), 0)


def _refused(refused: Said | Rejected) -> Refused:
    if isinstance(refused, Rejected):
        return Refused("rejected", str(refused))
    if refused.kind == "ConcurrencyException":
        return Refused("stale", _STALE)
    if refused.is_missing:
        return Refused("stale", "the party or a row of it was removed in Tryton meanwhile")
    if refused.kind == "UserWarning":
        return Refused("rejected", "Tryton asks a person to confirm this: make the change there")
    return Refused("rejected", f"Tryton refused it: {refused.why}")


def _done(there: NativeRecord) -> Done:
    return Done(there.ref, there, there.version)

