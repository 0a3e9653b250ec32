"""The hub as one object: every operation once. CLI, web and daemon call these and nothing below."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from hub import exporting, organisations, reviewing
from hub.backup import forgotten, making, older, restoring
from hub.config import CONFIG, Config, connect, database_of, no_writes, read_config, rulebook
from hub.engine import proposing
from hub.engine.asking import answering, conflicts, due, failures, matches, one_and_two, subjects, undoing, waiting
from hub.engine.asking.explaining import explain
from hub.engine.asking.known import Known, known
from hub.engine.asking.names import contact_named
from hub.engine.asking.people import Wanted, listed
from hub.engine.asking.plans import plan_document
from hub.engine.asking.status import runs, status
from hub.engine.cycle import Cycle, run_cycle
from hub.engine.noting import note_report, note_rules
from hub.errors import ApprovalNeeded, ConfigError, ConnectorError, PlanStale, StoreBusy, UnknownName, UsageError
from hub.model.listed import Listed
from hub.model.refs import RecordRef
from hub.model.waiting import Asked, Taken
from hub.organisations import requests_of
from hub.plugins import Registry, registry
from hub.rehearsal import rehearse
from hub.reviewing import answers
from hub.rules.rulebook import Rulebook
from hub.sdk.connector import Connector, Health, stirs
from hub.sdk.signing_in import SupportsSignIn
from hub.sign_ins import keep_sign_ins
from hub.store import counting, finding, journal, systems
from hub.store.store import Store
from hub.weighing.weigh import weigh
from hub.workspace import STATE, open_store


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``check`` found of one system: health, or the error in words."""

    system: str
    kind: str
    health: Health | None
    error: str = ""


