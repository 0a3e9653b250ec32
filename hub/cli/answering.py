"""conflicts report, conflicts import: what waits for a person as a file, and many answers at once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from hub.cli.command import DONE, FAILED, Place, approver, command
from hub.cli.finding import protected_option
from hub.cli.language import LANGUAGES, language_here
from hub.cli.output import number
from hub.model.waiting import CAUSES, PAIRS


@command("report")
@click.option("-o", "--to", "output", type=click.Path(path_type=Path, dir_okay=False),
              default=Path("conflicts.html"), show_default=True,
              help="The file to write: .html to read and print, .xlsx to fill in, .json for programs.")
@click.option("--lang", "--language", "lang", type=click.Choice(LANGUAGES),
              help="Language of the file. Default: this computer's, else en.")
@click.option("--system", metavar="SYSTEM", default="", help="Only what this system disagrees about, or lost.")
@click.option("--cause", type=click.Choice([*CAUSES, PAIRS]), default=None, help="Only what waits for this reason.")
@protected_option
@click.option("--replace", "replacing", is_flag=True, help="Replace the file if it is there.")
def report_conflicts(place: Place, output: Path, lang: str | None, system: str, cause: str | None, protected: bool,
                     replacing: bool) -> None:
    """Write everything that waits for a person into one file: per person what each system says since when, what the hub
    holds now, why it waits, and what each choice would write where; and pairs of records that may be one, by cause.

    Fill in the .xlsx and give it back with `hub conflicts import`. What is answered already is only counted. Identifiers,
    and addresses and phones of protected people, are masked unless you say --protected.

    \b
    Examples:  hub conflicts report
               hub conflicts report -o paatokset.xlsx --lang fi
               hub conflicts report -o gone.html --cause deleted --system crm
    """
    asked = place.look(lambda hub: hub.report(output, language=lang or language_here(), system=system, cause=cause or "",
                                              protected=protected, replacing=replacing))
    place.show.result({"file": str(output), "waiting": len(asked.waiting), "pairs": len(asked.pairs), "answered": asked.answered})
    place.show.line(f"{number(asked.count, 'decision')} in {output}. It holds people's data: delete it when you do not "
                    "need it any more.")
    if asked.answered:
        place.show.line(f"{number(asked.answered, 'more is', 'more are')} answered already; that takes effect with the next "
                        "`hub sync`.")


@command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what would become of each line.")
@approver
def import_answers(place: Place, file: Path, dry_run: bool, by: str) -> int:
    """Take the answers filled into FILE, an .xlsx that `hub conflicts report` wrote, in whichever language.

    Each line is held against what is still open: what was answered or changed meanwhile, two different answers to one
    question, and what is no possible answer are refused by line; the rest is taken and takes effect with the next run.
    Exit code 1: some lines were refused.

    \b
    Examples:  hub conflicts import paatokset.xlsx --dry-run
               hub conflicts import paatokset.xlsx --by Eva
    """
    taken = place.look(lambda hub: hub.take_answers(file, by=by, dry_run=dry_run))
    place.show.result({**asdict(taken), "dry_run": dry_run, "by": by})
    for line in taken.refused:
        place.show.line(f"{line.sheet}, line {line.line} refused: {line.why}")
    place.show.line(f"{number(taken.applied, 'answer')} {'would be taken' if dry_run else 'taken'}, "
                    f"{len(taken.refused)} refused, {number(taken.unanswered, 'line')} without an answer.")
    if taken.repeated:
        place.show.line(f"{number(taken.repeated, 'answer was', 'answers were')} taken before, and the same: nothing changes.")
    if taken.applied and not dry_run:
        place.show.line("They take effect with the next `hub sync`.")
    return FAILED if taken.refused else DONE
