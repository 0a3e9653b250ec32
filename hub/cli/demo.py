"""demo: loaded from the entry points of the group ``contact_hub.demos``; no system's name stands here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hub.cli.command import FAILED, Place, command

GROUP = "contact_hub.demos"


@command("demo")
@click.option("--seed", type=int, default=7, show_default=True, help="Other people, another story; any whole number.")
@click.option("--dir", "folder", metavar="DIR", default="hub-demo", show_default=True,
              type=click.Path(path_type=Path, file_okay=False), help="Where the workspace is left to look at.")
@click.option("--people", type=click.IntRange(100, 20_000), default=1500, show_default=True, help="How many people.")
@click.option("--keep", is_flag=True, help="Keep the systems running until Ctrl-C, to play with.")
@click.option("--all", "everything", is_flag=True, help="With more kinds of system, and another story.")
@click.option("--trouble", is_flag=True, help="With --all: lost answers, a system that is down, people who type meanwhile; then "
              "everything is accounted for.")
def demo(place: Place, seed: int, folder: Path, people: int, keep: bool, everything: bool, trouble: bool) -> int:
    """Watch invented people become one, without an account anywhere.

    Four systems of an association know them differently. They are read; who is the same is decided by group; a plan is
    approved and written; a second run writes nothing; edits travel; somebody leaves a list; two people disagree and one
    decides; a delete waits for a person.

    \b
    Examples:  hub demo
               hub demo --seed 42 --json
               hub demo --keep
               hub demo --all
               hub demo --all --trouble --people 5000
    """
    from hub.errors import UsageError

    if trouble and (keep or not everything):
        raise UsageError("--trouble goes with --all, and leaves nothing running to keep: hub demo --all --trouble.")
    found = demos()
    if not found:
        raise UsageError("No demo is installed. Install contact-hub with its extra: pip install 'contact-hub[demo]'.")
    done: int | None = next(iter(found.values()))(place.show, seed=seed, folder=folder, people=people, keep=keep,
                                                 everything=everything, trouble=trouble)
    return FAILED if done else 0


def demos() -> dict[str, Callable[..., Any]]:
    """The hub's own demos by name: of other packages nothing is loaded because it is installed."""
    from importlib.metadata import entry_points

    from hub.plugins import is_own

    return {point.name: point.load() for point in sorted(entry_points(group=GROUP), key=lambda p: p.name) if is_own(point)}
