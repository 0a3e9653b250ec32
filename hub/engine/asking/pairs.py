"""Pairs of records that may be one person or organisation, with what helps a person to tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hub.engine.asking.people import hidden_units
from hub.engine.asking.words import NAMELESS, short, title
from hub.model.contact import CONTACT
from hub.model.state import UNSET, Cell
from hub.model.units import member
from hub.model.waiting import HIDDEN, Pair, Side, group_id, pair_id
from hub.rules.matching.match import Tier
from hub.rules.matching.names import fold
from hub.rules.matching.reasons import LEADS
from hub.store import contacts, inbox, reviews
from hub.store.contacts import LinkRow
from hub.store.store import Tx

TELLING = ("birthday", "company", "emails", "phones", "addresses", "identifiers")
"""What is shown of a record, beside its name."""
UNKNOWN = "…"
_RANK = {str(tier): rank for rank, tier in enumerate(Tier)}


def pairs_waiting(tx: Tx, *, system: str, protected: bool) -> tuple[list[Pair], int]:
    """(the pairs nobody judged, the surest and those a group answers first, by cause and name; how many have an answer for
    the next run)."""
    rows = reviews.candidates(tx)
    links = contacts.load_links(tx, ids={x for r in rows for x in (r.link_a, r.link_b)})
    people = contacts.load_contacts(tx, {k.contact for k in links.values()})
    given = judged_already(tx)
    hidden = {i: frozenset() if protected else frozenset(hidden_units(CONTACT, protected=bool(
        people[k.contact].units.get("protected", UNSET).value))) for i, k in links.items()}
    groups: dict[str, str] = {}
    found, answered = [], 0
    for row in rows:
        if row.link_a not in links or row.link_b not in links:
            continue
        if (row.link_a, row.link_b) in given:
            answered += 1
            continue
        one, other = (links[i] for i in (row.link_a, row.link_b))
        if system not in ("", one.ref.system, other.ref.system):
            continue
        id_, number, group = pair_id(one.id, other.id), number_of(tx, row, links), group_id(row.tier, row.cause)
        groups.setdefault(group, mark(tx, group, 0))
        found.append(Pair(id_, f"{short(one.id)}-{short(other.id)}", number, mark(tx, id_, number), groups[group], row.tier,
                          row.cause, tuple(row.reasons), _side(one, hidden[one.id]), _side(other, hidden[other.id])))
    found.sort(key=lambda p: (_RANK.get(p.tier, len(_RANK)), not p.answered_by_group, p.cause.partition(":")[0] in LEADS, p.cause,
                              fold(p.one.name), fold(p.other.name), p.id))
    return found, answered


def judged_already(tx: Tx) -> dict[tuple[str, str], str]:
    """Pair of links → the verdict that takes effect with the next run."""
    owners = [owner for owner, _ in inbox.owners_waiting(tx, ("match",))]
    return {reviews.pair(a, b): row.body["verdict"] for row in inbox.load(tx, owners, ("match",)) if row.body
            for a, b in row.body["pairs"]}


def number_of(tx: Tx, row: Any, links: Mapping[str, LinkRow]) -> int:
    """A number that changes when what speaks for the pair changes, or what its records say. Nobody can guess from it what
    is hidden: it is made with the workspace's key."""
    names = [u for u in CONTACT.units if u.startswith("name.")]
    says = [{u: links[i].shadow.get(u) for u in (*names, *TELLING)} for i in (row.link_a, row.link_b)]
    told = json.dumps([row.tier, row.cause, list(row.reasons), *says], sort_keys=True)
    return int(tx.keys.blind("answer", told)[:8], 16)


def mark(tx: Tx, id_: str, number: int) -> str:
    """What only this workspace can say of an id and a number."""
    return tx.keys.blind("answer", f"{id_}|{number}")[:12]


def _side(link: LinkRow, hidden: Iterable[str]) -> Side:
    units = {u: Cell(v, 1, "") for u, v in link.shadow.items() if u.startswith("name.")}
    return Side(link.ref.system, link.ref.native_id, title(units).replace(NAMELESS, ""), tuple(_values(link.shadow, hidden)))


def _values(shadow: Mapping[str, Any], hidden: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for unit in TELLING:
        value = shadow.get(unit)
        if not value:
            continue
        is_set = CONTACT.units[unit].members is not None
        if unit in hidden:
            yield (member(unit, UNKNOWN) if is_set else unit), HIDDEN
        elif is_set:
            yield from ((member(unit, key), row.get("v")) for key, row in sorted(value.items()))
        else:
            yield unit, value
