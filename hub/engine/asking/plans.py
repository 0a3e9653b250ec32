"""A plan as data: what is shown, approved and applied."""

from __future__ import annotations

from typing import Any

from hub.engine.asking.words import title
from hub.errors import UnknownName
from hub.store import contacts, plans
from hub.store.store import Store


def plan_document(store: Store, plan: str) -> dict[str, Any]:
    """Counts by system, kind and reason, and every write with what it changes."""
    with store.reading() as tx:
        row = plans.plan_row(tx, plan)
        if row is None:
            raise UnknownName(f"No plan {plan}.")
        rows = plans.writes(tx, plan=plan)
        people = contacts.load_contacts(tx, [w.contact for w in rows])
        counts = [dict(zip(("system", "op", "reason", "state", "count"), each, strict=True))
                  for each in plans.counts(tx, plan=plan)]
        return {
            "format": "contact-hub plan", "plan": row.id, "hash": row.hash, "state": row.state, "made_at": row.made_at,
            "counts": counts, "writes": [{
                "number": w.number, "system": w.system, "op": w.op, "reason": w.reason, "contact": w.contact,
                "name": title(people[w.contact].units) if w.contact in people else "", "native_id": w.native_id,
                "state": w.state, "why": w.why, "removals": w.removals, "before": w.before, "after": w.after,
            } for w in rows]}
