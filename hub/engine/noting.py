"""What the hub notes of its systems before a run, and of a run at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.rules.rulebook import Rulebook
from hub.store import journal, systems
from hub.store.store import Store, digest


def knows_address(store: Store, name: str, address: str) -> bool:
    """Was the organisation at this address of a system looked at already?"""
    with store.reading() as tx:
        row = systems.all_systems(tx).get(name)
    return row is not None and bool(row.fingerprint.partition(" ")[0] == address)


def note_fingerprint(store: Store, name: str, address: str, fingerprint: str) -> bool:
    """Remember which organisation a system is, and at which address. True, and nothing remembered, when it is another
    one than before."""
    said = f"{address} {fingerprint}"[:200]
    with store.writing() as tx:
        row = systems.know(tx, name)
        if row.fingerprint and row.fingerprint.partition(" ")[2] != said.partition(" ")[2]:
            return True
        if row.fingerprint != said:
            systems.change(tx, name, fingerprint=said)
        return False


def note_rules(store: Store, book: Rulebook, addresses: Mapping[str, str]) -> None:
    """Note which rules each system runs under. Changed rules, and a changed address (``addresses``, by system), ask for
    approval again and have every contact planned anew; links of systems that are no longer configured sleep, and wake
    when the system is back (merge.md 11)."""
    with store.writing() as tx:
        changed = False
        for name, rules in sorted(book.systems.items()):
            row = systems.know(tx, name)
            now = digest(rules.lens.fingerprint, rules.where, rules.allow, rules.on_leave, rules.collection, rules.writes,
                         addresses[name])
            if row.state == "dormant":
                systems.wake(tx, name)
                changed = True
            if row.rules_hash != now:
                systems.change(tx, name, rules_hash=now, approved_plan=None)
                changed = True
        for name, row in systems.all_systems(tx).items():
            if name not in book.systems and row.state != "dormant":
                systems.put_to_sleep(tx, name)
        if changed:
            systems.plan_everybody(tx)


def note_report(store: Store, run: str, state: str, report: Mapping[str, Any]) -> None:
    """What a run counted, with what only the caller knows (requests)."""
    with store.writing() as tx:
        journal.end_run(tx, run, state, report)