@dataclass
class Hub:
    """An open workspace. Made by ``Hub.open``; closed by ``close`` (or ``async with``)."""

    workspace: Path
    config: Config
    registry: Registry
    book: Rulebook
    connectors: dict[str, Connector]
    store: Store
    _leased: bool = field(default=False, repr=False)

    @classmethod
    def open(cls, workspace: Path, *, connecting: bool = True, clock: Callable[[], float] = time.time) -> Hub:
        """Read the configuration and open the database. ``clock``: unix seconds. Raises ConfigError, StoreError with file
        and cure."""
        workspace = workspace.resolve()
        config = read_config(workspace)
        found = registry(config.hub.plugins)
        book = rulebook(workspace, config, found)
        connectors = connect(workspace, config, found) if connecting else {}
        keep_sign_ins(connectors, workspace)
        first = partial(making.make_backup, workspace, cause="before a migration")
        store = open_store(workspace, database_of(workspace, config), before_migrating=first, clock=clock)
        older.notice(workspace, store)
        forgotten.replay_erased(store, workspace / making.FOLDER)
        return cls(workspace, config, found, book, connectors, store)

    async def reread(self) -> None:
        """Read configuration, mappings and secrets again and go on with them. Raises ConfigError, and goes on with the old."""
        config = read_config(self.workspace)
        if config.hub.database != self.config.hub.database or config.hub.database_password != self.config.hub.database_password:
            raise ConfigError("`database` or its password changed: that needs a new start.", file=str(self.workspace / CONFIG))
        book = rulebook(self.workspace, config, found := registry(config.hub.plugins))
        connectors, old = connect(self.workspace, config, found), self.connectors
        keep_sign_ins(connectors, self.workspace)
        self.config, self.registry, self.book, self.connectors = config, found, book, connectors
        for connector in old.values():
            await connector.close()

    async def close(self) -> None:
        self._give_back()
        for connector in self.connectors.values():
            await connector.close()
        self.store.close()

    async def __aenter__(self) -> Hub:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _lease(self) -> None:
        if not self._leased:
            self.store.take_lease(f"{socket.gethostname()}:{os.getpid()}/{secrets.token_hex(4)}")
            self._leased = True
            older.note(self.workspace, self.store)

    def _give_back(self) -> None:
        if self._leased:
            self._leased = False
            self.store.give_back()

    # ---- systems

    async def check(self, names: Iterable[str] = ()) -> list[Checked]:
        """Ask every system (or the named ones) who we are there and what we may do."""
        out = []
        for name in sorted(set(names) or self.connectors):
            connector = self._connector(name)
            kind = self.config.systems[name].kind
            try:
                health = await connector.check()
            except ConnectorError as e:
                out.append(Checked(name, kind, None, str(e)))
                continue
            stranger = await organisations.another(self.store, name, self.config.systems[name], health.fingerprint)
            out.append(Checked(name, kind, health, str(stranger or "")))
        return out

    async def sign_in(self, name: str, tell: Callable[[str], None]) -> str:
        """A person signs in to a system; ``tell`` shows what to do where. Gives who it was. Raises UsageError where nobody has
        to, ConnectorError with the cure when it came to nothing."""
        connector = self._connector(name)
        if not isinstance(connector, SupportsSignIn) or not connector.signs_in:
            raise UsageError(f"Nobody has to sign in to {name}: as it is configured, it is used with its own settings. Whether "
                             f"they are right says `hub check {name}`.")
        return await connector.sign_in(tell)

    def _connector(self, name: str) -> Connector:
        if name not in self.connectors:
            raise UnknownName(f'No system is called "{name}". There are: {", ".join(sorted(self.connectors)) or "none"}.')
        return self.connectors[name]

    def systems(self) -> list[dict[str, Any]]:
        """Every configured system with kind, level, state, approval and counts."""
        with self.store.reading() as tx:
            known = systems.all_systems(tx)
            links = counting.links_by_life(tx)
        out = []
        for name, section in sorted(self.config.systems.items()):
            row, kind = known.get(name), self.registry.kinds.get(section.kind)
            out.append({
                "name": name, "kind": section.kind, "title": kind.title if kind else "",
                "level": kind.level.number if kind else 0, "verified_against": kind.level.against if kind else "",
                "verified_on": kind.level.on if kind else "", "state": row.state if row else "new",
                "reason": row.reason if row else "", "approved": bool(row and row.approved_plan),
                "writes": self.book.systems[name].writes, "no_writes": no_writes(section, kind) if kind else "",
                "pulled_at": row.pulled_at if row else None,
                "links": links.get(name, {})})
        return out

    # ---- plan, apply, sync

    async def plan(self, *, only: Iterable[str] = ()) -> Cycle:
        """Pull and reconcile; nothing leaves the house."""
        return await self._cycle(pushing=False, only=only, kind="plan")

    async def rehearse(self, folder: Path) -> dict[str, Any]:
        """What the configuration and mappings in another ``folder`` would do here; see ``hub.rehearsal``. Asks no system. Raises
        ConfigError naming file and line, StoreError where there is no room for a copy of the database."""
        config = read_config(folder)
        book = rulebook(folder, config, self.registry)
        now, new = ({n: organisations.address(s) for n, s in c.systems.items()} for c in (self.config, config))
        return await rehearse(self.store.copy_to, self.store.another, self.workspace / STATE, (self.book, now), (book, new))

    async def sync(
        self, *, approve: str | None = None, only: Iterable[str] = (), accept: Iterable[str] = (),
        systems: Iterable[str] | None = None, kind: str = "sync",
    ) -> Cycle:
        """Pull, reconcile, push what is permitted. ``approve``: who approves the plan this run makes. ``accept``: systems
        that a guard set aside and a person looked at. ``systems``: those that are asked and written to, the others rest;
        None: all. ``kind``: what the run is called. Raises UnknownName for a system that is not configured,
        ApprovalNeeded in a workspace that was restored and not confirmed."""
        self._must_be_confirmed()
        accepted = frozenset(accept)
        named = None if systems is None else frozenset(systems)
        for name in sorted(accepted | (named or frozenset())):
            self._connector(name)
        return await self._cycle(pushing=True, approve=approve, only=only, kind=kind, accept=accepted, among=named)

    async def apply(self, plan: Mapping[str, Any], *, by: str) -> Cycle:
        """Apply a plan that was shown, exactly or not at all. Raises PlanStale when the present plan is another,
        ApprovalNeeded in a workspace that was restored and not confirmed."""
        self._must_be_confirmed()
        wanted = plan.get("hash")
        if plan.get("format") != "contact-hub plan" or not isinstance(wanted, str):
            raise UsageError("This file is not a plan of contact-hub. Make one with `hub plan -o FILE`.")
        cycle = await self._cycle(pushing=True, approve=by, expect=wanted, only=plan.get("only", ()), kind="apply")
        if cycle.state == "stale":
            raise PlanStale("Something changed since this plan was made, so nothing was written. Look at the new plan "
                            "with `hub plan -o FILE` and apply that.")
        return cycle

    def _must_be_confirmed(self) -> None:
        older.notice(self.workspace, self.store)  # exchanged while a daemon had it open
        found = restoring.restored(self.workspace)
        if found is not None:
            why = f"was restored from the backup {found['file']}" if found.get("file") else "has an older database than before"
            raise ApprovalNeeded(f"This workspace {why} and only reads and compares. See with `hub plan` what it would write, "
                                 "then run `hub restore --confirm`.")

    async def _cycle(
        self, *, pushing: bool, approve: str | None = None, expect: str | None = None, only: Iterable[str] = (), kind: str,
        accept: Iterable[str] = (), among: frozenset[str] | None = None,
    ) -> Cycle:
        self._lease()
        try:
            async with self.store.renewing():
                return await self._leased_cycle(
                    pushing=pushing, approve=approve, expect=expect, only=only, kind=kind, accept=accept, among=among)
        finally:
            self._give_back()

    async def _leased_cycle(
        self, *, pushing: bool, approve: str | None, expect: str | None, only: Iterable[str], kind: str, accept: Iterable[str],
        among: frozenset[str] | None,
    ) -> Cycle:
        asked = {n: c for n, c in self.connectors.items() if among is None or n in among}
        before = {n: requests_of(c) for n, c in asked.items()}
        connectors = await organisations.without_strangers(self.store, self.config.systems, asked)
        addresses = {n: organisations.address(s) for n, s in self.config.systems.items()}
        note_rules(self.store, self.book, addresses)
        contacts = frozenset(contact_named(self.store, self.book, text) for text in only)
        cycle = await run_cycle(self.store, self.book, connectors, pushing=pushing, only=contacts, approve=approve,
                                expect_plan=expect, kind=kind, accept=frozenset(accept))
        for name, report in cycle.pulls.items():
            report.warnings.extend(organisations.warnings_of(self.connectors[name]))
        cycle.tally.requests = {n: requests_of(c) - before[n] for n, c in sorted(asked.items())}
        await self.store.call(note_report, self.store, cycle.run, cycle.state, cycle.tally.as_json())
        with suppress(StoreBusy):  # somebody reads the database file just now: the next run does it
            back_up = partial(self.backup, cause="after an erasure")
            await self.store.call(forgotten.forget, self.store, self.workspace / making.FOLDER, back_up)
        return cycle

    def plan_document(self, plan: str, only: Iterable[str] = ()) -> dict[str, Any]:
        """A plan as data: what ``hub plan -o`` writes and ``hub apply`` takes. "stirs": system → what a write there may
        start."""
        return {**plan_document(self.store, plan), "only": sorted(only),
                "stirs": {name: list(what) for name, c in sorted(self.connectors.items()) if (what := stirs(c))}}

    # ---- looking and deciding

    def status(self) -> dict[str, Any]:
        """Counts of what is there and what waits; "backup": the newest one, "restored": from which backup, or None."""
        return {**status(self.store, self.systems()), "backup": making.newest(self.workspace),
                "restored": restoring.restored(self.workspace)}

    def runs(self, limit: int = 20) -> list[dict[str, Any]]:
        return runs(self.store, limit)

    def conflicts(self) -> list[dict[str, Any]]:
        return conflicts.every(self.store)

    def conflict(self, name: str) -> dict[str, Any]:
        return conflicts.named(self.store, name)

    def resolve(self, name: str, choice: str, *, by: str, value: str | None = None) -> dict[str, Any]:
        """Answer a conflict: ``choice`` is a system's name, "hub" (the present value), "value", "keep-each"; for a
        missing record "delete", "keep" or "restore". Takes effect with the next run."""
        return conflicts.resolve(self.store, name, choice, by=by, value=value, region=self.book.authority.phone_region)

    def report(
        self, file: Path, *, language: str, system: str = "", cause: str = "", protected: bool = False, replacing: bool = False,
    ) -> Asked:
        """Write what waits for a person (``hub.engine.asking.waiting``) into an .html, .xlsx or .json file. Raises UsageError."""
        found = waiting.asked(self.store, self.book, system=system, cause=cause, protected=protected)
        reviewing.report(found, file, language=language, now=self.store.clock(), replacing=replacing)
        return found

    def take_answers(self, file: Path, *, by: str, dry_run: bool = False) -> Taken:
        """The answers filled into a report (.xlsx), with effect from the next run. Raises UsageError for what is none."""
        given = answers.read(file, self.store.installation)
        return answering.take(self.store, self.book, given, by=by, dry_run=dry_run)

    def matches(self) -> list[dict[str, Any]]:
        return matches.every(self.store)

    def judge(self, names: Iterable[str], verdict: str, *, by: str) -> int:
        """Accept or reject candidates, one by one or a whole cause at once. Takes effect with the next run."""
        return matches.judge(self.store, names, verdict, by=by)

    def weigh(self, *, unlike: bool = False) -> dict[str, int]:
        """Let Splink propose pairs beside those of the tiers. Returns how many new ones of each cause. Raises UsageError where it
        is not installed or has too little to learn from, StoreError while another run holds the workspace."""
        who = proposing.everybody(self.store)
        found = weigh(who.profiles, who.systems, contacts=who.contacts, apart=who.apart, unlike=unlike)
        self._lease()
        try:
            return dict(proposing.propose(self.store, found))
        finally:
            self._give_back()

    def failures(self, *, dismissed: bool = False) -> list[dict[str, Any]]:
        """Writes a system refused, or that cannot be said there; ``dismissed``: those too."""
        return failures.every(self.store, dismissed=dismissed)

    def retry(self, names: Iterable[str]) -> int:
        """Try failures (by id, system, or "all") again with the next run. Returns how many."""
        return failures.retry(self.store, names)

    def dismiss(self, names: Iterable[str], *, by: str) -> int:
        """Tell nobody of these failures any more; they stay parked. Returns how many."""
        return failures.dismiss(self.store, names, by=by)

    def people(self, wanted: Wanted, *, protected: bool = False) -> list[Listed]:
        """Contacts by name; see ``hub.engine.asking.people``."""
        return listed(self.store, self.book, wanted, today=date.today().isoformat(), protected=protected)

    def known(self, system: str) -> Known:
        """The records of a system as last read; see ``hub.engine.asking.known``."""
        return known(self.store, self.book, system)

    def export(self, file: Path, wanted: Wanted, *, protected: bool = False, replacing: bool = False) -> int:
        """Write contacts into a .csv, .xlsx or .vcf file. Returns how many. Raises UsageError."""
        people = self.people(wanted, protected=protected)
        exporting.export(people, file, replacing=replacing)
        return len(people)

    def backup(self, *, to: Path | None = None, keep: int = making.KEPT, cause: str = "asked") -> making.Backup:
        """Back the workspace up into its ``backups/`` (the newest ``keep`` stay), or into the folder ``to``. Raises
        StoreError."""
        made = making.make_backup(self.workspace, self.store.copy_to, to=to, keep=keep, cause=cause,
                                  now=lambda: datetime.fromtimestamp(self.store.clock(), UTC))
        if to is not None:
            forgotten.copy_erased(self.workspace / making.FOLDER, to)
        return made

    def merge(self, one: str, other: str, *, by: str) -> dict[str, Any]:
        """Two contacts are one. Takes effect with the next run."""
        return one_and_two.merge(self.store, self.book, one, other, by=by)

    def unmerge(self, contact: str, *, by: str | None) -> dict[str, Any]:
        """The last merge of a contact; with ``by`` also take it back, with the next run."""
        return one_and_two.unmerge(self.store, self.book, contact, by=by)

    def undo(self, run: str, *, by: str | None) -> dict[str, Any]:
        """What undoing a run would do; with ``by`` also ask for it, which takes effect with the next run."""
        return undoing.preview(self.store, self.book, run) if by is None else undoing.ask(self.store, self.book, run, by=by)

    def subject(self, name: str) -> dict[str, Any]:
        """All that is held of a contact, in plain; see ``hub.engine.asking.subjects``."""
        return subjects.everything_of(self.store, self.book, name)

    def erase(self, name: str, keep: Mapping[str, str], *, by: str | None, both: bool = False) -> dict[str, Any]:
        """What erasing a contact would do; with ``by`` also ask for it, which begins with the next run. ``keep``: system →
        why its record stays. ``both``: also who was joined from two of different names."""
        return (subjects.preview(self.store, self.book, name, keep) if by is None else
                subjects.ask(self.store, self.book, name, keep, by=by, both=both))

    def due(self, keep: Mapping[str, str], *, without: Iterable[str] = ()) -> dict[str, Any]:
        """Who is kept no longer by the rules of retention; see ``hub.engine.asking.due``."""
        return due.due(self.store, self.book, keep, without=without)

    def erase_due(self, name: str, keep: Mapping[str, str], without: Iterable[str], count: int | None, by: str) -> dict[str, Any]:
        """Erase exactly those on the list of this name, from the next run on; see ``hub.engine.asking.due``."""
        return due.approve(self.store, self.book, keep, without=without, listed=name, people=count, by=by)

    def subjects(self, erasure: str | None = None) -> dict[str, Any]:
        """The erasures (or the named one) with their receipts, and which records were held back since. Raises UnknownName."""
        return subjects.subjects(self.store, erasure)

    def let_in(self, names: Iterable[str], *, admitted: bool, by: str) -> int:
        """Admit held-back records, or leave them out, unasked from now on. Returns how many."""
        return subjects.decide(self.store, names, subjects.ADMITTED if admitted else subjects.REFUSED, by=by)

    def verify(self) -> tuple[int, int | None]:
        """Of the journal: how many rows, and the first one that was changed, removed or put out of order, or None."""
        with self.store.reading() as tx:
            return journal.length(tx), journal.verify(tx)

    def records(self) -> dict[str, list[RecordRef]]:
        """contact → the records that are it."""
        with self.store.reading() as tx:
            return finding.records_of_contacts(tx)

    def written(self, run: str) -> dict[tuple[str, str], int]:
        """(system, op) → writes of a run that were done."""
        with self.store.reading() as tx:
            return counting.written(tx, run)

    def explain(self, contact: str, unit: str | None = None) -> dict[str, Any]:
        return explain(self.store, self.book, contact, unit)
