"""Two contacts that a person says are one, and one that a person says are two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from hub.engine.asking.names import contact_named
from hub.engine.asking.words import short, title
from hub.errors import UsageError
from hub.model.state import Cell
from hub.rules.matching.names import fold
from hub.rules.rulebook import Rulebook
from hub.store import contacts, inbox, journal
from hub.store.contacts import LinkRow
from hub.store.store import Store, Tx


def merge(store: Store, book: Rulebook, one: str, other: str, *, by: str) -> dict[str, Any]:
    """Ask for two contacts to be one, whatever was judged of their records before. Raises UnknownName, UsageError."""
    first, second = contact_named(store, book, one), contact_named(store, book, other)
    if first == second:
        raise UsageError(f'"{one}" and "{other}" are one contact already: {short(first)}.')
    with store.writing() as tx:
        people = contacts.load_contacts(tx, [first, second])
        links = contacts.load_links(tx, contacts=[first, second])
        pairs = list(product(*([k.id for k in links.values() if k.contact == c] for c in (first, second))))
        if not pairs:
            raise UsageError("One of them has no record in any system any more; there is nothing to merge.")
        inbox.add_answer(tx, first, "match", {"pairs": pairs, "verdict": "same", "by": by})
    return {"contacts": [{"id": c, "name": title(people[c].units), "systems": sorted(
        k.ref.system for k in links.values() if k.contact == c and k.live)} for c in (first, second)]}


def unmerge(store: Store, book: Rulebook, name: str, *, by: str | None) -> dict[str, Any]:
    """The last merge that made this contact what it is; with ``by`` also ask for it to be taken back. Raises UnknownName;
    UsageError where nothing was merged."""
    contact = contact_named(store, book, name)
    with store.writing() as tx:
        joins = _joins(tx, [contact])
        if not joins:
            raise UsageError(f'"{name}" was not merged from two contacts; there is nothing to take apart.')
        entry, links = joins[-1], contacts.load_links(tx, contacts=[contact])
        if by is not None:
            inbox.add_answer(tx, contact, "unmerge", {"join": entry.seq, "by": by})
    return {"contact": contact, **_told(entry, links)}


def of_two_names(tx: Tx, links: Mapping[str, LinkRow]) -> dict[str, list[dict[str, Any]]]:
    """Contact → its joins that stand, of two contacts that were called differently then: perhaps these are two after all.
    ``links``: all of the contacts asked about."""
    out: dict[str, list[dict[str, Any]]] = {}
    for entry in _joins(tx, {k.contact for k in links.values()}):
        told = _told(entry, links)
        if len({fold(side["name"]) for side in told["contacts"]}) == 2:
            out.setdefault(entry.contact, []).append(told)
    return out


def _told(entry: journal.Entry, links: Mapping[str, LinkRow]) -> dict[str, Any]:
    sides = [entry.changes["before"][side] for side in ("kept", "other")]
    return {"merged_at": entry.at, "why": entry.changes["why"], "contacts": [{
        "name": title({u: Cell(*c) for u, c in side["units"].items()}),
        "records": sorted(f"{links[i].ref.system}:{links[i].ref.native_id}" for i in side["links"] if i in links),
    } for side in sides]}


def _joins(tx: Tx, ids: Iterable[str]) -> list[journal.Entry]:
    """Those of the contacts that still stand, oldest first."""
    entries = [e for e in journal.of_contacts(tx, ids, ("join",)) if e.changes]
    now = contacts.merged_into(tx, [e.changes["other"] for e in entries])
    return [e for e in entries if now.get(e.changes["other"]) == e.contact]
