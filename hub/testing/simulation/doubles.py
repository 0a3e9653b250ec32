"""What the oracle asks about doubles: no system gets a second record of one person, nor of two who wait for a person's word."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from hub.model.units import replaced_by, split
from hub.rules.own_key import ORIGIN, own_key
from hub.testing.simulation.cast import Actor
from hub.testing.simulation.people import Users

if TYPE_CHECKING:
    from hub.testing.simulation.oracle import Truth

TAIL = slice(19, None)
"""Of a key, what tells contacts and attempts apart (``hub.rules.own_key``)."""
ATTEMPTS = 9
NAMES = ("name.given", "name.family")
LATE = float("inf")
Look = tuple[tuple[Any, ...], frozenset[str]]
"""Whole name and e-mail addresses."""


def no_doubles(truth: Truth, actors: dict[str, Actor], users: Users) -> list[str]:
    """No system has two records made for one contact; nor for two that are one now, and already looked alike from the birth
    of the second until its record was made: that pair waits for a person. Who takes a record out of the trash, after another was
    made at a person's word, has two."""
    out = []
    made_for = {own_key("0" * ORIGIN, contact, attempt)[TAIL]: contact  # what a key says of the contact
                for contact in truth.contacts.keys() | truth.aliases.keys() for attempt in range(ATTEMPTS)}
    lives = {contact: _looks_over_time(truth, contact) for contact in set(made_for.values())}
    again = {truth.links[e.changes["link"]].ref for e in truth.entries
             if e.cause == "existence answered" and e.changes["verdict"] == "restore"}
    back = {(ref.system, ref.native_id) for ref in again}
    for name, actor in sorted(actors.items()):
        live = actor.vendor.records()
        made = [(truth.creates_sent.get(entry.marker or "", LATE), made_for[key]) for entry in actor.vendor.log
                if entry.op == "create" and entry.id in live and (name, entry.id) not in back
                and (key := str(entry.patch.get("hub_key") or "")[TAIL]) in made_for]
        for (_, first), (sent, second) in combinations(sorted(made), 2):
            is_one = truth.aliases.get(first, first) == truth.aliases.get(second, second)
            asked = is_one and not users.confused and not users.merged and _alike_until(sent, lives[first], lives[second])
            if first == second or asked:
                out.append(f"doubled: {name} has 2 records made for one contact")
    return out


def findable(truth: Truth) -> list[str]:
    """Whoever comes a second time is known by all that the records of the first one show, whoever wrote it there."""
    return [f"not findable: {truth.links[link].ref} by {keys}" for link, keys in sorted(truth.unknown_by.items())
            if truth.contacts[truth.links[link].contact].state == "live"]


def _looks_over_time(truth: Truth, contact: str) -> list[tuple[float, Look]]:
    """(since when, look) of a contact, from the journal."""
    shown: dict[str, Any] = {}
    out = []
    for e in truth.entries:
        if e.contact == contact and (units := e.changes.get("units")):
            shown |= {unit: change[3] for unit, change in units.items()}
            mails = (key for unit, value in shown.items() if value is not None and replaced_by(value) is None
                     and (p := split(unit))[0] == "emails" and p[2] is None and (key := p[1]))
            out.append((e.at, (tuple(shown.get(unit) for unit in NAMES), frozenset(mails))))
    return out


def _alike_until(end: float, a: list[tuple[float, Look]], b: list[tuple[float, Look]]) -> bool:
    """Had both one whole name and one address from the birth of the younger one until then? A name alone says nothing."""
    if not a or not b:
        return False
    begin = max(a[0][0], b[0][0])
    looks = [look for life in (a, b) for (since, look), (until, _) in pairwise([*life, (LATE, ((), frozenset()))])
             if since <= end and until > begin]
    names = {name for name, _ in looks}
    return len(names) == 1 and None not in names.pop() and bool(frozenset.intersection(*(mails for _, mails in looks)))
