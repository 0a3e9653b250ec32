"""Where a contact may get a record of its own, as far as others decide it: somebody who may be the same person, and the record
that a reference names."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from hub.engine.desk import Desk
from hub.rules.rulebook import Rulebook
from hub.rules.scope import scope
from hub.store import contacts, reviews
from hub.store.store import Tx

EVERYWHERE = "*"


def unjudged(tx: Tx, desk: Desk, links: Iterable[str]) -> dict[str, frozenset[str]]:
    """contact → systems it may not be made in while somebody who may be the same person is unjudged: where the other
    one stands or was deleted; and for the younger of the two everywhere, or both would be made in a third system."""
    rows = reviews.candidates(tx, links=links)
    elsewhere = {x for r in rows for x in (r.link_a, r.link_b)} - desk.links.keys()
    homes = {**{i: k.contact for i, k in desk.links.items()},
             **{i: home.contact for i, home in contacts.homes(tx, ids=elsewhere).items()}}
    standing: dict[str, set[str]] = {}
    others = {homes[x] for r in rows for x in (r.link_a, r.link_b) if x in homes}
    for home in contacts.homes(tx, contacts=others).values():
        if home.live or home.tombstone:
            standing.setdefault(home.contact, set()).add(home.system)
    out: dict[str, set[str]] = {}
    for r in rows:
        a, b = homes.get(r.link_a), homes.get(r.link_b)
        if a is not None and b is not None and a != b:
            out.setdefault(a, set()).update(standing.get(b, set()) | ({EVERYWHERE} if a > b else set()))
            out.setdefault(b, set()).update(standing.get(a, set()) | ({EVERYWHERE} if b > a else set()))
    return {c: frozenset(s) for c, s in out.items()}


def coming(tx: Tx, book: Rulebook, targets: Collection[str]) -> dict[str, frozenset[str]]:
    """System → those of these contacts that may get a record there: live, in its filter, not deleted there."""
    if not targets:
        return dict.fromkeys(book.systems, frozenset())
    live = {i: row.units for i, row in contacts.load_contacts(tx, targets).items() if row.state == "live"}
    stones = {(home.system, home.contact) for home in contacts.homes(tx, contacts=live).values() if home.tombstone}
    return {name: frozenset(i for i, units in live.items() if rules.creates and (name, i) not in stones
                            and scope(units, rules.where) == "in")
            for name, rules in book.systems.items()}
