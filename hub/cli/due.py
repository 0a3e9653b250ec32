"""subject due: for whom the time is over to keep them (GDPR, article 5(1)(e)); shown, and approved as it was shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from hub.cli.command import Place, approver, command
from hub.cli.output import Output, moment, number
from hub.errors import UsageError

keep_option = click.option(
    "--keep", metavar="SYSTEM=WHY", multiple=True, help="This system keeps its record, for this reason. The reason stands in the "
    "receipt: name a law or a contract in it, no person.")


def reasons(given: Sequence[str]) -> dict[str, str]:
    """System → why it keeps its record, of ``--keep``. Raises UsageError."""
    out = {}
    for each in given:
        system, _, why = each.partition("=")
        if not why.strip():
            raise UsageError(f'--keep needs a system and a reason, such as --keep accounting="accounting act"; "{system}" has '
                             "none.")
        out[system.strip()] = why.strip()
    return out


@command("due")
@keep_option
@click.option("--except", "without", metavar="CONTACT", multiple=True, help="Leave this one out; may be given several times.")
@click.option("--erase", "listed", metavar="LIST", help="Erase exactly those on the list of this name, which was shown before.")
@click.option("--people", metavar="NUMBER", type=click.IntRange(min=0), help="How many they are; needed where a rule takes most "
              "of all whom the hub knows.")
@approver
def due(
    place: Place, keep: tuple[str, ...], without: tuple[str, ...], listed: str | None, people: int | None, by: str,
) -> None:
    """For whom the time is over: the rules stand in config/hub.toml, [retention.NAME].

    Without --erase they are only shown, with the name of the list. With it they are erased as by `hub subject erase`: the next
    `hub sync` begins. Where the list is another by then, nobody is erased, and the exit code is 3; who changes before the next
    `hub sync` has read it is left out.

    \b
    Examples:  hub subject due
               hub subject due --keep accounting="accounting act, 6 years" --except "Anna Virtanen"
               hub subject due --keep accounting="accounting act, 6 years" --except "Anna Virtanen" --erase 1f2e3d4c
    """
    kept, show = reasons(keep), place.show
    if listed is None:
        found = place.look(lambda hub: hub.due(kept, without=without))
    else:
        name = listed
        found = place.look(lambda hub: hub.erase_due(name, kept, without, people, by))
    show.result({**found, "asked": listed is not None})
    if not found["rules"]:
        show.line("There is no rule of retention. Write one into config/hub.toml, as [retention.NAME].")
        return
    _tell(show, found)
    if listed is not None:
        show.line("It begins with the next `hub sync`; there is no way back.")
    elif found["people"]:
        show.line(f"This list is {found['list']}. Nothing was done. To erase exactly these, the same command again with "
                  f"--erase {found['list']}.")


def _tell(show: Output, found: Mapping[str, Any]) -> None:
    for rule in found["rules"]:
        show.line(f"{rule['rule']}: {rule['people']:,} of {rule['of']:,} ({rule['why']})")
    show.line("As last read: " + (", ".join(
        f"{name} {moment(at) if at else 'never'}" for name, at in sorted(found["read"].items())) or "no system") + ".")
    show.table(["id", "who", "rule", "unchanged since", "records", "waits"], [
        [p["contact"][-8:], p["name"], p["rule"], moment(p["since"]), _records(p), _also(p)] for p in found["people"]])
    if found["left_out"]:
        show.heading(f"Left out   {len(found['left_out'])}")
        show.table(["id", "who", "rule", "unchanged since", "because"], [
            [p["contact"][-8:], p["name"], p["rule"], moment(p["since"]), p["reason"]] for p in found["left_out"]])
        show.line("Look at them one by one: `hub subject erase ID`.")
    if found["people"]:
        count = Counter((r["system"], r["outcome"]) for p in found["people"] for r in p["records"])
        show.line(f"{number(len(found['people']), 'contact')}: " + (", ".join(
            f"{system} {n:,} {outcome}" for (system, outcome), n in sorted(count.items())) or "no record in any system") + ".")


def _records(person: Mapping[str, Any]) -> str:
    count = Counter((r["system"], r["outcome"]) for r in person["records"])
    return ", ".join(f"{system} {outcome}" + (f" ({n})" if n > 1 else "") for (system, outcome), n in sorted(count.items()))


def _also(person: Mapping[str, Any]) -> str:
    parted = [f"was one with {other[-8:]} for a time" for other in person["once_with"]]
    return "; ".join([*person["waits"], *parted])
