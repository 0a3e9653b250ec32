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
from hub.model.units import member, primary, replaced_by, set_of
from hub.rules.rulebook import Rulebook
from hub.store import inbox, journal
from hub.store.store import Store
from hub.testing.simulation import oracle

Place = tuple[str, str]
"""A contact and one of its units."""
Units = dict[Place, Any]
PARTING = ("join", "unmerge", "parted")


@dataclass
class Undone:
    """One run.

    ``before``  (contact, unit) → what stood there before it, of units nobody touched since, in contacts that were neither joined
                nor parted by it or since
    ``others``  (contact, unit) → what stands there now, of all other units
    ``kept``    units of which the preview says that they stay → why
    ``asleep``  links out of their system's filter: what was typed there counts when the undo brings the contact back into it
    ``restored``, ``listed``, ``failed``: once judged, how many of ``before`` are as before, said to stay, and neither
    """

    run: str
    before: Units
    others: Units
    kept: dict[Place, str]
    asleep: set[str]
    restored: int = 0
    listed: int = 0
    failed: int = 0

    def judge(self, store: Store) -> list[str]:
        """Look where they stand now. Returns violations."""
        truth = oracle.Truth(store)
        out = []
        for place, value in self.before.items():
            now = _value(truth, place)
            woken = truth.contacts[place[0]].units.get(place[1], UNSET).origin in self.asleep
            if _same(place, now, value):
                self.restored += 1
            elif place in self.kept or woken:
                self.listed += 1
            else:
                self.failed += 1
                out.append(f"undo: {place[1]} was {value!r} before run {self.run}, and is {now!r}")
        out += [f"undo: {place[1]} was {value!r} when run {self.run} was undone, which did not set it, and is {now!r}"
                for place, value in self.others.items()
                if not _same(place, now := _value(truth, place), value) and not _without_member(truth, place, value)
                and truth.contacts[place[0]].units.get(place[1], UNSET).origin not in self.asleep]
        return out


def _without_member(truth: oracle.Truth, place: Place, value: Any) -> bool:
    """Was it who is primary, and is that member there no more? Then another one follows (merge.md 8)."""
    contact, unit = place
    owner = set_of(unit)
    if owner is None or unit != primary(owner) or value is None:
        return False
    standing = _value(truth, (contact, member(owner, value)))
    return standing is None or replaced_by(standing) is not None


def told(undone: Sequence[Undone]) -> str:
    """What became of them, in a line."""
    restored, listed, failed = (sum(getattr(one, name) for one in undone) for name in ("restored", "listed", "failed"))
    return f"runs undone {len(undone)}; untouched units restored {restored} of {restored + failed}, said to stay {listed}"


def undo_one(store: Store, book: Rulebook, rng: random.Random, done: Sequence[Undone]) -> Undone | None:
    """Ask for the undo of a run that changed something, and is not among these; None where there is none. The run that carries
    out an undo is one, too."""
    with store.writing() as tx:
        truth = oracle.Truth(store, tx)
        changing = {e.run for e in truth.entries if e.changes.get("units") and e.cause != "born"} - {one.run for one in done}
        runs = [r.id for r in journal.runs(tx, 100) if r.id in changing]
        if not runs:
            return None
        run = rng.choice(runs)
        contacts = sorted({e.contact for e in truth.entries if e.run == run})
        preview = reversals(tx, Desk(tx, book, run), run, contacts, {})
        before = _before([e for e in truth.entries if e.contact in contacts], run)
        others = {(c.id, unit): cell.value for c in truth.live() for unit, cell in c.units.items()
                  if (c.id, unit) not in before}
        kept = {(contact, k.unit): k.why for contact, each in preview.items() for k in each.kept}
        for contact in contacts:
            inbox.add_answer(tx, contact, "undo", {"run": run, "by": "reviewer"})
    return Undone(run, before, others, kept, {k.id for k in truth.links.values() if k.life == "out"})


def _value(truth: oracle.Truth, place: Place) -> Any:
    contact, unit = place
    return truth.contacts[contact].units.get(unit, UNSET).value


def _same(place: Place, one: Any, other: Any) -> bool:
    unit = place[1]
    return CONTACT.same(unit, one, other) if set_of(unit) is None else one == other


def _before(entries: Sequence[journal.Entry], run: str) -> Units:
    first: Units = {}
    since: set[Place] = set()
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
