"""How systems write people down: what each asks for, what it leaves out, and what goes wrong on the way."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from hub.model.units import Projection
from hub.testing import people_names as words
from hub.testing.people_census import Address, Org, Person, slug

T = TypeVar("T")
Known = dict[str, list[tuple[str, Projection]]]
"""system → (who, record)"""

KNOWN_NUMBERS = 0.18
"""The share of people and of organisations whose identifier two systems may know: below one in five."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What a system asks for: the chance that a record has it. ``children``: are they in it at all?"""

    email: float
    work_email: float
    phone: float
    birthday: float
    address: float
    company: float
    children: bool


HABITS = (
    Habits(email=0.93, work_email=0.2, phone=0.85, birthday=0.65, address=0.85, company=0.4, children=True),
    Habits(email=0.8, work_email=0.9, phone=0.85, birthday=0.7, address=0.6, company=0.95, children=False),
    Habits(email=0.92, work_email=0.3, phone=0.8, birthday=0.4, address=0.7, company=0.3, children=True),
)
"""Of the first, second, third system, and round again: members, staff, a board's address book."""

_NAMES = frozenset(
    slug(name)
    for names in words.NAMES.values()
    for name in (*names.women, *names.men, *(f for pair in names.family for f in pair), *words.SHORT.values())
)


def spread(seed: int, people: Sequence[Person], orgs: Sequence[Org], systems: Sequence[str], overlap: float) -> Known:
    """Each system's records, shuffled, with whom they are about."""
    rng = random.Random(f"{seed}/spread/{'/'.join(systems)}/{overlap}")
    habits = {system: HABITS[n % len(HABITS)] for n, system in enumerate(systems)}
    offices = {org.id: org for org in orgs}
    known: Known = {system: [] for system in systems}
    told = _told(rng, [p.number for p in people if p.number], len(people))
    told |= _told(rng, [org.business_id for org in orgs], len(orgs))
    flocks: dict[str, list[Person]] = {}
    for p in people:
        flocks.setdefault(p.flock or p.id, []).append(p)
    for whole in flocks.values():
        open_to = [s for s in systems if habits[s].children or all(p.adult for p in whole)]
        joined = _joined(rng, open_to or list(systems), overlap)
        for p in whole:
            told_to = joined if p.number in told else rng.sample(joined, 1)
            for system in joined:
                number = p.number if system in told_to else ""
                if number and not p.flock and rng.random() < 0.004:
                    number = _strangers_number(rng, p, people)
                pen = _Pen(rng, habits[system], careful=bool(p.flock))
                for _ in range(2 if not p.flock and rng.random() < 0.01 else 1):
                    known[system].append((p.id, pen.person(p, number, offices.get(p.employer))))
    for org in orgs:
        joined = _joined(rng, list(systems), overlap)
        told_to = joined if org.business_id in told else rng.sample(joined, 1)
        for system in joined:
            pen = _Pen(rng, habits[system])
            known[system].append((org.id, pen.org(org, org.business_id if system in told_to else "")))
    for system in systems:
        rng.shuffle(known[system])
    return known


def _told(rng: random.Random, numbers: list[str], of: int) -> set[str]:
    """The numbers that more than one system may know."""
    return set(rng.sample(numbers, min(len(numbers), int(of * KNOWN_NUMBERS))))


def _joined(rng: random.Random, systems: Sequence[str], overlap: float) -> list[str]:
    first = rng.choice(systems)
    return [system for system in systems if system == first or rng.random() < overlap]


def _strangers_number(rng: random.Random, p: Person, people: Sequence[Person]) -> str:
    """Somebody else's, entered by mistake: of no one with a name that is half the same."""
    while not (q := rng.choice(people)).number or q.flock or _akin(p, q):
        pass
    return q.number


def _akin(p: Person, q: Person) -> bool:
    given = {g for g, _ in p.names} & {g for g, _ in q.names}
    return bool(given) or bool({f for _, f in p.names} & {f for _, f in q.names})


