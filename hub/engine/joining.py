"""Contacts become one: by a strong key, a judgement, or a vendor's own merge (merge.md 11)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from hub.engine.comparing import compare_changed
from hub.engine.desk import Desk
from hub.engine.erasing import ERASING
from hub.engine.report import Tally
from hub.model.state import ContactState
from hub.model.units import EXISTS
from hub.rules.join import join
from hub.rules.rulebook import Rulebook
from hub.store import contacts, identity, inbox, reviews
from hub.store.contacts import ContactRow
from hub.store.store import Store, Tx, chunks

ANSWERS = ("match",)
MERGES = ("merged",)
STRONG = "strong"


class Joining(NamedTuple):
    """Two contacts that are one. ``merged``: the links of winner and loser, where a vendor merged their records."""

    kept: str
    other: str
    cause: str
    merged: tuple[str, str] | None = None


def join_judged(store: Store, book: Rulebook, run: str, tally: Tally) -> None:
    """Join what a person judged the same, and what shares a strong key. An answer stays until what it asks for is done."""
    with store.writing() as tx:
        pairs, done = _answered(tx)
        left = bool(reviews.candidates(tx, tier=STRONG))
    if done:
        join_links(store, book, run, tally, pairs, "judged the same", done)
    join_strong(store, book, run, tally, left=left)


def join_strong(store: Store, book: Rulebook, run: str, tally: Tally, *, left: bool = False) -> None:
    """Join what shares a strong key, until there is nobody left: a join can leave another pair alone with its key. ``left``:
    there are some that a run found before it died, or that may not be joined."""
    while compare_changed(store) or left:
        with store.reading() as tx:
            strong = [(c.link_a, c.link_b) for c in reviews.candidates(tx, tier=STRONG)]
        if not strong:
            return
        join_links(store, book, run, tally, strong, "strong key")
        left = False


def note_merges(tx: Tx, joins: Sequence[Joining]) -> None:
    """What a vendor merged is to be joined: noted together with what was read of it, which is not read again."""
    inbox.add_answers(tx, [(j.other, MERGES[0], {"kept": j.kept, "cause": j.cause, "links": j.merged}) for j in joins])


def join_merged(store: Store, book: Rulebook, run: str, tally: Tally) -> None:
    """Join the contacts whose records a vendor merged, as noted."""
    with store.reading() as tx:
        rows = inbox.load(tx, [o for o, _ in inbox.owners_waiting(tx, MERGES)], MERGES)
    join_contacts(store, book, run, tally, [
        Joining(row.body["kept"], row.owner, row.body["cause"], tuple(row.body["links"])) for row in rows], [r.seq for r in rows])


def _answered(tx: Tx) -> tuple[list[tuple[str, str]], list[int]]:
    """Answers to candidates: every verdict is remembered; the same ones are to be joined."""
    owners = [o for o, _ in inbox.owners_waiting(tx, ANSWERS)]
    verdicts: dict[tuple[str, str], tuple[str, str, str]] = {}
    done = []
    for row in inbox.load(tx, owners, ANSWERS):
        done.append(row.seq)
        said = (row.body["verdict"], row.body["by"], row.body.get("why", ""))
        verdicts.update((reviews.pair(a, b), said) for a, b in row.body["pairs"])  # the last word counts
    together: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for pair, said in verdicts.items():
        together.setdefault(said, []).append(pair)
    for said, pairs in sorted(together.items()):
        reviews.judge(tx, pairs, *said)
        if said[0] == "different":
            identity.ask_again(tx, {x for p in pairs for x in p})
    return [pair for pair, said in verdicts.items() if said[0] == "same"], done


def join_links(
    store: Store, book: Rulebook, run: str, tally: Tally, pairs: Iterable[tuple[str, str]], cause: str,
    answers: Sequence[int] = (),
) -> None:
    """Join the contacts of these links. A pair judged different forbids every cluster that would hold both."""
    pairs = sorted(set(pairs))
    with store.reading() as tx:
        homes = {i: home.contact for i, home in contacts.homes(tx, ids=[x for p in pairs for x in p]).items()}
    join_contacts(store, book, run, tally, [
        Joining(homes[a], homes[b], cause) for a, b in pairs if a in homes and b in homes], answers)


def join_contacts(
    store: Store, book: Rulebook, run: str, tally: Tally, joins: Sequence[Joining], answers: Sequence[int] = (),
) -> None:
    """Clusters are kept whole in one transaction; the oldest contact is kept unless the vendor
    of a merge named the winner. ``answers``: rows of the inbox that asked for it, removed with the last."""
    parts = list(chunks(_clusters(joins), 200))
    if answers and not parts:
        parts = [[]]
    merged = [j.merged for j in joins if j.merged is not None]
    for number, part in enumerate(parts, 1):
        with store.writing() as tx:
            desk = Desk(tx, book, run)
            desk.take({desk.alias(c) for cluster, *_ in part for c in cluster})
            desk.unread = {owner for owner, _ in inbox.owners_waiting(tx, inbox.OBSERVED)}
            allowed = partial(_allowed, desk, reviews.judgements(tx, desk.links, "different"))
            grown: set[str] = set()
            for cluster, cause, pairs in part:
                ids = list(dict.fromkeys(desk.alias(c) for c in cluster))
                for kept, other in _one_by_one(ids, {frozenset(map(desk.alias, p)) for p in pairs}, allowed):
                    _join(desk, kept, other, cause, _both_seen(desk, kept, other, merged))
                    grown.add(kept)
                    tally.joined += 1
            desk.store()
            _close(tx, desk, grown)
            if number == len(parts):
                inbox.remove(tx, answers)


def _clusters(joins: Sequence[Joining]) -> list[tuple[list[str], str, list[tuple[str, str]]]]:
    """Connected contacts, the one to keep first; the cause; and which of them are to be joined with which."""
    parent: dict[str, str] = {}
    causes: dict[str, str] = {}
    winners: set[str] = set()

    def root(x: str) -> str:
        while parent.setdefault(x, x) != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for kept, other, cause, _ in joins:
        a, b = root(kept), root(other)
        causes.setdefault(kept, cause)
        if cause.startswith("merged in"):
            winners.add(kept)
        if a != b:
            parent[max(a, b)] = min(a, b)
    groups: dict[str, list[str]] = {}
    for x in sorted(parent):
        groups.setdefault(root(x), []).append(x)
    pairs: dict[str, list[tuple[str, str]]] = {}
    for kept, other, *_ in joins:
        pairs.setdefault(root(kept), []).append((kept, other))
    out = []
    for name, members in groups.items():
        named = [m for m in members if m in winners]
        first = min(named) if named else min(members)
        cause = next((causes[m] for m in members if m in causes), "joined")
        out.append(([first, *[m for m in members if m != first]], cause, pairs[name]))
    return sorted(out)


def _one_by_one(
    cluster: Sequence[str], said: Collection[frozenset[str]], allowed: Callable[[str, str], bool],
) -> Iterator[tuple[str, str]]:
    """(kept, other) for each join of a cluster, in the order of its contacts. Nobody is joined through a join that is not
    allowed: who is left makes clusters of their own. ``allowed`` is asked again after every join."""
    left = list(cluster)
    while left:
        kept = left.pop(0)
        whole = {kept}
        while other := next((c for c in left if any(frozenset((c, m)) in said for m in whole) and allowed(kept, c)), None):
            yield kept, other
            whole.add(other)
            left.remove(other)


def _allowed(desk: Desk, different: Iterable[tuple[str, str]], kept: str, other: str) -> bool:
    if kept not in desk.contacts or other not in desk.contacts:
        return False
    if {"merged", ERASING} & {desk.contacts[kept].state, desk.contacts[other].state}:
        return False
    mine = {k.id for k in desk.links_of(kept)}
    theirs = {k.id for k in desk.links_of(other)}
    return not any(len({a, b} & mine) == 1 and len({a, b} & theirs) == 1 for a, b in different)


def _both_seen(desk: Desk, kept: str, other: str, merged: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Units that both records of a vendor's merge showed as their contacts had them (merge.md 11)."""
    for winner, loser in merged:
        pair = [desk.link_state(desk.links[i]) for i in (winner, loser) if i in desk.links]
        if len(pair) == 2 and desk.links[winner].contact == kept and desk.links[loser].contact == other:
            return frozenset(u for u in desk.entity.units if all(
                k.covers(u) and u not in k.behind and u not in k.left for k in pair))
    return frozenset()


