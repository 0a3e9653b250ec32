"""The people at work in the offices: each value they type is one nobody typed before, and they remember what they saw."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.testing.simulation.people import Typed, core
from hub_demo.real.offices import Office
from hub_demo.real.offices.office import NAMES

KINDS = {"name.given": "Gi", "name.family": "Fa", "title": "Ti", "nickname": "Ni", "company": "Co", "notes": "No"}
"""Unit → first letters of what is typed there."""
Person = tuple[str, str, str]
"""Given name, family name, e-mail address."""
DOES = {"text": 16, "mail": 10, "withdraw": 2, "delete": 2, "blank": 2, "other": 3, "merge": 1}
"""How often each is done."""
NEWCOMER, ELSEWHERE, TWICE, RELATED = 0.04, 0.3, 0.15, 0.1
"""Chances: somebody new instead of an act; known in another system too; that system is the same one; a relative with the same
address."""


@dataclass
class Crowd:
    """``person_of``: (system, record) → who it really is, of records people made; ``removed``: what somebody who saw it took
    away; ``hidden``: records out of the hub's view; the rest as ``hub.testing.simulation.reviewer`` has it."""

    rng: random.Random
    offices: Mapping[str, Office]
    typed: list[Typed] = field(default_factory=list)
    person_of: dict[tuple[str, str], str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    withdrawn: set[tuple[str, str]] = field(default_factory=set)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    merged: dict[tuple[str, str], str] = field(default_factory=dict)
    hidden: dict[tuple[str, str], None] = field(default_factory=dict)
    parents: dict[str, set[str]] = field(default_factory=dict)
    corrected: dict[str, set[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    acts: list[str] = field(default_factory=list)
    apart: set[tuple[str, str]] = field(default_factory=set)
    late: set[tuple[str, int]] = field(default_factory=set)
    guessed: bool = False
    confused: bool = False

    # ---- what they do

    def act(self, system: str = "") -> None:
        """One thing one person does somewhere, or in that system."""
        name = system or self.rng.choice(list(self.offices))
        office = self.offices[name]
        there = office.people()
        if not there or self.rng.random() < NEWCOMER:
            self.arrive(name)
            return
        record = self.rng.choice(there)
        (does,) = self.rng.choices(list(DOES), list(DOES.values()))
        self.acts.append(f"{does} {name} {record}")
        getattr(self, f"_{does}")(name, office, record)

    def somebody(self) -> Person:
        """A new person, whom nobody typed yet."""
        return self._token("Gi"), self._token("Fa"), f"{self._token('m')}@example.org"

    def arrive(self, system: str, who: str = "", like: Person | None = None) -> None:
        """A new record; ``like``: somebody already known, typed into another system."""
        person = like or self.somebody()
        record = self.offices[system].add(*person)
        self.acts.append(f"add {system} {record}")
        who = who or f"p{len(self.person_of)}"
        self.person_of[system, record] = who
        for unit, value in zip((*NAMES, "emails"), person, strict=True):
            self._note(system, record, unit, value, None)
        if like is not None:
            return
        if self.rng.random() < RELATED:
            self.arrive(system, "", (self._token("Gi"), person[1], person[2]))
        if self.rng.random() < ELSEWHERE:
            others = [name for name in self.offices if name != system]
            self.arrive(system if self.rng.random() < TWICE else self.rng.choice(others), who, person)

    def change(self, system: str, record: str, unit: str) -> str:
        """Somebody types another value over what stands there; gives what he typed."""
        office, fresh = self.offices[system], self._token(KINDS[unit])
        before = office.read(record, unit)
        office.type(record, unit, fresh)
        self._note(system, record, unit, fresh, before)
        return fresh

    def _text(self, system: str, office: Office, record: str) -> None:
        self.change(system, record, self.rng.choice(office.units))

    def _blank(self, system: str, office: Office, record: str) -> None:
        filled = [u for u in office.units if u not in office.required and office.read(record, u)]
        if filled:
            unit = self.rng.choice(filled)
            before = office.read(record, unit)
            office.type(record, unit, None)
            self.removed.add(str(core(before)))
            self._note(system, record, unit, None, before)

    def _mail(self, system: str, office: Office, record: str) -> None:
        there = office.mails(record)
        does = self.rng.choice(["add", "change", "change", "remove"])
        fresh = f"{self._token('m')}@example.org"
        if does == "add" or not there:
            if office.room is None or len(there) < office.room:
                office.put_mail(record, None, fresh)
                self._note(system, record, "emails", fresh, None)
            return
        old = self.rng.choice(there)
        office.put_mail(record, old, fresh if does == "change" else None)
        self.removed.add(str(core(old)))
        if does == "change":
            self._note(system, record, "emails", fresh, old)
            self.corrected.setdefault(str(core(old)), set()).add(str(core(fresh)))

    def _withdraw(self, system: str, office: Office, record: str) -> None:
        if office.opted_out(record) is False:
            office.opt_out(record)
            self.withdrawn.add((system, record))

    def _delete(self, system: str, office: Office, record: str) -> None:
        office.delete(record)
        self.deleted.append((system, record))

    def _other(self, system: str, office: Office, record: str) -> None:
        """What is done in that system alone. A record the hub made is not hidden: if its create is not answered yet, nobody could
        find it again."""
        if "move" in office.acts:
            office.acts["move"](record)
        elif "hide" in office.acts and (system, record) in self.person_of:
            office.acts["hide"](record)
            self.hidden[system, record] = None

    def show_all(self) -> None:
        """What left the hub's view comes back."""
        for system, record in self.hidden:
            self.offices[system].acts["show"](record)
        self.hidden.clear()

    def _merge(self, system: str, office: Office, record: str) -> None:
        who = self.person_of.get((system, record))
        others = [r for r in office.people() if r != record and who and self.person_of.get((system, r)) == who]
        if others and office.merge(record, others[0]):
            self.merged[system, others[0]] = record

    # ---- what they remember

    def _token(self, kind: str) -> str:
        count = len(self.texts) + 1
        token = f"{kind}{count}{'q' * (count % 2)}{'abcdefgh'[: self.rng.choice([0, 0, 8])]}"
        self.texts.add(token)
        return token

    def _note(self, system: str, record: str, unit: str, token: str | None, parent: str | None) -> None:
        if token is not None and parent is not None and token != parent:
            self.parents.setdefault(token, set()).add(parent)
        self.typed.append(Typed(core(token), system, record, unit, core(parent), len(self.typed)))
