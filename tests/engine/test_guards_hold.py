"""A system that looks like an accident is set aside, with the reason; the others go on; it comes back by itself."""

from __future__ import annotations

from typing import Any

import pytest

from hub.store import systems
from hub.testing.memory import Traits
from hub.testing.stage import Stage

LISTED = Traits(cursor="none", deletes_seen_as="absence")
PEOPLE = 20


def filled(traits: Traits = LISTED, **options: Any) -> tuple[Stage, list[str]]:
    """Twenty people in three systems."""
    stage = Stage({"crm": traits, "book": Traits(), "list": Traits()}, **options)
    records = [stage.vendors["crm"].user_create({"given": f"Given{n}", "family": f"Family{n}", "notes": "x", "company": "Oy"})
               .ref.native_id for n in range(PEOPLE)]
    stage.settle()
    return stage, records


def why_aside(stage: Stage) -> str | None:
    with stage.store.reading() as tx:
        row = systems.all_systems(tx)["crm"]
    return row.reason if row.state == "aside" else None


def others_go_on(stage: Stage) -> bool:
    book = stage.vendors["book"]
    record, native = sorted(book.records().items())[0]
    book.user_edit(record, {"family": f"{native['family']} again"})
    stage.sync()
    return stage.written() == {"crm": 0, "book": 0, "list": 1}


@pytest.mark.fault("V18", guard="hub.rules.guards:check_census")
def test_emptied_listing() -> None:
    stage, records = filled()
    for record in records:
        stage.vendors["crm"].hide(record)
    cycle = stage.sync()
    assert cycle.tally.stopped == {"crm": "it lists nothing, and 20 records were known"} == {"crm": why_aside(stage)}
    assert others_go_on(stage)
    assert len(stage.contacts()) == PEOPLE and stage.conflicts() == []
    for record in records:
        stage.vendors["crm"].show(record)
    stage.settle()
    assert why_aside(stage) is None and stage.conflicts() == []
    here, there = ({r["family"] for r in stage.vendors[n].records().values()} for n in ("crm", "list"))
    assert here == there and len(here) == PEOPLE


@pytest.mark.fault("D1", guard="hub.engine.census:take_census")
def test_everything_gone_deletes_nobody_where_deletes_go_on_and_the_plan_is_approved() -> None:
    stage, records = filled(rules={"crm": {"on_delete": "propagate"}})
    for record in records:
        stage.vendors["crm"].user_delete(record, hard=True)
    stage.sync()
    stage.sync()
    assert why_aside(stage) == "it lists nothing, and 20 records were known"
    assert len(stage.vendors["list"].records()) == len(stage.vendors["book"].records()) == len(stage.contacts()) == PEOPLE


@pytest.mark.fault("D2", guard="hub.rules.guards:check_census")
def test_most_records_gone() -> None:
    stage, records = filled()
    for record in records[:11]:
        stage.vendors["crm"].user_delete(record, hard=True)
    stage.sync()
    assert why_aside(stage) == "11 of 20 records are gone"
    assert others_go_on(stage)
    assert len(stage.vendors["list"].records()) == PEOPLE and stage.conflicts() == []


@pytest.mark.fault("P7", guard="hub.rules.existence:absence")
def test_some_records_gone_are_asked_about() -> None:
    stage, records = filled()
    for record in records[:9]:
        stage.vendors["crm"].user_delete(record, hard=True)
    stage.sync()
    assert why_aside(stage) is None and len(stage.conflicts()) == 9
    assert len(stage.vendors["list"].records()) == PEOPLE


@pytest.mark.fault("D5", guard="hub.rules.guards:check_census")
@pytest.mark.parametrize(("to", "reason"), [
    ({"given": "Same"}, "11 of 20 records changed at once in a full listing"),
    ({"notes": None}, "11 of 20 records changed at once in a full listing"),
])
def test_most_records_changed_in_a_full_listing(to: dict[str, Any], reason: str) -> None:
    stage, records = filled()
    before = [dict(r) for r in stage.vendors["list"].records().values()]
    for record in records[:11]:
        stage.vendors["crm"].user_edit(record, to)
    stage.sync()
    assert why_aside(stage) == reason
    assert [dict(r) for r in stage.vendors["list"].records().values()] == before
    assert others_go_on(stage)


