"""Who lives in an invented world: households, offices, and those who are easily mistaken for each other."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hub.testing import people_names as words

YEAR = 2026
"""Ages are counted to this year: a world does not grow older."""
_LANGUAGES = ("fi", "fi", "fi", "pl", "pl", "pl", "en")
_MOBILE = {"FI": ("+35840", "+35844", "+35845", "+35850", "+35841"), "PL": ("+48501", "+48602", "+48691", "+48781")}
_OFFICE = {"FI": ("+358942", "+35832"), "PL": ("+48426", "+48585")}
_LARGEST = 5
"""People in a household."""
_DIGITS = {"+35840": 7, "+35844": 7, "+35845": 7, "+35850": 7, "+35841": 7}
"""How many digits follow; six where nothing is said."""


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    town: str
    postcode: str
    country: str


@dataclass(frozen=True, slots=True)
class Person:
    """One who does not exist. ``former_…``: what some systems still know; "" or None: there is none.

    ``language``   of the name: a key of ``people_names.NAMES``
    ``birthday``   ISO 8601
    ``email``      what is given as one's own, be it shared: the family's, a parent's or a guardian's
    ``phone``      E.164, likewise
    ``employer``   id of an organisation; ``work_email`` and ``work_phone`` may be the office's
    ``number``     member number
    ``flock``      names those who share a name and an address or number, and so come to a system together
    ``suffix``     "Jr", where a family needs it
    """

    id: str
    language: str
    woman: bool
    given: str
    family: str
    birthday: str
    address: Address
    household: int
    middle: str = ""
    suffix: str = ""
    email: str = ""
    phone: str = ""
    former_family: str = ""
    former_address: Address | None = None
    former_email: str = ""
    former_phone: str = ""
    employer: str = ""
    work_email: str = ""
    work_phone: str = ""
    title: str = ""
    number: str = ""
    flock: str = ""

    @property
    def adult(self) -> bool:
        return int(self.birthday[:4]) <= YEAR - 18

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """Everything this person may be called in a record, as (given, family), folded."""
        given = {self.given, words.SHORT.get(self.given, self.given)}
        return frozenset((slug(g), slug(f)) for g in given for f in (self.family, self.former_family) if f)


@dataclass(frozen=True, slots=True)
class Org:
    """An organisation. ``spellings``: its name as different systems write it, the registered one first."""

    id: str
    spellings: tuple[str, ...]
    domain: str
    email: str
    phone: str
    address: Address
    business_id: str


def _rest(digits: str) -> int:
    return sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11


def slug(text: str) -> str:
    """ASCII letters only, lower case, as in an e-mail address."""
    text = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L"))
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum())


def take_census(seed: int, people: int, orgs: int) -> tuple[tuple[Person, ...], tuple[Org, ...]]:
    """So many people and organisations, in the order of their ids."""
    census = _Census(random.Random(f"{seed}/census"))
    offices = [census.found(n) for n in range(orgs)]
    while len(census.people) < people:
        census.settle(people - len(census.people))
    census.live()
    census.employ(offices)
    census.seat_namesakes(offices)
    return tuple(census.people), tuple(offices)


@dataclass(slots=True)
class _Census:
    """The world in the making. What must be unique is handed out once, by ``once``."""

    rng: random.Random
    people: list[Person] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    households: int = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def once(self, make: Callable[[], str]) -> str:
        while (text := make()) in self.taken:
            pass
        self.taken.add(text)
        return text

    def digits(self, count: int) -> str:
        return "".join(self.rng.choice("0123456789") for _ in range(count))

    def phone(self, prefixes: tuple[str, ...]) -> str:
        prefix = self.rng.choice(prefixes)
        return self.once(lambda: prefix + self.digits(_DIGITS.get(prefix, 6)))

    def email(self, *name: str) -> str:
        domain = self.rng.choice(("example.org", "example.com", "example.net"))
        first, last = slug(name[0]), slug(name[-1])
        local = self.rng.choice((f"{first}.{last}", f"{first}.{last}", f"{first[0]}{last}", f"{last}{first[:2]}"))
        if f"{local}@{domain}" in self.taken:
            return self.once(lambda: f"{local}{self.rng.randint(2, 9999)}@{domain}")
        return self.once(lambda: f"{local}@{domain}")

    def address(self, country: str, town: words.Town | None = None) -> Address:
        town = town or self.rng.choice(words.TOWNS[country])
        postcode = self.rng.choice(town.postcodes)

        def make() -> str:
            flat = f" {self.rng.choice('ABC')} {self.rng.randint(1, 60)}" if self.chance(0.4) else ""
            return f"{self.rng.choice(words.STREETS[country])} {self.rng.randint(1, 120)}{flat}|{postcode}"

        return Address(self.once(make).partition("|")[0], town.name, postcode, country)

    def birthday(self, given: str, family: str, first: int, last: int) -> str:
        """A day in these years on which nobody else of that name was born."""
        days = (date(last, 12, 31) - date(first, 1, 1)).days

        def make() -> str:
            day = date(first, 1, 1) + timedelta(days=self.rng.randint(0, days))
            return f"{slug(given)} {slug(family)} {day.isoformat()}"

        return self.once(make).rpartition(" ")[2]

    # --- organisations

    def found(self, n: int) -> Org:
        country = self.rng.choice(words.COUNTRIES)
        name = self.once(lambda: f"{self.rng.choice(words.ORG_FIRST)} {self.rng.choice(words.ORG_SECOND)}")
        forms = self.rng.choice(words.FORMS[country if self.chance(0.8) else "XX"])
        domain = f"{slug(name)}.example.org"
        return Org(
            id=f"o{n:04}",
            spellings=tuple(form.format(name) for form in forms),
            domain=domain,
            email=f"{self.rng.choice(('info', 'office', 'toimisto', 'biuro'))}@{domain}",
            phone=self.phone(_OFFICE[country]),
            address=self.address(country),
            business_id=self.once(self._business_id),
        )

    def _business_id(self) -> str:
        """In the Finnish form with the right check digit, so that a system that checks takes it (weights and modulus: prh.fi,
        "Business ID", read 2026-11-22 in python-stdnum's fi/ytunnus.py). Beginning with 9: numbers are given out from below, and
        none of these has been."""
        digits = "9" + self.digits(7)[1:]
        if _rest(digits) == 1:  # has no check digit; the next one has
            digits = digits[:-1] + str((int(digits[-1]) + 1) % 10)
        return f"{digits}-{(11 - _rest(digits)) % 11}"

    # --- households

    def settle(self, room: int) -> None:
        """One more household of at most ``room`` people."""
        self.households += 1
        kinds = [self._single, self._namesake, self._couple, self._family, self._twins, self._father_and_son,
                 self._guardian]  # fmt: skip
        weights = [30, 2 if self.people else 0, 14, 16, 1.5, 0.9, 4]
        kind = self.rng.choices(kinds, weights)[0]
        self.people += kind() if room >= _LARGEST else self._single()

    def _person(self, language: str, woman: bool, given: str, family: str, years: tuple[int, int], address: Address,
                nth: int = 0) -> Person:
        return Person(
            id=f"p{len(self.people) + nth:04}",
            language=language,
            woman=woman,
            given=given,
            family=family,
            birthday=self.birthday(given, family, *years),
            address=address,
            household=self.households,
            email=self.email(given, family),
            phone=self.phone(_MOBILE[address.country]),
            number=self.once(lambda: str(self.rng.randint(100000, 999999))) if self.chance(0.6) else "",
        )

    def _home(self) -> tuple[str, tuple[str, str], Address]:
        """A language, a family name (hers, his), an address."""
        language = self.rng.choice(_LANGUAGES)
        country = {"fi": "FI", "pl": "PL"}.get(language) or self.rng.choice(words.COUNTRIES)
        return language, self.rng.choice(words.NAMES[language].family), self.address(country)

    def _given(self, language: str, woman: bool, others: list[Person]) -> str:
        """A given name that nobody in the household has, be it for short."""
        used = {name for p in others for name in (p.given, words.SHORT.get(p.given, ""))}
        names = words.NAMES[language].women if woman else words.NAMES[language].men
        return self.rng.choice([n for n in names if n not in used and words.SHORT.get(n, n) not in used])

    def _single(self) -> list[Person]:
        language, family, address = self._home()
        woman = self.chance(0.5)
        given = self._given(language, woman, [])
        return [self._person(language, woman, given, family[not woman], (1940, 2006), address)]

    def _namesake(self) -> list[Person]:
        """Somebody of the same name, in the same town."""
        while not (of := self.rng.choice(self.people)).adult:
            pass
        town = next(t for t in words.TOWNS[of.address.country] if t.name == of.address.town)
        address = self.address(of.address.country, town)
        return [self._person(of.language, of.woman, of.given, of.family, (1940, 2006), address)]

    def _couple(self, years: tuple[int, int] = (1940, 2000)) -> list[Person]:
        language, family, address = self._home()
        her = self._person(language, True, self._given(language, True, []), family[0], years, address)
        him = self._person(language, False, self._given(language, False, [her]), family[1], years, address, 1)
        if self.chance(0.25):
            him = replace(him, email=her.email)
        if self.chance(0.15):
            him = replace(him, phone=her.phone)
        return [her, him]

    def _children(self, parents: list[Person], birthdays: list[tuple[int, int]]) -> list[Person]:
        """Children reached through a parent, or once they are big by themselves."""
        home, father = list(parents), parents[-1]
        language = father.language
        family = next(f for f in words.NAMES[language].family if f[1] == father.family)
        for years in birthdays:
            woman = self.chance(0.5)
            given = self._given(language, woman, home)
            child = self._person(language, woman, given, family[not woman], years, father.address, len(home))
            if not child.adult or self.chance(0.2):
                parent = self.rng.choice(parents)
                child = replace(child, email=parent.email, phone=parent.phone if self.chance(0.7) else child.phone)
            home.append(child)
        return home

    def _family(self) -> list[Person]:
        return self._children(self._couple((1965, 1990)), [(1998, 2018)] * self.rng.randint(1, 3))

    def _twins(self) -> list[Person]:
        *parents, one, two = self._children(self._couple((1965, 1990)), [(1998, 2018)] * 2)
        return [*parents, one, replace(two, birthday=one.birthday, email=one.email, phone=one.phone)]

    def _father_and_son(self) -> list[Person]:
        """Of one full name, with one address to write to. In some families the son is Jr."""
        her, him = self._couple((1950, 1970))
        son = self._person(him.language, False, him.given, him.family, (1982, 2010), him.address, 2)
        flock, suffix = f"h{self.households}", "Jr" if self.chance(0.3) else ""
        email, phone = self.rng.choice(((him.email, son.phone), (son.email, him.phone), (him.email, him.phone)))
        return [her, replace(him, flock=flock), replace(son, flock=flock, suffix=suffix, email=email, phone=phone)]

    def _guardian(self) -> list[Person]:
        """A guardian of another name, who is written to for a child."""
        (guardian,) = self._single()
        language, family, _ = self._home()
        woman = self.chance(0.5)
        given = self._given(language, woman, [guardian])
        child = self._person(language, woman, given, family[not woman], (2008, 2018), guardian.address, 1)
        return [guardian, replace(child, email=guardian.email, phone=guardian.phone)]

    # --- lives

    def live(self) -> None:
        """Names, homes, addresses and numbers change, and not every system hears of it."""
        for n, p in enumerate(self.people):
            if p.flock:
                continue
            if p.adult and self.chance(0.03):
                p = self._married(p)
            if self.chance(0.05):
                p = replace(p, middle=self._given(p.language, p.woman, [p]))
            if self.chance(0.05):
                p = replace(p, former_address=self.address(p.address.country))
            if self.chance(0.04):
                p = replace(p, former_email=self.email(p.given, p.former_family or p.family))
            if self.chance(0.04):
                p = replace(p, former_phone=self.phone(_MOBILE[p.address.country]))
            self.people[n] = p

    def _married(self, p: Person) -> Person:
        family = self.rng.choice(words.NAMES[p.language].family)[not p.woman]
        key = f"{slug(p.given)} {slug(family)} {p.birthday}"
        if key in self.taken:
            return p
        self.taken.add(key)
        return replace(p, former_family=family)

    def employ(self, offices: list[Org]) -> None:
        """Two adults in five have work; an office has each name once."""
        in_use: dict[str, set[tuple[str, str]]] = {office.id: set() for office in offices}
        for n, p in enumerate(self.people):
            if not p.adult or p.flock or not self.chance(0.4):
                continue
            office = self.rng.choice(offices)
            if not p.names & in_use[office.id]:
                in_use[office.id] |= p.names
                self.people[n] = self._at_work(p, office)

    def _at_work(self, p: Person, office: Org) -> Person:
        own = self.once(lambda: f"{slug(p.given)}.{slug(p.family)}{self._number()}@{office.domain}")
        return replace(
            p,
            employer=office.id,
            work_email=own if self.chance(0.7) else office.email,
            work_phone=office.phone if self.chance(0.5) else "",
            title=self.rng.choice(words.TITLES),
        )

    def _number(self) -> str:
        return str(self.rng.randint(2, 99)) if self.chance(0.1) else ""

    def seat_namesakes(self, offices: list[Org]) -> None:
        """Two people of one name in one office, both written to at the office's address."""
        working: dict[str, list[int]] = {}
        for n, p in enumerate(self.people):
            if p.employer:
                working.setdefault(p.employer, []).append(n)
        size = Counter(p.household for p in self.people)
        alone = [n for n, p in enumerate(self.people) if not p.employer and not p.flock and size[p.household] == 1]
        chosen = self.rng.sample([o for o in offices if o.id in working], min(max(1, len(offices) // 40), len(working)))
        for office, guest in zip(chosen, self.rng.sample(alone, min(len(chosen), len(alone))), strict=False):
            host = self.rng.choice(working[office.id])
            one, flock = self.people[host], f"w{office.id}"
            two = self._person(one.language, one.woman, one.given, one.family, (1950, 2000), self.people[guest].address)
            two = replace(two, id=self.people[guest].id, household=self.people[guest].household)
            for n, p in ((host, one), (guest, two)):
                self.people[n] = replace(
                    p, flock=flock, employer=office.id, work_email=office.email, work_phone=office.phone, middle="",
                    title=self.rng.choice(words.TITLES), former_family="", former_email="", former_phone="",
                )  # fmt: skip
