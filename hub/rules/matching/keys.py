"""Which records are worth comparing: keys two records of one contact are likely to share, and the pairs they make.

A pair of records without a common key is never looked at, so the work grows with what is shared, not with the square
of the records. The store keeps keys as keyed hashes; nothing here depends on what a key says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations

from hub.rules.matching.profile import Home, Profile
from hub.rules.matching.words import PUBLIC_DOMAINS

Key = tuple[str, str]
Pair = tuple[str, str]

STRONG = "id:"
"""What the kind of a strong key begins with."""
HUB_KEY = "hub-key"
"""The scheme of the key that a record and the copies the hub made of it share."""

GIVEN = "given"
"""The kind of a key that brings nobody together: it tells how many bear a given name (``verdict.Crowd.names``)."""

LONG_STREET = 6
"""Letters of a street's name that is worth looking under."""


def keys(p: Profile) -> tuple[Key, ...]:
    """The keys of a record as ``(kind, key)``, without repetition, in a fixed order.

    Kinds: ``id:<scheme>`` (strong), ``email``, ``phone``, and for people ``name``, ``birth``, ``house``, ``street`` and
    ``initials+town``, for organisations ``org`` and ``domain``.
    """
    found: list[Key] = [(f"{STRONG}{scheme}", value) for scheme, value in p.identifiers]
    if p.origin:
        found.append((f"{STRONG}{HUB_KEY}", p.origin))
    found += [("email", address) for address in sorted(p.emails)]
    found += [("phone", number) for number in sorted(p.phones)]
    if p.kind == "org":
        found += [("org", key) for key in sorted({name.key.replace(" ", "") for name in p.orgs})]
        found += [("domain", domain) for domain in sorted(domains(p))]
        return tuple(found)
    if p.name:
        found.append(("name", p.name))
    if len(p.birthday) == len("2000-12-31"):
        found.append(("birth", p.birthday))
    found += sorted({key for home in p.homes for key in _at_home(p, home)})
    return tuple(found)


def _at_home(p: Profile, home: Home) -> Iterable[Key]:
    if home.number and home.postcode:
        yield "house", f"{home.number} {home.postcode}"
    if len(home.street) >= LONG_STREET:
        yield "street", home.street
    if home.town and p.given and p.family:
        yield "initials+town", f"{p.given[0][0]}{p.family[0][0]} {home.town}"


def counted(p: Profile) -> tuple[Key, ...]:
    """What of a record is only counted."""
    return ((GIVEN, p.given[0]),) if p.kind != "org" and p.given and p.name else ()


def domains(p: Profile) -> frozenset[str]:
    """The e-mail domains that can say which organisation this is."""
    return frozenset(address.rpartition("@")[2] for address in p.emails) - PUBLIC_DOMAINS


def pairs_by_key(keys_by_record: Mapping[str, Iterable[Key]], limit: int = 50) -> frozenset[Pair]:
    """All pairs of records that share a key, the smaller id first.

    A key that more than ``limit`` records share (an office's address) is not enough by itself: of its records those
    are paired that share another key as well. What remains too large with all keys together makes no pairs; ask
    ``crowded`` for the keys this concerns.
    """
    own = {record: frozenset(found) for record, found in keys_by_record.items()}
    pairs: set[Pair] = set()
    todo = [(frozenset((key,)), members) for key, members in _blocks(own.items()).items()]
    seen: set[frozenset[Key]] = set()
    while todo:
        shared, members = todo.pop()
        if len(members) <= limit:
            pairs.update(combinations(sorted(members), 2))
            continue
        for key, fewer in _blocks((record, own[record] - shared) for record in members).items():
            narrower = shared | {key}
            if narrower not in seen:
                seen.add(narrower)
                todo.append((narrower, fewer))
    return frozenset(pairs)


def crowded(keys_by_record: Mapping[str, Iterable[Key]], limit: int = 50) -> dict[Key, int]:
    """The keys more than ``limit`` records share, and how many do."""
    blocks = _blocks((record, frozenset(found)) for record, found in keys_by_record.items())
    return {key: len(members) for key, members in sorted(blocks.items()) if len(members) > limit}


def _blocks(records: Iterable[tuple[str, Collection[Key]]]) -> dict[Key, list[str]]:
    found: defaultdict[Key, list[str]] = defaultdict(list)
    for record, own in records:
        for key in own:
            found[key].append(record)
    return {key: members for key, members in found.items() if len(members) > 1}
