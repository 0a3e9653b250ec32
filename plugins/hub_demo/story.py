"""The story the demo tells, step by step. What a step claims is looked up in the systems themselves."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.app import Hub
from hub.cli.cycles import watched
from hub.cli.output import number
from hub.cli.telling import tell_writes
from hub.engine.cycle import Cycle
from hub.model.refs import RecordRef
from hub.model.units import Projection
from hub.testing.people import World, make_people
from hub_demo import books, cards, crm, least, truth, workspace

if TYPE_CHECKING:
    from hub.cli.output import Output

CRM, STAFF, BOARD = "crm", "staff", "board"
SYSTEMS = (CRM, STAFF, BOARD)
BOOKS = (STAFF, BOARD)
WRITERS = {STAFF: cards.vcard3, BOARD: cards.vcard4}
BY = "the demo"
LATER_S = 300
"""What passes at the CRM between two steps, so that nothing of the last one is under way any more."""
ORGS_SHARE = 10
"""One organisation for so many people."""


Steps = Sequence[tuple[str, Callable[["Story"], Awaitable[None]]]]
"""Name → what happens."""


class Unexpected(Exception):
    """A step did not come out as it should."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step took. ``held``: units and deletes that wait for a person after it."""

    name: str
    read: int
    linked: int
    created: int
    updated: int
    deleted: int
    held: int
    writes: int
    requests: int
    least_requests: int
    seconds: float


@dataclass(frozen=True)
class Setting:
    """The systems as they were filled, running. ``native``: the id of each record in its system."""

    home: Path
    crm: crm.Crm
    books: books.Books
    known: Mapping[str, Sequence[Projection]]
    native: Mapping[truth.Place, str]

    def told(self) -> str:
        counts = ", ".join(f"{name} {len(self.known[name]):,}" for name in SYSTEMS)
        return (f"A CRM, the staff's and the board's address book hold {sum(map(len, self.known.values())):,} records "
                f"({counts}) of people and organisations that do not exist.")


def lay_out(servers: ExitStack, home: Path, seed: int, people: int) -> Setting:
    """Invent the people, fill and start the systems, write the workspace and the truth."""
    world: World = make_people(seed, people, max(4, people // ORGS_SHARE))
    known = world.spread(SYSTEMS)
    native = {(CRM, n): str(crm.FIRST_ID + n) for n in range(len(known[CRM]))}
    filled = {}
    for account in BOOKS:
        names = [cards.card_name(seed, account, n) for n in range(len(known[account]))]
        native |= {(account, n): name for n, name in enumerate(names)}
        filled[account] = [(name, WRITERS[account](who, name.removesuffix(".vcf")))
                           for name, who in zip(names, known[account], strict=True)]
    truth.write(home, world.truth, native)
    folder = home / "servers"
    books.lay_out(folder, filled)
    site = servers.enter_context(crm.serving(known[CRM]))
    shelf = servers.enter_context(books.serving(folder, {STAFF: "staff-password", BOARD: "board-password"}))
    workspace.fill(home, crm_url=site.url, books_url=shelf.url, secrets={CRM: crm.API_KEY, **shelf.passwords})
    return Setting(home, site, shelf, known, native)


@dataclass
class Story:
    """The steps, in order. ``contacts``: the records of each contact at the end."""

    show: Output
    setting: Setting
    steps: list[Step] = field(default_factory=list)
    contacts: list[list[RecordRef]] = field(default_factory=list)
    last_plan: Cycle | None = None
    conflict: dict[str, Any] = field(default_factory=dict)
    _pulled_at: int | None = None
    _cycles: list[tuple[Cycle, int]] = field(default_factory=list)
    _began: float = 0.0

    async def tell(self, steps: Steps) -> str:
        """The whole story; gives what did not come out as it should, or ""."""
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
                self.contacts = list(hub.records().values())
        return ""

    async def _step(self, name: str, step: Callable[[Story], Awaitable[None]]) -> None:
        self.show.line()
        self.show.heading(name[0].upper() + name[1:])
        self._cycles, self._began = [], time.monotonic()
        await step(self)
        seconds = time.monotonic() - self._began
        tallies = [cycle.tally for cycle, _ in self._cycles]
        made = Step(
            name, sum(t.read for t in tallies), sum(t.joined for t in tallies), sum(t.created for t in tallies),
            sum(t.updated for t in tallies), sum(t.deleted for t in tallies), sum(self.hub.status()["conflicts"].values()),
            sum(t.writes for t in tallies), sum(sum(t.requests.values()) for t in tallies),
            sum(fewest for _, fewest in self._cycles), round(seconds, 3))
        self.steps.append(made)
        self.show.line(f"{number(made.writes, 'write')}, {number(made.requests, 'request')} "
                       f"(the fewest possible: {made.least_requests:,}), {made.seconds:.1f} s.")

    # ---- what the steps use

    async def plan(self) -> Cycle:
        self.last_plan = await self._cycle("plan", self.hub.plan)
        return self.last_plan

    async def apply(self, document: Mapping[str, Any]) -> Cycle:
        return await self._cycle("apply", lambda: self.hub.apply(document, by=BY))

    async def sync(self) -> Cycle:
        return await self._cycle("sync", self.hub.sync)

    async def _cycle(self, what: str, work: Callable[[], Awaitable[Cycle]]) -> Cycle:
        site = self.setting.crm
        site.wait(LATER_S)
        first = self._pulled_at is None
        moved = site.size if self._pulled_at is None else site.moved_since(self._pulled_at)
        self._pulled_at = site.now
        cycle = await watched(self.show, self.hub, what, work)
        fewest = least.least(CRM, BOOKS, self.hub.written(cycle.run), moved, everything=first)
        self._cycles.append((cycle, fewest))
        if cycle.tally.stopped:
            raise Unexpected("; ".join(f"{name}: {why}" for name, why in cycle.tally.stopped.items()))
        return cycle

    def people_everywhere(self, count: int) -> list[dict[str, str]]:
        """People whom all three systems knew from the start and nobody has a question about: system → native id."""
        asked = {c["contact"] for c in self.hub.conflicts()}
        found: list[dict[str, str]] = []
        ours = {(system, native): n for (system, n), native in self.setting.native.items()}
        for contact, records in sorted(self.hub.records().items()):
            refs = {r.system: r.native_id for r in records}
            if contact in asked or len(records) != len(SYSTEMS) or len(refs) != len(SYSTEMS):
                continue
            if all((s, refs[s]) in ours and self._plain(s, ours[s, refs[s]]) for s in SYSTEMS):
                found.append({**refs, "contact": contact})
            if len(found) == count:
                return found
        raise Unexpected(f"fewer than {count} people are known to all three systems; take more people")

    def _plain(self, system: str, place: int) -> bool:
        who = self.setting.known[system][place]
        return who["kind"] == "individual" and not who.get("title") and bool(who.get("emails"))

    def explain_writes(self, cycle: Cycle) -> None:
        if cycle.plan is not None:
            tell_writes(self.show, self.hub.plan_document(cycle.plan.id), whole=False, sample=2)
