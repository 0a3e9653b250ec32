"""audit: is the journal what was written?"""

from __future__ import annotations

import click

from hub.cli.command import DONE, FAILED, Place, command
from hub.cli.output import number, told


@click.group("audit")
def audit() -> None:
    """Prove that nobody changed the journal.

    \b
    Example:  hub audit verify
    """


@command("verify")
def verify(place: Place) -> int:
    """Compute the chain of the journal again: each row is hashed with the one before. A row that was changed, removed or put
    out of order is named, and the exit code is 1. Rows of erased people stay verifiable, though nobody can read them.

    \b
    Example:  hub audit verify
    """
    rows, broken = place.look(lambda hub: hub.verify())
    place.show.result({"rows": rows, "broken_at": broken})
    if broken is None:
        place.show.line(f"The journal holds: {number(rows, 'row')}, each as it was written.")
        return DONE
    told(f"Error: the journal does not hold: row {broken} was changed, or one before it removed. Keep the database as it is "
         "and compare it with a backup.")
    return FAILED


audit.add_command(verify)