@pytest.mark.fault("D4", guard="hub.rules.guards:check_census")
def test_values_emptied_one_after_another() -> None:
    """Without a full listing: the stream of changes blanks more values than half of the people have."""
    stage, records = filled(Traits())
    for record in records[:6]:
        stage.vendors["crm"].user_edit(record, {"notes": None, "company": None})
    stage.sync()
    assert why_aside(stage) == "12 values were emptied at once"
    assert all(r["notes"] == "x" for r in stage.vendors["list"].records().values())


def test_what_is_emptied_unasked_is_counted_over_a_day() -> None:
    stage, records = filled(Traits())
    written = []
    for some, later in ((records[:3], 0.0), (records[3:6], 0.0), ([], 86400.0)):
        for record in some:
            stage.vendors["crm"].user_edit(record, {"notes": None})
        stage.clock.turn(later)
        stage.sync(approve=None)
        written.append(stage.written()["list"])
    assert written == [3, 0, 3]


@pytest.mark.fault("D7", guard="hub.engine.cycle:run_cycle")
def test_a_person_looked_and_says_go_on() -> None:
    stage, records = filled(Traits())
    for record in records[:6]:
        stage.vendors["crm"].user_edit(record, {"notes": None, "company": None})
    stage.sync()
    stage.sync(accept=frozenset({"crm"}))
    assert why_aside(stage) is None
    assert sum(r["notes"] is None for r in stage.vendors["list"].records().values()) == 6


@pytest.mark.fault("V27", guard="hub.rules.guards:check_census")
def test_a_system_that_was_restored_from_its_backup() -> None:
    """Not most of its records: those that were edited since. A few are somebody who took his edit back."""
    stage, records = filled()
    for record in records[:6]:
        stage.vendors["crm"].user_edit(record, {"given": f"New{record}"})
    stage.settle()
    for record in records[:6]:
        stage.vendors["crm"].restore_backup(record)
    stage.sync()
    assert why_aside(stage) == "6 records are as they were before, as if it had been restored from a backup"
    assert sum(str(r["given"]).startswith("New") for r in stage.vendors["list"].records().values()) == 6
    stage.sync(accept=frozenset({"crm"}))
    assert not any(str(r["given"]).startswith("New") for r in stage.vendors["list"].records().values())


def test_set_aside_and_put_right_there() -> None:
    """What was typed there meanwhile, and is right, is not lost when the system is back."""
    stage, records = filled(Traits())
    for record in records[:6]:
        stage.vendors["crm"].user_edit(record, {"notes": None, "company": None})
    stage.vendors["crm"].user_edit(records[7], {"family": "Typed meanwhile"})
    stage.sync()
    for record in records[:6]:
        stage.vendors["crm"].user_edit(record, {"notes": "x", "company": "Oy"})
    stage.settle()
    assert why_aside(stage) is None and stage.conflicts() == []
    there = stage.vendors["list"].records().values()
    assert all(r["notes"] == "x" for r in there) and "Typed meanwhile" in {r["family"] for r in there}


def test_a_blank_more_is_no_change_whoever_they_work_for() -> None:
    """Whom a record refers to is not looked up for the census, and counts as no change."""
    stage, records = filled()
    firm = stage.vendors["crm"].user_create({"given": "Firma"}).ref.native_id
    for record in records:
        stage.vendors["crm"].user_edit(record, {"employer": firm})
    stage.settle()
    for record, native in stage.vendors["crm"].records().items():
        stage.vendors["crm"].user_edit(record, {"given": f"{native['given']} "})
    stage.sync()
    assert why_aside(stage) is None and stage.conflicts() == []


def test_few_people_are_no_accident() -> None:
    stage = Stage({"crm": LISTED, "book": Traits()})
    records = [stage.vendors["crm"].user_create({"given": f"Given{n}"}).ref.native_id for n in range(5)]
    stage.settle()
    for record in records:
        stage.vendors["crm"].user_edit(record, {"given": "Same"})
    stage.sync()
    assert {r["given"] for r in stage.vendors["book"].records().values()} == {"Same"}
