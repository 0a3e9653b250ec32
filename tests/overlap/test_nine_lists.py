"""Nine lists of 1,500 invented people: how many overlaps are found, and that no family becomes one."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, NoReturn

import pytest
from click.testing import CliRunner
from nine_lists import LISTS, SIZE, write_lists

from hub.cli import cli

At = tuple[int, int]
"""(list from 1, row number)"""


@dataclass(frozen=True)
class Made:
    """The lists, the truth, and what the installed command answered about them."""

    folder: Path
    truth: Mapping[At, str]
    before: Mapping[str, bytes]
    exit_code: int
    answer: Mapping[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("nine")
    truth = write_lists(folder, seed=7)
    before = {name: (folder / name).read_bytes() for name in LISTS}
    done = subprocess.run(
        [sys.executable, "-c", "from hub.cli import main; main()", "overlap", *LISTS, "--share", "share.json", "--json",
         "--lang", "fi"],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"})  # fmt: skip
    assert done.stderr == ""
    return Made(folder, truth, before, done.returncode, json.loads(done.stdout))


def test_it_ends_well(made: Made) -> None:
    assert made.exit_code == 0
    assert [each["rows"] for each in made.answer["lists"]] == [SIZE] * len(LISTS)
    assert made.answer["problems"] == []
    assert [c for each in made.answer["columns"] for c in each["columns"] if c["meaning"] == "other"] == []


def groups(answer: Mapping[str, Any], *, certain: bool) -> Iterable[list[At]]:
    for one in answer["same"]:
        for rows in one["certain"] if certain else [one["rows"]]:
            yield [(place, number) for place, number in rows]


@pytest.mark.parametrize("certain", [True, False], ids=["certain", "probable too"])
def test_nobody_is_taken_for_somebody_else(made: Made, certain: bool) -> None:
    """Families with one address, twins, father and son of one name, namesakes: none of them is joined."""
    assert [rows for rows in groups(made.answer, certain=certain) if len({made.truth[at] for at in rows}) > 1] == []


def found(made: Made, *, certain: bool) -> float:
    """The share of the people in several lists who are shown so."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    for (place, _), who in made.truth.items():
        places[who].add(place)
    there = {who for who, lists in places.items() if len(lists) > 1}
    seen = {made.truth[rows[0]] for rows in groups(made.answer, certain=certain) if len({place for place, _ in rows}) > 1}
    return len(seen & there) / len(there)


def test_true_overlaps_are_found(made: Made) -> None:
    """People with changed names, addresses and numbers, slips and short forms among them."""
    assert found(made, certain=False) >= 0.96
    assert found(made, certain=True) >= 0.89


def test_pairs_of_rows_are_found(made: Made) -> None:
    people: defaultdict[str, list[At]] = defaultdict(list)
    for at, who in made.truth.items():
        people[who].append(at)
    true = sum(a[0] != b[0] for rows in people.values() for a, b in combinations(rows, 2))
    right = sum(a[0] != b[0] for rows in groups(made.answer, certain=False) for a, b in combinations(rows, 2))
    assert right / true >= 0.935


def test_the_lists_are_as_they_were_and_only_the_page_is_new(made: Made) -> None:
    assert {name: (made.folder / name).read_bytes() for name in LISTS} == made.before
    assert {p.name for p in made.folder.iterdir()} == {*LISTS, "overlap.html", "share.json"}


def test_the_page_knows_no_address_of_the_web(made: Made) -> None:
    html = (made.folder / "overlap.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|url\(|@import|<script|<link|src=|href=", html)
    assert len(html) < 300_000


def test_the_file_to_share_knows_nobody(made: Made) -> None:
    text = (made.folder / "share.json").read_text(encoding="utf-8")
    assert "@" not in text
    assert not re.search(r"\d{6}", text)
    told = set(re.findall(r"[^\W\d_]+", text.casefold()))
    names = {word for name in ("newsletter.csv", "archiwum.csv") for line in _text(made, name).casefold().splitlines()[1:]
             for word in re.findall(r"[^\W\d_]{3,}", " ".join(re.split("[,\t]", line)[:2]))}  # fmt: skip
    assert len(names) > 500
    assert told & names == set()
    assert not any(name in text for name in LISTS)


def _text(made: Made, name: str) -> str:
    return made.before[name].decode("utf-8-sig")


def test_nothing_leaves_the_machine(made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("somebody opened a connection")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    told = CliRunner().invoke(cli, ["overlap", str(made.folder / "board.xlsx"), str(made.folder / "phone.vcf"),
                                    str(made.folder / "jasenet.csv"), "-o", str(tmp_path / "x.html")], catch_exceptions=False)
    assert told.exit_code == 0
