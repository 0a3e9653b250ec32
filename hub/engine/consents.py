"""Dates for withdrawals that carry none: the first observation counts (merge.md 9)."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.model.state import UNSET, Units
from hub.model.units import EntitySchema, Projection, member
from hub.rules.consent import WITHDRAWN, dated


def dated_consents(
    entity: EntitySchema, projection: Projection, before: Projection, observed_at: float, units: Units | None = None,
) -> Projection:
    """``projection`` with every undated withdrawal dated; one already in ``before`` keeps its date, or has the
    contact's when it came there by our own write."""
    out = projection
    for name, schema in entity.sets.items():
        if not schema.joined or not projection.get(name):
            continue
        members = {}
        for key, shown in projection[name].items():
            was = (before.get(name) or {}).get(key, {}).get("v")
            value = shown["v"]
            if value.get("state") == WITHDRAWN and not value.get("evidenced_at"):
                known = (units or {}).get(member(name, key), UNSET).value
                if was is not None and was.get("state") == WITHDRAWN and was.get("evidenced_at"):
                    value = {**value, "evidenced_at": was["evidenced_at"]}
                elif was is not None and was.get("state") == WITHDRAWN and known and known.get("state") == WITHDRAWN:
                    value = {**value, "evidenced_at": known["evidenced_at"]}
                else:
                    value = dated(value, datetime.fromtimestamp(observed_at, UTC).isoformat())
            members[key] = {**shown, "v": value}
        out = {**out, name: members}
    return out
