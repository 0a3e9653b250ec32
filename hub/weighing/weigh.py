"""Pairs that Splink finds likely, as candidates with explained weights. It proposes; it joins nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from hub.errors import UsageError
from hub.rules.matching.match import Candidate, Pair, Profile, Tier, compare, crowd
from hub.rules.matching.reasons import REASONS, weighed
from hub.rules.matching.verdict import Crowd

ENOUGH = 200
"""Fewer people than this teach nothing."""
AT_LEAST = 0.95
CAUSE = "weighed"
UNLIKE = {"given≠": "other-given", "family≠": "other-family", "birthday≠": "other-birthday"}
"""What speaks against a pair and may be a mistake all the same, and what the cause says of it. In a family it is none: by
everything else brothers and sisters are one."""
HALF = {"given~": "like-name", "given≈": "like-name", "family~": "like-name", "given.": "initial",
        "given>": "later-name", "given?": "half-name", "family?": "half-name"}
"""What says less than the same name does: causes of their own, since a couple, or Laura and Lauri, can look like it."""
PERSONAL = ("email", "phone", "birthday", "address", "home")
"""What the reasons begin with of which there must be one: a name alone, and a town, joins nobody."""
TOLD_BY = {"given": ("given", "name"), "family": ("family", "name"), "born": ("birthday",), "emails": ("email",),
           "phones": ("phone",), "street": ("address", "home"), "number": ("address", "home"), "postcode": ("postcode",),
           "town": ("place",)}
"""Field of the model → what the reasons that tell of it begin with."""


def weigh(
    records: Mapping[str, Profile], systems: Mapping[str, str], *, contacts: Mapping[str, str], apart: Iterable[Pair] = (),
    unlike: bool = False,
) -> tuple[Candidate, ...]:
    """Every pair of people that Splink gives at least 95 % and nothing contradicts, surest first; never more than LIKELY.

    As ``match.candidates``, but that it looks at all pairs of ``records``. ``unlike``: those too whose names or birth dates
    differ. The score is Splink's probability; each reason carries the weight of what it tells of, in bits. Raises
    UsageError without the extra ``match``, and for fewer than 200 people.
    """
    if find_spec("splink") is None:
        raise UsageError('Weighing needs Splink, which is not installed. Install it with:  pip install "contact-hub[match]"')
    people = {i: p for i, p in records.items() if p.kind != "org" and (p.given or p.family)}
    if len(people) < ENOUGH:
        raise UsageError("Splink learns from the records themselves. "
                         f"It takes {ENOUGH} records of people; there are {len(people)}.")
    from hub.weighing import model, table  # these import Splink

    seen = crowd(records.values())
    found = [c for row in model.pairs(table.table_of(people), AT_LEAST) for c in _candidate(row, people, systems, seen, unlike)]
    divided = {tuple(sorted(pair)) for pair in apart}
    return tuple(sorted((c for c in found if contacts[c.a] != contacts[c.b] and (c.a, c.b) not in divided),
                        key=lambda c: (-c.score, c.a, c.b)))


def _candidate(
    row: Mapping[str, Any], people: Mapping[str, Profile], systems: Mapping[str, str], seen: Crowd, unlike: bool,
) -> Iterator[Candidate]:
    a, b = sorted((row["unique_id_l"], row["unique_id_r"]))
    reasons = compare(people[a], people[b], seen).reasons
    against = {code for code in reasons if REASONS[code].against} | (UNLIKE.keys() & set(reasons))
    shared = any(code.startswith(PERSONAL) and not code.endswith(("≠", "/")) for code in reasons)
    if not shared or (against and not (unlike and against <= UNLIKE.keys())):
        return
    parts = dict.fromkeys(told[code] for told in (HALF, UNLIKE) for code in told if code in reasons)
    cause = "+".join([CAUSE, *parts])
    lead = "duplicate:" if systems[a] == systems[b] else ""
    yield Candidate(a, b, Tier.LIKELY, round(row["match_probability"], 3), _told(row, reasons), lead + cause)


def _told(row: Mapping[str, Any], reasons: Iterable[str]) -> tuple[str, ...]:
    """All together first, then each reason with what the fields it tells of weigh."""
    reasons = list(dict.fromkeys(reasons))
    bits = dict.fromkeys(reasons, 0.0)
    for field, begins in TOLD_BY.items():
        told = next((code for code in reasons if code.startswith(begins)), None)
        if told is not None:
            bits[told] += row.get(f"mw_{field}") or 0.0
            bits[told] += row.get(f"mw_tf_adj_{field}") or 0.0
    return (weighed(CAUSE, row["match_weight"]), *(weighed(code, weight) if weight else code for code, weight in bits.items()))
