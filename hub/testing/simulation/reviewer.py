"""The reviewer: a person who answers some of what waits, now and then with an old number, who joins two people by mistake and
parts them again, and who takes a run back. A stubborn one also answers that all stays as it is, and tells two people apart whom
somebody else takes for one."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.model.state import NEVER, UNSET
from hub.model.units import EXISTS
from hub.store import contacts, inbox, journal, reviews
from hub.store.store import Store, Tx
from hub.testing.simulation import oracle


class Known(Protocol):
    """What a reviewer knows of the people, and what is remembered of the answers. ``person_of``: (system, record) → who it really
    is; ``guessed``: somebody was asked about a record the hub made, and said yes; ``confused``: two people were joined by hand;
    ``apart``: pairs of links told apart; ``late``: (unit, number) of answers to old questions."""

    @property
    def person_of(self) -> Mapping[tuple[str, str], str]: ...

    guessed: bool
    confused: bool
    apart: set[tuple[str, str]]
    late: set[tuple[str, int]]


@dataclass
class Reviewer:
    """``mistaking``: joins people by mistake; ``undoing``: chance of taking back one of the last runs, each time; ``stubborn``:
    the dice of a stubborn one, or None."""

    rng: random.Random
    known: Known
    mistaking: bool = False
    undoing: float = 0.06
    stubborn: random.Random | None = None
    mistakes: set[tuple[str, str]] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)

    def review(self, store: Store, chance: float, *, conflicts: bool = True) -> int:
        """Answers each thing that waits with this chance. Returns how many answers."""
        if not chance:
            return 0
        with store.writing() as tx:
            given = self._matches(tx, chance) + self._part(tx)
            if conflicts and self.rng.random() < self.undoing:
                given += self._undo(tx)
            if conflicts and self.mistaking and self.rng.random() < 0.1:
                given += self._mistake(store, tx)
            if conflicts and self.stubborn is not None and self.stubborn.random() < 0.3:
                given += self._contradicted(store, tx, self.stubborn)
            if not conflicts and self.stubborn is not None:
                given += self._all_stays(tx, self.stubborn)
            return given + self._conflicts(tx, chance, conflicts=conflicts)

    def _matches(self, tx: Tx, chance: float) -> int:
        given = 0
        for c in reviews.candidates(tx):
            links = contacts.load_links(tx, ids=[c.link_a, c.link_b])
            if len(links) == 2 and self.rng.random() < chance:
                who = {self.known.person_of.get((k.ref.system, k.ref.native_id)) for k in links.values()}
                verdict = "same" if len(who) == 1 and None not in who else "different"
                if None in who:
                    verdict, self.known.guessed = "same", True
                (self.known.apart.add if verdict == "different" else self.known.apart.discard)((c.link_a, c.link_b))
                owner = links[c.link_a].contact
                given += 1
                inbox.add_answer(tx, owner, "match", {"pairs": [[c.link_a, c.link_b]], "verdict": verdict, "by": "reviewer"})
        return given

    def _conflicts(self, tx: Tx, chance: float, *, conflicts: bool) -> int:
        """Questions about existence, and those about values unless these are left for later."""
        given = 0
        for r in reviews.load_conflicts(tx):
            if r.conflict.unit.startswith(EXISTS):
                if self.rng.random() < chance:
                    verdict = self.rng.choice(["delete", "keep", "restore"])
                    given += 1
                    inbox.add_answer(tx, r.contact, "exists", {
                        "unit": r.conflict.unit, "number": r.conflict.number, "verdict": verdict, "by": "reviewer"})
            elif conflicts and self.rng.random() < chance:
                stale = self.rng.random() < 0.1
                number = r.conflict.number - (1 if stale else 0)
                if stale:
                    self.known.late.add((r.conflict.unit, number))
                chosen = self.rng.choice([*r.conflict.contenders, None])
                body: dict[str, Any] = {"unit": r.conflict.unit, "number": number, "by": "reviewer"}
                body.update({"value": chosen.value} if chosen is not None else {"keep_each": True})
                if self.stubborn is not None and self.stubborn.random() < 0.6:
                    body = self._as_it_is(tx, r.contact, body)
                given += 1
                inbox.add_answer(tx, r.contact, "conflict", body)
        return given

    def _all_stays(self, tx: Tx, dice: random.Random) -> int:
        """Some of the questions about values get the answer that the value stays that the contact has."""
        given = 0
        for r in reviews.load_conflicts(tx):
            if not r.conflict.unit.startswith(EXISTS) and dice.random() < 0.3:
                body = {"unit": r.conflict.unit, "number": r.conflict.number, "by": "reviewer", "keep_each": True}
                inbox.add_answer(tx, r.contact, "conflict", self._as_it_is(tx, r.contact, body))
                given += 1
        return given

    @staticmethod
    def _as_it_is(tx: Tx, contact: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The same answer, but for the value that stands."""
        stands = contacts.load_contacts(tx, [contact])[contact].units.get(body["unit"], UNSET)
        chosen = {k: v for k, v in body.items() if k != "keep_each"} | {"value": stands.value}
        return dict(body) if stands.rev == NEVER else chosen

    def _contradicted(self, store: Store, tx: Tx, dice: random.Random) -> int:
        """One person tells two apart; another takes a third record, which stands with one of them, for the other."""
        truth = oracle.Truth(store, tx)
        live = sorted((k for k in truth.links.values() if k.life == "present" and truth.contacts[k.contact].state == "live"),
                      key=lambda k: k.id)
        who = {k.id: self.known.person_of.get((k.ref.system, k.ref.native_id)) for k in live}
        found = [(a, b, c) for a in live for b in live for c in live if a.contact == c.contact != b.contact and a is not c
                 and None not in (who[a.id], who[b.id]) and who[a.id] != who[b.id]]
        if not found:
            return 0
        a, b, c = dice.choice(found)
        self.known.apart.add(reviews.pair(a.id, b.id))
        for owner, pair, verdict in ((a, [a.id, b.id], "different"), (c, [c.id, b.id], "same")):
            inbox.add_answer(tx, owner.contact, "match", {"pairs": [pair], "verdict": verdict, "by": "reviewer"})
        return 2

    def _mistake(self, store: Store, tx: Tx) -> int:
        """Somebody takes two people for one, by hand."""
        truth = oracle.Truth(store, tx)
        live = [k for k in truth.links.values() if k.life == "present" and truth.contacts[k.contact].state == "live"]
        pairs = [(a, b) for a in live for b in live if a.contact < b.contact]
        if not pairs:
            return 0
        a, b = self.rng.choice(sorted(pairs, key=lambda p: (p[0].id, p[1].id)))
        self.mistakes.add((a.id, b.id))
        self.known.confused = True
        inbox.add_answer(tx, a.contact, "match", {"pairs": [[a.id, b.id]], "verdict": "same", "by": "reviewer"})
        return 1

    def _undo(self, tx: Tx) -> int:
        """Somebody takes back one of the last runs, whole or for some contacts."""
        runs = [r.id for r in journal.runs(tx, 3) if r.id not in self.undone]
        if not runs:
            return 0
        run = self.rng.choice(runs)
        self.undone.add(run)
        touched = sorted({e.contact for e in journal.of_run(tx, run)})
        chosen = touched if self.rng.random() < 0.5 else touched[:1]
        for contact in chosen:
            inbox.add_answer(tx, contact, "undo", {"run": run, "by": "reviewer"})
        return len(chosen)

    def _part(self, tx: Tx) -> int:
        """People find out that two contacts were joined by mistake, and part them."""
        given = 0
        for a, b in sorted(self.mistakes):
            links = contacts.load_links(tx, ids=[a, b])
            homes = {k.contact for k in links.values()}
            if len(homes) != 1:
                continue
            kept = homes.pop()
            joins = [e for e in journal.of_contacts(tx, [kept]) if e.cause == "join"
                     and len({a, b} & e.changes["before"]["other"]["links"].keys()) == 1]
            if joins and not any(x.cause == "join" and x.seq > joins[-1].seq for x in journal.of_contacts(tx, [kept])):
                inbox.add_answer(tx, kept, "unmerge", {"join": joins[-1].seq, "by": "reviewer"})
                self.mistakes.discard((a, b))
                given += 1
        return given
