"""failures: writes a system refused, in plain words, and what to do about them."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.command import Place, approver, command
from hub.cli.output import moment, number
from hub.cli.telling import changes

DID = {"create": "is not made in", "update": "is not changed in", "delete": "is not deleted in"}


@click.group("failures")
def failures() -> None:
    """List, retry and dismiss what a system refused.

    \b
    Examples:  hub failures list
               hub failures retry 1f2e3d4c-9a8b
               hub failures dismiss crm
    """


@command("list")
@click.option("--all", "whole", is_flag=True, help="With those that were dismissed.")
def list_failures(place: Place, whole: bool) -> None:
    """Every write that was refused, or that a system has no word for, oldest first.

    None is tried again by itself before something changes: the value here, the record there, or the mapping.

    \b
    Example:  hub failures list
    """
    found = place.look(lambda hub: hub.failures(dismissed=whole))
    show = place.show
    show.result([{k: v for k, v in f.items() if k != "place"} for f in found])
    if not found:
        show.line("Nothing was refused.")
        return
    for one in found:
        show.heading(f"{one['id']}   {_headline(one)}")
        show.line(f"  Why: {one['reason']}")
        said = changes(one["before"], one["after"]) if one["op"] != "delete" else ""
        if said:
            show.line(f"  It would have been: {said}")
        show.line(f"  Since {moment(one['since'])}." + (f" Dismissed by {one['dismissed_by']}." if one["dismissed_by"] else ""))
    show.line()
    show.line("Mend it where the reason says, then `hub failures retry ID` (or SYSTEM, or all); what you do not want to be told "
              "of any more: `hub failures dismiss ID`.")


def _headline(one: dict[str, Any]) -> str:
    """``Anna Virtanen is not changed in crm: it refused``"""
    return f"{one['name']} {DID[one['op']]} {one['system']}: " + (
        "it refused" if one["sent"] else "the value cannot be said there")


@command("retry")
@click.argument("names", nargs=-1, required=True, metavar="ID|SYSTEM|all…")
def retry(place: Place, names: tuple[str, ...]) -> None:
    """Try refused writes again with the next run, as they are planned then. Nothing is sent now.

    \b
    Examples:  hub failures retry 1f2e3d4c-9a8b
               hub failures retry crm
    """
    count = place.look(lambda hub: hub.retry(names))
    place.show.result({"retried": count})
    place.show.line(f"{number(count, 'write')} tried again with the next `hub sync`.")


@command("dismiss")
@click.argument("names", nargs=-1, required=True, metavar="ID|SYSTEM|all…")
@approver
def dismiss(place: Place, names: tuple[str, ...], by: str) -> None:
    """Do not tell of these any more. Nothing else changes: the systems stay different there, and when the value here, the
    record there or the mapping changes, it is tried, and told if it is refused again. `retry` takes a dismissal back.

    \b
    Examples:  hub failures dismiss 1f2e3d4c-9a8b
               hub failures dismiss all --by Eva
    """
    count = place.look(lambda hub: hub.dismiss(names, by=by))
    place.show.result({"dismissed": count, "by": by})
    place.show.line(f"{number(count, 'failure')} dismissed. `hub failures list --all` shows them still.")


for _each in (list_failures, retry, dismiss):
    failures.add_command(_each)
