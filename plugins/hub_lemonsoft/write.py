"""Writing, one customer after the other: read, write whole, read again.

Lemonsoft has one way to change a customer, ``PUT /api/customers/{id}`` (its Swagger), and says nothing of what becomes of
fields and rows that are left out, nor names a condition. So each customer is read just before, all that was read is sent back
with only our change in it, and it is read again: **if anything else of it moved, the hub stops writing there**, and says what
and where. One customer is then to be looked at, not a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    not_done,
)
from hub_lemonsoft.api import CUSTOMER, CUSTOMERS, Answer, Api, may_not_write
from hub_lemonsoft.native import Customer, Unsuited, is_active, is_customer, laid, ref_of
from hub_lemonsoft.reads import Reader

MOVES = frozenset({"modified"})
"""What Lemonsoft changes by itself with every write."""
_STALE = "the customer changed in Lemonsoft since it was read"
_GONE = "the customer was made inactive in Lemonsoft, is none any more, or is not there"


class Writer:
    """``stopped``: why nothing more is written in this run; "" while all is well."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self.api, self.reader = api, reader
        self.stopped = ""

    async def run(self, writes: Sequence[NativeWrite]) -> list[WriteResult]:
        """One result per write, in order. Raises only before anything was sent."""
        results: list[WriteResult] = []
        sent = False
        for write in writes:
            if self.stopped:
                results.append(Refused("transient", self.stopped))
                continue
            try:
                results.append(await self._one(write))
                sent = True
            except Rejected as refused:
                results.append(Refused("rejected", str(refused)))
            except Unanswered as lost:
                sent = True
                results.append(await self._settled(write, str(lost)))
            except (AuthFailed, Misconfigured, ContractBroken, Transient) as error:
                results.append(not_done(error, sent=sent))
        return results

    async def _one(self, write: NativeWrite) -> WriteResult:
        if why := unfit(write.patch):
            return Refused("rejected", why)
        if write.op == "create":
            return await self._create(write)
        native_id = write.ref.native_id
        there = await self.api.customer(native_id) if native_id.isdecimal() else None
        if there is None or not is_customer(there) or not is_active(there):
            return Refused("gone", _GONE)
        now = self.reader.record(there)
        if write.expect is not None and write.expect != now.version:
            return Refused("stale", _STALE)
        if write.patch.get("kind", now.data["kind"]) != now.data["kind"]:
            raise Unsuited("kind: a group says whether a customer is a person, and people change it in Lemonsoft")
        after = wanted(write, there)
        if after == there:
            return Done(now.ref, now, now.version)
        if not after.get("email"):
            raise Unsuited("email is empty in Lemonsoft, and it takes no customer without one. Enter one there first")
        answer = await self.api.write("PUT", CUSTOMER, after, native_id)
        return refusal(answer) or await self._read_back(write, after, answer)

    async def _create(self, write: NativeWrite) -> WriteResult:
        body: dict[str, Any] = {**laid({}, {name: value for name, value in write.patch.items() if value}), "is_customer": True}
        if write.patch.get("kind") == "person":
            if self.reader.group is None:
                raise Unsuited("kind: the setting people_group is empty, so no person can be written")
            body["group"] = self.reader.group
        for name in ("name", "email"):
            if not body.get(name):
                raise Unsuited(f"{name} is empty: Lemonsoft takes no customer without one")
        answer = await self.api.write("POST", CUSTOMERS, body)
        if refused := refusal(answer):
            return refused
        made = answer.body.get("id") if isinstance(answer.body, dict) else None
        if not isinstance(made, int):
            return Unknown("Lemonsoft did not say which customer it made; the next full reading finds it")
        ref = ref_of(self.reader.system, made)
        try:
            there = await self.api.customer(str(made))
            found = self.reader.answer(ref, there)
        except ConnectorError:
            return Done(ref)
        return Done(ref) if isinstance(found, Gone) else Done(ref, found, self._version(answer))

    def _version(self, answer: Answer | None) -> str | None:
        """The version our write got, by its own answer. None where no answer shows it: somebody may have saved it since."""
        try:
            return self.reader.record(answer.body).version if answer and isinstance(answer.body, dict) else None
        except (ContractBroken, KeyError):
            return None

    async def _read_back(self, write: NativeWrite, after: Customer, answer: Answer | None = None) -> WriteResult:
        """What Lemonsoft stored is what counts. Where reading fails the hub reads it later."""
        try:
            there = await self.api.customer(write.ref.native_id)
        except ConnectorError:
            return Done(write.ref)
        if there is None:
            return Done(write.ref)
        asked = {name for name in after if name in write.patch or name in ("vat", "country", "is_nonactive")}
        moved = sorted(name for name in {*there, *after} - MOVES - asked if there.get(name) != after.get(name))
        if moved:
            self.stopped = (f"more of customer {write.ref.native_id} changed with our write than was asked: {', '.join(moved)}. "
                            "Look at it in Lemonsoft. If nobody there did it, set read_only = true and tell us; the hub writes "
                            "nothing more to Lemonsoft in this run.")
        if write.op == "delete":
            return Done(write.ref)
        found = self.reader.answer(write.ref, there)
        return Done(write.ref) if isinstance(found, Gone) else Done(found.ref, found, self._version(answer))

    async def _settled(self, write: NativeWrite, why: str) -> WriteResult:
        """Nobody answered. What the customer shows proves that a write landed; nothing proves that it will not. A create has no
        key of ours there: it waits for the next full reading."""
        if write.op == "create":
            return Unknown(why)
        try:
            there = await self.api.customer(write.ref.native_id)
            if there is None or wanted(write, there) != there:
                return Unknown(why)
        except ConnectorError:  # also where the patch does not fit any more
            return Unknown(why)
        return await self._read_back(write, there)


def wanted(write: NativeWrite, there: Customer) -> dict[str, Any]:
    """All of the customer as it should be. A delete makes inactive."""
    return {**there, "is_nonactive": True} if write.op == "delete" else laid(there, write.patch)


def refusal(answer: Answer) -> WriteResult | None:
    """None for a write that landed. Lemonsoft's message is not repeated: it may quote values."""
    if answer.status in (200, 201, 204):
        return None
    if answer.status == 403:
        return Refused("rejected", may_not_write())
    if answer.status == 404:
        return Refused("gone", _GONE)
    return Refused("rejected", f"Lemonsoft refused it ({answer.status})")


def unfit(patch: Mapping[str, Any]) -> str:
    """Why this patch cannot be stored, naming the field and not the value; "" when it can. Line breaks are refused too: no page
    says what becomes of them in fields of one line."""
    texts = [(name, value) for name, value in patch.items() if isinstance(value, str)]
    texts += [("identifiers", str(row.get("code"))) for row in patch.get("identifiers") or ()]
    for name, text in texts:
        if any(sign < " " or sign == "\x7f" or "\ud800" <= sign <= "\udfff" for sign in text):
            return f"{name} has a line break, another control character or half a character"
    return ""
