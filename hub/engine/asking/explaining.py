"""Why a contact's values are what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.engine.asking.names import contact_named
from hub.engine.asking.words import shown, title
from hub.engine.desk import Desk
from hub.errors import UnknownName
from hub.model.life import LIVE
from hub.model.state import Cell
from hub.model.units import split
from hub.rules.rulebook import Rulebook
from hub.store import contacts, journal
from hub.store.contacts import LinkRow
from hub.store.store import Store, Tx


def explain(store: Store, book: Rulebook, name: str, unit: str | None) -> dict[str, Any]:
    """Of each value: since when, from where, by which rule, who was overruled, where it is written and where not. ``unit``:
    only that one, or only the members of that set."""
    contact = contact_named(store, book, name)
    with store.reading() as tx:
        row = contacts.load_contacts(tx, [contact])[contact]
        row.units = Desk(tx, book, "").canonical_units(row.units)
        meant = {u: c.value for u, c in row.units.items() if u in book.entity.units and book.entity.units[u].kind == "ref"}
        others = contacts.load_contacts(tx, {v for v in meant.values() if v})
        links = list(contacts.load_links(tx, contacts=[contact]).values())
        entries = journal.of_contacts(tx, [contact, *_merged(tx, contact)])
    names = {k.id: k.ref.system for k in links}
    if unit is not None and not any(u == unit or split(u)[0] == unit for u in row.units):
        raise UnknownName(f'{title(row.units)} has no "{unit}". It has: {", ".join(sorted({split(u)[0] for u in row.units}))}.')
    units = {}
    for u in sorted(row.units):
        if unit is None or u == unit or split(u)[0] == unit:
            units[u] = _why(u, row.units[u], links, names, entries)
            if meant.get(u) in others:
                units[u]["who"] = title(others[meant[u]].units)
    return {
        "contact": contact, "name": title(row.units), "state": row.state, "units": units,
        "links": [{"system": k.ref.system, "native_id": k.ref.native_id, "life": k.life, "behind": sorted(k.behind),
                   "left": sorted(k.left)} for k in links]}


def _merged(tx: Tx, contact: str) -> list[str]:
    return [i for i, into in contacts.aliases(tx).items() if into == contact]


def _why(
    unit: str, cell: Cell, links: Sequence[LinkRow], names: Mapping[str, str], entries: Sequence[journal.Entry]
) -> dict[str, Any]:
    history = []
    for e in entries:
        change = e.changes.get("units", {}).get(unit)
        decisions = [d for d in e.changes.get("decisions", ()) if d[0] == unit]
        if change is None and not decisions:
            continue
        history.append({
            "row": e.seq, "at": e.at, "by": e.actor, "cause": e.cause,
            "from": shown(change[0]) if change else None, "to": shown(change[3]) if change else None,
            "decisions": [{"system": names.get(d[1], d[1]), "fate": d[2], "value": shown(d[3]), "rule": d[4]}
                          for d in decisions]})
    live = [k for k in links if k.life in LIVE]
    return {
        "value": shown(cell.value), "since_row": cell.rev, "from": names.get(cell.origin, cell.origin), "history": history,
        "behind": sorted(k.ref.system for k in live if unit in k.behind),
        "left": sorted(k.ref.system for k in live if unit in k.left)}
