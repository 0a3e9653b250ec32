"""The writing half of the protocol: one PUT or DELETE each, conditional on the version, and reading back what was not
told (RFC 6352 6.3.2, RFC 9110 13.1)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import httpx

from hub.sdk import (
    AuthFailed,
    Change,
    ConnectorError,
    Done,
    Gone,
    Misconfigured,
    NativeRecord,
    NativeWrite,
    RecordRef,
    Refused,
    Rejected,
    Unanswered,
    Unknown,
    Upserted,
    WriteResult,
    as_sent,
    not_done,
)
from hub_carddav import api, vcard
from hub_carddav.contentline import NotACard
from hub_carddav.reader import Reader

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")
"""What no vCard can carry (RFC 6350 3.3), nor UTF-8."""
_PUT = (200, 201, 204, 400, 403, 404, 405, 409, 410, 412, 413, 415, 422, 423, 507)


@dataclass(frozen=True, slots=True)
class _Open:
    """A write whose result needs a look at ``ref``, and why::

        version  it was taken, its ETag was not told
        name     a card of that name was there already
        uid      a card with that UID was there already
        delete   it was taken without a word
    """

    ref: RecordRef
    why: Literal["version", "name", "uid", "delete"]
    key: str = ""
    expect: str | None = None
    marker: str | None = None
    sent: Mapping[str, Any] = field(default_factory=dict, compare=False)


class Writer:
    """Writes cards of one system. ``now``: Unix seconds, for REV."""

    def __init__(self, reader: Reader, now: Callable[[], float]) -> None:
        self._reader, self._client, self._now = reader, reader.client, now

    async def write(self, batch: Sequence[NativeWrite], versions: dict[str, str]) -> list[WriteResult]:
        """One result per write, in order. ``versions``: vCard version of new cards, by book. Raises AuthFailed or
        Misconfigured when no write got further: nothing landed."""
        unread = [w.ref for w in batch if w.op == "update" and (w.expect is None or not (w.before or {}).get("raw"))]
        fresh = dict(zip(unread, await self._reader.present(unread), strict=True)) if unread else {}
        rev = datetime.fromtimestamp(self._now(), UTC).strftime("%Y%m%dT%H%M%SZ")
        answers = await asyncio.gather(*(self._one(w, fresh.get(w.ref), versions, rev) for w in batch))
        stopped = [each for each in answers if isinstance(each, ConnectorError)]
        if stopped and len(stopped) == len(answers):
            raise stopped[0]
        looked = await self._look([each for each in answers if isinstance(each, _Open)])
        results: list[WriteResult] = []
        for each in answers:
            if isinstance(each, ConnectorError):
                results.append(Refused("transient", str(each)))
            else:
                results.append(looked[each] if isinstance(each, _Open) else each)
        return results

    async def _one(
        self, w: NativeWrite, fresh: Change | None, versions: dict[str, str], rev: str
    ) -> WriteResult | _Open | AuthFailed | Misconfigured:
        try:
            if w.op == "delete":
                return await self._delete(w)
            if w.op == "create":
                return await self._create(w, versions.get(w.ref.collection, "3.0"), rev)
            return await self._update(w, fresh, rev)
        except NotACard as why:
            return Refused("rejected", f"The card there is no vCard: {why}. Correct or delete it there.")
        except api.NotDav as why:
            return Unknown(f"The server answered in a way WebDAV does not have: {why}.")
        except (AuthFailed, Misconfigured) as error:
            return error
        except Unanswered as error:
            return Unknown(str(error))
        except Rejected as error:
            return Refused("rejected", str(error))
        except ConnectorError as error:
            return not_done(error, sent=True)

    async def _create(self, w: NativeWrite, version: str, rev: str) -> WriteResult | _Open:
        ref = self._reader.ref(w.ref.collection, f"{w.key}.vcf")
        text = vcard.render({"uid": w.key, **w.patch, "version": version}, rev=rev)
        if _CONTROL.search(text):
            return _NOT_TEXT
        answer = await self._put(ref, text, {"If-None-Match": "*"})
        if answer.status_code == 412:
            return _Open(ref, "name", w.key)
        if answer.status_code == 409 and "no-uid-conflict" in api.conditions(answer.content):
            return _Open(ref, "uid", w.key)
        return self._taken(ref, text, answer, w)

    async def _update(self, w: NativeWrite, fresh: Change | None, rev: str) -> WriteResult | _Open:
        before, expect = w.before or {}, w.expect
        if isinstance(fresh, Gone):
            return Refused("gone", "The card is not there any more.")
        if isinstance(fresh, Upserted):
            if expect is not None and fresh.record.version != expect:
                return Refused("stale", "The card was changed there meanwhile.")
            before, expect = fresh.record.data, fresh.record.version
        if "broken" in before or "raw" not in before:
            raise NotACard(str(before.get("broken", "it was never read")))
        text = vcard.render({**before, **w.patch}, rev=rev)
        if _CONTROL.search(text):
            return _NOT_TEXT
        answer = await self._put(w.ref, text, {"If-Match": expect} if expect else {})
        if answer.status_code in (404, 410):
            return Refused("gone", "The card is not there any more.")
        if answer.status_code == 412:
            return Refused("stale", "The card was changed or deleted there meanwhile.")
        return self._taken(w.ref, text, answer, w, expect)

    async def _delete(self, w: NativeWrite) -> WriteResult | _Open:
        answer = await self._client.request(
            "DELETE", api.member_path(w.ref.collection, w.ref.native_id), safe=False,
            expect=(200, 204, 207, 403, 404, 405, 409, 410, 412, 423),
            headers={"Accept": api.XML["Accept"], **({"If-Match": w.expect} if w.expect else {})},
        )
        if answer.status_code in (404, 410):
            return Refused("gone", "The card is not there any more.")
        if answer.status_code == 412:
            return Refused("stale", "The card was changed or deleted there meanwhile.")
        if answer.status_code == 207:  # RFC 4918 9.6.1: only a member that was not deleted is told this way
            members = api.multistatus(answer.content, answer.request.url.path).members
            if any(member.status >= 300 for member in members):
                return Refused("rejected", f"The server did not delete it (status {members[0].status}).")
        if answer.status_code == 200 and not answer.content:
            return _Open(w.ref, "delete")
        return Done(w.ref) if answer.status_code < 300 else _refused(answer)

    async def _put(self, ref: RecordRef, text: str, condition: dict[str, str]) -> httpx.Response:
        path = api.member_path(ref.collection, ref.native_id)
        return await self._client.request(
            "PUT", path, safe=False, expect=_PUT, headers={**api.VCARD, **condition}, content=text
        )

    def _taken(
        self, ref: RecordRef, text: str, answer: httpx.Response, w: NativeWrite, expect: str | None = None
    ) -> WriteResult | _Open:
        """A strong ETag says that the card is stored as it was sent (RFC 6352 6.3.2.3); without one it was changed."""
        if answer.status_code >= 300:
            return _refused(answer)
        etag = answer.headers.get("ETag", "")
        if not etag.startswith('"'):
            sent = {name: told for name, told in vcard.parse(text).items() if name != "raw"}
            return _Open(ref, "version", w.key, expect, w.patch.get("x-hub-marker"), sent)
        return Done(ref, NativeRecord(ref, vcard.parse(text), etag), etag)

    async def _look(self, unclear: Sequence[_Open]) -> dict[_Open, WriteResult]:
        """One multiget for each address book, one query where a UID was taken."""
        found: dict[_Open, WriteResult] = {}
        named = [each for each in unclear if each.why != "uid"]
        try:
            changes = await self._reader.present([each.ref for each in named])
            for each, change in zip(named, changes, strict=True):
                found[each] = _seen(each, change)
            for each in unclear:
                if each.why == "uid":
                    twin = (await self._reader.by_uid(each.ref.collection, [each.key])).get(each.key)
                    found[each] = _twin(twin)
        except ConnectorError as error:
            for each in unclear:
                if each not in found:
                    taken = each.why in ("version", "delete")
                    found[each] = Unknown(str(error)) if taken else Refused("transient", str(error))
        return found


_NOT_TEXT = Refused("rejected", "A value holds a control character or half a letter, which no vCard can carry.")


def _seen(each: _Open, change: Change) -> WriteResult:
    record = change.record if isinstance(change, Upserted) else None
    if each.why == "delete":
        return Refused("transient", "The server said yes, and the card is still there.") if record else Done(each.ref)
    if each.why == "name":
        if record is None:
            return Refused("transient", "A card of that name was there, and is not any more.")
        return _twin(record if record.data.get("uid") == each.key else None)
    if record is None or record.version == each.expect:
        return Unknown("The server said yes, and the card does not show it.")
    marker = record.data.get("x-hub-marker")  # a server may drop it, but not make up another
    if marker and each.marker and marker != each.marker:
        return Unknown("The server said yes, and somebody wrote after that.")
    ours = as_sent(record.data, each.sent, {})  # programs keep our marker when they change other things
    return Done(each.ref, record, record.version if ours else None)


def _twin(record: NativeRecord | None) -> WriteResult:
    """A card with our key is what an earlier create of ours made; somebody may have typed since."""
    if record is None:
        return Refused("rejected", "Another card has that name or UID there already.")
    return Done(record.ref, record)


def _refused(answer: httpx.Response) -> Refused:
    named = ", ".join(sorted(api.conditions(answer.content)))
    status = answer.status_code
    if status in (423, 507):
        return Refused("transient", f"The server cannot store it now (status {status}{', ' + named if named else ''}).")
    why = named or {403: "no permission to write", 404: "the address book is not there", 409: "the address book is not "
                    "there", 413: "the card is too large"}.get(status, "the server does not say why")
    return Refused("rejected", f"The server refuses it (status {status}): {why}.")
