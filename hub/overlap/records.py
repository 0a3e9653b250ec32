"""A row becomes a record: the projection that the project's own matching compares, and what is wrong with its values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import phonenumbers

from hub.model.units import Projection
from hub.overlap.tables import People
from hub.rules.codecs.contact import COUNTRIES
from hub.rules.matching.names import words
from hub.rules.matching.orgs import org_name
from hub.rules.normal import BadValue, date_value, member_key, passes, phone_key

NOTHING = frozenset({"", "-", "–", "—", ".", "?", "n/a", "na", "null", "none", "0/0/00", "00/00/00", "puuttuu", "ei ole", "brak",
                     "saknas", "nan", "0000-00-00", "ei tiedossa"})  # fmt: skip
"""What is written where nothing is known."""
STALE_YEARS = 3
_SEVERAL = re.compile(r"\s*(?::::|[;,\n|])\s*|\s+(?=\S+@)")  # ":::" in the exports of a web address book
_IN_BRACKETS = re.compile(r"<([^<>]+@[^<>]+)>")
_PHONES = re.compile(r"\s*(?::::|[;,\n|]|\s/\s)\s*")
_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:\D.*)?")
_PERSONAL_CODE = re.compile(r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]|\d{11}|\d{6,8}[-+]\d{4}")
_COUNTRY_WORDS = {"suomi": "FI", "finland": "FI", "finlandia": "FI", "puola": "PL", "polska": "PL", "poland": "PL",
                  "polen": "PL", "ruotsi": "SE", "sverige": "SE", "sweden": "SE", "szwecja": "SE", "viro": "EE",
                  "estonia": "EE", "eesti": "EE", "estland": "EE"}  # fmt: skip
_PARTS = {"street": "street", "postcode": "postcode", "town": "locality"}
_TRIED = ("FI", "PL", "SE", "EE")
"""Where a number may be from when it is none of its list's region."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row as matching sees it.

    ``id``       "<position of its list>:<position in it>", in the order of both
    ``invalid``  kinds of values that are none: email, phone, birthday
    ``stale``    last changed more than ``STALE_YEARS`` ago; None where the list does not say
    """

    id: str
    place: int
    number: int | str
    projection: Projection
    invalid: tuple[str, ...]
    stale: bool | None

    @property
    def name(self) -> str:
        """As it stands in the list."""
        shown = self.projection
        parts = " ".join(filter(None, (shown.get("name.given"), shown.get("name.family"))))
        return parts or shown.get("name.full") or shown.get("company") or ""


def records(lists: Sequence[People], region: str, today: date) -> tuple[Record, ...]:
    """All rows of all lists. ``region``: of telephone numbers where a list does not tell."""
    found = []
    for place, people in enumerate(lists):
        american = _month_first(people)
        for n, row in enumerate(people.rows):
            reader = _Reader(people.region or region, american, today)
            projection = reader.read(row.values) if row.projection is None else reader.check(row.projection)
            found.append(Record(f"{place:03}:{n:06}", place, row.number, projection, tuple(reader.invalid), reader.stale))
    return tuple(found)


def _month_first(people: People) -> bool:
    """Are dates such as 02/28/1990 in this list, and none such as 28/02/1990?"""
    days = [found for row in people.rows for meaning, text in row.values
            if meaning in ("birthday", "changed") and (found := _DAY.fullmatch(text)) and "/" in text]  # fmt: skip
    return any(int(d[2]) > 12 for d in days) and not any(int(d[1]) > 12 for d in days)


class _Reader:
    def __init__(self, region: str, month_first: bool, today: date) -> None:
        self.region, self.month_first, self.today = region, month_first, today
        self.invalid: list[str] = []
        self.stale: bool | None = None

    def read(self, values: Sequence[tuple[str, str]]) -> Projection:
        several: dict[str, list[str]] = {}
        for meaning, text in values:
            if text.casefold() not in NOTHING:
                several.setdefault(meaning, []).append(text)
        one = {meaning: texts[0] for meaning, texts in several.items()}
        country = self._country(one.get("country", ""))
        birthday = self._birthday(one["birthday"]) if "birthday" in one else None
        if (code := one.get("national-id")) and not _PERSONAL_CODE.fullmatch(code.replace(" ", "").upper()):
            del one["national-id"]
        if "changed" in one and (changed := self._date(one["changed"])) and len(changed) == 10:
            self.stale = changed < self.today.replace(day=1, year=self.today.year - STALE_YEARS).isoformat()
        addresses = _addresses(values)
        for address in addresses:
            if "postcode" in address:
                address["postcode"] = _postcode(address["postcode"], country or self.region)
            if country:
                address["country"] = country
        full, company = one.get("full"), one.get("company")
        named = bool(one.get("given") or one.get("family"))
        org = not named and ((not full and bool(company)) or bool(full and (org_name(full).form or "business-id" in one)))
        schemes = ("business-id", "member-number") if org else ("national-id", "member-number")
        return {
            "kind": "org" if org else "individual" if named or full else None,
            "name.given": one.get("given"),
            "name.middle": one.get("middle"),
            "name.family": one.get("family"),
            "name.suffix": one.get("suffix"),
            "name.full": (full or company) if org else None if named else full,
            "birthday": birthday,
            "company": company,
            "emails": dict(self._emails(several.get("email", ()))),
            "phones": dict(self._phones(several.get("phone", ()), country)),
            "addresses": {context: _member(a) for context, a in zip(("home", "work", "other"), addresses, strict=False)},
            "identifiers": {scheme: _member(one[scheme]) for scheme in schemes if scheme in one},
        }

    def check(self, shown: Projection) -> Projection:
        """A system's record, whose values are known as such: only what is none is noted."""
        self.invalid += ["email" for email in shown["emails"].values() if not passes("email", email["v"])]
        self.invalid += ["phone" for number in shown["phones"] if not number.startswith("+")]
        return shown

    def _emails(self, cells: Iterable[str]) -> Iterator[tuple[str, Any]]:
        for cell in cells:
            for text in _IN_BRACKETS.findall(cell) or _SEVERAL.split(cell):
                text = text.strip().removeprefix("mailto:").strip("<>\"'")
                if text.casefold() in NOTHING:
                    continue
                if passes("email", text):
                    yield member_key("emails", text), _member(text)
                else:
                    self.invalid.append("email")

    def _phones(self, cells: Iterable[str], country: str) -> Iterator[tuple[str, Any]]:
        for cell in cells:
            for text in _PHONES.split(cell):
                key = self._phone(text, country) if text.casefold() not in NOTHING else ""
                if key.startswith("+"):
                    yield key, _member(text)
                elif text.casefold() not in NOTHING:
                    self.invalid.append("phone")
                    if key:
                        yield key, _member(text)

    def _phone(self, text: str, country: str) -> str:
        """In the region of the row's country, its list, else of the neighbours: the first in which there can be such a
        number; "" when it has no digit."""
        regions = dict.fromkeys([country, self.region, *_TRIED])
        first = ""
        for region in filter(None, regions):
            try:
                key = phone_key(text, region)
            except BadValue:
                return ""
            first = first or key
            if text.lstrip().startswith(("+", "00")) or (key.startswith("+") and _exists(key)):
                return key
        return first

    def _birthday(self, text: str) -> str | None:
        day = self._date(text)
        if day is None or (not day.startswith("-") and not self.today.year - 120 <= int(day[:4]) <= self.today.year) \
                or (len(day) == 10 and day > self.today.isoformat()):
            self.invalid.append("birthday")
            return None
        return day

    def _date(self, text: str) -> str | None:
        text = text.strip()
        if found := _DAY.fullmatch(text):
            day, month = (found[2], found[1]) if self.month_first and "/" in text else (found[1], found[2])
            text = f"{found[3]}-{int(month):02}-{int(day):02}"
        for form in (text, text[:10]):
            try:
                return date_value(form)
            except BadValue:
                continue
        return None

    @staticmethod
    def _country(text: str) -> str:
        told = text.strip().upper()
        return told if told in COUNTRIES else _COUNTRY_WORDS.get("".join(words(text)), "")


def _exists(key: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(key))
    except phonenumbers.NumberParseException:
        return False


def _addresses(values: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Parts of addresses in the order of the columns: a part that was there begins the next address."""
    found: list[dict[str, str]] = []
    for meaning, text in values:
        part = _PARTS.get(meaning)
        if part is None or text.casefold() in NOTHING:
            continue
        if not found or part in found[-1]:
            found.append({})
        found[-1][part] = text
    return found


def _postcode(text: str, country: str) -> str:
    """With the noughts a spreadsheet took from a Finnish one."""
    text = text.strip()
    return text.zfill(5) if country == "FI" and text.isdigit() and len(text) < 5 else text


def _member(value: Any) -> dict[str, Any]:
    return {"v": value, "at": None, "a": {}}
