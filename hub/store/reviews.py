"""What waits for a person (conflicts, candidates), and what a person said (judgements)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from hub.model.state import Conflict, Contender
from hub.model.units import EXISTS, split
from hub.store import tables as t
from hub.store.store import Tx, chunks


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """An open conflict with its contact and its id (a short number people type)."""

    id: str
    contact: str
    opened_at: float
    conflict: Conflict


def load_conflicts(tx: Tx, contacts: Iterable[str] | None = None) -> list[ConflictRow]:
    """Open conflicts of these contacts, or all; oldest first."""
    c = t.conflict.c
    base = select(t.conflict).where(c.workspace == tx.ws).order_by(c.opened_at, c.id)
    rows: list[Any] = []
    if contacts is None:
        rows = list(tx.sql.execute(base))
    else:
        for part in chunks(sorted(set(contacts))):
            rows += tx.sql.execute(base.where(c.contact.in_(part))).all()
    tx.learn(r.contact for r in rows)
    out = []
    for r in rows:
        if not tx.keys.knows(r.contact):
            continue
        body = tx.keys.open(r.contact, f"conflict|{r.id}|body", r.body)
        contenders = tuple(Contender(*x) for x in body["contenders"])
        conflict = Conflict(body["unit"], r.number, r.reason, contenders, body.get("note", ""))
        out.append(ConflictRow(r.id, r.contact, r.opened_at, conflict))
    return out


def save_conflicts(tx: Tx, contacts: Iterable[str], open_now: Mapping[str, Mapping[str, Conflict]],
                   before: Sequence[ConflictRow]) -> None:
    """Replace the conflicts of these contacts by ``open_now`` (contact → unit → conflict); ids and dates stay."""
    known = {(r.contact, r.conflict.unit): r for r in before}
    rows = []
    changed = set()
    for contact in contacts:
        now = open_now.get(contact, {})
        was = {u: r for (c, u), r in known.items() if c == contact}
        if {u: r.conflict for u, r in was.items()} == dict(now):
            continue
        changed.add(contact)
        for unit, conflict in now.items():
            old = was.get(unit)
            rows.append((old.id if old else tx.new_id(), contact, conflict, old.opened_at if old else tx.now()))
    c = t.conflict.c
    for part in chunks(sorted(changed)):
        tx.sql.execute(delete(t.conflict).where(c.workspace == tx.ws, c.contact.in_(part)))
    tx.owners(r[1] for r in rows)
    values = [{
        "workspace": tx.ws, "id": i, "contact": contact, "base": EXISTS if k.unit.startswith(EXISTS) else split(k.unit)[0],
        "number": k.number, "reason": k.reason, "opened_at": opened,
        "body": tx.keys.seal(contact, f"conflict|{i}|body", {
            "unit": k.unit, "note": k.note, "contenders": [[x.link, x.value, x.base, x.seen, x.rev] for x in k.contenders]}),
    } for i, contact, k, opened in rows]
    if values:
        tx.sql.execute(insert(t.conflict), values)


def count_conflicts(tx: Tx) -> dict[str, int]:
    """Base unit name → open conflicts."""
    c = t.conflict.c
    return dict(tx.sql.execute(select(c.base, func.count()).where(c.workspace == tx.ws).group_by(c.base)).tuples().all())


# ---- candidates and judgements

def pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def add_candidates(
    tx: Tx, rows: Sequence[tuple[str, str, str, float, str, Sequence[str]]], about: Iterable[str],
) -> Collection[tuple[str, str]]:
    """(link a, link b, tier, score, cause, reasons); open candidates of the links ``about`` are replaced, judged ones
    stay as they were judged. Returns the pairs that are new."""
    c = t.candidate.c
    for part in chunks(sorted(set(about))):
        touched = or_(c.link_a.in_(part), c.link_b.in_(part))
        tx.sql.execute(delete(t.candidate).where(c.workspace == tx.ws, c.state == "open", touched))
    known = {(r.link_a, r.link_b) for part in chunks(sorted({pair(a, b)[0] for a, b, *_ in rows}))
             for r in tx.sql.execute(select(c.link_a, c.link_b).where(c.workspace == tx.ws, c.link_a.in_(part)))}
    values = {}
    for a, b, tier, score, cause, reasons in rows:
        key = pair(a, b)
        if key not in known:
            values[key] = {"workspace": tx.ws, "link_a": key[0], "link_b": key[1], "tier": tier, "score": score,
                           "cause": cause, "reasons": list(reasons), "state": "open"}
    if values:
        tx.sql.execute(insert(t.candidate), list(values.values()))
    return values.keys()


def candidates(tx: Tx, *, state: str = "open", tier: str | None = None, links: Iterable[str] | None = None) -> list[Any]:
    c = t.candidate.c
    query = select(t.candidate).where(c.workspace == tx.ws, c.state == state)
    query = query.order_by(c.tier, t.bytewise(c.cause), c.score.desc(), c.link_a, c.link_b)
    if tier is not None:
        query = query.where(c.tier == tier)
    if links is None:
        return list(tx.sql.execute(query))
    out: list[Any] = []
    for part in chunks(sorted(set(links))):
        out += tx.sql.execute(query.where(or_(c.link_a.in_(part), c.link_b.in_(part)))).all()
    return out


def close_candidates(tx: Tx, pairs: Iterable[tuple[str, str]], state: str) -> None:
    c = t.candidate.c
    rows = [{"a": a, "b": b} for a, b in sorted({pair(a, b) for a, b in pairs})]
    if rows:
        tx.sql.execute(
            update(t.candidate)
            .where(c.workspace == tx.ws, c.link_a == bindparam("a"), c.link_b == bindparam("b"))
            .values(state=state),
            rows)


def judge(tx: Tx, pairs: Iterable[tuple[str, str]], verdict: str, by: str, why: str) -> None:
    """Remember a verdict between records, replacing an earlier one; open candidates close."""
    j = t.judgement.c
    ordered = sorted({pair(a, b) for a, b in pairs})
    if not ordered:
        return
    tx.sql.execute(delete(t.judgement).where(j.workspace == tx.ws, j.link_a == bindparam("a"), j.link_b == bindparam("b")),
                   [{"a": a, "b": b} for a, b in ordered])
    tx.sql.execute(insert(t.judgement), [
        {"workspace": tx.ws, "link_a": a, "link_b": b, "verdict": verdict, "by": by, "at": tx.now(), "why": why}
        for a, b in ordered])
    close_candidates(tx, ordered, {"same": "accepted", "different": "rejected"}.get(verdict, "unsure"))


def judgements(tx: Tx, links: Iterable[str], verdict: str) -> set[tuple[str, str]]:
    """Pairs of this verdict in which one of ``links`` stands."""
    j = t.judgement.c
    out: set[tuple[str, str]] = set()
    for part in chunks(sorted(set(links))):
        rows = tx.sql.execute(select(j.link_a, j.link_b).where(
            j.workspace == tx.ws, j.verdict == verdict, or_(j.link_a.in_(part), j.link_b.in_(part))))
        out.update((r.link_a, r.link_b) for r in rows)
    return out
