"""Radicale's own storage, for an address book into which six hundred cards come at once. Radicale loads it as any
storage plugin (``[storage] type``); what it stores and answers is the same.

Radicale reads every card of a book to see whether a new one's UID is taken, and looks through its whole history after
each: unnoticed when a person saves a card, minutes for a first sync. Here the UIDs are remembered, nothing of the
history is old enough to go, and nobody waits for the disk: the demo's data may be lost.
"""

from __future__ import annotations

import os
from typing import Any

from radicale.storage import multifilesystem


class Collection(multifilesystem.Collection):
    """One address book."""

    def has_uid(self, uid: str) -> bool:
        assert isinstance(self._storage, Storage)
        known = self._storage.uids.setdefault(self._filesystem_path, {})
        there = {entry.name for entry in os.scandir(self._filesystem_path) if not entry.name.startswith(".")}
        for href in known.keys() - there:
            del known[href]
        for href in there - known.keys():
            item = self._get(href, verify_href=False)
            if item is not None:
                known[href] = item.uid
        return uid in known.values()

    def _clean_history(self) -> None:
        return


class Storage(multifilesystem.Storage):
    """The folder with all books. ``uids``: per book, file name → UID; a card keeps its UID (RFC 6352 5.1)."""

    _collection_class = Collection

    def __init__(self, configuration: Any) -> None:
        super().__init__(configuration)
        self.uids: dict[str, dict[str, str]] = {}
        self._filesystem_fsync = False
