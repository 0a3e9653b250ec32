"""Nothing is written before a person said yes; what is approved is applied exactly, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from hub.engine.asking import conflicts
from hub.engine.cycle import Cycle
from hub.engine.noting import note_rules
from hub.engine.planning import Plan, make_plan
from hub.rules.guards import Limits
from hub.store import plans
from hub.store.plans import WriteRow
from hub.store.store import Store
from hub.testing.memory import KEY, MARKER, Traits
from hub.testing.stage import Stage, emails

pytestmark = pytest.mark.both_databases


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


def rows(stage: Stage, run: Callable[[Stage], Cycle]) -> list[tuple[Any, ...]]:
    """The first plan a run makes, write by write, with all that would be sent."""
    made: list[list[WriteRow]] = []

    def recorded(store: Store, *args: Any, **options: Any) -> Plan:
        plan = make_plan(store, *args, **options)
        with store.reading() as tx:
            made.append(plans.writes(tx, plan=plan.id))
        return plan

    with patch("hub.engine.cycle.make_plan", recorded):
        run(stage)
    return [(w.number, w.contact, w.link, w.system, w.op, w.reason, w.native_id, w.expect, w.patch, w.sent, w.before, w.after,
             w.shown, w.removals) for w in made[0]]


def busy() -> Stage:
    """Creates and updates either way, a delete, blanks, a conflict."""
    stage = two(rules={"crm": {"on_delete": "propagate"}})
    crm, book = stage.vendors["crm"], stage.vendors["book"]
    people = [add(stage, "crm", f"Given{n}", notes="x", **emails(stage.traits["crm"], [f"p{n}@example.org"])) for n in range(5)]
    stage.settle()
    there = {str(r["given"]): i for i, r in book.records().items()}
    crm.user_edit(people[0], {"given": "Edited", "notes": None})
    book.user_edit(there["Given1"], {"company": "Oy"})
    crm.user_edit(people[2], {"family": "One"})
    book.user_edit(there["Given2"], {"family": "Other"})
    crm.user_delete(people[3])
    add(stage, "crm", "New")
    add(stage, "book", "Another")
    return stage


def test_plan_is_sync_without_push() -> None:
    """Write by write the same, whether it is planned, held back or sent."""
    planned, held, sent = busy(), busy(), busy()
    wanted = rows(planned, Stage.plan)
    assert {(op, system) for _, _, _, system, op, *_ in wanted} == {
        ("create", "crm"), ("create", "book"), ("update", "crm"), ("update", "book"), ("delete", "book")}
    assert planned.written() == {"crm": 0, "book": 0}
    assert rows(held, lambda stage: stage.sync(approve=None)) == wanted
    assert rows(sent, Stage.sync) == wanted
    assert sent.written() == {"crm": 2, "book": 3}


def test_plan_before_sync_changes_nothing_of_what_sync_does() -> None:
    planned, sent = busy(), busy()
    for _ in range(3):
        planned.plan()
    planned.sync()
    sent.sync()
    for n in planned.vendors:
        here, there = ([{k: v for k, v in r.items() if k not in (KEY, MARKER)} for r in s.vendors[n].records().values()]
                       for s in (planned, sent))
        assert sorted(here, key=str) == sorted(there, key=str)


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


@pytest.mark.fault("P2", guard="hub.engine.noting:note_rules")
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


@pytest.mark.fault("D6", guard="hub.engine.cycle:run_cycle")
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


@pytest.mark.parametrize("change", ["edit", "edit there", "new", "gone", "answer", "mapping", "away"])
def test_plan_is_refused_whole_whatever_changed(change: str) -> None:
    stage = busy()
    plan = stage.plan().plan
    assert plan is not None
    crm, book = stage.vendors["crm"], stage.vendors["book"]
    if change == "edit":
        crm.user_edit(next(iter(crm.records())), {"notes": "now something else"})
    elif change == "edit there":
        book.user_edit(next(i for i, r in book.records().items() if r["given"] == "Given0"), {"given": "Also edited"})
    elif change == "new":
        add(stage, "book", "Third")
    elif change == "gone":
        book.user_delete(next(i for i, r in book.records().items() if r["given"] == "Given0"))
    elif change == "answer":
        (question,) = conflicts.every(stage.store)
        conflicts.resolve(stage.store, question["id"], "crm", by="reviewer", value=None)
    elif change == "mapping":
        stage.change_mapping("book", {"fields": {"notes": {"off": True}}})
    else:
        stage.sync(approve="reviewer", only=frozenset({stage.contact_of("crm", next(iter(crm.records()))).id}))
    before = [len(v.log) for v in stage.vendors.values()]
    cycle = stage.sync(approve="reviewer", expect_plan=plan.hash)
    assert cycle.state == "stale" and [len(v.log) for v in stage.vendors.values()] == before


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


def test_nobody_is_deleted_for_a_value_that_is_in_question() -> None:
    """She is back in the one system and contends with another: whether she left is what a person is asked."""
    donors = {"where": {"any": [{"unit": "company", "is": "Donor"}]}, "on_leave": "delete"}
    stage = two(rules={"book": donors})
    anna = add(stage, "crm", company="Donor")
    stage.settle()
    (there,) = stage.vendors["book"].records()
    stage.vendors["crm"].user_edit(anna, {"company": "Nobody"})
    stage.sync(approve=None)
    stage.vendors["book"].user_edit(there, {"company": "Great donor"})
    stage.vendors["crm"].user_edit(anna, {"company": "Donor"})
    stage.settle()
    assert len(stage.conflicts()) == 1 and there in stage.vendors["book"].records()


@pytest.mark.parametrize("may", [{"deletes": False}, {"writes": False, "creates": False, "deletes": False}])
def test_who_left_the_filter_is_not_deleted_where_the_hub_may_not_delete(may: dict[str, bool]) -> None:
    """A system set to be only read since, too: an approved plan has nothing for it."""
    stage = two(rules={"book": {"where": {"any": [{"unit": "groups", "has": "donors"}]}, "on_leave": "delete"}})
    anna = add(stage, "crm", groups=["donors"])
    stage.sync()
    stage.vendors["crm"].user_edit(anna, {"groups": []})
    stage.sync(approve=None)
    stage.change_rules("book", **may)
    stage.settle()
    assert waiting(stage) == [] and len(stage.vendors["book"].records()) == 1


@pytest.mark.fault("I13", guard="hub.engine.planning:_One._leaves")
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
