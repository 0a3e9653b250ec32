"""Who was erased: the receipts, the keyed hashes by which they are known again, the records that show one, and the end of
all that was stored of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from hub.model.refs import RecordRef
from hub.store import tables as t
from hub.store.store import Tx, chunks

Key = tuple[str, str]
RECORD = "record"
"""The kind of a suppression that names a record which a system keeps."""


@dataclass(slots=True)
class Erasure:
    """One wish and its receipt. ``state``: open, done. ``records``: {"link", "system", "outcome", "why", "at"} of each record;
    ``owners``: contacts and links whose keys were destroyed. ``rule``, ``why``: the rule of retention that it is by, and its
    reason; "" where somebody asked. Times in unix seconds."""

    id: str
    contact: str
    by: str
    at: float
    state: str = "open"
    done_at: float | None = None
    records: list[dict[str, Any]] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    rule: str = ""
    why: str = ""


def save(tx: Tx, rows: Sequence[Erasure]) -> None:
    for part in chunks([e.id for e in rows]):
        tx.sql.execute(delete(t.erasure).where(t.erasure.c.workspace == tx.ws, t.erasure.c.id.in_(part)))
    if rows:
        tx.sql.execute(insert(t.erasure), [{
            "workspace": tx.ws, "id": e.id, "contact": e.contact, "state": e.state, "by": e.by[:120], "at": e.at,
            "done_at": e.done_at, "body": {"records": e.records, "owners": e.owners, "rule": e.rule, "why": e.why},
        } for e in rows])


def every(tx: Tx, *, state: str | None = None) -> list[Erasure]:
    """Oldest first."""
    e = t.erasure.c
    query = select(t.erasure).where(e.workspace == tx.ws)
    if state is not None:
        query = query.where(e.state == state)
    return [Erasure(r.id, r.contact, r.by, r.at, r.state, r.done_at, list(r.body["records"]), list(r.body["owners"]),
                    r.body.get("rule", ""), r.body.get("why", ""))
            for r in sorted(tx.sql.execute(query), key=lambda r: (r.at, r.id))]


# ---- known again

def suppress(tx: Tx, marks: Mapping[str, Iterable[Key]]) -> None:
    """Remember each erasure's marks (kind, value) as keyed hashes."""
    add_suppressions(tx, {e: [(kind, tx.keys.blind(_named(kind), value)) for kind, value in keys] for e, keys in marks.items()})


def add_suppressions(tx: Tx, hashes: Mapping[str, Iterable[Key]]) -> None:
    """Erasure → (kind, hash), of which those are added that are not remembered for it yet."""
    known = suppressions(tx, hashes)
    rows = [{"workspace": tx.ws, "kind": kind, "hash": hashed, "erasure": erasure}
            for erasure, some in sorted(hashes.items()) for kind, hashed in sorted(set(some) - set(known.get(erasure, ())))]
    if rows:
        tx.sql.execute(insert(t.suppression), rows)


def suppressions(tx: Tx, ids: Iterable[str]) -> dict[str, list[Key]]:
    """Erasure → its (kind, hash)."""
    s = t.suppression.c
    out: dict[str, list[Key]] = {}
    for part in chunks(sorted(set(ids))):
        for r in tx.sql.execute(select(s.erasure, s.kind, s.hash).where(s.workspace == tx.ws, s.erasure.in_(part))):
            out.setdefault(r.erasure, []).append((r.kind, r.hash))
    return {erasure: sorted(some) for erasure, some in out.items()}


def any_suppressed(tx: Tx) -> bool:
    s = t.suppression.c
    return tx.sql.execute(select(s.kind).where(s.workspace == tx.ws).limit(1)).first() is not None


def recognised(tx: Tx, keys: Collection[Key]) -> dict[Key, str]:
    """Those of these marks that somebody erased had → the erasure."""
    s = t.suppression.c
    asked = {(kind, tx.keys.blind(_named(kind), value)): (kind, value) for kind, value in keys}
    out: dict[Key, str] = {}
    for part in chunks(sorted({hashed for _, hashed in asked})):
        query = select(s.kind, s.hash, s.erasure).where(s.workspace == tx.ws, s.kind.in_({k for k, _ in asked}), s.hash.in_(part))
        for r in sorted(tx.sql.execute(query), key=lambda r: str(r.erasure)):
            if (r.kind, r.hash) in asked:
                out.setdefault(asked[r.kind, r.hash], r.erasure)
    return out


def _named(kind: str) -> str:
    """Hashed apart from identity keys: the hash of a key that matching keeps says nothing of who was erased."""
    return f"erased {kind}"


def bearers(tx: Tx, keys: Collection[Key]) -> dict[Key, set[str]]:
    """Identity key → the links that have it."""
    k = t.identity_key.c
    asked = {(kind, tx.keys.blind(kind, value)): (kind, value) for kind, value in keys}
    found: dict[Key, set[str]] = {}
    for part in chunks(sorted({hashed for _, hashed in asked})):
        for r in tx.sql.execute(select(k.kind, k.hash, k.link).where(k.workspace == tx.ws, k.hash.in_(part))):
            if (r.kind, r.hash) in asked:
                found.setdefault(asked[r.kind, r.hash], set()).add(r.link)
    return found


