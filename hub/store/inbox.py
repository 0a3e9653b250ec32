"""The inbox: observations not yet merged, people's answers, and how far each system was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select

from hub.model.record import Change, Gone, NativeRecord, Upserted
from hub.model.refs import RecordRef
from hub.store import tables as t
from hub.store.store import Tx, chunks

OBSERVED = ("upserted", "gone")


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One observation or answer. ``confirmed``: read by id (or told by a tombstone), so it decides what is gone."""

    seq: int
    owner: str
    kind: str
    ref: RecordRef
    version: str | None
    complete: bool
    confirmed: bool
    arrived: float
    body: Any
    first: bool = False


def add_changes(tx: Tx, changes: Sequence[tuple[str, Change]], *, confirmed: bool, first: bool = False) -> None:
    """``changes``: (owner, change); the owner is the link's id, also of a link still to be made."""
    tx.owners(owner for owner, _ in changes)
    now = tx.now()
    rows = []
    for owner, change in changes:
        ref = change.ref
        if isinstance(change, Upserted):
            record: NativeRecord = change.record
            body: Any = dict(record.data)
            kind, version, complete = "upserted", record.version, record.complete
        else:
            body = {"how": change.how, "into": list(change.into) if change.into else None}
            kind, version, complete = "gone", None, True
        rows.append({
            "workspace": tx.ws, "owner": owner, "kind": kind, "system": ref.system, "collection": ref.collection,
            "entity": ref.entity, "native_id": ref.native_id, "version": version, "complete": complete,
            "confirmed": confirmed or (kind == "gone"), "first": first, "arrived": now,
            "body": tx.keys.seal(owner, _place(owner, kind, version, now), body),
        })
    if rows:
        tx.sql.execute(insert(t.inbox), rows)


def add_answer(tx: Tx, owner: str, kind: str, body: Mapping[str, Any], *, entity: str = "contact") -> None:
    """A person's answer (kind conflict, exists, match, merge, …) about the contact ``owner``."""
    add_answers(tx, [(owner, kind, body)], entity=entity)


def add_answers(tx: Tx, answers: Sequence[tuple[str, str, Mapping[str, Any]]], *, entity: str = "contact") -> None:
    """``answers``: (owner, kind, body) of each."""
    tx.owners(owner for owner, _, _ in answers)
    now = tx.now()
    rows = [{
        "workspace": tx.ws, "owner": owner, "kind": kind, "system": "", "collection": "", "entity": entity, "native_id": "",
        "version": None, "complete": True, "confirmed": True, "first": False, "arrived": now,
        "body": tx.keys.seal(owner, _place(owner, kind, None, now), dict(body))} for owner, kind, body in answers]
    if rows:
        tx.sql.execute(insert(t.inbox), rows)


def _place(owner: str, kind: str, version: str | None, arrived: float) -> str:
    """Where a body is sealed to. Its number is not known when it is written, so all else that names the row is here."""
    return f"inbox|{owner} {kind} {version} {arrived!r}|body"


def owners_waiting(tx: Tx, kinds: Sequence[str]) -> list[tuple[str, str]]:
    """(owner, system) of rows of these kinds, without repeats, in the order of the records' own ids: which of several systems
    answered first, and when, decides nothing."""
    i = t.inbox.c
    rows = tx.sql.execute(select(i.owner, i.system).where(i.workspace == tx.ws, i.kind.in_(kinds)).group_by(i.owner, i.system)
                          .order_by(i.system, func.min(i.collection), func.min(i.native_id), func.min(i.seq)))
    return [(r.owner, r.system) for r in rows]


