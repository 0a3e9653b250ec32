"""Counts people look at."""

from __future__ import annotations

from sqlalchemy import func, select

from hub.store import tables as t
from hub.store.store import Tx


def links_by_life(tx: Tx) -> dict[str, dict[str, int]]:
    """system → life → how many links."""
    k = t.link.c
    out: dict[str, dict[str, int]] = {}
    for system, life, count in tx.sql.execute(
        select(k.system, k.life, func.count()).where(k.workspace == tx.ws).group_by(k.system, k.life)
    ):
        out.setdefault(system, {})[life] = count
    return out


def contacts_by_state(tx: Tx) -> dict[str, int]:
    """state → how many contacts."""
    c = t.contact.c
    rows = tx.sql.execute(select(c.state, func.count()).where(c.workspace == tx.ws).group_by(c.state))
    return dict(rows.tuples().all())


def written(tx: Tx, run: str) -> dict[tuple[str, str], int]:
    """(system, op) → writes of a run that were done."""
    w, p = t.write.c, t.plan.c
    rows = tx.sql.execute(
        select(w.system, w.op, func.count()).join(t.plan, (p.workspace == w.workspace) & (p.id == w.plan))
        .where(w.workspace == tx.ws, p.run == run, w.state == "done").group_by(w.system, w.op))
    return {(system, op): count for system, op, count in rows}
