"""The whole way from paths to the picture. Inputs are only read; nothing is kept, nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from hub.errors import ConfigError, UsageError
from hub.overlap.columns import Corrections, understand
from hub.overlap.people import tell_apart
from hub.overlap.picture import Picture, draw
from hub.overlap.reading import files_of, read_file
from hub.overlap.records import records
from hub.overlap.tables import NotAList, People


@dataclass(frozen=True, slots=True)
class Read:
    """The lists that could be read, and a sentence for each file or sheet that could not."""

    lists: tuple[People, ...]
    problems: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """Cells that were not understood in lists that were."""
        return tuple(note for people in self.lists for note in people.notes)


def read_lists(paths: Sequence[Path], corrections: Corrections | None = None, systems: Sequence[People] = ()) -> Read:
    """Read all files; one that is no list does not stop the others. Lists of one name are numbered. ``systems``: lists that
    are no files, beside them.

    Raises UsageError when a correction fits no list; ConfigError when one names a column that is not there.
    """
    corrections = dict(corrections or {})
    lists: list[People] = []
    problems: list[str] = []
    used: set[str] = set()
    for path in files_of(paths):
        try:
            found = read_file(path)
        except NotAList as error:
            problems.append(str(error))
            continue
        for table in found:
            try:
                if isinstance(table, NotAList):
                    raise table
                used |= {table.name} & corrections.keys()
                lists.append(table if isinstance(table, People) else understand(table, corrections.get(table.name)))
            except NotAList as error:
                problems.append(str(error))
    if unused := sorted(corrections.keys() - used):
        names = ", ".join(p.name for p in lists) or "none"
        raise ConfigError(f'the corrections name "{unused[0]}", and there is no such list. There are: {names}')
    return Read(tuple(_told_apart([*lists, *systems])), tuple(problems))


def _told_apart(lists: Sequence[People]) -> list[People]:
    """Lists of one name are numbered."""
    seen: dict[str, int] = {}
    out = []
    for people in lists:
        seen[people.name] = times = seen.get(people.name, 0) + 1
        out.append(people if times == 1 else replace(people, name=f"{people.name} ({times})"))
    return out


def look(read: Read, region: str, today: date) -> Picture:
    """The picture of the lists. ``region``: ISO 3166 region of telephone numbers where a list does not tell.

    Raises UsageError when there is no list at all.
    """
    if not read.lists:
        raise UsageError("None of the files is a list that can be read.")
    found = records(read.lists, region, today)
    return draw(read.lists, found, tell_apart(found))
