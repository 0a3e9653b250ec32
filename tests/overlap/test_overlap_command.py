"""``hub overlap`` as people call it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli import cli


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two lists, in the folder the command is called in."""
    (tmp_path / "a.csv").write_text("Name,Mail,Info\nBo Ek,bo@example.org,x\nAnn Lind,ann@example.org,\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("Etunimi;Sukunimi;Sähköposti\nBo;Ek;bo@example.org\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def hub(*args: str) -> Result:
    return CliRunner().invoke(cli, ["overlap", *args], catch_exceptions=False)


def test_it_shows_what_it_understood_and_writes_a_page(folder: Path) -> None:
    told = hub("a.csv", "b.csv")
    assert told.exit_code == 0
    assert "3 rows are 2 people; 1 of them is in more than one list (0 probably)." in told.stdout
    assert [line.split() for line in told.stdout.splitlines() if line.startswith("Info")] == [["Info", "(not", "compared)", "1"]]
    assert (folder / "overlap.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert hub("a.csv", "b.csv").exit_code == 0  # its own page may be written over


def test_json_counts_and_says_who_is_whom(folder: Path) -> None:
    told = hub("a.csv", "b.csv", "--json")
    answer = json.loads(told.stdout)
    assert (answer["rows"], answer["people"], answer["in_several_lists"]) == (3, 2, 1)
    assert answer["same"] == [{"rows": [[1, 2], [2, 2]], "certain": [[[1, 2], [2, 2]]], "differs": []}]
    assert [each["name"] for each in answer["lists"]] == ["a.csv", "b.csv"]
    assert [c["meaning"] for c in answer["columns"][0]["columns"]] == ["full", "email", "other"]


def test_the_file_to_share_has_counts_and_nobody(folder: Path) -> None:
    assert hub("a.csv", "b.csv", "--share", "counts.json").exit_code == 0
    text = (folder / "counts.json").read_text(encoding="utf-8")
    assert json.loads(text)["pairs"] == [[2, 1], [1, 1]]
    assert not any(word in text for word in ("Bo", "Ek", "Ann", "Lind", "example.org", "a.csv", "Info"))
    assert hub("a.csv", "b.csv", "--share", "counts.json").exit_code == 0


def test_columns_are_shown_corrected_and_given_back(folder: Path) -> None:
    shown = hub("a.csv", "b.csv", "--show-columns")
    assert not (folder / "overlap.html").exists()
    tables = tomllib.loads(shown.stdout)
    assert tables["a.csv"]["columns"]["Info"] == "other"
    (folder / "columns.toml").write_text(shown.stdout.replace('"Info" = "other"', '"Info" = "company"'), encoding="utf-8")
    told = hub("a.csv", "b.csv", "--columns", "columns.toml", "--json")
    assert json.loads(told.stdout)["columns"][0]["columns"][2] == {
        "header": "Info", "meaning": "company", "how": "corrected", "filled": 1}


def test_a_file_that_cannot_be_read_is_said_and_the_others_are_shown(folder: Path) -> None:
    (folder / "c.csv").write_text("", encoding="utf-8")
    told = hub("a.csv", "b.csv", "c.csv")
    assert told.exit_code == 1
    assert "c.csv: the file is empty" in told.stderr
    assert "c.csv: the file is empty" in (folder / "overlap.html").read_text(encoding="utf-8")
    assert hub("c.csv").exit_code == 2


@pytest.mark.parametrize(("args", "said"), [
    (("-o", "b.csv"), "one of the files to read"),
    (("-o", "mine.html"), "none that this command wrote"),
    (("-o", "x.html", "--share", "x.html"), "the same file"),
    (("-o", "nowhere/x.html"), "cannot be written"),
    (("--region", "Finland"), "two letters"),
    (("--columns", "none.toml"), "cannot be read"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_is_written_over(folder: Path, args: tuple[str, ...], said: str) -> None:
    (folder / "mine.html").write_text("mine", encoding="utf-8")
    before = (folder / "b.csv").read_bytes()
    told = hub("a.csv", "b.csv", *args)
    assert told.exit_code == 2
    assert said in told.stderr
    assert ((folder / "b.csv").read_bytes(), (folder / "mine.html").read_text(encoding="utf-8")) == (before, "mine")


@pytest.mark.parametrize(("named", "language"), [("fi_FI.UTF-8", "fi"), ("pl_PL.UTF-8", "pl"), ("sv_SE.UTF-8", "en"),
                                                 ("C", "en")])  # fmt: skip
def test_the_language_is_this_computers(folder: Path, monkeypatch: pytest.MonkeyPatch, named: str, language: str) -> None:
    monkeypatch.setenv("LC_ALL", named)
    assert hub("a.csv", "b.csv").exit_code == 0
    assert f'<html lang="{language}">' in (folder / "overlap.html").read_text(encoding="utf-8")
    assert hub("a.csv", "b.csv", "--lang", "pl").exit_code == 0
    assert '<html lang="pl">' in (folder / "overlap.html").read_text(encoding="utf-8")
