"""What a changed configuration would do, before it is live. The engine itself runs, on a copy of the database and without any
system: first with the rules of now, then with the new ones. What the second plan has more is what the change would do."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.engine.asking.plans import plan_document
from hub.engine.cycle import run_cycle
from hub.engine.noting import note_rules
from hub.rules.rulebook import Rulebook
from hub.store import counting, journal
from hub.store.store import Store
from hub.workspace import DATABASE

Addresses = Mapping[str, str]
"""System → its address, as ``note_rules`` asks for it."""


async def rehearse(
    copy_to: Callable[[Path], None], reopen: Callable[[Path], Store], beside: Path, now: tuple[Rulebook, Addresses],
    new: tuple[Rulebook, Addresses],
) -> dict[str, Any]:
    """The plan that the ``new`` rules would add to that of ``now``, as ``plan_document`` gives it, and: "values": unit → contacts
    whose value would be another; "people": how many contacts are written to; "records": system → {life: more or fewer};
    "dropped": writes that wait now and would not be made any more.

    ``copy_to`` copies the database (raises StoreError where it cannot), into a folder ``beside`` which goes again; ``reopen``
    opens the copy.
    """
    with tempfile.TemporaryDirectory(prefix=".rehearsal-", dir=beside) as made:
        file = Path(made) / DATABASE
        copy_to(file)
        store = reopen(file)
        try:
            _, before = await _plan(store, *now)
            lives = _lives(store)
            run, after = await _plan(store, *new)
            writes, dropped = _added(before["writes"], after["writes"])
            return {**after, "writes": writes, "dropped": dropped, "people": len({w["contact"] for w in writes}),
                    "values": _values(store, run), "records": _moved(lives, _lives(store))}
        finally:
            store.close()


async def _plan(store: Store, book: Rulebook, addresses: Addresses) -> tuple[str, dict[str, Any]]:
    """The run and its plan; the next one replaces what was not sent."""
    note_rules(store, book, addresses)
    cycle = await run_cycle(store, book, {}, pushing=False, kind="rehearsal")
    assert cycle.plan is not None
    return cycle.run, plan_document(store, cycle.plan.id)


def _lives(store: Store) -> Mapping[str, Mapping[str, int]]:
    with store.reading() as tx:
        return counting.links_by_life(tx)


def _added(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The writes that only the second plan has, and how many only the first one had."""
    known = Counter(map(_what, before))
    writes: list[dict[str, Any]] = []
    for write in after:
        if known[_what(write)] > 0:
            known[_what(write)] -= 1
        else:
            writes.append({**write, "number": len(writes) + 1})
    return writes, sum(known.values())


def _what(write: Mapping[str, Any]) -> str:
    return repr([write[name] for name in ("system", "op", "reason", "contact", "native_id", "before", "after")])


def _values(store: Store, run: str) -> dict[str, int]:
    """Unit → contacts whose value the run changed."""
    found: set[tuple[str, str]] = set()
    with store.reading() as tx:
        for entry in journal.of_run(tx, run):
            found |= {(unit.partition("[")[0], entry.contact) for unit in entry.changes.get("units", ())}
    return dict(sorted(Counter(unit for unit, _ in found).items()))


def _moved(before: Mapping[str, Mapping[str, int]], after: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """System → life → how many records more (or fewer) stand so."""
    out: dict[str, dict[str, int]] = {}
    for system in sorted({*before, *after}):
        then, now = before.get(system, {}), after.get(system, {})
        moved = {life: now.get(life, 0) - then.get(life, 0) for life in sorted({*then, *now})}
        if any(moved.values()):
            out[system] = {life: n for life, n in moved.items() if n}
    return out
