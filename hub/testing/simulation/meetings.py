"""Meetings: two people work at one person in two systems, and one of the two is not read in the next cycle. So that what seldom
meets by chance meets often: two corrections of one address, a removal and a label, more addresses than there is room for, a text
typed twice, a label given to what somebody else corrects, an opt-out taken back, a record taken out of the trash, one of the
hub's thrown away, room made where there was too little. Drawn from its own dice."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.testing.simulation.cast import Actor
from hub.testing.simulation.people import Users, mails

Place = tuple[str, str]
"""System and record."""
LATE = 0.4
"""How often the second one's system is down in the next cycle."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Somebody labelled an address at ``place`` while somebody else made ``new`` of it. ``at``: seconds since 1970."""

    place: Place
    new: str
    label: str
    at: float


@dataclass
class Meetings:
    """``kept``: address → where it was labelled while somebody else removed it. ``followed``: address → the label it got while
    somebody else corrected it."""

    rng: random.Random
    actors: Mapping[str, Actor]
    kept: dict[str, Place] = field(default_factory=dict)
    followed: dict[str, Labelled] = field(default_factory=dict)

    def act(self, users: Users) -> str:
        """Two people meet. Returns the system that shall be down next, or ""."""
        if self.rng.random() < 0.15:
            self._restore(users)
        if self.rng.random() < 0.3:
            self._relent(users)
        if self.rng.random() < 0.15:
            self._thrown_away(users)
        shared = self._shared()
        if not shared or (self.rng.random() < 0.3 and self._outgrown(users, shared)):
            return ""
        mail = self.rng.choice(sorted(shared))
        one, two = self.rng.sample(shared[mail], 2)
        does: Callable[[Users, str, Place, Place], None] = self.rng.choice(
            [self._corrected, self._removed, self._grown, self._typed, self._labelled])
        does(users, mail, one, two)
        users.trace.append((does.__name__, mail, one, two))
        return two[0] if self.rng.random() < LATE else ""

    def _shared(self) -> dict[str, list[Place]]:
        """Address → where it stands, when exactly one record shows it in each of several systems."""
        found: dict[str, list[Place]] = defaultdict(list)
        for name, actor in sorted(self.actors.items()):
            for record, data in sorted(actor.vendor.records().items()):
                if not actor.vendor.row(record).hidden:
                    for mail in mails(actor.vendor, data):
                        found[mail].append((name, record))
        return {m: places for m, places in found.items() if len(places) > 1 and len({n for n, _ in places}) == len(places)}

    # ---- what they do

    def _corrected(self, users: Users, mail: str, one: Place, two: Place) -> None:
        users.correct(*one, mail)
        users.correct(*two, mail)

    def _removed(self, users: Users, mail: str, one: Place, two: Place) -> None:
        if users.label(*two, mail):
            for each in [m for m, what in self.followed.items() if mail in (m, what.new)]:
                del self.followed[each]  # its label is another one now
            users.remove(*one, mail)
            if self.actors[one[0]].vendor.traits.slots is None:  # who has no labels saw all there was
                self.kept[mail] = two

    def _grown(self, users: Users, mail: str, one: Place, two: Place) -> None:
        users.add(*one)
        users.add(*one)
        users.remove(*two, mail)

    def _typed(self, users: Users, mail: str, one: Place, two: Place) -> None:
        users.type(*one, "notes")
        users.type(*two, "notes")

    def _labelled(self, users: Users, mail: str, one: Place, two: Place) -> None:
        if users.label(*two, mail):
            label = next(r["label"] for r in self._data(two)["emails"] if r["value"] == mail)
            new = users.correct(*one, mail)
            self.followed[mail] = Labelled(two, new, label, users.clock.now())

    def _data(self, place: Place) -> Mapping[str, Any]:
        return self.actors[place[0]].vendor.records()[place[1]]

    def _outgrown(self, users: Users, shared: Mapping[str, list[Place]]) -> bool:
        """Somebody removes an address where there was no room for one that another system shows."""
        there = []
        for mail, places in sorted(shared.items()):
            known = {m for p in places for m in mails(self.actors[p[0]].vendor, self._data(p))}
            for place in places:
                vendor = self.actors[place[0]].vendor
                shown = mails(vendor, self._data(place))
                if len(shown) == vendor.traits.slots and known - set(shown):
                    there.append((place, mail))
        if there:
            place, mail = self.rng.choice(there)
            users.remove(*place, mail)
            users.trace.append(("outgrown", *place, mail))
        return bool(there)

    def _thrown_away(self, users: Users) -> None:
        """Somebody deletes a record that the hub made."""
        there = [(n, r) for n, a in sorted(self.actors.items()) for r in sorted(a.vendor.records())
                 if (n, r) not in users.person_of]
        if there:
            users.delete(*self.rng.choice(there))

    def _relent(self, users: Users) -> None:
        """Somebody takes back an opt-out that the hub wrote there."""
        there = [(n, r) for n, a in sorted(self.actors.items()) for r, data in sorted(a.vendor.records().items())
                 if data.get("optout") and (n, r) not in users.withdrawn]
        if there:
            name, record = self.rng.choice(there)
            self.actors[name].vendor.user_edit(record, {"optout": False})
            users.trace.append(("relent", name, record))

    def _restore(self, users: Users) -> None:
        """Somebody takes a record out of the trash again."""
        there = [(n, r) for n, r in users.deleted if self.actors[n].vendor.row(r).life == "trashed"]
        if there:
            name, record = self.rng.choice(there)
            self.actors[name].vendor.user_restore(record)
            users.deleted.remove((name, record))
            users.trace.append(("restore", name, record))
