"""The pieces of the demo: cards, forms, the list, decisions, the judge, the fewest requests, the folder, the picture."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import openpyxl
import pytest
from click.testing import CliRunner

from hub.cli import cli
from hub.errors import UsageError
from hub.model.refs import RecordRef
from hub.plugins import registry
from hub.sdk.connector import Connector
from hub.testing.people import make_people
from hub_demo import association, cards, crm, decisions, least, lists, partners, picture, truth, volunteers, workspace
from hub_demo.association import Known, gather
from hub_demo.setting import staff_cards

ROOT = Path(__file__).parents[2]


def test_cards_of_both_programs_are_read_as_what_they_say() -> None:
    """By the connector's own lens, which did not write them."""
    from hub.mapping import compile_mapping, load_mapping
    from hub_carddav.vcard import parse

    kind = registry().kinds["carddav"]
    lens = compile_mapping(load_mapping(kind.mapping, {"carddav": kind.mapping}))["contact"]
    people = make_people(5, 120, 12).spread(("one", "two"))
    for write in (cards.vcard3, cards.vcard4):
        for who in (*people["one"], *people["two"]):
            text = write(who, "c0ffee")
            assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
            seen = lens.get(parse(text))
            for unit in ("kind", "name.given", "name.family", "birthday", "title", "emails.primary", "addresses.primary"):
                if who.get(unit) is not None:
                    assert seen.get(unit) == who[unit], unit
            for unit in ("emails", "phones", "addresses"):
                assert {k: m["v"] for k, m in seen[unit].items()} == {k: m["v"] for k, m in who[unit].items()}, unit


def test_the_crm_takes_whole_dates_only() -> None:
    assert crm.whole("1990-02-28") == "1990-02-28"
    assert crm.whole("1990") is None
    assert crm.whole(None) is None


@pytest.fixture(scope="module")
def known() -> Known:
    return gather(5, 120)


_TOLD = """
import json
from hub_demo.association import gather
print(json.dumps({s: [[r.who, r.shown, sorted(r.roles), r.office, r.opted_out] for r in rs] for s, rs in gather(5, 120).items()}))
"""


def test_one_seed_is_one_association_in_every_process() -> None:
    """Roles are a set of words; in which order it is gone through differs from one process to the next."""
    told = [subprocess.run([sys.executable, "-c", _TOLD], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
                           text=True, check=True).stdout for seed in ("0", "4")]
    assert told[0] == told[1]


def test_everybody_gets_into_the_crm(known: Known) -> None:
    records = known["crm"]
    with crm.serving(records) as site:
        assert site.size == len(records) + 2
        for n, record in enumerate(records):
            who, row = record.shown, site.contact(crm.FIRST_ID + n)
            name = row["organization_name"] if who["kind"] == "org" else row["last_name"]
            assert name == who.get("name.full", who.get("name.family"))
            assert {e.casefold() for e in site.emails(crm.FIRST_ID + n)} == set(who["emails"])
            assert row["is_opt_out"] == record.opted_out
        ties = [{tie for tie in tied if tie[0] == "tag"} for tied in site.ties().values()]
        assert sum(map(len, ties)) == sum(len(record.roles) for record in records) > 0


def test_everybody_gets_into_the_partners_system_with_their_employer(known: Known) -> None:
    records = known["partners"]
    with partners.serving(records, 5) as place:
        offices = {r.who: n for n, r in reversed(list(enumerate(records))) if r.shown["kind"] == "org"}
        tied = 0
        for n, record in enumerate(records):
            row = place.contact(partners.record_id(5, n))
            if record.shown["kind"] == "org":
                assert row["name"] == record.shown["name.full"]
                continue
            assert (row["firstname"], row["lastname"]) == (record.shown["name.given"], record.shown["name.family"])
            office = offices.get(record.office)
            assert row["parentcustomerid"] == (None if office is None else partners.record_id(5, office))
            tied += office is not None
        assert tied > 10


def test_each_system_knows_only_who_belongs_into_it(known: Known) -> None:
    """Else the first sync would have somebody leave a filter at once."""
    for record in known["volunteers"]:
        assert association.VOLUNTEER in record.roles and record.shown["kind"] == "individual"
    assert all(known[system] for system in association.SYSTEMS)
    assert gather(5, 120) == known
    assert gather(6, 120) != known


