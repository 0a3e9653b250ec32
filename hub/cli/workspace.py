"""init, check, systems: the workspace and who is connected."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.command import DONE, FAILED, Place, command
from hub.cli.telling import tell_systems

if TYPE_CHECKING:
    from hub.app import Hub


@command("init")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
def init(place: Place, folder: Path | None) -> None:
    """Make a workspace in DIR (default: the one of -C): config/hub.toml to fill in, a folder for mappings, the key.

    Nothing that is there is overwritten. Keep a copy of secrets/master.key apart from the database: without it the
    database cannot be read.

    \b
    Example:  hub init my-hub
    """
    from hub.cli.template import make_workspace

    made = make_workspace(folder if folder is not None else place.workspace)
    place.show.result({"workspace": str(made[0].parent.parent), "made": [str(p) for p in made]})
    for path in made:
        place.show.line(f"made {path}")
    place.show.line(f"Fill in {made[0]}, then run `hub -C {made[0].parent.parent} check`.")


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
            place.show.line(f"No system is configured yet: fill in {hub.workspace / 'config' / 'hub.toml'}.")
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
            place.show.warn(f"Warning: the plugin {plugin.name} ({plugin.distribution}) could not be loaded: {plugin.problem}")
        return DONE

    return place.look(ask)
