"""Plans, their writes, and the intents that are committed before each call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from hub.model.units import Projection
from hub.store import tables as t
from hub.store.store import Tx, chunks

UNSENT = ("planned", "ready")

@dataclass(slots=True)
class WriteRow:
    """One intended change of one record (or of one still to be made).

    ``sent``    units with the revision that will be there once it landed
    ``before``, ``after``  projections of what changes, for people and for undo
    ``shown``   the whole projection after it landed
    ``reason``  behind, create, delete, on_leave, undo, erasure
    """

    id: str
    plan: str
    number: int
    contact: str
    link: str | None
    entity: str
    system: str
    collection: str
    op: str
    reason: str
    patch: dict[str, Any]
    sent: dict[str, int]
    before: Projection
    after: Projection
    shown: Projection
    native_id: str = ""
    expect: str | None = None
    digest: str = ""
    state: str = "planned"
    why: str = ""
    at: float = 0.0
    removals: int = 0


@dataclass(slots=True)
class IntentRow:
    """A committed promise of one call; ``body`` repeats the write's patch, sent and shown as they were claimed;
    ``lens``: the fingerprint of the lens that made them."""

    id: str
    write: str
    attempt: int
    system: str
    contact: str
    link: str | None
    op: str
    key: str | None
    marker: str | None
    state: str
    sent_at: float
    patch: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    shown: Projection = field(default_factory=dict)
    collection: str = ""
    reason: str = ""
    lens: str = ""
    before: dict[str, Any] | None = None
    """The native record as it was when the write was claimed; not stored."""


def add_plan(tx: Tx, plan: str, run: str, *, hash_: str, state: str, notes: Mapping[str, Any]) -> None:
    tx.sql.execute(insert(t.plan).values(
        workspace=tx.ws, id=plan, hash=hash_, state=state, made_at=tx.now(), run=run, notes=dict(notes)))


def finish_plan(tx: Tx, plan: str, *, hash_: str, state: str, notes: Mapping[str, Any]) -> None:
    tx.sql.execute(update(t.plan).where(t.plan.c.workspace == tx.ws, t.plan.c.id == plan).values(
        hash=hash_, state=state, notes=dict(notes)))


def plan_row(tx: Tx, plan: str) -> Any:
    return tx.sql.execute(select(t.plan).where(t.plan.c.workspace == tx.ws, t.plan.c.id == plan)).first()


def newest_plan(tx: Tx) -> Any:
    return tx.sql.execute(select(t.plan).where(t.plan.c.workspace == tx.ws, t.plan.c.state != "empty")
                          .order_by(t.plan.c.made_at.desc(), t.plan.c.id.desc()).limit(1)).first()


def approve_plan(tx: Tx, plan: str, by: str) -> None:
    tx.sql.execute(update(t.plan).where(t.plan.c.workspace == tx.ws, t.plan.c.id == plan).values(
        state="approved", approved_by=by, approved_at=tx.now()))


def add_writes(tx: Tx, rows: Sequence[WriteRow]) -> None:
    tx.owners(w.contact for w in rows)
    values = [{
        "workspace": tx.ws, "id": w.id, "plan": w.plan, "number": w.number, "contact": w.contact, "link": w.link,
        "entity": w.entity, "system": w.system, "collection": w.collection, "op": w.op, "reason": w.reason,
        "expect": w.expect, "digest": w.digest, "state": w.state, "why": w.why, "at": tx.now(), "removals": w.removals,
        "body": tx.keys.seal(w.contact, f"write|{w.id}|body", {
            "patch": w.patch, "sent": w.sent, "before": w.before, "after": w.after, "shown": w.shown,
            "native_id": w.native_id}),
    } for w in rows]
    if values:
        tx.sql.execute(insert(t.write), values)


def drop_unsent(tx: Tx, contacts: Iterable[str]) -> None:
    """Forget planned writes of these contacts that were not sent; they are planned anew."""
    w = t.write.c
    for part in chunks(sorted(set(contacts))):
        tx.sql.execute(delete(t.write).where(w.workspace == tx.ws, t.IS_UNDELIVERED, w.state.in_(UNSENT), w.contact.in_(part)))


def unsent_contacts(tx: Tx) -> list[str]:
    w = t.write.c
    query = select(w.contact).distinct().where(w.workspace == tx.ws, t.IS_UNDELIVERED, w.state.in_(UNSENT))
    return sorted(tx.sql.execute(query).scalars())


def ready_writes(tx: Tx, contacts: Iterable[str]) -> list[WriteRow]:
    """Writes of these contacts that may go and were not sent."""
    w = t.write.c
    found: list[Any] = []
    for part in chunks(sorted(set(contacts))):
        found += tx.sql.execute(select(t.write).where(
            w.workspace == tx.ws, t.IS_UNDELIVERED, w.state == "ready", w.contact.in_(part))).all()
    tx.learn(r.contact for r in found)
    return [_write(tx, r) for r in found]


def approvers(tx: Tx, plans: Iterable[str]) -> dict[str, tuple[str, float]]:
    """plan → who approved it and when, where somebody did."""
    wanted = sorted(set(plans))
    if not wanted:
        return {}
    p = t.plan.c
    rows = tx.sql.execute(select(p.id, p.approved_by, p.approved_at).where(
        p.workspace == tx.ws, p.id.in_(wanted), p.approved_by.is_not(None)))
    return {plan: (by, at) for plan, by, at in rows}


def unsent(tx: Tx) -> Counter[tuple[str, str, str]]:
    """(system, state, plan) → writes that are planned or ready."""
    w = t.write.c
    # counted here: see undelivered
    query = select(w.system, w.state, w.plan).where(w.workspace == tx.ws, t.IS_UNDELIVERED, w.state.in_(UNSENT))
    return Counter(tx.sql.execute(query).tuples())


def why_unsent(tx: Tx) -> dict[str, str]:
    """system → why writes that may go could not, where it was said."""
    w = t.write.c
    query = select(w.system, w.why).where(w.workspace == tx.ws, t.IS_UNDELIVERED, w.state == "ready", w.why != "")
    return dict(sorted(tx.sql.execute(query).tuples()))


def undelivered(tx: Tx) -> Counter[tuple[str, str]]:
    """(system, op) → writes that are planned, may go, or are under way."""
    w = t.write.c
    # counted by SQL, SQLite would read every write to have them in groups
    return Counter(tx.sql.execute(select(w.system, w.op).where(w.workspace == tx.ws, t.IS_UNDELIVERED)).tuples())


def writes(tx: Tx, *, plan: str | None = None, system: str | None = None, states: Sequence[str] = (),
           limit: int | None = None, ids: Sequence[str] | None = None) -> list[WriteRow]:
    """Writes in their order."""
    w = t.write.c
    query = select(t.write).where(w.workspace == tx.ws).order_by(w.number, w.id)
    if plan is not None:
        query = query.where(w.plan == plan)
    if system is not None:
        query = query.where(w.system == system)
    if states:
        query = query.where(w.state.in_(list(states)))
    if ids is not None:
        query = query.where(w.id.in_(list(ids)))
    if limit is not None:
        query = query.limit(limit)
    rows = tx.sql.execute(query).all()
    tx.learn(r.contact for r in rows)
    return [_write(tx, r) for r in rows]


def _write(tx: Tx, r: Any) -> WriteRow:
    body = tx.keys.open(r.contact, f"write|{r.id}|body", r.body) if tx.keys.knows(r.contact) else {}
    return WriteRow(
        r.id, r.plan, r.number, r.contact, r.link, r.entity, r.system, r.collection, r.op, r.reason,
        body.get("patch", {}), body.get("sent", {}), body.get("before", {}), body.get("after", {}),
        body.get("shown", {}), body.get("native_id", ""), r.expect, r.digest, r.state, r.why, r.at, r.removals)


def set_write_state(tx: Tx, states: Mapping[str, tuple[str, str]]) -> None:
    """write id → (state, why)."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for write, target in states.items():
        grouped.setdefault(target, []).append(write)
    for (state, why), ids in sorted(grouped.items()):
        for part in chunks(ids):
            tx.sql.execute(update(t.write).where(t.write.c.workspace == tx.ws, t.write.c.id.in_(part)).values(
                state=state, why=why, at=tx.now()))


