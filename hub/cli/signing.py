"""sign-in: a person signs in to a system in a browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from hub.cli.command import DONE, Place, command

if TYPE_CHECKING:
    from hub.app import Hub


@command("sign-in")
@click.argument("system")
def sign_in(place: Place, system: str) -> int:
    """Sign in to a system that asks for a person: it shows a page and a code, and waits until you have entered it.

    What the system gives is kept sealed in secrets/. Your password is never seen here. Only systems that are configured to be
    signed in to need it, and again when `hub check` says so.

    \b
    Example:  hub sign-in office
    """
    def tell(words: str) -> None:
        place.show.warn(words)  # no part of the answer; whoever reads it from a pipe waits for it
        sys.stderr.flush()

    async def work(hub: Hub) -> int:
        who = await hub.sign_in(system, tell)
        place.show.result({"system": system, "signed_in": who})
        place.show.line(f"{system}: signed in as {who}. Next: `hub check {system}`.")
        return DONE

    return place.with_hub(work)
