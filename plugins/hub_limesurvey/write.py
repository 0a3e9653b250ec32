"""Writing a batch: read it, write it, read it back.

Creates of a survey go in one call and deletes in one; an update is one call for each participant, as LimeSurvey has no other.
Nothing here sends mail: a participant that was added is invited by people, in LimeSurvey.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.sdk import (
    AuthFailed,
    ConnectorError,
    Done,
    Misconfigured,
    NativeRecord,
    NativeWrite,
    Refused,
    Rejected,
    Transient,
    Unanswered,
    Unknown,
    WriteResult,
    not_done,
)
from hub_limesurvey.api import Api, Said
from hub_limesurvey.native import BETWEEN, OPT_OUT, WRITABLE, as_answered, is_blacklisted, is_out, place_of, ref_of
from hub_limesurvey.reads import Reader

KEY = "token"
_DELETED = "Deleted"
_GONE = "the participant was deleted in LimeSurvey"


@dataclass(slots=True)
class Job:
    """One write on its way. ``survey`` and ``tid``: where it is, 0 while not made; ``values``: what is to be sent; ``left``: the
    participant as LimeSurvey answers the write."""

    write: NativeWrite
    survey: int = 0
    tid: int = 0
    result: WriteResult | None = None
    found: NativeRecord | None = None
    values: dict[str, Any] = field(default_factory=dict)
    left: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        return str(self.write.patch.get(KEY) or self.write.key)

    def version(self, read: NativeRecord) -> str | None:
        """The version the write got, by its own answer: somebody may have typed before it was read. None where somebody typed
        into other fields just before the write."""
        ours = read if self.left is None else as_answered(read, self.left)
        written = {*self.values, *(("opted_out",) if "emailstatus" in self.values else ())}
        typed = self.found and any(ours.data[name] != value for name, value in self.found.data.items() if name not in written)
        return None if typed else ours.version


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
        surveys = dict.fromkeys(job.survey for job in self._open())
        for survey in surveys:
            await self._prepare(survey)
        for survey in surveys:
            await self._send(survey)
        for survey in surveys:
            await self._read_back(survey)
        return [job.result or Unknown("LimeSurvey gave no result") for job in self.jobs]

    def _open(self, survey: int | None = None) -> list[Job]:
        return [job for job in self.jobs if job.result is None and survey in (None, job.survey)]

    # before

    def _examine(self, job: Job) -> None:
        """What cannot be stored as it is is refused before anything is sent."""
        write, ours = job.write, self.api.settings.surveys
        if write.op == "create":
            collection = write.ref.collection
            job.survey = int(collection) if collection.isdecimal() else ours[0]
        elif place := place_of(write.ref.native_id):
            job.survey, job.tid = place
        if job.survey not in ours:
            job.result = Refused("gone", "its survey is none of those in the setting surveys")
        if why := unfit(write.patch):
            job.result = Refused("rejected", why)

    async def _prepare(self, survey: int) -> None:
        """What the participants are now: LimeSurvey cannot be asked to compare, so it is done here, just before."""
        jobs = self._open(survey)
        tids = [str(job.tid) for job in jobs if job.tid]
        keys = [job.key for job in jobs if not job.tid and job.key]
        now = {each.data["tid"]: each for each in await self.reader.by(survey, "tid", tids)} if tids else {}
        keyed = {each.data[KEY]: each for each in await self.reader.by(survey, KEY, keys)} if keys else {}
        for job in jobs:
            job.found = now.get(job.tid) if job.tid else keyed.get(job.key)
            if job.write.op == "create":
                self._plan(job)
            elif job.found is None:
                job.result = Refused("gone", _GONE)
            elif job.write.expect is not None and job.write.expect != job.found.version:
                job.result = Refused("stale", "the participant changed in LimeSurvey since it was read")
            elif job.write.op == "update":
                self._plan(job)

    @staticmethod
    def _plan(job: Job) -> None:
        """Only what differs is sent. A key that is there already is this very create, made before, and whatever it shows
        somebody may have typed since: nothing is sent."""
        if job.found and job.write.op == "create":
            job.result = Done(job.found.ref, job.found)
            return
        there = job.found.data if job.found else {}
        job.values = {name: _text(job.write.patch[name]) for name in WRITABLE
                      if name in job.write.patch and _text(job.write.patch[name]) != _text(there.get(name))}
        if "email" in job.values:
            job.values["email"] = BETWEEN.join(each for each in (job.values["email"], *there.get("more_emails", ())) if each)
        out = job.write.patch.get("opted_out")
        if out is False and is_blacklisted(there):
            job.result = Refused("rejected", "the participant is on LimeSurvey's blacklist: take them off it there "
                                 "(Central participant management)")
        elif out is not None and out != is_out(there):
            job.values["emailstatus"] = OPT_OUT if out else "OK"
        if job.found:
            job.tid = job.found.data["tid"]
            if not job.values and job.result is None:
                job.result = _done(job.found)
        elif job.key:
            job.values[KEY] = job.key

    # the calls that write

    async def _send(self, survey: int) -> None:
        jobs = self._open(survey)
        for job in [each for each in jobs if each.tid and each.write.op != "delete"]:
            told = await self._told([job], self.api.ask("set_participant_properties", survey, job.tid, job.values))
            if told is not None:
                job.left = told if isinstance(told, dict) else None
                job.result = Done(ref_of(self.reader.system, survey, job.tid))
        await self._create(survey, [job for job in jobs if job.write.op == "create" and not job.tid])
        await self._delete(survey, [job for job in jobs if job.write.op == "delete"])

    async def _create(self, survey: int, jobs: list[Job]) -> None:
        if not jobs:
            return
        for keyed in (True, False):  # only whoever brings no access code gets one made there
            part = [job for job in jobs if bool(job.key) == keyed]
            if not part:
                continue
            entries = [job.values for job in part]
            told = await self._told(part, self.api.ask("add_participants", survey, entries, not keyed))
            rows = told if isinstance(told, list) and len(told) == len(part) else []
            for job, row in zip(part, rows, strict=False):
                if "errors" in row:
                    job.result = Refused("rejected", f"LimeSurvey does not take the value of: {', '.join(sorted(row['errors']))}")
                elif str(row.get("tid", "")).isdecimal():
                    job.tid, job.left = int(row["tid"]), row
                    job.result = Done(ref_of(self.reader.system, survey, job.tid))

    async def _delete(self, survey: int, jobs: list[Job]) -> None:
        if not jobs:
            return
        told = await self._told(jobs, self.api.ask("delete_participants", survey, [job.tid for job in jobs]))
        if not isinstance(told, dict):
            return
        for job in jobs:
            job.result = Done(job.write.ref) if told.get(str(job.tid)) == _DELETED else Refused("gone", _GONE)

    async def _told(self, jobs: Sequence[Job], call: Awaitable[Any]) -> Any:
        """The answer, or None where each job has its result, or is left to be settled by reading."""
        try:
            told = await call
        except Said as said:
            gone = said.status == "Error: Invalid tokenid"
            for job in jobs:
                job.result = Refused("gone" if gone else "rejected", f"LimeSurvey refused it: {said.why}")
        except Rejected as refused:
            for job in jobs:
                job.result = Refused("rejected", str(refused))
        except Unanswered as lost:
            await self._settle(jobs, str(lost))
        except (AuthFailed, Misconfigured, Transient) as error:
            again = not_done(error, sent=self.sent)
            for job in jobs:
                job.result = again
        else:
            self.sent = True
            return told
        self.sent = True
        return None

    # after

    async def _read_back(self, survey: int) -> None:
        """LimeSurvey strips markup and blanks: what it stored is what counts. Where reading fails the hub reads it later."""
        written = [job for job in self.jobs if job.survey == survey and job.write.op != "delete"
                   and isinstance(job.result, Done) and job.result.record is None]
        try:
            found = await self.reader.by(survey, "tid", [str(job.tid) for job in written]) if written else []
        except ConnectorError:
            return
        now = {there.data["tid"]: there for there in found}
        for job in written:
            if there := now.get(job.tid):
                job.result = Done(there.ref, there, job.version(there))

    async def _settle(self, jobs: Sequence[Job], why: str) -> None:
        """Nobody answered. What shows proves that a call landed; nothing proves that it will not. The version is not said to be
        ours: somebody may have typed since."""
        survey = jobs[0].survey
        try:
            tids = [str(job.tid) for job in jobs if job.tid]
            found = await self.reader.by(survey, "tid", tids) if tids else []
            keys = [job.key for job in jobs if not job.tid and job.key]
            found += await self.reader.by(survey, KEY, keys) if keys else []
        except ConnectorError:
            for job in jobs:
                job.result = Unknown(why)
            return
        now: dict[Any, NativeRecord] = {there.data["tid"]: there for there in found} | {there.data[KEY]: there for there in found}
        for job in jobs:
            there = now.get(job.tid or job.key)
            if job.write.op == "delete":
                job.result = Unknown(why) if there else Done(job.write.ref)
            else:
                landed = there and all(_field(there, name) == _text(value) for name, value in job.values.items())
                job.result = Done(there.ref, there) if there and landed else Unknown(why)


def unfit(patch: Any) -> str:
    """Why this patch cannot be stored as it is, naming the field and not the value; "" when it can."""
    for name in WRITABLE:
        text = _text(patch.get(name))
        if "<" in text or ">" in text:
            return f"{name} holds < or >: LimeSurvey strips what looks like markup without a word"
        if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
            return f"{name} holds characters no database keeps"
    if BETWEEN in _text(patch.get("email")):
        return f"email holds {BETWEEN}, which stands between two addresses in LimeSurvey"
    return ""


def _field(there: NativeRecord, name: str) -> str:
    """As LimeSurvey keeps it."""
    if name == "email":
        return BETWEEN.join(each for each in (there.data["email"], *there.data["more_emails"]) if each)
    return _text(there.data.get(name))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _done(there: NativeRecord) -> Done:
    return Done(there.ref, there, there.version)