def _join(desk: Desk, kept: str, other: str, cause: str, both_seen: frozenset[str]) -> None:
    first, second = desk.contacts[kept], desk.contacts[other]
    seq = desk.tx.next_seq()
    before = _snapshot(desk, other)
    first.units, second.units = desk.canonical_units(first.units), desk.canonical_units(second.units)
    outcome = join(desk.entity, _state(desk, kept), _state(desk, other), rev=seq, at=0, authority=desk.book.authority,
                   both_seen=both_seen)
    desk.write_down(kept, "join", {
        "other": other, "why": cause,
        "units": {u: [b.value, b.rev, b.origin, outcome.units[u].value, outcome.units[u].origin]
                  for u, b in outcome.changed.items()},
        "decisions": [[d.unit, d.link, d.fate, d.value, d.rule, d.against] for d in outcome.decisions],
        "before": {"kept": _snapshot(desk, kept), "other": before},
    }, seq=seq)
    for link in desk.links_of(other):
        desk.move_link(link, kept, "join", seq)
    existence = {u: c for u, c in desk.conflicts.pop(other, {}).items() if u.startswith("@")}
    desk.conflicts[other] = {}
    desk.settle(kept, outcome)
    desk.conflicts[kept].update(existence)
    if "live" in (first.state, second.state) and "deleted" in (first.state, second.state):
        revive(desk, first)
    second.state, second.into, second.waiting = "merged", kept, 0
    first.waiting = 1
    desk.touch(first)
    desk.touch(second)


