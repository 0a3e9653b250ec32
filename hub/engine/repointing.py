"""Who refers to one of two contacts that were parted refers to the one whose record he names (merge.md 11)."""

from __future__ import annotations

from hub.engine.desk import Desk
from hub.model.record import NativeRecord, Upserted
from hub.model.state import UNSET
from hub.rules.rulebook import Rulebook
from hub.store import contacts, inbox
from hub.store.contacts import LinkRow
from hub.store.store import Tx, chunks


def repoint(tx: Tx, book: Rulebook, run: str, actor: str, parted: frozenset[str]) -> None:
    """While they were one, a system that had records of both could name either. The record that the value came from is read
    anew, so that the value follows what it names; any other one shows what it names, and is behind where that is not the value.

    Values are sealed, so that all records of systems with references are looked through. Two are seldom parted.
    """
    units = [unit for unit, schema in book.entity.units.items() if schema.kind == "ref"]
    for system, rules in sorted(book.systems.items()):
        if any(rules.lens.covers(unit) for unit in units):
            for part in chunks(contacts.live_ids(tx, system)):
                found = [k for k in contacts.load_links(tx, ids=part).values() if parted & {k.shadow.get(u) for u in units}]
                if found:
                    _some(Desk(tx, book, run, actor=actor), found, units)


def _some(desk: Desk, found: list[LinkRow], units: list[str]) -> None:
    desk.take({k.contact for k in found})
    refs = desk.refs_for((k.ref.system, k.native) for k in found)
    anew: list[LinkRow] = []
    for link in [desk.links[k.id] for k in found]:
        named, _ = desk.project(link.ref.system, link.native, refs, link.shadow)
        for unit in [u for u in units if u in named and named[u] != link.shadow.get(u)]:
            cell = desk.contacts[link.contact].units.get(unit, UNSET)
            if cell.origin == link.id:
                anew.append(link)
                continue
            link.shadow = {**link.shadow, unit: named[unit]}
            if cell.value != named[unit] and unit not in link.left:
                link.behind.setdefault(unit, cell.rev)
            desk.touch(link)
            desk.contacts[link.contact].waiting = 1
            desk.touch(desk.contacts[link.contact])
    inbox.add_changes(desk.tx, [(k.id, Upserted(NativeRecord(k.ref, k.native, k.version))) for k in anew], confirmed=True)
    desk.store()
