"""overlap: lists of people beside each other, without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.command import DONE, FAILED, Place, command
from hub.cli.language import LANGUAGES, language_here

if TYPE_CHECKING:
    from hub.overlap.look import Read
    from hub.overlap.tables import People


@command("overlap")
@click.argument("paths", nargs=-1, metavar="PATH…", type=click.Path(path_type=Path))
@click.option("--system", "systems", metavar="NAME", multiple=True,
              help="Also a system of the workspace, as it was last read; it is not asked now. May be given several times.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("overlap.html"),
              show_default=True, help="The page to write.")
@click.option("--share", type=click.Path(path_type=Path, dir_okay=False),
              help="Also write a file with counts only: nobody's name, address or number, no names of files.")
@click.option("--columns", type=click.Path(path_type=Path, dir_okay=False),
              help="A file that says what columns mean, where they were not understood.")
@click.option("--show-columns", is_flag=True, help="Print such a file as the columns are understood, and stop.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the page. Default: this computer's, else en.")
@click.option("--region", metavar="CODE", help="Country of telephone numbers without one, where a list does not tell. "
                                               "Default: PL for --lang pl, else FI.")
def overlap(place: Place, paths: tuple[Path, ...], systems: tuple[str, ...], output: Path, share: Path | None,
            columns: Path | None, show_columns: bool, lang: str | None, region: str | None) -> int:
    """Who stands in which of your lists: .csv, .xlsx and .vcf in, one page out.

    It needs no account, and a workspace only for --system. Columns are recognised in Finnish, Polish, Swedish and English,
    and those of the exports of usual address books. Your files are only read, nothing is kept but the page, nothing leaves
    this computer.

    Counted as one are rows that a sync would join after one approval; probable ones are shown apart. Families that share an
    address are never joined. Exit code 1: some file could not be read, the others are shown.

    \b
    Examples:  hub overlap members.csv board.xlsx phone.vcf
               hub overlap lists/ --lang pl -o wynik.html --share counts.json
               hub overlap lists/ --show-columns > columns.toml
               hub overlap lists/ --columns columns.toml
               hub overlap members.xlsx --system crm
    """
    import json
    from datetime import date

    from hub.errors import UsageError
    from hub.overlap.columns import as_toml, read_corrections
    from hub.overlap.look import look, read_lists
    from hub.overlap.page import page
    from hub.overlap.telling import counts, rows

    language = lang or language_here()
    corrections = read_corrections(columns) if columns else None
    if not paths and not systems:
        raise UsageError("Name a list (a file or a folder of them), or a system of the workspace with --system.")
    read = read_lists(paths, corrections, _known(place, systems))
    for sentence in (*read.problems, *read.notes):
        place.show.warn(sentence)
    if not read.lists:
        raise UsageError("None of the files is a list that can be read.")
    if show_columns:
        place.show.result({"lists": _understood(read)})
        place.show.line(as_toml(read.lists).rstrip())
        return FAILED if read.problems else DONE
    _check_targets([output, *([share] if share else [])], [*paths, *([columns] if columns else [])])
    today = date.today()
    picture = look(read, _region(region, language), today)
    _write(output, page(picture, read, language, today))
    told = counts(picture, named=True)
    if share:
        _write(share, json.dumps(counts(picture, named=False), indent=2) + "\n")
    place.show.result({"page": str(output), "columns": _understood(read), "problems": [*read.problems, *read.notes],
                       **told, **rows(picture)})
    _tell(place, read, told, output)
    return FAILED if read.problems else DONE


def _known(place: Place, systems: tuple[str, ...]) -> list[People]:
    """The records of systems as lists."""
    from hub.cli.output import moment
    from hub.overlap.systems import as_list

    if not systems:
        return []
    found = place.look(lambda hub: [(hub.known(name), hub.config.systems[name].kind) for name in dict.fromkeys(systems)])
    return [as_list(known.system, kind, moment(known.read_at), known.records) for known, kind in found]


def _tell(place: Place, read: Read, told: dict[str, object], output: Path) -> None:
    for people in read.lists:
        place.show.heading(f"{people.name}   {len(people.rows):,} rows, {people.form}")
        if people.read_at:
            place.show.line(f"As it was read on {people.read_at}; `hub plan` reads it again.")
        place.show.table(["column", "meaning", "filled"],
                         [[c.header, c.meaning if c.meaning != "other" else "(not compared)", c.filled] for c in people.columns])
    place.show.line(f"\n{told['rows']} rows are {told['people']} people; {told['in_several_lists']} of them "
                    f"{'is' if told['in_several_lists'] == 1 else 'are'} in more than one "
                    f"list ({told['of_these_probable']} probably).")
    place.show.line(f"The page: {output}")
    if any(c.meaning == "other" for people in read.lists for c in people.columns):
        place.show.line("A column is not understood? hub overlap PATH… --show-columns > columns.toml, correct it there, and give "
                        "it with --columns columns.toml.")


def _understood(read: Read) -> list[dict[str, object]]:
    return [{"name": p.name, "format": p.form, "header": p.header, "region": p.region, "rows": len(p.rows),
             "read_at": p.read_at,
             "columns": [{"header": c.header, "meaning": c.meaning, "how": c.how, "filled": c.filled} for c in p.columns]}
            for p in read.lists]


def _region(region: str | None, language: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS

    from hub.errors import UsageError

    code = (region or ("PL" if language == "pl" else "FI")).upper()
    if code not in SUPPORTED_REGIONS:
        raise UsageError("--region must be a country code of two letters, such as FI.")
    return code


def _check_targets(targets: list[Path], inputs: list[Path]) -> None:
    """Nobody's list is written over."""
    from hub.errors import UsageError
    from hub.overlap.reading import files_of

    taken = {path.resolve() for path in [*inputs, *files_of(inputs)]}
    for target in targets:
        if target.resolve() in taken:
            raise UsageError(f"{target}: is one of the files to read; name another one to write.")
    if len({target.resolve() for target in targets}) < len(targets):
        raise UsageError("--output and --share name the same file.")
    for target in targets:
        if target.exists() and not _ours(target):
            raise UsageError(f"{target}: there is such a file already, and it is none that this command wrote. Name another one.")


def _ours(target: Path) -> bool:
    from hub.overlap.telling import MARK

    try:
        with target.open(encoding="utf-8") as opened:
            start = opened.read(600)
    except (OSError, UnicodeDecodeError):
        return False
    return f'content="{MARK}"' in start or f'"made_by": "{MARK}"' in start


def _write(target: Path, text: str) -> None:
    from hub.errors import UsageError

    try:
        target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror}). Name another place with -o or --share.") from None
