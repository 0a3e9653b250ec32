"""plan, apply, sync: one cycle each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.command import Place, approver, command
from hub.cli.language import LANGUAGES, language_here
from hub.cli.output import Busy, Output
from hub.cli.plan_file import read_plan, write_plan
from hub.cli.plan_page import plan_page, write_page
from hub.cli.rehearsing import rehearsed
from hub.cli.telling import exit_code, tell_cycle, tell_writes, told_cycle
from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.engine.cycle import Cycle

only_option = click.option(
    "--only", metavar="CONTACT", multiple=True,
    help="Only these people or organisations (a name, e-mail address, SYSTEM:ID or id); may be given several times.")
accept_option = click.option(
    "--accept", metavar="SYSTEM", multiple=True,
    help="Go on with a system that a guard set aside: you looked, and what it shows is right.")


@command("plan")
@click.option("-o", "file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the plan into FILE, for `hub apply FILE`.")
@click.option("--html", "page", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the plan as one page to read and print into FILE.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the page. Default: this computer's, else en.")
@click.option("--all", "whole", is_flag=True, help="Show every write, not only some of each kind.")
@only_option
@click.option("--config", "folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="What would the changed config/ and mappings/ in DIR do? Asks no system; nothing of it becomes live.")
def plan(
    place: Place, file: Path | None, page: Path | None, lang: str | None, whole: bool, only: tuple[str, ...], folder: Path | None,
) -> int:
    """Read all systems and show what would be written. Writes nothing to any system.

    With --config, show what a changed configuration would do beside that, computed on a copy of the database from what is known:
    copy config/ and mappings/ into another folder, change them there, and look before you put them back.

    \b
    Examples:  hub plan
               hub plan -o friday.json --html friday.html --lang fi
               hub plan --only "Anna Virtanen"
               hub plan --config changed
    """
    if folder is not None:
        if file is not None or page is not None or only:
            raise UsageError("--config goes with --all and --json alone: what it shows cannot be applied. Put the changed files "
                             "in place, and `hub plan -o FILE` makes the plan.")
        return rehearsed(place, folder, whole)

    async def work(hub: Hub) -> int:
        cycle = await watched(place.show, hub, "plan", lambda: hub.plan(only=only))
        document = hub.plan_document(cycle.plan.id, only) if cycle.plan is not None else {}
        if file is not None:
            write_plan(file, document)
        if page is not None:
            write_page(page, plan_page(document, workspace=str(hub.workspace), waits=cycle.tally.stopped,
                                       language=lang or language_here()))
        place.show.result({**told_cycle(cycle), "document": document, "file": str(file) if file else None,
                           "page": str(page) if page else None})
        tell_cycle(place.show, hub, cycle)
        tell_writes(place.show, document, whole)
        if file is not None:
            place.show.line(f"The plan is in {file}. Apply exactly this with `hub apply {file}`.")
        if page is not None:
            place.show.line(f"The page to read and print is {page}. It holds people's data.")
        return exit_code(hub, cycle, planning=True)

    return place.with_hub(work)


@command("apply")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@approver
def apply(place: Place, file: Path, by: str) -> int:
    """Apply a plan that was shown, exactly or not at all.

    If anything changed since, nothing is written and the exit code is 3. A system that cannot be reached now gets its part
    with a later `hub sync`, if nothing changes meanwhile: the exit code is then 1.

    \b
    Example:  hub apply friday.json --by "Maija Ek"
    """
    document = read_plan(file)

    async def work(hub: Hub) -> int:
        cycle = await watched(place.show, hub, "apply", lambda: hub.apply(document, by=by))
        place.show.result(told_cycle(cycle))
        tell_cycle(place.show, hub, cycle)
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
        tell_cycle(place.show, hub, cycle)
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
