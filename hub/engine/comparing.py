"""Who might be the same is noted, and joined only by a strong key or a judgement (design.md 4, Identity).

Compared is what is new, what changed, and what was joined or told apart (``hub.store.identity``): with all that shares a
key with it, and that again with all it could be, since one record more or less makes a sure pair doubtful or sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from hub.engine.copies import profile_of
from hub.model.life import ENDED
from hub.rules.matching import match
from hub.rules.matching.keys import GIVEN, STRONG, Pair
from hub.rules.matching.verdict import COMMON
from hub.store import contacts, identity, reviews
from hub.store.contacts import LinkRow
from hub.store.store import Store, Tx

AT_ONCE = 5000
"""So many links are compared in one transaction: the neighbours of each are looked at, and they have most of them in common."""


def compare_changed(store: Store) -> bool:
    """Compare every link that is to be. Returns whether there was one."""
    some = False
    while True:
        with store.writing() as tx:
            links = identity.uncompared(tx, AT_ONCE)
            if links:
                compare(tx, links)
                identity.compared(tx, links)
        some = some or bool(links)
        if len(links) < AT_ONCE:
            return some


def compare(tx: Tx, links: Iterable[str]) -> None:
    """Look for records that may be the same as these, and note the pairs as candidates. Pairs of these, and of those they
    could be, are judged anew."""
    near = _Neighbourhood(tx)
    ours = near.contacts_of(links)
    anew = ours | near.contacts_of(near.could_be(ours))
    near.could_be(near.contacts_of(near.could_be(anew)))
    verdicts = match.candidates(
        near.profiles, {i: k.ref.system for i, k in near.live.items()}, near.pairs,
        contacts={i: k.contact for i, k in near.live.items()}, apart=reviews.judgements(tx, near.live, "different"),
        common=near.common_names())
    about = anew | set(links)
    found = (c for c in (*verdicts, *_returned(tx, near.by_key, near.live)) if c.a in about or c.b in about)
    reviews.add_candidates(tx, [(c.a, c.b, str(c.tier), c.score, c.cause, c.reasons) for c in found], about)


class _Neighbourhood:
    """Live links around some, as far as they were asked for. ``pairs``: those that could be one contact; ``by_key``: pairs
    that share a strong key, of ended links too."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.live: dict[str, LinkRow] = {}
        self.profiles: dict[str, match.Profile] = {}
        self.pairs: set[Pair] = set()
        self.by_key: set[Pair] = set()
        self._met: set[str] = set()
        self._asked: set[str] = set()

    def contacts_of(self, links: Iterable[str]) -> set[str]:
        """All live links of the contacts of these: they are one partner."""
        links = set(links)
        self._meet(links)
        homes = {self.live[i].contact for i in links if i in self.live}
        return {i for i, k in self.live.items() if k.contact in homes}

    def could_be(self, links: set[str]) -> set[str]:
        """Those that could be one with one of these, once each of these is asked."""
        blocks = identity.sharing(self.tx, links - self._asked, without=GIVEN)
        met = {reviews.pair(a, b) for block in blocks.values() for a, b in combinations(block, 2)
               if a in links or b in links} - self.pairs
        self.by_key |= {reviews.pair(a, b) for (kind, _), block in blocks.items() if kind.startswith(STRONG)
                        for a, b in combinations(block, 2)}
        self._asked |= links
        self._meet({x for p in met for x in p})
        found = {(a, b) for a, b in met if a in self.live and b in self.live and match.worth(self.profiles[a], self.profiles[b])}
        self.pairs |= found
        return {x for p in found for x in p} - links

    def common_names(self) -> set[str]:
        """Given names that stand against another one here and that many people bear, whoever they are."""
        against: set[match.Key] = set()
        for a, b in self.pairs:
            one, two = (set(match.counted(self.profiles[i])) for i in (a, b))
            if one and two:
                against |= one ^ two
        return identity.common(self.tx, GIVEN, {name for _, name in against}, "name", COMMON)

    def _meet(self, links: set[str]) -> None:
        found = contacts.load_companions(self.tx, links - self._met)
        self._met |= links | found.keys()
        fresh = {i: k for i, k in found.items() if k.life not in ENDED}
        self.live |= fresh
        self.profiles |= {i: profile_of(self.tx, k) for i, k in fresh.items()}


def _returned(tx: Tx, pairs: Iterable[Pair], live: Mapping[str, LinkRow]) -> list[match.Candidate]:
    """Pairs of a live record and an ended one of a deleted contact that share a strong key: that contact is back, with its
    tombstones, and no second one is made without them (merge.md 10)."""
    pairs = {p for p in pairs if (p[0] in live) != (p[1] in live)}
    ended = contacts.load_links(tx, ids={i for p in pairs for i in p} - live.keys())
    deleted = contacts.deleted(tx, {k.contact for k in ended.values()})
    out = []
    for a, b in sorted(pairs):
        first, second = (live.get(i) or ended.get(i) for i in (a, b))
        if first is None or second is None or not {first.contact, second.contact} & deleted:
            continue
        judged = match.compare(profile_of(tx, first), profile_of(tx, second), match.NOBODY)
        if judged.tier is match.Tier.STRONG:
            out.append(match.Candidate(a, b, judged.tier, judged.score, judged.reasons, judged.cause))
    return out
