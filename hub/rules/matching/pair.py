"""Two records beside each other: which tier, how likely, and why."""

from __future__ import annotations

from hub.rules.matching.keys import HUB_KEY, STRONG, domains
from hub.rules.matching.orgs import compare_name, distinctive
from hub.rules.matching.people import compare_people, place
from hub.rules.matching.profile import Profile, is_copy
from hub.rules.matching.reasons import contradicts
from hub.rules.matching.verdict import NOBODY, Crowd, Tier, Verdict, verdict

_NAMES = ("org=", "org~", "org+", "org≠")
"""Of several names the two that are nearest count."""


def compare(a: Profile, b: Profile, seen: Crowd = NOBODY) -> Verdict:
    """The verdict on two records, the same in either order. ``seen`` (from ``crowd``) makes it wiser.

    It knows nothing of other candidates: that there is exactly one is for ``match.candidates``.
    """
    if a.kind and b.kind and a.kind != b.kind:
        return verdict(Tier.NEVER, ["kind≠"])
    ours, theirs = dict(a.identifiers), dict(b.identifiers)
    both = sorted(ours.keys() & theirs.keys())
    agreed = [scheme for scheme in both if ours[scheme] == theirs[scheme]]
    keys = (["key="] if agreed else []) + (["key≠"] if len(agreed) < len(both) else [])
    scheme = agreed[0] if agreed else ""
    compare_kind = _compare_orgs if "org" in (a.kind, b.kind) else compare_people
    if scheme or not is_copy(a, b):
        return compare_kind(a, b, keys, scheme, seen)
    judged = compare_kind(a, b, ["copy=", *keys], HUB_KEY, seen)
    if judged.tier is Tier.STRONG and not _one_name(a, b):  # people copy a record to make another one of it
        return verdict(Tier.LIKELY, judged.reasons, f"{STRONG}{HUB_KEY}", "other-name")
    return judged


def _one_name(a: Profile, b: Profile) -> bool:
    if a.kind == b.kind == "org":
        return bool({name.key for name in a.orgs} & {name.key for name in b.orgs})
    ours, theirs = (sorted(p.given + p.family) for p in (a, b))
    return ours == theirs != []


def _compare_orgs(a: Profile, b: Profile, keys: list[str], scheme: str, seen: Crowd) -> Verdict:
    name, telling = _org_name(a, b)
    contact = [code for code, both in (("email=", a.emails & b.emails), ("phone=", a.phones & b.phones),
                                       ("domain=", (domains(a) & domains(b)) - seen.public)) if both]  # fmt: skip
    where = place(a, b)
    reasons = [*keys, *name, *contact, *where]
    if scheme:
        fits = not contradicts(reasons)
        return verdict(Tier.STRONG if fits else Tier.LIKELY, reasons, f"id:{scheme}", "" if fits else "other-name")
    if contradicts(reasons) or not name:
        return verdict(Tier.NEVER, reasons)
    elsewhere = "place≠" in where
    sign = "sign" if contact or (where and not elsewhere) else ""
    doubts = ["other-form"] if "form≠" in name else []
    if elsewhere and contact in ([], ["domain="]):
        doubts.append("other-town")  # branches share a name and a domain
    if name[0] == "org=":
        if sign and not doubts and (contact or where != ["place="] or telling):
            return verdict(Tier.SURE, reasons, "org", sign)
        worth = bool(sign) or telling
    else:
        worth = bool(contact) or where == ["address="] or (where == ["postcode="] and name[0] == "org~")
    if not worth:
        return verdict(Tier.NEVER, reasons)
    return verdict(Tier.LIKELY, reasons, "org" if name[0] == "org=" else "like-org", sign, *doubts)


def _org_name(a: Profile, b: Profile) -> tuple[list[str], bool]:
    """The nearest names as reasons (none if one has no name), and whether the name says something by itself."""
    found = [(compare_name(x.key, y.key), x, y) for x in a.orgs for y in b.orgs]
    if not found:
        return [], False
    code = min((code for code, _, _ in found), key=_NAMES.index)
    best = [(x, y) for name, x, y in found if name == code]
    apart = all(x.form and y.form and x.form != y.form for x, y in best)
    return [code] + (["form≠"] if apart else []), any(distinctive(x.key) for x, _ in best)
