"""The contact folders of a mailbox, and where a contact is.

Sources (learn.microsoft.com, Microsoft Graph v1.0): "contactFolder: delta" (the folders of the whole mailbox, however deep; asked
without a token it lists all), "List contacts" (those of the main folder). The main folder, Contacts, is not among the folders
(microsoftgraph/microsoft-graph-docs-contrib issue 6327); its id is known from a contact in it. Which folder is Deleted Items
Graph tells only to who may read mail, and that is not asked for: what is in no contact folder was deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from hub.sdk import ContractBroken
from hub_outlook.api import Api, rows_of
from hub_outlook.native import FOLDER
from hub_outlook.settings import ME

MAIN = ""
"""Stands for the main folder, whose id Graph does not list."""
_MAIN_NAMES = ("contacts", "")
Place = Literal["here", "elsewhere", "deleted"]


def user(mailbox: str) -> str:
    """The path of a mailbox below the root."""
    return ME if mailbox == ME else f"users/{quote(mailbox, safe='@')}"


def contacts_in(mailbox: str, folder: str) -> str:
    """The path of the contacts of a folder."""
    return f"{user(mailbox)}/contacts" if folder == MAIN else f"{user(mailbox)}/contactFolders/{quote(folder, safe='')}/contacts"


@dataclass(slots=True)
class Folders:
    """The folders of one mailbox. ``names``: id → name of those there are; ``main``: the main one's id, "" while unknown;
    ``strange``: ids that are neither, such as Deleted Items."""

    api: Api
    mailbox: str
    wanted: tuple[str, ...]
    names: dict[str, str] = field(default_factory=dict)
    main: str = ""
    strange: set[str] = field(default_factory=set)
    loaded: bool = False

    async def load(self) -> None:
        """One request, more only for more folders than a page has. Raises as ``Api.error``."""
        found: dict[str, str] = {}
        url = f"{user(self.mailbox)}/contactFolders/delta"
        while url:
            body = await self.api.get(url, mailbox=self.mailbox)
            for row in rows_of(body, self.api.system):
                if not isinstance(row.get("id"), str):
                    raise ContractBroken(f"{self.api.system}: Microsoft Graph told of a folder without its id.")
                if "@removed" not in row:
                    found[row["id"]] = str(row.get("displayName") or "")
            url = body.get("@odata.nextLink", "")
        self.names, self.loaded = found, True

    def chosen(self) -> list[str]:
        """The folders that are read, the main one as ``MAIN``; the first is where new contacts go."""
        if not self.wanted:
            return [MAIN, *sorted(self.names)]
        out: list[str] = []
        for name in self.wanted:
            if name.strip().casefold() in _MAIN_NAMES:
                out.append(MAIN)
            out += sorted(i for i, own in self.names.items() if own.casefold() == name.strip().casefold())
        return list(dict.fromkeys(out))

    def for_new(self) -> str | None:
        """Where new contacts go; None where this mailbox has no such folder."""
        if not self.wanted:
            return MAIN
        first = self.wanted[0].strip().casefold()
        if first in _MAIN_NAMES:
            return MAIN
        return next((i for i, name in sorted(self.names.items()) if name.casefold() == first), None)

    async def place(self, folder: object) -> Place:
        """Where a contact with this ``parentFolderId`` is. A folder nobody knows is asked about once: new, or the main one?"""
        if not self.loaded:
            await self.load()
        for look in (None, self._find_main, self.load):
            if look is not None and folder not in self.strange:
                await look()
            if folder in self.names or (self.main and folder == self.main):
                own = MAIN if folder == self.main else folder
                return "here" if own in self.chosen() else "elsewhere"
        self.strange.add(str(folder))
        return "deleted"

    async def _find_main(self) -> None:
        if not self.main:
            body = await self.api.get(f"{user(self.mailbox)}/contacts?$top=1&$select={FOLDER}", mailbox=self.mailbox)
            self.main = next((str(row[FOLDER]) for row in rows_of(body, self.api.system) if row.get(FOLDER)), "")
