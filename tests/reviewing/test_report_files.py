"""The report as a page, a workbook and JSON: whole, printable, and harmless whatever people typed."""

from __future__ import annotations

import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from disputes import EVIL, HARMFUL, HIDDEN_PHONE, HIDDEN_STREET, Disputed, alike, everything
from filling import columns, row_of, sheets
from openpyxl import load_workbook

from hub.errors import UnknownName, UsageError
from hub.reviewing import as_json
from hub.reviewing.words import LANGUAGES, Words, words

VOID = ("meta", "br")


class Seen(HTMLParser):
    """Tags, whether they close, what they would load, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "action", "data", "style") or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


@pytest.fixture(scope="module")
def made() -> Disputed:
    return everything()


@pytest.fixture(scope="module")
def pairs() -> Disputed:
    return alike()


def html(of: Disputed, folder: Path, language: str = "en", **narrowed: Any) -> tuple[str, Seen]:
    text = of.report(folder / "r.html", language, **narrowed).read_text(encoding="utf-8")
    seen = Seen()
    seen.feed(text)
    return text, seen


# ---- the page

@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_and_loads_nothing(made: Disputed, pairs: Disputed, tmp_path: Path, language: str) -> None:
    for of, titles in ((made, ("cause_deleted", "cause_contending", "cause_ask", "cause_invalid", "choice_keep-each")),
                       (pairs, ("cause_pairs", "choice_same", "choice_different", "effect_same"))):
        (tmp_path / "r.html").unlink(missing_ok=True)
        text, seen = html(of, tmp_path, language)
        assert seen.open == []
        assert not seen.tags & {"script", "link", "iframe", "img", "object", "form", "base", "a"}
        assert seen.loads == []
        assert not re.search(r"https?:|url\(|@import", text.replace("http://evil.example", ""))
        assert "<script>" not in text
        assert f'<html lang="{language}">' in text
        assert "default-src 'none'" in text
        said = words(language)
        for name in ("title", "how", "personal", "answer_paper", *titles):
            assert said[name] in seen.text, name


def test_the_page_says_who_says_what_since_when_and_what_would_be_written(made: Disputed, tmp_path: Path) -> None:
    text, seen = html(made, tmp_path)
    flat = " ".join(seen.text.split())
    assert "8 decisions wait." in flat
    assert "Anna Virtanen Family name" in flat
    assert "The hub, now Virtanen 2026-01-01 book Ahonen 2026-01-01 crm Aho 2026-01-01 list Virtanen" in flat
    assert "book : “Ahonen” becomes right. Written to: crm, list." in flat
    assert "Home address" in flat
    assert "Kotikatu 3, 00100 Helsinki, FI" in flat
    assert EVIL in seen.text
    assert all(w.id[-8:] in text for w in made.asked().waiting)
    assert "hub conflicts resolve ID CHOICE" in flat
    assert "hub matches accept" not in flat


def test_the_page_shows_pairs_by_cause_with_what_speaks_for_them(pairs: Disputed, tmp_path: Path) -> None:
    text, seen = html(pairs, tmp_path, "pl")
    flat = " ".join(seen.text.split())
    assert "Czeka 5 decyzji." in flat
    assert "To samo imię i nazwisko; ten sam adres e-mail prawie pewne · 2 pary · name+email" in flat
    assert "Wszystkie (2 pary) połącz zostaw osobno" in flat
    assert "Moa Niemi crm Data urodzenia: 1990-02-28 moa@example.org" in flat
    assert all(p.name in text for p in pairs.asked().pairs)
    assert "hub matches accept ID" in flat
    assert "hub conflicts resolve" not in flat


def test_of_a_group_that_is_nearly_certain_twenty_are_shown(tmp_path: Path) -> None:
    made = Disputed({})
    for letter in "abcdefghijklmnopqrstuv":
        for system in ("crm", "book"):
            made.stage.vendors[system].user_create(made.person(system, f"P{letter * 3}", f"{letter}@example.org"))
    made.stage.sync(approve=None)
    text, seen = html(made, tmp_path)
    assert text.count("the same e-mail address</span>") == 20
    assert "Examples follow; the spreadsheet lists all of them." in seen.text
    assert "All of them (22 pairs)" in seen.text
    sheet = load_workbook(made.report(tmp_path / "r.xlsx"))["Pairs"]
    assert sheet.max_row == 2 + 1 + 22


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_waits(tmp_path: Path, language: str) -> None:
    made = Disputed({"Anna": {}})
    _, seen = html(made, tmp_path, language)
    assert words(language)["none"] in seen.text
    assert words(language)["personal"] not in seen.text
    taken = made.take(made.report(tmp_path / "r.xlsx", language))
    assert (taken.applied, taken.repeated, taken.refused, taken.unanswered) == (0, 0, (), 0)


# ---- who may see what

@pytest.mark.fault("X24", guard="hub.engine.asking.people:hidden_units")
def test_what_is_protected_is_shown_only_on_request(made: Disputed, pairs: Disputed, tmp_path: Path) -> None:
    for n, of in enumerate((made, pairs)):
        for suffix in (".html", ".xlsx", ".json"):
            shown = content(of.report(tmp_path / f"{n}{suffix}"))
            assert HIDDEN_PHONE not in shown
            assert "111 1111" not in shown
            assert HIDDEN_STREET not in shown
            assert "40 111 1111" in content(of.report(tmp_path / f"p{n}{suffix}", protected=True)) or of is pairs
    assert HIDDEN_PHONE in content(pairs.report(tmp_path / "p.json", protected=True))
    assert "Hidden" not in content(made.report(tmp_path / "q.json"))


def content(file: Path) -> str:
    if file.suffix != ".xlsx":
        return file.read_text(encoding="utf-8")
    with zipfile.ZipFile(file) as parts:
        return "".join(parts.read(name).decode("utf-8") for name in parts.namelist() if name.endswith(".xml"))


# ---- narrowed

def test_by_cause_and_system(made: Disputed) -> None:
    def who(**narrowed: Any) -> list[str]:
        return [w.name for w in made.asked(**narrowed).waiting]

    assert who(cause="deleted") == ["Cy Virtanen"]
    assert who(cause="flapping") == []
    assert who(system="list") == ["Dan Dahl"]
    assert who(system="list", cause="contending") == []
    with pytest.raises(UnknownName, match=r'No system is called "nosuch"\. There are: book, crm, list'):
        made.asked(system="nosuch")


# ---- JSON

def test_json_says_the_same(made: Disputed, pairs: Disputed, tmp_path: Path) -> None:
    said = json.loads(made.report(tmp_path / "r.json").read_text(encoding="utf-8"))
    assert said == json.loads(json.dumps(as_json(made.asked())))
    anna = next(w for w in said["waiting"] if w["unit"] == "name.family")
    assert (anna["hub"], anna["cause"], anna["name"]) == ("Virtanen", "contending", "Anna Virtanen")
    assert [(s["system"], s["value"], s["contends"]) for s in anna["said"]] == [
        ("book", "Ahonen", True), ("crm", "Aho", True), ("list", "Virtanen", False)]
    assert next(c for c in anna["choices"] if c["name"] == "crm") == {"name": "crm", "value": "Aho", "systems": ["book", "list"]}
    other = as_json(pairs.asked())
    assert [p["cause"] for p in other["pairs"]][:2] == ["name+email", "name+email"]
    assert {"hidden": True} in [v for p in other["pairs"] for _, v in (*p["one"]["values"], *p["other"]["values"])]


# ---- the workbook

@pytest.mark.parametrize("language", LANGUAGES)
def test_each_line_has_a_drop_down_of_its_choices(made: Disputed, tmp_path: Path, language: str) -> None:
    book = load_workbook(made.report(tmp_path / "r.xlsx", language))
    assert [s.title for s in book.worksheets] == [words(language)["sheet_help"], words(language)["sheet_rows"], "lists"]
    assert book.active.title == words(language)["sheet_rows"]
    assert book["lists"].sheet_state == "hidden"
    (sheet,) = sheets(book)
    told = Words(language)
    for one in made.asked().waiting:
        cell = sheet.cell(row_of(sheet, one.id), columns(sheet)["choice"])
        (pick,) = [v for v in sheet.data_validations.dataValidation if cell.coordinate in v.sqref]
        assert (pick.type, pick.showErrorMessage) == ("list", True)
        start, end = pick.formula1.removeprefix("lists!").replace("$", "").split(":")
        listed = [c.value for row in book["lists"][f"{start}:{end}"] for c in row]
        assert listed == [told.choice(c.name) for c in one.choices]


def test_only_the_cells_for_answers_may_be_changed(made: Disputed, pairs: Disputed, tmp_path: Path) -> None:
    for n, of in enumerate((made, pairs)):
        (sheet,) = sheets(load_workbook(of.report(tmp_path / f"{n}.xlsx")))
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert sheet.row_dimensions[1].hidden
        assert sheet.column_dimensions["A"].hidden
        for row in range(3, sheet.max_row + 1):
            open_cells = [sheet.cell(1, c.column).value for c in sheet[row] if not c.protection.locked]
            assert open_cells == [name for name in ("choice", "value") if name in columns(sheet)]


@pytest.mark.parametrize("text", HARMFUL)
def test_what_people_typed_is_never_calculated(tmp_path: Path, text: str) -> None:
    made = Disputed({"Anna": {"notes": "old"}})
    made.edit("crm", "Anna", notes=text)
    made.edit("book", "Anna", notes="other")
    made.stage.sync()
    file = made.report(tmp_path / "r.xlsx")
    with zipfile.ZipFile(file) as parts:
        assert not any("<f>" in parts.read(name).decode("utf-8") for name in parts.namelist() if "worksheets/" in name)
    book = load_workbook(file)
    (sheet,) = sheets(book)
    cell = sheet.cell(row_of(sheet, made.one().id), columns(sheet)["shown system crm"])
    assert cell.data_type == "s"
    assert str(cell.value).replace("_x005F_", "_") == text
    assert cell.quotePrefix == (text[0] in "=+-@\t＝")
    assert {c.data_type for s in book.worksheets for row in s.iter_rows() for c in row if c.value is not None} == {"s"}
    assert [given.altered for given in made.read(file)] == [False]  # it reads back as it was


def test_rows_are_as_high_as_what_they_say(made: Disputed, tmp_path: Path) -> None:
    (sheet,) = sheets(load_workbook(made.report(tmp_path / "r.xlsx")))
    heights = [sheet.row_dimensions[row].height for row in range(3, sheet.max_row + 1)]
    assert all(height is not None and 45 <= height <= 409 for height in heights)


# ---- files

def test_a_name_that_says_no_format(made: Disputed, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"r.pdf says no format: let its name end in .html, .xlsx, .json"):
        made.report(tmp_path / "r.pdf")


def test_a_file_that_is_there_is_kept(made: Disputed, tmp_path: Path) -> None:
    file = made.report(tmp_path / "r.html")
    before = file.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        made.report(file)
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["r.html"]
    with pytest.raises(UsageError, match="cannot be written"):
        made.report(tmp_path / "nowhere" / "r.html")


def test_half_a_character_does_no_harm(tmp_path: Path) -> None:
    made = Disputed({"Anna": {"notes": "old"}})
    made.edit("crm", "Anna", notes="a\x0bb")  # a control character XML cannot hold
    made.edit("book", "Anna", notes="other")
    made.stage.sync()
    assert [given.altered for given in made.read(made.report(tmp_path / "r.xlsx"))] == [False]
