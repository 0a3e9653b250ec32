"""For whom the time is over to keep them: proposed by the rules of retention, approved by a person, then erased like anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from hub.engine.asking.names import contact_named
from hub.engine.asking.subjects import previews
from hub.engine.asking.words import short, title
from hub.engine.retention import ERASE, changed_at, unheard
from hub.errors import ApprovalNeeded, PlanStale, UsageError
from hub.model.units import EntitySchema, split
from hub.rules.matching.names import fold
from hub.rules.retention import Retention, over
from hub.rules.rulebook import Rulebook
from hub.store import contacts, finding, inbox, plans, reviews, systems
from hub.store.contacts import ContactRow, LinkRow
from hub.store.store import Store, Tx, digest

REFERRED = "somebody who stays refers to them"
TWO_NAMES = "was joined from two that were called differently: are they one?"
HELD = ("live", "deleted")
"""States of contacts of which the hub holds something that nobody asked to be erased yet."""


def due(store: Store, book: Rulebook, keep: Mapping[str, str], *, without: Iterable[str] = ()) -> dict[str, Any]:
    """Who is to go, by which rule, and what would become of each record: {"list": the list's name, "people": as ``preview`` has
    them, with "rule", "why", "since" (when something about them was said last) and "waits" (what else is open), "left_out":
    whom a person must look at, with "reason", "rules": how many of all each rule takes, "read": system → when it was read}.

    A question, a write or a possible double that waits is told and holds nobody back: a question nobody answers would keep a
    person for ever. Left out, to be erased by name, is of whom something waits that was not merged yet, who was joined from two
    names, and to whom somebody refers who stays (an employer, a child's parent). ``keep``: as for an erasure. ``without``: names
    of contacts to leave out. Raises UnknownName, UsageError.
    """
    names = {contact_named(store, book, name): name for name in without}
    with store.reading() as tx:
        return _due(tx, book, keep, names)[0]


def approve(
    store: Store, book: Rulebook, keep: Mapping[str, str], *, without: Iterable[str], listed: str, people: int | None, by: str,
) -> dict[str, Any]:
    """Erase exactly those on the list called ``listed``; the next run begins with it. ``people``: how many they are, asked for
    where a rule takes most of all. Raises PlanStale, ApprovalNeeded, UsageError."""
    names = {contact_named(store, book, name): name for name in without}
    with store.writing() as tx:
        found, most = _due(tx, book, keep, names)
        count = len(found["people"])
        if not listed or found["list"] != listed:
            raise PlanStale(f'The list is not (any more) the one called "{listed}", so nobody is erased. Look at it with '
                            "`hub subject due`, with the same --keep and --except, and approve that.")
        if people is not None and people != count:
            raise UsageError(f"There are {count} on the list, not {people}. Nobody is erased.")
        if most and people is None:
            raise ApprovalNeeded(f"{' and '.join(most)}: that is most of all whom the hub knows, so nobody is erased. If it is "
                                 f"right, say how many are on the list: --people {count}.")
        inbox.add_answers(tx, [(each["contact"], ERASE, {
            "by": by, "keep": dict(keep), "rule": each["rule"], "why": each["why"], "since": each["since"]})
            for each in found["people"]])
    return found


def _due(tx: Tx, book: Rulebook, keep: Mapping[str, str], without: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What ``due`` gives, and rules that take most of all, in words."""
    everybody = {row.id: row for row in finding.all_contacts(tx) if row.state in HELD} if book.retention else {}
    since, asked, now = changed_at(tx), {owner for owner, _ in inbox.owners_waiting(tx, (ERASE,))}, tx.now()
    by_rule: dict[str, Retention] = {
        i: rule for i, row in everybody.items()
        if i in since and i not in asked and (rule := over(book.retention, row.units, since[i], now)) is not None}
    if strangers := [name for i, name in without.items() if i not in by_rule]:
        raise UsageError(f'"{strangers[0]}" is not on the list; --except is for those who are.')
    links = contacts.load_links(tx, contacts=by_rule)
    seen = previews(tx, book, {i: everybody[i] for i in by_rule}, links, keep)
    there = {r["system"] for each in seen.values() for r in each["records"]}
    if strange := sorted(keep.keys() - there):
        raise UsageError(f"Nobody on the list has a record in {', '.join(strange)}. There are some in: "
                         f"{', '.join(sorted(there)) or 'no system'}.")
    left_out = {i: TWO_NAMES for i, each in seen.items() if each["joined"]} | unheard(tx, by_rule.keys(), links)
    staying = everybody.keys() - (by_rule.keys() - left_out.keys() - without.keys())
    left_out = _referred(book.entity, everybody, staying, contacts.aliases(tx)) | left_out
    waits = _waits(tx, links)
    people, out = [], []
    for i, rule in sorted(by_rule.items(), key=lambda each: (fold(title(everybody[each[0]].units)), each[0])):
        each = {**seen[i], "rule": rule.name, "why": rule.why, "since": since[i], "waits": waits.get(i, [])}
        if i in left_out:
            out.append({**each, "reason": left_out[i]})
        elif i not in without:
            people.append(each)
    taken = Counter(each["rule"] for each in people)
    most = [f"The rule {name} takes {count} of {len(everybody)}" for name, count in sorted(taken.items())
            if book.limits.is_most(count, len(everybody))]
    return {"list": _named(people), "people": people, "left_out": out,
            "rules": [{"rule": r.name, "why": r.why, "people": taken[r.name], "of": len(everybody)} for r in book.retention],
            "read": {name: row.pulled_at for name, row in systems.all_systems(tx).items() if name in book.systems}}, most


def _named(people: Iterable[Mapping[str, Any]]) -> str:
    """The name of exactly this list: of another person, record, outcome, reason or date it is another. "" for nobody."""
    rows = [[p["contact"], p["rule"], p["why"], repr(p["since"]), *([r[k] for k in ("system", "record", "outcome", "why")]
             for r in p["records"])] for p in people]
    return short(digest(rows)) if rows else ""


def _referred(
    entity: EntitySchema, everybody: Mapping[str, ContactRow], staying: Iterable[str], aliases: Mapping[str, str],
) -> dict[str, str]:
    """Those to whom somebody refers who stays, or stays for that reason."""
    out: dict[str, str] = {}
    look = [everybody[i] for i in staying]
    known = set(staying)
    while look:
        named = {aliases.get(v, v) for row in look if row.state == "live" for u, cell in row.units.items()
                 if _is_ref(entity, u) and isinstance(v := cell.value, str)}
        new = (named & everybody.keys()) - known
        out |= dict.fromkeys(new, REFERRED)
        known |= new
        look = [everybody[i] for i in new]
    return out


def _is_ref(entity: EntitySchema, unit: str) -> bool:
    base, key, attribute = split(unit)
    schema = entity.units.get(base)
    if schema is None or attribute is not None:
        return False
    return schema.kind == "ref" if key is None else schema.members is not None and schema.members.ref


def _waits(tx: Tx, links: Mapping[str, LinkRow]) -> dict[str, list[str]]:
    """Contact → what of it waits for a person or for a system, in words."""
    ids = {k.contact for k in links.values()}
    out: dict[str, set[str]] = {}
    for row in reviews.load_conflicts(tx, ids):
        out.setdefault(row.contact, set()).add("a question is open")
    for contact in {*plans.unsent_contacts(tx), *(i.contact for i in plans.open_intents(tx))} & ids:
        out.setdefault(contact, set()).add("a write waits")
    for pair in reviews.candidates(tx, links=links):
        for link in (pair.link_a, pair.link_b):
            if link in links:
                out.setdefault(links[link].contact, set()).add("may be the same as somebody")
    return {i: sorted(some) for i, some in out.items()}
