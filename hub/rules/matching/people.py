"""Two people: what they share, and what that is worth.

An e-mail address or phone number alone never joins: families, offices and guardians share one. A name alone never
does either. It takes both, and nothing that speaks against it.
"""

from __future__ import annotations

from hub.rules.matching.names import compare_family, compare_given
from hub.rules.matching.profile import Profile
from hub.rules.matching.reasons import contradicts
from hub.rules.matching.verdict import Crowd, Tier, Verdict, verdict
from hub.rules.matching.words import ROLES

_PERSONAL = ("email=", "phone=", "birthday=")
_SIGNS = {"email=": "email", "phone=": "phone", "birthday=": "birthday", "address=": "address", "email/": "office",
          "phone/": "office", "phone~": "phone-end", "company=": "employer"}  # fmt: skip
"""What makes an equal name worth a look, the best first, and what it is called in a cause."""
_DOUBTS = {"suffix?": "suffix", "birthday~": "birthday-slip"}
"""What makes an equal name and an equal sign unsure."""
_PHONE_END = 8
"""Digits at the end that make two numbers alike when one has no country."""
_SLIP_YEARS = 10
"""A wrong year further off than this is another generation, not a slip."""


def compare_people(a: Profile, b: Profile, keys: list[str], scheme: str, seen: Crowd) -> Verdict:
    """``keys``: reasons found in identifiers; ``scheme``: the one they agree in, or ""."""
    name = _name(a, b, seen)
    shared = [code for code in (_email(a, b, seen), _phone(a, b, seen), compare_birthday(a.birthday, b.birthday),
                                *place(a, b)) if code]  # fmt: skip
    if a.company and a.company == b.company:
        shared.append("company=")
    reasons = [*keys, *name, *_generations(a, b), *shared]
    personal = [code for code in _PERSONAL if code in shared]
    if scheme:
        # numbers are mistyped and half a name is many people's: a changed family name needs a second sign
        fits = "family≠" not in name or bool(personal) or "address=" in shared
        if fits and not contradicts(reasons):
            return verdict(Tier.STRONG, reasons, f"id:{scheme}")
        return verdict(Tier.LIKELY, reasons, f"id:{scheme}", "other-name")
    if contradicts(reasons):
        return verdict(Tier.NEVER, reasons)
    if name == ["name="]:
        return _of_one_name(reasons, personal)
    return _of_like_names(name, reasons, personal)


def _of_one_name(reasons: list[str], personal: list[str]) -> Verdict:
    doubts = [label for code, label in _DOUBTS.items() if code in reasons]
    if personal == ["birthday="] and "place≠" in reasons:
        doubts.append("other-town")
    if personal and not doubts:
        return verdict(Tier.SURE, reasons, "name", personal[0][:-1])
    sign = next((label for code, label in _SIGNS.items() if code in reasons), "")
    if not sign:
        return verdict(Tier.NEVER, reasons)
    return verdict(Tier.LIKELY, reasons, "name", sign, *doubts)


def _of_like_names(name: list[str], reasons: list[str], personal: list[str]) -> Verdict:
    """Names that differ as one name does between two lists."""
    odd = [code for code in name if code not in ("given=", "family=")]
    home = "address=" in reasons
    if "family≠" in odd:
        # a guardian and a child of one given name share an address and a number, but no birth date
        kind = "other-family"
        enough = len(odd) == 1 and len(personal) + home > 1 and bool({"birthday=", "email="} & set(personal))
    elif "given?" in odd or "family?" in odd:
        kind, enough = "part-name", len(personal) > 1
    elif "family≈" in odd and len(odd) > 1:
        return verdict(Tier.NEVER, reasons)  # Marian Kamiński and his wife Maria
    else:
        kind = "initial" if "given." in odd else "later-name" if "given>" in odd else "like-name"
        enough = len(personal) >= len(odd) or (odd == ["name⇄"] and home)
    if not enough:
        return verdict(Tier.NEVER, reasons)
    return verdict(Tier.LIKELY, reasons, kind, ("address", "one", "two")[min(len(personal), 2)])


def _name(a: Profile, b: Profile, seen: Crowd) -> list[str]:
    """``["name="]``, ``["name⇄"]``, or one reason for the given and one for the family name."""
    if a.name and a.name == b.name and (a.guessed or b.guessed):
        return ["name="]
    if a.given and a.family and a.given == b.family and a.family == b.given and a.given != a.family:
        return ["name⇄"]
    parts = [compare_given(a.given, b.given, seen.names), compare_family(a.family, b.family)]
    return ["name="] if parts == ["given=", "family="] else parts


def _generations(a: Profile, b: Profile) -> list[str]:
    if a.generation == b.generation:
        return []
    return ["suffix≠" if a.generation and b.generation else "suffix?"]


def _email(a: Profile, b: Profile, seen: Crowd) -> str:
    both = a.emails & b.emails
    if not both:
        return ""
    own = any(address not in seen.offices and address.partition("@")[0] not in ROLES for address in both)
    return "email=" if own else "email/"


def _phone(a: Profile, b: Profile, seen: Crowd) -> str:
    both = a.phones & b.phones
    if both:
        return "phone=" if both - seen.offices else "phone/"
    if not a.phones or not b.phones:
        return ""
    ends = {number[-_PHONE_END:] for number in a.phones if len(number) >= _PHONE_END}
    return "phone~" if any(number[-_PHONE_END:] in ends for number in b.phones) else ""


def compare_birthday(a: str, b: str) -> str:
    """One of ``birthday= birthday≈ birthday~ birthday≠``, or "" where one is not known."""
    if not a or not b:
        return ""
    ours, theirs = _date(a), _date(b)
    if any(x and y and x != y for x, y in zip(ours, theirs, strict=True)):
        return "birthday~" if all(ours) and all(theirs) and _is_date_slip(ours, theirs) else "birthday≠"
    if ours == theirs and all(ours):
        return "birthday="
    return "birthday≈" if any(x and y for x, y in zip(ours, theirs, strict=True)) else ""


def _date(text: str) -> tuple[str, str, str]:
    """Year, month, day of "1990-02-28", "1990-02", "1990" or "--02-28"; "" what is not known.

    1 January stands for "some day of that year" in too many registers: it is only a year.
    """
    known = ["", *text[2:].split("-")] if text.startswith("--") else text.split("-")
    year, month, day, *_ = [*known, "", ""]
    return (year, "", "") if year and (month, day) == ("01", "01") else (year, month, day)


def _is_date_slip(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """The same year with day and month swapped or one digit wrong, or the same day in a year not far off."""
    if a[0] == b[0]:
        return a[1:] == (b[2], b[1]) or sum(x != y for x, y in zip(a[1] + a[2], b[1] + b[2], strict=False)) == 1
    return a[1:] == b[1:] and a[0].isdigit() and b[0].isdigit() and abs(int(a[0]) - int(b[0])) <= _SLIP_YEARS


def place(a: Profile, b: Profile) -> list[str]:
    """At most one of ``address= postcode= place= place≠``, as a list."""
    if a.doors & b.doors:
        return ["address="]
    if a.postcodes & b.postcodes:
        return ["postcode="]
    if a.towns & b.towns:
        return ["place="]
    return ["place≠"] if a.towns and b.towns else []
