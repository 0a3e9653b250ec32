"""Answers to pairs that may be one: on their own line or by the line of their group, taken as `hub matches accept` does."""

from __future__ import annotations

from pathlib import Path

import pytest
from disputes import HIDDEN_PHONE, Disputed, alike
from filling import columns, edit, fill, row_of, sheets
from openpyxl import Workbook, load_workbook

from hub.engine.asking import matches
from hub.model.waiting import HIDDEN, PAIRS, Pair
from hub.reviewing.words import words

JOIN, APART = "join", "keep apart"
SURE, LIKELY = "sure:name+email", "likely:like-name+one"


@pytest.fixture
def made() -> Disputed:
    return alike()


def pair(made: Disputed, name: str) -> Pair:
    (found,) = [p for p in made.asked().pairs if p.other.name.startswith(name) or p.one.name.startswith(name)]
    return found


def codes(made: Disputed, file: Path, applied: int = 0) -> list[str]:
    taken = made.take(file)
    assert taken.applied == applied, taken
    return [r.code for r in taken.refused]


def contacts_of(made: Disputed, given: str) -> int:
    """How many contacts the records of these names are."""
    return len({made.stage.contact_of(s, i).id for s in ("crm", "book") for i, r in made.stage.vendors[s].records().items()
                if r["given"].startswith(given)})


def test_what_is_asked(made: Disputed) -> None:
    asked = made.asked()
    assert (asked.count, len(asked.waiting)) == (5, 0)
    assert [(p.group, p.one.name) for p in asked.pairs] == [
        (SURE, "Ida Niemi"), (SURE, "Jan Niemi"), (LIKELY, "Katarina Niemi"), (LIKELY, "Leokdia Niemi"),
        ("likely:duplicate:name+email", "Moa Niemi")]
    ida = pair(made, "Ida")
    assert {ida.one.system, ida.other.system} == {"crm", "book"}
    assert ("phones[…]", HIDDEN) in (*ida.one.values, *ida.other.values)  # somebody protected
    assert HIDDEN_PHONE in str([p for p in made.asked(protected=True).pairs if p.one.name == "Ida Niemi"])
    assert made.asked(cause="deleted").count == 0
    assert made.asked(cause=PAIRS).count == made.asked(system="crm").count == 5
    assert made.asked(system="book").count == 4
    assert made.asked(system="list").count == 0


@pytest.mark.parametrize("language", ["fi", "pl", "en"])
def test_answers_take_effect_with_the_next_run(made: Disputed, tmp_path: Path, language: str) -> None:
    say = words(language)
    file = fill(made.report(tmp_path / "r.xlsx", language), {
        SURE: say["choice_same"], LIKELY: say["choice_different"].upper(), pair(made, "Katar").id: say["choice_same"]})
    taken = made.take(file)
    assert (taken.applied, taken.repeated, taken.refused, taken.unanswered) == (4, 0, (), 1)
    assert made.asked().answered == 4
    made.stage.settle()
    assert {name: contacts_of(made, name) for name in ("Ida", "Jan", "Katar", "Leo", "Moa")} == {
        "Ida": 1, "Jan": 1, "Katar": 1, "Leo": 2, "Moa": 2}
    assert [p.one.name for p in made.asked().pairs] == ["Moa Niemi"]


def test_two_records_of_one_system_are_one_contact_and_stay(made: Disputed, tmp_path: Path) -> None:
    made.take(fill(made.report(tmp_path / "r.xlsx"), {pair(made, "Moa").id: JOIN}))
    made.stage.settle()
    assert contacts_of(made, "Moa") == 1
    assert sum(r["given"] == "Moa" for r in made.stage.vendors["crm"].records().values()) == 2


def test_the_same_file_twice(made: Disputed, tmp_path: Path) -> None:
    jan = pair(made, "Jan").id
    file = fill(made.report(tmp_path / "r.xlsx"), {SURE: JOIN, pair(made, "Moa").id: APART})
    assert made.take(file).applied == 3
    again = made.take(file)
    assert (again.applied, again.repeated, again.refused) == (0, 3, ())
    assert codes(made, fill(file, {jan: APART})) == ["judged"]
    fill(file, {jan: ""})
    made.stage.settle()
    assert codes(made, file) == ["closed"] * 3
    assert contacts_of(made, "Jan") == 1


def test_a_pair_that_was_accepted_by_command_is_answered(made: Disputed, tmp_path: Path) -> None:
    file = fill(made.report(tmp_path / "r.xlsx"), {SURE: APART})
    matches.judge(made.stage.store, ["sure"], "same", by="Bo")
    assert codes(made, file) == ["judged", "judged"]


def test_what_changed_meanwhile_is_stale(made: Disputed, tmp_path: Path) -> None:
    """Also when the same still speaks for it: the page showed other values."""
    jan = pair(made, "Jan")
    file = fill(made.report(tmp_path / "r.xlsx"), {SURE: JOIN})
    made.edit("book", "Jan", birthday="1950-01-02")
    made.stage.sync(approve=None)
    assert pair(made, "Jan").id == jan.id
    taken = made.take(file)
    assert (taken.applied, [(r.code, r.sheet) for r in taken.refused]) == (1, [("stale", "Pairs")])


