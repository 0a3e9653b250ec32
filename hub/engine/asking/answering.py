"""Many answers at once, each held against what is still open. What cannot be taken is refused by line, the rest goes into
the inbox together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.engine.asking import conflicts
from hub.engine.asking.waiting import answered, mark
from hub.model.waiting import TYPED, Given, Refused, Taken
from hub.rules.normal import BadValue
from hub.rules.rulebook import Rulebook
from hub.store import contacts, inbox, reviews
from hub.store.contacts import ContactRow, LinkRow
from hub.store.store import Store, Tx

WHY = {
    "unknown": "it names nothing this workspace asked. Answer in the lines of the report and add none.",
    "tampered": "its hidden key was changed. Make a new report and answer there.",
    "altered": "its question was changed, or cells of several lines were mixed up (by sorting only some columns?). Answer only "
               "in the two columns for answers; make a new report and answer this one there.",
    "closed": "it is not open any more: it was answered, or settled itself when a system changed.",
    "stale": "the question changed since the report was made. Make a new report and answer there.",
    "answered": "it is answered already; that answer takes effect with the next run.",
    "no_value": "its choice is another value, and none is given.",
    "both": "it gives a value, and its choice is not another value. Empty the value, or choose another value.",
}


def take(store: Store, book: Rulebook, given: Sequence[Given], *, by: str, dry_run: bool = False) -> Taken:
    """Put the answers into the inbox, in one transaction. ``dry_run``: only say what would become of them."""
    lines = [g for g in given if g.choice or g.value]
    with store.reading() if dry_run else store.writing() as tx:
        desk = _Desk.of(tx, book.authority.phone_region, lines)
        told = _once(lines, [desk.held_against(g) for g in lines])
        accepted = [a for a in told if isinstance(a, _Accepted)]
        if not dry_run:
            inbox.add_answers(tx, [(a.contact, a.kind, {**a.body, "by": by}) for a in accepted])
    return Taken(len(accepted), tuple(r for r in told if isinstance(r, Refused)), len(given) - len(lines))


@dataclass(frozen=True, slots=True)
class _Accepted:
    contact: str
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the answers are held against. ``marks``: (id, number) → the right mark of it."""

    region: str
    open: Mapping[str, reviews.ConflictRow]
    people: Mapping[str, ContactRow]
    links: Mapping[str, LinkRow]
    answered: set[tuple[str, str, int]]
    marks: Mapping[tuple[str, int], str]

    @classmethod
    def of(cls, tx: Tx, region: str, given: Iterable[Given]) -> _Desk:
        named = {(g.id, g.number) for g in given}
        rows = {r.id: r for r in reviews.load_conflicts(tx)} if named else {}
        homes = {rows[i].contact for i, _ in named if i in rows}
        return cls(region, rows, contacts.load_contacts(tx, homes), contacts.load_links(tx, contacts=homes),
                   answered(tx, homes), {(i, n): mark(tx, i, n) for i, n in named})

    def held_against(self, given: Given) -> _Accepted | Refused:
        row = self.open.get(given.id)
        if given.mark != self.marks[given.id, given.number]:
            return _refused(given, "tampered" if row is not None else "unknown")
        if given.altered:
            return _refused(given, "altered")
        if row is None:
            return _refused(given, "closed")
        if row.conflict.number != given.number:
            return _refused(given, "stale")
        if (row.contact, row.conflict.unit, given.number) in self.answered:
            return _refused(given, "answered")
        possible = conflicts.choices(row.conflict, self.links)
        if given.choice and given.choice not in possible:
            return Refused(given.line, "impossible", f"its choice is none of: {', '.join(possible)}.")
        if given.value and given.choice != TYPED:
            return _refused(given, "both")
        if given.choice == TYPED and not given.value:
            return _refused(given, "no_value")
        try:
            kind, body = conflicts.answer(
                row.conflict, self.people[row.contact].units, self.links, given.choice, given.value, self.region)
        except BadValue as error:
            return Refused(given.line, "bad_value", f"the value given {error.reason}.")
        return _Accepted(row.contact, kind, body)


def _refused(given: Given, code: str) -> Refused:
    return Refused(given.line, code, WHY[code])


def _once(given: Sequence[Given], told: Sequence[_Accepted | Refused]) -> list[_Accepted | Refused]:
    """Of several answers to one question none counts where they differ, and one where they are the same."""
    same: dict[str, list[int]] = {}
    for place, (line, what) in enumerate(zip(given, told, strict=True)):
        if isinstance(what, _Accepted):
            same.setdefault(line.id, []).append(place)
    out = list(told)
    for places in same.values():
        differ = any(told[p] != told[places[0]] for p in places)
        for place in places if differ else places[1:]:
            others = ", ".join(str(given[p].line) for p in places if p != place)
            out[place] = Refused(given[place].line, "double", f"line {others} answers the same question differently. Leave one."
                                 ) if differ else Refused(given[place].line, "answered", f"line {others} gives the same answer.")
    return out
