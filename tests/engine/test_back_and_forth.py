"""Two machines beside the hub, one in each of two systems, write the same field: that ends as a question (merge.md 6)."""

from __future__ import annotations

import pytest

from hub.store import inbox
from hub.testing.memory import Traits
from hub.testing.stage import Stage

CYCLES = 20


def known(stage: Stage) -> tuple[str, str]:
    """One person in both systems."""
    first = stage.vendors["crm"].user_create({"given": "Aino", "family": "Virta"}).ref.native_id
    stage.settle()
    (second,) = stage.vendors["book"].records()
    return first, second


def turn(stage: Stage, first: str, second: str) -> None:
    """The hub's cycle; where it wrote, a machine makes its own of the name."""
    machines = (("crm", first, str.upper), ("book", second, str.lower))
    before = [stage.vendors[system].records()[record]["given"] for system, record, _ in machines]
    stage.clock.turn(600)
    stage.sync()
    for (system, record, form), was in zip(machines, before, strict=True):
        now = stage.vendors[system].records()[record]["given"]
        if now not in (was, form(now)):
            stage.vendors[system].user_edit(record, {"given": form(now)})


def back_and_forth() -> tuple[Stage, str, str]:
    """Somebody typed a name in one system, and since then the machines had their way."""
    stage = Stage({"crm": Traits(), "book": Traits()})
    first, second = known(stage)
    stage.vendors["crm"].user_edit(first, {"given": "Anna"})
    for _ in range(CYCLES):
        turn(stage, first, second)
    return stage, first, second


@pytest.mark.fault("E7", guard="hub.rules.merge:_Edits._once_more")
def test_what_two_machines_change_back_and_forth_is_asked_about() -> None:
    stage, first, second = back_and_forth()
    assert [(c.conflict.unit, c.conflict.reason) for c in stage.conflicts()] == [("name.given", "flapping")]
    before = stage.written()
    for _ in range(CYCLES):
        turn(stage, first, second)
    assert stage.written() == before


def test_an_answer_does_not_start_it_again() -> None:
    stage, first, second = back_and_forth()
    (asked,) = stage.conflicts()
    with stage.store.writing() as tx:
        inbox.add_answer(tx, asked.contact, "conflict", {
            "unit": asked.conflict.unit, "number": asked.conflict.number, "value": "ANNA", "by": "reviewer"})
    before = stage.written()
    for _ in range(CYCLES):
        turn(stage, first, second)
    assert [c.conflict.reason for c in stage.conflicts()] == ["flapping"]
    assert sum(stage.written().values()) - sum(before.values()) <= 2


def test_who_changes_a_name_to_and_fro_by_hand_over_months_is_asked_nothing() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    first, second = known(stage)
    for _ in range(6):
        for system, record, name in (("crm", first, "Anna"), ("book", second, "Aino")):
            stage.clock.turn(5 * 86_400)
            stage.vendors[system].user_edit(record, {"given": name})
            stage.settle()
    assert not stage.conflicts()
    assert stage.vendors["crm"].records()[first]["given"] == "Aino"
