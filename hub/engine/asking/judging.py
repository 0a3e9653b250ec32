"""Answers to pairs of records, held against what is still open. A pair is answered on its own line, else by the line of its
group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.engine.asking.lines import Accepted, Repeated, Told, impossible, once, refused
from hub.engine.asking.pairs import judged_already, mark, number_of
from hub.model.waiting import DIFFERENT, SAME, Given, kind_of, pair_id
from hub.store import contacts, reviews
from hub.store.contacts import LinkRow
from hub.store.store import Tx

POSSIBLE = (SAME, DIFFERENT)


def judged(tx: Tx, given: Sequence[Given]) -> tuple[list[Told], int]:
    """(what becomes of each line with an answer, how many are left without one). ``given``: lines of groups and pairs."""
    if not given:
        return [], 0
    desk = _Desk.of(tx, given)
    groups = [g for g in given if kind_of(g.id) == "group" and g.choice]
    heads = once(groups, [desk.group(g) for g in groups])
    of_group = {g.id: g.choice for g, told in zip(groups, heads, strict=True) if isinstance(told, Accepted)}
    lines = [g if g.choice else replace(g, choice=of_group.get(g.group, ""))
             for g in given if kind_of(g.id) == "pair"]
    answered = [g for g in lines if g.choice]
    told = once(answered, [desk.pair(g) for g in answered])
    refusals = [head for head in heads if not isinstance(head, Accepted)]
    return [*refusals, *_untangled(answered, told, desk)], len(lines) - len(answered)


@dataclass(frozen=True, slots=True)
class _Desk:
    """``open``: id → the candidate. ``judged``: pair → the verdict that takes effect with the next run. ``apart``: pairs that
    were judged different before."""

    open: Mapping[str, Any]
    links: Mapping[str, LinkRow]
    judged: Mapping[tuple[str, str], str]
    apart: set[tuple[str, str]]
    marks: Mapping[tuple[str, int], str]
    numbers: Mapping[str, int]

    @classmethod
    def of(cls, tx: Tx, given: Iterable[Given]) -> _Desk:
        named = {(g.id, g.number) for g in given}
        pairs = {i for i, _ in named if kind_of(i) == "pair"}
        rows = {pair_id(r.link_a, r.link_b): r for r in reviews.candidates(tx)} if pairs else {}
        rows = {i: rows[i] for i in pairs if i in rows}
        found = contacts.load_links(tx, ids={x for r in rows.values() for x in (r.link_a, r.link_b)})
        rows = {i: r for i, r in rows.items() if r.link_a in found and r.link_b in found}
        before = judged_already(tx) if rows else {}
        judged_links = contacts.load_links(tx, ids={x for pair in before for x in pair})
        links = contacts.load_links(tx, contacts={k.contact for k in (*found.values(), *judged_links.values())})
        return cls(rows, links, before, reviews.judgements(tx, links, DIFFERENT),
                   {(i, n): mark(tx, i, n) for i, n in named}, {i: number_of(tx, r, links) for i, r in rows.items()})

    def group(self, given: Given) -> Told:
        if given.mark != self.marks[given.id, given.number]:
            return refused(given, "unknown")
        if given.altered:
            return refused(given, "altered")
        return Accepted("", given.id, {"verdict": given.choice}) if given.choice in POSSIBLE else impossible(given, POSSIBLE)

    def pair(self, given: Given) -> Told:
        row = self.open.get(given.id)
        if given.mark != self.marks[given.id, given.number]:
            return refused(given, "tampered" if row is not None else "unknown")
        if given.altered:
            return refused(given, "altered")
        if row is None:
            return refused(given, "closed")
        if given.number != self.numbers[given.id]:
            return refused(given, "stale")
        if given.choice not in POSSIBLE:
            return impossible(given, POSSIBLE)
        before = self.judged.get((row.link_a, row.link_b))
        if before is not None:
            return Repeated() if before == given.choice else refused(given, "judged")
        return Accepted(self.links[row.link_a].contact, "match", {
            "pairs": [[row.link_a, row.link_b]], "verdict": given.choice})


def _untangled(given: Sequence[Given], told: Sequence[Told], desk: _Desk) -> list[Told]:
    """Without the answers that contradict each other: A and B the same, B and C the same, A and C different."""
    mine = {place: what.body["pairs"][0] for place, what in enumerate(told) if isinstance(what, Accepted)}
    verdicts = {**desk.judged, **{(a, b): given[place].choice for place, (a, b) in mine.items()}}
    homes = {i: link.contact for i, link in desk.links.items()}
    ends = {pair: (homes[pair[0]], homes[pair[1]]) for pair in verdicts if pair[0] in homes and pair[1] in homes}
    cluster = _clusters(ends[pair] for pair, verdict in verdicts.items() if verdict == SAME and pair in ends)
    apart = [ends[pair] for pair, verdict in verdicts.items() if verdict == DIFFERENT and pair in ends]
    apart += [(homes[a], homes[b]) for a, b in desk.apart if a in homes and b in homes]
    knots = {cluster(a) for a, b in apart if cluster(a) == cluster(b)}
    tangled: defaultdict[str, list[int]] = defaultdict(list)
    for place, (a, b) in mine.items():
        if cluster(homes[a]) in knots and cluster(homes[a]) == cluster(homes[b]):
            tangled[cluster(homes[a])].append(place)
    out = list(told)
    for places in tangled.values():
        for place in places:
            others = ", ".join(str(given[p].line) for p in places if p != place)
            out[place] = refused(given[place], "tangled", (
                f"together with line {others} it says that two records are the same, and that they are not. Look at these lines "
                "together." if others else "it would join what was judged different before. If it is the same after all: "
                                           "`hub merge`."))
    return out


def _clusters(pairs: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    """Tells of each contact which one stands for all it is tied to."""
    above: dict[str, str] = {}

    def root(x: str) -> str:
        while (up := above.get(x, x)) != x:
            x = up
        return x

    for a, b in pairs:
        above[root(a)] = root(b)
    return root
