"""One history: a world from a seed, cycles with faults, crashes and typing users, then quiet, then the oracle."""

from __future__ import annotations

import asyncio
import hashlib
import random
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from hub.engine.cycle import run_cycle
from hub.engine.noting import note_rules
from hub.errors import StoreError
from hub.model.units import EXISTS
from hub.rules.rulebook import Rulebook
from hub.store import contacts, inbox, journal, reviews
from hub.store.store import Store, Tx
from hub.testing.simulation import oracle
from hub.testing.simulation.cast import Actor, VirtualClock, arm, cast, rulebook
from hub.testing.simulation.meetings import Meetings
from hub.testing.simulation.people import Users
from hub.testing.simulation.site import Site
from hub.testing.simulation.unusual import Unusual
from hub.testing.simulation.upheaval import Upheaval

QUIET_CYCLES = 14
MASTER = b"simulation master key, 32 bytes."


class Crash(BaseException):
    """kill -9: nothing after it runs, nothing catches it."""


@dataclass(slots=True)
class Result:
    """What one history came to. ``trace``: hash over everything that happened; equal for equal seeds."""

    seed: int
    systems: int = 0
    cycles: int = 0
    calls: int = 0
    writes: int = 0
    crashes: int = 0
    typed: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    trace: str = ""


def run_history(
    seed: int, *, patch: Callable[[], AbstractContextManager[Any]] = nullcontext, cycles: int = 10, mistakes: bool = False,
    site: bool = False, meetings: bool = False, url: str = "sqlite://",
) -> Result:
    """Run one history, in a workspace of its own in the database at ``url``. ``patch``: a planted bug, in force while it
    runs. ``mistakes``: people also join two contacts that are not one, and part them again. ``site``: the site has wishes of its
    own (``simulation.site``). ``meetings``: two often work at one person in two systems (``simulation.meetings``)."""
    with patch():
        history = _History(seed, cycles, mistakes, url, site, meetings)
        try:
            return history.run()
        finally:
            history.store.close()


