"""Writing: up to twenty contacts a ``$batch``, each read just before and answered by itself.

Sources (learn.microsoft.com, Microsoft Graph v1.0): "Create contact" (2024-04-04), "Update contact" (what is not in the body
keeps its value; lists are replaced), "Delete contact", "Create single-value extended property". ``If-Match`` is not named on
those pages, though contacts have ETags (OData 4.0 Protocol 11.4.1.1) and Exchange answers a change key that moved by 412
``ErrorIrresolvableConflict``: it is sent, and not relied on. Exchange also moves a change key by itself
(microsoftgraph/msgraph-sdk-dotnet issue 1201, microsoft-graph-docs-contrib issue 7934): a version that moved while the contact
did not is no conflict, and the write goes on from the present one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hub.sdk import (
    ConnectorError,
    ContractBroken,
    Done,
    Gone,
    NativeRecord,
    NativeWrite,
    RecordRef,
    Refused,
    Unanswered,
    Unknown,
    WriteResult,
    not_done,
)
from hub_outlook.api import Answer, Api, Part, code_of
from hub_outlook.folders import contacts_in, user
from hub_outlook.native import KEY, KEY_PROPERTY, body_of, record, same, unfit
from hub_outlook.reads import Reader, missing

CONFLICT = "ErrorIrresolvableConflict"


@dataclass(slots=True)
class Job:
    """One write. ``mailbox``: where; ``folder``: of a create; ``version``: the one a change is made on; ``now``: the contact as
    it was looked at before."""

    write: NativeWrite
    mailbox: str
    folder: str = ""
    version: str | None = None
    now: NativeRecord | None = None
    result: WriteResult | None = None

    @property
    def creates(self) -> bool:
        return self.write.op == "create"

    def met(self, there: NativeRecord) -> bool:
        """Did somebody change anything else between our look and our write? Then the answer's version is not ours alone."""
        if self.now is None:
            return False
        rest = {name: value for name, value in self.now.data.items() if name not in self.write.patch}
        return bool(rest) and not same(there.data, rest)