def revive(desk: Desk, contact: ContactRow) -> None:
    """It is there again: deletes that were not sent fall away; where it was deleted, tombstones stay."""
    contact.state = "live"
    for link in desk.links_of(contact.id):
        if link.behind.pop(EXISTS, "none") != "none":
            desk.touch(link)


def _state(desk: Desk, contact: str) -> ContactState:
    state = desk.state(contact)
    return ContactState(state.units, state.links, {u: c for u, c in state.conflicts.items() if not u.startswith("@")})


def _snapshot(desk: Desk, contact: str) -> dict[str, Any]:
    """What unmerge gives back: units, and what each link had seen."""
    return {
        "units": dict(desk.contacts[contact].units),
        "links": {k.id: {"behind": k.behind, "left": k.left} for k in desk.links_of(contact)},
        "conflicts": {u: [c.number, c.reason, [[x.link, x.value, x.base, x.seen, x.rev] for x in c.contenders], c.note]
                      for u, c in desk.conflicts.get(contact, {}).items()},
    }


def _close(tx: Tx, desk: Desk, grown: Collection[str]) -> None:
    """Candidates between records of one contact are answered; the other ones of contacts that grew are asked anew."""
    homes = {k.id: k.contact for k in desk.links.values()}
    pairs = {(c.link_a, c.link_b) for c in reviews.candidates(tx, links=homes)}
    answered = {(a, b) for a, b in pairs if homes.get(a) == homes.get(b)}
    reviews.close_candidates(tx, answered, "accepted")
    identity.ask_again(tx, {x for p in pairs - answered for x in p if homes.get(x) in grown})
