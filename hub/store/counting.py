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
