"""What is left when names do not fit: two records that agree in so much else that they may be one all the same.

Seven things are counted: given name, family name, birth date, and of the home its street, number, postcode and town; each
agrees when it is equal or a typing slip apart. Those of a household agree in up to five of them, so four are asked for, and
among them two of the three that a person has alone; or one that a household seldom shares, and most of a home: the birth
date, the given name (and the whole home where birth dates differ), or the family name where one record has no given name.
Never more than likely, and only for a record that nobody else fits (``match.candidates``): a twin, or a father and a son of
one name, looks just like this.
"""

from __future__ import annotations

from rapidfuzz.distance import OSA

from hub.rules.matching.names import Words, compare_family, compare_given
from hub.rules.matching.people import compare_birthday
from hub.rules.matching.profile import Home, Profile
from hub.rules.matching.verdict import Crowd, Tier, Verdict, verdict

ENOUGH = 4
"""So many of the seven."""
OWN = 2
"""Of these, so many of given name, family name and birth date."""
AT_HOME, WHOLE = 3, 4
"""So many of the four of a home are most of it, or the whole."""
LONG_WORD = 6
"""Letters of a word that may hold two slips."""
_ALIKE = frozenset({"name⇄", "given=", "given~", "given≈", "given+", "family=", "family~", "family≈", "family+",
                    "birthday=", "birthday~"})  # fmt: skip
_DIFFERS = {"given≠": "other-given", "given>": "later-name", "given?": "half-name", "family≠": "other-family",
            "family?": "half-name", "birthday≠": "other-birthday"}  # fmt: skip
"""What a cause says of it."""


def alike(a: Profile, b: Profile, seen: Crowd) -> Verdict:
    """LIKELY or NEVER. The cause says what does not agree: ``home+other-given``, ``home+half-name`` …"""
    if "org" in (a.kind, b.kind) or not a.homes or not b.homes:
        return verdict(Tier.NEVER, ())
    name = _names(a, b, seen)
    born = compare_birthday(a.birthday, b.birthday)
    own = sum(2 if code == "name⇄" else code in _ALIKE for code in [*name, born])
    home = max(_agreeing(x, y, town_tells=born == "birthday=") for x in a.homes for y in b.homes)
    reasons = [*name, *([born] if born else []), "home~"]
    seldom_shared = born == "birthday=" or name[0] in _ALIKE or (name[0] == "given?" and born != "birthday≠")
    most = AT_HOME if born != "birthday≠" else WHOLE
    if own + home < ENOUGH or not (own >= OWN or (own and seldom_shared and home >= most)):
        return verdict(Tier.NEVER, reasons)
    differs = dict.fromkeys(_DIFFERS[code] for code in reasons if code in _DIFFERS)
    return verdict(Tier.LIKELY, reasons, "home", *differs)


def _names(a: Profile, b: Profile, seen: Crowd) -> list[str]:
    if _like(a.given, b.family) and _like(a.family, b.given):
        return ["name⇄"]
    given, family = compare_given(a.given, b.given, seen.names), compare_family(a.family, b.family)
    return ["given~" if given == "given≠" and _like(a.given, b.given) else given,
            "family~" if family == "family≠" and _like(a.family, b.family) else family]


def _like(a: Words, b: Words) -> bool:
    return _slip("".join(a), "".join(b))


def _agreeing(a: Home, b: Home, *, town_tells: bool) -> int:
    """Of street, number, postcode and town. Where neither street nor number agrees it is one town, which tells nothing of
    two people of like names, and something of two who were born on one day."""
    door = bool(a.number and a.number == b.number) + _slip(a.street, b.street)
    if not door and not town_tells:
        return 0
    return door + _slip(a.postcode, b.postcode) + _slip(a.town.replace(" ", ""), b.town.replace(" ", ""))


def _slip(a: str, b: str) -> bool:
    """Equal, or as many letters wrong, missing, added or transposed as words of their length may have."""
    if not a or not b:
        return False
    short = min(len(a), len(b))
    allowed = 2 if short >= LONG_WORD else 1 if short > 2 else 0
    return a == b or OSA.distance(a, b, score_cutoff=allowed) <= allowed
