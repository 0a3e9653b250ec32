"""Cycles that do not go their usual way: nobody approves, a plan is looked at first and applied later, another process takes the
workspace over, a connector makes a mistake. What must hold of such a cycle is checked when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.engine.cycle import Cycle, run_cycle
from hub.errors import FenceLost, StoreBusy
from hub.rules.rulebook import Rulebook
from hub.store import plans, systems
from hub.store import tables as t
from hub.store.store import Store
from hub.testing.simulation.people import Users
from hub.testing.simulation.site import Mistaken, Site

BY = "reviewer"


@dataclass(frozen=True)
class Unusual:
    """``mutations``: how many writes landed so far, everywhere."""

    site: Site
    users: Users
    mutations: Callable[[], int]

    async def cycle(self, store: Store, book: Rulebook, restart: Callable[[], Store]) -> list[str]:
        """One cycle, drawn from the site's dice. Returns violations. A crash goes through."""
        rng = self.site.rng
        connectors: dict[str, Any] = {n: self.site.actors[n].connector for n in book.systems}
        if rng.random() < 0.15:
            name = rng.choice(sorted(connectors))
            mistake = rng.choice(["raises", "emptied"])
            connectors[name] = Mistaken(connectors[name], mistake)
            self.users.trace.append((mistake, name))
        roll = rng.random()
        if roll < 0.3:
            return await self._nobody_approves(store, book, connectors)
        if roll < 0.5:
            return await self._looked_at_first(store, book, connectors)
        if roll < 0.55:
            return await self._taken_over(store, book, connectors, restart)
        await run_cycle(store, book, connectors, approve=BY)
        return []

    async def _nobody_approves(self, store: Store, book: Rulebook, connectors: dict[str, Any]) -> list[str]:
        with store.reading() as tx:
            shut = {n for n, row in systems.all_systems(tx).items() if not row.approved_plan}
        before = {n: len(self.site.actors[n].vendor.log) for n in shut if n in self.site.actors}
        await run_cycle(store, book, connectors)
        return [f"permit: {n} was written to, and no plan that names it was approved" for n, count in before.items()
                if len(self.site.actors[n].vendor.log) != count]

    async def _looked_at_first(self, store: Store, book: Rulebook, connectors: dict[str, Any]) -> list[str]:
        shown = await run_cycle(store, book, connectors, pushing=False, kind="plan")
        assert shown.plan is not None
        seen = self._writes(store, shown)
        if self.site.rng.random() < 0.6:
            self.users.act()
        before = self.mutations()
        applied = await run_cycle(store, book, connectors, approve=BY, expect_plan=shown.plan.hash)
        if applied.state == "stale":
            return ["plan: it was stale, and writes were sent"] if self.mutations() != before else []
        more = self._writes(store, applied, first=True) - seen
        return [f"plan: {len(more)} writes were sent that nobody had been shown"] if more else []

    def _writes(self, store: Store, cycle: Cycle, *, first: bool = False) -> set[tuple[str, ...]]:
        """What a cycle's plan writes; ``first``: of its plans the one that was approved."""
        with store.reading() as tx:
            plan = cycle.plan.id if cycle.plan is not None else ""
            if first:
                made = select(t.plan.c.id).where(t.plan.c.run == cycle.run, t.plan.c.approved_by.is_not(None))
                plan = tx.sql.execute(made).scalar() or ""
            return {(w.system, w.op, w.contact, w.link or "", w.digest) for w in plans.writes(tx, plan=plan)}

    async def _taken_over(
        self, old: Store, book: Rulebook, connectors: dict[str, Any], restart: Callable[[], Store]
    ) -> list[str]:
        """Another process takes the workspace by force; the old one wakes up and goes on, and must not."""
        out = []
        old.take_lease("elsewhere/1/old")
        new = restart()
        try:
            new.take_lease("elsewhere/2/new")
            out.append("lease: two processes hold one workspace")
        except StoreBusy:
            new.take_lease("elsewhere/2/new", force=True)
        before = self.mutations()
        try:
            await run_cycle(old, book, connectors, approve=BY)
            out.append("fence: a run went on after its workspace was taken over")
        except FenceLost:
            if self.mutations() != before:
                out.append("fence: it wrote after its workspace was taken over")
        new.give_back()
        await run_cycle(new, book, connectors, approve=BY)
        return out
