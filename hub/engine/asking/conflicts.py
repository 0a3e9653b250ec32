"""Conflicts, and the answers people give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hub.engine.asking.words import short, shown, title
from hub.errors import UnknownName, UsageError
from hub.model.contact import CONTACT
from hub.model.state import UNSET, Conflict, Units
from hub.model.units import EXISTS
from hub.model.waiting import HUB, KEEP_EACH, TYPED, VERDICTS
from hub.rules.normal import BadValue
from hub.rules.typed import can_be_typed, typed
from hub.store import contacts, inbox, reviews
from hub.store.contacts import LinkRow
from hub.store.store import Store, Tx


def every(store: Store) -> list[dict[str, Any]]:
    """All open conflicts, oldest first."""
    with store.reading() as tx:
        return _as_shown(tx, reviews.load_conflicts(tx))


def named(store: Store, name: str) -> dict[str, Any]:
    """The open conflict whose id ends so. Raises UnknownName."""
    with store.reading() as tx:
        return _as_shown(tx, [_find(tx, name)])[0]


def _find(tx: Tx, name: str) -> reviews.ConflictRow:
    found = [r for r in reviews.load_conflicts(tx) if r.id.endswith(name)]
    if len(found) != 1 or not name:
        raise UnknownName(f'No open conflict is called "{name}". See `hub conflicts list`.' if not found else
                          f'"{name}" fits {len(found)} conflicts; give more of its id.')
    return found[0]


def _as_shown(tx: Tx, rows: Sequence[reviews.ConflictRow]) -> list[dict[str, Any]]:
    people = contacts.load_contacts(tx, {r.contact for r in rows})
    links = contacts.load_links(tx, contacts={r.contact for r in rows})
    out = []
    for r in rows:
        units = people[r.contact].units
        cell = units.get(r.conflict.unit, UNSET)
        names = asserting(r.conflict, links)
        out.append({
            "id": short(r.id), "contact": r.contact, "name": title(units), "unit": r.conflict.unit.partition(":")[0],
            "number": r.conflict.number, "reason": r.conflict.reason, "note": r.conflict.note, "opened_at": r.opened_at,
            "hub": shown(cell.value), "contenders": [
                {"system": names[n], "value": shown(c.value), "instead_of": shown(c.base)}
                for n, c in enumerate(r.conflict.contenders)],
            "choices": choices(r.conflict, links),
        })
    return out


def asserting(conflict: Conflict, links: Mapping[str, LinkRow]) -> list[str]:
    """Who says what each contender says: its system, as SYSTEM:ID where two records of one system contend, or the person
    whose answer it was."""
    refs = [links[c.link].ref if c.link in links else None for c in conflict.contenders]
    times = Counter(ref.system for ref in refs if ref is not None)
    return [c.link if ref is None else ref.system if times[ref.system] == 1 else f"{ref.system}:{ref.native_id}"
            for c, ref in zip(conflict.contenders, refs, strict=True)]


def choices(conflict: Conflict, links: Mapping[str, LinkRow]) -> list[str]:
    """The possible answers."""
    if conflict.unit.startswith(EXISTS):
        return list(VERDICTS)
    own = [TYPED] if can_be_typed(CONTACT, conflict.unit) else []
    return [*sorted(set(asserting(conflict, links))), HUB, *own, KEEP_EACH]


def resolve(store: Store, name: str, choice: str, *, by: str, value: str | None, region: str = "FI") -> dict[str, Any]:
    """Put a person's answer into the inbox. ``region``: of phone numbers without a country."""
    with store.writing() as tx:
        row = _find(tx, name)
        links = contacts.load_links(tx, contacts=[row.contact])
        possible = choices(row.conflict, links)
        if choice not in possible and row.conflict.unit.startswith(EXISTS):
            raise UsageError('This record is missing in its system. Answer "delete" (end the contact everywhere), "keep" '
                             '(leave the others as they are) or "restore" (make it again there).')
        if choice not in possible:
            raise UsageError(f'"{choice}" is no choice here. Choices: {", ".join(possible)}.')
        if choice == TYPED and value is None:
            raise UsageError("Give the value: `hub conflicts resolve ID value --value TEXT`.")
        units = contacts.load_contacts(tx, [row.contact])[row.contact].units
        try:
            kind, body = answer(row.conflict, units, links, choice, value or "", region)
        except BadValue as error:
            raise UsageError(f"The value {error.reason}.") from None
        inbox.add_answer(tx, row.contact, kind, {**body, "by": by})
        return {"conflict": short(row.id), "choice": choice}


def answer(
    conflict: Conflict, units: Units, links: Mapping[str, LinkRow], choice: str, value: str, region: str
) -> tuple[str, dict[str, Any]]:
    """A possible choice as the inbox takes it: (kind, body). Raises BadValue for a typed value that is none."""
    known = {"unit": conflict.unit, "number": conflict.number}
    if conflict.unit.startswith(EXISTS):
        return "exists", {**known, "verdict": choice}
    if choice == KEEP_EACH:
        return "conflict", {**known, "keep_each": True}
    if choice == HUB:
        return "conflict", {**known, "value": units.get(conflict.unit, UNSET).value}
    if choice == TYPED:
        return "conflict", {**known, "value": typed(CONTACT, conflict.unit, value, region)}
    return "conflict", {**known, "value": conflict.contenders[asserting(conflict, links).index(choice)].value}