def test_the_list_is_one_that_people_keep(known: Known, tmp_path: Path) -> None:
    """A title above, dates in two forms, columns and a sheet of its own; what people type there is found again."""
    made = volunteers.fill(tmp_path / "list.xlsx", known["volunteers"], 5)
    book = openpyxl.load_workbook(made.path)
    sheet = book[volunteers.SHEET]
    heads = [cell.value for cell in sheet[volunteers.HEADER]]
    assert tuple(heads) == volunteers.COLUMNS
    days = [cell.value for (cell,) in sheet.iter_rows(min_row=volunteers.HEADER + 1, min_col=heads.index("Syntymäaika") + 1,
                                                      max_col=heads.index("Syntymäaika") + 1)]
    assert {type(day) for day in days} >= {str, datetime}
    assert made.rows() == {}  # nobody has a number yet
    sheet.cell(volunteers.HEADER, len(heads) + 1, volunteers.KEY)
    for n in range(len(known["volunteers"])):
        sheet.cell(volunteers.HEADER + 1 + n, len(heads) + 1, f"row-{n}")
    book.save(made.path)
    book.close()
    own = made.own()
    made.edit("row-1", volunteers.PHONE, "+358 50 1")
    assert made.rows()["row-1"][volunteers.PHONE] == "+358 50 1"
    assert made.own() == own
    made.remove("row-1")
    assert "row-1" not in made.rows() and "row-2" in made.rows()


def test_only_causes_that_no_family_makes_are_accepted() -> None:
    """The sure ones first and alone, then the likely ones, the largest group first; nothing else ever."""
    def pair(tier: str, cause: str, n: int) -> dict[str, Any]:
        return {"id": f"{cause}-{n}", "tier": tier, "cause": cause, "reasons": [],
                "records": [{"system": system, "native_id": f"{cause}{n}"} for system in ("crm", "staff")]}

    likely = [pair("likely", "org", 1), *(pair("likely", "like-name+two", n) for n in range(3)),
              *(pair("likely", cause, 1) for cause in ("home", "home+other-given", "ambiguous:name+email", "name+email+suffix",
                                                       "duplicate:name+phone", "name+office", "name+email"))]
    assert [(g.name, len(g.pairs)) for g in decisions.groups([*likely, pair("sure", "name+email", 2)])] == [("sure", 1)]
    assert [(g.name, len(g.pairs)) for g in decisions.groups(likely)] == [("like-name+two", 3), ("org", 1)]
    assert list(decisions.groups([])) == []


def test_a_decision_joins_what_hangs_together() -> None:
    a, b, c, d = (RecordRef(system, "", "contact", "1") for system in ("crm", "partners", "staff", "volunteers"))
    pairs = [{"records": [{"system": x.system, "native_id": "1"}, {"system": y.system, "native_id": "1"}]}
             for x, y in ((a, b), (b, c), (a, c))]
    joined = decisions.joined([[a], [b], [c], [d]], decisions.Group("sure", tuple(pairs)))
    assert sorted(sorted(records) for records in joined) == [[a, b, c], [d]]


def test_the_judge_counts_pairs_and_leaves_out_what_the_hub_made(tmp_path: Path) -> None:
    truth.write(tmp_path, {("crm", 0): "p1", ("staff", 0): "p1", ("board", 0): "p2", ("board", 1): "p1"},
                {("crm", 0): "3", ("staff", 0): "a", ("board", 0): "b", ("board", 1): "c"})

    def ref(system: str, native: str) -> RecordRef:
        return RecordRef(system, "", "contact", native)

    made = ref("board", "made")
    right = truth.judge(tmp_path, [[ref("crm", "3"), ref("staff", "a"), made], [ref("board", "b")], [ref("board", "c")]])
    assert right == {"true_pairs": 3, "right": 1, "wrong": 0, "waiting": 2}
    wrong = truth.judge(tmp_path, [[ref("crm", "3"), ref("board", "b")], [ref("staff", "a")], [ref("board", "c")]])
    assert wrong == {"true_pairs": 3, "right": 0, "wrong": 1, "waiting": 3}


@pytest.mark.parametrize(("moved", "again", "everything", "requests"), [
    (0, None, False, 1), (0, None, True, 1), (1226, None, True, 4), (500, None, False, 2), (0, 7, False, 3), (1, 600, False, 5),
])  # fmt: skip
def test_the_fewest_requests_of_a_civicrm_pull(moved: int, again: int | None, everything: bool, requests: int) -> None:
    assert least.civicrm_pull(moved, again, everything=everything) == requests


