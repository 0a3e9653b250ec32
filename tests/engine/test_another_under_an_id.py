"""Fault I4: an id that ended is given to another person. Nobody gets the values of somebody else."""

from __future__ import annotations

import pytest

from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

SYSTEMS = {"crm": Traits(), "book": Traits(slots=3), "list": Traits(cursor="none", deletes_seen_as="absence", own_key=False)}


def met(where: str) -> tuple[Stage, str, str]:
    """Anna and Cid in all systems. Returns her contact and her record in ``where``."""
    stage = Stage(SYSTEMS)
    stage.vendors["crm"].user_create({"given": "Cid", "family": "Moe"})
    made = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", **emails(
        SYSTEMS["crm"], ["anna@example.org"])}).ref.native_id
    stage.settle()
    contact = stage.contact_of("crm", made).id
    return stage, contact, stage.records_of(contact, where)[0]


@pytest.mark.fault("I4", guard="hub.rules.matching.another:is_another")
@pytest.mark.parametrize("where", SYSTEMS)
def test_somebody_else_under_an_id_that_ended_is_a_new_person(where: str) -> None:
    stage, anna, record = met(where)
    vendor = stage.vendors[where]
    vendor.user_delete(record, hard=True)
    stage.sync()
    vendor.user_reuse(record, {"given": "Bo", "family": "Ek", **emails(SYSTEMS[where], ["bo@example.org"])})
    stage.sync()
    stage.settle()
    for other in [n for n in SYSTEMS if n != where]:
        kept = stage.vendors[other].records()[stage.records_of(anna, other)[0]]
        assert (kept["given"], kept["family"]) == ("Anna", "Virtanen")
        assert sorted(r["given"] for r in stage.vendors[other].records().values()) == ["Anna", "Bo", "Cid"]
    assert stage.records_of(anna, where) == []
    assert sorted(c.units["name.given"].value for c in stage.contacts()) == ["Anna", "Bo", "Cid"]
    assert [c.conflict.unit.split(":")[0] for c in stage.conflicts()] == ["@exists"]  # a person still says what becomes of Anna


def test_the_same_person_with_another_name_or_address_is_no_other() -> None:
    stage, anna, record = met("book")
    vendor = stage.vendors["book"]
    vendor.user_delete(record)
    stage.sync()
    vendor.user_restore(record)
    vendor.user_edit(record, {"family": "Ek", "email1": "anna.ek@example.org"})
    stage.settle()
    assert stage.contact_of("book", record).id == anna
    assert len(stage.contacts()) == 2
