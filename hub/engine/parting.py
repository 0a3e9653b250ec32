"""Unmerge: contacts that were joined by mistake are parted, and never joined again by a rule (merge.md 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.engine.desk import Desk
from hub.engine.erasing import ERASING
from hub.engine.joining import revive
from hub.engine.repointing import repoint
from hub.model.state import UNSET, Cell, Conflict, ContactState, Contender, Decision
from hub.rules.existence import PROPAGATED
from hub.rules.rulebook import Rulebook
from hub.rules.since import Row, came_since, consents_said
from hub.rules.unmerge import Before, unmerge
from hub.store import contacts, identity, inbox, journal, plans, reviews
from hub.store.contacts import ContactRow
from hub.store.store import Store, Tx

ANSWERS = ("unmerge",)


def part_judged(store: Store, book: Rulebook, run: str) -> None:
    """Carry out answers of kind "unmerge": body {"join": journal row, "by": who}; the owner is the kept contact."""
    with store.writing() as tx:
        owners = [o for o, _ in inbox.owners_waiting(tx, ANSWERS)]
        rows = inbox.load(tx, owners, ANSWERS)
        for row in rows:
            desk = Desk(tx, book, run, actor=row.body["by"])
            parted = _part(tx, desk, desk.alias(row.owner), int(row.body["join"]))
            desk.store()
            if parted:
                repoint(tx, book, run, row.body["by"], parted)
        inbox.remove(tx, [r.seq for r in rows])


def _part(tx: Tx, desk: Desk, kept: str, seq: int) -> frozenset[str]:
    """Returns both; none where there is nothing to part."""
    entry = next((e for e in journal.of_contacts(tx, [kept]) if e.seq == seq and e.cause == "join"), None)
    desk.take([kept])
    if kept not in desk.contacts:
        return frozenset()
    stands = entry is not None and contacts.merged_into(tx, [entry.changes["other"]]).get(entry.changes["other"]) == kept
    if entry is None or not stands or desk.contacts[kept].state == ERASING:
        desk.write_down(kept, "answer refused", {"unmerge": seq})
        return frozenset()
    other = entry.changes["other"]
    desk.take([kept, other])
    before, number = entry.changes["before"], tx.next_seq()
    rows = [_row(e) for e in journal.of_contacts(tx, [kept]) if e.seq > seq]
    now = _state(desk, kept)
    ours = _before(before["kept"]).without(desk.entity, (i for r in rows for i in r.left))
    away = _before(before["other"])
    claimed = plans.landed(tx, [other])
    theirs = away.links | {k.id for k in desk.links_of(kept) if k.created_by_write in claimed}
    first, second = unmerge(desk.entity, now, ours, replace(away, links=theirs), rev=number,
                            came=came_since(desk.entity, _row(entry), rows, now.units))
    row = ContactRow(other, desk.entity.name, dict(second.units), "live", None, 1, desk.contacts[other].exists_number + 1)
    desk.contacts[other] = row
    mine = [k.id for k in desk.links_of(kept) if k.id not in theirs]
    for link in [k for k in desk.links_of(kept) if k.id in theirs]:
        desk.move_link(link, other, "unmerge", number)
    desk.conflicts[other] = {u: c for u, c in desk.conflicts.get(kept, {}).items()
                             if u.startswith("@") and c.contenders[0].link in theirs}
    for unit in desk.conflicts[other]:
        del desk.conflicts[kept][unit]
    desk.settle(kept, first)
    desk.settle(other, second)
    if desk.contacts[kept].state == "deleted":
        _end_whose_records_ended(desk, kept, other, [e for e in journal.of_contacts(tx, [kept]) if e.seq > seq])
    desk.contacts[kept].waiting = row.waiting = 1
    desk.touch(row)
    desk.write_down(kept, "unmerge", {"other": other, "join": seq, "links": sorted(theirs),
                                      "units": _changes(first.changed, first.units)}, seq=number)
    was = away.units
    said = consents_said(desk.entity, rows, theirs)
    desk.write_down(other, "parted", {
        "from": kept, "join": seq, "decisions": [[d.unit, d.link, d.fate, d.value, d.rule, d.against] for d in said],
        "units": _changes({u: was.get(u, UNSET) for u in second.units.keys() | was.keys() if second.units.get(u) != was.get(u)},
                          second.units)})
    reviews.judge(tx, [(a, b) for a in mine for b in sorted(theirs)], "different", desk.actor, "unmerged")
    identity.ask_again(tx, {*mine, *theirs})
    return frozenset((kept, other))


def _end_whose_records_ended(desk: Desk, kept: str, other: str, since: Sequence[journal.Entry]) -> None:
    """What ended the joined contact was the end of somebody's record: the other one is there, and its deletes that were not
    sent fall away. Where both had ended before they were joined, both stay so."""
    ended = {e.changes["link"] for e in since if e.changes.get("verdict") == "delete" or e.changes.get("rule") == PROPAGATED}
    for contact in (kept, other):
        if ended and not ended & {k.id for k in desk.links_of(contact)}:
            revive(desk, desk.contacts[contact])
        else:
            desk.contacts[contact].state = "deleted"


def _state(desk: Desk, contact: str) -> ContactState:
    state = desk.state(contact)
    open_ = {u: c for u, c in state.conflicts.items() if not u.startswith("@")}
    return ContactState(desk.canonical_units(state.units), state.links, open_)


def _before(snapshot: dict[str, Any]) -> Before:
    conflicts = {u: Conflict(u, number, reason, tuple(Contender(*x) for x in contenders), note)
                 for u, (number, reason, contenders, note) in snapshot["conflicts"].items() if not u.startswith("@")}
    return Before({u: Cell(*c) for u, c in snapshot["units"].items()}, frozenset(snapshot["links"]), conflicts)


def _row(e: journal.Entry) -> Row:
    before = {u: Cell(*change[:3]) for u, change in e.changes.get("units", {}).items()}
    brought = _before(e.changes["before"]["other"]).units if e.cause == "join" else {}
    return Row(e.seq, before, [Decision(*d) for d in e.changes.get("decisions", ())], brought,
               frozenset(e.changes["links"] if e.cause == "unmerge" else ()))


def _changes(before: Mapping[str, Cell], after: Mapping[str, Cell]) -> dict[str, list[Any]]:
    return {u: [*cell[:3], after.get(u, UNSET).value, after.get(u, UNSET).origin] for u, cell in before.items()}
