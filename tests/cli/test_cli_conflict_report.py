"""conflicts report, conflicts import: an evening's decisions by file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_support import Place, person
from openpyxl import load_workbook

from hub.testing.memory import MemorySystem


@pytest.fixture
def torn(place: Place) -> Place:
    """Anna's name differs, Bo is gone from mail, and Cy may be Cy."""
    place.crm.user_create(person("Anna", "Virtanen", "anna@example.org"))
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    place.json("sync", "--approve")
    for system, family in ((place.crm, "Aho"), (place.mail, "Ahonen")):
        system.user_edit(record(system, "Anna"), {"family": family})
    place.mail.user_delete(record(place.mail, "Bo"))
    for system in (place.crm, place.mail):
        system.user_create(person("Cy", "Dahl", "cy@example.org"))
    place.run("sync")
    return place


def record(system: MemorySystem, given: str) -> str:
    return next(k for k, r in system.records().items() if r["given"] == given)


def filled(file: Path, **choices: str) -> str:
    """``choices``: beginning of a name → choice."""
    book = load_workbook(file)
    for sheet in book.worksheets[1:3]:
        columns = {c.value: c.column for c in sheet[1]}
        for row in range(3, sheet.max_row + 1):
            who = str(sheet.cell(row, columns.get("shown name") or columns["shown one"]).value)
            for name, choice in choices.items():
                if who.startswith(name):
                    sheet.cell(row, columns["choice"]).value = choice
    book.save(file)
    return str(file)


def test_an_evening(torn: Place, tmp_path: Path) -> None:
    file = tmp_path / "paatokset.xlsx"
    ran = torn.run("conflicts", "report", "--to", str(file), "--language", "fi")
    assert ran.code == 0
    assert f"3 decisions in {file}. It holds people's data" in ran.out
    filled(file, Anna="mail", Bo="poista kaikkialta", Cy="yhdistä")
    dry = torn.run("conflicts", "import", str(file), "--dry-run")
    assert "3 answers would be taken, 0 refused, 0 lines without an answer." in dry.out
    assert torn.json("conflicts", "report", "-o", str(tmp_path / "a.json"))["answered"] == 0
    ran = torn.run("conflicts", "import", str(file), "--by", "Eva")
    assert ran.code == 0
    assert "3 answers taken, 0 refused" in ran.out
    assert "next `hub sync`" in ran.out
    again = torn.run("conflicts", "import", str(file))
    assert again.code == 0
    assert "0 answers taken, 0 refused" in again.out
    assert "3 answers were taken before, and the same: nothing changes." in again.out
    left = torn.run("conflicts", "report", "-o", str(tmp_path / "left.html"), "--lang", "en")
    assert "0 decisions" in left.out
    assert "3 more are answered already" in left.out
    torn.run("sync", "--approve")
    torn.run("sync", "--approve")
    assert {r["family"] for r in (torn.given(torn.crm)["Anna"], torn.given(torn.mail)["Anna"])} == {"Ahonen"}
    assert set(torn.given(torn.crm)) == set(torn.given(torn.mail)) == {"Anna", "Cy"}
    assert len(torn.crm.records()) == 2
    assert torn.json("conflicts", "list") == torn.json("matches", "list") == []
    late = torn.run("conflicts", "import", str(file))
    assert late.code == 1
    assert "0 answers taken, 3 refused" in late.out
    assert torn.json("sync", "--approve")["counts"]["writes"] == 0


def test_refused_lines_are_named_and_the_rest_is_taken(torn: Place, tmp_path: Path) -> None:
    file = tmp_path / "r.xlsx"
    torn.run("conflicts", "report", "-o", str(file), "--lang", "pl")
    filled(file, Anna="mail", Bo="może", Cy="usuń wszędzie")
    ran = torn.run("conflicts", "import", str(file), "--json")
    assert ran.code == 1
    assert (ran.data["applied"], ran.data["by"] != "", ran.data["dry_run"]) == (1, True, False)
    assert [(r["sheet"], r["line"], r["code"]) for r in ran.data["refused"]] == [
        ("Decyzje", 3, "impossible"), ("Pary", 3, "impossible")]
    said = torn.run("conflicts", "import", str(file))
    assert "Decyzje, line 3 refused: its choice is none of: delete, keep, restore. Choose from the list in the cell." in said.out
    assert "Pary, line 3 refused: its choice is none of: same, different." in said.out


def test_the_report_in_each_form(torn: Place, tmp_path: Path) -> None:
    for suffix in ("html", "json", "xlsx"):
        told = torn.json("conflicts", "report", "-o", str(tmp_path / f"r.{suffix}"), "--lang", "pl")
        assert (told["waiting"], told["pairs"], told["answered"]) == (2, 1, 0)
    assert "Co czeka na decyzję" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert len(json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["waiting"]) == 2
    again = torn.run("conflicts", "report", "-o", str(tmp_path / "r.html"))
    assert again.code == 2
    assert "Choose another name, or replace it with --replace" in again.err
    assert torn.run("conflicts", "report", "-o", str(tmp_path / "r.html"), "--replace", "--cause", "pairs").code == 0
    assert "Anna" not in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("args", "said"), [
    (("report", "-o", "x.pdf"), "says no format"), (("report", "--system", "nosuch"), "There are: crm, mail"),
    (("report", "--lang", "sv"), "'fi', 'pl', 'en'"), (("report", "--cause", "boredom"), "'pairs'"),
    (("import", "nosuch.xlsx"), "cannot be read"), (("import",), "FILE")])
def test_what_is_refused(place: Place, args: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = place.run("conflicts", *args)
    assert ran.code == 2
    assert said in ran.err
    assert not [p for p in tmp_path.iterdir() if p.suffix in (".html", ".xlsx")]


def test_nothing_personal_in_the_log(torn: Place, tmp_path: Path) -> None:
    file = tmp_path / "r.xlsx"
    torn.run("conflicts", "report", "-o", str(file))
    filled(file, Anna="nonsense", Bo="nonsense")
    torn.run("conflicts", "import", str(file))
    log = (torn.folder / "state" / "hub.log").read_text(encoding="utf-8")
    assert not [name for name in ("Anna", "Aho", "Ek", "example.org", "nonsense") if name in log]
