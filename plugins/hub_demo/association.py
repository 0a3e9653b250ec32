"""The association of the worked example: who is in it, and what each of its systems knows of them.

The people are those of ``hub.testing.people``; here they get roles, and each system its own part of them (``BELONGS``).
Those of one flock are together everywhere, as they are in life.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.model.units import Projection
from hub.testing.people import Person, World, make_people

CRM, PARTNERS, STAFF, VOLUNTEERS = "crm", "partners", "staff", "volunteers"
SYSTEMS = (CRM, PARTNERS, STAFF, VOLUNTEERS)
"""Those of ``hub demo``."""
MAILBOX, ACCOUNTS, SURVEY, SHOP, INVOICING = "mailbox", "accounts", "survey", "shop", "invoicing"
"""Those that ``hub demo --all`` adds (``hub_demo.further``)."""
VOLUNTEER, DONOR = "volunteer", "donor"
ORGS_SHARE = 10
"""One organisation for so many people."""
_SHARES = {VOLUNTEER: 0.22, DONOR: 0.18}
_FORGOTTEN = 0.15
"""How often the CRM was not told of a role."""
_OPTED_OUT = 0.04


BELONGS: Mapping[str, Callable[[frozenset[str], bool], bool]] = {
    CRM: lambda roles, works: True,
    PARTNERS: lambda roles, works: works or DONOR in roles,
    STAFF: lambda roles, works: works or VOLUNTEER in roles,
    VOLUNTEERS: lambda roles, works: VOLUNTEER in roles,
    MAILBOX: lambda roles, works: works or VOLUNTEER in roles,
    ACCOUNTS: lambda roles, works: DONOR in roles,
    SURVEY: lambda roles, works: VOLUNTEER in roles,
    SHOP: lambda roles, works: False,
    INVOICING: lambda roles, works: DONOR in roles,
}
"""Which people belong into a system, as its filter in ``mappings/`` says: roles, and does somebody of the flock work for a
partner?"""
PEOPLE_ONLY = frozenset({VOLUNTEERS, MAILBOX, SURVEY})
"""Systems that have no organisations."""
WITH_EMAIL = frozenset({SHOP})
"""Systems that have nobody without an e-mail address."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one system knows of somebody.

    ``who``        id of the person or organisation, the truth
    ``roles``      that this system knows of
    ``office``     id of the organisation the person works for, ""
    ``opted_out``  wants no newsletter
    """

    who: str
    shown: Projection
    roles: frozenset[str] = frozenset()
    office: str = ""
    opted_out: bool = False


Known = Mapping[str, Sequence[Record]]
"""System → its records; the place in the list is what they are named by."""


def gather(seed: int, people: int, systems: Sequence[str] = SYSTEMS) -> Known:
    """What these systems know before the hub comes. The same seed and systems give the same."""
    world = make_people(seed, people, max(4, people // ORGS_SHARE))
    roles = _Roles(world)
    shown = world.spread(tuple(systems))
    rng = random.Random(f"{seed}/association")  # noqa: S311  (a story, no secret)
    by_id = {p.id: p for p in world.people}
    known: dict[str, list[Record]] = {system: [] for system in systems}
    for system in systems:
        for place, projection in enumerate(shown[system]):
            who = world.truth[system, place]
            if system in WITH_EMAIL and not projection.get("emails"):
                continue
            person = by_id.get(who)
            if person is None:
                if system not in PEOPLE_ONLY:
                    known[system].append(Record(who, projection))
            elif roles.belongs(person, system):
                told = {role for role in sorted(roles.of(person)) if system == VOLUNTEERS or rng.random() >= _FORGOTTEN}
                known[system].append(Record(
                    who, projection, frozenset(told), person.employer, system == CRM and rng.random() < _OPTED_OUT))
    return known


@dataclass
class _Roles:
    """Who is what, the same for all of a flock."""

    world: World
    _of: dict[str, frozenset[str]] = field(default_factory=dict)
    _flocks: dict[str, list[Person]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = random.Random(f"{self.world.seed}/roles")  # noqa: S311
        for p in self.world.people:
            self._flocks.setdefault(p.flock or p.id, []).append(p)
        for name, flock in self._flocks.items():
            drawn = [role for role, share in _SHARES.items() if rng.random() < share]
            self._of[name] = frozenset(drawn if all(p.adult for p in flock) else ())

    def of(self, person: Person) -> frozenset[str]:
        return self._of[person.flock or person.id]

    def belongs(self, person: Person, system: str) -> bool:
        flock = self._flocks[person.flock or person.id]
        return BELONGS[system](self.of(person), any(p.employer for p in flock))
