"""Writing a batch: read it, write it, read it back.

Three requests at most, whatever its size: what the records are now (compared with what was expected, and own keys looked
up); all writes, each one call, with the read-back of known contacts behind them in the same request; and, if there were
creates, the new contacts. A refused record does not stop the others. ``Contact.save`` with several records is not used:
it is not atomic and stops at the first refusal (recorded).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.sdk import (
    AuthFailed,
    ConnectorError,
    Done,
    Gone,
    Misconfigured,
    NativeWrite,
    Refused,
    Transient,
    Unanswered,
    Unknown,
    WriteResult,
    as_sent,
    not_done,
)
from hub_civicrm.api import Answer, Api, Call, Failure, Result, Where
from hub_civicrm.changes import Conflict, Native, Steps, Unsuited, Words, create_call, missing, steps, update_call
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


@dataclass(slots=True)
class After:
    """What the read-back showed. ``known``: contacts that were there before, None when they could not be read; ``keys``:
    own keys that are taken now, with the contact's id, None likewise; ``made``: new contacts."""

    known: dict[int, Found] | None = None
    keys: dict[str, int] | None = None
    made: dict[int, Found] = field(default_factory=dict)


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
        calls = {**self.reader.by_id(ids), **self.reader.by_key(keys), **_word_calls(self._open())}
        if not calls:
            self._plan({}, {}, Words())
            return
        answers = await self.api.read(calls)
        now = self.reader.found(answers[CONTACTS].values, answers) if ids else {}
        keyed = await self.reader.keyed(keys) if keys and answers["keys"].values else {}
        self._plan(now, keyed, _words(answers))

    def _plan(self, now: Mapping[int, Found], keyed: Mapping[str, Found], words: Words) -> None:
        for job in self._open():
            write = job.write
            try:
                if write.op == "create":
                    self._plan_create(job, keyed.get(job.key), words)
                    continue
                job.found = now.get(int(write.ref.native_id))
                if job.found is None or job.found.trashed:
                    job.result = Refused("gone", "the contact is in CiviCRM's trash or not there any more")
                elif write.expect is not None and write.expect != job.found.record.version:
                    job.result = Refused("stale", "the contact changed in CiviCRM since it was read")
                elif write.op == "update":
                    native = job.found.record.data
                    job.steps = steps(job.patch, native, write.before or native, job.contact_id, words)
                    if not job.steps:
                        job.result = _done(job.found)
            except Conflict as conflict:
                job.result = Refused("stale", str(conflict))
            except Unsuited as unsuited:
                job.result = Refused("rejected", str(unsuited))

    def _plan_create(self, job: Job, there: Found | None, words: Words) -> None:
        """A key that is there already is this very create, made before: only what it lacks is added."""
        if there is None:
            if len(job.key) > KEY_LENGTH:
                raise Unsuited(f"{KEY} keeps {KEY_LENGTH} characters")
            job.steps = steps(job.patch, None, None, "$id", words)
        elif there.trashed:
            raise Unsuited(f"{KEY} of this contact belongs to contact {there.record.ref.native_id} in CiviCRM's trash: "
                           "restore that one, or delete it for good")
        else:
            job.found = there
            native = there.record.data
            job.steps = steps(missing(job.patch, native), native, native, job.contact_id, words)
            if not job.steps:
                job.result = Done(there.record.ref, there.record)  # no version: somebody may have typed since

    # the request that writes

    async def _send(self, *, guarded: bool) -> None:
        jobs = self._open()
        sent = {f"write{number}": job.call(guarded=guarded) for number, job in enumerate(jobs)}
        try:
            results = await self.api.send({**sent, **self._read_back(jobs)})
        except Unanswered as lost:
            await self._settle(jobs, str(lost))
            return
        except (AuthFailed, Misconfigured, Transient) as error:
            again = not_done(error, sent=not guarded)
            for job in jobs:
                job.result = again
            return
        after = await self._present(jobs, results)
        for number, job in enumerate(jobs):
            job.result = self._judged(job, results[f"write{number}"], after)
        unmet = [job for job in self._open() if guarded]
        if unmet:  # a time printed in an hour that PHP's zone skips: the guard cannot be met, though nothing changed
            await self._send(guarded=False)

    def _read_back(self, jobs: Sequence[Job]) -> dict[str, Call]:
        """Behind the writes in the same request: answers of writes are raw echoes, and partial."""
        ids = [job.contact_id for job in jobs if job.found]
        return {**self.reader.by_id(ids), **self.reader.by_key([job.key for job in jobs if job.key and not job.found])}

    async def _present(self, jobs: Sequence[Job], results: Mapping[str, Result]) -> After:
        """The contacts as they are after the writes; new ones are read now that their ids are known."""
        answers = {name: result for name, result in results.items() if isinstance(result, Answer)}
        after = After()
        if CONTACTS in answers:
            after.known = self.reader.found(answers[CONTACTS].values, answers)
        if "keys" in answers:
            after.keys = {str(row[KEY]).casefold(): row["id"] for row in answers["keys"].values}
        made = {row["id"] for number, job in enumerate(jobs) if job.found is None and f"write{number}" in answers
                for row in answers[f"write{number}"].values} | set((after.keys or {}).values())
        if made:
            try:
                told = await self.api.read(self.reader.by_id(sorted(made)))
            except ConnectorError:
                return after
            after.made = self.reader.found(told[CONTACTS].values, told)
        return after

    def _judged(self, job: Job, result: Result, after: After) -> WriteResult | None:
        """What came of one write; None for one to be sent again without its guard."""
        if isinstance(result, Failure):
            return self._refused(job, result, after)
        if job.found is None:
            new = int(result.values[0]["id"])
            return _made(job, after.made[new], result.values[0]) if new in after.made else Done(self.reader.ref(new))
        there = None if after.known is None else after.known.get(job.contact_id)
        if not result.values:
            if after.known is not None and (there is None or there.trashed):
                return Refused("gone", "the contact was put into CiviCRM's trash or deleted meanwhile")
            same = there is not None and there.record.version == job.found.record.version
            return None if same else Refused("stale", "the contact changed in CiviCRM while the batch was written")
        if job.steps is None or there is None:
            return Done(job.write.ref)
        # a create that was made before: somebody may have typed since
        return _done(there) if job.write.op == "update" else Done(there.record.ref, there.record)

    def _refused(self, job: Job, failure: Failure, after: After) -> WriteResult:
        """A refusal is one for certain only when the contact is as it was: the chain may have stopped half way."""
        if job.found is None:
            untouched = after.keys is not None and bool(job.key) and job.key.casefold() not in after.keys
        else:
            there = (after.known or {}).get(job.contact_id)
            untouched = there is not None and there.record.version == job.found.record.version
        if not untouched:
            return Unknown(f"CiviCRM refused a part of it ({failure.why}); the rest may be stored")
        if failure.exists_already:
            return Refused("rejected", f"CiviCRM has {KEY} or another unique value of it already, perhaps on a contact in "
                                       "the trash that this account may not see (permission 'access deleted contacts')")
        if failure.status == 403:
            return Refused("rejected", f"this account may not write it ({failure.why}); give its role 'edit all contacts'"
                                       ", 'add contacts' and 'delete contacts'")
        return Refused("transient" if failure.passing else "rejected", f"CiviCRM refused it: {failure.why}")

    # after silence

    async def _settle(self, jobs: Sequence[Job], why: str) -> None:
        """Nobody answered. What the contacts show proves that a write landed; nothing proves that it will not. The version is not
        said to be ours: somebody may have typed since."""
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
        return None if left else Done(there.record.ref, there.record)


