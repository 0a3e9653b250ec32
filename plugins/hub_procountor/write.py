"""Writing a batch: read it, write one after the other, read it back.

Procountor has two ways to change a customer (its OpenAPI, businesspartners). **PATCH** takes name, address and invoicing info,
and is refused when the version it names is not the latest: nobody's change is lost. **PUT** replaces everything and names no
condition; it is the only way to phones, the billing address, the state active, and to emptying a value. So PATCH goes wherever
it can; before a PUT that one customer is read again, and all of it is sent back with only our change in it. Of a nested object
all is sent with PATCH too: whether a part that is left out would stay is not said.
"""

from __future__ import annotations

import unicodedata
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
from hub_procountor.api import PARTNER, PARTNERS, Answer, Api, may_not_write, words_of
from hub_procountor.limits import unfit
from hub_procountor.native import CUSTOMER, Partner, Unsuited, empties, is_active, is_customer, laid, ref_of, stripped
from hub_procountor.reads import Reader
from hub_procountor.settings import ProcountorSettings

PATCHED = frozenset({"name", "address", "invoicingInfo"})
"""What PATCH supports of what the hub writes."""
_STALE = "the customer changed in Procountor since it was read"
_GONE = "the customer was made inactive in Procountor, or is none any more"


@dataclass(slots=True)
class Job:
    """One write on its way. ``partner_id``: "" while not made; ``before``: the customer as read just before, without its
    version."""

    write: NativeWrite
    patch: dict[str, Any] = field(default_factory=dict)
    partner_id: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    result: WriteResult | None = None


