"""Bugs of who is there and who is who (merge.md 10, 11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast
from unittest.mock import patch

from hub.engine import desk, existence, joining, merging, parting, planning, pull, rebasing, undoing
from hub.model.record import Gone
from hub.rules import undo
from hub.rules.existence import absence
from hub.rules.join import join
from hub.rules.rebase import rebase
from hub.rules.unmerge import unmerge
from hub.store import plans, reviews
from hub.testing.simulation.planted.plant import plant


@plant("10 a tombstone is forgotten", first=0)
def _tombstone() -> Iterator[None]:
    real = planning._One.run

    def run(self: Any, unjudged: Any) -> None:
        for link in self.desk.links_of(self.contact.id):
            link.tombstone = False
        real(self, unjudged)
    with patch.object(planning._One, "run", run):
        yield


@plant("10 absence from a broken listing is a delete", first=0)
def _absence() -> Iterator[None]:
    real = pull._read

    async def read(system: str, connector: Any, store: Any, entity: str, since: Any, *rest: Any) -> None:
        class Hasty:
            def __getattr__(self, name: str) -> Any:
                return getattr(connector, name)

            async def pull(self, entity: str, since: Any) -> Any:
                async for page in connector.pull(entity, since):
                    yield replace(page, listing="ends") if page.listing == "partial" else page

            async def fetch(self, refs: Any) -> Any:
                return [Gone(r) for r in refs]
        await real(system, cast("Any", Hasty()), store, entity, since, *rest)
    with patch.object(pull, "_read", read):
        yield


@plant("identity: an unjudged candidate does not keep a second record from being made", first=0)
def _candidates() -> Iterator[None]:
    with patch.object(planning, "unjudged", lambda tx, desk_, links: {}):
        yield


@plant("11 a system that is not configured now is taken to have seen everything", first=0)
def _asleep() -> Iterator[None]:
    real = desk.Desk.state

    def state(self: Any, contact: str) -> Any:
        whole = real(self, contact)
        awake = {i: k for i, k in whole.links.items() if self.links[i].ref.system in self.book.systems}
        return replace(whole, links=awake)
    with patch.object(desk.Desk, "state", state):
        yield


@plant("11 a field covered anew is taken as seen", first=27)
def _covered() -> Iterator[None]:
    def forgetful(entity: Any, link: Any, *rest: Any) -> Any:
        found = rebase(entity, link, *rest)
        return replace(found, edits=(), behind={u: s for u, s in found.behind.items() if s is not None})
    with patch.object(rebasing, "rebase", forgetful):
        yield


@plant("10 a record deleted in one system is deleted everywhere, whatever on_delete says", first=5, world="site")
def _propagate() -> Iterator[None]:
    with patch.object(existence, "absence", lambda seen, on_delete: absence(seen, "propagate")):
        yield


@plant("10 what left the view is taken for deleted", first=10, world="site")
def _hidden() -> Iterator[None]:
    def judged(seen: Any, on_delete: Any) -> Any:
        return absence(replace(seen, how="deleted") if seen.how == "left_view" else seen, on_delete)
    with patch.object(existence, "absence", judged):
        yield


@plant("10 a record that is back stays ended", first=1, world="meetings")
def _back() -> Iterator[None]:
    real = merging._One._awake

    def awake(self: Any, link: Any) -> None:
        life = link.life
        real(self, link)
        link.life = life if life in ("gone", "merged") else link.life
    with patch.object(merging._One, "_awake", awake):
        yield


@plant("11 of two contacts that are one only one side's values stay", first=21, world="mistakes")
def _halved() -> Iterator[None]:
    def halved(entity: Any, kept: Any, other: Any, **more: Any) -> Any:
        return join(entity, kept, replace(other, units={}), **more)
    with patch.object(joining, "join", halved):
        yield


@plant("11 unmerge leaves both with what they had together", first=5, world="mistakes")
def _together() -> Iterator[None]:
    def parted(entity: Any, now: Any, kept: Any, other: Any, **more: Any) -> Any:
        return unmerge(entity, now, replace(kept, units=now.units), replace(other, units=now.units), **more)
    with patch.object(parting, "unmerge", parted):
        yield


@plant("11 undo takes back what was changed since", first=1, world="undo")
def _since() -> Iterator[None]:
    def undone(*args: Any, later: Any, **more: Any) -> Any:
        return undo.undo(*args, later=frozenset(), **more)
    with patch.object(undoing, "undo", undone):
        yield


@plant("11 undo gives a withdrawn consent back", first=13, world="site")
def _given_back() -> Iterator[None]:
    real = undo._stays

    def stays(entity: Any, units: Any, unit: str, *rest: Any) -> str:
        return "" if unit.startswith("consents[") else real(entity, units, unit, *rest)
    with patch.object(undo, "_stays", stays):
        yield


@plant("11 undo leaves what was written without an answer", first=0, world="undo")
def _unanswered() -> Iterator[None]:
    with patch.object(plans, "ARRIVED", [each for each in plans.ARRIVED if not each.startswith("nobody")]):
        yield


@plant("identity: two that were told apart are joined with others' help", first=3, world="meetings")
def _told_apart() -> Iterator[None]:
    def judgements(tx: Any, links: Any, verdict: str) -> Any:
        return set() if verdict == "different" else real(tx, links, verdict)
    real = reviews.judgements
    with patch.object(reviews, "judgements", judgements):
        yield


@plant("identity: who may be the same is joined before anybody is asked", first=15, world="site")
def _unasked() -> Iterator[None]:
    real = reviews.add_candidates

    def add(tx: Any, found: Any, about: Any) -> Any:
        return real(tx, [(a, b, "strong", *rest) for a, b, _, *rest in found], about)
    with patch.object(reviews, "add_candidates", add):
        yield
