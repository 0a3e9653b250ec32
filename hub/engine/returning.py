"""Back in a system's filter: what was seen of the record meanwhile is merged before anything is written there (merge.md 10)."""

from __future__ import annotations

from collections.abc import Iterable

from hub.engine.desk import Desk
from hub.rules.rulebook import Rulebook
from hub.rules.scope import scope
from hub.store import contacts, inbox
from hub.store.store import Store, chunks


def wake_returned(store: Store, book: Rulebook, run: str, aside: Iterable[str]) -> bool:
    """Wake links that are in scope again and of which an observation waits. Returns whether there was one.

    Written first and merged afterwards, what the record showed before our write would look like a user's edit after it.
    """
    merged = book.systems.keys() - set(aside)
    with store.reading() as tx:
        owners = [o for o, system in inbox.owners_waiting(tx, inbox.OBSERVED) if system in merged]
        asleep = {i: home.contact for i, home in contacts.homes(tx, ids=owners).items() if home.life == "out"}
    some = False
    for part in chunks(sorted(set(asleep.values()))):
        with store.writing() as tx:
            desk = Desk(tx, book, run)
            desk.take(part)
            for link in sorted(asleep.keys() & desk.links.keys()):
                row = desk.links[link]
                units = desk.canonical_units(desk.contacts[row.contact].units)
                if scope(units, book.systems[row.ref.system].where) == "in":
                    row.life, some = "present", True
                    desk.touch(row)
            desk.store()
    return some
