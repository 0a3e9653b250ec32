"""Reading what changed, or everything.

Requests of a full read: pages + 1 (the rows of a page are asked for together with the next page). Of an incremental
read: 1 when nothing moved; else pages + 1, + 1 when groups, tags, relationships or the trash moved, + 1 per
``page_size`` contacts read again for that, + 1 for merges among those, + 1 when the site's offset moved.

The cursor is the newest ``modified_date`` at the start of the read, as printed (see ``zone``). It has a tick of 1 s and a
save shows only when its transaction ends, so a read begins ``overlap_s`` before it. Once the site's own clock says that
nothing changed for that long (``where`` understands "- 60 second"), nothing older can come any more: the next read begins
after the cursor.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hub.sdk import Change, Checkpoint, ContractBroken, Page, ResyncRequired
from hub_civicrm import edges
from hub_civicrm.api import ME, Answer, Api, Call, Row, Where
from hub_civicrm.native import EVERYONE
from hub_civicrm.reads import CONTACTS, Reader
from hub_civicrm.settings import CiviCrmSettings
from hub_civicrm.zone import parsed, printed

FORM = 1
"""Number of the checkpoint's form; another one means reading everything again."""
TICK = timedelta(seconds=1)
BACK = timedelta(hours=3)
"""How far to begin before a cursor that was printed at another offset: an hour of it may be one PHP's zone skips."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A checkpoint.

    ``newest, at``       id and printed time of the contact that changed last
    ``witness``          the printed creation time of our own contact, "" if it has none
    ``quiet``            nothing had changed for as long as the overlap
    ``wary``             the offset moved since ``at`` was printed, or nobody can say
    ``tokens, digests``  see ``edges``
    ``related``          digest of the relationships that changed since the cursor
    """

    newest: int
    at: str
    witness: str
    quiet: bool
    wary: bool
    tokens: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    related: str = ""

    def start(self, overlap: timedelta) -> datetime:
        """Where the next read begins, in printed time."""
        if self.wary:
            return parsed(self.at) - overlap - BACK
        return parsed(self.at) + TICK if self.quiet else parsed(self.at) - overlap

    def printed_now(self, witness: str) -> Mark:
        """The same mark in the offset that the site prints in now."""
        if witness == self.witness:
            return self
        if not witness or not self.witness:
            return replace(self, witness=witness, wary=True)
        moved = parsed(witness) - parsed(self.witness)
        return replace(self, at=printed(parsed(self.at) + moved), witness=witness, wary=True)


def read_mark(stored: Checkpoint) -> Mark | None:
    """The mark in a checkpoint; None for an empty site's. Raises ResyncRequired for a form that is not ours."""
    try:
        if stored["form"] != FORM:
            raise ValueError
        if stored["mark"] is None:
            return None
        mark = Mark(**stored["mark"])
        parsed(mark.at)
    except (KeyError, TypeError, ValueError, ContractBroken):
        raise ResyncRequired("The checkpoint is not of this connector's present form; reading everything.") from None
    return mark


