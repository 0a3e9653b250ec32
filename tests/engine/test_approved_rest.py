"""An approved plan whose systems cannot all be reached: what is reached is written, the rest waits, approved, as it was shown
(docs/decisions/0012)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hub.engine.asking.plans import plan_document
from hub.engine.cycle import Cycle
from hub.engine.noting import note_rules
from hub.model.write import NativeWrite, Refused, WriteResult
from hub.store import plans
from hub.testing.memory import MemoryConnector, Traits
from hub.testing.stage import Stage

ADDRESSES = {"crm": "https://crm", "book": "https://book", "mail": "https://mail"}


def three(**options: Any) -> Stage:
    """Somebody in the CRM who is in neither of the other two."""
    stage = Stage({"crm": Traits(), "book": Traits(), "mail": Traits()}, **options)
    add(stage, "Anna")
    note_rules(stage.store, stage.book, ADDRESSES)
    return stage


def add(stage: Stage, given: str) -> str:
    return stage.vendors["crm"].user_create({"given": given, "family": f"Of {given}"}).ref.native_id


def apply(stage: Stage) -> Cycle:
    """The present plan, approved by Maija as it was shown."""
    plan = stage.plan().plan
    assert plan is not None
    return stage.sync(approve="Maija", expect_plan=plan.hash)


def away(stage: Stage, system: str = "book", *, when: str = "always") -> None:
    """The system cannot be reached; ``when`` "write": only once it is to be written to."""
    faults = stage.faults[system]
    if when == "always":
        faults.down = True
        return

    def between(moment: str, op: str) -> None:
        faults.down = op == "write" and moment == "before"

    faults.between = between


def back(stage: Stage, system: str = "book") -> None:
    stage.faults[system].down = False
    stage.faults[system].between = lambda when, op: None


@pytest.mark.parametrize("when", ["always", "write"])
def test_what_is_reached_is_written_and_the_rest_waits_approved(when: str) -> None:
    stage = three()
    stage.plan()
    away(stage, when=when)
    plan = stage.plan().plan
    assert plan is not None
    cycle = stage.sync(approve="Maija", expect_plan=plan.hash)
    assert stage.written() == {"crm": 0, "book": 0, "mail": 1}
    assert (cycle.state, cycle.left, cycle.waiting) == ("done", {"book": 1}, {})
    assert cycle.tally.approved_by == "Maija"
    cycle = stage.sync(approve=None)
    assert (stage.written()["book"], cycle.left) == (0, {"book": 1})
    back(stage)
    cycle = stage.sync(approve=None)
    assert stage.written() == {"crm": 0, "book": 1, "mail": 0}
    assert (cycle.left, cycle.waiting) == ({}, {})
    assert plans_of_what_was_done(stage) == {"Maija"}
    stage.sync(approve=None)
    assert not any(stage.written().values())


def plans_of_what_was_done(stage: Stage) -> set[str]:
    """Who approved them."""
    with stage.store.reading() as tx:
        done = {w.plan for w in plans.writes(tx, states=("done",))}
        approved = plans.approvers(tx, done)
    return {approved[plan][0] if plan in approved else "nobody" for plan in done}


def test_the_next_plan_tells_of_the_rest_and_counts_it_not() -> None:
    stage = three()
    away(stage)
    apply(stage)
    cycle = stage.plan()
    assert cycle.plan is not None
    document = plan_document(stage.store, cycle.plan.id)
    assert document["writes"] == []
    (rest,) = document["approved_rest"]
    assert (rest["system"], rest["count"], rest["by"]) == ("book", 1, "Maija")


def with_a_delete() -> tuple[Stage, str]:
    """Everybody is everywhere, and somebody was deleted in the CRM: deletes wait in the two others."""
    stage = three(rules={"crm": {"on_delete": "propagate"}})
    bo = add(stage, "Bo")
    stage.settle()
    stage.vendors["crm"].user_delete(bo)
    return stage, bo


def test_a_delete_that_was_approved_needs_no_second_approval() -> None:
    stage, _ = with_a_delete()
    away(stage)
    cycle = apply(stage)
    assert (stage.written(), cycle.left) == ({"crm": 0, "book": 0, "mail": 1}, {"book": 1})
    back(stage)
    stage.sync(approve=None)
    assert stage.written() == {"crm": 0, "book": 1, "mail": 0}
    assert [r["given"] for r in stage.vendors["book"].records().values()] == ["Anna"]


def test_a_delete_whose_record_was_edited_meanwhile_is_not_made() -> None:
    stage, _ = with_a_delete()
    away(stage)
    apply(stage)
    book = stage.vendors["book"]
    there = next(i for i, r in book.records().items() if r["given"] == "Bo")
    book.user_edit(there, {"given": "Bosse"})
    back(stage)
    stage.sync(approve=None)
    assert stage.written()["book"] == 0
    assert sorted(str(r["given"]) for r in book.records().values()) == ["Anna", "Bosse"]


def test_changed_rules_end_the_approval_of_the_rest() -> None:
    stage, _ = with_a_delete()
    away(stage)
    apply(stage)
    back(stage)
    note_rules(stage.store, stage.book, {**ADDRESSES, "book": "https://elsewhere"})
    cycle = stage.sync(approve=None)
    assert stage.written()["book"] == 0
    assert (cycle.left, cycle.waiting) == ({}, {"book": 1})
    stage.sync()
    assert stage.written()["book"] == 1


def test_a_plan_that_no_longer_fits_is_refused_before_the_first_write() -> None:
    """Also where what changed is only seen in one of the systems that can be reached."""
    stage = three()
    plan = stage.plan().plan
    assert plan is not None
    away(stage)
    add(stage, "Bo")
    cycle = stage.sync(approve="Maija", expect_plan=plan.hash)
    assert cycle.state == "stale"
    assert not any(v.log for v in stage.vendors.values())
    assert cycle.left == {}


def test_the_rest_of_a_pilot_waits_for_approval() -> None:
    """A pilot opens no system, so nothing goes there later by itself."""
    stage = three()
    add(stage, "Bo")
    stage.plan()
    anna = next(c.id for c in stage.contacts() if c.units["name.given"].value == "Anna")
    away(stage)
    cycle = stage.sync(approve="Maija", only=frozenset({anna}))
    assert (stage.written()["mail"], cycle.left) == (1, {"book": 1})
    back(stage)
    cycle = stage.sync(approve=None)
    assert not any(stage.written().values())
    assert cycle.waiting == {"book": 2, "mail": 1}
    stage.sync(approve="Maija", only=frozenset({anna}))
    assert stage.written() == {"crm": 0, "book": 1, "mail": 0}


def test_a_system_that_takes_nothing_now_is_not_asked_again_in_the_same_run() -> None:
    asked: list[int] = []

    class Busy(MemoryConnector):
        async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
            asked.append(len(batch))
            return [Refused("transient", "busy")] * len(batch)

    stage = three()
    stage.connectors["book"] = Busy(stage.vendors["book"], stage.faults["book"])
    away(stage, "mail")
    cycle = stage.sync(approve="Maija")
    assert (asked, cycle.left, cycle.why) == ([1], {"book": 1, "mail": 1}, {"book": "busy"})


def test_what_was_left_and_as_much_that_is_new_are_written_together() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    add(stage, "Anna")
    stage.plan()
    away(stage, when="write")
    assert apply(stage).left == {"book": 1}
    add(stage, "Berta")
    back(stage)
    apply(stage)
    assert sorted(str(r["given"]) for r in stage.vendors["book"].records().values()) == ["Anna", "Berta"]
