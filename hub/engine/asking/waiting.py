"""Everything that waits for a person, with all that is needed to decide it away from the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.engine.asking.conflicts import asserting, choices
from hub.engine.asking.pairs import UNKNOWN, mark, pairs_waiting
from hub.engine.asking.people import hidden_units
from hub.engine.asking.words import NAMELESS, shown, title
from hub.errors import UnknownName
from hub.model.state import UNSET, Conflict
from hub.model.units import EXISTS, attr, member, replaced_by, set_of, split
from hub.model.waiting import CAUSES, HIDDEN, HUB, KEEP_EACH, PAIRS, TYPED, Asked, Choice, Said, Waiting
from hub.rules.matching.names import fold
from hub.rules.rulebook import Rulebook
from hub.store import contacts, inbox, journal, reviews
from hub.store.contacts import ContactRow, LinkRow
from hub.store.store import Store, Tx

ANSWERS = ("conflict", "exists")
"""Kinds of answers in the inbox that are about what is shown here."""
_ABSENT = object()


def asked(store: Store, book: Rulebook, *, system: str = "", cause: str = "", protected: bool = False) -> Asked:
    """What waits, by cause, then name. ``system``: only where its record is one of those asked about. ``cause``: one of
    ``CAUSES``, or ``PAIRS``. ``protected``: with what is hidden otherwise (``hub.engine.asking.people``). Raises UnknownName."""
    if system and system not in book.systems:
        raise UnknownName(f'No system is called "{system}". There are: {", ".join(sorted(book.systems)) or "none"}.')
    with store.reading() as tx:
        rows = reviews.load_conflicts(tx)
        desk = _Desk.of(tx, book, rows, protected)
        given = answered(tx, {r.contact for r in rows})
        pairs, judged = pairs_waiting(tx, system=system, protected=protected) if cause in ("", PAIRS) else ([], 0)
    open_now = [r for r in rows if (r.contact, r.conflict.unit, r.conflict.number) not in given]
    every = [desk.waiting(r) for r in open_now]
    found = [w for w in every if cause in ("", w.cause) and (not system or any(
        s.contends and s.system.partition(":")[0] == system for s in w.said))]
    found.sort(key=lambda w: (CAUSES.index(w.cause), fold(w.name), w.contact, w.unit, w.id))
    return Asked(store.installation, tuple(found), len(rows) - len(open_now) + judged, tuple(pairs))


def answered(tx: Tx, owners: Iterable[str]) -> dict[tuple[str, str, int], Mapping[str, Any]]:
    """(contact, unit, number) → the answer that was given and takes effect with the next run."""
    return {(r.owner, r.body["unit"], r.body["number"]): r.body for r in inbox.load(tx, owners, ANSWERS) if r.body}


def cause_of(conflict: Conflict) -> str:
    if conflict.unit.startswith(EXISTS):
        return "deleted" if conflict.reason == "ask" else "deleted-edited"
    return conflict.reason


@dataclass
class _Desk:
    """All that is needed of the contacts asked about, loaded with a constant number of statements. ``names``: contact →
    name, of those referred to. ``since``: (contact, unit, link) → when it began to contend. ``at``: revision → its time."""

    book: Rulebook
    protected: bool
    people: Mapping[str, ContactRow]
    links: Mapping[str, LinkRow]
    marks: Mapping[str, str]
    names: Mapping[str, str]
    since: Mapping[tuple[str, str, str], float]
    at: Mapping[int, float]
    homes: dict[str, list[LinkRow]] = field(default_factory=dict)

    @classmethod
    def of(cls, tx: Tx, book: Rulebook, rows: Sequence[reviews.ConflictRow], protected: bool) -> _Desk:
        ids = {r.contact for r in rows}
        people, links = contacts.load_contacts(tx, ids), contacts.load_links(tx, contacts=ids)
        entries = journal.of_contacts(tx, ids)
        desk = cls(book, protected, people, links, {r.id: mark(tx, r.id, r.conflict.number) for r in rows}, {},
                   _since(entries, rows), {e.seq: e.at for e in entries})
        for link in sorted(links.values(), key=lambda k: (k.ref.system, k.id)):
            desk.homes.setdefault(link.contact, []).append(link)
        wanted = {str(v) for r in rows if desk.is_ref(r.conflict.unit) for v in desk.values(r) if isinstance(v, str)}
        desk.names = {i: title(c.units).replace(NAMELESS, "") for i, c in contacts.load_contacts(tx, wanted).items()}
        return desk

    def is_ref(self, unit: str) -> bool:
        base, key, name = split(unit)
        schema = self.book.entity.units.get(base)
        return schema is not None and name is None and (
            schema.kind == "ref" or (key is not None and schema.members is not None and schema.members.ref))

    def values(self, row: reviews.ConflictRow) -> list[Any]:
        shadows = [_showing(k, row.conflict) for k in self.homes.get(row.contact, ())]
        return [self.people[row.contact].units.get(row.conflict.unit, UNSET).value,
                *(c.value for c in row.conflict.contenders), *(v for v in shadows if v is not _ABSENT)]

    def waiting(self, row: reviews.ConflictRow) -> Waiting:
        conflict, person = row.conflict, self.people[row.contact]
        cell, unit = person.units.get(conflict.unit, UNSET), conflict.unit
        base = split(unit)[0].removesuffix(".primary")
        hidden = not self.protected and base in hidden_units(
            self.book.entity, protected=bool(person.units.get("protected", UNSET).value))
        says = self._gone(row) if unit.startswith(EXISTS) else self._says(row)
        possible = tuple(self._choice(row, name, says) for name in choices(conflict, self.links))

        def told(value: Any) -> Any:
            if value is None or unit.startswith(EXISTS):
                return value
            return HIDDEN if hidden else self.names.get(str(value), "") if self.is_ref(unit) else value

        return Waiting(
            row.id, conflict.number, self.marks[row.id], row.contact, title(person.units).replace(NAMELESS, ""),
            EXISTS if unit.startswith(EXISTS) else _without_key(unit) if hidden else unit, cause_of(conflict), row.opened_at,
            told(shown(cell.value)), self.at.get(cell.rev),
            tuple(Said(s.system, told(s.value), s.since, s.contends) for s in says),
            tuple(Choice(c.name, told(c.value), c.systems) for c in possible))

    def _gone(self, row: reviews.ConflictRow) -> list[Said]:
        return [Said(name, None, row.opened_at, True) for name in asserting(row.conflict, self.links)]

    def _says(self, row: reviews.ConflictRow) -> list[Said]:
        """Contenders, then what the other present records show."""
        conflict, cell = row.conflict, self.people[row.contact].units.get(row.conflict.unit, UNSET)
        out = [Said(name, shown(c.value), self.since.get((row.contact, conflict.unit, c.link), row.opened_at), True)
               for name, c in zip(asserting(conflict, self.links), conflict.contenders, strict=True)]
        contending = {c.link for c in conflict.contenders}
        for link in self.homes.get(row.contact, ()):
            value = _showing(link, conflict) if link.life == "present" else _ABSENT
            if link.id not in contending and value is not _ABSENT:
                agreed = self.book.entity.same(conflict.unit, value, cell.value)
                out.append(Said(link.ref.system, shown(value), self.at.get(cell.rev) if agreed else None, False))
        return sorted(out, key=lambda s: (not s.contends, s.system))

    def _choice(self, row: reviews.ConflictRow, name: str, says: Sequence[Said]) -> Choice:
        conflict = row.conflict
        if conflict.unit.startswith(EXISTS):
            gone = asserting(conflict, self.links)
            others = [k.ref.system for k in self.homes.get(row.contact, ())
                      if k.live and k.id != conflict.contenders[0].link and k.ref.system in self.book.systems]
            return Choice(name, None, tuple(dict.fromkeys({"delete": others, "restore": gone}.get(name, []))))
        value = self.people[row.contact].units.get(conflict.unit, UNSET).value
        if name not in (HUB, TYPED, KEEP_EACH):
            value = conflict.contenders[asserting(conflict, self.links).index(name)].value
        if name == KEEP_EACH:
            return Choice(name, shown(value))
        reached = [k.ref.system for k in self.homes.get(row.contact, ())
                   if self._may_write(row.contact, k, conflict.unit) and (there := _showing(k, conflict)) is not _ABSENT
                   and (name == TYPED or not self.book.entity.same(conflict.unit, there, value))]
        return Choice(name, None if name == TYPED else shown(value), tuple(dict.fromkeys(reached)))

    def _may_write(self, contact: str, link: LinkRow, unit: str) -> bool:
        rules = self.book.systems.get(link.ref.system)
        if rules is None or link.life != "present" or unit in link.left:
            return False
        base = set_of(unit) or unit
        place = base in ("addresses", "phones") and bool(self.people[contact].units.get("protected", UNSET).value)
        return (rules.writes and rules.lens.covers(unit) and rules.may_leave_to(self.book.entity, unit)
                and self.book.authority.may_write(rules.name, unit) and (not place or rules.named(base)))


def _since(entries: Iterable[journal.Entry], rows: Sequence[reviews.ConflictRow]) -> dict[tuple[str, str, str], float]:
    wanted = {(r.contact, r.conflict.unit) for r in rows}
    last: dict[tuple[str, str, str], tuple[Any, float]] = {}
    for entry in entries:
        for unit, link, fate, value, *_ in entry.changes.get("decisions", ()):
            place = (entry.contact, unit, link)
            if fate == "contends" and place[:2] in wanted and (place not in last or last[place][0] != value):
                last[place] = (value, entry.at)
    return {place: at for place, (_, at) in last.items()}


def _showing(link: LinkRow, conflict: Conflict) -> Any:
    """What a link's record shows of the unit asked about, or ``_ABSENT`` where it cannot say."""
    for contender in conflict.contenders:
        if contender.link == link.id and contender.rev is None:
            return contender.value
    base, key, name = split(conflict.unit)
    if key is None:
        return link.shadow.get(base, _ABSENT)
    members = link.shadow.get(base)
    if not isinstance(members, Mapping):
        return _ABSENT
    if name is not None:
        return members[key].get("a", {}).get(name, _ABSENT) if key in members else _ABSENT
    candidates = [key, *(r for c in conflict.contenders if (r := replaced_by(c.value)) is not None)]
    found = next((k for k in candidates if k in members), None)
    if found is None:
        return _ABSENT
    value = members[found].get("v")
    return value if found == key else {"replaced_by": found, "v": value}


def _without_key(unit: str) -> str:
    base, key, name = split(unit)
    return unit if key is None else attr(base, UNKNOWN, name) if name else member(base, UNKNOWN)
