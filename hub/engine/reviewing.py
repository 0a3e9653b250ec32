"""People's decisions about whole contacts: what a missing record means (merge.md 10). Answers to conflicts are merged
with everything else (``merging``); judgements are joined (``joining``)."""

from __future__ import annotations

from hub.engine.desk import Desk
from hub.engine.existence import delete_contact
from hub.engine.report import Tally
from hub.rules.rulebook import Rulebook
from hub.store import inbox
from hub.store.store import Store, chunks

ANSWERS = ("exists",)


def decide(store: Store, book: Rulebook, run: str, tally: Tally) -> None:
    """Carry out answers to existence items. An answer that names another number is refused and asked again."""
    with store.reading() as tx:
        owners = [o for o, _ in inbox.owners_waiting(tx, ANSWERS)]
    for part in chunks(owners):
        with store.writing() as tx:
            desk = Desk(tx, book, run)
            rows = inbox.load(tx, part, ANSWERS)
            desk.take({desk.alias(r.owner) for r in rows})
            for row in rows:
                _one(desk, desk.alias(row.owner), row)
            inbox.remove(tx, [r.seq for r in rows])
            desk.store()


def _one(desk: Desk, contact: str, row: inbox.InboxRow) -> None:
    unit, number, verdict, by = row.body["unit"], row.body["number"], row.body["verdict"], row.body["by"]
    item = desk.conflicts.get(contact, {}).get(unit)
    where = desk.contacts[contact]
    if item is None or item.number != number:
        desk.write_down(contact, "answer refused", {"unit": unit, "number": number}, actor=by)
        return
    link = desk.links[item.contenders[0].link]
    desk.conflicts[contact].pop(unit)
    link.life, link.tombstone = "gone", verdict != "restore"
    desk.touch(link)
    if verdict == "delete":
        delete_contact(desk, contact)
    where.waiting = 1
    desk.touch(where)
    desk.write_down(contact, "existence answered", {"unit": unit, "verdict": verdict, "link": link.id}, actor=by)
