"""Where the workspace stands, and what its runs did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.store import counting, journal, plans, reviews
from hub.store.store import Store


def status(store: Store, of_systems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts of what is there and of what waits. ``of_systems``: what is told of the systems, given back with it."""
    with store.reading() as tx:
        waiting = {f"{system} {op}": n for (system, op), n in sorted(plans.undelivered(tx).items())}
        last = journal.runs(tx, 1)
        return {
            "contacts": counting.contacts_by_state(tx), "conflicts": reviews.count_conflicts(tx),
            "matches": len(reviews.candidates(tx)), "writes_waiting": waiting,
            "unknown_outcomes": len(plans.open_intents(tx)), "refused": sum(r.dismissed_by is None for r in plans.all_parked(tx)),
            "last_run": _run(last[0]) if last else None, "systems": list(of_systems)}


def runs(store: Store, limit: int) -> list[dict[str, Any]]:
    """The last runs, youngest first, each with its report."""
    with store.reading() as tx:
        return [_run(r) for r in journal.runs(tx, limit)]


def _run(r: Any) -> dict[str, Any]:
    return {"id": r.id, "kind": r.kind, "state": r.state, "started_at": r.started_at, "ended_at": r.ended_at, "report": r.report}
