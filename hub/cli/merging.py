"""merge, unmerge: two contacts are one, or one is two. Takes effect with the next run."""

from __future__ import annotations

import click

from hub.cli.command import Place, approver, command
from hub.cli.output import moment


@command("merge")
@click.argument("one")
@click.argument("other")
@approver
def merge(place: Place, one: str, other: str, by: str) -> None:
    """Say that two contacts are one person or organisation.

    Where they disagree, a conflict waits for you; nothing is removed. It reaches the systems with the next approved plan, and
    `hub unmerge` takes it back.

    \b
    Example:  hub merge "Anna Virtanen" crm:1234
    """
    done = place.look(lambda hub: hub.merge(one, other, by=by))
    place.show.result(done)
    place.show.table(["name", "has records in"], [[c["name"], c["systems"]] for c in done["contacts"]])
    place.show.line("They become one with the next `hub plan` or `hub sync`.")


@command("unmerge")
@click.argument("contact")
@click.option("--yes", is_flag=True, help="Do it. Without it you only see what would be taken apart.")
@approver
def unmerge(place: Place, contact: str, yes: bool, by: str) -> None:
    """Take apart the last merge of a contact: two people were taken for one.

    Each gets its own values and records back; what came since follows the records it came from. They are never joined again
    by a rule.

    \b
    Example:  hub unmerge "Anna Virtanen"
    """
    found = place.look(lambda hub: hub.unmerge(contact, by=by if yes else None))
    place.show.result({**found, "asked": yes})
    place.show.line(f"Merged {moment(found['merged_at'])}: {found['why']}.")
    place.show.table(["name", "records"], [[c["name"], c["records"]] for c in found["contacts"]])
    place.show.line("Taken apart with the next `hub plan` or `hub sync`." if yes else "Take them apart with --yes.")
