"""Reading what changed, or everything.

Requests of a full read: pages + 1 (the rows of a page are asked for together with the next page). Of an incremental
read: 1 when nothing moved; else pages + 1, + 1 when groups, tags, relationships or the trash moved, + 1 per
``page_size`` contacts read again for that, + 1 for merges among those, + 2 and the last three hours when the site's
offset moved.

The cursor is the newest ``modified_date`` at the start of the read, as a moment in UTC. It has a tick of 1 s and a save
shows only when its transaction ends, so a read begins ``overlap_s`` before it. Once the site's own clock says that
nothing changed for that long (``where`` understands "- 60 second"), nothing older can come any more: the next read begins
after the cursor.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.sdk import Change, Checkpoint, ContractBroken, Page, ResyncRequired, Transient
from hub_civicrm import edges
from hub_civicrm.api import Answer, Api, Call, Row, Where
from hub_civicrm.native import EVERYONE
from hub_civicrm.reads import CONTACTS, Reader
from hub_civicrm.settings import CiviCrmSettings
from hub_civicrm.zone import FARTHEST, in_where, in_zone, moment, offset, parsed, probes

FORM = 1
"""Number of the checkpoint's form; another one means reading everything again."""
TICK = timedelta(seconds=1)
BACK = timedelta(hours=3)
"""How far to read again when the site's offset moved."""


@dataclass(slots=True)
class Mark:
    """A checkpoint.

    ``newest``           id and printed time of the contact that changed last
    ``minutes``          the site's offset then
    ``quiet``            nothing had changed for as long as the overlap
    ``tokens, digests``  see ``edges``
    ``related``          digest of the relationships that changed since the cursor
    """

    after: datetime
    newest: tuple[int, str]
    minutes: int
    quiet: bool = False
    tokens: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    related: str = ""

    def stored(self) -> dict[str, Any]:
        return {"form": FORM, "after": in_where(self.after), "newest": list(self.newest), "minutes": self.minutes,
                "quiet": self.quiet, "tokens": self.tokens, "digests": self.digests, "related": self.related}


