"""References to contacts that have no record in a system, and whether anybody waits for one (merge.md 12)."""

from __future__ import annotations

import pytest

from hub.engine.asking import one_and_two
from hub.testing.memory import Traits
from hub.testing.stage import Stage

pytestmark = pytest.mark.both_databases

PEOPLE = {"where": {"any": [{"unit": "kind", "is": "individual"}]}}


def shown(stage: Stage) -> list[tuple[str | None, str | None]]:
    return [(r["given"], r["employer"]) for r in stage.vendors["book"].records().values()]


def test_whose_employer_is_out_of_the_filter_is_made_without_it() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()}, rules={"book": PEOPLE})
    firm = stage.vendors["crm"].user_create({"kind": "org", "full": "Oy Ab"}).ref.native_id
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "employer": firm})
    stage.settle()
    assert shown(stage) == [("Anna", None)]


def test_whose_employer_was_deleted_there_is_made_without_it() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()}, rules={"book": {"on_delete": "unlink"}})
    firm = stage.vendors["crm"].user_create({"kind": "org", "full": "Oy Ab"}).ref.native_id
    stage.settle()
    (there,) = stage.vendors["book"].records()
    stage.vendors["book"].user_delete(there)
    stage.settle()
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "employer": firm})
    stage.settle()
    assert shown(stage) == [("Anna", None)]


def test_who_is_met_together_with_an_employer_is_made_after_it_in_one_write() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    firm = stage.vendors["crm"].user_create({"kind": "org", "full": "Oy Ab"}).ref.native_id
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "employer": firm})
    stage.sync()
    assert stage.written()["book"] == 2
    (book,) = [i for i, r in stage.vendors["book"].records().items() if r["kind"] == "org"]
    assert ("Anna", book) in shown(stage)


def test_whose_employer_nobody_knows_is_changed_all_the_same() -> None:
    """It is a record out of the hub's sight. An update of another field once ended the run of all systems, every time."""
    stage = Stage({"crm": Traits(), "book": Traits()})
    crm = stage.vendors["crm"]
    anna = crm.user_create({"given": "Anna", "family": "Virtanen", "employer": "out of sight"}).ref.native_id
    stage.settle()
    stage.vendors["book"].user_edit(stage.records_of(stage.contact_of("crm", anna).id, "book")[0], {"notes": "new"})
    assert stage.sync().state == "done"
    assert (crm.records()[anna]["notes"], crm.records()[anna]["employer"]) == ("new", "out of sight")


def joined_firms() -> tuple[Stage, dict[str, str]]:
    """Two firms that somebody took for one, with records of both in crm and book. Returns name → record in crm."""
    stage = Stage({"crm": Traits(), "book": Traits()})
    firms = {name: stage.vendors["crm"].user_create({"given": name, "family": "Oy"}).ref.native_id for name in ("Ann", "Bo")}
    stage.settle()
    return stage, firms


def copy_of(stage: Stage, crm: str) -> str:
    return stage.records_of(stage.contact_of("crm", crm).id, "book")[0]


def take_for_one(stage: Stage, firms: dict[str, str]) -> None:
    one_and_two.merge(stage.store, stage.book, *(f"crm:{record}" for record in firms.values()), by="reviewer")
    stage.settle()


def part(stage: Stage, firms: dict[str, str]) -> None:
    one_and_two.unmerge(stage.store, stage.book, f"crm:{firms['Ann']}", by="reviewer")
    stage.settle()


@pytest.mark.parametrize("firm", ["Ann", "Bo"])
def test_whose_employer_was_taken_for_another_firm_works_for_the_one_that_was_named(firm: str) -> None:
    """Made in crm while the two were one: there it names either of its two records, and after they are parted the right one."""
    stage, firms = joined_firms()
    named = copy_of(stage, firms[firm])
    take_for_one(stage, firms)
    cy = stage.vendors["book"].user_create({"given": "Cy", "family": "Dahl", "employer": named}).ref.native_id
    stage.settle()
    part(stage, firms)
    (there,) = stage.records_of(stage.contact_of("book", cy).id, "crm")
    assert stage.vendors["crm"].records()[there]["employer"] == firms[firm]
    assert stage.vendors["book"].records()[cy]["employer"] == named


@pytest.mark.parametrize("firm", ["Ann", "Bo"])
def test_who_was_edited_while_two_firms_were_one_works_for_the_same_firm_after(firm: str) -> None:
    stage, firms = joined_firms()
    cy = stage.vendors["crm"].user_create({"given": "Cy", "family": "Dahl", "employer": firms[firm]}).ref.native_id
    stage.settle()
    there = copy_of(stage, cy)
    take_for_one(stage, firms)
    stage.vendors["crm"].user_edit(cy, {"notes": "new"})
    stage.settle()
    part(stage, firms)
    assert stage.vendors["crm"].records()[cy]["employer"] == firms[firm]
    assert stage.vendors["book"].records()[there]["employer"] == copy_of(stage, firms[firm])
    assert stage.contact_of("crm", cy).units["employer"].value == stage.contact_of("crm", firms[firm]).id
