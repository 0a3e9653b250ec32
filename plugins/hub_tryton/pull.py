"""Reading what changed, or everything.

Requests: a full read pages + 6, an incremental one pages, at least 1; a login before the first. One search finds parties that
changed and parties whose address, contact mechanism or identifier changed, and brings all of it. With ``invoice_totals``: one
more a page, one more for the parties whose invoices changed, and two more for a full read.

The cursor is the newest time of change at the start of the read, by the database's clock. Times have microseconds and are those
at which a transaction began, so a read begins ``overlap_s`` before it. Once the server's clock has gone on for that long with
nothing newer, whatever began before is stored, and the next read begins after the cursor.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.sdk import Checkpoint, Page, ResyncRequired
from hub_tryton.api import Row
from hub_tryton.native import moment, newest
from hub_tryton.reads import Reader

FORM = 1
"""Number of the checkpoint's form; another one means reading everything again."""
TICK = timedelta(microseconds=1)
_DATED = {"party.party": ("write_date",), "party.contact_mechanism": ("write_date",),
          "party.address": ("write_date", "create_date"), "party.identifier": ("write_date", "create_date")}
"""Where the newest change of a model stands: what was only created has no write_date, but for the models that write once more
as they create (recorded)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A checkpoint. ``at``: when the newest change happened, ISO 8601, "" for an empty database; ``since``: the server's clock
    when that was first seen, Unix seconds, 0 if unknown; ``quiet``: nothing older can come any more."""

    at: str
    since: float
    quiet: bool

    def start(self, overlap: timedelta) -> datetime | None:
        """Where the next read begins; None for the beginning."""
        if not self.at:
            return None
        at = datetime.fromisoformat(self.at)
        return at + TICK if self.quiet else at - overlap


def read_mark(stored: Checkpoint) -> Mark:
    """Raises ResyncRequired for a checkpoint of another form."""
    try:
        if stored["form"] != FORM:
            raise ValueError
        mark = Mark(**stored["mark"])
        mark.start(timedelta())
    except (KeyError, TypeError, ValueError):
        raise ResyncRequired("The checkpoint is not of this connector's present form; reading everything.") from None
    return mark


class Pull:
    """One read of one system."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.overlap = timedelta(seconds=reader.api.settings.overlap_s)

    async def everything(self) -> AsyncIterator[Page]:
        """All parties. Who is missing at the end is deleted or hidden; ``fetch`` tells which."""
        listing = uuid.uuid4().hex
        mark = Mark(await self._newest(), await self.reader.api.now(), quiet=False)
        async for rows in self._pages(None):
            yield Page(self.reader.changes(rows), listing="partial", listing_id=listing)
        yield Page((), _stored(mark), "ends", listing)

    async def since(self, mark: Mark) -> AsyncIterator[Page]:
        """What changed since. Pages may repeat parties."""
        before, first = await self.reader.api.now(), True
        next_mark, start = mark, mark.start(self.overlap)
        also, invoiced = await self.reader.invoices.since(start) if self.reader.invoices and start else ([], "")
        async for rows in self._pages(start, also):
            if first:  # of one moment with the search; later pages may show what came after parties already passed
                next_mark, first = self._moved(mark, rows, invoiced, before, await self.reader.api.now()), False
            yield Page(self.reader.changes(rows))
        yield Page((), _stored(next_mark))

    def _moved(self, mark: Mark, rows: list[Row], invoiced: str, before: float, after: float) -> Mark:
        """``invoiced``: when an invoice changed last; ``before``, ``after``: the server's clock around the search that gave the
        rows."""
        at = max([mark.at, invoiced, *(newest(row).isoformat(timespec="microseconds") for row in rows)])
        if at != mark.at:
            return Mark(at, after, quiet=False)
        waited = before - mark.since if before and mark.since else 0
        return Mark(at, mark.since or before, quiet=mark.quiet or waited > self.overlap.total_seconds())

    async def _pages(self, since: datetime | None, also: Sequence[int] = ()) -> AsyncIterator[list[Row]]:
        """At least one page, the last one shorter than it could be."""
        after = 0
        while True:
            rows = await self.reader.page(since, after, also)
            yield rows
            if len(rows) < self.reader.size:
                return
            after = rows[-1]["id"]

    async def _newest(self) -> str:
        """When anything changed last, for the cursor of a full read."""
        times = [await self.reader.invoices.newest()] if self.reader.invoices else []
        for model, names in _DATED.items():
            for name in names:
                order = [[name, "DESC"]]
                found = await self.reader.api.read(f"model.{model}.search_read", [[name, "!=", None]], 0, 1, order, [name])
                times += [moment(row[name]).isoformat(timespec="microseconds") for row in found]
        return max(times, default="")


def _stored(mark: Mark) -> dict[str, Any]:
    return {"form": FORM, "mark": asdict(mark)}
