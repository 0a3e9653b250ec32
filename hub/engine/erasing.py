"""Somebody is to be forgotten: their records go from every system that may lose them, then the hub's own memory of them.

The contact is "erasing" until every record is gone or kept for a reason; nothing of it is merged, made or written
meanwhile. A person approved exactly that, so its deletes need no second approval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.engine.copies import profile_of
from hub.engine.desk import Desk
from hub.engine.report import Tally
from hub.engine.retention import ERASE, changed_at, unheard
from hub.model.life import LIVE
from hub.rules.forgetting import marks
from hub.rules.matching import match
from hub.rules.rulebook import Rulebook
from hub.store import contacts, erasures, inbox, plans, systems
from hub.store.contacts import ContactRow, LinkRow
from hub.store.erasures import RECORD, Erasure, record_value
from hub.store.store import Store, Tx, chunks

ANSWERS = (ERASE,)
ERASING = "erasing"
REASON = "erasure"
"""Why such a delete is made."""
NOT_CONFIGURED = "the system is not configured any more"
LEFT = {"nothing": "deleted", "trash": "in the trash there", "inactive": "inactive there"}


def begin_erasing(store: Store, book: Rulebook, run: str, tally: Tally) -> bool:
    """Carry out answers of kind "erase": body {"by", "keep": {system: why}}, of a rule of retention also {"rule", "why",
    "since": when the contact had changed last}. A second one about the same contact changes what is kept. Returns whether
    somebody is being erased.

    Who changed since a list was approved is not erased by it. So it waits until every system with a record of theirs was read
    once more: who approved knew only what had been read by then.
    """
    with store.reading() as tx:
        asked = [o for o, _ in inbox.owners_waiting(tx, ANSWERS)]
        if not asked:
            return bool(erasures.every(tx, state="open"))
    for part in chunks(asked):
        with store.writing() as tx:
            _begin_some(tx, Desk(tx, book, run), part, tally)
    return True


def _begin_some(tx: Tx, desk: Desk, owners: Sequence[str], tally: Tally) -> None:
    rows = inbox.load(tx, owners, ANSWERS)
    desk.take({desk.alias(row.owner) for row in rows})
    changed, told = changed_at(tx, desk.contacts.keys()), unheard(tx, desk.contacts.keys(), desk.links)
    open_ = {e.contact: e for e in erasures.every(tx, state="open")}
    pulled = {name: s.pulled_at or 0.0 for name, s in systems.all_systems(tx).items() if name in desk.book.systems}
    begun: dict[str, Erasure] = {}
    done: list[int] = []
    for row in rows:
        contact, body = desk.contacts.get(desk.alias(row.owner)), row.body
        by_rule = contact is not None and contact.state != ERASING and "rule" in body
        if contact and by_rule and any(pulled.get(k.ref.system, row.arrived) < row.arrived for k in desk.live_links(contact.id)):
            tally.not_erased_yet += 1
            continue
        done.append(row.seq)
        if contact is None:
            continue
        if by_rule and (contact.id in told or changed.get(contact.id, body["since"]) > body["since"]):
            desk.write_down(contact.id, "answer refused", {"retention": body["rule"]}, actor=body["by"])
            tally.not_erased += 1
            continue
        erasure = open_.setdefault(contact.id, Erasure(
            tx.new_id(), contact.id, body["by"], tx.now(), rule=body.get("rule", ""), why=body.get("why", "")))
        _begin(tx, desk, contact, erasure, body)
        begun[contact.id] = erasure
    erasures.save(tx, list(begun.values()))
    erasures.suppress(tx, _suppressed(tx, desk, begun))
    desk.store()
    erasures.forget_matching(tx, {k.id for contact in begun for k in desk.links_of(contact)})
    inbox.remove(tx, done)


def _begin(tx: Tx, desk: Desk, row: ContactRow, erasure: Erasure, body: Mapping[str, Any]) -> None:
    keep: Mapping[str, str] = body["keep"]
    earlier = {r["link"]: r for r in erasure.records}
    reasons = {i: r["why"] for i, r in earlier.items() if r["outcome"] == "kept"}
    links = desk.links_of(row.id)
    for link in links:
        why = keep.get(link.ref.system) or ("" if link.ref.system in desk.book.systems else NOT_CONFIGURED)
        if link.live and why:
            link.life, reasons[link.id] = "kept", why
            desk.touch(link)
            for intent in [i for i in desk.intents.get(row.id, ()) if i.link == link.id]:
                desk.end_send(intent, "dropped", "the person is erased")
    now = {k.id: _record(tx, k, reasons.get(k.id, "")) for k in links if k.live or k.id in reasons}
    erasure.records = list({**earlier, **now}.values())
    row.state, row.waiting = ERASING, 1
    desk.conflicts[row.id] = {}
    desk.touch(row)
    desk.write_down(row.id, "erase", {"erasure": erasure.id, "kept": sorted(reasons)}, actor=body["by"])


def _record(tx: Tx, link: LinkRow, why: str) -> dict[str, Any]:
    return {"link": link.id, "system": link.ref.system, "outcome": "kept" if why else "open", "why": why,
            "at": tx.now() if why else None}


def _suppressed(tx: Tx, desk: Desk, begun: Mapping[str, Erasure]) -> dict[str, set[erasures.Key]]:
    """Erasure → the marks of who is erased, and the records that are kept."""
    profiles = {c: {k.id: profile_of(tx, k) for k in desk.links_of(c)} for c in begun}
    bearers = erasures.bearers(tx, {key for some in profiles.values() for p in some.values() for key in match.keys(p)})
    out: dict[str, set[erasures.Key]] = {}
    for contact, erasure in begun.items():
        mine = profiles[contact]
        shared = {key for p in mine.values() for key in match.keys(p) if bearers.get(key, set()) - mine.keys()}
        kept = {r["link"] for r in erasure.records if r["outcome"] == "kept"}
        out[erasure.id] = {mark for p in mine.values() for mark in marks(p, shared)} | {
            (RECORD, record_value(k.ref)) for k in desk.links_of(contact) if k.id in kept}
    return out


def finish_erasing(store: Store, book: Rulebook, tally: Tally) -> None:
    """Where no record is left to delete, the hub forgets too: keys destroyed, rows deleted, the receipt closed."""
    with store.writing() as tx:
        open_ = erasures.every(tx, state="open")
        merged: dict[str, list[str]] = {e.contact: [] for e in open_}
        for old, now in contacts.aliases(tx).items():
            if now in merged:
                merged[now].append(old)
        links: dict[str, dict[str, LinkRow]] = {}
        for link in contacts.load_links(tx, contacts=merged).values():
            links.setdefault(link.contact, {})[link.id] = link
        sent = {i.contact for i in plans.open_intents(tx, contacts=[*merged, *(o for some in merged.values() for o in some)])
                if i.link is None}
        for erasure in open_:
            owners, mine = {erasure.contact, *merged[erasure.contact]}, links.get(erasure.contact, {})
            _note_outcomes(tx, book, erasure, mine)
            pending = any(k.live for k in mine.values()) or bool(owners & sent)
            if not pending:
                erasure.owners = sorted({*owners, *mine})
                erasure.state, erasure.done_at = "done", tx.now()
                tally.erased += 1
        erasures.shred(tx, {owner for e in open_ if e.done_at for owner in e.owners})
        erasures.save(tx, open_)


def _note_outcomes(tx: Tx, book: Rulebook, erasure: Erasure, links: Mapping[str, LinkRow]) -> None:
    """What became of each record; one that a create of ours made meanwhile is on the list too."""
    listed = {r["link"] for r in erasure.records}
    erasure.records += [_record(tx, k, "") for k in links.values() if k.live and k.id not in listed]
    for record in erasure.records:
        link = links.get(record["link"])
        if record["outcome"] == "open" and (link is None or link.life not in LIVE):
            rules = book.systems.get(record["system"])
            left = rules.delete_leaves if rules is not None and link is not None and link.life == "gone" else "nothing"
            record.update(outcome=LEFT[left], at=tx.now())