class Pull:
    """One read of one system."""

    def __init__(self, api: Api, reader: Reader, settings: CiviCrmSettings) -> None:
        self.api, self.reader = api, reader
        self.overlap = timedelta(seconds=settings.overlap_s)

    async def everything(self) -> AsyncIterator[Page]:
        """All live contacts. Who is missing at the end is in the trash or gone; ``fetch`` tells which."""
        listing = uuid.uuid4().hex
        where: Where = [self.reader.types, ["is_deleted", "=", False]]
        first = await self.api.read({**self.reader.page(where), **self._newest(), **edges.token_calls(),
                                     **edges.sweep_calls(edges.EDGES)})
        async for changes, _ in self._pages(where, first):
            yield Page(changes, listing="partial", listing_id=listing)
        yield Page((), _stored(self._mark(first, None)), "ends", listing)

    async def since(self, mark: Mark) -> AsyncIterator[Page]:
        """What changed since. Pages may repeat contacts."""
        first = await self._first(mark)
        now = mark.printed_now(_witness(first))
        if now != mark:
            first = await self._first(now)
        seen: set[int] = set()
        async for changes, contacts in self._pages(self._window(now), first):
            seen.update(row["id"] for row in contacts)
            yield Page(changes)
        fresh = self._mark(first, now)
        answers, stirred = await self._swept(now, fresh)
        ids = sorted((stirred | self._related(first, now)) - seen)
        for place in range(0, len(ids), self.reader.size):
            told = await self.api.read(self.reader.by_id(ids[place:place + self.reader.size], [self.reader.types]))
            contacts = told[CONTACTS].values
            merged = await self.api.read(merges) if (merges := self.reader.merges(contacts)) else {}
            yield Page(self.reader.changes(contacts, {**told, **merged}))
        yield Page((), _stored(replace(fresh, digests={**fresh.digests, **edges.digests(answers)}) if fresh else now))

    async def _first(self, mark: Mark) -> dict[str, Answer]:
        """The first request of an incremental read: contacts and relationships since, and whether all else stood still."""
        start = mark.start(self.overlap)
        related = Call("Relationship", "get", {
            "select": ["id", "contact_id_a", "contact_id_b", "modified_date"],
            "where": [["modified_date", ">=", printed(start)]], "orderBy": {"id": "ASC"}, "limit": 0})
        first = await self.api.read({**self.reader.page(self._window(mark)), **self._newest(), **edges.token_calls(),
                                     "related": related})
        if any(parsed(row["modified_date"]) < start for row in first[CONTACTS].values if row["modified_date"]):
            # whatever the reason, that is no list of changes
            raise ContractBroken("CiviCRM answered contacts that changed before the time asked for: it did not "
                                 "understand the condition on modified_date. Nothing of it is used.")
        return first

    def _window(self, mark: Mark) -> Where:
        return [self.reader.types, EVERYONE, ["modified_date", ">=", printed(mark.start(self.overlap))]]

    async def _pages(self, where: Where, first: Mapping[str, Answer]) -> AsyncIterator[tuple[list[Change], list[Row]]]:
        """Pages of changes. ``first``: answers with the first page of contacts."""
        contacts = first[CONTACTS].values
        while contacts:
            last = len(contacts) < self.reader.size
            calls = {} if last else self.reader.page(where, contacts[-1]["id"])
            answers = await self.api.read({**calls, **self.reader.rows(contacts)})
            yield self.reader.changes(contacts, answers), contacts
            contacts = [] if last else answers[CONTACTS].values

    def _newest(self) -> dict[str, Call]:
        """The contact that changed last, for the cursor; and how many changed within the overlap, by the site's clock."""
        lately = f"- {self.overlap.seconds} second"
        return {
            "newest": Call("Contact", "get", {
                "select": ["id", "modified_date"], "orderBy": {"modified_date": "DESC", "id": "DESC"}, "limit": 1,
                "where": [self.reader.types, EVERYONE, ["modified_date", "IS NOT NULL"]]}),
            "lately": Call("Contact", "get", {
                "select": ["row_count"], "where": [self.reader.types, EVERYONE, ["modified_date", ">=", lately]]})}

    def _mark(self, first: Mapping[str, Answer], before: Mark | None) -> Mark | None:
        """The next checkpoint, from what the first request of this read told."""
        told = first["newest"].values
        if not told:
            return before
        witness, newest, at = _witness(first), int(told[0]["id"]), str(told[0]["modified_date"])
        parsed(at)
        still = before is not None and (newest, at) == (before.newest, before.at)
        digests = {**(before.digests if before else {}), **edges.digests(first)}
        return Mark(newest, at, witness, quiet=first["lately"].matched == 0,
                    wary=not witness or (still and before is not None and before.wary),
                    tokens=edges.tokens(first), digests=digests, related=_digest(first))

    def _related(self, first: Mapping[str, Answer], before: Mark) -> set[int]:
        """Both ends of relationships that changed; nobody when they are those that were known."""
        if _digest(first) == before.related:
            return set()
        return {row[end] for row in first["related"].values for end in ("contact_id_a", "contact_id_b")}

    async def _swept(self, before: Mark, fresh: Mark | None) -> tuple[dict[str, Answer], set[int]]:
        """Contacts whose groups, tags, relationships or place in the trash may have changed.

        The tokens stay those from before the sweep: what changes during it moves them once more.
        """
        stirred = [name for name, token in (fresh.tokens if fresh else {}).items() if before.tokens.get(name) != token]
        if not stirred:
            return {}, set()
        answers = await self.api.read(edges.sweep_calls(stirred))
        return answers, edges.moved(before.digests, edges.digests(answers), answers)


def _witness(answers: Mapping[str, Answer]) -> str:
    return str(answers[ME].values[0].get("created_date") or "")


def _stored(mark: Mark | None) -> dict[str, Any]:
    return {"form": FORM, "mark": asdict(mark) if mark else None}


def _digest(first: Mapping[str, Answer]) -> str:
    """Which relationships changed since the cursor, and when; "" for a full read, which knows nothing of it."""
    if "related" not in first:
        return ""
    text = ",".join(f"{row['id']}:{row['modified_date']}" for row in first["related"].values)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
