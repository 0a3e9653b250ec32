"""Undo of a run: what it changed goes back where nobody touched it since. The way back into the systems is a plan like
any other (merge.md 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.engine.desk import Desk
from hub.engine.erasing import ERASING
from hub.engine.joining import revive
from hub.model.state import Cell, Conflict, Decision, MergeOutcome
from hub.model.units import EXISTS
from hub.rules.existence import PROPAGATED
from hub.rules.rulebook import Rulebook
from hub.rules.since import Row
from hub.rules.undo import Kept, undo
from hub.store import inbox, journal, plans
from hub.store.contacts import LinkRow
from hub.store.store import Store, Tx, chunks

ANSWERS = ("undo",)
JOINED = {"join": "it was joined with another contact in that run: part them", "unmerge": "it was parted in that run",
          "parted": "it was parted in that run"}


@dataclass(slots=True)
class Reversal:
    """What the undo of one contact does.

    ``outcome``  the units put back; None: none is
    ``again``    questions that are open again
    ``made``     records the run created, to be proposed for deletion · ``spared``: those it proposed, which stay now
    ``revived``  the run ended the contact, and it is live again: ``spared`` are its records whose delete still waits
    ``kept``     units that stay, and why · ``lost``: what no undo brings back, in words
    """

    outcome: MergeOutcome | None = None
    again: list[Conflict] = field(default_factory=list)
    made: list[LinkRow] = field(default_factory=list)
    spared: list[LinkRow] = field(default_factory=list)
    revived: bool = False
    kept: list[Kept] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def reversals(tx: Tx, desk: Desk, run: str, of: Sequence[str], rev: Mapping[str, int]) -> dict[str, Reversal]:
    """contact → what undoing the run means for it; of somebody who was erased nothing is left. ``rev``: the journal row of
    each undo. Changes nothing."""
    now = {c: desk.alias(c) for c in of}
    desk.take(set(now.values()))
    of = [c for c in of if now[c] in desk.contacts]
    rows: dict[str, list[journal.Entry]] = {}
    for entry in journal.of_contacts(tx, of):
        rows.setdefault(entry.contact, []).append(entry)
    sent = plans.landed(tx, of)
    out = {}
    for contact in of:
        mine = [e for e in rows.get(contact, ()) if e.run == run]
        since = [e for e in rows.get(contact, ()) if mine and e.seq > mine[-1].seq]
        out[contact] = _reversal(desk, contact, now[contact] != contact, mine, since, sent, rev.get(contact, 0))
    return out


def _reversal(
    desk: Desk, contact: str, merged: bool, mine: Sequence[journal.Entry], since: Sequence[journal.Entry],
    sent: Mapping[str, Mapping[str, int]], rev: int,
) -> Reversal:
    found = Reversal(lost=[f"deleted in {e.changes['system']}" for e in mine if e.cause == "deleted"])
    joined = next((JOINED[e.cause] for e in [*mine, *since] if e.cause in JOINED), "")
    changed = [e for e in mine if e.cause != "born" and e.changes.get("units")]
    state = desk.contacts[desk.alias(contact)].state
    if state == "deleted" and not merged and any(map(_ended, mine)) and not any(map(_ended, since)):
        found.spared = [k for k in desk.live_links(contact) if EXISTS in k.behind]
        found.revived = bool(found.spared)
    if found.revived:
        state = "live"
    if state in ("deleted", ERASING):
        joined = "the contact was deleted" if state == "deleted" else "the person is being erased"
    if joined or merged:
        found.kept += [Kept(u, joined or JOINED["join"]) for e in changed for u in e.changes["units"]]
        return found
    edited = {d[1] for e in since for d in e.changes.get("decisions", ())}
    created = {e.changes["link"] for e in mine if e.cause in ("created", "create settled")}
    proposed = {i for e in mine if e.cause == "undo" for i in e.changes["made"]}
    for link in desk.live_links(contact):
        rules = desk.book.systems.get(link.ref.system)
        if link.undone:
            found.spared += [link] if link.id in proposed else []
        elif link.id in created & edited:
            found.kept.append(Kept("@exists", f"edited since in {link.ref.system}"))
        elif link.id in created and rules is not None and not rules.deletes:
            found.kept.append(Kept("@exists", f"the hub may not delete in {link.ref.system}"))
        elif link.id in created:
            found.made.append(link)
    answered = [e for e in mine if any(d[2] == "answered" for d in e.changes.get("decisions", ()))]
    if changed or answered:
        wrote = {k.id: {**sent.get(k.created_by_write or "", {}), **sent.get(k.id, {})} for k in desk.links_of(contact)}
        now = desk.state(contact)
        outcome, kept = undo(
            desk.entity, now, [_row(e) for e in mine if e in changed or e in answered],
            later={u for e in since for u in e.changes.get("units", ())}, wrote=wrote, rev=rev, at=int(desk.tx.now()))
        found.kept += kept
        found.outcome = outcome if outcome.changed or outcome.conflicts != now.conflicts else None
        found.again = [c for u, c in sorted(outcome.conflicts.items()) if u not in now.conflicts]
    return found


def _ended(e: journal.Entry) -> bool:
    """Did this row end the contact?"""
    return bool(e.changes.get("verdict") == "delete" or e.changes.get("rule") == PROPAGATED)


def _row(e: journal.Entry) -> Row:
    return Row(e.seq, {u: Cell(*c[:3]) for u, c in e.changes.get("units", {}).items()},
               [Decision(*d) for d in e.changes.get("decisions", ())])


def undo_runs(store: Store, book: Rulebook, run: str) -> None:
    """Carry out answers of kind "undo": body {"run", "by"}; one per contact the run changed."""
    with store.reading() as tx:
        owners = [o for o, _ in inbox.owners_waiting(tx, ANSWERS)]
    for part in chunks(owners):
        with store.writing() as tx:
            answers = inbox.load(tx, part, ANSWERS)
            for undone, by in sorted({(a.body["run"], a.body["by"]) for a in answers}):
                desk = Desk(tx, book, run, actor=by)
                _undo_some(tx, desk, undone, [a.owner for a in answers if a.body["run"] == undone])
            inbox.remove(tx, [a.seq for a in answers])


def _undo_some(tx: Tx, desk: Desk, run: str, of: Sequence[str]) -> None:
    rev = {c: tx.next_seq() for c in of}
    for contact, found in reversals(tx, desk, run, of, rev).items():
        if found.outcome is None and not found.made and not found.spared:
            continue
        outcome = found.outcome
        changes: dict[str, Any] = {"of": run, "made": [k.id for k in found.made], "kept": [list(k) for k in found.kept]}
        if outcome is not None:
            changes |= {
                "units": {u: [*was[:3], outcome.units[u].value, outcome.units[u].origin] for u, was in outcome.changed.items()},
                "decisions": [[d.unit, d.link, d.fate, d.value, d.rule, d.against] for d in outcome.decisions]}
            desk.settle(contact, outcome)
        for link in (*found.made, *found.spared):
            link.undone = link in found.made
            desk.touch(link)
        if found.revived:
            revive(desk, desk.contacts[contact])
        desk.contacts[contact].waiting = 1
        desk.touch(desk.contacts[contact])
        desk.write_down(contact, "undo", changes, seq=rev[contact])
    desk.store()
