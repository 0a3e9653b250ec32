"""A system that has no field for a part of an address says nothing about it: the part stays where others know it."""

from __future__ import annotations

from typing import Any

from hub.engine.asking import matches
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

HOME = {"context": "home", "street": "Kungsgatan 1", "locality": "Stockholm", "postcode": "11143", "country": "SE"}


def met() -> tuple[Stage, str, str]:
    """Anna in the CRM, and in a book without a country. Returns the stage and her records."""
    stage = Stage({"crm": Traits(), "book": Traits()})
    del stage.mappings["book"]["sets"]["addresses"]["parts"]["country"]
    stage.book = stage._rulebook()
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "addresses": [HOME]}).ref.native_id
    stage.settle()
    return stage, crm, stage.records_of(stage.contact_of("crm", crm).id, "book")[0]


def types(stage: Stage, system: str, record: str, **change: Any) -> None:
    (row,) = stage.vendors[system].records()[record]["addresses"]
    stage.vendors[system].user_edit(record, {"addresses": [{**row, **change}]})
    stage.settle()


def there(stage: Stage, system: str, record: str) -> dict[str, Any]:
    (row,) = stage.vendors[system].records()[record]["addresses"]
    return {k: v for k, v in row.items() if k != "id"}


def test_an_edit_there_keeps_it_elsewhere() -> None:
    stage, crm, book = met()
    types(stage, "book", book, street="Kungsgatan 2")
    assert there(stage, "crm", crm) == {**HOME, "street": "Kungsgatan 2"}
    assert stage.conflicts() == []


def test_an_emptied_part_is_emptied_and_the_unknown_one_stays() -> None:
    stage, crm, book = met()
    types(stage, "book", book, postcode=None)
    assert there(stage, "crm", crm) == {**HOME, "postcode": None}


def test_another_context_takes_it_along() -> None:
    stage, crm, book = met()
    types(stage, "book", book, context="work")
    assert there(stage, "crm", crm) == {**HOME, "context": "work"}


def test_an_edit_of_it_elsewhere_still_goes_where_it_is_known() -> None:
    stage, crm, book = met()
    types(stage, "crm", crm, country="FI")
    types(stage, "book", book, locality="Helsinki")
    assert there(stage, "crm", crm) == {**HOME, "country": "FI", "locality": "Helsinki"}


def test_who_knows_the_part_may_empty_it() -> None:
    stage, crm, _ = met()
    types(stage, "crm", crm, country=None)
    assert there(stage, "crm", crm) == {**HOME, "country": None}


def test_records_that_meet_differ_in_nothing_they_both_know() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    del stage.mappings["book"]["sets"]["addresses"]["parts"]["country"]
    stage.book = stage._rulebook()
    key = {"given": "Anna", "family": "Virtanen", "birthday": "1990-02-28", **emails(Traits(), ["anna@example.org"])}
    crm = stage.vendors["crm"].user_create({**key, "addresses": [HOME]}).ref.native_id
    book = stage.vendors["book"].user_create({**key, "addresses": [{**HOME, "country": None}]}).ref.native_id
    stage.plan()
    matches.judge(stage.store, ["sure"], "same", by="reviewer")
    stage.settle()
    assert stage.contact_of("crm", crm).id == stage.contact_of("book", book).id
    assert stage.conflicts() == []
    assert there(stage, "crm", crm) == HOME
