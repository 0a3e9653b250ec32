"""The state of one tenant's Exchange: mailboxes, their contact folders, items with their versions, what left a folder.

An item has an immutable id, and an ordinary one that changes when it moves ("Obtain immutable identifiers for Outlook
resources", learn.microsoft.com, @122c4921). Deleting moves an item to Deleted Items, ``permanentDelete`` to Purges, where no API
sees it ("contact: permanentDelete").
"""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .identity import Identity
from .schema import blank

Row = dict[str, Any]


@dataclass(slots=True)
class Limits:
    """"Microsoft Graph service-specific throttling limits", Outlook (@01351749): so many requests in 10 minutes, and so many at
    once, for each app and mailbox; each request of a batch counts. ``largest_page``: the page says nothing; ours."""

    requests: int = 10_000
    concurrent: int = 4
    retry_after_s: int = 10
    largest_page: int = 50
    window_s: int = 600


@dataclass(slots=True)
class Log:
    """What was asked, for tests: HTTP requests to Graph, method with path of each operation, those in a batch too, and how many
    were answered 429 because a limit was passed."""

    requests: int = 0
    throttled: int = 0
    operations: list[str] = field(default_factory=list)

    def clear(self) -> None:
        self.requests = self.throttled = 0
        self.operations.clear()


@dataclass(slots=True)
class Folder:
    id: str
    name: str
    parent: str
    number: int


@dataclass(slots=True)
class Item:
    """A contact. ``stamps``: property → number of its last change; ``entered``: number at which it came into its folder."""

    immutable: str
    folder: str
    row: Row
    extended: dict[str, str]
    stamps: dict[str, int]
    entered: int
    number: int
    created: str
    modified: str

    @property
    def ordinary(self) -> str:
        return "AAMkAG" + _letters(f"{self.folder} {self.immutable}") + "="

    @property
    def key(self) -> str:
        return "EQAAAB" + _letters(f"{self.immutable} {self.number}", 24)

    @property
    def etag(self) -> str:
        return f'W/"{self.key}"'


@dataclass(slots=True)
class Mailbox:
    """``contacts``: id of the folder Contacts; ``left``: (number, folder, item, why) of what is not in a folder any more."""

    address: str
    user: str
    contacts: str
    deleted: str
    enabled: bool = True
    folders: dict[str, Folder] = field(default_factory=dict)
    gone_folders: list[tuple[int, str]] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)
    left: list[tuple[int, str, Item, str]] = field(default_factory=list)
    sent: deque[float] = field(default_factory=deque)
    busy: int = 0

    def find(self, item_id: str) -> Item | None:
        """By either form of its id; ids are case-sensitive."""
        found = self.items.get(item_id)
        return found or next((item for item in self.items.values() if item.ordinary == item_id), None)


class World:
    """One tenant. What a test may set:

    ``limits``          of each mailbox
    ``roles``           what the application may do (permissions of Microsoft Entra, roles of Exchange)
    ``scope``           in which mailboxes; None: in all, as permissions of Microsoft Entra give it
    ``expired_before``  delta tokens older than this number are dead; ``expired_status`` says how that is told
    ``sparse``          changes carry only the properties that changed
    ``replays``         changes come twice and in another order
    ``touches``         so many updates meet a change key that Exchange moved by itself
    ``refuses_items``   so many requests within batches are answered 429
    ``honours_if_match``
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock, self.log, self.limits = clock, Log(), Limits()
        self.identity = Identity(clock)
        self.mailboxes: dict[str, Mailbox] = {}
        self.roles = {"Contacts.ReadWrite"}
        self.scope: set[str] | None = None
        self.numbers = itertools.count(1)
        self.number = 0
        self.expired_before = 0
        self.expired_status = 410
        self.sparse = True
        self.replays = False
        self.touches = 0
        self.refuses_items = 0
        self.honours_if_match = True

    def mailbox(self, address: str) -> Mailbox:
        box = Mailbox(address, _uuid(address), _folder_id(address, "Contacts"), _folder_id(address, "Deleted Items"))
        self.mailboxes[address.casefold()] = box
        return box

    def named(self, user: str) -> Mailbox | None:
        """By user principal name or id."""
        return self.mailboxes.get(user.casefold()) or next((b for b in self.mailboxes.values() if b.user == user), None)

    def next(self) -> int:
        self.number = next(self.numbers)
        return self.number

    def moment(self) -> str:
        return datetime.fromtimestamp(int(self.clock()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def folder(self, box: Mailbox, name: str, parent: str = "") -> str:
        number = self.next()
        made = Folder(_folder_id(box.address, f"{name} {number}"), name, parent or box.contacts, number)
        box.folders[made.id] = made
        return made.id

    def insert(self, box: Mailbox, folder: str, values: Mapping[str, Any], extended: Mapping[str, str]) -> Item:
        number, now = self.next(), self.moment()
        immutable = "AAkALg" + _letters(f"{box.address} {number}") + "="
        item = Item(immutable, folder, {**blank(), **values}, dict(extended), {}, number, number, now, now)
        self._named(item, values)
        box.items[immutable] = item
        return item

    def change(self, item: Item, values: Mapping[str, Any], extended: Mapping[str, str]) -> None:
        """Set properties; the display name follows the name's parts ("Update contact")."""
        item.row.update(values)
        item.extended.update(extended)
        self.touch(item, *values)
        if {"givenName", "middleName", "surname"} & values.keys():
            self._named(item, values)
            item.stamps["displayName"] = item.number

    def touch(self, item: Item, *names: str) -> None:
        """A new version, with or without a change that anybody sees."""
        item.number, item.modified = self.next(), self.moment()
        item.stamps.update(dict.fromkeys(names, item.number))

    def move(self, box: Mailbox, item: Item, folder: str, why: str = "deleted") -> None:
        number = self.next()
        before = item.folder
        item.folder = folder
        box.left.append((number, before, item, why))
        item.entered = item.number = self.next()

    def remove(self, box: Mailbox, item: Item) -> None:
        box.left.append((self.next(), item.folder, item, "deleted"))
        del box.items[item.immutable]

    def remove_folder(self, box: Mailbox, folder: str) -> None:
        for item in [item for item in box.items.values() if item.folder == folder]:
            self.move(box, item, box.deleted)
        box.folders.pop(folder)
        box.gone_folders.append((self.next(), folder))

    @staticmethod
    def _named(item: Item, values: Mapping[str, Any]) -> None:
        if values.get("displayName") is None:
            parts = (item.row["givenName"], item.row["middleName"], item.row["surname"])
            item.row["displayName"] = " ".join(part for part in parts if part) or None


def _letters(text: str, length: int = 40) -> str:
    """Letters and signs as in Exchange's ids (base64url)."""
    digest = hashlib.blake2b(text.encode(), digest_size=32).hexdigest()
    return (digest[:length // 2] + "_" + digest[length // 2:].upper() + "-")[:length]


def _folder_id(address: str, name: str) -> str:
    return "AQMkAD" + _letters(f"{address} folder {name}") + "AAA="


def _uuid(text: str) -> str:
    hexes = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{hexes[:8]}-{hexes[8:12]}-4{hexes[13:16]}-8{hexes[17:20]}-{hexes[20:]}"
