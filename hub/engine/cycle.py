"""One cycle: pull every system, reconcile, push (design.md 5). A system that fails is skipped and named."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from hub.engine.census import set_aside, take_census
from hub.engine.contained import Contained
from hub.engine.desk import Desk
from hub.engine.erasing import begin_erasing, finish_erasing
from hub.engine.holding import hold_back
from hub.engine.identify import identify
from hub.engine.joining import join_judged, join_merged, join_strong
from hub.engine.merging import merge_inbox
from hub.engine.parting import part_judged
from hub.engine.planning import Plan, make_plan, release_plan
from hub.engine.pull import PullReport, pull
from hub.engine.push import push, recover
from hub.engine.rebasing import rebase_links
from hub.engine.report import Tally
from hub.engine.returning import wake_returned
from hub.engine.reviewing import decide
from hub.engine.together import together
from hub.engine.undoing import undo_runs
from hub.errors import AuthFailed, ConnectorError, Misconfigured
from hub.rules.rulebook import Rulebook
from hub.sdk.connector import Connector
from hub.store import contacts, journal, plans, systems
from hub.store.store import Store

ROUNDS = 4
"""How often a cycle plans again what its own pushes made possible (a reference that now resolves, a stale record)."""


@dataclass(slots=True)
class Cycle:
    """What one cycle did. ``plan``: the last plan made; ``state``: done, waiting (for approval), stale, stopped (somebody
    ended it), failed; ``waiting``: writes that wait for approval, ``left``: writes that were permitted and not made, ``why``:
    what stood in their way, by system. ``errors``: what stopped a system; one that a guard set aside is not among them."""

    run: str
    began_at: float = 0.0
    tally: Tally = field(default_factory=Tally)
    pulls: dict[str, PullReport] = field(default_factory=dict)
    plan: Plan | None = None
    state: str = "done"
    waiting: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    errors: dict[str, ConnectorError] = field(default_factory=dict)


async def run_cycle(
    store: Store, book: Rulebook, connectors: Mapping[str, Connector], *,
    pushing: bool = True, only: frozenset[str] = frozenset(), approve: str | None = None,
    expect_plan: str | None = None, kind: str = "sync", accept: frozenset[str] = frozenset(),
) -> Cycle:
    """Pull → reconcile → push, with the systems of these ``connectors``; what is to be written to others waits for theirs.

    ``pushing``      False: the hub's own state moves, nothing leaves the house (``hub plan``)
    ``only``         contacts of a pilot: all the way for them; it opens no system for the others
    ``approve``      who approves the plan this cycle makes, by name; None: only what is permitted already goes
    ``accept``       systems whose census a person looked at: they are not set aside in this cycle
    ``expect_plan``  with ``approve``: the hash the plan must have, else nothing is sent and PlanStale is the state
    """
    connectors = {name: cast("Connector", Contained(name, connector)) for name, connector in connectors.items()}
    run = await store.call(_begin, store, kind)
    cycle = Cycle(run, store.clock())
    stopped: dict[str, str] = cycle.tally.stopped
    try:
        await _pull_all(store, book, connectors, cycle, accept)
        aside = await store.call(take_census, store, book, {n: p.listed for n, p in cycle.pulls.items() if p.listed is not None})
        aside = {name: why for name, why in aside.items() if name not in accept}
        await store.call(set_aside, store, aside, {n for n, p in cycle.pulls.items() if p.error is None})
        stopped.update(aside)
        opened: set[str] = set()
        for round_ in range(ROUNDS):
            await store.call(reconcile, store, book, cycle, set(aside), only)
            assert cycle.plan is not None
            if not pushing:
                break
            by = approve if round_ == 0 else None
            if by is not None and expect_plan is not None and cycle.plan.hash != expect_plan:
                cycle.state = "stale"
                break
            if by is not None:
                cycle.tally.approved_by = by
                opened |= await store.call(_approve_systems, store, cycle.plan, remembered=not only)
            approved = await store.call(_approved, store, opened)
            await store.call(release_plan, store, book, cycle.plan, approved, by=by)
            if not cycle.plan.ready:
                break
            before = (cycle.tally.writes, cycle.tally.stale)
            await _push_all(store, book, connectors, cycle)
            if (cycle.tally.writes, cycle.tally.stale) == before:
                break
        if cycle.plan is not None and cycle.state == "done":
            await store.call(_note_left_over, store, cycle, set(connectors))
    except asyncio.CancelledError:
        cycle.state = "stopped"
        raise
    except BaseException:
        cycle.state = "failed"
        raise
    finally:
        if cycle.state != "failed":
            await store.call(_end, store, cycle)
    return cycle


async def _pull_all(
    store: Store, book: Rulebook, connectors: Mapping[str, Connector], cycle: Cycle, accept: frozenset[str]
) -> None:
    async def one(name: str, connector: Connector) -> PullReport:
        try:
            await recover(name, connector, store, book, cycle.run)
        except ConnectorError as e:
            return PullReport(name, error=e)
        return await pull(name, connector, store, book.entity.name, sweep_s=book.sweep_s, whole_s=book.whole_s,
                          accepted=name in accept)

    names = sorted(n for n in connectors if n in book.systems)
    for report in await together(one(n, connectors[n]) for n in names):
        cycle.pulls[report.system] = report
        cycle.tally.read += report.read
        if report.error is not None:
            _stopped(cycle, report.system, report.error)
    await store.call(_note_systems, store, cycle)


def reconcile(store: Store, book: Rulebook, cycle: Cycle, aside: set[str], only: frozenset[str] = frozenset()) -> Plan:
    """Inbox → contacts → plan. Runs in the store's thread; every step can be repeated after a crash."""
    tally, run = cycle.tally, cycle.run
    rebase_links(store, book, run, tally)
    erasing = begin_erasing(store, book, run, tally)
    hold_back(store, book, run, aside)
    identify(store, book, run, tally, aside)
    decide(store, book, run, tally)
    undo_runs(store, book, run)
    part_judged(store, book, run)
    join_judged(store, book, run, tally)
    if merge_inbox(store, book, run, tally, aside):
        join_merged(store, book, run, tally)
    join_strong(store, book, run, tally)
    while wake_returned(store, book, run, aside):
        if merge_inbox(store, book, run, tally, aside):
            join_merged(store, book, run, tally)
        join_strong(store, book, run, tally)
    settle_lost_creates(store, book, cycle, aside)
    if erasing:
        finish_erasing(store, book, tally)
    cycle.plan = make_plan(store, book, run, tally, only=only)
    return cycle.plan


