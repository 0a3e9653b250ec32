"""undo: take back what a run did. The way back into the systems is a plan like any other."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.command import Place, approver, command
from hub.cli.output import Output, number

SAMPLE = 10
"""Lines shown of each kind; --all shows every one."""


@command("undo")
@click.argument("run")
@click.option("--yes", is_flag=True, help="Do it. Without it you only see what it would do.")
@click.option("--all", "whole", is_flag=True, help="Show every value, not only some.")
@approver
def undo(place: Place, run: str, yes: bool, whole: bool, by: str) -> None:
    """Take back what a run did, as far as nobody built on it since.

    Values go back to what they were. What was changed again since stays, as do withdrawn consents and units somebody is
    asked about; a system whose own user made the change keeps it. What somebody chose among several values of a field is
    asked again. Records the run created are proposed for deletion.
    It goes out with the next `hub sync`, as any edit does, and deletes wait for approval: look at `hub plan` first.

    \b
    Examples:  hub runs
               hub undo 1f2e3d4c
               hub undo 1f2e3d4c --yes
    """
    found = place.look(lambda hub: hub.undo(run, by=by if yes else None))
    show = place.show
    show.result({**found, "asked": yes})
    _tell(show, found, None if whole else SAMPLE)
    if not found["contacts"]:
        show.line("There is nothing to take back.")
    elif yes:
        show.line(f"Taken back for {number(found['contacts'], 'contact')} with the next `hub plan` or `hub sync`.")
    else:
        show.line(f"This would take back the run for {number(found['contacts'], 'contact')}. Do it with --yes.")


def _tell(show: Output, found: dict[str, Any], most: int | None) -> None:
    for kind, heading, columns in (
        ("back", "Back to what it was", ("name", "unit", "from", "to")),
        ("again", "Asked again", ("name", "unit", "values")),
        ("delete", "Made by that run, proposed for deletion", ("name", "system", "record")),
        ("spared", "To be deleted by that run, stays now", ("name", "system", "record")),
        ("kept", "Stays as it is", ("name", "unit", "why")),
        ("lost", "Cannot be brought back", ("name", "what")),
    ):
        rows = found[kind]
        if rows:
            show.heading(f"{heading}   {len(rows)}")
            show.table(list(columns), [[r[c] for c in columns] for r in rows[:most]])
