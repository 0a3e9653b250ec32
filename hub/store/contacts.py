"""Contacts and links: loaded and stored many at once, sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from hub.model.life import LIVE, LinkLife
from hub.model.refs import RecordRef
from hub.model.state import Cell, Left, Units
from hub.model.units import Projection
from hub.store import tables as t
from hub.store.store import Tx, chunks


@dataclass(slots=True)
class ContactRow:
    """One contact. ``state``: live, deleted or merged (then ``into`` names the winner). ``waiting``: to be planned
    again in the next run. ``exists_number`` grows with every edit, link, merge or unmerge (merge.md 10)."""

    id: str
    entity: str
    units: Units = field(default_factory=dict)
    state: str = "live"
    into: str | None = None
    waiting: int = 0
    exists_number: int = 0


@dataclass(slots=True)
class LinkRow:
    """One link with all it remembers. ``native`` and ``shadow`` belong together; ``corrections``: unit → times; ``retaken``:
    unit → (time, value) of its own that took the place of another's. ``undone``: a run that was undone made the record, so it
    is proposed for deletion. ``asleep``: what left the coverage → {shown, seen}, for when it returns."""

    id: str
    contact: str
    ref: RecordRef
    life: LinkLife = "present"
    native: dict[str, Any] = field(default_factory=dict)
    shadow: Projection = field(default_factory=dict)
    version: str | None = None
    native_hash: str = ""
    lens_hash: str = ""
    behind: dict[str, int | None] = field(default_factory=dict)
    left: dict[str, Left] = field(default_factory=dict)
    corrections: dict[str, list[float]] = field(default_factory=dict)
    tombstone: bool = False
    undone: bool = False
    own_key: str | None = None
    created_by_write: str | None = None
    listing_id: str = ""
    past: list[str] = field(default_factory=list)
    asleep: dict[str, Any] = field(default_factory=dict)
    retaken: dict[str, list[tuple[float, Any]]] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        return self.life in LIVE


def load_contacts(tx: Tx, ids: Iterable[str]) -> dict[str, ContactRow]:
    """Contacts by id; unknown ids are absent."""
    out: dict[str, ContactRow] = {}
    wanted = sorted(set(ids))
    tx.learn(wanted)
    for part in chunks(wanted):
        rows = tx.sql.execute(select(t.contact).where(t.contact.c.workspace == tx.ws, t.contact.c.id.in_(part)))
        for r in rows:
            out[r.id] = _contact(tx, r)
    return out


def _contact(tx: Tx, r: Any) -> ContactRow:
    units = {u: Cell(*c) for u, c in tx.keys.open(r.id, f"contact|{r.id}|units", r.units).items()} if tx.keys.knows(r.id) else {}
    return ContactRow(r.id, r.entity, units, r.state, r.into_id, r.waiting, r.exists_number)


def save_contacts(tx: Tx, rows: Sequence[ContactRow], known: Iterable[str]) -> None:
    """Insert contacts whose id is not in ``known``, update the others."""
    tx.owners(c.id for c in rows)
    known = set(known)
    values = [
        {
            "workspace": tx.ws, "id": c.id, "entity": c.entity, "state": c.state, "into_id": c.into, "waiting": c.waiting,
            "exists_number": c.exists_number, "units": tx.keys.seal(c.id, f"contact|{c.id}|units", c.units),
        }
        for c in rows
    ]
    _upsert(tx, t.contact, values, known)


def load_links(tx: Tx, *, contacts: Iterable[str] | None = None, ids: Iterable[str] | None = None) -> dict[str, LinkRow]:
    """Links (ended ones too) of these contacts, or with these ids."""
    out: dict[str, LinkRow] = {}
    column = t.link.c.contact if contacts is not None else t.link.c.id
    for part in chunks(sorted(set(contacts if contacts is not None else ids or ()))):
        rows = tx.sql.execute(select(t.link).where(t.link.c.workspace == tx.ws, column.in_(part))).all()
        tx.learn(r.id for r in rows)
        for r in rows:
            out[r.id] = _link(tx, r)
    return out


def load_companions(tx: Tx, ids: Iterable[str]) -> dict[str, LinkRow]:
    """The links with these ids, and all (ended ones too) that stand on the same contacts."""
    out: dict[str, LinkRow] = {}
    named = t.link.alias("named")
    for part in chunks(sorted(set(ids))):
        homes = select(named.c.contact).where(named.c.workspace == tx.ws, named.c.id.in_(part))
        rows = tx.sql.execute(select(t.link).where(t.link.c.workspace == tx.ws, t.link.c.contact.in_(homes))).all()
        tx.learn(r.id for r in rows)
        for r in rows:
            out[r.id] = _link(tx, r)
    return out


def _link(tx: Tx, r: Any) -> LinkRow:
    body = tx.keys.open(r.id, f"link|{r.id}|body", r.body) if tx.keys.knows(r.id) else {}
    return LinkRow(
        r.id, r.contact, RecordRef(r.system, r.collection, r.entity, r.native_id), r.life, body.get("native", {}),
        body.get("shadow", {}), r.version, r.native_hash, r.lens_hash, body.get("behind", {}),
        {u: Left(*v) for u, v in body.get("left", {}).items()}, body.get("corrections", {}), r.tombstone, r.undone,
        r.own_key, r.created_by_write, r.listing_id, list(r.past or ()), body.get("asleep", {}),
        {u: [(t, v) for t, v in times] for u, times in body.get("retaken", {}).items()},
    )


class Home(NamedTuple):
    """Where a link stands, without opening it."""

    contact: str
    system: str
    life: LinkLife
    lens_hash: str
    tombstone: bool

    @property
    def live(self) -> bool:
        return self.life in LIVE


def homes(tx: Tx, *, contacts: Iterable[str] | None = None, ids: Iterable[str] | None = None) -> dict[str, Home]:
    """Links (ended ones too) of these contacts, or with these ids → where they stand."""
    k = t.link.c
    column = k.contact if contacts is not None else k.id
    out: dict[str, Home] = {}
    for part in chunks(sorted(set(contacts if contacts is not None else ids or ()))):
        rows = tx.sql.execute(
            select(k.id, k.contact, k.system, k.life, k.lens_hash, k.tombstone).where(k.workspace == tx.ws, column.in_(part)))
        out.update((r.id, Home(r.contact, r.system, r.life, r.lens_hash, r.tombstone)) for r in rows)
    return out


def save_links(tx: Tx, rows: Sequence[LinkRow], known: Iterable[str]) -> None:
    tx.owners(link.id for link in rows)
    values = [
        {
            "workspace": tx.ws, "id": k.id, "contact": k.contact, "entity": k.ref.entity, "system": k.ref.system,
            "collection": k.ref.collection, "native_id": k.ref.native_id, "life": k.life, "version": k.version,
            "native_hash": k.native_hash, "lens_hash": k.lens_hash, "behind": len(k.behind) if k.live else 0,
            "tombstone": k.tombstone, "undone": k.undone, "own_key": k.own_key, "created_by_write": k.created_by_write,
            "listing_id": k.listing_id, "past": k.past,
            "body": tx.keys.seal(k.id, f"link|{k.id}|body", {
                "native": k.native, "shadow": k.shadow, "behind": k.behind, "left": k.left, "corrections": k.corrections,
                "asleep": k.asleep, "retaken": k.retaken}),
        }
        for k in rows
    ]
    _upsert(tx, t.link, values, set(known))


def _upsert(tx: Tx, table: Any, values: Sequence[Mapping[str, Any]], known: set[str]) -> None:
    fresh = [v for v in values if v["id"] not in known]
    old = [v for v in values if v["id"] in known]
    if old:  # a row is replaced whole: one statement for any number of them
        for part in chunks([v["id"] for v in old]):
            tx.sql.execute(delete(table).where(table.c.workspace == tx.ws, table.c.id.in_(part)))
    if fresh or old:
        tx.sql.execute(insert(table), [*old, *fresh])


class Known(NamedTuple):
    """What ``links_by_ref`` tells of a link without opening it."""

    link: str
    contact: str
    life: LinkLife
    version: str | None
    native_hash: str
    past: tuple[str, ...]


def links_by_ref(tx: Tx, refs: Iterable[RecordRef]) -> dict[RecordRef, Known]:
    """The link of each record; a live one wins over an ended one of the same record."""
    out: dict[RecordRef, Known] = {}
    by_system: dict[tuple[str, str], set[str]] = {}
    for ref in refs:
        by_system.setdefault((ref.system, ref.entity), set()).add(ref.native_id)
    k = t.link.c
    for (system, entity), native_ids in sorted(by_system.items()):
        for part in chunks(sorted(native_ids)):
            rows = tx.sql.execute(
                select(k.id, k.contact, k.life, k.version, k.native_hash, k.past, k.collection, k.native_id)
                .where(k.workspace == tx.ws, k.system == system, k.entity == entity, k.native_id.in_(part))
            )
            for r in sorted(rows, key=lambda r: r.id):  # ordered by SQL, SQLite would read every link for it
                ref = RecordRef(system, r.collection, entity, r.native_id)
                if ref not in out or r.life in LIVE:
                    out[ref] = Known(r.id, r.contact, r.life, r.version, r.native_hash, tuple(r.past or ()))
    return out


def touch_listed(tx: Tx, links: Iterable[str], listing_id: str) -> None:
    """Note that these links were seen in a full listing."""
    for part in chunks(links):
        tx.sql.execute(update(t.link).where(t.link.c.workspace == tx.ws, t.link.c.id.in_(part)).values(listing_id=listing_id))


def not_listed(tx: Tx, system: str, entity: str, collections: Sequence[str], listing_id: str) -> list[RecordRef]:
    """Records of present links a full listing did not have."""
    k = t.link.c
    rows = tx.sql.execute(
        select(k.id, k.collection, k.native_id)
        .where(k.workspace == tx.ws, k.system == system, k.entity == entity, k.collection.in_(list(collections)),
               k.listing_id != listing_id, k.life.in_(["present", "out"])))
    return [RecordRef(system, r.collection, entity, r.native_id) for r in sorted(rows, key=lambda r: r.id)]


def live_links(tx: Tx) -> dict[str, int]:
    """Live links by system."""
    k = t.link.c
    rows = tx.sql.execute(select(k.system, func.count()).where(k.workspace == tx.ws, k.life.in_(sorted(LIVE))).group_by(k.system))
    return dict(rows.tuples().all())


def live_ids(tx: Tx, system: str) -> list[str]:
    """The live links of one system."""
    k = t.link.c
    mine = select(k.id).where(k.workspace == tx.ws, k.system == system, k.life.in_(sorted(LIVE)))
    return sorted(tx.sql.execute(mine).scalars())


def aliases(tx: Tx) -> dict[str, str]:
    """Contacts merged into another → the contact they stand in now, followed to the end."""
    k = t.contact.c
    direct = dict(tx.sql.execute(select(k.id, k.into_id).where(k.workspace == tx.ws, k.into_id.is_not(None))).tuples().all())
    out = {}
    for start in direct:
        end, seen = start, set()
        while end in direct and end not in seen:
            seen.add(end)
            end = direct[end]
        out[start] = end
    return out


def merged_into(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    """Those of these contacts that went into another and stand there still → that one."""
    c = t.contact.c
    out: dict[str, str] = {}
    for part in chunks(sorted(set(ids))):
        out.update(tx.sql.execute(select(c.id, c.into_id).where(
            c.workspace == tx.ws, c.id.in_(part), c.state == "merged", c.into_id.is_not(None))).tuples().all())
    return out


def other_lens(tx: Tx, fingerprints: Mapping[str, str]) -> list[str]:
    """Live links last read through another lens than their system's present one."""
    k = t.link.c
    out: list[str] = []
    for system, fingerprint in sorted(fingerprints.items()):
        out += tx.sql.execute(select(k.id).where(
            k.workspace == tx.ws, k.system == system, k.lens_hash != fingerprint, k.lens_hash != "",
            k.life.in_(sorted(LIVE)))).scalars()
    return out