def test_a_new_pair_is_not_answered_by_an_old_group(made: Disputed, tmp_path: Path) -> None:
    file = fill(made.report(tmp_path / "r.xlsx"), {SURE: JOIN})
    for system in ("crm", "book"):
        made.stage.vendors[system].user_create(made.person(system, "Nea", "nea@example.org"))
    made.stage.sync(approve=None)
    assert made.take(file).applied == 2
    made.stage.settle()
    assert contacts_of(made, "Nea") == 2


@pytest.mark.parametrize("choice", ["crm", "restore", "keep the hub's value", "maybe"])
def test_what_is_no_answer_here(made: Disputed, tmp_path: Path, choice: str) -> None:
    file = made.report(tmp_path / "r.xlsx")
    assert codes(made, fill(file, {SURE: choice, pair(made, "Moa").id: choice})) == ["impossible", "impossible"]


def test_answers_that_contradict_each_other(made: Disputed, tmp_path: Path) -> None:
    """A and B the same, B and C the same, A and C different."""
    made.stage.vendors["list"].user_create(made.person("list", "Jan", "jan@example.org"))
    made.stage.sync(approve=None)
    mine = [p for p in made.asked().pairs if p.one.name == "Jan Niemi"]
    assert len(mine) == 3
    file = made.report(tmp_path / "r.xlsx")
    moa = pair(made, "Moa").id
    taken = made.take(fill(file, {mine[0].id: JOIN, mine[1].id: JOIN, mine[2].id: APART, moa: APART}))
    assert (taken.applied, [r.code for r in taken.refused]) == (1, ["tangled"] * 3)
    first, second, third = (r.line for r in taken.refused)
    assert f"together with line {second}, {third}" in taken.refused[0].why
    assert taken.refused[0].line == first
    assert made.take(fill(file, {mine[2].id: JOIN, moa: ""})).applied == 3
    made.stage.settle()
    assert contacts_of(made, "Jan") == 1


def test_an_answer_against_what_was_judged_before(made: Disputed, tmp_path: Path) -> None:
    """B and C were judged different; A the same as both would join them."""
    made.stage.vendors["list"].user_create(made.person("list", "Jan", "jan@example.org"))
    made.stage.sync(approve=None)
    first, *others = [p for p in made.asked().pairs if p.one.name == "Jan Niemi"]
    made.take(fill(made.report(tmp_path / "a.xlsx"), {first.id: APART}))
    file = fill(made.report(tmp_path / "b.xlsx"), {p.id: JOIN for p in others})
    assert codes(made, file) == ["tangled", "tangled"]
    made.stage.sync(approve=None)
    now = [p for p in made.asked().pairs if p.one.name == "Jan Niemi"]
    assert len(now) == 2
    assert codes(made, fill(made.report(tmp_path / "c.xlsx"), {p.id: JOIN for p in now})) == ["tangled", "tangled"]
    taken = made.take(fill(made.report(tmp_path / "d.xlsx"), {now[0].id: JOIN}))
    assert (taken.applied, taken.refused) == (1, ())


@pytest.mark.fault("E16", guard="hub.model.waiting:Pair.answered_by_group")
def test_where_several_fit_no_answer_covers_the_group(made: Disputed, tmp_path: Path) -> None:
    """Three records of one system could be Ola: joining all of a group would make three people one."""
    made.stage.vendors["book"].user_create(made.person("book", "Ola", "ola@example.org"))
    for day in ("1950-01-09", "1971-05-12", "1993-11-28"):
        made.stage.vendors["crm"].user_create(made.person("crm", "Ola", "ola@example.org", birthday=day))
    made.stage.sync(approve=None)
    mine = [p for p in made.asked().pairs if p.one.name == "Ola Niemi"]
    assert {p.cause for p in mine} == {"ambiguous:name+email"}
    assert len(mine) == 3
    (sheet,) = sheets(load_workbook(made.report(tmp_path / "r.xlsx")))
    with pytest.raises(LookupError):
        row_of(sheet, mine[0].group)
    assert row_of(sheet, mine[0].id) > row_of(sheet, LIKELY)
    page = made.report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count("All of them") == 2


def test_two_different_answers_of_a_group(made: Disputed, tmp_path: Path) -> None:
    file = fill(made.report(tmp_path / "r.xlsx"), {SURE: JOIN})

    def change(book: Workbook) -> None:
        (sheet,) = sheets(book)
        old, new = row_of(sheet, SURE), sheet.max_row + 1
        for place in range(1, sheet.max_column + 1):
            sheet.cell(new, place).value = sheet.cell(old, place).value
        sheet.cell(new, columns(sheet)["choice"]).value = APART

    taken = made.take(edit(file, change))
    assert (taken.applied, [r.code for r in taken.refused], taken.unanswered) == (0, ["double", "double"], 5)


def test_keys_that_were_changed(made: Disputed, tmp_path: Path) -> None:
    jan, moa = pair(made, "Jan"), pair(made, "Moa")
    file = fill(made.report(tmp_path / "r.xlsx"), {jan.id: JOIN, LIKELY: JOIN, moa.id: JOIN})

    def change(book: Workbook) -> None:
        (sheet,) = sheets(book)
        sheet.cell(row_of(sheet, moa.id), columns(sheet)["shown one"]).value = "Somebody else"
        for old, new in ((jan.id, moa.id), (LIKELY, SURE)):
            cell = sheet.cell(row_of(sheet, old), 1)
            cell.value = str(cell.value).replace(old, new)

    assert codes(made, edit(file, change)) == ["tampered", "unknown", "altered"]
