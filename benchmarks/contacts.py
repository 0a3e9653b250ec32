"""Invented contacts (Finnish, Polish, English) as vCard 3.0. Contact ``n`` depends on ``n`` and the seed alone; e-mail
addresses use the domains reserved for examples (RFC 2606).

Ten people work at each company. Namesakes are many, but none at one company, at one address or born on one day: those the
hub would hold back until a person says whether they are one (README.md, "The cards").
"""

from __future__ import annotations

import random
import unicodedata
import uuid
from dataclasses import dataclass, field, replace
from datetime import date

SEED = 20260101
EMPLOYEES = 10
BORN, BIRTHDAYS = date(1945, 1, 1).toordinal(), 21_900
"""The first of the birthdays, and how many days follow each other; 7,919 is prime and visits each once."""

_NAMES = {
    "fi": (
        "Aino Eeva Helmi Sofia Maria Johanna Päivi Tuula Riitta Anneli Matti Juhani Mikael Ville Antti Jarkko Heikki Jyrki "
        "Äijö Yrjö Pekka Sampo Onni Eino",
        "Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Lehtonen Lehtinen Saarinen "
        "Salminen Heinonen Niemi Heikkilä Kinnunen Salonen Turunen Öhman Åkerlund",
    ),
    "pl": (
        "Anna Maria Katarzyna Małgorzata Agnieszka Krystyna Barbara Ewa Elżbieta Zofia Jan Andrzej Piotr Krzysztof Stanisław "
        "Tomasz Paweł Józef Marcin Marek Michał Grzegorz Łukasz Żaneta",
        "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski "
        "Jankowski Mazur Kwiatkowski Krawczyk Piotrowski Grabowski Pawłowski Król",
    ),
    "en": (
        "Olivia Amelia Isla Ava Ivy Freya Lily Florence Mia Willow George Arthur Noah Oliver Harry Leo Theodore Oscar William "
        "Thomas Siobhán Zoë Conor James",
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts "
        "Green Hall Thomas Clarke O'Connor Smythe Fitzgerald McDonald",
    ),
}
_STREETS = {
    "fi": "Mannerheimintie|Hämeenkatu|Puistokatu|Kauppakatu|Ylöjärventie",
    "pl": "ul. Marszałkowska|ul. Długa|ul. Słoneczna|al. Jana Pawła II|ul. Źródlana",
    "en": "High Street|Station Road|Church Lane|Victoria Road|Mill Lane",
}
_TOWNS = {
    "fi": "Helsinki,00100|Tampere,33100|Jyväskylä,40100|Seinäjoki,60100",
    "pl": "Warszawa,00-001|Łódź,90-001|Kraków,30-001|Gdańsk,80-001",
    "en": "London,SW1A 1AA|Leeds,LS1 1BA|Bristol,BS1 4ST|Cardiff,CF10 1EP",
}
_COUNTRY = {"fi": ("Finland", "+358", "Oy"), "pl": ("Poland", "+48", "Sp. z o.o."), "en": ("United Kingdom", "+44", "Ltd")}
_COMPANIES = (
    "Pohjola Metsä Baltic Nordwind Wisła Zakopane Albion Thames Humber Aurora Tatra Saimaa Karelia Mazovia Severn Ostrobothnia "
    "Silesia Mersey Kainuu Pomerania Trent Savo Podlasie Clyde Häme Lublin Avon Lappi Odra Tyne Uusimaa Warta",
    "Paper Timber Shipping Textiles Foods Machines Travel Books Glass Energy Steel Optics Gardens Bakery Dairy Logistics Design "
    "Printing Furniture Ceramics Tools Music Pharmacy Insurance Cinema Fisheries Plastics Railways Radio Sugar Toys Wool",
)
_TITLES = "Engineer|Sales manager|Buyer|Controller|Toimitusjohtaja|Kierownik działu|Analyst"
_SPACE = uuid.UUID("5f0f1a52-64f8-4f0e-8a55-0d6a7b7d2a11")


@dataclass(frozen=True, slots=True)
class Contact:
    """``lines``: the properties that never change; ``title`` and ``note`` are what the benchmark edits."""

    uid: str
    title: str
    note: str
    lines: tuple[str, ...] = field(repr=False)

    def vcard(self) -> str:
        own = [f"TITLE:{_escaped(self.title)}", *([f"NOTE:{_escaped(self.note)}"] if self.note else [])]
        return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", f"UID:{self.uid}", *self.lines, *own, "END:VCARD", ""])


def contact(n: int) -> Contact:
    """Contact number ``n``."""
    rng, firm = random.Random(SEED * 1_000_003 + n), random.Random(f"{SEED}/{n // EMPLOYEES}")  # noqa: S311
    where = firm.choices(("fi", "pl", "en"), (4, 3, 3))[0]
    given, family = firm.sample(_NAMES[where][0].split(), EMPLOYEES)[n % EMPLOYEES], rng.choice(_NAMES[where][1].split())
    middle = rng.choice(_NAMES[where][0].split()) if rng.random() < 0.3 else ""
    country, prefix, suffix = _COUNTRY[where]
    company = _company(n // EMPLOYEES)
    user, domain = f"{_ascii(given)}.{_ascii(family)}{n}", f"{_ascii(company).replace(' ', '-')}.example.com"

    def phone(kind: str) -> str:
        return f"TEL;TYPE={kind}:{prefix} {rng.randint(20, 79)} {rng.randint(100, 999)} {rng.randint(1000, 9999)}"

    def address(kind: str) -> str:
        street, (town, code) = rng.choice(_STREETS[where].split("|")), rng.choice(_TOWNS[where].split("|")).split(",")
        return f"ADR;TYPE={kind}:;;{street} {n % 100 + 1}-{n // 100 + 1};{town};;{code};{country}"

    lines = [
        f"N:{family};{given};{middle};;", f"FN:{' '.join(filter(None, (given, middle, family)))}",
        f"ORG:{company} {suffix};{rng.choice(['Sales', 'R&D', 'Finance', ''])}", f"EMAIL;TYPE=WORK:{user}@{domain}"]
    if rng.random() < 0.6:
        lines.append(f"EMAIL;TYPE=HOME:{user}@example.org")
    lines.append(phone("CELL"))
    if rng.random() < 0.5:
        lines.append(phone("WORK"))
    lines.append(address("WORK"))
    if rng.random() < 0.4:
        lines.append(address("HOME"))
    if rng.random() < 0.5:
        lines.append(f"BDAY:{date.fromordinal(BORN + n * 7919 % BIRTHDAYS)}")
    if rng.random() < 0.5:
        lines.append(f"URL:https://www.{domain}")
    note = f"Met at fair {rng.randint(2015, 2025)}" if rng.random() < 0.3 else ""
    return Contact(str(uuid.uuid5(_SPACE, f"{SEED}/{n}")), rng.choice(_TITLES.split("|")), note, tuple(lines))


def with_title(c: Contact, more: str) -> Contact:
    return replace(c, title=f"{c.title} {more}")


def with_note(c: Contact, more: str) -> Contact:
    return replace(c, note=f"{c.note} {more}".strip())


def _company(number: int) -> str:
    """Another name for each number: 1,024 of two words, then numbered ones."""
    first, second = (words.split() for words in _COMPANIES)
    branch, rest = divmod(number, len(first) * len(second))
    name = f"{first[rest % len(first)]} {second[rest // len(first)]}"
    return f"{name} {branch + 1}" if branch else name


def _ascii(text: str) -> str:
    plain = text.replace("ł", "l").replace("Ł", "L").replace("'", "")
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode("ascii").lower()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")