def settle_lost_creates(store: Store, book: Rulebook, cycle: Cycle, aside: set[str]) -> None:
    """Where a system keeps no key of ours, a full reading after the lost answer that did not bring the record means it
    did not land: its contact is planned again. What a system tells that looks like an accident means nothing."""
    whole = {n for n, p in cycle.pulls.items() if p.error is None and n not in aside and not book.systems[n].searchable}
    if not whole:
        return
    with store.writing() as tx:
        desk = Desk(tx, book, cycle.run)
        for intent in plans.open_intents(tx):
            if intent.op == "create" and intent.system in whole and intent.sent_at < cycle.began_at:
                plans.set_intent_state(tx, {intent.id: ("settled", "it had not landed")})
                plans.set_write_state(tx, {intent.write: ("dropped", "it had not landed")})
                contacts.set_waiting(tx, {desk.alias(intent.contact): 1})


async def _push_all(store: Store, book: Rulebook, connectors: Mapping[str, Connector], cycle: Cycle) -> None:
    async def one(name: str, connector: Connector) -> tuple[str, ConnectorError | None]:
        try:
            await push(name, connector, store, book, cycle.run, cycle.tally)
        except ConnectorError as e:
            return name, e
        return name, None

    names = sorted(n for n in connectors if n in book.systems and n not in cycle.tally.stopped)
    for name, error in await together(one(n, connectors[n]) for n in names):
        if error is not None:
            _stopped(cycle, name, error)


def _stopped(cycle: Cycle, system: str, error: ConnectorError) -> None:
    cycle.errors[system] = error
    cycle.tally.stopped[system] = str(error)


def _begin(store: Store, kind: str) -> str:
    with store.writing() as tx:
        run = tx.new_id()
        journal.start_run(tx, run, kind)
        return run


def _end(store: Store, cycle: Cycle) -> None:
    with store.writing() as tx:
        journal.end_run(tx, cycle.run, cycle.state, cycle.tally.as_json())


def _note_systems(store: Store, cycle: Cycle) -> None:
    with store.writing() as tx:
        for name, report in sorted(cycle.pulls.items()):
            row = systems.know(tx, name)
            bad = isinstance(report.error, AuthFailed | Misconfigured)
            state = "stopped" if bad else "active" if row.state == "stopped" and report.error is None else row.state
            reason = str(report.error) if bad else "" if state == "active" else row.reason
            pulled = tx.now() if report.error is None else row.pulled_at
            systems.change(tx, name, state=state, reason=reason, pulled_at=pulled)


def _approved(store: Store, opened: set[str]) -> dict[str, bool]:
    with store.reading() as tx:
        return {n: bool(r.approved_plan) or n in opened for n, r in systems.all_systems(tx).items()}


def _approve_systems(store: Store, plan: Plan, *, remembered: bool) -> set[str]:
    """Systems an approved plan names may be written to (design.md 4); ``remembered``: from now on, not in this run only."""
    with store.writing() as tx:
        named = {system for system, *_ in plans.counts(tx, plan=plan.id)}
        for system in sorted(named) if remembered else ():
            systems.know(tx, system)
            systems.change(tx, system, approved_plan=plan.id)
    return named


def _note_left_over(store: Store, cycle: Cycle, names: set[str]) -> None:
    """Of the systems that took part; what is to be written to others waits for a cycle with them."""
    with store.reading() as tx:
        for (system, state, _), count in sorted(plans.unsent(tx).items()):
            if system not in names:
                continue
            into = cycle.waiting if state == "planned" else cycle.left
            into[system] = into.get(system, 0) + count
        cycle.why = plans.why_unsent(tx)
    if cycle.waiting:
        cycle.state = "waiting"
