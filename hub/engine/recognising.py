"""By which of its records a contact is found: each key of what its records show is known of one of them at least."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.engine.copies import profile_of
from hub.rules.matching import match
from hub.store import identity
from hub.store.contacts import LinkRow
from hub.store.store import Tx


def recognised(tx: Tx, homes: Iterable[Sequence[LinkRow]], observed: set[str], written: set[str]) -> set[str]:
    """Links that are to get keys, and to be compared by them. Keys that a link has are always of what it shows.

    ``homes``: the live links of each contact that is concerned. ``observed``: what matching sees of these is new. ``written``:
    that of these too, by our own doing; mostly another record shows it as well and was compared, and a key of every copy of
    everybody would only crowd the blocks in which people are looked for.
    """
    homes = list(homes)
    keyed = identity.keyed(tx, {k.id for links in homes for k in links} - observed)
    out = observed | (written & keyed)
    for links in homes:
        keys = {k.id: set(match.keys(match.profile(k.shadow))) for k in links}
        known = {key for k in links if k.id in out | keyed for key in keys[k.id]}
        for link in links:
            if not keys[link.id] <= known:
                out.add(link.id)
                known |= keys[link.id]
    return out


def learn(tx: Tx, links: Iterable[LinkRow]) -> None:
    """Give these their keys; they are compared with those that share one."""
    profiles = {k.id: profile_of(tx, k) for k in links}
    identity.learn_keys(tx, {i: [*match.keys(p), *match.counted(p)] for i, p in profiles.items()})