def read_mark(stored: Checkpoint) -> Mark | None:
    """The mark in a checkpoint; None for an empty site's. Raises ResyncRequired for a form that is not ours."""
    try:
        if stored["form"] != FORM:
            raise ValueError
        if stored["after"] is None:
            return None
        after = datetime.strptime(stored["after"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        contact_id, printed = stored["newest"]
        return Mark(after, (int(contact_id), str(printed)), int(stored["minutes"]), bool(stored["quiet"]),
                    dict(stored["tokens"]), dict(stored["digests"]), str(stored["related"]))
    except (KeyError, TypeError, ValueError):
        raise ResyncRequired("The checkpoint is not of this connector's present form; reading everything.") from None


class Pull:
    """One read of one system."""

    def __init__(self, api: Api, reader: Reader, settings: CiviCrmSettings) -> None:
        self.api, self.reader = api, reader
        self.overlap = timedelta(seconds=settings.overlap_s)
        self._aside: dict[str, Call] = {}  # goes along with the next request
        self._told: dict[str, Answer] = {}

    async def everything(self) -> AsyncIterator[Page]:
        """All live contacts. Who is missing at the end is in the trash or gone; ``fetch`` tells which."""
        listing = uuid.uuid4().hex
        where: Where = [self.reader.types, ["is_deleted", "=", False]]
        first = await self.api.read({**self.reader.page(where), **self._newest(), **edges.token_calls(),
                                     **edges.sweep_calls(edges.EDGES)})
        self._aside = self._probes(first, None)
        async for changes, _ in self._pages(where, first):
            yield Page(changes, listing="partial", listing_id=listing)
        mark = await self._mark(first, None)
        checkpoint = mark.stored() if mark else {"form": FORM, "after": None}
        yield Page((), checkpoint, "ends", listing)

    async def since(self, mark: Mark) -> AsyncIterator[Page]:
        """What changed since. Pages may repeat contacts."""
        seen: set[int] = set()
        start = mark.after + TICK if mark.quiet else mark.after - self.overlap
        first = await self._first(mark, start)
        self._aside = self._probes(first, mark)
        async for changes, contacts in self._pages(self._window(start), first):
            seen.update(row["id"] for row in contacts)
            yield Page(changes)
        fresh = await self._mark(first, mark)
        assert fresh is not None
        if fresh.minutes != mark.minutes:  # clocks were set, or the site's zone: printed times meant something else
            again = await self.api.read(self.reader.page(self._window(start - BACK)))
            async for changes, contacts in self._pages(self._window(start - BACK), again):
                seen.update(row["id"] for row in contacts)
                yield Page(changes)
        touched = await self._swept(mark, fresh)
        if fresh.related != mark.related:
            touched |= {row[end] for row in first["related"].values for end in ("contact_id_a", "contact_id_b")}
        ids = sorted(touched - seen)
        for place in range(0, len(ids), self.reader.size):
            answers = await self.api.read(self.reader.by_id(ids[place:place + self.reader.size], [self.reader.types]))
            contacts = answers[CONTACTS].values
            merged = await self.api.read(merges) if (merges := self.reader.merges(contacts)) else {}
            yield Page(self.reader.changes(contacts, {**answers, **merged}))
        yield Page((), fresh.stored())

    async def _first(self, mark: Mark, start: datetime) -> dict[str, Answer]:
        """The first request of an incremental read: contacts and relationships since, and whether all else stood still."""
        related = Call("Relationship", "get", {
            "select": ["id", "contact_id_a", "contact_id_b", "modified_date"],
            "where": [["modified_date", ">=", in_where(start)]], "orderBy": {"id": "ASC"}, "limit": 0})
        first = await self.api.read({**self.reader.page(self._window(start)), **self._newest(), **edges.token_calls(),
                                     "related": related})
        self._trust(first[CONTACTS].values, start)
        return first

    def _window(self, start: datetime) -> Where:
        return [self.reader.types, EVERYONE, ["modified_date", ">=", in_where(start)]]

    def _trust(self, contacts: Sequence[Row], start: datetime) -> None:
        """A date the server cannot read matches every contact. Whatever the reason, that is no list of changes."""
        least = start.replace(tzinfo=None) - FARTHEST
        if any(parsed(row["modified_date"]) < least for row in contacts if row["modified_date"]):
            raise ContractBroken("CiviCRM answered contacts that changed before the time asked for: it did not "
                                 "understand the condition on modified_date. Nothing of it is used.")

    async def _pages(self, where: Where, first: Mapping[str, Answer]) -> AsyncIterator[tuple[list[Change], list[Row]]]:
        """Pages of changes. ``first``: answers with the first page of contacts."""
        contacts = first[CONTACTS].values
        while contacts:
            last = len(contacts) < self.reader.size
            calls = {} if last else self.reader.page(where, contacts[-1]["id"])
            answers = await self.api.read({**calls, **self.reader.rows(contacts), **self._aside})
            self._told, self._aside = {**self._told, **answers} if self._aside else self._told, {}
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

    def _probes(self, first: Mapping[str, Answer], before: Mark | None) -> dict[str, Call]:
        """What to ask for the offset of the newest time: the one it had or should have, else all that there are."""
        told = first["newest"].values
        if not told:
            return {}
        newest = (int(told[0]["id"]), str(told[0]["modified_date"]))
        if before and newest == before.newest:
            return {}
        likely = before.minutes if before else None
        if self.reader.zone is not None:
            local = in_zone(newest[1], self.reader.zone)
            likely = int((parsed(newest[1]).replace(tzinfo=UTC) - local).total_seconds() // 60)
        return probes(*newest) if likely is None else probes(*newest, [likely])

    async def _mark(self, first: Mapping[str, Answer], before: Mark | None) -> Mark | None:
        """The next checkpoint, from what the first request of this read told."""
        told = first["newest"].values
        if not told:
            return before
        newest = (int(told[0]["id"]), str(told[0]["modified_date"]))
        quiet = first["lately"].matched == 0
        digests = {**(before.digests if before else {}), **edges.digests(first)}
        around = edges.tokens(first), digests, _digest(first)
        if before and newest == before.newest:
            return Mark(before.after, newest, before.minutes, quiet, *around)
        if self._aside:  # no request was left to go along with
            self._told, self._aside = await self.api.read(self._aside), {}
        minutes = offset(self._told)
        if minutes is None:
            minutes = offset(await self.api.read(probes(*newest)))
        if minutes is not None:
            return Mark(moment(newest[1], minutes), newest, minutes, quiet, *around)
        if before is None:
            raise Transient("CiviCRM's time zone could not be told, as the contact to tell it by changed meanwhile")
        return Mark(before.after, before.newest, before.minutes, False, *around)  # the next read begins where this one did

    async def _swept(self, before: Mark, fresh: Mark) -> set[int]:
        """Contacts whose groups, tags, relationships or place in the trash may have changed; digests are brought up.

        The tokens stay those from before the sweep: what changes during it moves them once more.
        """
        stirred = [name for name, token in fresh.tokens.items() if before.tokens.get(name) != token]
        if not stirred:
            return set()
        answers = await self.api.read(edges.sweep_calls(stirred))
        now = edges.digests(answers)
        fresh.digests |= now
        return edges.moved(before.digests, now, answers)


def _digest(first: Mapping[str, Answer]) -> str:
    """Which relationships changed since the cursor, and when; "" for a full read, which knows nothing of it."""
    if "related" not in first:
        return ""
    text = ",".join(f"{row['id']}:{row['modified_date']}" for row in first["related"].values)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
