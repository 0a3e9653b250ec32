"""Planted bugs: each breaks one rule of ``merge.md`` or of the write protocol. The oracle must catch all of them;
one that survives means a missing invariant, not a good engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, cast
from unittest.mock import patch

from hub.engine import desk, identify, merging, planning, pull, push, rebasing
from hub.model.record import Gone
from hub.model.state import Cell, LinkState
from hub.model.write import Done, Refused, Unknown
from hub.rules import contend, diff, ledger, merge, shape
from hub.rules.rebase import rebase
from hub.rules.settle import Settlement, answered
from hub.store import inbox, plans

Plant = Callable[[], AbstractContextManager[Any]]
PLANTED: dict[str, Plant] = {}


def _plant(rule: str) -> Callable[[Callable[[], Iterator[None]]], Callable[[], Iterator[None]]]:
    def register(body: Callable[[], Iterator[None]]) -> Callable[[], Iterator[None]]:
        PLANTED[rule] = contextmanager(body)
        return body
    return register


@_plant("1 a link that lags is taken to have seen the present value")
def _seen() -> Iterator[None]:
    with patch.object(LinkState, "seen", lambda self, unit, rev: rev):
        yield


@_plant("1 a link is not noted as behind")
def _behind() -> Iterator[None]:
    def set_(self: Any, unit: str, value: Any, origin: str, holders: Any) -> None:
        self.changed.setdefault(unit, self.cell(unit))
        self.units[unit] = Cell(value, self.rev, origin, self.at)
    with patch.object(ledger.Ledger, "set", set_):
        yield


@_plant("2 an incomplete record blanks what it does not carry")
def _incomplete() -> Iterator[None]:
    real = inbox.load

    def load(*args: Any, **kwargs: Any) -> Any:
        rows = real(*args, **kwargs)
        empty = {"notes": None, "company": None}
        return [replace(r, complete=True, body={**empty, **r.body}) if r.kind == "upserted" and not r.complete else r
                for r in rows]
    with patch.object(inbox, "load", load):
        yield


@_plant("3 a lost answer is not settled: our own value is taken for a user's edit")
def _unsettled() -> Iterator[None]:
    def settle(_entity: Any, _send: Any, _units: Any, shadow: Any, behind: Any, _observed: Any, **_: Any) -> Settlement:
        return Settlement(dict(shadow), {}, None, False)
    with patch.object(merging, "settle_send", settle):
        yield


@_plant("3 what a vendor made of our value after a lost answer is taken for a user's edit")
def _rewritten() -> Iterator[None]:
    with patch("hub.rules.settle.rewritten", lambda sent, there: False):
        yield


@_plant("4 a replaced member is a removal and an addition")
def _replace() -> Iterator[None]:
    with patch.object(diff, "_replacements", lambda *a: []):
        yield


@_plant("5 of several contenders the last one wins")
def _last_wins() -> Iterator[None]:
    def settle(
        entity: Any, authority: Any, unit: str, cell: Cell, contenders: Sequence[Any], systems: Any, *, defend: bool = False,
    ) -> Any:
        found = contend.settle(entity, authority, unit, cell, contenders, systems, defend=defend)
        if isinstance(found, contend.Open):
            last = max(contenders, key=lambda c: c.link)
            same = [c for c in contenders if c.value == last.value]
            return contend.Settled(last.value, "edit", tuple(same), ())
        return found
    with patch.object(merge, "settle", settle):
        yield


@_plant("5 a stale edit wins over what it did not see")
def _stale_wins() -> Iterator[None]:
    with patch.object(contend, "is_fresh", lambda contender, cell: True):
        yield


@_plant("8 units in conflict are written")
def _not_held() -> Iterator[None]:
    with patch.object(planning, "held", lambda *_: frozenset()):
        yield


@_plant("9 the latest consent wins, not the withdrawal")
def _consent() -> Iterator[None]:
    with patch.object(merge, "join_consents", lambda cell, asserted: (cell.value, cell.origin)):
        yield


@_plant("10 a tombstone is forgotten")
def _tombstone() -> Iterator[None]:
    real = planning._One.run

    def run(self: Any, unjudged: Any) -> None:
        for link in self.desk.links_of(self.contact.id):
            link.tombstone = False
        real(self, unjudged)
    with patch.object(planning._One, "run", run):
        yield


@_plant("10 absence from a broken listing is a delete")
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


@_plant("12 what differs from the shadow is written, not what the link is behind on")
def _differs() -> Iterator[None]:
    def wanted(entity: Any, units: Any, behind: Any, shadow: Any, covers: Any, frozen: Any) -> Any:
        every = {u: None for u in units if covers(u)} if behind or units else behind
        return shape.wanted(entity, units, every, shadow, covers, frozen)

    def update(self: Any, link: Any, rules: Any) -> None:
        if not link.behind:
            link.behind = {u: None for u in self.units if rules.lens.covers(u)}
        real(self, link, rules)
    real = planning._One._update
    with patch.object(planning, "wanted", wanted), patch.object(planning._One, "_update", update):
        yield


@_plant("13 the shadow is not moved by an answer")
def _shadow() -> Iterator[None]:
    real = push._show

    def show(desk_: Any, link: Any, intent: Any, result: Any, refs: Any) -> None:
        native, shadow = link.native, link.shadow
        real(desk_, link, intent, result, refs)
        if native:
            link.native, link.shadow = native, shadow
    with patch.object(push, "_show", show):
        yield


@_plant("13 a stale answer counts as written")
def _stale_done() -> Iterator[None]:
    real = push._one

    def one(desk_: Any, refs: Any, write: Any, intent: Any, result: Any, tally: Any) -> Any:
        if isinstance(result, Refused) and result.reaction == "stale" and write.link in desk_.links:
            link = desk_.links[write.link]
            link.behind = answered(desk_.contacts[link.contact].units, link.behind, intent.sent)
            desk_.touch(link)
            return ("done", ""), ("answered", "done")
        return real(desk_, refs, write, intent, result, tally)
    with patch.object(push, "_one", one):
        yield


@_plant("writing: the version is not asked for")
def _unconditional() -> Iterator[None]:
    real = push._native_write

    def native_write(book: Any, write: Any, intent: Any) -> Any:
        return replace(real(book, write, intent), expect=None)
    with patch.object(push, "_native_write", native_write):
        yield


@_plant("writing: a lost answer to a create is a failure, and it is made again")
def _double_create() -> Iterator[None]:
    real = push._one

    def one(desk_: Any, refs: Any, write: Any, intent: Any, result: Any, tally: Any) -> Any:
        if isinstance(result, Unknown) and write.op == "create":
            row = desk_.contacts[desk_.alias(write.contact)]
            row.waiting = 1
            desk_.touch(row)
            return ("dropped", ""), ("answered", "failed")
        return real(desk_, refs, write, intent, result, tally)

    def key(book: Any, write: Any) -> Any:
        return None
    with patch.object(push, "_one", one), patch.object(identify, "_own_key", lambda book, rows: None):
        yield


@_plant("writing: what the vendor stored is not read back")
def _no_read_back() -> Iterator[None]:
    async def read_back(connector: Any, batch: Any, results: Any) -> Any:
        from hub.model.record import NativeRecord

        return [Done(r.ref, NativeRecord(r.ref, {**(w.before or {}), **w.patch}, r.version), r.version)
                if isinstance(r, Done) and r.record is None and w.op != "delete" else r
                for w, r in zip(batch, results, strict=True)]
    with patch.object(push, "_read_back", read_back):
        yield


@_plant("pull: the checkpoint is stored before what it stands for")
def _early_checkpoint() -> Iterator[None]:
    real = pull._take

    def take(tx: Any, part: Any, listing: str, report: Any, *, confirmed: bool, first: bool) -> Any:
        if len(part) > 1 and not confirmed:
            part = part[:-1]
        return real(tx, part, listing, report, confirmed=confirmed, first=first)
    with patch.object(pull, "_take", take):
        yield


@_plant("identity: an unjudged candidate does not keep a second record from being made")
def _candidates() -> Iterator[None]:
    with patch.object(planning, "_open_candidates", lambda tx, desk_, links: {}):
        yield


@_plant("intent: an unknown outcome does not keep the record from being written again")
def _again() -> Iterator[None]:
    def take(self: Any, ids: Any) -> None:
        real(self, ids)
        self.intents = {}
    real = desk.Desk.take
    with patch.object(desk.Desk, "take", take), patch.object(plans, "open_intents", lambda *a, **k: []):
        yield


@_plant("11 a system that is not configured now is taken to have seen everything")
def _asleep() -> Iterator[None]:
    real = desk.Desk.state

    def state(self: Any, contact: str) -> Any:
        whole = real(self, contact)
        awake = {i: k for i, k in whole.links.items() if self.links[i].ref.system in self.book.systems}
        return replace(whole, links=awake)
    with patch.object(desk.Desk, "state", state):
        yield


@_plant("11 a field covered anew is taken as seen")
def _covered() -> Iterator[None]:
    def forgetful(entity: Any, link: Any, *rest: Any) -> Any:
        found = rebase(entity, link, *rest)
        return replace(found, edits=(), behind={u: s for u, s in found.behind.items() if s is not None})
    with patch.object(rebasing, "rebase", forgetful):
        yield
