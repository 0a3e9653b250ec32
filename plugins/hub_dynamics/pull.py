"""Reading what changed, or everything: one delta link per table.

Requests: ceil(n / page_size) per table, at least one each; after a full read of more than one page one more per table.

Source: "Use change tracking to synchronize data with external systems" (learn.microsoft.com, 2023-06-23). What that page
leaves open is met here: an edit during a long first read may be older than the link on its last page, so what changed since
the read began is read once more. Older versions of the page say that a link that is too old gives all records as new,
without deletes and without an error: an answer whose context does not end in ``/$delta`` is therefore no answer to a delta
link, and everything is read again.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.sdk import Change, Checkpoint, ContractBroken, Gone, Misconfigured, Page, ResyncRequired
from hub_dynamics.api import Api
from hub_dynamics.native import Table, change, is_guid, ref
from hub_dynamics.reads import Reader

FORM = 1
"""Number of the checkpoint's form; another one means reading everything again."""
OVERLAP = timedelta(minutes=5)
"""How far before a long read its edits are looked for: longer than a save takes."""
_EXPIRY = (410, 500)
"""No page names the status of an expired link; its code is looked for under these too."""


class Pull:
    """One read of one system."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self.api, self.reader = api, reader

    async def everything(self) -> AsyncIterator[Page]:
        """All records of both tables, and a delta link for each."""
        listing, links = uuid.uuid4().hex, {}
        for table in self.reader.tables:
            began: datetime | None = None
            pages = 0
            url = f"{table.entity_set}?$select={table.select}"
            async for body in self._bodies(table, url, "odata.track-changes"):
                pages, began = pages + 1, began or self.api.server_time
                yield Page(self._changes(table, body), listing="partial", listing_id=listing)
                links[table.name] = body.get("@odata.deltaLink", "")
            if not links[table.name]:
                raise ContractBroken(f"{self.reader.system}: Dataverse gave no delta link for {table.name}.")
            if pages > 1 and began is not None:
                since = (began - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
                async for body in self._bodies(table, f"{url}&$filter=modifiedon%20ge%20{since}"):
                    yield Page(self._changes(table, body), listing="partial", listing_id=listing)
        yield Page((), self._mark(links), "ends", listing)

    async def since(self, mark: Checkpoint) -> AsyncIterator[Page]:
        """What changed since. Raises ResyncRequired for a checkpoint that is not ours, or expired."""
        links = self._links(mark)
        fresh: dict[str, str] = {}
        for table in self.reader.tables:
            first = True
            async for body in self._bodies(table, links[table.name]):
                if first and not str(body.get("@odata.context", "")).endswith("/$delta"):
                    raise ResyncRequired(f"{self.reader.system}: Dataverse answered a delta link with all records; reading "
                                         "everything.")
                first = False
                yield Page(self._changes(table, body))
                fresh[table.name] = body.get("@odata.deltaLink", "")
            if not fresh[table.name]:
                raise ContractBroken(f"{self.reader.system}: Dataverse gave no delta link for {table.name}.")
        yield Page((), self._mark(fresh))

    async def _bodies(self, table: Table, url: str, *prefer: str) -> AsyncIterator[dict[str, Any]]:
        """Pages of one list. The page size is said each time, as the vendor asks; links are used as they are."""
        wishes = (*prefer, f"odata.maxpagesize={self.reader.size}")
        while url:
            try:
                body = await self.api.get(url, prefer=wishes, expect=() if prefer else _EXPIRY)
            except ContractBroken:
                await self._tracked(table)
                raise
            if not isinstance(body.get("value"), list):
                raise ContractBroken(f"{self.reader.system}: Dataverse answered a list of {table.name} without its values.")
            yield body
            url = body.get("@odata.nextLink", "")
            if not isinstance(url, str):
                raise ContractBroken(f"{self.reader.system}: Dataverse gave a link that is none.")

    async def _tracked(self, table: Table) -> None:
        """A list was refused: is it because changes are not tracked?"""
        told = await self.api.get(f"EntityDefinitions(LogicalName='{table.name}')?$select=ChangeTrackingEnabled")
        if told.get("ChangeTrackingEnabled") is False:
            raise Misconfigured(f"{self.reader.system}: {untracked(table.name)}")

    def _changes(self, table: Table, body: Mapping[str, Any]) -> list[Change]:
        out: list[Change] = []
        for row in body["value"]:
            if str(row.get("@odata.context", "")).endswith("/$deletedEntity"):
                if not is_guid(row.get("id")):
                    raise ContractBroken(f"{self.reader.system}: Dataverse told of a deleted {table.name} without its id.")
                how = "deleted" if row.get("reason", "deleted") == "deleted" else "left_view"  # OData 4.0, 10.3 of JSON format
                out.append(Gone(ref(self.reader.system, row["id"].lower()), how))  # type: ignore[arg-type]
            else:
                out.append(change(table, row, self.reader.system))
        return out

    def _mark(self, links: Mapping[str, str]) -> dict[str, Any]:
        """Links without the address of the environment, which may be renamed."""
        return {"form": FORM, "columns": self._columns(),
                "links": {name: link.removeprefix(self.api.root) for name, link in links.items()}}

    def _links(self, mark: Checkpoint) -> dict[str, str]:
        links = mark.get("links")
        names = {table.name for table in self.reader.tables}
        if mark.get("form") != FORM or not isinstance(links, Mapping) or set(links) != names or "" in links.values():
            raise ResyncRequired("The checkpoint is not of this connector's present form; reading everything.")
        if mark.get("columns") != self._columns():
            raise ResyncRequired("Other columns are read than when the checkpoint was given; reading everything.")
        return dict(links)

    def _columns(self) -> str:
        """A link answers the columns it was made with."""
        text = ";".join(table.select for table in self.reader.tables)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def untracked(table: str) -> str:
    return (f"changes of {table} are not tracked. Turn 'Track changes' on in Power Apps (Tables, {table.title()}, Properties, "
            "Advanced options); it cannot be turned off again.")
