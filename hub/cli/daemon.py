"""daemon: sync by itself."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.command import DONE, FAILED, Place, command
from hub.cli.output import told
from hub.cli.telling import exit_code, tell_cycle, told_cycle

if TYPE_CHECKING:
    from hub.app import Hub

PATIENCE_S = 120.0
"""How long --stop waits for the daemon to end."""


@command("daemon")
@click.option("--once", is_flag=True, help="One cycle of all systems, and the day's backup if it is due; then end.")
@click.option("--stop", is_flag=True, help="End the daemon of this workspace, and wait until it ended.")
def daemon(place: Place, once: bool, stop: bool) -> int:
    """Do what `hub sync` does whenever a system's turn has come (`every` in config/hub.toml), until Ctrl-C.

    It approves nothing: what waits for a person waits. A system that is down is asked less and less often while the others
    go on; `hub status` shows its trouble. A changed config or mapping is read again; one that cannot be used is told, and the
    old one counts. Once a day it makes a backup; 14 are kept.

    Ctrl-C, SIGTERM and --stop end it once what was begun is finished; the exit code is 0. With --once the exit code is that
    of `hub sync`.

    \b
    Examples:  hub daemon
               hub daemon --stop
               hub daemon --once       from a timer of the operating system
    """
    if once and stop:
        raise click.UsageError("Give --once or --stop, not both.")
    if stop:
        return _stop(place)
    return asyncio.run(_run(place, once))


async def _run(place: Place, once: bool) -> int:
    from hub.app import Hub
    from hub.daemon.daemon import Daemon

    clock = SystemClock()
    async with Hub.open(place.workspace, clock=clock.now) as hub:
        running = Daemon(hub, clock=clock, tell=lambda text: told(f"{datetime.now():%H:%M:%S} {text}"))
        if once:
            return await _once(place, hub, running)
        await running.run()
        place.show.result({"ended": True, "last": running.last})
    return DONE


async def _once(place: Place, hub: Hub, running: Any) -> int:
    cycle = await running.once()
    if cycle is None:
        place.show.result({"ended": True, "last": None})
        return DONE
    place.show.result(told_cycle(cycle))
    tell_cycle(place.show, hub, cycle)
    return exit_code(hub, cycle)


def _stop(place: Place) -> int:
    from hub.config import read_config
    from hub.daemon import standing

    workspace = Path(place.workspace).resolve()
    read_config(workspace)
    if not standing.runs(workspace):
        place.show.result({"ended": True, "was_running": False})
        place.show.line("There is no daemon of this workspace.")
        return DONE
    standing.ask_to_stop(workspace)
    until = time.monotonic() + PATIENCE_S
    while standing.runs(workspace):
        if time.monotonic() > until:
            place.show.result({"ended": False, "was_running": True})
            told("The daemon was told to stop and is still finishing what it began. It ends by itself.")
            return FAILED
        time.sleep(0.2)
    place.show.result({"ended": True, "was_running": True})
    place.show.line("The daemon ended.")
    return DONE


class SystemClock:
    """The time people see: a computer that slept is late, not early."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(seconds)


def tell_daemon(place: Place, stands: dict[str, Any] | None) -> None:
    """How the daemon stands, in words: nothing where there never was one."""
    from hub.cli.output import moment, number

    if stands is None:
        return
    show = place.show
    troubled = {n: s for n, s in stands["systems"].items() if s["trouble"]}
    if not stands["running"]:
        end = stands["ended_at"]
        show.line(f"Daemon: not running; {f'it ended at {moment(end)}' if end is not None else 'it was cut off'}.")
    else:
        well = [s["next_at"] for n, s in stands["systems"].items() if n not in troubled]
        show.line(f"Daemon: runs since {moment(stands['began_at'])}"
                  f"{f'; next cycle at {moment(min(well))}' if well else ''}.")
    for name, s in sorted(troubled.items()):
        show.line(f"{name} is in trouble since {moment(s['since'])} ({number(s['failures'], 'try', 'tries')}"
                  f"{', the next at ' + moment(s['next_at']) if stands['running'] else ''}): {s['trouble']}")
    for trouble, what in ((stands["trouble"], "The daemon waits"), (stands["backup_trouble"], "No backup could be made"),
                          (stands["config_trouble"], "The changed configuration cannot be used, the one before counts")):
        if trouble:
            show.line(f"{what}: {trouble}")
