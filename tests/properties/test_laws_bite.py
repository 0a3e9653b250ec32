"""The laws can fail: each of these rules, broken on purpose, must be caught by the seeded histories. One that survives means
a missing law, or generators that never go there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from world import World
from world_history import random_history, replay
from world_trail import LawBroken

from hub.model.state import Cell, Contender, Edit, LinkState
from hub.rules import consent, contend, diff, heirs, join, members, merge, settle, shape, since, unmerge
from hub.rules.contend import Open, Settled
from hub.rules.settle import Settlement

HISTORIES = 800
Break = Callable[[], AbstractContextManager[Any]]
BROKEN: dict[str, Break] = {}


def _broken(name: str) -> Callable[[Callable[[], Iterator[None]]], Break]:
    def register(body: Callable[[], Iterator[None]]) -> Break:
        BROKEN[name] = contextmanager(body)
        return BROKEN[name]
    return register


@_broken("revisions are ignored: the last writer wins")
def _last_writer() -> Iterator[None]:
    with patch.object(LinkState, "seen", lambda self, unit, rev: rev):
        yield


@_broken("a send is not settled: our own value is taken for a user's edit")
def _unsettled() -> Iterator[None]:
    def settled(e: Any, send: Any, units: Any, shadow: Any, behind: Any, o: Any, **_: Any) -> Settlement:
        return Settlement(dict(shadow), dict(behind), None, False)
    with patch.object(settle, "settle_send", settled):
        yield


@_broken("what was sent counts as seen, landed or not")
def _seen_unsent() -> Iterator[None]:
    def settled(e: Any, send: Any, units: Any, shadow: Any, behind: Any, o: Any, **_: Any) -> Settlement:
        return Settlement({**shadow, **send.shown}, settle.answered(units, behind, send.sent), None, True)
    with patch.object(settle, "settle_send", settled):
        yield


@_broken("a removal by a link that lags counts")
def _late_removal() -> Iterator[None]:
    def removals(ledger: Any, edits: Sequence[Edit], attrs: Any) -> list[Edit]:
        return [replace(e, seen=ledger.cell(e.unit).rev) if e.kind == "remove" else e for e in edits]
    with patch.object(members, "removals", removals):
        yield


@_broken("a grant wins over a withdrawal of the same second")
def _grant_wins() -> Iterator[None]:
    real = consent.strength
    with patch.object(consent, "strength", lambda v: (real(v)[0], not real(v)[1], *real(v)[2:])):
        yield


@_broken("a consent that is no longer shown is withdrawn from the contact")
def _consent_unsaid() -> Iterator[None]:
    with patch.object(merge, "join_consents", lambda cell, said: next(((v, i) for i, v in sorted(said, key=str)), (None, ""))):
        yield


@_broken("a replacement is a removal and an addition")
def _no_replace() -> Iterator[None]:
    with patch.object(diff, "_replacements", lambda *_: []):
        yield


@_broken("what differs is written, not what a link is behind on")
def _write_all() -> Iterator[None]:
    real = World._write

    def write(self: World, contact: Any, link: str) -> bool:
        state = contact.state.links[link]
        everything = {u: c.rev for u, c in contact.state.units.items() if state.covers(u)}
        links = {**contact.state.links, link: replace(state, behind={**everything, **state.behind})}
        contact.state = replace(contact.state, links=links)
        return real(self, contact, link)
    with patch.object(World, "_write", write):
        yield


@_broken("what waits for a person is written all the same")
def _not_held() -> Iterator[None]:
    with patch.object(shape, "held", lambda *_: frozenset()):
        yield


@_broken("a tie goes to the first link by name, and nobody is asked")
def _tie() -> Iterator[None]:
    real = contend.settle

    def settled(entity: Any, rules: Any, unit: str, cell: Cell, contenders: Sequence[Contender], *more: Any, **named: Any) -> Any:
        found = real(entity, rules, unit, cell, contenders, *more, **named)
        if not isinstance(found, Open):
            return found
        first, *rest = sorted(contenders, key=lambda c: c.link)
        return Settled(first.value, "edit", (first,), tuple(rest))
    with patch.object(merge, "settle", settled):
        yield


@_broken("an overruled link is not behind")
def _overruled_forgotten() -> Iterator[None]:
    with patch("hub.rules.ledger.Ledger.fall_behind", lambda self, link, unit, seen: None):
        yield


@_broken("a replacement leaves the attributes behind")
def _no_attributes() -> Iterator[None]:
    with patch("hub.rules.ledger.Ledger.move", lambda self, source, target, holders: None):
        yield


@_broken("the candidates that lost stay as addresses of their own")
def _not_discarded() -> Iterator[None]:
    with patch.object(heirs, "discard", lambda *_: []):
        yield


@_broken("joining takes the older value and tells nobody")
def _join_takes() -> Iterator[None]:
    with patch.object(join._Join, "_unit", lambda self, unit, first, second: first if first.rev else second):
        yield


@_broken("parting forgets what came since the join")
def _part_forgets() -> Iterator[None]:
    with patch.object(since, "came_since", lambda *_: []):
        yield


@_broken("parting drops open questions")
def _part_unasks() -> Iterator[None]:
    with patch.object(unmerge._Questions, "still_open", lambda self: {}):
        yield


@_broken("after parting a link shows what it showed")
def _part_unwritten() -> Iterator[None]:
    real = unmerge._side

    def side(*args: Any) -> Any:
        found = real(*args)
        return found.__class__(found.units, {i: {} for i in found.behind}, found.left, found.conflicts)
    with patch.object(unmerge, "_side", side):
        yield


@_broken("where room is short the oldest goes")
def _oldest_goes() -> Iterator[None]:
    from hub.rules.slots import fill as real

    def fill(wanted: Any, lead: Any, held: Any, slots: Any, order: Any, **more: Any) -> Any:
        return real(wanted, lead, {}, slots, {k: -n for k, n in order.items()}, **more)
    with patch("world_systems.fill", fill):
        yield


@_broken("the order of edits decides")
def _order() -> Iterator[None]:
    with patch.object(merge, "sorted", lambda found, key=None: list(found), create=True):
        yield


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_caught(name: str) -> None:
    with BROKEN[name]():
        for seed in range(HISTORIES):
            try:
                replay(*random_history(seed, 40))
            except LawBroken:
                return
    pytest.fail(f"{name}: {HISTORIES} histories without a violation")


def test_unbroken_they_are_clean() -> None:
    for seed in range(60):
        replay(*random_history(seed, 40))
