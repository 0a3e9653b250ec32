"""The reading half of the protocol: reports on address books, and what each member of an answer means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TypeVar

from hub.sdk import (
    AuthFailed,
    Change,
    ContractBroken,
    Gone,
    HubClient,
    Misconfigured,
    NativeRecord,
    RecordRef,
    ResyncRequired,
    Transient,
    Upserted,
)
from hub_carddav import api, vcard
from hub_carddav.contentline import NotACard, decode

PAGE = 500
"""Cards a multiget asks for, and changes a page carries, at most."""
QUERY = 50
"""UIDs one addressbook-query asks for, at most."""
_READ = (207, 403, 404, 405, 409, 410, 412, 501, 507)

T = TypeVar("T")


class BookGone(Misconfigured):
    """There is no address book at this path any more."""


class Reader:
    """Reads address books through ``client``. ``broken``: cards that were met and are no vCards, with the reason."""

    def __init__(self, client: HubClient) -> None:
        self.client = client
        self.broken: dict[RecordRef, str] = {}

    def ref(self, book: str, name: str) -> RecordRef:
        return RecordRef(self.client.system, book, "contact", name)

    async def report(self, book: str, body: str, depth: str, *, token: str = "") -> api.Multistatus:
        """One REPORT. Raises BookGone, ResyncRequired (where a ``token`` was sent), Misconfigured, AuthFailed."""
        answer = await self.client.request(
            "REPORT", book, expect=_READ, headers={**api.XML, "Depth": depth}, content=body
        )
        status, place = answer.status_code, f"{self.client.system}: the address book {book}"
        if status == 207:
            try:
                return api.multistatus(answer.content, answer.request.url.path)
            except api.NotDav as wrong:
                raise ContractBroken(f"{place} gave an answer that CardDAV does not have: {wrong}.") from None
        named = api.conditions(answer.content)
        if token and ("valid-sync-token" in named or status in (409, 410, 412)):
            raise ResyncRequired(f"{place} does not accept the old sync token; it is read whole again.")
        if status in (404, 410):
            raise BookGone(f"{place} is not there any more. Correct address_books, or restore it there.")
        if status in (405, 501) or "supported-report" in named:
            raise Misconfigured(
                f"{place} does not know a report the hub needs (RFC 6352, RFC 6578). Check that the url is a CardDAV one."
            )
        if status == 403 and "number-of-matches-within-limits" not in named:
            raise AuthFailed(f"{place} may not be read by this account. Grant it the right to, or leave the book out.")
        raise ContractBroken(f"{place} answered {status} to a report ({', '.join(sorted(named)) or 'without a reason'}).")

    async def one_name(self, book: str) -> str | None:
        """The name of some card, asking for as little as the server can (many disregard the limit)."""
        try:
            answer = await self.report(book, api.sync_collection("", cards=False, limit=1), "0")
        except ContractBroken:
            answer = await self.report(book, api.sync_collection("", cards=False), "0")
        return next((name for member in answer.members if (name := api.name_in(member.path, book))), None)

    async def changes(
        self, book: str, token: str, tokens: dict[str, str], *, listing: bool
    ) -> AsyncIterator[list[Change]]:
        """What changed since ``token`` ("": all there is), in lists of at most 500; the new token goes to ``tokens``.

        A card that cannot be read is left out: what is known of it stays. A listing leaves out what is no contact, too;
        whoever misses a card there asks for it by ``present``.
        """
        more = True
        while more:
            answer = await self.report(book, api.sync_collection(token), "0", token=token)
            if not answer.token or (answer.truncated and answer.token == token):
                raise ContractBroken(
                    f"{self.client.system}: the address book {book} answers a sync report without a new token."
                )
            named = {name: member for member in answer.members if (name := api.name_in(member.path, book))}
            for part in _chunks(list(named), PAGE):
                bare = [name for name in part if named[name].status == 200 and named[name].card is None]
                named.update(await self.multiget(book, bare))
                found = [self.change(self.ref(book, name), named.pop(name)) for name in part]
                changes = [c for c in found if (c.record.complete if isinstance(c, Upserted) else not listing)]
                if changes:
                    yield changes
            token, more = answer.token, answer.truncated
        tokens[book] = token

    async def multiget(self, book: str, names: Sequence[str]) -> dict[str, api.Member]:
        """Members by name, in one request for each 500. Raises BookGone."""
        read: dict[str, api.Member] = {}
        for part in _chunks(names, PAGE):
            answer = await self.report(book, api.multiget([api.member_path(book, name) for name in part]), "0")
            read.update({name: member for member in answer.members if (name := api.name_in(member.path, book))})
        return read

    async def by_uid(self, book: str, uids: Sequence[str]) -> dict[str, NativeRecord]:
        """The cards of one address book whose UID is one of these."""
        found: dict[str, NativeRecord] = {}
        for part in _chunks(uids, QUERY):
            for member in (await self.report(book, api.query_uids(part), "1")).members:
                name = api.name_in(member.path, book)
                change = self.change(self.ref(book, name), member) if name else None
                if isinstance(change, Upserted) and change.record.data.get("uid") in part:
                    found.setdefault(str(change.record.data["uid"]), change.record)
        return found

    async def present(self, refs: Sequence[RecordRef]) -> list[Change]:
        """Each ref as it is now, in order."""
        names: dict[str, list[str]] = {}
        for ref in dict.fromkeys(refs):
            names.setdefault(ref.collection, []).append(ref.native_id)
        found: dict[RecordRef, Change] = {}
        for book, wanted in names.items():
            try:
                read: Mapping[str, api.Member] = await self.multiget(book, wanted)
            except BookGone:  # a vanished book is no person's decision about each of its cards
                found.update({self.ref(book, name): Gone(self.ref(book, name), "left_view") for name in wanted})
                continue
            for name in wanted:
                ref = self.ref(book, name)
                # RFC 6352 8.7 wants an answer for each href; some servers leave out what is not there
                found[ref] = self.change(ref, read[name]) if name in read else await self.get(ref)
        return [found[ref] for ref in refs]

    async def get(self, ref: RecordRef) -> Change:
        """One card by GET."""
        path = api.member_path(ref.collection, ref.native_id)
        answer = await self.client.request("GET", path, expect=(200, 403, 404, 410), headers={"Accept": "text/vcard"})
        if answer.status_code != 200:
            return self.change(ref, api.Member(path, answer.status_code))
        return self.card(ref, decode(answer.content), answer.headers.get("ETag"))

    def change(self, ref: RecordRef, member: api.Member) -> Change:
        """What one member of an answer says. A card that cannot be read is there all the same: it is an incomplete
        record that says only why, ``{"broken": reason}``."""
        if member.status in (404, 410):
            return Gone(ref, "deleted")
        if member.status == 403:
            return Gone(ref, "denied")
        if member.status >= 500:
            raise Transient(f"{self.client.system}: the address book {ref.collection} cannot read all its cards now.")
        if member.status != 200 or member.card is None:
            return self._unreadable(ref, f"the server sends no vCard for it (status {member.status})", member.etag)
        return self.card(ref, member.card, member.etag)

    def card(self, ref: RecordRef, text: str, etag: str | None) -> Change:
        """The record of a card; ``left_view`` for one that is neither a person nor an organisation."""
        try:
            native = vcard.parse(text)
        except NotACard as why:
            return self._unreadable(ref, str(why), etag)
        self.broken.pop(ref, None)
        if native["kind"] not in vcard.PEOPLE:
            return Gone(ref, "left_view")
        return Upserted(NativeRecord(ref, native, etag))

    def _unreadable(self, ref: RecordRef, why: str, etag: str | None) -> Upserted:
        self.broken[ref] = why
        return Upserted(NativeRecord(ref, {"broken": why}, etag, complete=False))


def _chunks(several: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (several[start:start + size] for start in range(0, len(several), size))
