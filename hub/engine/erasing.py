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
from hub.model.life import LIVE
from hub.rules.forgetting import marks
from hub.rules.matching import match
from hub.rules.rulebook import Rulebook
from hub.store import contacts, erasures, inbox, plans
from hub.store.contacts import ContactRow, LinkRow
from hub.store.erasures import RECORD, Erasure, record_value
from hub.store.store import Store, Tx

ANSWERS = ("erase",)
ERASING = "erasing"
REASON = "erasure"
"""Why such a delete is made."""
NOT_CONFIGURED = "the system is not configured any more"
LEFT = {"nothing": "deleted", "trash": "in the trash there", "inactive": "inactive there"}


def begin_erasing(store: Store, book: Rulebook, run: str) -> bool:
    """Carry out answers of kind "erase": body {"by", "keep": {system: why}}. A second one about the same contact changes
    what is kept. Returns whether somebody is being erased."""
    with store.reading() as tx:
        asked = [o for o, _ in inbox.owners_waiting(tx, ANSWERS)]
        if not asked:
            return bool(erasures.every(tx, state="open"))
    with store.writing() as tx:
        for row in inbox.load(tx, asked, ANSWERS):
            desk = Desk(tx, book, run, actor=row.body["by"])
            contact = desk.alias(row.owner)
            desk.take([contact])
            if contact in desk.contacts:
                _begin(tx, desk, desk.contacts[contact], row.body["by"], row.body["keep"])
                desk.store()
                erasures.forget_matching(tx, {k.id for k in desk.links_of(contact)})
            inbox.remove(tx, [row.seq])
    return True


def _begin(tx: Tx, desk: Desk, row: ContactRow, by: str, keep: Mapping[str, str]) -> None:
    open_ = {e.contact: e for e in erasures.every(tx, state="open")}
    erasure = open_.get(row.id) or Erasure(tx.new_id(), row.id, by, tx.now())
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
    erasures.save(tx, erasure)
    erasures.suppress(tx, erasure.id, _suppressed(tx, links))
    erasures.suppress(tx, erasure.id, [(RECORD, record_value(k.ref)) for k in links if k.id in reasons])
    row.state, row.waiting = ERASING, 1
    desk.conflicts[row.id] = {}
    desk.touch(row)
    desk.write_down(row.id, "erase", {"erasure": erasure.id, "kept": sorted(reasons)})


def _record(tx: Tx, link: LinkRow, why: str) -> dict[str, Any]:
    return {"link": link.id, "system": link.ref.system, "outcome": "kept" if why else "open", "why": why,
            "at": tx.now() if why else None}


def _suppressed(tx: Tx, links: Sequence[LinkRow]) -> set[erasures.Key]:
    profiles = [profile_of(tx, k) for k in links]
    known = {key for p in profiles for key in match.keys(p)}
    shared = erasures.borne_by_others(tx, known, {k.id for k in links})
    return {mark for p in profiles for mark in marks(p, shared)}


def finish_erasing(store: Store, book: Rulebook, tally: Tally) -> None:
    """Where no record is left to delete, the hub forgets too: keys destroyed, rows deleted, the receipt closed."""
    with store.writing() as tx:
        for erasure in erasures.every(tx, state="open"):
            merged = [old for old, now in contacts.aliases(tx).items() if now == erasure.contact]
            links = contacts.load_links(tx, contacts=[erasure.contact])
            _note_outcomes(tx, book, erasure, links)
            pending = any(k.live for k in links.values()) or any(
                i.link is None for i in plans.open_intents(tx, contacts=[erasure.contact, *merged]))
            if not pending:
                erasure.owners = sorted({erasure.contact, *merged, *links})
                erasure.state, erasure.done_at = "done", tx.now()
                erasures.shred(tx, erasure.owners)
                tally.erased += 1
            erasures.save(tx, erasure)


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