@dataclass(frozen=True, slots=True)
class _Pen:
    """One record is written. ``careful``: names without slips, contact never left out."""

    rng: random.Random
    habits: Habits
    careful: bool = False

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def person(self, p: Person, number: str, office: Org | None) -> Projection:
        given, family = self._name(p)
        middle = p.middle if self.chance(0.5) else ""
        emails = self._emails(p)
        phones = self._phones(p)
        addresses = {}
        if self.chance(self.habits.address):
            addresses["home"] = self._address(self._either(p.address, p.former_address))
        at_work = office is not None and self.chance(self.habits.company)
        return {
            "kind": "individual",
            "name.given": given,
            "name.middle": middle or None,
            "name.family": family,
            "name.suffix": p.suffix or None,
            "birthday": self._birthday(p),
            "title": p.title if at_work else None,
            "company": self.rng.choice(office.spellings) if at_work and office else None,
            **_set("emails", emails),
            **_set("phones", phones),
            **_set("addresses", addresses),
            "identifiers": {"member-number": _member(number)} if number else {},
        }

    def org(self, org: Org, business_id: str) -> Projection:
        name = self.rng.choice(org.spellings)
        emails = {org.email: _member(org.email, "work")} if self.chance(0.8) else {}
        if self.chance(0.15):
            emails[f"sales@{org.domain}"] = _member(f"sales@{org.domain}", "work")
        phones = {org.phone: self._number(org.phone, "work")} if self.chance(0.75) else {}
        addresses = {"work": self._address(org.address)} if self.chance(0.75) else {}
        return {
            "kind": "org",
            "name.full": name,
            "legal_name": org.spellings[0] if self.chance(0.3) else None,
            **_set("emails", emails),
            **_set("phones", phones),
            **_set("addresses", addresses),
            "identifiers": {"business-id": _member(business_id)} if business_id else {},
        }

    # --- names

    def _name(self, p: Person) -> tuple[str, str]:
        given, family = p.given, self._either(p.family, p.former_family or None)
        what = 1.0 if self.careful else self.rng.random()
        if what < 0.022:
            given, family = (self._slip(given), family) if self.chance(0.5) else (given, self._slip(family))
        elif what < 0.032:
            given, family = family, given
        elif what < 0.062:
            given = words.SHORT.get(given, given)
        elif what < 0.067:
            given = given[0] + "."
        elif what < 0.071:
            given = f"{given} {given[0]}."
        style = self.rng.random()
        if style < 0.06:
            return _plain(given), _plain(family)
        if style < 0.09:
            return given.upper(), family.upper()
        return (given.lower(), family.lower()) if style < 0.1 else (given, family)

    def _slip(self, name: str) -> str:
        """One letter wrong, and not by chance another name."""
        while True:
            at = self.rng.randrange(len(name) - 1)
            letter = self.rng.choice("aeiouklmnrst")
            slipped = self.rng.choice((
                name[:at] + name[at + 1] + name[at].lower() + name[at + 2 :],
                name[: at + 1] + name[at + 2 :],
                name[: at + 1] + letter + name[at + 2 :],
                name[: at + 1] + name[at].lower() + name[at + 1 :],
            ))  # fmt: skip
            slipped = slipped[:1].upper() + slipped[1:]
            if slug(slipped) not in _NAMES and slug(slipped) != slug(name):
                return slipped

    def _either(self, now: T, former: T | None) -> T:
        return former if former is not None and self.chance(0.5) else now

    # --- the rest

    def _birthday(self, p: Person) -> str | None:
        if not self.chance(self.habits.birthday):
            return None
        year, month, day = p.birthday.split("-")
        what = 1.0 if self.careful else self.rng.random()
        if what < 0.006 and int(day) <= 12:
            return f"{year}-{day}-{month}"
        return year if what > 0.985 else p.birthday

    def _emails(self, p: Person) -> dict[str, Any]:
        found = {}
        if self.careful or self.chance(self.habits.email):
            own = self._either(p.email, p.former_email or None)
            found[own] = _member(own.title() if self.chance(0.06) else own, "home")
        if p.work_email and (self.careful or self.chance(self.habits.work_email)):
            found[p.work_email] = _member(p.work_email, "work")
        return found

    def _phones(self, p: Person) -> dict[str, Any]:
        found = {}
        if self.careful or self.chance(self.habits.phone):
            own = self._either(p.phone, p.former_phone or None)
            found[own] = self._number(own, "cell")
        if p.work_phone and (self.careful or self.chance(self.habits.work_email / 2)):
            found[p.work_phone] = self._number(p.work_phone, "work")
        return found

    def _number(self, e164: str, label: str) -> dict[str, Any]:
        """As people type it; only Finnish numbers are seen without their country."""
        country, rest = e164[:3], e164[3:]
        if e164.startswith("+358"):
            country, rest = "+358", e164[4:]
        groups = f"{rest[:2]} {rest[2:5]} {rest[5:]}"
        forms = [e164, f"{country} {groups}", f"00{country[1:]} {groups}", f"{country}-{rest}"]
        if country == "+358":
            forms += [f"0{rest}", f"0{groups}", f"0{rest[:2]}-{rest[2:]}"]
        return _member(self.rng.choice(forms), label)

    def _address(self, address: Address) -> dict[str, Any]:
        street = address.street
        if self.chance(0.3):
            street = street.removeprefix("ul. ")
        parts = {"street": street, "locality": address.town, "postcode": address.postcode, "country": address.country}
        if self.chance(0.1):
            del parts["postcode"]
        return {"v": parts, "at": None, "a": {}}


def _plain(name: str) -> str:
    """Without diacritics, as an old system has it."""
    folded = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L"))
    return "".join(c for c in folded if not unicodedata.combining(c))


def _member(value: str, label: str = "") -> dict[str, Any]:
    return {"v": value, "at": None, "a": {"label": label} if label else {}}


def _set(unit: str, members: dict[str, Any]) -> Projection:
    """The set and its primary member, the first."""
    return {unit: members, f"{unit}.primary": next(iter(members), None)}
