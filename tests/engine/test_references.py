"""References to contacts that have no record in a system, and whether anybody waits for one (merge.md 12)."""

from __future__ import annotations

import pytest

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
