"""find, list, export: who is here. No system is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hub.cli.command import Place, command
from hub.cli.output import number

if TYPE_CHECKING:
    from hub.engine.asking.people import Wanted
    from hub.model.listed import Listed

SAMPLE = 50
"""Contacts shown on a terminal; --all shows every one."""
F = TypeVar("F", bound=Callable[..., Any])

_FILTERS = (
    click.option("--role", metavar="ROLE", default="", help="Who has this role today."),
    click.option("--group", metavar="GROUP", default="", help="Who is in this group."),
    click.option("--consent", metavar="PURPOSE:CHANNEL", default="",
                 help="Only who granted this consent, such as newsletter:email."),
    click.option("--system", metavar="SYSTEM", default="", help="Who has a record in this system."),
    click.option("--kind", type=click.Choice(["person", "organisation"]), help="Only people, or only organisations."),
)
protected_option = click.option(
    "--protected", is_flag=True,
    help="With identifiers, and with addresses and phones of people whose address is protected.")


def filters(function: F) -> F:
    """The options that say whom; each narrows it."""
    for option in reversed(_FILTERS):
        function = option(function)
    return function


def wanted(text: str = "", *, role: str, group: str, consent: str, system: str, kind: str | None) -> Wanted:
    from hub.engine.asking.people import Wanted

    return Wanted(text, role, group, consent, system, {"person": "individual", "organisation": "org"}.get(kind or "", ""))


@command("find")
@click.argument("text", nargs=-1, required=True)
@protected_option
def find(place: Place, text: tuple[str, ...], protected: bool) -> None:
    """Find people and organisations by words of a name or an e-mail address, or by digits of a phone number.

    Capital letters and accents do not matter; every word must be there.

    \b
    Examples:  hub find virtanen
               hub find anna example.org
               hub find 040 123 45
    """
    people = place.look(lambda hub: hub.people(
        wanted(" ".join(text), role="", group="", consent="", system="", kind=None), protected=protected))
    _tell(place, people, whole=False)
    if not people:
        place.show.line("Nobody here has that in a name, e-mail address or phone number.")


@command("list")
@filters
@protected_option
@click.option("--all", "whole", is_flag=True, help="Show everybody, not only the first.")
def listing(
    place: Place, role: str, group: str, consent: str, system: str, kind: str | None, protected: bool, whole: bool
) -> None:
    """List people and organisations by role, group, consent or system; several of these narrow it.

    \b
    Examples:  hub list --role volunteer
               hub list --consent newsletter:email --system crm
    """
    whom = wanted(role=role, group=group, consent=consent, system=system, kind=kind)
    people = place.look(lambda hub: hub.people(whom, protected=protected))
    _tell(place, people, whole=whole)
    place.show.line(f"{number(len(people), 'contact')}." if people else "Nobody.")


def _tell(place: Place, people: Sequence[Listed], *, whole: bool) -> None:
    place.show.result([asdict(one) for one in people])
    some = people if whole or not place.show.terminal else people[:SAMPLE]
    place.show.table(["id", "name", "e-mails", "phones", "roles", "systems"], [
        [one.id[-8:], one.name, *([m.value for m in one.sets[s]] for s in ("emails", "phones", "roles")), one.systems]
        for one in some])
    if len(some) < len(people):
        place.show.line(f"… and {len(people) - len(some):,} more.")


@command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@filters
@protected_option
@click.option("--replace", "replacing", is_flag=True, help="Replace the file if it is there.")
def export(
    place: Place, file: Path, role: str, group: str, consent: str, system: str, kind: str | None, protected: bool,
    replacing: bool,
) -> None:
    """Write people and organisations into FILE: .csv, .xlsx or .vcf (vCard 4.0), by the end of its name.

    In CSV a cell a spreadsheet program would calculate (= + - @ in front, also a phone number with a plus) gets an
    apostrophe in front; in XLSX all cells are text. Identifiers, and addresses and phones of protected people, stay out
    unless you say --protected. With --consent only those who granted it are in the file.

    \b
    Examples:  hub export members.xlsx --role member
               hub export newsletter.csv --consent newsletter:email
               hub export board.vcf --group board
    """
    whom = wanted(role=role, group=group, consent=consent, system=system, kind=kind)
    count = place.look(lambda hub: hub.export(file, whom, protected=protected, replacing=replacing))
    place.show.result({"file": str(file), "contacts": count, "protected": protected})
    place.show.line(f"{number(count, 'contact')} in {file}. It holds people's data: delete it when you do not need it any more.")


list = listing  # noqa: A001  (commands are found by their name)
