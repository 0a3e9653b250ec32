"""subject: a person asks what is known of them, or to be forgotten (GDPR articles 15 and 17)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hub.cli.command import Place, approver, command
from hub.cli.due import due, keep_option, reasons
from hub.cli.output import Output, moment, number
from hub.files import whole_file

_MARKS = {"email": "e-mail address", "phone": "phone number", "birth+name": "name and birthday", "home+name": "name and address"}


@click.group("subject")
def subject() -> None:
    """A person asks what is known of them, or to be forgotten.

    \b
    Examples:  hub subject export "Anna Virtanen"
               hub subject erase "Anna Virtanen"
               hub subject due
               hub subject list
               hub subject receipt 1f2e3d4c
               hub subject keep-out volunteers
    """


@command("export")
@click.argument("contact")
@click.option("-o", "--to", "file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), default="subject.json",
              show_default=True, help="The .json file to write.")
@click.option("--replace", is_flag=True, help="Replace the file if it is there.")
def export_subject(place: Place, contact: str, file: Path, replace: bool) -> None:
    """Write all that the hub holds of a person: values and where they are from, every record as its system last showed it,
    and the history. In plain, for the owner of the file alone: look through it before you hand it over.

    \b
    Example:  hub subject export "Anna Virtanen" -o anna.json
    """
    found = place.look(lambda hub: hub.subject(contact))
    with whole_file(file, replacing=replace) as part:
        part.write_text(json.dumps(found, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    show = place.show
    show.result({"file": str(file), "contact": found["contact"], "records": len(found["records"]), "rows": len(found["history"])})
    show.line(f"{number(len(found['values']), 'value')}, {number(len(found['records']), 'record')} and "
              f"{number(len(found['history']), 'row')} of history in {file}. It holds a person's data: delete it when it was "
              "handed over.")


@command("erase")
@click.argument("contact")
@keep_option
@click.option("--both", is_flag=True, help="They are one person, though they were joined from two of different names.")
@click.option("--yes", is_flag=True, help="Do it. Without it you only see what would be done.")
@approver
def erase_subject(place: Place, contact: str, keep: tuple[str, ...], both: bool, yes: bool, by: str) -> None:
    """Forget a person or organisation, everywhere.

    With --yes the next `hub sync` deletes the records, without asking again. Once every one is gone, or kept for a reason you
    gave, the hub destroys the key of all it held itself, and makes a new backup. `hub subject list` shows how far it is.
    There is no way back.

    Keyed hashes stay, by which the hub knows the person again: who comes back in some list is held back, and you are asked.

    \b
    Examples:  hub subject erase "Anna Virtanen"
               hub subject erase "Anna Virtanen" --keep accounting="accounting act, until the end of 2032" --yes
    """
    found = place.look(lambda hub: hub.erase(contact, reasons(keep), by=by if yes else None, both=both))
    show = place.show
    show.result({**found, "asked": yes})
    show.heading(found["name"] + (", being erased already" if found["begun"] else ""))
    show.table(["system", "record", "becomes", "why"],
               [[r["system"], r["record"], r["outcome"], r["why"]] for r in found["records"]])
    for each in found["joined"]:
        show.line(f"Joined {moment(each['merged_at'])} from two that were called differently: " + " and ".join(
            f"{side['name']} ({', '.join(side['records']) or 'no record any more'})" for side in each["contacts"]) +
            f". If they are two, `hub unmerge {found['contact'][-8:]}` first.")
    for other in found["perhaps"]:
        show.line(f"{other['name']} ({other['contact'][-8:]}) may be the same person, and stays: see `hub matches list` first.")
    for other in found["once_with"]:
        show.line(f"The contact {other[-8:]} was one with this one for a time: what stood there then stays in its history.")
    show.line("It begins with the next `hub sync`; there is no way back." if yes else "Nothing was done. Do it with --yes.")


@command("list")
def list_subjects(place: Place) -> None:
    """Erasures and how far they are, and the records that were held back because they show a mark of somebody erased.

    \b
    Example:  hub subject list
    """
    found = place.look(lambda hub: hub.subjects())
    show = place.show
    show.result(found)
    if not found["erasures"]:
        show.line("Nobody was erased.")
    for each in found["erasures"]:
        _tell(show, each)
    waiting = [r for r in found["returned"] if r["state"] == "asked"]
    if waiting:
        show.heading(f"Held back, as if somebody erased were back   {len(waiting)}")
        show.table(["id", "system", "record", "the same", "since"], [
            [r["id"], r["system"], r["record"], ", ".join(_mark(m) for m in r["shows"]), moment(r["at"])] for r in waiting])
        show.line("Look at them there. `hub subject let-in ID|SYSTEM…` if they may be here, `hub subject keep-out ID|SYSTEM…` "
                  "if not; better, delete them there.")


def _mark(kind: str) -> str:
    alone, _, with_name = kind.partition("+")
    return _MARKS.get(kind) or _MARKS.get(alone, "identifier") + (" and name" if with_name else "")


def _tell(show: Output, erasure: dict[str, Any]) -> None:
    ended = f"done {moment(erasure['done_at'])}" if erasure["done_at"] else "not done yet"
    show.heading(f"Erasure {erasure['id']}: {ended}")
    if erasure["rule"]:
        show.line(f"The time to keep them was over, by the rule {erasure['rule']}: {erasure['why']}.")
    show.line(f"Asked {moment(erasure['asked_at'])}, approved by {erasure['by']}.")
    if erasure["contact"]:
        show.line("To end it without a record that cannot be deleted: "
                  f"hub subject erase {erasure['contact']} --keep SYSTEM=WHY --yes")
    show.table(["system", "record", "when", "why"], [
        [r["system"], r["outcome"], moment(r["at"]) if r["at"] else "", r["why"]] for r in erasure["records"]])


@command("receipt")
@click.argument("erasure")
@click.option("-o", "--to", "file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write it into FILE.")
@click.option("--replace", is_flag=True, help="Replace the file if it is there.")
def receipt(place: Place, erasure: str, file: Path | None, replace: bool) -> None:
    """What was done about an erasure, system by system, with times and reasons. It does not say who it was.

    \b
    Example:  hub subject receipt 1f2e3d4c -o receipt.json
    """
    found = place.look(lambda hub: hub.subjects(erasure))["erasures"][0]
    if file is not None:
        with whole_file(file, replacing=replace) as part:
            part.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    place.show.result(found)
    _tell(place.show, found)
    place.show.line("Not reached by it: files people made earlier (exports, plans, reports), and backups older than this. A "
                    "backup that is restored forgets the person again before anything else.")


_NAMES = click.argument("names", nargs=-1, required=True, metavar="ID|SYSTEM…")


@command("let-in")
@_NAMES
@approver
def let_in(place: Place, names: tuple[str, ...], by: str) -> None:
    """Held-back records may be here: the person joined again, or it is somebody else. Their systems are read whole next time.

    \b
    Example:  hub subject let-in 1f2e3d4c
    """
    count = place.look(lambda hub: hub.let_in(names, admitted=True, by=by))
    place.show.result({"records": count, "state": "admitted", "by": by})
    place.show.line(f"{number(count, 'record')} let in. They come with the next `hub plan` or `hub sync`.")


@command("keep-out")
@_NAMES
@approver
def keep_out(place: Place, names: tuple[str, ...], by: str) -> None:
    """Held-back records stay out, and nobody is asked about them again.

    \b
    Example:  hub subject keep-out volunteers
    """
    count = place.look(lambda hub: hub.let_in(names, admitted=False, by=by))
    place.show.result({"records": count, "state": "refused", "by": by})
    place.show.line(f"{number(count, 'record')} kept out.")


for each in (export_subject, erase_subject, due, list_subjects, receipt, let_in, keep_out):
    subject.add_command(each)
