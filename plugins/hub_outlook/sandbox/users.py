"""The side door: what people do in Outlook, for tests and the demo. No API, no permissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .identity import Person
from .world import Item, Mailbox, World


class Users:
    """People at work in their mailboxes."""

    def __init__(self, world: World) -> None:
        self.world = world

    def arrive(self, address: str, *, personal: bool = False) -> Mailbox:
        """Somebody gets a mailbox, and can sign in."""
        self.world.identity.people[address.casefold()] = Person(address, personal)
        return self.world.mailbox(address)

    def box(self, address: str) -> Mailbox:
        return self.world.mailboxes[address.casefold()]

    def folder(self, address: str, name: str, parent: str = "") -> str:
        """A new contact folder, below Contacts or another one; gives its id."""
        return self.world.folder(self.box(address), name, parent)

    def add(self, address: str, values: Mapping[str, Any], folder: str = "") -> str:
        """A new contact; gives its immutable id."""
        box = self.box(address)
        return self.world.insert(box, folder or box.contacts, dict(values), {}).immutable

    def item(self, item_id: str) -> tuple[Mailbox, Item]:
        return next((box, box.items[item_id]) for box in self.world.mailboxes.values() if item_id in box.items)

    def row(self, item_id: str) -> Mapping[str, Any]:
        return self.item(item_id)[1].row

    def edit(self, item_id: str, **values: Any) -> None:
        self.world.change(self.item(item_id)[1], values, {})

    def touch(self, item_id: str) -> None:
        """Exchange gives a contact another version, though nobody changed it."""
        self.world.touch(self.item(item_id)[1])

    def move(self, item_id: str, folder: str) -> None:
        box, item = self.item(item_id)
        self.world.move(box, item, folder or box.contacts)

    def delete(self, item_id: str) -> None:
        box, item = self.item(item_id)
        self.world.move(box, item, box.deleted)

    def erase(self, item_id: str) -> None:
        box, item = self.item(item_id)
        self.world.remove(box, item)

    def restore(self, item_id: str) -> None:
        self.move(item_id, "")

    def present(self) -> dict[str, Item]:
        """What people see in their contact folders, in all mailboxes."""
        return {item.immutable: item for box in self.world.mailboxes.values() for item in box.items.values()
                if item.folder in box.folders or item.folder == box.contacts}

    def forget_changes(self) -> None:
        """Exchange drops its sync states: no delta token given so far is accepted any more."""
        self.world.expired_before = self.world.next() + 1
        self.world.next()