# ---- records that show a mark of somebody erased

@dataclass(frozen=True, slots=True)
class Returned:
    """A record that was held back. ``marks``: kinds of the marks it shows; ``state``: asked, admitted, refused."""

    id: str
    erasure: str
    ref: RecordRef
    state: str
    at: float
    marks: tuple[str, ...]
    decided_by: str = ""


def hash_of(tx: Tx, ref: RecordRef) -> str:
    return tx.keys.blind(_named(RECORD), record_value(ref))


def record_value(ref: RecordRef) -> str:
    """What is hashed of a record: its name there."""
    return "\x1f".join(ref)


def states(tx: Tx, refs: Iterable[RecordRef]) -> dict[RecordRef, str]:
    """Of records that were held back before: what was decided."""
    r = t.returned.c
    asked = {hash_of(tx, ref): ref for ref in refs}
    out = {}
    for part in chunks(sorted(asked)):
        for row in tx.sql.execute(select(r.hash, r.state).where(r.workspace == tx.ws, r.hash.in_(part))):
            out[asked[row.hash]] = row.state
    return out


def hold_back(tx: Tx, found: Sequence[tuple[RecordRef, str, Sequence[str]]]) -> None:
    """Remember records that a person is to be asked about: (record, erasure, kinds of marks)."""
    rows = []
    for ref, erasure, marks in found:
        new = tx.new_id()
        tx.owners([new])
        body = tx.keys.seal(new, f"returned|{new}|body", {"ref": list(ref), "marks": sorted(set(marks))})
        rows.append({"workspace": tx.ws, "id": new, "erasure": erasure, "system": ref.system, "hash": hash_of(tx, ref),
                     "state": "asked", "at": tx.now(), "decided_by": None, "body": body})
    if rows:
        tx.sql.execute(insert(t.returned), rows)


def returned(tx: Tx, *, state: str | None = None) -> list[Returned]:
    """Held-back records, oldest first."""
    r = t.returned.c
    query = select(t.returned).where(r.workspace == tx.ws)
    if state is not None:
        query = query.where(r.state == state)
    rows = sorted(tx.sql.execute(query), key=lambda row: (row.at, row.id))
    tx.learn(row.id for row in rows)
    out = []
    for row in rows:
        body = tx.keys.open(row.id, f"returned|{row.id}|body", row.body)
        out.append(Returned(row.id, row.erasure, RecordRef(*body["ref"]), row.state, row.at, tuple(body["marks"]),
                            row.decided_by or ""))
    return out


def decide(tx: Tx, ids: Iterable[str], state: str, by: str) -> None:
    for part in chunks(sorted(set(ids))):
        tx.sql.execute(update(t.returned).where(t.returned.c.workspace == tx.ws, t.returned.c.id.in_(part)).values(
            state=state, decided_by=by[:120]))


# ---- the end

def forget_matching(tx: Tx, links: Collection[str]) -> None:
    """Nobody is compared with these links any more."""
    for part in chunks(sorted(links)):
        for table, columns in ((t.identity_key, ("link",)), (t.uncompared, ("link",)), (t.candidate, ("link_a", "link_b"))):
            tx.sql.execute(delete(table).where(table.c.workspace == tx.ws, or_(*(table.c[c].in_(part) for c in columns))))


def shred(tx: Tx, owners: Collection[str]) -> None:
    """Destroy the keys of these contacts and links, and delete their rows. The journal stays, sealed for ever."""
    by_column: Mapping[Any, tuple[str, ...]] = {
        t.vault: ("owner",), t.contact: ("id",), t.link: ("id", "contact"), t.link_history: ("link",), t.waiting_ref: ("link",),
        t.judgement: ("link_a", "link_b"), t.candidate: ("link_a", "link_b"), t.identity_key: ("link",), t.uncompared: ("link",),
        t.inbox: ("owner",), t.conflict: ("contact",), t.write: ("contact",), t.intent: ("contact",), t.parked: ("link",)}
    for part in chunks(sorted(owners)):
        for table, columns in by_column.items():
            tx.sql.execute(delete(table).where(table.c.workspace == tx.ws, or_(*(table.c[c].in_(part) for c in columns))))
    tx.keys.forget(owners)


def shred_again(tx: Tx, owners: Collection[str]) -> None:
    """The same in an older database, where other records may stand on such a contact: they are forgotten too, and every
    system is read whole again, so that they come back as what they are."""
    strangers: set[str] = set()
    for part in chunks(sorted(owners)):
        strangers.update(tx.sql.execute(select(t.link.c.id).where(
            t.link.c.workspace == tx.ws, t.link.c.contact.in_(part), t.link.c.id.not_in(part))).scalars())
    strangers -= set(owners)
    shred(tx, {*owners, *strangers})
    if strangers:
        tx.sql.execute(delete(t.checkpoint).where(t.checkpoint.c.workspace == tx.ws))
