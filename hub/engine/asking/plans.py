"""A plan as data: what is shown, approved and applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from hub.engine.asking.words import title
from hub.errors import UnknownName
from hub.model.contact import CONTACT
from hub.model.units import Projection
from hub.store import contacts, plans
from hub.store.store import Store, Tx


def plan_document(store: Store, plan: str) -> dict[str, Any]:
    """Counts by system, kind and reason, and every write with what it changes; "names": whom its values name;
    "approved_rest": what of earlier plans was approved and could not be made yet."""
    with store.reading() as tx:
        row = plans.plan_row(tx, plan)
        if row is None:
            raise UnknownName(f"No plan {plan}.")
        rows = plans.writes(tx, plan=plan)
        named = {contact for w in rows for contact in _named((w.before, w.after))}
        people = contacts.load_contacts(tx, sorted({w.contact for w in rows} | named))
        counts = [dict(zip(("system", "op", "reason", "state", "count"), each, strict=True))
                  for each in plans.counts(tx, plan=plan)]
        return {
            "format": "contact-hub plan", "plan": row.id, "hash": row.hash, "state": row.state, "made_at": row.made_at,
            "counts": counts, "approved_rest": _approved_rest(tx, plan),
            "names": {contact: title(people[contact].units) for contact in sorted(named & people.keys())},
            "writes": [{
                "number": w.number, "system": w.system, "op": w.op, "reason": w.reason, "contact": w.contact,
                "name": title(people[w.contact].units) if w.contact in people else "", "native_id": w.native_id,
                "state": w.state, "why": w.why, "removals": w.removals, "before": w.before, "after": w.after,
            } for w in rows]}


def _named(projections: Iterable[Projection]) -> Iterator[str]:
    """The contacts that values name: an employer, the other end of a relation."""
    for projection in projections:
        for unit, value in projection.items():
            schema = CONTACT.units.get(unit)
            if schema is None or not value:
                continue
            if schema.kind == "ref":
                yield str(value)
            elif schema.members is not None and schema.members.ref:
                yield from (str(member.get("v")) for member in value.values())


def _approved_rest(tx: Tx, plan: str) -> list[dict[str, Any]]:
    waiting: Counter[tuple[str, str]] = Counter()
    for (system, state, made_in), count in plans.unsent(tx).items():
        if state == "ready" and made_in != plan:
            waiting[system, made_in] += count
    who = plans.approvers(tx, {made_in for _, made_in in waiting})
    return [{"system": system, "count": count, "by": who[made_in][0], "at": who[made_in][1]}
            for (system, made_in), count in sorted(waiting.items()) if made_in in who]
