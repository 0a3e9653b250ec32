"""plan, apply, sync: one cycle, and what it did in words."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.command import DONE, FAILED, STOPPED, Place, approver, command
from hub.cli.output import Busy, Output, cell, number

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.engine.cycle import Cycle

SAMPLE = 10
"""Writes a plan shows of each kind; --all shows every one."""

only_option = click.option(
    "--only", metavar="CONTACT", multiple=True,
    help="Only these people or organisations (a name, e-mail address, SYSTEM:ID or id); may be given several times.")
accept_option = click.option(
    "--accept", metavar="SYSTEM", multiple=True,
    help="Go on with a system that a guard set aside: you looked, and what it shows is right.")


@command("plan")
@click.option("-o", "file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the plan into FILE, for `hub apply FILE`.")
@click.option("--all", "whole", is_flag=True, help="Show every write, not only some of each kind.")
@only_option
def plan(place: Place, file: Path | None, whole: bool, only: tuple[str, ...]) -> int:
    """Read all systems and show what would be written. Writes nothing to any system.

    \b
    Examples:  hub plan
               hub plan -o friday.json
               hub plan --only "Anna Virtanen"
    """
    async def work(hub: Hub) -> int:
        cycle = await watched(place.show, hub, "plan", lambda: hub.plan(only=only))
        document = hub.plan_document(cycle.plan.id, only) if cycle.plan is not None else {}
        if file is not None:
            write_file(file, json.dumps(document, ensure_ascii=False, indent=1, default=str))
        place.show.result({**told_cycle(cycle), "document": document, "file": str(file) if file else None})
        tell_cycle(place, hub, cycle)
        tell_writes(place.show, document, whole)
        if file is not None:
            place.show.line(f"The plan is in {file}. Apply exactly this with `hub apply {file}`.")
        return exit_code(hub, cycle, planning=True)

    return place.with_hub(work)


@command("apply")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@approver
def apply(place: Place, file: Path, by: str) -> int:
    """Apply a plan that was shown, exactly or not at all.

    If anything changed since, nothing is written and the exit code is 3.

    \b
    Example:  hub apply friday.json
    """
    from hub.app import read_plan

    document = read_plan(file)

    async def work(hub: Hub) -> int:
        cycle = await watched(place.show, hub, "apply", lambda: hub.apply(document, by=by))
        place.show.result(told_cycle(cycle))
        tell_cycle(place, hub, cycle)
        return exit_code(hub, cycle)

    return place.with_hub(work)


@command("sync")
@click.option("--approve", is_flag=True, help="Approve what this run plans, whatever it is. Look at `hub plan` first.")
@only_option
@accept_option
@approver
def sync(place: Place, approve: bool, only: tuple[str, ...], accept: tuple[str, ...], by: str) -> int:
    """Read, merge, and write what is permitted.

    Into a system nobody approved yet, and what a guard holds back, is not written: the exit code is then 3.

    \b
    Examples:  hub sync
               hub sync --approve
               hub sync --approve --only anna@example.org
    """
    async def work(hub: Hub) -> int:
        approved = by if approve else None
        cycle = await watched(place.show, hub, "sync", lambda: hub.sync(approve=approved, only=only, accept=accept))
        place.show.result(told_cycle(cycle))
        tell_cycle(place, hub, cycle)
        return exit_code(hub, cycle)

    return place.with_hub(work)


async def watched(show: Output, hub: Hub, what: str, work: Callable[[], Awaitable[Cycle]]) -> Cycle:
    """Do it, and show on a terminal that it goes on."""
    from hub.organisations import requests_of

    began = time.monotonic()
    before = {name: requests_of(c) for name, c in hub.connectors.items()}

    async def look(busy: Busy) -> None:
        while True:
            sent = ", ".join(f"{name} {requests_of(c) - before[name]}" for name, c in sorted(hub.connectors.items()))
            busy.say(f"{what}: {time.monotonic() - began:.0f} s; requests: {sent or 'none'}")
            await asyncio.sleep(0.2)

    with show.busy(f"{what}…") as busy:
        if not busy.shown:
            return await work()
        watcher = asyncio.create_task(look(busy))
        try:
            return await work()
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)


def told_cycle(cycle: Cycle) -> dict[str, Any]:
    """A cycle as data."""
    plan = cycle.plan
    return {
        "run": cycle.run, "state": cycle.state,
        "systems": {n: {"read": p.read, "changed": p.arrived, "read_whole": p.listed is not None, "error": str(p.error or ""),
                        "warnings": list(p.warnings)}
                    for n, p in sorted(cycle.pulls.items())},
        "stopped": dict(cycle.tally.stopped),
        "plan": {"id": plan.id, "hash": plan.hash, "writes": plan.writes, "waits": dict(plan.waits)} if plan else None,
        "counts": cycle.tally.as_json(),
    }


def tell_cycle(place: Place, hub: Hub, cycle: Cycle) -> None:
    """A cycle in words."""
    show, tally = place.show, cycle.tally
    if not cycle.pulls and not tally.stopped:
        show.line(f"No system is configured yet: fill in {hub.workspace / 'config' / 'hub.toml'}.")
    show.table(["system", "read", "changed", "requests", "result"], [
        [n, p.read, p.arrived, tally.requests.get(n, 0), "problem" if n in tally.stopped else "fine"]
        for n, p in sorted(cycle.pulls.items())])
    for name, pull in sorted(cycle.pulls.items()):
        for warning in pull.warnings:
            show.warn(f"Warning: {name}: {warning}")
    show.line(f"{number(tally.linked, 'record')} linked, {number(tally.joined, 'contact')} joined, "
              f"{number(tally.merged, 'contact')} merged.")
    if tally.writes or tally.refused or tally.unknown:
        show.line(f"Written: {tally.created:,} created, {tally.updated:,} updated, {tally.deleted:,} deleted; "
                  f"{tally.refused:,} refused, {tally.stale:,} moved meanwhile, {tally.unknown:,} with unknown outcome.")
    stands = hub.status()
    for s in stands["systems"]:
        if s["no_writes"]:
            show.line(f"Nothing is written to {s['name']}: {s['no_writes']}.")
    waiting = sum(stands["conflicts"].values())
    if waiting:
        show.line(f"{number(waiting, 'conflict')} for a person: `hub conflicts list`.")
    if stands["matches"]:
        show.line(f"{number(stands['matches'], 'pair')} may be the same: `hub matches list`.")


def tell_writes(show: Output, document: Mapping[str, Any], whole: bool, sample: int = SAMPLE) -> None:
    """What a plan would write."""
    writes = document.get("writes", ())
    if not writes:
        show.line("Nothing to write.")
        return
    show.heading(f"The plan has {number(len(writes), 'write')}:")
    show.table(["system", "what", "why", "writes"],
               [[c["system"], c["op"], c["reason"], c["count"]] for c in document["counts"]])
    shown: list[Sequence[Any]] = []
    seen: dict[tuple[str, str], int] = {}
    for w in writes:
        key = (w["system"], w["op"])
        seen[key] = seen.get(key, 0) + 1
        if whole or seen[key] <= sample:
            shown.append([w["number"], w["system"], w["op"], w["name"], changes(w["before"], w["after"])])
    show.table(["nr", "system", "what", "who", "changes"], shown)
    if len(shown) < len(writes):
        show.line(f"… and {len(writes) - len(shown):,} more: --all shows them.")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """``name.family: Virtanen → Aho; emails: + anna@x.fi``"""
    units = [unit for unit in sorted(before.keys() | after.keys()) if before.get(unit) != after.get(unit)]
    plain = [unit for unit in units if unit.removesuffix(".primary") not in units or not unit.endswith(".primary")]
    return "; ".join(_change(unit, before.get(unit), after.get(unit)) for unit in plain)


def _change(unit: str, before: Any, after: Any) -> str:
    if not isinstance(before, Mapping) and not isinstance(after, Mapping):
        return f"{unit}: {cell(before)} → {cell(after)}" if before is not None else f"{unit}: {cell(after)}"
    old, new = _members(before), _members(after)
    said = [f"+ {cell(new[k])}" for k in new if k not in old] + [f"- {cell(old[k])}" for k in old if k not in new]
    said += [f"{cell(old[k])} → {cell(new[k])}" for k in new if k in old and old[k] != new[k]]
    return f"{unit}: {', '.join(said) or 'order'}"


def _members(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    return {k: [m.get("v"), *(a for a in (m.get("a") or {}).values() if a)] if isinstance(m, Mapping) else m
            for k, m in value.items()}


def exit_code(hub: Hub, cycle: Cycle, *, planning: bool = False) -> int:
    """1 when a system failed, 3 when a guard or a missing approval stopped something, else 0."""
    from hub.app import needs_approval
    from hub.cli.output import told

    aside = {s["name"] for s in hub.systems() if s["state"] == "aside"}
    for name, why in sorted(cycle.tally.stopped.items()):
        told(f"{'Stopped' if name in aside else 'Error'}: {why if why.startswith(name) else f'{name}: {why}'}")
    waits = None if planning else needs_approval(cycle)
    if waits is not None:
        told(f"Stopped: {waits}")
    if cycle.tally.stopped.keys() - aside:
        return FAILED
    return STOPPED if waits is not None or aside & cycle.tally.stopped.keys() else DONE


def write_file(path: Path, text: str) -> None:
    """Whole or not at all."""
    from hub.errors import UsageError

    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written ({error.strerror}). Name another place with -o.") from None
