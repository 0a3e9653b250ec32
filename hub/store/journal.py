"""The journal: append-only, one row per contact and merge, one per write. And the runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, insert, select, update

from hub.store import tables as t
from hub.store.store import Tx, chunks, digest

GENESIS = "0" * 64
_VALUES = and_(t.journal_values.c.workspace == t.journal.c.workspace, t.journal_values.c.seq == t.journal.c.seq)


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal row. ``changes`` (sealed): what changed, from what, by which rule; shapes per cause in
    ``docs/reference/journal.md``."""

    seq: int
    run: str
    actor: str
    cause: str
    entity: str
    contact: str
    changes: Mapping[str, Any]
    at: float = 0.0


def append(tx: Tx, entries: Sequence[Entry]) -> None:
    """Rows in order of their numbers (from ``Tx.next_seq``)."""
    if not entries:
        return
    tx.owners(e.contact for e in entries)
    entries, now = sorted(entries, key=lambda e: e.seq), tx.now()
    chain = tx.sql.execute(select(t.journal.c.chain).where(t.journal.c.workspace == tx.ws)
                           .order_by(t.journal.c.seq.desc()).limit(1)).scalar() or GENESIS
    rows, values = [], []
    for e in entries:
        body = tx.keys.seal(e.contact, f"journal_values|{e.seq}|body", dict(e.changes))
        salted = hashlib.sha256(body).hexdigest()
        chain = digest(chain, e.seq, e.run, now, e.actor, e.cause, e.entity, e.contact, salted)
        rows.append({"seq": e.seq, "workspace": tx.ws, "run": e.run, "at": now, "actor": e.actor, "cause": e.cause,
                     "entity": e.entity, "contact": e.contact, "digest": salted, "chain": chain})
        values.append({"seq": e.seq, "workspace": tx.ws, "owner": e.contact, "body": body})
    tx.sql.execute(insert(t.journal), rows)
    tx.sql.execute(insert(t.journal_values), values)


def of_contacts(tx: Tx, contacts: Iterable[str], causes: Sequence[str] = ()) -> list[Entry]:
    """The rows of these contacts, all or of these ``causes``, oldest first; the changes of erased people are empty."""
    j, v = t.journal.c, t.journal_values.c
    out: list[Entry] = []
    wanted = sorted(set(contacts))
    tx.learn(wanted)
    for part in chunks(wanted):
        query = select(t.journal, v.body).join(t.journal_values, _VALUES).where(j.workspace == tx.ws, j.contact.in_(part))
        if causes:
            query = query.where(j.cause.in_(causes))
        out += [_entry(tx, r) for r in tx.sql.execute(query.order_by(j.seq))]
    out.sort(key=lambda e: e.seq)
    return out


def newest(tx: Tx, causes: Sequence[str], contacts: Iterable[str] | None = None) -> dict[str, float]:
    """contact → when its last row of these causes was written; of all who have one, or of these."""
    j = t.journal.c
    query = select(j.contact, func.max(j.at)).where(j.workspace == tx.ws, j.cause.in_(causes)).group_by(j.contact)
    if contacts is None:
        return dict(tx.sql.execute(query).tuples().all())
    out: dict[str, float] = {}
    for part in chunks(sorted(set(contacts))):
        out.update(tx.sql.execute(query.where(j.contact.in_(part))).tuples().all())
    return out


def of_run(tx: Tx, run: str) -> list[Entry]:
    j, v = t.journal.c, t.journal_values.c
    rows = tx.sql.execute(select(t.journal, v.body).join(t.journal_values, _VALUES)
                          .where(j.workspace == tx.ws, j.run == run).order_by(j.seq)).all()
    tx.learn(r.contact for r in rows)
    return [_entry(tx, r) for r in rows]


def _entry(tx: Tx, r: Any) -> Entry:
    changes = tx.keys.open(r.contact, f"journal_values|{r.seq}|body", r.body) if tx.keys.knows(r.contact) else {}
    return Entry(r.seq, r.run, r.actor, r.cause, r.entity, r.contact, changes, r.at)


def length(tx: Tx) -> int:
    return int(tx.sql.execute(select(func.count()).where(t.journal.c.workspace == tx.ws)).scalar_one())


def verify(tx: Tx) -> int | None:
    """The number of the first row that was changed, removed or put out of order; None when the chain holds."""
    chain = GENESIS
    j, v = t.journal.c, t.journal_values.c
    rows = tx.sql.execute(select(t.journal, v.body).outerjoin(t.journal_values, _VALUES)
                          .where(j.workspace == tx.ws).order_by(j.seq))
    for r in rows:
        chain = digest(chain, r.seq, r.run, r.at, r.actor, r.cause, r.entity, r.contact, r.digest)
        if chain != r.chain or r.body is None or hashlib.sha256(r.body).hexdigest() != r.digest:
            return int(r.seq)
    return None


# ---- runs

def start_run(tx: Tx, run: str, kind: str) -> None:
    tx.sql.execute(insert(t.run).values(workspace=tx.ws, id=run, started_at=tx.now(), state="running", kind=kind, report={}))


def end_run(tx: Tx, run: str, state: str, report: Mapping[str, Any]) -> None:
    tx.sql.execute(update(t.run).where(t.run.c.workspace == tx.ws, t.run.c.id == run).values(
        ended_at=tx.now(), state=state, report=dict(report)))


def runs(tx: Tx, limit: int = 20) -> list[Any]:
    return list(tx.sql.execute(select(t.run).where(t.run.c.workspace == tx.ws)
                               .order_by(t.run.c.started_at.desc(), t.run.c.id.desc()).limit(limit)))