class Batch:
    """One batch of writes."""

    def __init__(self, api: Api, reader: Reader, settings: ProcountorSettings, writes: Sequence[NativeWrite]) -> None:
        self.api, self.reader, self.settings = api, reader, settings
        self.jobs = [Job(write, composed(write.patch), write.ref.native_id) for write in writes]
        self.sent = False

    async def run(self) -> list[WriteResult]:
        """One result per write, in order. Raises only before anything was sent."""
        for job in self.jobs:
            if why := unfit(job.patch):
                job.result = Refused("rejected", why)
        there = await self.reader.present([job.partner_id for job in self._open() if job.partner_id])
        for job in self._open():
            await self._do(job, there.get(job.partner_id))
        await self._read_back()
        return [job.result or Unknown("Procountor gave no result") for job in self.jobs]

    def _open(self) -> list[Job]:
        return [job for job in self.jobs if job.result is None]

    async def _do(self, job: Job, there: Partner | None) -> None:
        try:
            if job.write.op == "create":
                await self._create(job)
            else:
                await self._change(job, there)
        except Rejected as refused:
            job.result = Refused("rejected", str(refused))
        except Unanswered as lost:
            self.sent = True
            await self._settle(job, str(lost))
        except (AuthFailed, Misconfigured, ContractBroken, Transient) as error:
            job.result = not_done(error, sent=self.sent)

    # one write

    async def _create(self, job: Job) -> None:
        new: dict[str, Any] = {"type": CUSTOMER, "paymentInfo": {"paymentMethod": self.settings.payment_method},
                               "registryInfo": {"active": True}}
        if job.patch.get("kind") == "person":
            group = await self.reader.people_group()
            if group is None:
                raise Unsuited("Procountor has no customer group of the name in people_group: make it there first")
            new["registryInfo"]["partnerGroups"] = [{"id": group, "name": self.reader.group, "type": CUSTOMER}]
        body = laid(new, job.patch)
        if not body.get("name"):
            raise Unsuited("name is empty: Procountor takes no customer without one")
        body["address"] = {"name": body["name"], **body.get("address", {})}  # a customer needs one; its first line is the name
        answer = await self._sent("POST", PARTNERS, body)
        told = answer.body
        if self._judged(job, answer) is None:
            made = told.get("id") if isinstance(told, dict) else None
            if not isinstance(made, int):
                raise Unanswered("Procountor did not say which customer it made")
            job.partner_id = str(made)
            job.result = self._done(told)

    async def _change(self, job: Job, there: Partner | None) -> None:
        if (known := self._refusal(job, there)) is not None or there is None:
            job.result = known
            return
        job.before = {name: told for name, told in self.reader.record(there).data.items() if name != "version"}
        before = stripped(dict(there))
        after = self._after(job, before)
        changed = {name for name in (*before, *after) if before.get(name) != after.get(name)}
        if not changed:
            job.result = self._done(there)
        elif changed <= PATCHED and not empties(before, after):
            body = {"version": there.get("version"), **{name: after[name] for name in sorted(changed)}}
            answer = await self._sent("PATCH", PARTNER, body, job.partner_id)
            if self._judged(job, answer) is None:
                job.result = Done(ref_of(self.reader.system, job.partner_id))
            elif answer.status in (400, 409):
                await self._was_stale(job, there)
        else:
            await self._put(job)

    async def _put(self, job: Job) -> None:
        """Read again just before, as PUT replaces all that somebody may have changed since."""
        there = (await self.reader.present([job.partner_id])).get(job.partner_id)
        if (known := self._refusal(job, there)) is not None or there is None:
            job.result = known
            return
        answer = await self._sent("PUT", PARTNER, self._after(job, stripped(dict(there))), job.partner_id)
        if self._judged(job, answer) is None:
            whole = isinstance(answer.body, dict) and str(answer.body.get("id")) == job.partner_id and job.write.op != "delete"
            job.result = self._done(answer.body) if whole else Done(ref_of(self.reader.system, job.partner_id))

    def _refusal(self, job: Job, there: Partner | None) -> WriteResult | None:
        if there is None or not is_customer(there) or not is_active(there):
            return Refused("gone", _GONE)
        now = self.reader.record(there)
        if job.write.expect is not None and job.write.expect != now.version:
            return Refused("stale", _STALE)
        if job.patch.get("kind", now.data["kind"]) != now.data["kind"]:
            return Refused("rejected", "kind: a group says whether a customer is a person, and people change it in Procountor")
        return None

    @staticmethod
    def _after(job: Job, before: dict[str, Any]) -> dict[str, Any]:
        if job.write.op == "delete":
            return {**before, "registryInfo": {**before.get("registryInfo", {}), "active": False}}
        return laid(before, job.patch)

    async def _sent(self, method: str, what: str, body: Mapping[str, Any], partner_id: str = "") -> Answer:
        answer = await self.api.write(method, what, body, [partner_id] if partner_id else [])
        self.sent = True
        return answer

    def _judged(self, job: Job, answer: Answer) -> WriteResult | None:
        """The result of a refused write; None for one that landed."""
        if answer.status in (200, 201, 204):
            return None
        if answer.status == 403:
            job.result = Refused("rejected", may_not_write())
        elif answer.status == 404:
            job.result = Refused("gone", _GONE)
        else:
            job.result = Refused("rejected", f"Procountor refused it ({answer.status}): {words_of(answer)}")
        return job.result

    async def _was_stale(self, job: Job, there: Partner) -> None:
        """A refused PATCH does not say whether its version was old: the customer's present one does."""
        try:
            now = (await self.reader.present([job.partner_id])).get(job.partner_id)
        except ConnectorError:
            return
        if now is not None and now.get("version") != there.get("version"):
            job.result = Refused("stale", _STALE)

    # after

    def _done(self, partner: Partner) -> Done:
        there = self.reader.record(partner)
        return Done(there.ref, there, there.version)

    async def _read_back(self) -> None:
        """What Procountor stored is what counts. Where reading fails the hub reads it later. A PATCH answers nothing: the version
        is ours where nothing else shows."""
        written = [job for job in self.jobs if isinstance(job.result, Done) and job.result.record is None
                   and job.write.op != "delete"]
        try:
            now = await self.reader.present([job.partner_id for job in written]) if written else {}
        except ConnectorError:
            return
        for job in written:
            there = now.get(job.partner_id)
            if there is not None and not isinstance(self.reader.answer(job.write.ref, there), Gone):
                read = self.reader.record(there)
                ours = as_sent(read.data, job.patch, job.before)
                job.result = Done(read.ref, read, read.version if ours else None)

    async def _settle(self, job: Job, why: str) -> None:
        """Nobody answered. What the customer shows proves that a write landed; nothing proves that it will not. A create has no
        key of ours there, so nothing proves it: it waits for the next full reading."""
        job.result = Unknown(why)
        if not job.partner_id:
            return
        try:
            there = (await self.reader.present([job.partner_id])).get(job.partner_id)
            if there is None:
                return
            if job.write.op == "delete":
                if not is_active(there):
                    job.result = Done(job.write.ref)
            elif stripped(dict(there)) == laid(there, job.patch):
                read = self.reader.record(there)
                job.result = Done(read.ref, read)  # no version: somebody may have typed since
        except ConnectorError:  # also where the patch does not fit any more: then it is not known whether it landed
            return


def composed(patch: Mapping[str, Any]) -> dict[str, Any]:
    """Letters with marks as one letter, as Windows-1252 has them."""

    def each(value: Any) -> Any:
        if isinstance(value, str):
            return unicodedata.normalize("NFC", value)
        if isinstance(value, Mapping):
            return {name: each(part) for name, part in value.items()}
        return [each(part) for part in value] if isinstance(value, list) else value

    return {name: each(value) for name, value in patch.items()}
