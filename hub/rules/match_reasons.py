"""Why two records look like one, or do not: the closed list of reasons, what each weighs, and how to say it.

A *reason* is a code such as ``email=``. A *cause* is the name of a group of candidates that one decision can cover:
labels of the reasons that carry it, joined by "+", plain ASCII so that it can be typed ("name+email",
"duplicate:given-typo+phone", "id:member-number").

A weight is in bits, as in Fellegi and Sunter (1969): how much more often the reason is seen between two records of
one person than between two records that merely met in a block. Weights only order what a person looks at; the tier is
decided by rules (``match_pair``), never by a sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

PRIOR = -10.0
"""Bits against two records being one, before anything is known but that they met in a block."""


@dataclass(frozen=True, slots=True)
class Reason:
    """``weight`` in bits; ``label`` in a cause; ``against``: nothing but a person may join the two."""

    weight: float
    text: str
    label: str = ""
    against: bool = False


REASONS: dict[str, Reason] = {
    # names of people
    "name=": Reason(9, "the same name", "name"),
    "name⇄": Reason(6, "given and family name are swapped", "swapped"),
    "given=": Reason(4, "the same given name", "given"),
    "given~": Reason(2, "the given names differ by a typing slip", "given-typo"),
    "given≈": Reason(3, "one given name is a short form of the other", "short-form"),
    "given.": Reason(1, "one given name is only an initial", "initial"),
    "given+": Reason(3, "one record has more given names", "more-given"),
    "given?": Reason(0, "a given name is missing", "no-given"),
    "given≠": Reason(-9, "the given names differ", against=True),
    "family=": Reason(5, "the same family name", "family"),
    "family~": Reason(3, "the family names differ by a typing slip", "family-typo"),
    "family+": Reason(4, "one family name is part of the other", "double-family"),
    "family?": Reason(0, "a family name is missing", "no-family"),
    "family≠": Reason(-4, "the family names differ", "other-family"),
    "suffix?": Reason(-3, "only one record says junior, senior or the like"),
    "suffix≠": Reason(-12, "junior in one record, senior in the other", against=True),
    # names of organisations
    "org=": Reason(8, "the same name, legal form aside", "org"),
    "org~": Reason(4, "the names differ by a typing slip", "org-typo"),
    "org+": Reason(3, "one name is part of the other", "part-org"),
    "org≠": Reason(-9, "the names of the organisations differ", against=True),
    "form≠": Reason(-4, "the legal forms differ in kind", "other-form"),
    # what is shared
    "key=": Reason(14, "the same identifier", "id"),
    "key≠": Reason(-14, "different identifiers of one kind", against=True),
    "email=": Reason(9, "the same e-mail address", "email"),
    "email/": Reason(2, "the same e-mail address, but one that an office shares", "office-email"),
    "phone=": Reason(8, "the same phone number", "phone"),
    "phone/": Reason(2, "the same phone number, but one that an office shares", "office-phone"),
    "phone~": Reason(4, "phone numbers that end alike", "phone-end"),
    "birthday=": Reason(9, "the same birth date", "birthday"),
    "birthday≈": Reason(3, "birth dates that agree as far as both are known", "part-birthday"),
    "birthday~": Reason(-1, "the birth dates differ by a typing slip", "birthday-typo"),
    "birthday≠": Reason(-12, "the birth dates differ", against=True),
    "address=": Reason(5, "the same street address", "address"),
    "postcode=": Reason(2, "the same postcode", "postcode"),
    "place=": Reason(1, "the same town", "town"),
    "place≠": Reason(-2, "different towns", "other-town"),
    "company=": Reason(3, "the same employer", "employer"),
    "domain=": Reason(5, "the same e-mail domain", "domain"),
    # the company they keep
    "kind≠": Reason(-20, "a person and an organisation", against=True),
    "ambiguous": Reason(-3, "there is more than one record it could be", "ambiguous"),
    "cluster≠": Reason(-5, "joined, they would tie together records that do not fit", "cluster"),
    "duplicate": Reason(0, "both are in the same system", "duplicate"),
}

_BY_LABEL = {reason.label: reason.text for reason in REASONS.values() if reason.label}
_BY_LABEL |= {"contact": "the same e-mail address, e-mail domain or phone number", "site": "the same postcode or town",
              "two": "two of the same e-mail address, phone number and birth date",
              "other-name": "but the names differ"}  # fmt: skip
_LEADS = ("duplicate", "ambiguous", "cluster")


def explain(code: str) -> str:
    """A reason or a whole cause, in English: ``explain("name+email")`` is "the same name; the same e-mail address".

    Raises KeyError for what is neither.
    """
    if code in REASONS:
        return REASONS[code].text
    lead, colon, rest = code.partition(":")
    if colon and lead in _LEADS:
        return f"{_BY_LABEL[lead]}: {explain(rest)}"
    return "; ".join(f"the same {part[3:]}" if part.startswith("id:") else _BY_LABEL[part] for part in code.split("+"))


def label(code: str) -> str:
    """How a reason is called in a cause."""
    return REASONS[code].label


def score(codes: Iterable[str]) -> float:
    """How likely the records are one, from 0 to 1, as far as the reasons say; rounded to three places."""
    bits = PRIOR + sum(REASONS[code].weight for code in codes)
    return round(1 / (1 + math.exp2(-bits)), 3)


def contradicts(codes: Iterable[str]) -> bool:
    """Does one of the reasons forbid joining without a person?"""
    return any(REASONS[code].against for code in codes)


def doubtful(codes: Iterable[str]) -> bool:
    """Would the two make a cluster unsure: does a reason contradict, or nearly?"""
    return any(REASONS[code].against or code in ("birthday~", "suffix?") for code in codes)
