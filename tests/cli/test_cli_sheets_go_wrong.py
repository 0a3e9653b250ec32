"""What happens to lists on a shared drive: a column gets another name, last week's copy is put in its place."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from cli_support import Ran
from click.testing import CliRunner

from hub.cli import cli

COLUMNS = ["hub-id", "First name", "Last name", "Email", "Phone"]
CONFIG = """\
[hub]
quiet_s = 0
"""
LIST = """\
[systems.{0}]
kind = "spreadsheet"
accept_unverified = true
settings = {{ path = "{1}", make_key = true }}
"""
PEOPLE = 12


class Lists:
    """Two lists of the same twelve people, met and approved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "config").mkdir()
        members = [[f"m{n}", f"Given{n}", "Ek", f"p{n}@example.org", ""] for n in range(PEOPLE)]
        self.write("members", [COLUMNS, *members])
        self.write("board", [COLUMNS])
        (folder / "config" / "hub.toml").write_text(
            CONFIG + "".join(LIST.format(name, self.path(name).as_posix()) for name in ("members", "board")), encoding="utf-8")
        for _ in range(2):
            assert self.hub("sync", "--approve").code == 0

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.csv"

    def rows(self, name: str) -> list[list[str]]:
        with self.path(name).open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def write(self, name: str, rows: list[list[str]]) -> None:
        with self.path(name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)

    def cell(self, name: str, row: int, column: str, to: str | None = None) -> str:
        rows = self.rows(name)
        at = rows[0].index(column)
        if to is not None:
            rows[row][at] = to
            self.write(name, rows)
        return rows[row][at]

    def hub(self, *args: str) -> Ran:
        done = CliRunner().invoke(cli, ["-C", str(self.folder), *args], catch_exceptions=False)
        return Ran(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path)


def test_a_renamed_column_is_told_and_nothing_is_lost_when_it_has_its_name_again(lists: Lists) -> None:
    """Not read, it would say nothing any more, without a word to anybody."""
    rows = lists.rows("members")
    lists.write("members", [["E-mail" if c == "Email" else c for c in rows[0]], *rows[1:]])
    lists.cell("board", 1, "Email", "new@example.org")
    ran = lists.hub("sync")
    assert ran.code == 3
    assert "Stopped: members: it no longer tells emails of anybody, and told it of 12" in ran.err
    assert "hub sync --accept members" in ran.err
    name = lists.cell("board", 1, "First name")
    rows = lists.rows("members")
    lists.write("members", [["Email" if c == "E-mail" else c for c in rows[0]], *rows[1:]])
    assert lists.hub("sync", "--approve").code == 0
    (there,) = [row for row in lists.rows("members") if row[1] == name]
    assert there[3] == "new@example.org"
    assert lists.hub("sync").code == 0
    assert lists.cell("board", 1, "Email") == "new@example.org"


def test_a_renamed_column_that_is_accepted_is_told_once(lists: Lists) -> None:
    rows = lists.rows("members")
    lists.write("members", [["E-mail" if c == "Email" else c for c in rows[0]], *rows[1:]])
    assert lists.hub("sync").code == 3
    assert lists.hub("sync", "--accept", "members").code == 0
    assert lists.hub("sync").code == 0
    assert {row[3] for row in lists.rows("board")[1:]} == {f"p{n}@example.org" for n in range(PEOPLE)}


def test_last_weeks_copy_of_a_list_takes_nothing_back_unasked(lists: Lists) -> None:
    """Few rows differ, so no limit is passed: but all that changed went back, and who was added is gone."""
    old = lists.folder / "last week.csv"
    shutil.copy(lists.path("members"), old)
    lists.cell("members", 1, "Email", "new@example.org")
    lists.write("members", [*lists.rows("members"), ["m99", "Uusi", "Ek", "uusi@example.org", ""]])
    assert lists.hub("sync").code == 0
    shutil.copy(old, lists.path("members"))
    ran = lists.hub("sync")
    assert ran.code == 3
    assert "Stopped: members: all that changed (1) is as it was before, as if an older copy had taken its place" in ran.err
    assert "new@example.org" in {row[3] for row in lists.rows("board")}
    lists.hub("sync", "--accept", "members")
    assert "new@example.org" not in {row[3] for row in lists.rows("board")}


def test_who_takes_one_edit_back_is_believed(lists: Lists) -> None:
    before = lists.cell("members", 1, "Email")
    lists.cell("members", 1, "Email", "new@example.org")
    assert lists.hub("sync").code == 0
    lists.cell("members", 1, "Email", before)
    assert lists.hub("sync").code == 0
    assert "new@example.org" not in {row[3] for row in lists.rows("board")}


def test_what_a_mapping_fixes_is_not_told_to_be_still_unwritten(lists: Lists) -> None:
    """The kind of a row is "individual" by the mapping: never sent, and there all the same."""
    told = json.loads(lists.hub("explain", "Given0 Ek", "--json").out)
    assert [link["behind"] for link in told["links"]] == [[], []]
