"""conflicts, matches: what waits for a person, and the answers. Answers take effect with the next run."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import click

from hub.cli.answering import import_answers, report_conflicts
from hub.cli.command import Place, approver, command
from hub.cli.output import cell, moment, number

SAMPLE = 3
"""Pairs shown of each cause."""
EXISTS = "@exists"
WHY = {
    "contending": "they disagree", "invalid": "it is no good value", "ask": "who changed it is not its owner",
    "flapping": "something there changes it back again and again", "error": "the hub cannot compare them",
    "on_delete ask": "it was deleted there",
}
"""The reason of a conflict, or its note, in words."""


@click.group("conflicts")
def conflicts() -> None:
    """List, show and resolve what waits for a person.

    \b
    Examples:  hub conflicts list
               hub conflicts show 1f2e3d4c
               hub conflicts resolve 1f2e3d4c hub
               hub conflicts report -o decisions.xlsx
               hub conflicts import decisions.xlsx
    """


@command("list")
def list_conflicts(place: Place) -> None:
    """All open conflicts, oldest first. Nothing of a conflict is written anywhere until it is resolved.

    \b
    Example:  hub conflicts list
    """
    found = place.look(lambda hub: hub.conflicts())
    place.show.result(found)
    if not found:
        place.show.line("No conflicts.")
    place.show.table(["id", "who", "unit", "the hub has", "others say", "why", "since"], [
        [c["id"], c["name"], _unit(c), c["hub"], _said(c), _why(c), moment(c["opened_at"])] for c in found])
    if found:
        place.show.line("Answer with `hub conflicts resolve ID CHOICE`; `hub conflicts show ID` lists the choices. Or all at "
                        "once: `hub conflicts report -o FILE.xlsx`.")


def _unit(conflict: dict[str, Any]) -> str:
    return "(the record)" if conflict["unit"] == EXISTS else str(conflict["unit"])


def _why(conflict: dict[str, Any]) -> str:
    said = str(conflict["note"] or conflict["reason"])
    return WHY.get(said, said)


def _said(conflict: dict[str, Any]) -> str:
    if conflict["unit"] == EXISTS:
        return ", ".join(f"gone in {c['system']}" for c in conflict["contenders"])
    return "; ".join(f"{c['system']}: {cell(c['value']) or '(nothing)'}" for c in conflict["contenders"])


@command("show")
@click.argument("conflict")
def show_conflict(place: Place, conflict: str) -> None:
    """One conflict with all who contend, and the choices.

    \b
    Example:  hub conflicts show 1f2e3d4c
    """
    found = place.look(lambda hub: hub.conflict(conflict))
    show = place.show
    show.result(found)
    show.heading(f"{found['name']}: {_unit(found)}")
    show.line(f"Why: {_why(found)}.   Since {moment(found['opened_at'])}.")
    if found["unit"] == EXISTS:
        show.line(f"It is {_said(found)}.")
    else:
        show.line(f"The hub has: {cell(found['hub']) or '(nothing)'}")
        show.table(["system", "says", "instead of"],
                   [[c["system"], c["value"], c["instead_of"]] for c in found["contenders"]])
    show.line(f"Choices: {', '.join(found['choices'])}.   `hub conflicts resolve {found['id']} CHOICE`")


@command("resolve")
@click.argument("conflict")
@click.argument("choice")
@click.option("--value", metavar="TEXT", help="The right value, with the choice `value`.")
@approver
def resolve_conflict(place: Place, conflict: str, choice: str, value: str | None, by: str) -> None:
    """Answer a conflict. The answer is one more edit; the next run writes it where it is missing.

    CHOICE is the name of a system whose value is right, `hub` for the present value, `value` for one you give, or
    `keep-each` to let every system keep its own. Where a record was deleted: `delete` the contact everywhere, `keep` the
    others as they are, or `restore` it there.

    \b
    Examples:  hub conflicts resolve 1f2e3d4c hub
               hub conflicts resolve 1f2e3d4c value --value "Anna Virtanen-Aho"
               hub conflicts resolve 5a6b7c8d delete
    """
    done = place.look(lambda hub: hub.resolve(conflict, choice, by=by, value=value))
    place.show.result(done)
    place.show.line(f"Answered: {done['choice']}. It takes effect with the next `hub sync`.")


@click.group("matches")
def matches() -> None:
    """List, accept and reject pairs of records that may be the same person or organisation.

    \b
    Examples:  hub matches list
               hub matches accept sure
               hub matches reject 1f2e3d4c-5a6b7c8d
    """


@command("list")
@click.option("--cause", metavar="CAUSE", help="Only these, and all of them.")
def list_matches(place: Place, cause: str | None) -> None:
    """Open pairs, grouped by cause, each group with a sample.

    \b
    Examples:  hub matches list
               hub matches list --cause name+email
    """
    found = [m for m in place.look(lambda hub: hub.matches()) if cause in (None, m["cause"], m["tier"])]
    show = place.show
    show.result(found)
    if not found:
        show.line("No pairs wait.")
    for (tier, why), group in groupby(found, key=lambda m: (m["tier"], m["cause"])):
        pairs = list(group)
        show.heading(f"{why}   {tier}, {number(len(pairs), 'pair')}")
        show.table(["id", "one", "the other", "score", "reasons"], [
            [m["id"], *(_record(r) for r in m["records"]), m["score"], m["reasons"]]
            for m in (pairs if cause else pairs[:SAMPLE])])
    if found:
        show.line("Accept or reject by id, or a whole cause at once: `hub matches accept CAUSE`.")


def _record(record: dict[str, Any]) -> str:
    return f"{record['name']} ({', '.join([record['system'], *record['emails'][:1]])})"


_NAMES = click.argument("names", nargs=-1, required=True, metavar="ID|CAUSE…")


def _judge(place: Place, names: tuple[str, ...], verdict: str, by: str, said: str) -> None:
    count = place.look(lambda hub: hub.judge(names, verdict, by=by))
    place.show.result({"pairs": count, "verdict": verdict, "by": by})
    place.show.line(f"{number(count, 'pair')} {said}. It takes effect with the next `hub plan` or `hub sync`.")


@command("accept")
@_NAMES
@approver
def accept_matches(place: Place, names: tuple[str, ...], by: str) -> None:
    """These are the same: one contact from now on. A cause, or the tier `sure`, accepts all its pairs.

    \b
    Examples:  hub matches accept sure
               hub matches accept name+email 1f2e3d4c-5a6b7c8d
    """
    _judge(place, names, "same", by, "accepted as the same")


@command("reject")
@_NAMES
@approver
def reject_matches(place: Place, names: tuple[str, ...], by: str) -> None:
    """These are different, for ever: no later match joins them.

    \b
    Example:  hub matches reject 1f2e3d4c-5a6b7c8d
    """
    _judge(place, names, "different", by, "rejected")


@command("weigh")
@click.option("--unlike", is_flag=True, help="Also where given names or birth dates differ, as in families.")
def weigh_matches(place: Place, unlike: bool) -> None:
    """Let Splink look for more pairs, in large first joins. It learns from the records themselves what tells people apart,
    and proposes pairs that the hub's own rules do not; each reason shows its weight in bits. They wait for an answer.

    Needs the extra: pip install "contact-hub[match]". The first `hub plan` comes before it.

    \b
    Examples:  hub matches weigh
               hub matches list --cause weighed+like-name
    """
    causes = place.look(lambda hub: hub.weigh(unlike=unlike))
    show = place.show
    show.result({"causes": causes})
    for cause, count in sorted(causes.items()):
        show.line(f"{cause}: {number(count, 'new pair')}")
    show.line("See them: `hub matches list`." if causes else "Nothing new: what it finds is known, or something contradicts it.")


for each in (list_conflicts, show_conflict, resolve_conflict, report_conflicts, import_answers):
    conflicts.add_command(each)
for each in (list_matches, accept_matches, reject_matches, weigh_matches):
    matches.add_command(each)
