"""Why two records look like one, or do not: the closed list of reasons, what each weighs, and how to say it.

A *reason* is a code such as ``email=``. A *cause* names a group of candidates that one decision can cover, in plain
ASCII so that it can be typed: labels joined by "+", after a lead where there is one ("name+email", "id:member-number",
"duplicate:like-name+two").

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
    """``weight`` in bits; ``against``: nothing but a person may join the two."""

    weight: float
    text: str
    against: bool = False


REASONS: dict[str, Reason] = {
    # names of people
    "name=": Reason(9, "the same name"),
    "name⇄": Reason(6, "given and family name are swapped"),
    "given=": Reason(4, "the same given name"),
    "given~": Reason(2, "the given names differ by a typing slip"),
    "given≈": Reason(3, "one given name is a short form of the other"),
    "given.": Reason(1, "one given name is only an initial"),
    "given+": Reason(3, "one record has more given names"),
    "given>": Reason(0, "one given name is a later one of the other record's"),
    "given?": Reason(0, "a given name is missing"),
    "given≠": Reason(-9, "the given names differ", against=True),
    "family=": Reason(5, "the same family name"),
    "family~": Reason(3, "the family names differ by a typing slip"),
    "family≈": Reason(2, "the family names differ as hers and his do"),
    "family+": Reason(4, "one family name is part of the other"),
    "family?": Reason(0, "a family name is missing"),
    "family≠": Reason(-4, "the family names differ"),
    "suffix?": Reason(-3, "only one record says junior, senior or the like"),
    "suffix≠": Reason(-12, "junior in one record, senior in the other", against=True),
    # names of organisations
    "org=": Reason(8, "the same name, legal form aside"),
    "org~": Reason(4, "the names differ by a typing slip"),
    "org+": Reason(3, "one name is part of the other"),
    "org≠": Reason(-9, "the names of the organisations differ", against=True),
    "form≠": Reason(-4, "the legal forms differ in kind"),
    # what is shared
    "key=": Reason(14, "the same identifier"),
    "copy=": Reason(14, "one is the hub's copy of the other"),
    "key≠": Reason(-14, "different identifiers of one kind", against=True),
    "email=": Reason(9, "the same e-mail address"),
    "email/": Reason(2, "the same e-mail address, but one that an office shares"),
    "phone=": Reason(8, "the same phone number"),
    "phone/": Reason(2, "the same phone number, but one that an office shares"),
    "phone~": Reason(4, "phone numbers that end alike"),
    "birthday=": Reason(9, "the same birth date"),
    "birthday≈": Reason(3, "birth dates that agree as far as both are known"),
    "birthday~": Reason(-1, "the birth dates differ by a typing slip"),
    "birthday≠": Reason(-12, "the birth dates differ", against=True),
    "address=": Reason(5, "the same street address"),
    "home~": Reason(5, "nearly the same address"),
    "postcode=": Reason(2, "the same postcode"),
    "place=": Reason(1, "the same town"),
    "place≠": Reason(-2, "different towns"),
    "company=": Reason(3, "the same employer"),
    "domain=": Reason(5, "the same e-mail domain"),
    # the company they keep
    "kind≠": Reason(-20, "a person and an organisation", against=True),
    "twice": Reason(0, "the other system has this contact more than once"),
    "ambiguous": Reason(-3, "more than one record there fits"),
    "cluster": Reason(-5, "joined, they would tie together records that do not fit"),
    "duplicate": Reason(0, "both are in the same system"),
    "weighed": Reason(0, "weighed by Splink, all together"),
}

LABELS: dict[str, str] = {
    "id:hub-key": "one made by the hub as a copy of the other",
    "name": "the same name",
    "like-name": "a name that differs as one does between two lists (a typing slip, a short form, swapped, one more)",
    "initial": "a given name of which one record has only the initial",
    "later-name": "a given name that is a later one of the other record's",
    "part-name": "half a name, the other half is missing",
    "other-family": "the same given name with another family name",
    "email": "the same e-mail address",
    "phone": "the same phone number",
    "birthday": "the same birth date",
    "two": "two of these: the same e-mail address, phone number, birth date",
    "one": "the same e-mail address, phone number or birth date",
    "address": "the same street address",
    "home": "the same home, typing slips aside",
    "half-name": "but half a name is missing",
    "other-given": "but another given name",
    "other-birthday": "but another birth date",
    "office": "an e-mail address or phone number that an office shares",
    "phone-end": "phone numbers that end alike",
    "employer": "the same employer",
    "birthday-slip": "but birth dates that differ, perhaps by a typing slip",
    "suffix": "but junior, senior or the like in only one record",
    "other-town": "but in different towns",
    "org": "the same name, legal form aside",
    "like-org": "a name that is nearly the same, or part of the other",
    "other-form": "but another kind of legal form",
    "sign": "the same e-mail address, e-mail domain, phone number, postcode or town",
    "weighed": "a great weight of everything together, by Splink",
    "other-name": "but the names or other values do not fit",
}
"""The parts of a cause."""
LEADS = ("ambiguous", "cluster", "duplicate")
"""Reasons that a cause begins with, before a colon; ``twice`` is a cause by itself."""


WEIGHT = "@"
"""Stands between a reason and its weight."""


def weighed(code: str, bits: float) -> str:
    """The reason with a weight somebody else than the tiers gave it: ``given=@+4.2``."""
    return f"{code}{WEIGHT}{bits:+.1f}"


def explain(code: str) -> str:
    """A reason or a whole cause, in English: ``explain("name+email")`` is "the same name; the same e-mail address".

    What is neither (stored by another version) is returned as it is.
    """
    if code in REASONS:
        return REASONS[code].text
    reason, _, bits = code.partition(WEIGHT)
    if bits:
        return f"{explain(reason)} ({bits})"
    lead, _, rest = code.partition(":")
    if lead in LEADS and rest:
        return f"{REASONS[lead].text}: {explain(rest)}"
    return "; ".join(LABELS.get(part, f"the same {part[3:]}" if part.startswith("id:") else part) for part in code.split("+"))


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
