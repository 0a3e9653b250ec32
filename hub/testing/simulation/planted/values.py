"""Bugs of what is noticed and who wins (merge.md 1 to 7, 9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hub.engine import planning
from hub.model.state import Cell, LinkState
from hub.rules import answering, contend, diff, ledger, merge
from hub.rules.authority import Authority
from hub.rules.consent import join_consents
from hub.store import inbox
from hub.testing.simulation.planted.plant import plant


@plant("1 a link that lags is taken to have seen the present value", first=0)
def _seen() -> Iterator[None]:
    with patch.object(LinkState, "seen", lambda self, unit, rev: rev):
        yield


@plant("1 a link is not noted as behind", first=0)
def _behind() -> Iterator[None]:
    def set_(self: Any, unit: str, value: Any, origin: str, holders: Any) -> None:
        self.changed.setdefault(unit, self.cell(unit))
        self.units[unit] = Cell(value, self.rev, origin, self.at)
    with patch.object(ledger.Ledger, "set", set_):
        yield


@plant("2 an incomplete record blanks what it does not carry", first=0)
def _incomplete() -> Iterator[None]:
    real = inbox.load

    def load(*args: Any, **kwargs: Any) -> Any:
        rows = real(*args, **kwargs)
        empty = {"notes": None, "company": None}
        return [replace(r, complete=True, body={**empty, **r.body}) if r.kind == "upserted" and not r.complete else r
                for r in rows]
    with patch.object(inbox, "load", load):
        yield


@plant("4 a replaced member is a removal and an addition", first=0)
def _replace() -> Iterator[None]:
    with patch.object(diff, "_replacements", lambda *a: []):
        yield


@plant("5 of several contenders the last one wins", first=0)
def _last_wins() -> Iterator[None]:
    def settle(
        entity: Any, authority: Any, unit: str, cell: Cell, contenders: Sequence[Any], systems: Any, *, defend: bool = False,
    ) -> Any:
        found = contend.settle(entity, authority, unit, cell, contenders, systems, defend=defend)
        if isinstance(found, contend.Open):
            last = max(contenders, key=lambda c: c.link)
            same = [c for c in contenders if c.value == last.value]
            return contend.Settled(last.value, "edit", tuple(same), ())
        return found
    with patch.object(merge, "settle", settle):
        yield


@plant("5 a stale edit wins over what it did not see", first=0)
def _stale_wins() -> Iterator[None]:
    with patch.object(contend, "is_fresh", lambda contender, cell: True):
        yield


@plant("8 units in conflict are written", first=1)
def _not_held() -> Iterator[None]:
    with patch.object(planning, "held", lambda *_: frozenset()):
        yield


@plant("9 the latest consent wins, not the withdrawal", first=0)
def _consent() -> Iterator[None]:
    with patch.object(merge, "join_consents", lambda cell, asserted: (cell.value, cell.origin)):
        yield




@plant("5 who is overruled is not noted as behind", first=29, world="meetings")
def _overruled() -> Iterator[None]:
    with patch.object(ledger.Ledger, "lose", lambda self, unit, contender: None):
        yield


@plant("6 anybody may edit what has an owner", first=1, world="site")
def _owner() -> Iterator[None]:
    with patch.object(Authority, "may_edit", lambda self, system, unit: True):
        yield


@plant("7 an answer to an old question counts", first=34, world="site")
def _late() -> Iterator[None]:
    def answer(book: Any, answers: Any) -> Any:
        now = [replace(a, number=book.conflicts[a.unit].number) if a.unit in book.conflicts else a for a in answers]
        return answering.answer(book, now)
    with patch.object(merge, "answer", answer):
        yield


@plant("9 a flag that is taken back unsays the withdrawal", first=3, world="meetings")
def _unsaid() -> Iterator[None]:
    def joined(cell: Cell, asserted: Any) -> Any:
        said = list(asserted)
        gone = [link for link, value in said if value is None]
        return (None, gone[0]) if gone else join_consents(cell, said)
    counts = merge._Edits._counts

    def _counts(self: Any, unit: str, edit: Any, cell: Cell) -> bool:
        return edit.value is None or counts(self, unit, edit, cell)
    with patch.object(merge, "join_consents", joined), patch.object(merge._Edits, "_counts", _counts):
        yield


@plant("9 a list of what may be sent stops a withdrawal", first=15, world="site")
def _stopped() -> Iterator[None]:
    with patch.object(planning._One, "_is_withdrawal", lambda self, unit: False):
        yield
