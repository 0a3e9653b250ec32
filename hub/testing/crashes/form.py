"""What the hub and all systems hold, in a form that is equal for equal ends: without the ids that hub and systems made, without
times, without the order in which things came about."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select

from hub.model.state import UNSET
from hub.store import erasures, plans, reviews
from hub.store import tables as t
from hub.store.contacts import ContactRow
from hub.store.reviews import ConflictRow
from hub.store.store import Tx
from hub.testing.memory import KEY, MARKER
from hub.testing.simulation.oracle import Truth
from hub.testing.stage import Stage

TIMES = ("evidenced_at", "at")
Form = dict[str, list[str]]
"""What is there, by what it is of; each list sorted, a line a thing."""


def form(stage: Stage) -> Form:
    """Everything, read once. Raises AssertionError where the journal's chain is broken."""
    with stage.store.reading() as tx:
        truth = Truth(stage.store, tx)
        assert truth.broken is None, f"the journal's chain breaks at row {truth.broken}"
        names = _names(truth, stage)
        out = {
            "contacts": [_contact(truth, c) for c in truth.live()],
            "not live": _counted(c.state for c in truth.contacts.values() if c.state != "live"),
            "ended links": [json.dumps([k.ref.system, k.life, k.tombstone]) for k in truth.links.values() if not k.live],
            "conflicts": [_conflict(truth, r) for r in truth.conflicts],
            "waiting for approval": _writes(tx, "planned"),
            "to be sent": _writes(tx, "ready"),
            "sent without an answer": _counted(i.system for i in truth.open_intents),
            "unread": _counted(tx.sql.execute(select(t.inbox.c.kind).where(t.inbox.c.workspace == tx.ws)).scalars()),
            "candidates": [json.dumps([c.tier, c.cause, c.state]) for c in reviews.candidates(tx)],
            "judgements": _counted(tx.sql.execute(
                select(t.judgement.c.verdict).where(t.judgement.c.workspace == tx.ws)).scalars()),
            "erasures": [json.dumps([e.state, sorted([r["system"], r["outcome"]] for r in e.records)])
                         for e in erasures.every(tx)],
            "parked": [str(tx.sql.execute(select(func.count()).where(t.parked.c.workspace == tx.ws)).scalar())],
            "systems": [json.dumps([r.name, r.state, r.approved_plan is not None]) for r in tx.sql.execute(
                select(t.system).where(t.system.c.workspace == tx.ws))],
        }
    for name, vendor in stage.vendors.items():
        out[f"in {name}"] = [_native(data) for data in vendor.records().values()]
        out[f"in the trash of {name}"] = [_native(data) for data in vendor.trash().values()]
    return {of: sorted(names(line) for line in lines) for of, lines in out.items()}


def differing(mine: Form, theirs: Form) -> list[str]:
    """How ``mine`` differs, in words."""
    out = []
    for of in sorted(mine.keys() | theirs.keys()):
        here, there = Counter(mine.get(of, ())), Counter(theirs.get(of, ()))
        out += [f"{of}: {line}" for line in (here - there).elements()]
        out += [f"{of}: missing {line}" for line in (there - here).elements()]
    return out


def _contact(truth: Truth, contact: ContactRow) -> str:
    """Which of two values that stand against each other the hub shows, until a person decides, is chance."""
    open_ = {r.conflict.unit for r in truth.conflicts if r.contact == contact.id}
    links = [[k.ref.system, k.life, k.tombstone, k.undone, _native(k.native), _plain(k.shadow), sorted(k.behind.keys() - open_),
              sorted(k.left)] for k in truth.links.values() if k.contact == contact.id]
    units = {u: "in conflict" if u in open_ else cell.value for u, cell in contact.units.items()}
    return json.dumps([_plain(units), sorted(links, key=json.dumps)], sort_keys=True, default=str)


def _conflict(truth: Truth, row: ConflictRow) -> str:
    """The values that stand against each other; of a single contender and what it did not see, the hub's."""
    values = [c.value for c in row.conflict.contenders]
    if len(values) == 1:
        values.append(truth.contacts[row.contact].units.get(row.conflict.unit, UNSET).value)
    return _plain([row.conflict.unit, row.conflict.reason, sorted(map(_plain, values))])


def _writes(tx: Tx, state: str) -> list[str]:
    return _counted(f"{w.system} {w.op}" for w in plans.writes(tx, states=(state,)))


def _native(data: Mapping[str, Any]) -> str:
    return _plain({k: v for k, v in data.items() if k != MARKER} | ({KEY: bool(data[KEY])} if KEY in data else {}))


def _plain(value: Any) -> str:
    return json.dumps(_timeless(value), sort_keys=True, default=str, ensure_ascii=False)


def _timeless(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _timeless(v) for k, v in value.items() if k not in TIMES and k != "id"}
    return [_timeless(v) for v in value] if isinstance(value, list | tuple) else value


def _counted(things: Iterable[str]) -> list[str]:
    return [f"{count} {thing}" for thing, count in Counter(things).items()]


def _names(truth: Truth, stage: Stage) -> Any:
    """Puts names in the place of ids."""
    names = {i: _title(c) for i, c in truth.contacts.items()}
    names |= {k.id: f"{k.ref.system}:{names.get(k.contact, '')}" for k in truth.links.values()}
    names |= {record: str([data.get(key) for key in ("given", "family", "full", "company")])
              for vendor in stage.vendors.values() for record, data in vendor.records().items()}
    pattern = re.compile("|".join(map(re.escape, names)) or "(?!)")
    return lambda line: pattern.sub(lambda found: f"<{names[found[0]]}>", line)


def _title(contact: ContactRow) -> str:
    return " ".join(str(contact.units[u].value) for u in ("name.given", "name.family", "name.full") if u in contact.units)
