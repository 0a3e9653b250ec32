"""Writing a batch: read it, write it, read it back.

Three requests at most, whatever its size: what the records are now (compared with what was expected, and own keys looked
up); all writes, each one call, with the read-back of known contacts behind them in the same request; and, if there were
creates, the new contacts. A refused record does not stop the others. ``Contact.save`` with several records is not used:
it is not atomic and stops at the first refusal (recorded).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.sdk import (
    AuthFailed,
    ConnectorError,
    Done,
    Gone,
    Misconfigured,
    NativeWrite,
    Refused,
    Throttled,
    Transient,
    Unanswered,
    Unknown,
    WriteResult,
)
from hub_civicrm.api import Answer, Api, Call, Failure, Result, Where
from hub_civicrm.changes import Conflict, Native, Steps, Types, Unsuited, create_call, missing, steps, update_call
from hub_civicrm.limits import unfit
from hub_civicrm.reads import CONTACTS, Found, Reader
from hub_civicrm.settings import CiviCrmSettings

KEY = "external_identifier"
KEY_LENGTH = 64


@dataclass(slots=True)
class Job:
    """One write on its way. ``found``: the contact as read before. ``call``: what is to be sent; ``guard``: its where."""

    write: NativeWrite
    result: WriteResult | None = None
    found: Found | None = None
    patch: Native = field(default_factory=dict)
    steps: Steps | None = None
    key: str = ""

    @property
    def contact_id(self) -> int:
        return int(self.found.record.ref.native_id) if self.found else 0

    def call(self, *, guarded: bool) -> Call:
        """The one call of this write. ``guarded``: only if the contact did not change since it was read."""
        if self.found is None:
            assert self.steps is not None
            return create_call(self.steps)
        where: Where = [["id", "=", self.contact_id], ["is_deleted", "=", False]]
        if guarded and self.found.printed:
            where.append(["modified_date", "=", self.found.printed])
        return Call("Contact", "delete", {"where": where}) if self.steps is None else update_call(self.steps, where)


class Batch:
    """One batch of writes."""

    def __init__(self, api: Api, reader: Reader, settings: CiviCrmSettings, writes: Sequence[NativeWrite]) -> None:
        self.api, self.reader, self.settings = api, reader, settings
        self.jobs = [Job(write) for write in writes]

    async def run(self) -> list[WriteResult]:
        """One result per write, in order."""
        for job in self.jobs:
            self._examine(job)
        if self._open():
            await self._prepare()
        if self._open():
            await self._send(guarded=True)
        return [job.result or Unknown("CiviCRM gave no result") for job in self.jobs]

    def _open(self) -> list[Job]:
        return [job for job in self.jobs if job.result is None]

    def _examine(self, job: Job) -> None:
        """What cannot be stored is refused before anything is sent."""
        write = job.write
        job.patch = write.patch
        if write.op == "create":
            job.key = str(write.patch.get(KEY) or write.key)
            job.patch = {**write.patch, **({KEY: job.key} if job.key else {})}
        elif not write.ref.native_id.isdecimal():
            job.result = Refused("gone", "CiviCRM's ids are numbers; this is none")
        if why := unfit(job.patch, self.settings.custom_fields, four_byte=self.settings.four_byte_characters):
            job.result = Refused("rejected", why)

    # before

    async def _prepare(self) -> None:
        ids = [int(job.write.ref.native_id) for job in self._open() if job.write.op != "create"]
        keys = [job.key for job in self._open() if job.key]
        types = Call("RelationshipType", "get", {"select": ["id", "name_a_b", "name_b_a"], "limit": 0})
        related = any("relationships" in job.patch for job in self._open())
        calls = {**self.reader.by_id(ids), **self.reader.by_key(keys), **({"types": types} if related else {})}
        if not calls:
            self._plan({}, {}, {})
            return
        answers = await self.api.read(calls)
        now = self.reader.found(answers[CONTACTS].values, answers) if ids else {}
        keyed = await self.reader.keyed(keys) if keys and answers["keys"].values else {}
        self._plan(now, keyed, _types(answers["types"]) if related else {})

    def _plan(self, now: Mapping[int, Found], keyed: Mapping[str, Found], types: Types) -> None:
        for job in self._open():
            write = job.write
            try:
                if write.op == "create":
                    self._plan_create(job, keyed.get(job.key), types)
                    continue
                job.found = now.get(int(write.ref.native_id))
                if job.found is None or job.found.trashed:
                    job.result = Refused("gone", "the contact is in CiviCRM's trash or not there any more")
                elif write.expect is not None and write.expect != job.found.record.version:
                    job.result = Refused("stale", "the contact changed in CiviCRM since it was read")
                elif write.op == "update":
                    native = job.found.record.data
                    job.steps = steps(job.patch, native, write.before or native, job.contact_id, types)
                    if not job.steps:
                        job.result = _done(job.found)
            except Conflict as conflict:
                job.result = Refused("stale", str(conflict))
            except Unsuited as unsuited:
                job.result = Refused("rejected", str(unsuited))

    def _plan_create(self, job: Job, there: Found | None, types: Types) -> None:
        """A key that is there already is this very create, made before: only what it lacks is added."""
        if there is None:
            if len(job.key) > KEY_LENGTH:
                raise Unsuited(f"{KEY} keeps {KEY_LENGTH} characters")
            job.steps = steps(job.patch, None, None, "$id", types)
        elif there.trashed:
            raise Unsuited(f"{KEY} of this contact belongs to contact {there.record.ref.native_id} in CiviCRM's trash: "
                           "restore that one, or delete it for good")
        else:
            job.found = there
            native = there.record.data
            job.steps = steps(missing(job.patch, native), native, native, job.contact_id, types)
            if not job.steps:
                job.result = _done(there)

    # the request that writes

    async def _send(self, *, guarded: bool) -> None:
        jobs = self._open()
        sent = {f"write{number}": job.call(guarded=guarded) for number, job in enumerate(jobs)}
        try:
            results = await self.api.send({**sent, **self._read_back(jobs)})
        except Unanswered as lost:
            await self._settle(jobs, str(lost))
            return
        except (AuthFailed, Misconfigured, Throttled):
            raise
        except Transient as error:
            for job in jobs:
                job.result = Refused("transient", str(error))
            return
        now, by_key = await self._present(jobs, results)
        for number, job in enumerate(jobs):
            there = now.get(job.contact_id) if job.found else by_key.get(job.key)
            job.result = self._judged(job, results[f"write{number}"], there)
        again = [job for job in self._open() if guarded]
        if again:  # an hour printed twice: the guard cannot be met, though nothing changed
            await self._send(guarded=False)

    def _read_back(self, jobs: Sequence[Job]) -> dict[str, Call]:
        """Behind the writes in the same request: answers of writes are raw echoes, and partial."""
        ids = [job.contact_id for job in jobs if job.found]
        return {**self.reader.by_id(ids), **self.reader.by_key([job.key for job in jobs if job.key and not job.found])}

    async def _present(self, jobs: Sequence[Job], results: Mapping[str, Result]
                       ) -> tuple[dict[int, Found], dict[str, Found]]:
        """The contacts as they are after the writes, by id and by own key. Without a read-back nothing is known."""
        answers = {name: result for name, result in results.items() if isinstance(result, Answer)}
        now = self.reader.found(answers[CONTACTS].values, answers) if CONTACTS in answers else {}
        made = [row["id"] for row in answers["keys"].values] if "keys" in answers else []
        made += [values[0]["id"] for number, job in enumerate(jobs) if job.found is None and not job.key
                 and isinstance(result := results[f"write{number}"], Answer) and (values := result.values)]
        by_key: dict[str, Found] = {}
        if made:
            try:
                told = await self.api.read(self.reader.by_id(made))
            except ConnectorError:
                return now, by_key
            new = self.reader.found(told[CONTACTS].values, told)
            now |= new
            by_key = {str(each.record.data[KEY]): each for each in new.values() if each.record.data.get(KEY)}
        for number, job in enumerate(jobs):
            result = results[f"write{number}"]
            if job.found is None and not job.key and isinstance(result, Answer) and result.values:
                by_key[""] = now[result.values[0]["id"]]
        return now, by_key

    def _judged(self, job: Job, result: Result, there: Found | None) -> WriteResult | None:
        """What came of one write; None for one to be sent again without its guard."""
        if isinstance(result, Failure):
            return self._refused(job, result, there)
        if job.found is not None and not result.values:
            if there is None or there.trashed:
                return Refused("gone", "the contact was put into CiviCRM's trash or deleted meanwhile")
            same = there.record.version == job.found.record.version
            return None if same else Refused("stale", "the contact changed in CiviCRM while the batch was written")
        if job.steps is None:
            return Done(job.write.ref)
        if there is None:
            made = job.found is None and result.values
            ref = self.reader.ref(result.values[0]["id"]) if made else job.write.ref
            return Done(ref)
        return _done(there)

    def _refused(self, job: Job, failure: Failure, there: Found | None) -> WriteResult:
        """A refusal is one for certain only when the contact is as it was: the chain may have stopped half way."""
        untouched = there is None if job.found is None else (
            there is not None and there.record.version == job.found.record.version)
        if not untouched:
            return Unknown(f"CiviCRM refused a part of it ({failure.why}); the rest was stored")
        if failure.exists_already:
            return Refused("rejected", f"CiviCRM has {KEY} or another unique value of it already, perhaps on a contact in "
                                       "the trash that this account may not see (permission 'access deleted contacts')")
        if failure.status == 403:
            return Refused("rejected", f"this account may not write it ({failure.why}); give its role 'edit all contacts'"
                                       ", 'add contacts' and 'delete contacts'")
        return Refused("transient" if failure.passing else "rejected", f"CiviCRM refused it: {failure.why}")

    # after silence

    async def _settle(self, jobs: Sequence[Job], why: str) -> None:
        """Nobody answered. What the contacts show proves that a write landed; nothing proves that it will not."""
        ids = [job.contact_id for job in jobs if job.found]
        try:
            keyed = await self.reader.keyed([job.key for job in jobs if job.found is None and job.key])
            now = await self.reader.fetch(ids) if ids else {}
        except ConnectorError:
            now, keyed = {}, {}
        for job in jobs:
            there = now.get(job.contact_id) if job.found else keyed.get(job.key)
            job.result = self._proven(job, there) or Unknown(why)

    @staticmethod
    def _proven(job: Job, there: Found | Gone | None) -> WriteResult | None:
        if job.steps is None:
            return Done(job.write.ref) if isinstance(there, Gone) and there.how == "trashed" else None
        if not isinstance(there, Found) or there.trashed:
            return None
        native = there.record.data
        before = job.found.record.data if job.found else native
        try:
            left = steps(job.patch, native, before, there.record.ref.native_id, _ANY)
        except (Conflict, Unsuited):
            return None
        return None if left else _done(there)


class _AnyType(dict[str, tuple[int, str]]):
    """Every relationship has a type here: only whether something is left to do is asked."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> tuple[int, str]:
        return 0, "a_b"


_ANY = _AnyType()


def _types(answer: Answer) -> dict[str, tuple[int, str]]:
    out = {row["name_b_a"]: (int(row["id"]), "b_a") for row in answer.values}
    return {**out, **{row["name_a_b"]: (int(row["id"]), "a_b") for row in answer.values}}


def _done(found: Found) -> Done:
    return Done(found.record.ref, found.record, found.record.version)