def to_plan(tx: Tx) -> list[str]:
    """Contacts to plan although nothing of them was merged now: waiting ones and those with a link behind."""
    k, c = t.link.c, t.contact.c
    behind = select(k.contact).where(k.workspace == tx.ws, t.IS_BEHIND)
    waiting = select(c.id).where(c.workspace == tx.ws, t.IS_WAITING)
    return sorted({*tx.sql.execute(behind).scalars(), *tx.sql.execute(waiting).scalars()})


def set_waiting(tx: Tx, waiting: Mapping[str, int]) -> None:
    for value in (0, 1):
        ids = [i for i, w in waiting.items() if w == value]
        for part in chunks(sorted(ids)):
            tx.sql.execute(
                update(t.contact).where(t.contact.c.workspace == tx.ws, t.contact.c.id.in_(part)).values(waiting=value))


def move_history(tx: Tx, rows: Sequence[tuple[str, str | None, str | None, str, int]]) -> None:
    """(link, from contact, to contact, cause, journal row)."""
    if rows:
        tx.sql.execute(insert(t.link_history), [
            {"workspace": tx.ws, "link": link, "from_contact": a, "to_contact": b, "cause": cause, "journal": seq}
            for link, a, b, cause, seq in rows])


def native_ids(tx: Tx, system: str, contacts: Iterable[str]) -> dict[str, str]:
    """contact → native id of its live link in ``system`` (the lowest link id, where there are several)."""
    k = t.link.c
    out: dict[str, str] = {}
    for part in chunks(sorted(set(contacts))):
        rows = tx.sql.execute(select(k.id, k.contact, k.native_id).where(
            k.workspace == tx.ws, k.system == system, k.life.in_(sorted(LIVE)), k.contact.in_(part)))
        out.update({r.contact: r.native_id for r in sorted(rows, key=lambda r: r.id, reverse=True)})
    return out


