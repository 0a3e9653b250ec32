"""Writes a system refused, or that cannot be said there, and what people decide about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.engine.asking.words import short, title
from hub.errors import UnknownName
from hub.store import contacts, plans
from hub.store.store import Store, Tx

ALL = "all"


def every(store: Store, *, dismissed: bool = False) -> list[dict[str, Any]]:
    """What is parked, oldest first; ``dismissed``: what nobody wants to be told of any more, too."""
    with store.reading() as tx:
        return [f for f in _failures(tx) if dismissed or not f["dismissed_by"]]


def retry(store: Store, names: Iterable[str]) -> int:
    """Try parked writes (by id, system, or "all") again with the next run. Returns how many."""
    with store.writing() as tx:
        found = _named(tx, names)
        plans.unpark(tx, [f["place"] for f in found])
        contacts.set_waiting(tx, {f["contact"]: 1 for f in found})
        return len(found)


def dismiss(store: Store, names: Iterable[str], *, by: str) -> int:
    """Tell nobody of these any more. They stay parked: what changes there or here makes them be tried, and told, again.
    Returns how many."""
    with store.writing() as tx:
        found = _named(tx, names)
        plans.dismiss(tx, [f["place"] for f in found], by)
        return len(found)


def _named(tx: Tx, names: Iterable[str]) -> list[dict[str, Any]]:
    every_one, out = _failures(tx), {}
    for name in names:
        found = [f for f in every_one if name in (f["id"], f["system"], ALL)]
        if not found and name != ALL:
            raise UnknownName(f'No failure is called "{name}". `hub failures list --all` shows their ids and systems.')
        out.update({f["place"]: f for f in found})
    return list(out.values())


def _failures(tx: Tx) -> list[dict[str, Any]]:
    rows = plans.all_parked(tx)
    links = contacts.load_links(tx, ids={r.link for r in rows})
    aliases = contacts.aliases(tx)
    homes = {r.link: links[r.link].contact if r.link in links else aliases.get(r.link, r.link) for r in rows}
    people = contacts.load_contacts(tx, homes.values())
    sent = {w.digest: w for w in plans.writes(tx, states=("refused",))} if rows else {}
    out = []
    for r in rows:
        person, link, write = people.get(homes[r.link]), links.get(r.link), sent.get(r.digest)
        if person is None:
            continue
        out.append({
            "id": f"{short(r.link)}-{r.digest[:4]}", "place": (r.link, r.digest), "contact": person.id,
            "name": title(person.units), "system": link.ref.system if link else r.version,
            "native_id": link.ref.native_id if link else "", "op": write.op if write else "update" if link else "create",
            "sent": write is not None, "reason": r.reason, "since": r.at, "dismissed_by": r.dismissed_by or "",
            "before": write.before if write else {}, "after": write.after if write else {}})
    return out