@pytest.mark.parametrize(("created", "others", "requests"), [
    (0, 0, 0), (0, 1, 2), (1, 0, 3), (100, 100, 3), (200, 400, 7),
])  # fmt: skip
def test_the_fewest_requests_of_civicrm_writes(created: int, others: int, requests: int) -> None:
    assert least.civicrm_writes(created, others) == requests


@pytest.mark.parametrize(("created", "others", "tied", "asked", "requests"), [
    ((0, 0), 0, 0, 0, 0), ((0, 0), 1, 0, 0, 1), ((9, 0), 1, 1, 0, 2), ((250, 10), 0, 0, 2, 2 * 2 + 2 * 1 + 2),
])  # fmt: skip
def test_the_fewest_requests_of_dynamics_writes(
    created: tuple[int, int], others: int, tied: int, asked: int, requests: int
) -> None:
    assert least.dynamics_writes(created, others, tied, asked) == requests


def test_the_fewest_requests_elsewhere() -> None:
    assert least.dynamics_pull((0, 0)) == 2
    assert least.dynamics_pull((6000, 1), everything=True) == 2 + 1 + 1
    assert least.carddav("staff", {}) == 1
    assert least.carddav("staff", {("staff", "create"): 7, ("staff", "delete"): 2, ("crm", "create"): 4}) == 10


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(UsageError, match="--dir"):
        workspace.clear(tmp_path)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"
    made = workspace.clear(tmp_path / "demo")
    (made / "old").write_text("", encoding="utf-8")
    assert not (workspace.clear(tmp_path / "demo") / "old").exists()


def test_the_worked_example_is_a_config_of_this_hub(tmp_path: Path) -> None:
    from hub.app import Hub

    made = workspace.clear(tmp_path / "demo")
    workspace.fill(made, where={workspace.CRM_URL: "http://127.0.0.1:1", workspace.LIST_PATH: "/elsewhere/list.xlsx"},
                   secrets={"crm": "a", "partners": "b", "staff": "c"})
    hub = Hub.open(made)
    try:
        found: dict[str, Connector] = hub.connectors
        assert sorted(found) == ["crm", "partners", "staff", "volunteers"]
        assert "http://127.0.0.1:1" in (made / "config" / "hub.toml").read_text(encoding="utf-8")
        assert all(s["writes"] for s in hub.systems())
        assert "identifiers" in hub.book.systems["crm"].lens.coverage
        assert {name for name, rules in hub.book.systems.items() if rules.where} == {"partners", "staff", "volunteers"}
        assert {rules.on_leave for rules in hub.book.systems.values()} == {"keep"}
    finally:
        hub.store.close()


def test_readme_shows_an_overlap_page() -> None:
    """The picture is one of the demo's lists, drawn by the page itself, with nobody's name and nothing from outside."""
    shown = (ROOT / "docs" / "overlap.svg").read_text(encoding="utf-8")
    assert len(shown) < 50_000
    drawn = Xml.fromstring(shown)
    words = [text for element in drawn.iter() if (text := (element.text or "").strip()) and not element.tag.endswith("style")]
    for name in ("members.csv", "partners.csv", "staff.vcf", "volunteers.xlsx"):
        assert name in words
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", shown)


def test_the_picture_is_cut_out_of_a_page(known: Known, tmp_path: Path) -> None:
    sheet = volunteers.fill(tmp_path / "list.xlsx", known["volunteers"], 5).path
    lists.write(tmp_path / "lists", known, staff_cards(known["staff"], 5), sheet)
    page = tmp_path / "overlap.html"
    ran = CliRunner().invoke(cli, ["overlap", str(tmp_path / "lists"), "--lang", "en", "-o", str(page)], catch_exceptions=False)
    assert ran.exit_code == 0, ran.stderr
    drawn = Xml.fromstring(picture.picture(page.read_text(encoding="utf-8")))
    svg = f"{{{picture.SVG}}}"
    assert len({bar.attrib["x"] for bar in drawn.iter(f"{svg}rect") if bar.attrib.get("class") == "bar"}) > 4
    assert "Overlap of lists" in [text.text for text in drawn.iter(f"{svg}text")]
    assert "partners.csv" in [text.text for text in drawn.iter(f"{svg}text")]
    with pytest.raises(UsageError, match="two files or more"):
        picture.picture("<html></html>")


def test_the_address_books_end_with_the_demo_whatever_ended_it() -> None:
    """A process that is killed ends none of its children."""
    code = "import threading; from hub_demo.radicale_server import end_with_stdin; end_with_stdin(); threading.Event().wait()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as server:
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(60) == 0
