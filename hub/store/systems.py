"""What the hub remembers of each configured system."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from hub.store import tables as t
from hub.store.store import Tx


def know(tx: Tx, name: str) -> Any:
    """The row of a system; made when it is new."""
    s = t.system.c
    row = tx.sql.execute(select(t.system).where(s.workspace == tx.ws, s.name == name)).first()
    if row is None:
        tx.sql.execute(insert(t.system).values(
            workspace=tx.ws, name=name, state="active", epoch=0, reason="", fingerprint="", rules_hash=""))
        row = tx.sql.execute(select(t.system).where(s.workspace == tx.ws, s.name == name)).first()
    return row


def epoch(tx: Tx) -> int:
    """The number of the newest run that held the workspace."""
    found = select(t.installation.c.epoch).where(t.installation.c.workspace == tx.ws)
    return int(tx.sql.execute(found).scalar_one())


def all_systems(tx: Tx) -> dict[str, Any]:
    query = select(t.system).where(t.system.c.workspace == tx.ws).order_by(t.bytewise(t.system.c.name))
    return {r.name: r for r in tx.sql.execute(query)}


def change(tx: Tx, name: str, **values: Any) -> None:
    """Set columns of a system (state, reason, fingerprint, approved_plan …)."""
    tx.sql.execute(update(t.system).where(t.system.c.workspace == tx.ws, t.system.c.name == name).values(**values))


def forget_approvals(tx: Tx) -> None:
    """No system may be written to before a new plan is approved."""
    tx.sql.execute(update(t.system).where(t.system.c.workspace == tx.ws).values(approved_plan=None))


def wake(tx: Tx, name: str) -> None:
    """A system is configured again: its links wake (merge.md 11)."""
    k = t.link.c
    change(tx, name, state="active", reason="")
    tx.sql.execute(update(t.link).where(k.workspace == tx.ws, k.system == name, k.life == "dormant").values(life="present"))


def put_to_sleep(tx: Tx, name: str) -> None:
    """A system is not configured any more: its links sleep."""
    k = t.link.c
    change(tx, name, state="dormant", reason="not configured any more")
    tx.sql.execute(update(t.link).where(k.workspace == tx.ws, k.system == name, k.life == "present").values(life="dormant"))


def plan_everybody(tx: Tx) -> None:
    """Every live contact is planned anew in the next run."""
    c = t.contact.c
    tx.sql.execute(update(t.contact).where(c.workspace == tx.ws, c.state == "live").values(waiting=1))
