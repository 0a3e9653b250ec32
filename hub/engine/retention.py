"""Since when nothing about a contact changed: what the rules of retention ask (``hub.rules.retention``).

Only what a person or a system said counts. What the hub did by itself does not: a changed mapping, a join, its own writes. The
first reading of a system counts, for nobody knows when its records were typed. So does a parting: what was said of the one then
stands in the other's history.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hub.engine.pull import same_native
from hub.store import contacts, inbox, journal
from hub.store.contacts import LinkRow
from hub.store.inbox import InboxRow
from hub.store.store import Tx

SAID = ("born", "merge", "answer", "gone", "existence answered", "undo", "unmerge", "parted")
"""Causes of the journal that are something said."""
ERASE = "erase"
"""The kind of a person's answer that somebody be erased."""
ANSWERED = "a person's answer waits for the next `hub sync`"


def changed_at(tx: Tx, ids: Collection[str] | None = None) -> dict[str, float]:
    """Contact → when something about it was said last; of everybody, or of these. Who has no such row in the journal is not
    here: nobody knows since when, so the time is never over."""
    aliases = contacts.aliases(tx)
    wanted = None if ids is None else [*ids, *(old for old, now in aliases.items() if now in ids)]
    out: dict[str, float] = {}
    for contact, at in journal.newest(tx, SAID, wanted).items():
        home = aliases.get(contact, contact)
        out[home] = max(at, out.get(home, at))
    return out


def unheard(tx: Tx, ids: Collection[str], links: Mapping[str, LinkRow]) -> dict[str, str]:
    """Contact → what of it waits in the inbox and is not in the journal yet, in words. ``links``: all of these contacts. A
    record outside its system's filter waits there for ever; as long as it shows what is known, it says nothing."""
    out: dict[str, str] = {}
    for row in inbox.load(tx, [*ids, *links]):
        link = links.get(row.owner)
        if link is None and row.kind != ERASE:
            out.setdefault(row.owner, ANSWERED)
        elif link is not None and _differs(row, link):
            out.setdefault(link.contact, f"{row.ref.system} shows something that was not merged yet")
    return out


def _differs(row: InboxRow, link: LinkRow) -> bool:
    if row.kind != "upserted":
        return True
    shown: Mapping[str, Any] = row.body
    return not same_native(shown, link.native if row.complete else {name: link.native.get(name) for name in shown})
