"""Dates for withdrawals that carry none: the first observation counts (merge.md 9)."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.model.units import EntitySchema, Projection
from hub.rules.consent import WITHDRAWN, dated


def dated_consents(entity: EntitySchema, projection: Projection, before: Projection, observed_at: float) -> Projection:
    """``projection`` with every undated withdrawal dated; one already in ``before`` keeps its date."""
    out = projection
    for name, schema in entity.sets.items():
        if not schema.joined or not projection.get(name):
            continue
        members = {}
        for key, shown in projection[name].items():
            was = (before.get(name) or {}).get(key, {}).get("v")
            value = shown["v"]
            if value.get("state") == WITHDRAWN and not value.get("evidenced_at"):
                if was is not None and was.get("state") == WITHDRAWN and was.get("evidenced_at"):
                    value = {**value, "evidenced_at": was["evidenced_at"]}
                else:
                    value = dated(value, datetime.fromtimestamp(observed_at, UTC).isoformat())
            members[key] = {**shown, "v": value}
        out = {**out, name: members}
    return out