def release(tx: Tx, plan: str, systems: Sequence[str], ops: Sequence[str], *, reason: str | None = None) -> int:
    """Make the permitted planned writes of a plan ready, in one statement; with ``reason`` only those. Returns how many."""
    w = t.write.c
    if not systems or not ops:
        return 0
    done = tx.sql.execute(update(t.write).where(
        w.workspace == tx.ws, w.plan == plan, w.state == "planned", w.system.in_(list(systems)), w.op.in_(list(ops)),
        w.reason == (w.reason if reason is None else reason)
    ).values(state="ready"))
    return int(done.rowcount)


def counts(tx: Tx, *, plan: str) -> list[tuple[str, str, str, str, int]]:
    """(system, op, reason, state, how many) of a plan's writes."""
    w = t.write.c
    each = (w.system, w.op, w.reason, w.state)
    query = select(*each, func.count()).where(w.workspace == tx.ws, w.plan == plan).group_by(*each)
    query = query.order_by(*map(t.bytewise, each))
    return [tuple(r) for r in tx.sql.execute(query)]


def removals(tx: Tx, plan: str) -> dict[tuple[str, str], int]:
    """(system, op) of a plan's writes that wait → deletes and blanks in them."""
    w = t.write.c
    rows = tx.sql.execute(select(w.system, w.op, func.sum(w.removals)).where(
        w.workspace == tx.ws, w.plan == plan, w.state == "planned").group_by(w.system, w.op))
    return {(system, op): int(n or 0) for system, op, n in rows}


