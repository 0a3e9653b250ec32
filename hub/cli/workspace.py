"""init, check, systems: the workspace and who is connected."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.command import DONE, FAILED, Place, command
from hub.cli.telling import tell_systems
from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.app import Hub


@command("init")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
def init(place: Place, folder: Path | None) -> None:
    """Make a workspace in DIR (default: the one of -C): config/hub.toml, a folder for mappings, the key.

    Refused on a network drive and where there is no room, which would damage the database; a folder that a program keeps
    the same on several computers, and one that others may look into, is warned of. `hub doctor` looks again later.

    Nothing that is there is overwritten. Keep a copy of secrets/master.key apart from the database: without it the
    database cannot be read.

    \b
    Example:  hub init my-hub
    """
    from hub.cli.template import make_workspace
    from hub.doctor.examining import before_making
    from hub.plugins import registry

    folder = (folder if folder is not None else place.workspace).expanduser()
    found = before_making(folder)
    for each in found:
        if each.state == "wrong":
            raise UsageError(f"{each.text} {each.cure} Nothing was made.")
    made = make_workspace(folder)
    place.show.result({"workspace": str(folder), "made": [str(p) for p in made], "warnings": [asdict(f) for f in found]})
    for path in made:
        place.show.line(f"made {path}")
    for each in found:
        place.show.warn(f"Warning: {each.text} {each.cure}")
    place.show.line(f"Connect your first system: `hub -C {folder} connect KIND`, one of {', '.join(sorted(registry().kinds))}; "
                    f"or fill in {made[0]} by hand.")


@command("check")
@click.argument("systems", nargs=-1, metavar="[SYSTEM]…")
def check(place: Place, systems: tuple[str, ...]) -> int:
    """Ask every system (or the named ones) who we are there and what we may do. Reads one record, writes nothing.

    The config and all mappings are checked first.

    \b
    Examples:  hub check
               hub check crm
    """
    async def work(hub: Hub) -> int:
        with place.show.busy("asking the systems…"):
            found = await hub.check(systems)
        place.show.result([asdict(c) for c in found])
        if not found:
            place.show.line("No system is configured yet: connect one with `hub connect`, or fill in "
                            f"{hub.workspace / 'config' / 'hub.toml'}.")
        place.show.table(["system", "kind", "we are", "server", "may write", "result"], [
            [c.system, c.kind, c.health.identity if c.health else "", c.health.server if c.health else "",
             c.health.can_write if c.health else "", "problem" if c.error else "fine"] for c in found])
        for c in found:
            for warning in c.health.warnings if c.health else ():
                place.show.warn(f"Warning: {c.system}: {warning}")
            if c.error:
                place.show.warn(f"Error: {c.error if c.error.startswith(c.system) else f'{c.system}: {c.error}'}")
        return FAILED if any(c.error for c in found) else DONE

    return place.with_hub(work)


@command("systems")
def systems(place: Place) -> int:
    """List the configured systems: kind, how far its connector was verified (level 0 to 2), state, counts.

    \b
    Example:  hub systems
    """
    def ask(hub: Hub) -> int:
        found = hub.systems()
        broken = [p for p in hub.registry.plugins if p.problem]
        place.show.result({"systems": found, "kinds": sorted(hub.registry.kinds),
                           "broken_plugins": [{"name": p.name, "problem": p.problem} for p in broken]})
        tell_systems(place.show, found)
        place.show.line(f"{'' if found else 'No system is configured. '}"
                        f"Kinds of systems: {', '.join(sorted(hub.registry.kinds)) or 'none installed'}.")
        for plugin in broken:
            place.show.warn(f"Warning: the plugin {plugin.name} ({plugin.distribution}) could not be loaded: {plugin.problem}. "
                            f"{plugin.cure}".rstrip())
        return DONE

    return place.look(ask)