def deleted(tx: Tx, contacts: Iterable[str]) -> set[str]:
    """Those of these contacts that were deleted."""
    c = t.contact.c
    out: set[str] = set()
    for part in chunks(sorted(set(contacts))):
        out.update(tx.sql.execute(select(c.id).where(
            c.workspace == tx.ws, c.id.in_(part), c.state == "deleted")).scalars())
    return out


def present_in(tx: Tx, system: str, contacts: Iterable[str]) -> set[str]:
    """Those of these contacts that have a record in ``system`` which nobody has reported gone."""
    k, i = t.link.c, t.inbox.c
    gone = select(i.owner).where(i.workspace == tx.ws, i.owner == k.id, i.kind == "gone").exists()
    out: set[str] = set()
    for part in chunks(sorted(set(contacts))):
        out.update(tx.sql.execute(select(k.contact).where(
            k.workspace == tx.ws, k.system == system, k.life == "present", k.contact.in_(part), ~gone)).scalars())
    return out


def contacts_of(tx: Tx, system: str, entity: str, native: Iterable[str]) -> dict[str, str]:
    """native id → contact of its live link in ``system``."""
    k = t.link.c
    out: dict[str, str] = {}
    for part in chunks(sorted(set(native))):
        rows = tx.sql.execute(select(k.contact, k.native_id).where(
            k.workspace == tx.ws, k.system == system, k.entity == entity, k.life.in_(sorted(LIVE)), k.native_id.in_(part)))
        out.update({r.native_id: r.contact for r in rows})
    return out


def wait_for(tx: Tx, waits: Mapping[str, tuple[str, Sequence[str]]]) -> None:
    """link → (system, native ids): its native record names these records, which have no contact yet."""
    w = t.waiting_ref.c
    for part in chunks(sorted(waits)):
        tx.sql.execute(delete(t.waiting_ref).where(w.workspace == tx.ws, w.link.in_(part)))
    rows = [{"workspace": tx.ws, "system": system, "native_id": n, "link": link}
            for link, (system, native) in sorted(waits.items()) for n in sorted(set(native))]
    if rows:
        tx.sql.execute(insert(t.waiting_ref), rows)


def waiting_for(tx: Tx, system: str, native: Iterable[str]) -> list[str]:
    """Links that wait for one of these records; they are forgotten here."""
    w = t.waiting_ref.c
    out: set[str] = set()
    for part in chunks(sorted(set(native))):
        where = (w.workspace == tx.ws, w.system == system, w.native_id.in_(part))
        out.update(tx.sql.execute(select(w.link).where(*where)).scalars())
        tx.sql.execute(delete(t.waiting_ref).where(*where))
    return sorted(out)
