"""The hub was off for long: the next run reads everything again by itself, doubles nobody, and deletes nothing unasked."""

from __future__ import annotations

import pytest

from hub.rules.guards import Limits
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

DAY = 86400.0
PEOPLE, EDITED, DELETED = 400, 300, 12
WIDE = Traits(page=500, batch_max=200, batch_mode="partial")


@pytest.mark.parametrize(("days", "deletes_seen_as"), [(7, "tombstone"), (35, "absence"), (365, "tombstone")])
def test_off_for_days(days: int, deletes_seen_as: str) -> None:
    crm = Traits(page=500, batch_max=200, batch_mode="partial", deletes_seen_as=deletes_seen_as)  # type: ignore[arg-type]
    stage = Stage({"crm": crm, "book": WIDE}, limits=Limits(most=1000, least=5, rate=0.05, share=0.9))
    records = [stage.vendors["crm"].user_create({
        "given": f"Given{n}", "family": f"Family{n}", **emails(crm, [f"p{n}@example.org"])}).ref.native_id for n in range(PEOPLE)]
    stage.settle()
    stage.clock.turn(days * DAY)
    for record in records[:EDITED]:
        stage.vendors["crm"].user_edit(record, {"notes": f"typed while the hub was off: {record}"})
    for record in records[-DELETED:]:
        stage.vendors["crm"].user_delete(record)
    stage.vendors["crm"].expire()
    first = stage.sync(approve=None)
    assert first.pulls["crm"].error is None and first.pulls["crm"].listed == PEOPLE - DELETED
    there = stage.vendors["book"].records()
    assert len(there) == PEOPLE  # nobody doubled, nobody deleted
    notes = sorted(str(r["notes"]) for r in there.values() if r["notes"])
    assert notes == sorted(f"typed while the hub was off: {record}" for record in records[:EDITED])
    assert len(stage.contacts()) == PEOPLE
    assert [c.conflict.unit.partition(":")[0] for c in stage.conflicts()] == ["@exists"] * DELETED
    stage.sync(approve=None)
    assert sum(stage.written().values()) == 0
