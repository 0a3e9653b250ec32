"""What undoing a run would do, and the wish to do it."""

from __future__ import annotations

from typing import Any

from hub.engine.asking.words import SHORT, short, shown, title
from hub.engine.desk import Desk
from hub.engine.undoing import Reversal, reversals
from hub.errors import UnknownName
from hub.model.state import UNSET, Conflict, Units
from hub.model.units import Value
from hub.rules.rulebook import Rulebook
from hub.store import inbox, journal
from hub.store.contacts import ContactRow
from hub.store.store import Store, Tx


def preview(store: Store, book: Rulebook, name: str) -> dict[str, Any]:
    """What would go back or be asked again, which records would be proposed for deletion or no more, what stays or is lost.
    Raises UnknownName."""
    with store.reading() as tx:
        run, of = _run(tx, name)
        desk = Desk(tx, book, run)
        found = reversals(tx, desk, run, of, {})
        people = {c: desk.contacts[desk.alias(c)] for c in found}
    out: dict[str, Any] = {"run": run, "contacts": 0, "back": [], "again": [], "delete": [], "spared": [], "kept": [], "lost": []}
    for contact in people:
        out["contacts"] += _tell(out, people[contact], found[contact])
    return out


def _tell(out: dict[str, Any], person: ContactRow, found: Reversal) -> bool:
    who = {"contact": person.id, "name": title(person.units)}
    if found.outcome is not None:
        units, asked = found.outcome.units, {c.unit for c in found.again}
        out["back"] += [{**who, "unit": u, "from": shown(was.value), "to": shown(units[u].value)}
                        for u, was in sorted(found.outcome.changed.items()) if u not in asked]
        out["again"] += [{**who, "unit": c.unit, "values": [shown(x) for x in _values(units, c)]} for c in found.again]
    for kind, links in (("delete", found.made), ("spared", found.spared)):
        out[kind] += [{**who, "system": k.ref.system, "record": k.ref.native_id} for k in links]
    out["kept"] += [{**who, "unit": k.unit, "why": k.why} for k in found.kept]
    out["lost"] += [{**who, "what": what} for what in found.lost]
    return found.outcome is not None or bool(found.made or found.spared)


def _values(units: Units, question: Conflict) -> list[Value]:
    """What there is to choose from: what stands, and all that contends with it."""
    stands = units.get(question.unit, UNSET).value
    return [*([stands] if stands is not None else []), *(c.value for c in question.contenders)]


def ask(store: Store, book: Rulebook, name: str, *, by: str) -> dict[str, Any]:
    """Put the wish into the inbox, contact by contact; the next run carries it out. Returns the preview."""
    seen = preview(store, book, name)
    with store.writing() as tx:
        for contact in sorted({e["contact"] for kind in ("back", "again", "delete", "spared") for e in seen[kind]}):
            inbox.add_answer(tx, contact, "undo", {"run": seen["run"], "by": by})
    return seen


def _run(tx: Tx, name: str) -> tuple[str, list[str]]:
    """The run whose id ends so, and the contacts it changed or wrote."""
    runs = [r.id for r in journal.runs(tx, 10_000) if r.id.endswith(name)] if len(name) >= SHORT else []
    if len(runs) != 1:
        raise UnknownName(f'No run is called "{name}". `hub runs` lists them; give at least {SHORT} characters.' if not runs
                          else f'"{short(name)}" fits {len(runs)} runs; give more of its id.')
    return runs[0], sorted({e.contact for e in journal.of_run(tx, runs[0])})