def recent_removals(tx: Tx, since: float) -> dict[str, int]:
    """Deletes and blanks sent per system since then, in plans nobody approved by name."""
    w, p = t.write.c, t.plan.c
    rows = tx.sql.execute(
        select(w.system, func.sum(w.removals)).join(t.plan, (p.workspace == w.workspace) & (p.id == w.plan))
        .where(w.workspace == tx.ws, t.TAKES_AWAY, w.at >= since, w.state.in_(["claimed", "done"]), p.approved_by.is_(None))
        .group_by(w.system))
    return {system: int(n or 0) for system, n in rows}


# ---- intents

def add_intents(tx: Tx, rows: Sequence[IntentRow]) -> None:
    values = [{
        "workspace": tx.ws, "id": i.id, "write": i.write, "attempt": i.attempt, "system": i.system, "contact": i.contact,
        "link": i.link, "op": i.op, "key": i.key, "marker": i.marker, "fence": tx.store.epoch, "state": i.state,
        "sent_at": tx.now(), "answer": "",
        "body": tx.keys.seal(i.contact, f"intent|{i.id}|body", {
            "patch": i.patch, "sent": i.sent, "shown": i.shown, "collection": i.collection, "reason": i.reason,
            "lens": i.lens}),
    } for i in rows]
    if values:
        tx.sql.execute(insert(t.intent), values)


def open_intents(tx: Tx, *, system: str | None = None, links: Iterable[str] | None = None,
                 contacts: Iterable[str] | None = None) -> list[IntentRow]:
    """Intents whose outcome is not known, oldest first."""
    i = t.intent.c
    base = select(t.intent).where(i.workspace == tx.ws, t.IS_OPEN).order_by(i.sent_at, i.id)
    if system is not None:
        base = base.where(i.system == system)
    found: list[Any] = []
    if links is None and contacts is None:
        found = list(tx.sql.execute(base))
    else:
        column, wanted = (i.link, links) if links is not None else (i.contact, contacts)
        for part in chunks(sorted(set(wanted or ()))):
            found += tx.sql.execute(base.where(column.in_(part))).all()
    tx.learn(r.contact for r in found)
    out = []
    for r in found:
        body = tx.keys.open(r.contact, f"intent|{r.id}|body", r.body) if tx.keys.knows(r.contact) else {}
        out.append(IntentRow(r.id, r.write, r.attempt, r.system, r.contact, r.link, r.op, r.key, r.marker, r.state,
                             r.sent_at, body.get("patch", {}), body.get("sent", {}), body.get("shown", {}),
                             body.get("collection", ""), body.get("reason", ""), body.get("lens", "")))
    return out


ARRIVED = ("done", "it had landed", "found again by its key", "nobody can tell; compared unit by unit")
"""Answers of intents after which what was sent is there, or may be."""