class Batch:
    """Some writes that go together, at most twenty."""

    def __init__(self, api: Api, reader: Reader, writes: Sequence[NativeWrite]) -> None:
        self.api, self.reader, self.system = api, reader, reader.system
        first = reader.settings.collections[0]
        self.jobs = [Job(write, write.ref.collection or first) for write in writes]

    async def run(self) -> list[WriteResult]:
        """One result per write, in order. Raises only before anything was sent."""
        for job in self.jobs:
            await self._examine(job)
        await self._look([job for job in self._open() if not job.creates])
        await self._send(self._open())
        moved = self._open()  # 412: what moved?
        await self._look(moved, sent=True)
        await self._send(self._open(), again=True)
        return [job.result or Refused("stale", "the contact keeps changing in Outlook") for job in self.jobs]

    def _open(self) -> list[Job]:
        return [job for job in self.jobs if job.result is None]

    # before

    async def _examine(self, job: Job) -> None:
        """What cannot be stored is refused before anything is sent."""
        if job.mailbox not in self.reader.settings.collections:
            job.result = Refused("rejected", "its mailbox is not among the mailboxes of the settings")
        elif why := unfit(job.write.patch):
            job.result = Refused("rejected", why)
        elif job.creates and self.reader.settings.folders:
            folders = self.reader.folders(job.mailbox)
            if not folders.loaded:
                await folders.load()
            folder = folders.for_new()
            if folder is None:
                job.result = Refused("rejected", f"{job.mailbox} has no contact folder called {self.reader.settings.folders[0]}; "
                                                 "make it in Outlook, or change folders in the settings")
            job.folder = folder or ""

    async def _look(self, jobs: Sequence[Job], *, sent: bool = False) -> None:
        """The contacts as they are now: is each still what the write was made for? Raises while nothing was sent."""
        if not jobs:
            return
        try:
            answers = await self.reader.answers([job.write.ref for job in jobs])
            for job, answer in zip(jobs, answers, strict=True):
                ref = RecordRef(self.system, job.mailbox, "contact", job.write.ref.native_id)
                self._compare(job, await self.reader.told(ref, answer))
        except ConnectorError as error:
            self._trouble(jobs, error, sent)

    @staticmethod
    def _compare(job: Job, now: NativeRecord | Gone) -> None:
        write = job.write
        if isinstance(now, Gone):
            job.result = Refused("gone", "the contact is not there any more")
        elif write.expect is None or now.version == write.expect or same(now.data, write.before or {}):
            job.version, job.now = now.version, now
            if write.op == "update" and not body_of(write.patch):
                job.result = Done(write.ref, now, now.version)
        else:
            job.result = Refused("stale", "the contact changed in Outlook since it was read")

    # the request that writes

    async def _send(self, jobs: Sequence[Job], *, again: bool = False) -> None:
        if not jobs:
            return
        try:
            answers = await self.api.batch([self._part(job) for job in jobs], safe=False)
        except Unanswered as error:
            await self._settle(jobs, str(error))
            return
        except ConnectorError as error:
            self._trouble(jobs, error, again)
            return
        lost = []
        for job, answer in zip(jobs, answers, strict=True):
            job.result = self._judged(job, answer)
            if not answer.status or answer.status >= 500:
                lost.append(job)
        await self._settle(lost, "Microsoft Graph did not say what became of it.")

    @staticmethod
    def _trouble(jobs: Sequence[Job], error: ConnectorError, sent: bool) -> None:
        """Nothing of these was done. Raised while nothing at all was sent and all else would fail too."""
        again = not_done(error, sent=sent)
        for job in jobs:
            job.result = job.result or again

    @staticmethod
    def _part(job: Job) -> Part:
        write = job.write
        if job.creates:
            body: dict[str, Any] = {name: value for name, value in body_of(write.patch).items() if value not in (None, [])}
            body["singleValueExtendedProperties"] = [{"id": KEY_PROPERTY, "value": write.key}]
            return Part("POST", contacts_in(job.mailbox, job.folder), body)
        url = f"{user(job.mailbox)}/contacts/{quote(write.ref.native_id, safe='')}"
        match = {"If-Match": job.version or "*"}
        return Part("DELETE", url, None, match) if write.op == "delete" else Part("PATCH", url, body_of(write.patch), match)

    def _judged(self, job: Job, answer: Answer) -> WriteResult | None:
        """What came of one write; None where the version moved."""
        write, status = job.write, answer.status
        if status in (200, 201) and write.op != "delete":
            return self._done(job, answer)
        if status in (200, 204):
            return Done(write.ref)
        if status == 412 or code_of(answer.body) == CONFLICT:
            return None
        if missing(answer) and not job.creates:
            return Refused("gone", "the contact is not there any more")
        if status == 429:
            return Refused("transient", "Microsoft Graph asks to wait", answer.wait_s)
        if not status or status >= 500:
            return Unknown("Microsoft Graph did not say what became of it")
        if status in (401, 403):
            return Refused("rejected", f"the hub may not write to this mailbox ({code_of(answer.body) or status}); give it the "
                                       "permission Contacts.ReadWrite there")
        return Refused("rejected", f"Microsoft Graph answered {status} {code_of(answer.body)}".strip())

    def _done(self, job: Job, answer: Answer) -> WriteResult:
        """It landed; what it looks like is read back where the answer does not say it."""
        write = job.write
        key = write.key or str((write.before or {}).get(KEY, ""))
        try:
            there = record(self.system, job.mailbox, answer.body if isinstance(answer.body, Mapping) else {}, key)
        except ContractBroken:
            return Unknown("the contact was made, and its id was not told") if job.creates else Done(write.ref)
        if not there.complete:
            return Done(there.ref, None, there.version)
        return Done(there.ref, there, None if job.met(there) else there.version)

    # after

    async def _settle(self, jobs: Sequence[Job], why: str) -> None:
        """Nobody answered. What the contacts show proves that a write landed; nothing proves that it will not. The version is not
        said to be ours: somebody may have typed since."""
        if not jobs:
            return
        try:
            made = await self.reader.find([job.write.key for job in jobs if job.creates])
            refs = [job.write.ref for job in jobs if not job.creates]
            found = await self.reader.fetch([*refs, *(one.ref for one in made.values())])
        except ConnectorError as error:
            for job in jobs:
                job.result = Unknown(f"{why} Nor could it be read: {error}")
            return
        for job in jobs:
            ref = made[job.write.key].ref if job.creates and job.write.key in made else job.write.ref
            job.result = _proven(job, found.get(ref)) or Unknown(why)


def _proven(job: Job, there: NativeRecord | Gone | None) -> WriteResult | None:
    if job.write.op == "delete":
        return Done(job.write.ref) if isinstance(there, Gone) else None
    if not isinstance(there, NativeRecord):
        return None
    landed = job.creates or all(there.data.get(name) == value for name, value in job.write.patch.items() if name != KEY)
    return Done(there.ref, there) if landed else None
