"""Many answers at once, each held against what is still open. What cannot be taken is refused by line, the rest goes into
the inbox together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.engine.asking import conflicts
from hub.engine.asking.judging import judged
from hub.engine.asking.lines import Accepted, Repeated, Told, impossible, once, refused
from hub.engine.asking.pairs import mark
from hub.engine.asking.waiting import answered
from hub.model.waiting import TYPED, Given, Refused, Taken, kind_of
from hub.rules.normal import BadValue
from hub.rules.rulebook import Rulebook
from hub.store import contacts, inbox, reviews
from hub.store.contacts import ContactRow, LinkRow
from hub.store.store import Store, Tx


def take(store: Store, book: Rulebook, given: Sequence[Given], *, by: str, dry_run: bool = False) -> Taken:
    """Put the answers into the inbox, in one transaction. ``dry_run``: only say what would become of them."""
    lines = [g for g in given if kind_of(g.id) == "conflict" and (g.choice or g.value)]
    pairs = [g for g in given if kind_of(g.id) != "conflict"]
    with store.reading() if dry_run else store.writing() as tx:
        desk = _Desk.of(tx, book.authority.phone_region, lines)
        told = once(lines, [desk.held_against(g) for g in lines])
        about_pairs, unanswered = judged(tx, pairs)
        told += about_pairs
        accepted = [a for a in told if isinstance(a, Accepted)]
        if not dry_run:
            inbox.add_answers(tx, [(a.contact, a.kind, {**a.body, "by": by}) for a in accepted])
    sheets = list(dict.fromkeys(g.sheet for g in given))
    refusals = sorted((r for r in told if isinstance(r, Refused)), key=lambda r: (sheets.index(r.sheet), r.line))
    return Taken(len(accepted), sum(isinstance(a, Repeated) for a in told), tuple(refusals),
                 len(given) - len(lines) - len(pairs) + unanswered)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the answers to conflicts are held against. ``answered``: (contact, unit, number) → the answer that takes effect
    with the next run; ``marks``: (id, number) → the right mark of it."""

    region: str
    open: Mapping[str, reviews.ConflictRow]
    people: Mapping[str, ContactRow]
    links: Mapping[str, LinkRow]
    answered: Mapping[tuple[str, str, int], Mapping[str, Any]]
    marks: Mapping[tuple[str, int], str]

    @classmethod
    def of(cls, tx: Tx, region: str, given: Iterable[Given]) -> _Desk:
        named = {(g.id, g.number) for g in given}
        rows = {r.id: r for r in reviews.load_conflicts(tx)} if named else {}
        homes = {rows[i].contact for i, _ in named if i in rows}
        return cls(region, rows, contacts.load_contacts(tx, homes), contacts.load_links(tx, contacts=homes),
                   answered(tx, homes), {(i, n): mark(tx, i, n) for i, n in named})

    def held_against(self, given: Given) -> Told:
        row = self.open.get(given.id)
        if given.mark != self.marks[given.id, given.number]:
            return refused(given, "tampered" if row is not None else "unknown")
        if given.altered:
            return refused(given, "altered")
        if row is None:
            return refused(given, "closed")
        if row.conflict.number != given.number:
            return refused(given, "stale")
        possible = conflicts.choices(row.conflict, self.links)
        if given.choice and given.choice not in possible:
            return impossible(given, possible)
        if given.value and given.choice != TYPED:
            return refused(given, "both")
        if given.choice == TYPED and not given.value:
            return refused(given, "no_value")
        try:
            kind, body = conflicts.answer(
                row.conflict, self.people[row.contact].units, self.links, given.choice, given.value, self.region)
        except BadValue as error:
            return refused(given, "bad_value", f"the value given {error.reason}.")
        before = self.answered.get((row.contact, row.conflict.unit, given.number))
        if before is None:
            return Accepted(row.contact, kind, body)
        return Repeated() if {**before, "by": ""} == {**body, "by": ""} else refused(given, "answered")