def load(tx: Tx, owners: Iterable[str], kinds: Sequence[str] | None = None) -> list[InboxRow]:
    """Rows of these owners, oldest first."""
    out: list[InboxRow] = []
    i = t.inbox.c
    wanted = sorted(set(owners))
    tx.learn(wanted)
    for part in chunks(wanted):
        query = select(t.inbox).where(i.workspace == tx.ws, i.owner.in_(part)).order_by(i.seq)
        if kinds is not None:
            query = query.where(i.kind.in_(kinds))
        for r in tx.sql.execute(query):
            body = tx.keys.open(r.owner, _place(r.owner, r.kind, r.version, r.arrived), r.body) if tx.keys.knows(r.owner) else {}
            out.append(InboxRow(r.seq, r.owner, r.kind, RecordRef(r.system, r.collection, r.entity, r.native_id),
                                r.version, r.complete, r.confirmed, r.arrived, body, r.first))
    out.sort(key=lambda r: r.seq)
    return out


def remove(tx: Tx, seqs: Iterable[int]) -> None:
    for part in chunks(sorted(set(seqs))):
        tx.sql.execute(delete(t.inbox).where(t.inbox.c.seq.in_(part)))


def waiting_owners(tx: Tx, refs: Iterable[RecordRef]) -> dict[RecordRef, str]:
    """Owners already given to records that wait in the inbox without a link."""
    i = t.inbox.c
    out: dict[RecordRef, str] = {}
    by_system: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        by_system.setdefault((ref.system, ref.entity), []).append(ref.native_id)
    for (system, entity), ids in sorted(by_system.items()):
        for part in chunks(sorted(set(ids))):
            rows = tx.sql.execute(select(i.owner, i.collection, i.native_id).where(
                i.workspace == tx.ws, i.system == system, i.entity == entity, i.native_id.in_(part),
                i.kind.in_(OBSERVED)).order_by(i.seq))
            for r in rows:
                out.setdefault(RecordRef(system, r.collection, entity, r.native_id), r.owner)
    return out


def newest(tx: Tx) -> int:
    """The number of the last row; 0 for none."""
    return tx.sql.execute(select(func.max(t.inbox.c.seq)).where(t.inbox.c.workspace == tx.ws)).scalar() or 0


def not_listed(tx: Tx, system: str, entity: str, collections: Sequence[str], after: int) -> list[RecordRef]:
    """Records that wait here since before row ``after``, and of which nothing came since."""
    i = t.inbox.c
    rows = tx.sql.execute(
        select(i.collection, i.native_id)
        .where(i.workspace == tx.ws, i.system == system, i.entity == entity, i.collection.in_(list(collections)),
               i.kind.in_(OBSERVED))
        .group_by(i.collection, i.native_id).having(func.max(i.seq) <= after).order_by(func.min(i.seq)))
    return [RecordRef(system, r.collection, entity, r.native_id) for r in rows]


# ---- how far a system was read

def checkpoint(tx: Tx, system: str, entity: str) -> tuple[Mapping[str, Any] | None, float]:
    """(checkpoint, when everything was last listed)."""
    c = t.checkpoint.c
    row = tx.sql.execute(
        select(c.settled, c.listed_at).where(c.workspace == tx.ws, c.system == system, c.entity == entity)).first()
    return (row.settled, row.listed_at or 0.0) if row else (None, 0.0)


def set_checkpoint(tx: Tx, system: str, entity: str, settled: Mapping[str, Any] | None, *, listed: bool | None = None) -> None:
    """None forgets it: the next pull reads everything. ``listed``: everything was just read, and somebody was there; False:
    nobody was, so that a whole listing is owed."""
    c = t.checkpoint.c
    _, listed_at = checkpoint(tx, system, entity)
    tx.sql.execute(delete(t.checkpoint).where(c.workspace == tx.ws, c.system == system, c.entity == entity))
    if settled is not None:
        tx.sql.execute(insert(t.checkpoint).values(workspace=tx.ws, system=system, entity=entity, settled=dict(settled),
                                                   listed_at=listed_at if listed is None else tx.now() if listed else 0.0))


def gone(row: InboxRow) -> Gone:
    into = row.body.get("into")
    return Gone(row.ref, row.body["how"], RecordRef(*into) if into else None)
