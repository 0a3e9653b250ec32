"""A run is undone at the end of a history, and held against what stood before it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.engine.desk import Desk
from hub.engine.undoing import reversals
from hub.model.contact import CONTACT
from hub.model.state import UNSET
from hub.model.units import set_of
from hub.rules.rulebook import Rulebook
from hub.store import inbox, journal
from hub.store.store import Store
from hub.testing.simulation import oracle

PARTING = ("join", "unmerge", "parted")


@dataclass
class Undone:
    """One run.

    ``before``  (contact, unit) → what stood there before it, of units nobody touched since, in contacts that were neither joined
                nor parted by it or since
    ``kept``    units of which the preview says that they stay, and why
    ``restored``, ``listed``, ``failed``: once judged, those that are as before, those that were said to stay, and the others
    """

    run: str
    before: dict[tuple[str, str], Any]
    kept: set[tuple[str, str]]
    restored: int = 0
    listed: int = 0
    failed: int = 0

    def judge(self, store: Store) -> list[str]:
        """Look where they stand now. Returns violations."""
        truth = oracle.Truth(store)
        kept = self.kept | {(e.contact, k[0]) for e in truth.entries if e.cause == "undo" and e.changes["of"] == self.run
                            for k in e.changes["kept"]}
        out = []
        for (contact, unit), value in self.before.items():
            now = truth.contacts[contact].units.get(unit, UNSET).value
            if CONTACT.same(unit, now, value) if set_of(unit) is None else now == value:
                self.restored += 1
            elif (contact, unit) in kept or truth.contacts[contact].state != "live":
                self.listed += 1
            else:
                self.failed += 1
                out.append(f"undo: {unit} was {value!r} before run {self.run}, and is {now!r}")
        return out


def undo_one(store: Store, book: Rulebook, rng: random.Random) -> Undone | None:
    """Ask for the undo of a run that changed something; None where there is none."""
    with store.writing() as tx:
        runs = [r.id for r in journal.runs(tx, 100)]
        changed = [run for run in runs if any(e.changes.get("units") and e.cause != "born" for e in journal.of_run(tx, run))]
        if not changed:
            return None
        run = rng.choice(changed)
        contacts = sorted({e.contact for e in journal.of_run(tx, run)})
        preview = reversals(tx, Desk(tx, book, run), run, contacts, {})
        found = Undone(run, _before(journal.of_contacts(tx, contacts), run),
                       {(contact, k.unit) for contact, each in preview.items() for k in each.kept})
        for contact in contacts:
            inbox.add_answer(tx, contact, "undo", {"run": run, "by": "reviewer"})
    return found


def _before(entries: Sequence[journal.Entry], run: str) -> dict[tuple[str, str], Any]:
    first: dict[tuple[str, str], Any] = {}
    since: set[tuple[str, str]] = set()
    apart: set[str] = set()
    began = False
    for e in entries:
        began = began or e.run == run
        if not began:
            continue
        if e.cause in PARTING:
            apart.add(e.contact)
        units = e.changes.get("units", {})
        for unit, was in units.items():
            if e.run != run:
                since.add((e.contact, unit))
            elif e.cause != "born":
                first.setdefault((e.contact, unit), was[0])
    return {place: value for place, value in first.items() if place not in since and place[0] not in apart}
