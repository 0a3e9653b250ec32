"""The picture as JSON: counts that may be posted, and who is whom by row numbers. No values of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hub.overlap.picture import ListFigures, Picture

MARK = "contact-hub overlap"
"""What page and counts say made them: such a file may be written over."""


def counts(picture: Picture, *, named: bool) -> dict[str, Any]:
    """The picture without anybody in it: counts only. ``named``: with the names of the lists; a file may be called after
    somebody, so what is posted has none."""
    kinds = Counter(each.kind for each in picture.emails)
    return {
        "made_by": MARK,
        "lists": [_list(n, each, named) for n, each in enumerate(picture.lists, 1)],
        "rows": picture.rows,
        "people": picture.people,
        "in_several_lists": picture.shared,
        "of_these_probable": picture.probable,
        "in_all_lists": picture.everywhere,
        "to_look_at": len(picture.crowded.look),
        "combinations": [{"lists": [n + 1 for n in each.lists], "people": each.people, "probable": each.probable}
                         for each in picture.combinations],
        "pairs": [list(row) for row in picture.pairs],
        "shared_emails": {"one_person": picture.email_doubles, **{kind: kinds[kind] for kind in sorted(kinds)}},
        "disagreements": {each.field: {"compared": each.compared, "differing": each.differing}
                          for each in picture.disagreements},
    }  # fmt: skip


def _list(number: int, each: ListFigures, named: bool) -> dict[str, Any]:
    return {
        "list": number, **({"name": each.name} if named else {}), "format": each.form, "rows": each.rows, "people": each.people,
        "only_here": each.only_here, "adds": dict(each.adds), "doubled_rows": each.doubled, "perhaps_doubled": each.perhaps,
        "invalid": {kind: len(numbers) for kind, numbers in each.invalid.items()}, "stale": each.stale,
    }  # fmt: skip


def rows(picture: Picture) -> dict[str, Any]:
    """What ``--json`` gives beside the counts. A row is [list, number in its file], a system's record
    [list, its id there].

    ``same``           all rows of a person who has several; ``certain``: the same in groups, each one for certain;
                       ``differs``: fields in which its lists disagree
    ``look``           pairs of rows left to a person, with the cause in the words of matching
    ``invalid_rows``   rows with a value that is none, by its kind
    ``shared_email_rows``  the rows of an address several people share
    """
    def at(records: Sequence[str]) -> list[list[int | str]]:
        return [[picture.records[i].place + 1, picture.records[i].number] for i in records]

    differs: dict[str, list[str]] = {}
    for each in picture.disagreements:
        for one in each.people:
            differs.setdefault(one.records[0], []).append(each.field)
    having = {i: picture.crowded.profiles[i].emails for i in picture.records}
    return {
        "same": [{"rows": at(one.records), "certain": [at(core) for core in one.cores],
                  "differs": differs.get(one.records[0], [])} for one in picture.crowded.people if len(one.records) > 1],
        "look": [{"rows": at((c.a, c.b)), "cause": c.cause, "score": c.score} for c in picture.crowded.look],
        "invalid_rows": {kind: [[n, number] for n, each in enumerate(picture.lists, 1) for number in each.invalid.get(kind, ())]
                         for kind in ("birthday", "email", "phone")},
        "shared_email_rows": [
            {"kind": each.kind, "rows": at([i for one in each.people for i in one.records if each.email in having[i]])}
            for each in picture.emails],
    }  # fmt: skip
