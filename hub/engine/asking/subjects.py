"""A person asks what is known of them, or to be forgotten; and who was forgotten comes back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from hub.engine.asking.names import contact_named
from hub.engine.asking.one_and_two import of_two_names
from hub.engine.asking.pairs import judged_already
from hub.engine.asking.words import SHORT, short, title
from hub.engine.erasing import ERASING, LEFT, NOT_CONFIGURED
from hub.errors import UnknownName, UsageError
from hub.model.life import LIVE
from hub.model.waiting import SAME
from hub.rules.rulebook import Rulebook
from hub.store import contacts, erasures, inbox, journal, plans, reviews
from hub.store.contacts import ContactRow, LinkRow
from hub.store.erasures import Erasure, Returned
from hub.store.store import Store, Tx

BY_HAND = "the hub may not delete there: delete it by hand, the hub will see it"
ADMITTED, REFUSED = "admitted", "refused"


def everything_of(store: Store, book: Rulebook, name: str) -> dict[str, Any]:
    """All that the hub holds of a contact, in plain (GDPR article 15): values with their origin, the records as each system
    last showed them, what was decided and written. Raises UnknownName."""
    contact = contact_named(store, book, name)
    with store.reading() as tx:
        row = contacts.load_contacts(tx, [contact])[contact]
        merged = [old for old, now in contacts.aliases(tx).items() if now == contact]
        links = contacts.load_links(tx, contacts=[contact])
        entries = journal.of_contacts(tx, [contact, *merged])
    names = {k.id: k.ref.system for k in links.values()}
    return {
        "format": "contact-hub subject", "contact": contact, "merged_from": merged, "name": title(row.units), "state": row.state,
        "values": {u: {"value": c.value, "from": names.get(c.origin, c.origin), "at": c.at or None}
                   for u, c in sorted(row.units.items())},
        "records": [{"system": k.ref.system, "collection": k.ref.collection, "id": k.ref.native_id, "state": k.life,
                     "fields": k.native} for k in links.values()],
        "history": [{"row": e.seq, "at": e.at, "by": e.actor, "what": e.cause, "changes": dict(e.changes)} for e in entries]}


def preview(store: Store, book: Rulebook, name: str, keep: Mapping[str, str]) -> dict[str, Any]:
    """What erasing a contact would do, system by system. ``keep``: system → why it keeps its record. Raises UnknownName,
    UsageError for a system where nothing is."""
    contact = contact_named(store, book, name)
    with store.reading() as tx:
        people, links = contacts.load_contacts(tx, [contact]), contacts.load_links(tx, contacts=[contact])
        found = {**previews(tx, book, people, links, keep)[contact], "perhaps": _perhaps(tx, links.keys())}
    there = {r["system"] for r in found["records"]}
    if strange := sorted(keep.keys() - there):
        raise UsageError(f"{found['name']} has no record in {', '.join(strange)}. There is one in: "
                         f"{', '.join(sorted(there)) or 'no system'}.")
    return found


def previews(
    tx: Tx, book: Rulebook, people: Mapping[str, ContactRow], links: Mapping[str, LinkRow], keep: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    """Contact → what erasing it would do; ``links``: all of these contacts, ended ones too."""
    known = {r["link"]: r["why"] for e in erasures.every(tx, state="open") if e.contact in people for r in e.records}
    once_with, joined = _once_with(tx, people), of_two_names(tx, links)
    there: dict[str, list[LinkRow]] = {}
    for link in sorted(links.values(), key=lambda k: k.ref):
        if link.live or link.life == "kept":
            there.setdefault(link.contact, []).append(link)
    return {i: {"contact": i, "name": title(row.units), "begun": row.state == ERASING, "once_with": once_with.get(i, []),
                "joined": joined.get(i, []),
                "records": [_fate(book, k, keep.get(k.ref.system) or known.get(k.id, "")) for k in there.get(i, ())]}
            for i, row in people.items()}


def _fate(book: Rulebook, link: LinkRow, why: str) -> dict[str, Any]:
    rules = book.systems.get(link.ref.system)
    if why or rules is None:
        outcome, why = "kept", why or NOT_CONFIGURED
    elif link.life not in ("present", "out"):
        outcome, why = "by hand", "the hub does not see it at present"
    else:
        outcome, why = (LEFT[rules.delete_leaves], "") if rules.deletes else ("by hand", BY_HAND)
    return {"system": link.ref.system, "record": link.ref.native_id, "outcome": outcome, "why": why}


def _once_with(tx: Tx, ids: Iterable[str]) -> dict[str, list[str]]:
    """Contact → those that were parted from it: what it had then stands in their history too."""
    with_whom: dict[str, set[str]] = {}
    for entry in journal.of_contacts(tx, ids, ("parted", "unmerge")):
        with_whom.setdefault(entry.contact, set()).add(str(entry.changes.get("from") or entry.changes.get("other")))
    there = contacts.load_contacts(tx, {other for some in with_whom.values() for other in some}).keys()
    return {i: sorted(some & there - {i}) for i, some in with_whom.items()}


def _perhaps(tx: Tx, mine: Collection[str]) -> list[dict[str, Any]]:
    """Contacts that may be the same person, unjudged (``same``: a person said so, and the next run joins them): they stay."""
    said = {pair for pair, verdict in judged_already(tx).items() if verdict == SAME}
    pairs = {(c.link_a, c.link_b) for c in reviews.candidates(tx, links=mine)} | {p for p in said if set(p) & set(mine)}
    homes = contacts.homes(tx, ids={i for p in pairs for i in p if i not in mine})
    rows = contacts.load_contacts(tx, {home.contact for home in homes.values()})
    same = {homes[i].contact for p in said for i in p if i in homes}
    return [{"contact": c, "name": title(row.units), "same": c in same} for c, row in sorted(rows.items())]


def ask(store: Store, book: Rulebook, name: str, keep: Mapping[str, str], *, by: str, both: bool = False) -> dict[str, Any]:
    """Put the wish into the inbox; the next run begins with it. Returns the preview. ``both``: who was joined from two of
    different names is one person. Raises UsageError where nobody said so."""
    seen = preview(store, book, name, keep)
    if seen["joined"] and not (both or seen["begun"]):
        names = "; ".join(" and ".join(side["name"] for side in each["contacts"]) for each in seen["joined"])
        raise UsageError(f"{seen['name']} was joined from two that were called differently ({names}), and all of it would be "
                         "erased. If they are one person, say --both. If not, take them apart with `hub unmerge` first.")
    if any(each["same"] for each in seen["perhaps"]):
        raise UsageError(f"{seen['name']} was judged to be the same as another contact, which the next run joins. Run `hub plan` "
                         "first, or only one of them is erased.")
    with store.writing() as tx:
        inbox.add_answer(tx, seen["contact"], "erase", {"by": by, "keep": dict(keep)})
    return seen


# ---- afterwards

def subjects(store: Store, name: str | None = None) -> dict[str, Any]:
    """The erasures (or the named one) with their receipts, and the records that were held back because they show a mark of
    one. Raises UnknownName."""
    with store.reading() as tx:
        all_ = [e for e in erasures.every(tx) if name is None or (len(name) >= SHORT and e.id.endswith(name))]
        refused = plans.parked(tx, [r["link"] for e in all_ if e.state == "open" for r in e.records])
        lives = {i: home.life for i, home in contacts.homes(tx, ids=[r["link"] for e in all_ for r in e.records]).items()}
        back = erasures.returned(tx)
    if name is not None and len(all_) != 1:
        raise UnknownName(f'No erasure is called "{name}". `hub subject list` shows their ids.')
    why = {place: rows[-1].reason for place, rows in refused.items()}
    return {"erasures": [_receipt(e, why, lives) for e in all_], "returned": [_back(r) for r in back]}


def _receipt(e: Erasure, why: Mapping[str, str], lives: Mapping[str, str]) -> dict[str, Any]:
    records = []
    for r in e.records:
        hidden = lives.get(r["link"]) in LIVE - {"present", "out"}
        reason = r["why"] or why.get(r["link"], "the hub does not see it at present" if hidden else "")
        records.append({"system": r["system"], "outcome": r["outcome"], "why": reason, "at": r["at"]})
    who = short(e.contact) if e.state == "open" else None
    return {"id": short(e.id), "contact": who, "state": e.state, "rule": e.rule, "why": e.why, "by": e.by, "asked_at": e.at,
            "done_at": e.done_at, "records": records}


def _back(r: Returned) -> dict[str, Any]:
    return {"id": short(r.id), "erasure": short(r.erasure), "system": r.ref.system, "record": r.ref.native_id,
            "shows": list(r.marks), "state": r.state, "at": r.at, "by": r.decided_by}


def decide(store: Store, names: Iterable[str], state: str, *, by: str) -> int:
    """Admit or refuse held-back records, by id, or all of a system that wait. Admitted ones come with the next run, in which
    their systems are read whole. Returns how many. Raises UnknownName."""
    with store.writing() as tx:
        there = erasures.returned(tx)
        chosen: dict[str, Returned] = {}
        for name in names:
            some = [r for r in there if r.id.endswith(name) and len(name) >= SHORT]
            some = some or [r for r in there if r.ref.system == name and r.state == "asked"]
            if not some:
                raise UnknownName(f'Nothing that was held back is called "{name}". `hub subject list` shows ids and systems.')
            chosen |= {r.id: r for r in some}
        erasures.decide(tx, chosen, state, by)
        if state == ADMITTED:
            for system, entity in sorted({(r.ref.system, r.ref.entity) for r in chosen.values()}):
                inbox.set_checkpoint(tx, system, entity, None)
        return len(chosen)
