"""Invented people and organisations, as several systems would know them, with the truth about who is who.

For tests of matching and for the demo. The same seed gives the same people everywhere, whatever PYTHONHASHSEED is.

    world = make_people(seed=7)
    records = world.spread(("crm", "staff", "board"))     # {"crm": [projection, …], …}
    world.truth["crm", 0]                                  # "p0412"

What makes it hard is what makes life hard: families and guardians with one e-mail address or phone, offices with an
info@ and a switchboard, twins, a father and a son of one name, two people of one name in one office or town, changed
names, addresses and numbers, typing slips, short forms, swapped names, missing fields, numbers entered for the wrong
person, and duplicates inside one system.

One thing is left out on purpose, because nobody could decide it: two people of one name who share an address or number
are always registered side by side (``Person.flock``), never one here and the other there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from hub.model.units import Projection
from hub.testing.people_census import Org, Person, take_census
from hub.testing.people_records import spread

__all__ = ["Org", "Person", "Score", "World", "evaluate", "make_people"]

LocalId = tuple[str, int]
"""(system, position in its list)"""


@dataclass(frozen=True, slots=True)
class World:
    """Everybody there is. ``truth``: who each record of the latest ``spread`` is about."""

    seed: int
    people: tuple[Person, ...]
    orgs: tuple[Org, ...]
    truth: dict[LocalId, str] = field(default_factory=dict, compare=False)

    def spread(
        self, systems: tuple[str, ...] = ("crm", "staff", "board"), overlap: float = 0.6
    ) -> dict[str, list[Projection]]:
        """What each system knows, in no telling order; fills ``truth``.

        ``overlap``: the chance, 0 to 1, that somebody known to one system is known to another one too.
        """
        known = spread(self.seed, self.people, self.orgs, systems, overlap)
        self.truth.clear()
        self.truth.update(((s, n), who) for s, records in known.items() for n, (who, _) in enumerate(records))
        return {system: [record for _, record in records] for system, records in known.items()}


def make_people(seed: int, people: int = 1500, orgs: int = 150) -> World:
    """A world of so many people and organisations.

    Raises ValueError outside 40 to 200 000 people and 4 to 1000 organisations: fewer do not hold a family and an office
    of each sort, and the words for more are not there.
    """
    if not 40 <= people <= 200_000 or not 4 <= orgs <= 1000:
        raise ValueError("A world has 40 to 200000 people and 4 to 1000 organisations.")
    return World(seed, *take_census(seed, people, orgs))


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs of records of two systems. ``true_pairs`` = ``right`` + ``waiting``.

    ``true_pairs``  are about one person or organisation
    ``right``       of these, joined
    ``waiting``     of these, not joined
    ``wrong``       joined, though about different ones (here pairs inside one system count too)
    """

    true_pairs: int
    right: int
    wrong: int
    waiting: int


def evaluate(links: Iterable[Iterable[LocalId]], truth: Mapping[LocalId, str]) -> Score:
    """How good ``links`` are: each is a set of records held to be one contact, the sets do not overlap.

    Raises KeyError for a record that is not in ``truth``.
    """
    by_person: dict[str, list[LocalId]] = {}
    for record, person in truth.items():
        by_person.setdefault(person, []).append(record)
    true_pairs = sum(a[0] != b[0] for records in by_person.values() for a, b in combinations(records, 2))
    right = wrong = 0
    for link in links:
        for a, b in combinations(sorted(set(link)), 2):
            if truth[a] != truth[b]:
                wrong += 1
            elif a[0] != b[0]:
                right += 1
    return Score(true_pairs, right, wrong, true_pairs - right)
