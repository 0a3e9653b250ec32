"""Bugs of writing and reading: intents, answers, versions, checkpoints (merge.md 3, 12, 13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hub.engine import desk, identify, merging, planning, pull, push
from hub.model.record import NativeRecord
from hub.model.write import Done, Refused, Unknown
from hub.rules import settle, shape
from hub.rules.own_key import own_key
from hub.rules.settle import Settlement, answered
from hub.store import plans
from hub.store.store import Store
from hub.testing.simulation.planted.plant import plant


@plant("3 a lost answer is not settled: our own value is taken for a user's edit", first=0)
def _unsettled() -> Iterator[None]:
    def settle(_entity: Any, _send: Any, _units: Any, shadow: Any, behind: Any, _observed: Any, **_: Any) -> Settlement:
        return Settlement(dict(shadow), {}, None, False)
    with patch.object(merging, "settle_send", settle):
        yield


@plant("3 what a vendor made of our value after a lost answer is taken for a user's edit", first=0)
def _rewritten() -> Iterator[None]:
    with patch("hub.rules.settle.rewritten", lambda sent, there: False):
        yield


@plant("12 what differs from the shadow is written, not what the link is behind on", first=1)
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


@plant("13 the shadow is not moved by an answer", first=0)
def _shadow() -> Iterator[None]:
    real = push._show

    def show(desk_: Any, link: Any, intent: Any, result: Any, refs: Any) -> None:
        native, shadow = link.native, link.shadow
        real(desk_, link, intent, result, refs)
        if native:
            link.native, link.shadow = native, shadow
    with patch.object(push, "_show", show):
        yield


@plant("13 a stale answer counts as written", first=0)
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


@plant("writing: the version is not asked for", first=0)
def _unconditional() -> Iterator[None]:
    real = push._native_write

    def native_write(book: Any, write: Any, intent: Any) -> Any:
        return replace(real(book, write, intent), expect=None)
    with patch.object(push, "_native_write", native_write):
        yield


@plant("writing: a lost answer to a create is a failure, and it is made again", first=0)
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


@plant("writing: what the vendor stored is not read back", first=0)
def _no_read_back() -> Iterator[None]:
    async def read_back(connector: Any, batch: Any, results: Any) -> Any:

        return [Done(r.ref, NativeRecord(r.ref, {**(w.before or {}), **w.patch}, r.version), r.version)
                if isinstance(r, Done) and r.record is None and w.op != "delete" else r
                for w, r in zip(batch, results, strict=True)]
    with patch.object(push, "_read_back", read_back):
        yield


@plant("pull: the checkpoint is stored before what it stands for", first=0)
def _early_checkpoint() -> Iterator[None]:
    real = pull._take

    def take(tx: Any, part: Any, listing: str, report: Any, *, confirmed: bool, first: bool) -> Any:
        if len(part) > 1 and not confirmed:
            part = part[:-1]
        return real(tx, part, listing, report, confirmed=confirmed, first=first)
    with patch.object(pull, "_take", take):
        yield


@plant("intent: an unknown outcome does not keep the record from being written again", first=0)
def _again() -> Iterator[None]:
    def take(self: Any, ids: Any) -> None:
        real(self, ids)
        self.intents = {}
    real = desk.Desk.take
    with patch.object(desk.Desk, "take", take), patch.object(plans, "open_intents", lambda *a, **k: []):
        yield


@plant("3 somebody else's marker is taken for ours", first=0)
def _marker() -> Iterator[None]:
    real = settle.settle_send

    def settle_(entity: Any, send: Any, *args: Any, marker_there: Any, **more: Any) -> Any:
        return real(entity, send, *args, marker_there=send.marker if marker_there else None, **more)
    with patch.object(merging, "settle_send", settle_):
        yield


@plant("3 after a lost answer a set is compared with the shadow alone", first=3, world="meetings")
def _also() -> Iterator[None]:
    real = settle.settle_send

    def settle_(entity: Any, send: Any, units: Any, shadow: Any, *args: Any, **more: Any) -> Settlement:
        found = real(entity, send, units, shadow, *args, **more)
        if found.landed is not None:
            return found
        return replace(found, sent=None, shadow={u: shadow[u] if u in entity.sets and u in shadow else v
                                                 for u, v in found.shadow.items()})
    with patch.object(merging, "settle_send", settle_):
        yield


@plant("13 what was sent counts as the newest, though that changed since", first=3, world="site")
def _newest() -> Iterator[None]:
    with patch.object(settle, "_landed", lambda units, behind, unit, rev: behind.pop(unit, None)):
        yield


@plant("13 a record made again after its end gets the key it had", first=14, world="meetings")
def _same_key() -> Iterator[None]:
    real = own_key
    with patch.object(planning, "own_key", lambda origin, contact, attempt: real(origin, contact, 0)):
        yield


@plant("intent: it is stored after the call", first=26, world="meetings")
def _after_the_call() -> Iterator[None]:
    real_claim, real_answer, add = push._claim, push._answer, plans.add_intents
    kept: list[Any] = []

    def claim(*args: Any) -> Any:
        kept.clear()  # a crash forgot them
        with patch.object(plans, "add_intents", lambda tx, rows: kept.extend(rows)), \
                patch.object(plans, "set_write_state", lambda tx, states: None):
            return real_claim(*args)

    def answer(store: Any, *args: Any) -> None:
        with store.writing() as tx:
            add(tx, kept)
        kept.clear()
        real_answer(store, *args)
    with patch.object(push, "_claim", claim), patch.object(push, "_answer", answer):
        yield


@plant("fence: a run whose workspace was taken over goes on", first=1, world="site")
def _fence() -> Iterator[None]:
    with patch.object(Store, "_epoch", lambda self, sql: self.epoch):
        yield


@plant("lease: two runs hold one workspace", first=1, world="site")
def _lease() -> Iterator[None]:
    real = Store.take_lease
    with patch.object(Store, "take_lease", lambda self, holder, force=False: real(self, holder, force=True)):
        yield