class _Any(dict[str, tuple[int, str]]):
    """Every name is known here: only whether something is left to do is asked."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> tuple[int, str]:
        return 0, "a_b"


_ANY = Words(_Any(), _Any(), _Any())


def _word_calls(jobs: Sequence[Job]) -> dict[str, Call]:
    """Which of the names in these patches the site knows."""
    groups = sorted({title for job in jobs for title in job.patch.get("groups") or ()})
    tags = sorted({name for job in jobs for name in job.patch.get("tags") or ()})
    calls = {}
    if any(job.patch.get("relationships") for job in jobs):
        calls["types"] = Call("RelationshipType", "get", {"select": ["id", "name_a_b", "name_b_a"], "limit": 0})
    if groups:
        calls["titles"] = Call("Group", "get", {"select": ["title"], "where": [["title", "IN", groups]], "limit": 0})
    if tags:
        calls["names"] = Call("Tag", "get", {"select": ["name"], "where": [["name", "IN", tags]], "limit": 0})
    return calls


def _words(answers: Mapping[str, Answer]) -> Words:
    types: dict[str, tuple[int, str]] = {}
    for end, other in (("b", "a"), ("a", "b")):  # a name of both ends is read from a to b
        types.update({row[f"name_{end}_{other}"]: (int(row["id"]), f"{end}_{other}")
                      for row in (answers["types"].values if "types" in answers else ())})
    titles = {row["title"] for row in (answers["titles"].values if "titles" in answers else ())}
    names = {row["name"] for row in (answers["names"].values if "names" in answers else ())}
    return Words(types, titles, names)


def _made(job: Job, found: Found, answer: Mapping[str, Any]) -> Done:
    """It was read after it was made: its version is ours where it shows what was sent, and the texts the answer had."""
    read = found.record
    texts = {name: told for name, told in answer.items() if name in read.data and (told is None or isinstance(told, str))}
    ours = as_sent(read.data, job.patch, {}) and as_sent(read.data, texts, {})
    return Done(read.ref, read, read.version if ours else None)


def _done(found: Found) -> Done:
    return Done(found.record.ref, found.record, found.record.version)