def landed(tx: Tx, contacts: Iterable[str]) -> dict[str, dict[str, int]]:
    """link (of a create: the write) → unit → the revision we wrote there last, as far as we know it landed. What nobody can tell
    of counts too: a unit that did not arrive is one the link is behind on."""
    i = t.intent.c
    out: dict[str, dict[str, int]] = {}
    for part in chunks(sorted(set(contacts))):
        rows = tx.sql.execute(
            select(t.intent).where(i.workspace == tx.ws, i.contact.in_(part), i.op.in_(["create", "update"]),
                                   i.answer.in_(ARRIVED))
            .order_by(i.sent_at, i.id)).all()
        tx.learn(r.contact for r in rows)
        for r in rows:
            if tx.keys.knows(r.contact):
                sent = tx.keys.open(r.contact, f"intent|{r.id}|body", r.body)["sent"]
                out.setdefault(r.link or r.write, {}).update(sent)
    return out


def set_intent_state(tx: Tx, states: Mapping[str, tuple[str, str]]) -> None:
    """intent id → (state, answer in words)."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for intent, target in states.items():
        grouped.setdefault(target, []).append(intent)
    for (state, answer), ids in sorted(grouped.items()):
        for part in chunks(ids):
            tx.sql.execute(update(t.intent).where(t.intent.c.workspace == tx.ws, t.intent.c.id.in_(part)).values(
                state=state, answer=answer[:200]))


def attempts(tx: Tx, write_ids: Iterable[str]) -> dict[str, int]:
    i = t.intent.c
    out: dict[str, int] = {}
    for part in chunks(sorted(set(write_ids))):
        query = select(i.write, func.count()).where(i.workspace == tx.ws, i.write.in_(part)).group_by(i.write)
        out.update(tx.sql.execute(query).tuples().all())
    return out


# ---- parked

class Parked(NamedTuple):
    """A write that was refused, or cannot be said. ``place``: its link, or the contact of a create. It waits until
    what would be sent (``digest``), the record's ``version`` or the lens moves."""

    place: str
    version: str | None
    digest: str
    lens_hash: str
    reason: str


def park(tx: Tx, rows: Sequence[Parked]) -> None:
    """Remember these, instead of earlier ones of the same place and digest. What is parked again for the same reason keeps
    its time, and stays dismissed."""
    earlier = {_as_parked(old): (old.at, old.dismissed_by) for old in _parked(tx, [r.place for r in rows])}
    unpark(tx, [(r.place, r.digest) for r in rows])
    if rows:
        since = [earlier.get(r, (tx.now(), None)) for r in rows]
        tx.sql.execute(insert(t.parked), [
            {"workspace": tx.ws, "link": r.place, "version": r.version, "digest": r.digest, "lens_hash": r.lens_hash,
             "reason": r.reason, "at": at, "dismissed_by": by} for r, (at, by) in zip(rows, since, strict=True)])


def unpark(tx: Tx, places: Iterable[tuple[str, str]]) -> None:
    """(place, digest) of parked writes that nothing would send any more."""
    p = t.parked.c
    rows = [{"place": place, "was": digest} for place, digest in sorted(set(places))]
    if rows:
        tx.sql.execute(delete(t.parked).where(
            p.workspace == tx.ws, p.link == bindparam("place"), p.digest == bindparam("was")), rows)


def parked(tx: Tx, places: Iterable[str]) -> dict[str, list[Parked]]:
    """place → what is parked there."""
    out: dict[str, list[Parked]] = {}
    for r in _parked(tx, places):
        out.setdefault(r.link, []).append(_as_parked(r))
    return out


def _parked(tx: Tx, places: Iterable[str]) -> Iterator[Any]:
    p = t.parked.c
    for part in chunks(sorted(set(places))):
        yield from tx.sql.execute(select(t.parked).where(p.workspace == tx.ws, p.link.in_(part))).all()


def _as_parked(row: Any) -> Parked:
    return Parked(row.link, row.version, row.digest, row.lens_hash, row.reason)


def dismiss(tx: Tx, places: Iterable[tuple[str, str]], by: str) -> None:
    """(place, digest) of parked writes nobody wants to be told of any more. They stay parked."""
    p = t.parked.c
    rows = [{"place": place, "was": digest, "who": by[:120]} for place, digest in sorted(set(places))]
    if rows:
        tx.sql.execute(update(t.parked).where(
            p.workspace == tx.ws, p.link == bindparam("place"), p.digest == bindparam("was")
        ).values(dismissed_by=bindparam("who")), rows)


def all_parked(tx: Tx) -> list[Any]:
    return list(tx.sql.execute(select(t.parked).where(t.parked.c.workspace == tx.ws).order_by(t.parked.c.at)))
