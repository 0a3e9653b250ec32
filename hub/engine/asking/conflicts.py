"""Conflicts, and the answers people give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.engine.asking.words import short, shown, title
from hub.errors import UnknownName, UsageError
from hub.model.state import UNSET, Conflict
from hub.model.units import EXISTS, Value, split
from hub.rules.normal import member_key
from hub.store import contacts, inbox, reviews
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
        asserting = {c.link: links[c.link].ref.system for c in r.conflict.contenders if c.link in links}
        out.append({
            "id": short(r.id), "contact": r.contact, "name": title(units), "unit": r.conflict.unit.partition(":")[0],
            "number": r.conflict.number, "reason": r.conflict.reason, "note": r.conflict.note, "opened_at": r.opened_at,
            "hub": shown(cell.value), "contenders": [
                {"system": asserting.get(c.link, c.link), "value": shown(c.value), "instead_of": shown(c.base)}
                for c in r.conflict.contenders],
            "choices": ["delete", "keep", "restore"] if r.conflict.unit.startswith(EXISTS) else
                       [*dict.fromkeys(asserting.values()), "hub", "value", "keep-each"],
        })
    return out


def resolve(store: Store, name: str, choice: str, *, by: str, value: str | None) -> dict[str, Any]:
    """Put a person's answer into the inbox."""
    with store.writing() as tx:
        row = _find(tx, name)
        conflict = row.conflict
        if conflict.unit.startswith(EXISTS):
            if choice not in ("delete", "keep", "restore"):
                raise UsageError('This record is missing in its system. Answer "delete" (end the contact everywhere), "keep" '
                                 '(leave the others as they are) or "restore" (make it again there).')
            inbox.add_answer(tx, row.contact, "exists", {
                "unit": conflict.unit, "number": conflict.number, "verdict": choice, "by": by})
        else:
            body = _choice(tx, row, conflict, choice, value)
            inbox.add_answer(tx, row.contact, "conflict", {"unit": conflict.unit, "number": conflict.number, "by": by, **body})
        return {"conflict": short(row.id), "choice": choice}


def _choice(tx: Tx, row: reviews.ConflictRow, conflict: Conflict, choice: str, value: str | None) -> dict[str, Any]:
    units = contacts.load_contacts(tx, [row.contact])[row.contact].units
    if choice == "keep-each":
        return {"keep_each": True}
    if choice == "hub":
        return {"value": units.get(conflict.unit, UNSET).value}
    if choice == "value":
        if value is None:
            raise UsageError("Give the value: `hub conflicts resolve ID value --value TEXT`.")
        return {"value": _typed(conflict, value)}
    links = contacts.load_links(tx, contacts=[row.contact])
    found = [c for c in conflict.contenders if c.link in links and links[c.link].ref.system == choice]
    if not found:
        systems = dict.fromkeys(links[c.link].ref.system for c in conflict.contenders if c.link in links)
        raise UsageError(f'"{choice}" is no choice here. Choices: {", ".join([*systems, "hub", "value", "keep-each"])}.')
    return {"value": found[0].value}


def _typed(conflict: Conflict, text: str) -> Value:
    """What a person typed, in the form the unit has."""
    base, key, name = split(conflict.unit)
    if key is not None and name is None:
        new = member_key(base, text, None)
        return text if new == key else {"replaced_by": new, "v": text}
    return text.strip() or None
