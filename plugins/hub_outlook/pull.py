"""Reading what changed, or everything: one delta link per folder.

Requests: for each mailbox one for its folders, and ceil(n / page) for each folder, at least one.

Sources (learn.microsoft.com, Microsoft Graph v1.0): "contact: delta" (per folder), "Use delta query to track changes"
(2022-08-12: nextLink until deltaLink; a page may be empty; an update carries at least what changed; contacts come more than once,
in any order, and again; ``@removed``). A contact that is moved to another folder is removed from the one and new in the other
(ids are immutable, so it stays the same contact): what a folder removed is therefore read by id before anything is said of it.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

from hub.sdk import (
    AuthFailed,
    Change,
    Checkpoint,
    ConnectorError,
    ContractBroken,
    Gone,
    Misconfigured,
    Page,
    RecordRef,
    ResyncRequired,
    Upserted,
)
from hub_outlook.api import Api, rows_of
from hub_outlook.folders import contacts_in
from hub_outlook.native import record
from hub_outlook.reads import Reader

FORM = 1
"""Number of the checkpoint's form; another one means reading everything again."""
Links = Mapping[str, Mapping[str, str]]
"""Mailbox → folder → delta link below the root."""


class Pull:
    """One read of one system. ``warnings``: sentences about mailboxes that could not be read while others could."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self.api, self.reader, self.system = api, reader, reader.system
        self.mailboxes = reader.settings.collections
        self.warnings: list[str] = []

    async def everything(self) -> AsyncIterator[Page]:
        """All contacts of all chosen folders, and a delta link for each folder."""
        listing, links = uuid.uuid4().hex, dict[str, dict[str, str]]()
        for mailbox, chosen in (await self._open()).items():
            links[mailbox] = {}
            for folder in chosen:
                async for body in self._bodies(mailbox, f"{contacts_in(mailbox, folder)}/delta"):
                    yield Page(self._changes(mailbox, body)[0], listing="partial", listing_id=listing)
                    links[mailbox][folder] = self._link(body)
        yield Page((), self._mark(links), "ends", listing, list(links))

    async def since(self, mark: Checkpoint) -> AsyncIterator[Page]:
        """What changed since, and all of what is in new folders. Raises ResyncRequired for a checkpoint that is not ours, for a
        delta link that is lost, and for a folder that is gone: nobody tells what was in it."""
        before, links = self._links(mark), dict[str, dict[str, str]]()
        opened = await self._open()
        for mailbox, chosen in opened.items():
            links[mailbox], known = {}, before.get(mailbox, {})
            if set(known) - set(chosen):
                raise ResyncRequired(f"{self.system}: a contact folder is gone, or is not read any more; reading everything.")
            removed: list[RecordRef] = []
            for folder in chosen:
                url = known.get(folder) or f"{contacts_in(mailbox, folder)}/delta"
                async for body in self._bodies(mailbox, url):
                    changes, ids = self._changes(mailbox, body)
                    removed += [RecordRef(self.system, mailbox, "contact", each) for each in ids]
                    yield Page(changes)
                    links[mailbox][folder] = self._link(body)
            if removed:
                found = await self.reader.fetch(removed)
                yield Page([told if isinstance(told, Gone) else Upserted(told) for told in found.values()])
        for mailbox in self.mailboxes:
            if mailbox not in opened and mailbox in before:
                links[mailbox] = dict(before[mailbox])  # it goes on from there when it can be read again
        yield Page((), self._mark(links))

    async def _open(self) -> dict[str, list[str]]:
        """Each mailbox that can be read, with its folders. One that cannot stops no other; none that can stops the system."""
        out: dict[str, list[str]] = {}
        first: ConnectorError | None = None
        for mailbox in self.mailboxes:
            try:
                await self.reader.folders(mailbox).load()
            except (AuthFailed, Misconfigured) as error:
                if not self.api.login.holds:
                    raise
                first = first or error
                self.warnings.append(f"{error} It was left out of this run.")
                continue
            out[mailbox] = self.reader.folders(mailbox).chosen()
        if first is not None and not out:
            raise first
        if not any(out.values()):
            raise Misconfigured(f"{self.system}: no mailbox has a contact folder named under folders. Write their names as "
                                "Outlook shows them; Contacts is the main one.")
        return out

    async def _bodies(self, mailbox: str, url: str) -> AsyncIterator[dict[str, Any]]:
        """Pages of one folder. Links are used as they are; ids and page size are asked for each time."""
        prefer = (f"odata.maxpagesize={self.reader.settings.page_size}",)
        while url:
            body = await self.api.get(url, mailbox=mailbox, prefer=prefer)
            yield body
            url = body.get("@odata.nextLink", "")
            if not isinstance(url, str) or not (url or self._link(body)):
                raise ContractBroken(f"{self.system}: Microsoft Graph gave neither a next page nor a delta link.")

    @staticmethod
    def _link(body: Mapping[str, Any]) -> str:
        link = body.get("@odata.deltaLink", "")
        return link if isinstance(link, str) else ""

    def _changes(self, mailbox: str, body: Mapping[str, Any]) -> tuple[list[Change], list[str]]:
        """Records of a page, and the ids it removed."""
        changes: list[Change] = []
        removed: list[str] = []
        for row in rows_of(body, self.system):
            if "@removed" in row:
                if not isinstance(row.get("id"), str) or not row["id"]:
                    raise ContractBroken(f"{self.system}: Microsoft Graph told of a removed contact without its id.")
                removed.append(row["id"])
            else:
                changes.append(Upserted(record(self.system, mailbox, row)))
        return changes, removed

    def _mark(self, links: Links) -> dict[str, Any]:
        return {"form": FORM, "links": {mailbox: {folder: link.removeprefix(self.api.root) for folder, link in own.items()}
                                        for mailbox, own in links.items()}}

    def _links(self, mark: Checkpoint) -> Links:
        links = mark.get("links")
        if mark.get("form") != FORM or not isinstance(links, Mapping) or not all(
                isinstance(own, Mapping) for own in links.values()):
            raise ResyncRequired(f"{self.system}: the checkpoint is not of this connector's present form; reading everything.")
        return links
