"""The story the demo tells, step by step. What a step claims is looked up in the systems themselves."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from hub.app import Hub
from hub.cli.cycles import watched
from hub.cli.output import number
from hub.cli.telling import tell_writes
from hub.engine.cycle import Cycle
from hub.model.refs import RecordRef
from hub_demo.association import CRM, PARTNERS, STAFF, VOLUNTEERS
from hub_demo.decisions import Decision
from hub_demo.meter import Meter
from hub_demo.setting import Setting

if TYPE_CHECKING:
    from hub.cli.output import Output

BY = "the demo"
LATER_S = 300
"""What passes at the CRM between two steps, so that nothing of the last one is under way any more."""


Steps = Sequence[tuple[str, Callable[["Story"], Awaitable[None]]]]
"""Name → what happens."""


class Unexpected(Exception):
    """A step did not come out as it should."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step took. ``held``: units and deletes that wait for a person after it; ``least_requests``: None where nobody
    counted (``Story.metered``)."""

    name: str
    read: int
    linked: int
    created: int
    updated: int
    deleted: int
    held: int
    writes: int
    requests: int
    least_requests: int | None
    seconds: float


@dataclass
class Story:
    """The steps, in order. ``contacts``: the records of each contact after the second sync, before people go on working;
    ``decided``: who is the same, group by group. ``metered``: the fewest requests are counted, which is known of the four
    systems of ``hub demo``."""

    show: Output
    setting: Setting
    steps: list[Step] = field(default_factory=list)
    contacts: list[list[RecordRef]] = field(default_factory=list)
    decided: list[Decision] = field(default_factory=list)
    last_plan: Cycle | None = None
    conflict: dict[str, Any] = field(default_factory=dict)
    metered: bool = True
    _used: set[str] = field(default_factory=set)
    _cycles: list[tuple[Cycle, int | None]] = field(default_factory=list)

    async def tell(self, steps: Steps) -> str:
        """The whole story; gives what did not come out as it should, or ""."""
        self._meter = Meter(self.setting) if self.metered else None
        async with Hub.open(self.setting.home) as hub:
            self.hub = hub
            for checked in await hub.check():
                if checked.error:
                    return checked.error
            try:
                for name, step in steps:
                    await self._step(name, step)
            except Unexpected as what:
                return str(what)
            finally:
                self.contacts = self.contacts or list(hub.records().values())
        return ""

    async def _step(self, name: str, step: Callable[[Story], Awaitable[None]]) -> None:
        self.show.line()
        self.show.heading(name[0].upper() + name[1:])
        self._cycles, began = [], time.monotonic()
        await step(self)
        seconds = time.monotonic() - began
        tallies = [cycle.tally for cycle, _ in self._cycles]
        fewest = [count for _, count in self._cycles if count is not None]
        made = Step(
            name, sum(t.read for t in tallies), sum(t.joined for t in tallies), sum(t.created for t in tallies),
            sum(t.updated for t in tallies), sum(t.deleted for t in tallies), self.held, sum(t.writes for t in tallies),
            sum(sum(t.requests.values()) for t in tallies), sum(fewest) if self.metered else None, round(seconds, 3))
        self.steps.append(made)
        least = f" (the fewest possible: {made.least_requests:,})" if made.least_requests is not None else ""
        self.show.line(f"{number(made.writes, 'write')}, {number(made.requests, 'request')}{least}, {made.seconds:.1f} s.")

    # ---- what the steps use

    @property
    def held(self) -> int:
        return sum(self.hub.status()["conflicts"].values())

    async def plan(self) -> Cycle:
        self.last_plan = await self._cycle("plan", self.hub.plan)
        return self.last_plan

    async def apply(self, document: Mapping[str, Any]) -> Cycle:
        return await self._cycle("apply", lambda: self.hub.apply(document, by=BY))

    async def sync(self) -> Cycle:
        return await self._cycle("sync", self.hub.sync)

    async def _cycle(self, what: str, work: Callable[[], Awaitable[Cycle]]) -> Cycle:
        self.setting.crm.wait(LATER_S)
        if self._meter is not None:
            self._meter.before()
        cycle = await watched(self.show, self.hub, what, work)
        self._cycles.append((cycle, self._meter.after(self.hub.written(cycle.run)) if self._meter is not None else None))
        if cycle.tally.stopped:
            raise Unexpected("; ".join(f"{name}: {why}" for name, why in cycle.tally.stopped.items()))
        return cycle

    def somebody_at_work(self) -> dict[str, str]:
        """Somebody whose employer the partners' system names, in CRM, partners and staff, nowhere twice."""
        return self._somebody({CRM, PARTNERS, STAFF}, lambda refs: bool(
            self.setting.partners.contact(refs[PARTNERS]).get("parentcustomerid")))

    def a_volunteer(self) -> dict[str, str]:
        """Somebody with one number, and that on the volunteers' list, in CRM and staff too."""
        return self.with_one_number({CRM, STAFF, VOLUNTEERS})

    def with_one_number(self, systems: set[str], roles: Set[str] = frozenset()) -> dict[str, str]:
        """Somebody in exactly these systems, the list among them, with one number, and that on the list, whom the CRM knows to
        have these roles."""
        rows, site = self.setting.volunteers.rows(), self.setting.crm
        return self._somebody(systems, lambda refs: bool(
            rows[refs[VOLUNTEERS]]["Puhelin"] and len(site.phones(int(refs[CRM]))) == 1 and roles <= site.roles(int(refs[CRM]))))

    def _somebody(self, systems: set[str], fits: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """A person nobody has a question about, in exactly these systems and not used yet: system → native id."""
        for contact, refs in self._plain("Individual"):
            if refs.keys() == systems and fits(refs):
                self._used.add(contact)
                return {**refs, "contact": contact}
        raise Unexpected(f"nobody left is known to just {', '.join(sorted(systems))}; take more people")

    def an_organisation(self, systems: Set[str], fits: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """One nobody has a question about, in these systems at least: system → native id."""
        for _, refs in self._plain("Organization"):
            if refs.keys() >= systems and fits(refs):
                return refs
        raise Unexpected(f"no organisation is known to {', '.join(sorted(systems))}; take more people")

    def _plain(self, contact_type: str) -> Iterator[tuple[str, dict[str, str]]]:
        """By their number in the CRM: contacts get another id in every run."""
        asked = {each["contact"] for each in (*self.hub.conflicts(), *self.hub.failures())} | self._used
        people = {contact: {r.system: r.native_id for r in records} for contact, records in self.hub.records().items()
                  if contact not in asked and len({r.system for r in records}) == len(records)}
        in_crm = [(int(refs[CRM]), contact, refs) for contact, refs in people.items() if CRM in refs]
        for found, contact, refs in sorted(in_crm, key=itemgetter(0)):
            if self.setting.crm.contact(found)["contact_type"] == contact_type:
                yield contact, refs

    async def with_one_question(self, *, what: str) -> dict[str, Any]:
        """Sync, after something that one question and no write must come of; gives the question."""
        before = {c["id"] for c in self.hub.conflicts()}
        done = await self.sync()
        new = [c for c in self.hub.conflicts() if c["id"] not in before]
        if len(new) != 1 or done.tally.writes:
            raise Unexpected(f"{number(len(new), 'question')} and {number(done.tally.writes, 'write')} came of {what}")
        return new[0]

    def explain_writes(self, cycle: Cycle) -> None:
        if cycle.plan is not None:
            tell_writes(self.show, self.hub.plan_document(cycle.plan.id), whole=False, sample=2)
