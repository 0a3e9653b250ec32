"""A profile: what matching needs of one record, folded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from hub.model.units import Projection
from hub.rules.matching.names import Words, generation, split_full, without_generation, words
from hub.rules.matching.orgs import NAMELESS, OrgName, org_name
from hub.rules.matching.words import NO_BIRTHDAYS, PLACEHOLDERS, STREETS

Kind = Literal["", "individual", "org"]
SHORTEST_PHONE = 6
"""Digits (and a plus sign) of the shortest number that is worth comparing."""


class Home(NamedTuple):
    """An address in parts, folded; "" what is not known. ``street``: its name in one word, without the number."""

    street: str
    number: str
    postcode: str
    town: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One record as matching sees it. Everything unknown is empty.

    ``given, family``  folded words of a person's name; ``guessed``: read from a name in one piece, so they may be
                       the other way round
    ``generation``     1 senior, 2 junior or II, 3 …; 0 not said
    ``emails, phones`` member keys of the projection (folded address; E.164 or digits)
    ``birthday``       ISO 8601, possibly partial
    ``identifiers``    (scheme, folded identifier), sorted
    ``orgs``           an organisation's names without legal form, each with the kind of its form
    ``company``        a person's employer, its name without legal form
    ``name``           the full name as a key: its words in order of the alphabet, unless there is only one
    ``homes``          the addresses in parts
    ``origin``         what a record and the copies the hub made of it share ("": not known); ``copied``: it is a copy
    ``doors``          "street|postcode" and "street|locality" of each address; ``postcodes``, ``towns`` likewise
    """

    kind: Kind = ""
    given: Words = ()
    family: Words = ()
    generation: int = 0
    guessed: bool = False
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    birthday: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    orgs: tuple[OrgName, ...] = ()
    company: str = ""
    homes: frozenset[Home] = frozenset()
    doors: frozenset[str] = frozenset()
    postcodes: frozenset[str] = frozenset()
    towns: frozenset[str] = frozenset()
    origin: str = ""
    copied: bool = False
    name: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        parts = self.given + self.family
        object.__setattr__(self, "name", " ".join(sorted(parts)) if len(parts) > 1 else "")


def profile(projection: Projection) -> Profile:
    """The profile of a record. Values of the wrong shape, and what is entered only because something must be, count as
    unknown; nothing raises."""
    identifiers = ((scheme, "".join(words(shown.get("v")))) for scheme, shown in _members(projection, "identifiers"))
    told = sorted((scheme, value) for scheme, value in identifiers if value.strip("0") and value not in PLACEHOLDERS)
    homes, doors = _places(projection)
    kind = _kind(projection)
    given, family, which, guessed = _name(projection) if kind != "org" else ((), (), 0, False)
    birthday = projection.get("birthday")
    return Profile(
        kind=kind,
        given=given,
        family=family,
        generation=which,
        guessed=guessed,
        emails=frozenset(key for key, _ in _members(projection, "emails")),
        phones=frozenset(key for key, _ in _members(projection, "phones") if _reaches_somebody(key)),
        birthday=birthday if isinstance(birthday, str) and kind != "org" and birthday not in NO_BIRTHDAYS else "",
        identifiers=tuple(told),
        orgs=_orgs(projection) if kind == "org" else (),
        company=org_name(projection.get("company")).key if kind != "org" else "",
        homes=homes,
        doors=doors,
        postcodes=frozenset(home.postcode for home in homes if home.postcode),
        towns=frozenset(home.town for home in homes if home.town),
    )


def is_copy(a: Profile, b: Profile) -> bool:
    """Did the hub make one of them as a copy of the other, or both as copies of a third?"""
    return a.origin == b.origin != "" and (a.copied or b.copied)


def _kind(projection: Projection) -> Kind:
    kind = projection.get("kind")
    if kind in ("individual", "org"):
        return "org" if kind == "org" else "individual"
    if projection.get("name.given") or projection.get("name.family"):
        return "individual"
    return "org" if projection.get("legal_name") else ""


def _name(projection: Projection) -> tuple[Words, Words, int, bool]:
    given = words(projection.get("name.given")) + words(projection.get("name.middle"))
    family, which = without_generation(words(projection.get("name.family")))
    guessed = False
    if not given and not family:
        full = projection.get("name.full")
        given, family, which, guessed = split_full(full if isinstance(full, str) else "")
    return given, family, generation(projection.get("name.suffix")) or which, guessed


def _reaches_somebody(number: str) -> bool:
    """Neither an extension nor a row of noughts."""
    return len(number) >= SHORTEST_PHONE and len(set(number)) > 2


def _orgs(projection: Projection) -> tuple[OrgName, ...]:
    found = {org_name(projection.get(unit)) for unit in ("legal_name", "name.full")} - {NAMELESS}
    return tuple(sorted(found or {org_name(projection.get("company"))} - {NAMELESS}))


def _places(projection: Projection) -> tuple[frozenset[Home], frozenset[str]]:
    homes, doors = set(), set()
    for _, shown in _members(projection, "addresses"):
        parts = shown.get("v")
        if not isinstance(parts, Mapping):
            continue
        line = [w for w in words(parts.get("street")) if w not in STREETS]
        postcode, town = "".join(words(parts.get("postcode"))), " ".join(words(parts.get("locality")))
        homes.add(Home(*_street(line), postcode, town))
        doors |= {f"{' '.join(line)}|{place}" for place in (postcode, town) if line and place}
    return frozenset(homes), frozenset(doors)


def _street(line: Sequence[str]) -> tuple[str, str]:
    """Name and number: "Koivukatu 10 A 5" and "10 Birch Street" put the number on either side."""
    place = next((n for n, word in enumerate(line) if word[0].isdigit()), len(line))
    name = line[:place] or line[place + 1 :]
    return "".join(name), "".join(line[place : place + 1])


def _members(projection: Projection, unit: str) -> list[tuple[str, Mapping[str, Any]]]:
    members = projection.get(unit)
    if not isinstance(members, Mapping):
        return []
    return [(key, shown) for key, shown in members.items() if isinstance(shown, Mapping)]
