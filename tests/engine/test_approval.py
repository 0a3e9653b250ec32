"""Nothing is written before a person said yes; what is approved is applied exactly, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from hub.engine.noting import note_rules
from hub.rules.guards import Limits
from hub.store import plans
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails


def two(**options: Any) -> Stage:
    return Stage({"crm": Traits(), "book": Traits()}, **options)


def add(stage: Stage, system: str, given: str = "Anna", **more: Any) -> str:
    native = {"given": given, "family": f"Of {given}", **more}
    return stage.vendors[system].user_create(native).ref.native_id


def waiting(stage: Stage) -> list[tuple[str, str, str]]:
    """(system, op, state) of the writes of the last plan."""
    with stage.store.reading() as tx:
        return sorted((w.system, w.op, w.state) for w in plans.writes(tx) if w.state in ("planned", "ready", "claimed"))


def test_plan_moves_the_hubs_own_state_and_writes_nothing() -> None:
    stage = two()
    add(stage, "crm")
    cycle = stage.plan()
    assert cycle.plan is not None and (cycle.plan.writes, cycle.plan.ready) == (1, 0)
    assert [c.units["name.given"].value for c in stage.contacts()] == ["Anna"]
    assert waiting(stage) == [("book", "create", "planned")]
    assert not any(v.log for v in stage.vendors.values())


def test_sync_without_approval_writes_nothing_and_waits() -> None:
    stage = two()
    add(stage, "crm")
    for _ in range(3):
        cycle = stage.sync(approve=None)
        assert cycle.state == "waiting"
        assert cycle.plan is not None and cycle.plan.waits == {"book": "no plan that names this system was approved yet"}
    assert not any(v.log for v in stage.vendors.values())


def test_approval_of_a_plan_opens_only_the_systems_it_names() -> None:
    stage = two()
    anna = add(stage, "crm")
    assert stage.sync().state == "done"
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    add(stage, "book", "Matti")
    stage.sync(approve=None)
    assert stage.written() == {"crm": 0, "book": 1}
    assert waiting(stage) == [("crm", "create", "planned")]
    stage.sync()
    assert stage.written() == {"crm": 1, "book": 0}
    stage.vendors["book"].user_edit(next(iter(stage.vendors["book"].records())), {"given": "Anne"})
    stage.sync(approve=None)
    assert stage.written() == {"crm": 1, "book": 0}


def test_changed_rules_ask_for_approval_again() -> None:
    stage = two()
    anna = add(stage, "crm")
    addresses = {"crm": "https://crm", "book": "https://book"}
    note_rules(stage.store, stage.book, addresses)
    stage.sync()
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    note_rules(stage.store, stage.book, {**addresses, "book": "https://elsewhere"})
    stage.sync(approve=None)
    assert stage.written() == {"crm": 0, "book": 0}
    stage.sync()
    note_rules(stage.store, stage.book, {**addresses, "book": "https://elsewhere"})
    stage.vendors["crm"].user_edit(anna, {"given": "Anne"})
    stage.sync(approve=None)
    assert stage.written() == {"crm": 0, "book": 1}


# ---- the plan is data

def test_equal_state_gives_an_equal_plan_hash() -> None:
    def hash_of(seed: int, given: str = "Anna") -> str:
        stage = two(seed=seed)
        add(stage, "crm", given, **emails(stage.traits["crm"], ["anna@example.org"]))
        add(stage, "book", "Matti")
        plan = stage.plan().plan
        assert plan is not None and plan.writes == 2
        return plan.hash

    assert hash_of(1) == hash_of(1) != hash_of(1, "Anne")


def test_planning_again_gives_the_same_hash_until_something_changes() -> None:
    stage = two()
    anna = add(stage, "crm")
    first, second = stage.plan().plan, stage.plan().plan
    assert first is not None and second is not None and first.id != second.id and first.hash == second.hash
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    third = stage.plan().plan
    assert third is not None and third.hash != second.hash


def test_plan_is_applied_exactly() -> None:
    stage = two()
    add(stage, "crm")
    plan = stage.plan().plan
    assert plan is not None
    cycle = stage.sync(approve="reviewer", expect_plan=plan.hash)
    assert cycle.state == "done" and stage.written() == {"crm": 0, "book": 1}


def test_plan_that_no_longer_fits_writes_nothing_and_opens_no_system() -> None:
    stage = two()
    anna = add(stage, "crm")
    plan = stage.plan().plan
    assert plan is not None
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    cycle = stage.sync(approve="reviewer", expect_plan=plan.hash)
    assert cycle.state == "stale" and not any(v.log for v in stage.vendors.values())
    stage.sync(approve=None)
    assert not any(v.log for v in stage.vendors.values())


def test_pilot_goes_all_the_way_for_those_it_names() -> None:
    stage = two()
    anna, matti = add(stage, "crm"), add(stage, "crm", "Matti")
    stage.plan()
    stage.sync(only=frozenset({stage.contact_of("crm", anna).id}))
    assert [r["given"] for r in stage.vendors["book"].records().values()] == ["Anna"]
    stage.sync(only=frozenset({stage.contact_of("crm", matti).id}))
    assert sorted(str(r["given"]) for r in stage.vendors["book"].records().values()) == ["Anna", "Matti"]


# ---- what cannot be taken back waits, whoever was approved before

def test_delete_waits_for_approval_by_name() -> None:
    stage = two(rules={"crm": {"on_delete": "propagate"}})
    anna = add(stage, "crm")
    stage.sync()
    stage.vendors["crm"].user_delete(anna)
    for _ in range(2):
        cycle = stage.sync(approve=None)
        assert cycle.plan is not None and cycle.plan.waits == {"book": "deletes wait for approval"}
        assert waiting(stage) == [("book", "delete", "planned")] and len(stage.vendors["book"].records()) == 1
    stage.sync()
    assert stage.vendors["book"].records() == {}


def test_delete_of_who_left_the_filter_waits_too() -> None:
    donors = {"where": {"any": [{"unit": "groups", "has": "donors"}]}, "on_leave": "delete"}
    stage = two(rules={"book": donors})
    anna = add(stage, "crm", groups=["donors"])
    stage.sync()
    assert len(stage.vendors["book"].records()) == 1
    stage.vendors["crm"].user_edit(anna, {"groups": []})
    stage.sync(approve=None)
    assert len(stage.vendors["book"].records()) == 1
    stage.sync()
    assert stage.vendors["book"].records() == {} and len(stage.vendors["crm"].records()) == 1
    stage.vendors["crm"].user_edit(anna, {"groups": ["donors"]})
    stage.settle()
    assert len(stage.vendors["book"].records()) == 1


@pytest.mark.parametrize("on_leave", ["keep", "freeze"])
def test_who_left_the_filter_is_kept_and_comes_back(on_leave: str) -> None:
    stage = two(rules={"book": {"where": {"any": [{"unit": "groups", "has": "donors"}]}, "on_leave": on_leave}})
    anna = add(stage, "crm", groups=["donors"])
    stage.sync()
    stage.vendors["crm"].user_edit(anna, {"groups": [], "given": "Annika"})
    stage.settle()
    (record,) = stage.vendors["book"].records().values()
    assert record["given"] == "Anna"
    stage.vendors["crm"].user_edit(anna, {"groups": ["donors"]})
    stage.settle()
    (record,) = stage.vendors["book"].records().values()
    assert record["given"] == "Annika"


# ---- the plan's guard

def test_blanks_above_the_limit_wait_and_everything_else_goes() -> None:
    stage = two(limits=Limits(small=1000))
    records = [add(stage, "crm", f"Given{n}", notes="something") for n in range(8)]
    other = add(stage, "crm", "Other")
    stage.sync()
    for record in records[:6]:
        stage.vendors["crm"].user_edit(record, {"notes": None})
    stage.vendors["crm"].user_edit(other, {"given": "Changed"})
    cycle = stage.sync(approve=None)
    assert cycle.plan is not None and cycle.plan.waits == {"book": "6 deletes or blanks within 24 hours, more than 5"}
    assert sum(r["notes"] is None for r in stage.vendors["book"].records().values()) == 1
    stage.sync()
    assert sum(r["notes"] is None for r in stage.vendors["book"].records().values()) == 7


def test_limit_counts_the_last_day() -> None:
    stage = two(limits=Limits(small=1000))
    records = [add(stage, "crm", f"Given{n}", notes="something") for n in range(10)]
    stage.sync()

    def blank(some: list[str]) -> int:
        for record in some:
            stage.vendors["crm"].user_edit(record, {"notes": None})
        stage.sync(approve=None)
        return sum(r["notes"] is None for r in stage.vendors["book"].records().values())

    assert blank(records[:3]) == 3
    assert blank(records[3:6]) == 3
    stage.clock.turn(86_400)
    assert blank([]) == 6
