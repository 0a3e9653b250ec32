"""Answers filled into a workbook: taken as `hub conflicts resolve` takes one, or refused by line with the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from disputes import Disputed, everything
from filling import columns, edit, fill, row_of, sheets
from openpyxl import Workbook
from sqlalchemy import select

from hub.engine.asking import conflicts
from hub.errors import UsageError
from hub.model.waiting import Waiting
from hub.reviewing import form
from hub.reviewing.words import words
from hub.store import tables as t

HUB, VALUE = "keep the hub's value", "another value"


@pytest.fixture
def made() -> Disputed:
    return everything()


def one(made: Disputed, name: str, unit: str = "") -> Waiting:
    """What waits about somebody."""
    (found,) = [w for w in made.asked().waiting if w.name.startswith(name) and w.unit.startswith(unit)]
    return found


def codes(made: Disputed, file: Path) -> list[str]:
    taken = made.take(file)
    assert taken.applied == 0, taken
    assert all(r.why.endswith(".") for r in taken.refused)
    return [r.code for r in taken.refused]


# ---- taken

@pytest.mark.parametrize("language", ["fi", "pl", "en"])
def test_answers_take_effect_with_the_next_run(made: Disputed, tmp_path: Path, language: str) -> None:
    say = words(language)
    ids = {"family": one(made, "Anna", "name.family").id, "notes": one(made, "Anna", "notes").id, "gone": one(made, "Cy").id,
           "dan": one(made, "Dan").id, "home": one(made, "Bo").id, "gus": one(made, "Gus").id, "fia": one(made, "Fia").id}
    file = fill(made.report(tmp_path / "r.xlsx", language), {
        ids["family"]: "book", ids["notes"]: (say["choice_value"], "-2+3 and third"), ids["gone"]: say["choice_delete"],
        ids["dan"]: say["choice_restore"].upper(), ids["home"]: (say["choice_value"], "Uusi tie 5; 00200; Helsinki; ; fi"),
        ids["gus"]: say["choice_hub"], ids["fia"]: say["choice_keep-each"]})
    taken = made.take(file)
    assert (taken.applied, taken.repeated, taken.refused, taken.unanswered) == (7, 0, (), 1)
    assert made.asked().answered == 7
    made.stage.settle()
    for system in ("crm", "book", "list"):
        anna = made.native(system, "Anna")
        assert (anna["family"], anna["notes"]) == ("Ahonen", "-2+3 and third")
        assert made.native(system, "Bo")["addresses"][0]["street"] == "Uusi tie 5"
        assert "Cy" not in {r["given"] for r in made.stage.vendors[system].records().values()}
        assert made.native(system, "Dan")["family"] == "Dahl"
        assert made.native(system, "Gus")["emails"][0]["value"] == "gus@example.org"
    assert (made.native("book", "Fia")["company"], made.native("crm", "Fia")["company"]) == ("Muu Oy", "Kulma ry")
    assert [w.name for w in made.asked().waiting] == ["Ewa Virtanen"]


def test_a_file_takes_effect_as_one_answer_after_the_other_does(tmp_path: Path) -> None:
    """The inbox holds the same as after `hub conflicts resolve`."""
    def answered(by_file: bool) -> str:
        made = everything()
        chosen = {w.id: ("value", "Right") if w.unit == "name.family" else (w.choices[0].name, None)
                  for w in made.asked().waiting}
        if by_file:
            file = made.report(tmp_path / "r.xlsx", "en")
            words = {"value": VALUE, "delete": "delete everywhere"}
            taken = made.take(fill(file, {i: (words.get(c, c), v or "") for i, (c, v) in chosen.items()}))
            assert taken.applied == len(chosen)
        else:
            for id_, (choice, value) in chosen.items():
                conflicts.resolve(made.stage.store, id_, choice, by="Eva", value=value)
        made.stage.settle()
        return json.dumps([sorted((dict(r) for r in v.records().values()), key=str) for v in made.stage.vendors.values()],
                          default=str)

    assert answered(by_file=True) == answered(by_file=False)


def test_the_same_file_twice_changes_nothing_and_says_so(made: Disputed, tmp_path: Path) -> None:
    anna, gone = one(made, "Anna", "name.family"), one(made, "Cy")
    file = fill(made.report(tmp_path / "r.xlsx"), {anna.id: "crm", gone.id: "restore"})
    assert made.take(file).applied == 2
    again = made.take(file)
    assert (again.applied, again.repeated, again.refused) == (0, 2, ())
    assert codes(made, fill(file, {anna.id: "book", gone.id: "restore"})) == ["answered"]
    made.stage.settle()
    assert made.native("book", "Anna")["family"] == "Aho"
    assert codes(made, file) == ["closed", "closed"]
    made.stage.sync()
    assert made.stage.written() == {"crm": 0, "book": 0, "list": 0}


def test_dry_run_takes_nothing(made: Disputed, tmp_path: Path) -> None:
    file = fill(made.report(tmp_path / "r.xlsx"), {one(made, "Cy").id: "restore", one(made, "Dan").id: "burn"})
    taken = made.take(file, dry_run=True)
    assert (taken.applied, [r.code for r in taken.refused]) == (1, ["impossible"])
    assert made.asked().answered == 0


def test_who_answered_stands_in_the_journal(made: Disputed, tmp_path: Path) -> None:
    made.take(fill(made.report(tmp_path / "r.xlsx"), {one(made, "Cy").id: "delete everywhere"}), by="Maija")
    made.stage.sync()
    with made.stage.store.reading() as tx:
        actors = set(tx.sql.execute(select(t.journal.c.actor)).scalars())
    assert "Maija" in actors


def test_lines_may_be_sorted_and_filtered(made: Disputed, tmp_path: Path) -> None:
    file = fill(made.report(tmp_path / "r.xlsx"), {one(made, "Cy").id: "restore", one(made, "Anna", "notes").id: HUB})

    def reverse(book: Workbook) -> None:
        (sheet,) = sheets(book)
        rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=3)][::-1]
        for number, row in enumerate(rows, 3):
            for place, value in enumerate(row, 1):
                sheet.cell(number, place).value = value
                sheet.cell(number, place).data_type = "s" if value else "n"  # a text stays one when it is moved

    assert made.take(edit(file, reverse)).applied == 2


# ---- refused by line

@pytest.mark.fault("E15", guard="hub.engine.asking.answering:_Desk.held_against")
def test_what_changed_meanwhile_is_stale(made: Disputed, tmp_path: Path) -> None:
    anna = one(made, "Anna", "name.family")
    file = fill(made.report(tmp_path / "r.xlsx"), {anna.id: "crm"})
    made.edit("list", "Anna", family="Third")
    made.stage.sync()
    taken = made.take(file)
    (refused,) = taken.refused
    assert (refused.code, refused.sheet) == ("stale", "Decisions")
    assert refused.line == 5  # below two rows of headings and two deletes
    assert "new report" in refused.why
    assert len(one(made, "Anna", "name.family").said) == 3


def test_what_settled_itself_is_closed(made: Disputed, tmp_path: Path) -> None:
    fia = one(made, "Fia")
    file = fill(made.report(tmp_path / "r.xlsx"), {fia.id: HUB})
    conflicts.resolve(made.stage.store, fia.id, "book", by="Bo", value=None)
    assert codes(made, file) == ["answered"]
    made.stage.sync()
    assert codes(made, file) == ["closed"]


@pytest.mark.parametrize(("said", "code"), [
    ("list", "impossible"), ("restore", "impossible"), ("nonsense", "impossible"), ((VALUE, ""), "no_value"),
    ((HUB, "x"), "both"), (("", "x"), "both")])
def test_what_is_no_answer_here(made: Disputed, tmp_path: Path, said: tuple[str, str] | str, code: str) -> None:
    assert codes(made, fill(made.report(tmp_path / "r.xlsx"), {one(made, "Anna", "name.family").id: said})) == [code]


def test_a_value_that_is_none_is_refused_without_being_repeated(made: Disputed, tmp_path: Path) -> None:
    file = fill(made.report(tmp_path / "r.xlsx"), {one(made, "Gus").id: (VALUE, "secret at nowhere")})
    (refused,) = made.take(file).refused
    assert refused.code == "bad_value"
    assert "is not an e-mail address" in refused.why
    assert "secret" not in refused.why


def test_two_answers_to_one_question(made: Disputed, tmp_path: Path) -> None:
    anna = one(made, "Anna", "name.family")
    file = fill(made.report(tmp_path / "r.xlsx"), {anna.id: "crm"})

    def copied(choice: str) -> Path:
        def change(book: Workbook) -> None:
            (sheet,) = sheets(book)
            old, new = row_of(sheet, anna.id), len(made.asked().waiting) + 3
            for place in range(1, sheet.max_column + 1):
                sheet.cell(new, place).value = sheet.cell(old, place).value
            sheet.cell(new, columns(sheet)[form.CHOICE]).value = choice
        return edit(file, change)

    copied("book")
    taken = made.take(file, dry_run=True)
    assert [(r.line, r.code) for r in taken.refused] == [(5, "double"), (11, "double")]
    assert "line 11 answers" in taken.refused[0].why
    copied("crm")
    taken = made.take(file)
    assert (taken.applied, [(r.line, r.code) for r in taken.refused]) == (1, [(11, "double")])


def test_a_question_that_was_changed(made: Disputed, tmp_path: Path) -> None:
    """Somebody sorted one column, or wrote over what a system says."""
    anna = one(made, "Anna", "name.family")
    file = fill(made.report(tmp_path / "r.xlsx"), {anna.id: "crm"})

    def change(book: Workbook) -> None:
        (sheet,) = sheets(book)
        sheet.cell(row_of(sheet, anna.id), columns(sheet)["shown name"]).value = "Bo Virtanen"

    assert codes(made, edit(file, change)) == ["altered"]


def test_keys_that_were_changed_or_made_up(made: Disputed, tmp_path: Path) -> None:
    anna, notes = one(made, "Anna", "name.family"), one(made, "Anna", "notes")
    file = fill(made.report(tmp_path / "r.xlsx"), {anna.id: "crm"})

    def change(book: Workbook) -> None:
        (sheet,) = sheets(book)
        row = row_of(sheet, anna.id)
        sheet.cell(row, 1).value = str(sheet.cell(row, 1).value).replace(anna.id, notes.id)
        sheet.cell(20, columns(sheet)[form.CHOICE]).value = "crm"
        sheet.cell(21, 1).value = f"{anna.id[:-1]}0/1/{'0' * 12}/{'0' * 16}"

    assert codes(made, edit(file, change)) == ["tampered", "unknown"]  # line 21 has no answer


def test_lines_of_another_workspace(made: Disputed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.testing.stage.MASTER", b"another master key, of 32 bytes.")
    other = everything(seed=7)
    theirs = other.report(tmp_path / "theirs.xlsx")
    fill(theirs, {one(other, "Cy").id: "restore"})
    with pytest.raises(UsageError, match="another workspace; nothing was taken"):
        made.take(theirs)

    def change(book: Workbook) -> None:  # the head of mine over their lines
        (sheet,) = sheets(book)
        sheet["A1"].value = form.head(made.stage.store.installation)

    assert codes(made, edit(theirs, change)) == ["unknown"]