class _History:
    def __init__(self, seed: int, cycles: int, mistakes: bool, url: str, site: bool, meetings: bool) -> None:
        self.url, self.workspace = url, uuid.uuid4().hex
        self.rng = random.Random(seed)
        self.clock = VirtualClock()
        self.ids = random.Random(seed ^ 0x1D5)
        self.crypto = random.Random(seed ^ 0xC0FFEE)
        self.result = Result(seed)
        self.cycles = cycles
        self.mistaking = mistakes
        self.actors: dict[str, Actor] = cast(self.rng, self.clock, random.Random(seed ^ 0x5EED))
        self.book: Rulebook = rulebook(self.rng, self.actors)
        self.users = Users(random.Random(seed ^ 0xABC), self.actors, self.clock)
        self.upheaval = Upheaval(random.Random(seed ^ 0xF00D), self.actors, self.book, cycles)
        self.chaos = random.Random(seed ^ 0xDEAD)
        self.crash_rate = self.rng.choice([0.0, 0.0, 0.01, 0.03])
        self.race_rate = self.rng.choice([0.0, 0.02, 0.08])
        self.quiet = False
        for actor in self.actors.values():
            actor.faults.between = self._between
        self.site = Site(random.Random(seed ^ 0x517E), self.actors, self.clock) if site else None
        self.meetings = Meetings(random.Random(seed ^ 0x3EE7), self.actors) if meetings else None
        self.store = self._open()
        self.reviewer = random.Random(seed ^ 0xFACE)
        self.mistakes: set[tuple[str, str]] = set()
        self.undone: set[str] = set()

    def _new_id(self) -> str:
        millis, chance = int(self.clock.now() * 1000) & (1 << 48) - 1, self.ids.getrandbits(74) & ~(0b11 << 62)
        value = millis << 80 | 0x7 << 76 | chance | 0b10 << 62
        return str(uuid.UUID(int=value & (1 << 128) - 1))

    def _open(self) -> Store:
        return Store.open(self.url, MASTER, workspace=self.workspace, clock=self.clock.now, new_id=self._new_id,
                          random=self.crypto.randbytes, threaded=False, hook=self._at_commit)

    def _restart(self) -> Store:
        """A new process over the same file: everything in memory is forgotten."""
        old = self.store
        self.store = Store(old.engine, MASTER, workspace=old.workspace, clock=self.clock.now, new_id=self._new_id,
                           random=self.crypto.randbytes, executor=None, hook=self._at_commit)
        self.store._install()
        return self.store

    # ---- what happens between our steps

    def _at_commit(self, when: str) -> None:
        if not self.quiet and self.crash_rate and self.chaos.random() < self.crash_rate:
            raise Crash(when)

    def _between(self, when: str, op: str) -> None:
        self.clock.advance(self.chaos.choice([0.0, 0.01, 0.3]))
        self.users.trace.append((when, op))
        if self.quiet:
            return
        if self.chaos.random() < self.race_rate:
            self.users.act()
        if self.crash_rate and self.chaos.random() < self.crash_rate:
            raise Crash(f"{when} {op}")

    # ---- the history

    def run(self) -> Result:
        for _ in range(self.rng.choice([1, 2, 3, 5])):
            self.users.make_person()
        arm(self.rng, self.actors)
        asyncio.run(self._live())
        self.result.violations += self._end()
        self.result.systems = len(self.actors)
        self.result.calls = sum(a.vendor.requests for a in self.actors.values())
        self.result.writes = sum(len(a.vendor.log) for a in self.actors.values())
        self.result.typed = len(self.users.typed)
        for actor in self.actors.values():
            self.result.faults.update(actor.faults.counts)
        body = repr([self.users.trace, [[s.op, s.id, sorted(s.patch)] for a in self.actors.values() for s in a.vendor.log]])
        self.result.trace = hashlib.sha256(body.encode()).hexdigest()
        return self.result

    async def _live(self) -> None:
        for _ in range(self.cycles):
            for _ in range(self.rng.choice([0, 1, 2, 4])):
                self.users.act()
            if self.site is not None:
                self.site.act(self.users)
            for actor in self.actors.values():
                actor.faults.down = self.rng.random() < 0.12
            if self.meetings is not None and (late := self.meetings.act(self.users)):
                self.actors[late].faults.down = True
            if self.rng.random() < 0.05:
                self.rng.choice([self.actors[n] for n in sorted(self.actors)]).vendor.expire()
            await self._cycle()
            self._review(self.rng.choice([0.0, 0.5]))
            self.clock.advance(self.rng.choice([30.0, 200.0, 4000.0]))
        self.quiet = True
        self.users.show_all()
        for actor in self.actors.values():
            actor.faults.calm()
            actor.faults.retry_after_s = None
        calm = 0
        for _ in range(QUIET_CYCLES):
            before = self._mutations()
            self.clock.advance(4000.0)
            asked = self._review(1.0, conflicts=False)
            await self._cycle()
            calm = 0 if asked or self._mutations() != before or oracle.Truth(self.store).open_intents else calm + 1
            if calm == 2:  # one silent cycle may only be waiting out the quiet period
                break
        else:
            self.result.violations.append("restless: it still writes after many quiet cycles")
        before_hash, before_writes = oracle.state_hash(self.store), self._mutations()
        self.clock.advance(4000.0)
        await self._cycle()
        if self._mutations() != before_writes:
            self.result.violations.append("silence: a quiet cycle wrote")
        if oracle.state_hash(self.store) != before_hash:
            self.result.violations.append("silence: a quiet cycle changed the state")

    def _mutations(self) -> int:
        return sum(len(a.vendor.log) for a in self.actors.values())

    async def _cycle(self) -> None:
        book = self._book()
        self.result.cycles += 1
        try:
            note_rules(self.store, book, dict.fromkeys(book.systems, ""))
            if self.site is not None and not self.quiet:
                unusual = Unusual(self.site, self.users, self._mutations)
                self.result.violations += await unusual.cycle(self.store, book, self._restart)
            else:
                await run_cycle(self.store, book, {n: self.actors[n].connector for n in book.systems}, approve="reviewer",
                                accept=frozenset(self.actors) if self.quiet else frozenset())
        except Crash:
            self.result.crashes += 1
            self._restart()
        except StoreError as e:
            self.result.violations.append(f"store: {e}")

    def _book(self) -> Rulebook:
        book = self.upheaval.rules(self.result.cycles)
        return self.site.rules(book) if self.site is not None else book

    # ---- the reviewer

    def _review(self, chance: float, *, conflicts: bool = True) -> int:
        """A person answers some of what waits; now and then with an old number. Returns how many answers."""
        if not chance:
            return 0
        given = 0
        was, self.crash_rate = self.crash_rate, 0.0
        with self.store.writing() as tx:
            for c in reviews.candidates(tx):
                links = contacts.load_links(tx, ids=[c.link_a, c.link_b])
                if len(links) == 2 and self.reviewer.random() < chance:
                    who = {self.users.person_of.get((k.ref.system, k.ref.native_id)) for k in links.values()}
                    verdict = "same" if len(who) == 1 and None not in who else "different"
                    if None in who:
                        verdict, self.users.guessed = "same", True
                    (self.users.apart.add if verdict == "different" else self.users.apart.discard)((c.link_a, c.link_b))
                    owner = links[c.link_a].contact
                    given += 1
                    inbox.add_answer(tx, owner, "match", {"pairs": [[c.link_a, c.link_b]], "verdict": verdict, "by": "reviewer"})
            given += self._part(tx)
            if conflicts and self.reviewer.random() < (0.06 if self.site is None else 0.25):
                given += self._undo(tx)
            if conflicts and self.mistaking and self.reviewer.random() < 0.1:
                given += self._mistake(tx)
            for r in reviews.load_conflicts(tx):
                if r.conflict.unit.startswith(EXISTS):
                    if self.reviewer.random() < chance:
                        verdict = self.reviewer.choice(["delete", "keep", "restore"])
                        given += 1
                        inbox.add_answer(tx, r.contact, "exists", {
                            "unit": r.conflict.unit, "number": r.conflict.number, "verdict": verdict, "by": "reviewer"})
                elif conflicts and self.reviewer.random() < chance:
                    stale = self.reviewer.random() < 0.1
                    number = r.conflict.number - (1 if stale else 0)
                    if stale:
                        self.users.late.add((r.conflict.unit, number))
                    chosen = self.reviewer.choice([*r.conflict.contenders, None])
                    body: dict[str, Any] = {"unit": r.conflict.unit, "number": number, "by": "reviewer"}
                    body.update({"value": chosen.value} if chosen is not None else {"keep_each": True})
                    given += 1
                    inbox.add_answer(tx, r.contact, "conflict", body)
        self.crash_rate = was
        return given

    def _mistake(self, tx: Tx) -> int:
        """Somebody takes two people for one, by hand."""
        truth = oracle.Truth(self.store, tx)
        live = [k for k in truth.links.values() if k.life == "present" and truth.contacts[k.contact].state == "live"]
        pairs = [(a, b) for a in live for b in live if a.contact < b.contact]
        if not pairs:
            return 0
        a, b = self.reviewer.choice(sorted(pairs, key=lambda p: (p[0].id, p[1].id)))
        self.mistakes.add((a.id, b.id))
        self.users.confused = True
        inbox.add_answer(tx, a.contact, "match", {"pairs": [[a.id, b.id]], "verdict": "same", "by": "reviewer"})
        return 1

    def _undo(self, tx: Tx) -> int:
        """Somebody takes back one of the last runs, whole or for some contacts."""
        runs = [r.id for r in journal.runs(tx, 3) if r.id not in self.undone]
        if not runs:
            return 0
        run = self.reviewer.choice(runs)
        self.undone.add(run)
        touched = sorted({e.contact for e in journal.of_run(tx, run)})
        chosen = touched if self.reviewer.random() < 0.5 else touched[:1]
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

    def _end(self) -> list[str]:
        return oracle.judge(self.store, self._book(), self.actors, self.users, self.site, self.meetings)
