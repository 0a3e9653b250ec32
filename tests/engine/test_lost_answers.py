"""Answers that never came, processes that ended, batches done in part: nobody is made twice, nothing is lost, nothing is sent
that was not promised."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from hub.engine import cycle
from hub.model.record import Gone, NativeRecord
from hub.model.refs import RecordRef
from hub.model.write import NativeWrite, WriteResult
from hub.store import journal, plans
from hub.store import tables as t
from hub.testing.memory import MemoryConnector, Traits
from hub.testing.stage import Stage

KEYLESS = Traits(own_key=False, unique_key=False, marker=False)


class Killed(BaseException):
    """The process ends here."""


def killed(*_: Any) -> None:
    raise Killed


def two(**traits: Any) -> tuple[Stage, str]:
    """Anna in both systems. Returns the stage and her record in crm."""
    stage = Stage({"crm": Traits(), "book": Traits(**traits)})
    anna = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
    stage.settle()
    return stage, anna


def given(stage: Stage, system: str) -> list[str]:
    return sorted(str(r["given"]) for r in stage.vendors[system].records().values())


def writes(stage: Stage) -> list[str]:
    """What became of every write there was."""
    with stage.store.reading() as tx:
        return sorted(w.state for w in plans.writes(tx))


def births(stage: Stage) -> int:
    """Contacts there ever were; one that was born twice and joined again counts twice."""
    with stage.store.reading() as tx:
        return int(tx.sql.execute(select(func.count()).select_from(t.contact)).scalar_one())


@pytest.mark.fault("N1", guard="hub.engine.identify:Claims.of")
@pytest.mark.parametrize("traits", [Traits(), KEYLESS], ids=["by its key", "by what it shows"])
def test_a_create_whose_answer_was_lost_is_one_record_of_one_contact(traits: Traits) -> None:
    stage = Stage({"crm": Traits(), "book": traits})
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"})
    stage.faults["book"].next("lost_after")
    assert stage.sync().tally.unknown == 1
    stage.settle()
    assert given(stage, "book") == ["Anna"] and len(stage.vendors["book"].log) == 1
    assert births(stage) == 1 and stage.conflicts() == []


@pytest.mark.fault("N2", guard="hub.engine.cycle:settle_lost_creates")
@pytest.mark.parametrize("traits", [Traits(), KEYLESS], ids=["asked for by its key", "missing from a full reading"])
def test_a_create_that_never_arrived_is_made_by_the_next_run(traits: Traits) -> None:
    stage = Stage({"crm": Traits(), "book": traits})
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"})
    stage.faults["book"].next("server_error")
    assert stage.sync().tally.unknown == 1
    stage.settle()
    assert given(stage, "book") == ["Anna"] and len(stage.vendors["book"].log) == 1
    assert writes(stage) == ["done", "dropped"]


def test_a_create_that_is_open_still_and_whose_record_is_known_is_done() -> None:
    """Its answer was noted by a process whose last words were lost: the record is not made again."""
    stage, _ = two()
    with stage.store.writing() as tx:
        (write,) = plans.writes(tx)
        (intent,) = tx.sql.execute(select(t.intent.c.id)).scalars()
        plans.set_intent_state(tx, {intent: ("sent", "")})
        plans.set_write_state(tx, {write.id: ("claimed", "")})
    assert stage.sync().tally.unknown == 0
    assert len(stage.vendors["book"].log) == 1 and writes(stage) == ["done"]
    with stage.store.reading() as tx:
        assert not plans.open_intents(tx)


@pytest.mark.fault("E11", guard="hub.engine.existence:vanish")
def test_a_record_deleted_after_a_write_nobody_knows_of_is_asked_about() -> None:
    """Whoever deleted it may have seen what we wrote, or not."""
    stage, anna = two(marker=False)
    book = stage.vendors["book"]
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    stage.faults["book"].next("lost_after")
    stage.sync()
    book.user_delete(next(iter(book.records())), hard=True)
    stage.settle()
    (question,) = stage.conflicts()
    assert question.conflict.unit.startswith("@exists") and question.conflict.reason == "contending"
    assert given(stage, "crm") == ["Annika"]


def test_a_record_out_of_view_after_a_write_nobody_knows_of_is_noted_once() -> None:
    """It is asked about again in every cycle, and each answer is the same."""
    stage, anna = two(marker=False)
    book = stage.vendors["book"]
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    stage.faults["book"].next("lost_after")
    stage.sync()
    book.hide(next(iter(book.records())))
    for _ in range(3):
        stage.sync()
    with stage.store.reading() as tx:
        rows = [e for e in journal.of_contacts(tx, [stage.contact_of("crm", anna).id]) if e.cause == "gone"]
    assert [e.changes["life"] for e in rows] == ["left_view"]
    book.show(next(iter(book.records())))
    stage.settle()
    assert given(stage, "book") == ["Annika"] and stage.conflicts() == []


@pytest.mark.fault("E12", guard="hub.rules.settle:settle_send")
def test_an_edit_on_top_of_a_write_whose_answer_was_lost_is_the_later_one() -> None:
    stage, anna = two()
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    stage.faults["book"].next("lost_after")
    stage.sync()
    book = stage.vendors["book"]
    book.user_edit(next(iter(book.records())), {"given": "Anne"})
    stage.settle()
    assert given(stage, "crm") == given(stage, "book") == ["Anne"] and stage.conflicts() == []


@pytest.mark.fault("S1", guard="hub.engine.push:recover")
@pytest.mark.fault("S2", guard="hub.engine.push:_claim")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_ends_around_a_call_leaves_what_the_next_one_finishes(when: str) -> None:
    stage, anna = two()
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    stage.vendors["crm"].user_create({"given": "Matti", "family": "Korhonen"})

    class Ends(MemoryConnector):
        async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
            if when == "after":
                await super().write(entity, batch)
            raise Killed

    stage.connectors["book"] = Ends(stage.vendors["book"], stage.faults["book"])
    with pytest.raises(Killed):
        stage.sync()
    stage.connectors["book"] = MemoryConnector(stage.vendors["book"], stage.faults["book"])
    stage.settle()
    assert given(stage, "crm") == given(stage, "book") == ["Annika", "Matti"]
    assert sorted(w.op for w in stage.vendors["book"].log) == ["create", "create", "update"]
    assert births(stage) == 2 and stage.conflicts() == []


@pytest.mark.fault("V16", guard="hub.engine.push:_one")
def test_of_a_batch_done_in_part_only_the_rest_is_sent_again() -> None:
    stage = Stage({"crm": Traits(), "book": Traits(batch_max=20, batch_mode="partial")})
    for n in range(20):
        stage.vendors["crm"].user_create({"given": f"Given{n}", "family": f"Family{n}"})
    faults = stage.faults["book"]
    faults.partial_batch = 0.3
    stage.sync()
    assert 0 < faults.counts["partial_batch"] < 20
    faults.calm()
    stage.settle()
    assert len(stage.vendors["book"].log) == len(stage.vendors["book"].records()) == 20


@pytest.mark.fault("V12", guard="hub.engine.push:_read_back")
def test_a_new_record_that_cannot_be_read_yet_is_not_taken_for_deleted() -> None:
    """Another server answers the reading than the writing: what was made a moment ago is not there yet."""
    stage = Stage({"crm": Traits(), "book": Traits(returns="version")})

    class Lags(MemoryConnector):
        late = True

        async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
            return [Gone(r) for r in refs] if self.late else await super().fetch(refs)

    lags = Lags(stage.vendors["book"], stage.faults["book"])
    stage.connectors["book"] = lags
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"})
    stage.sync()
    lags.late = False
    stage.settle()
    assert given(stage, "crm") == given(stage, "book") == ["Anna"]
    assert stage.conflicts() == [] and births(stage) == 1


def test_what_a_vendor_cut_is_nobodys_edit_though_the_run_ends_and_the_mapping_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The create is found again by its key, the run ends before that is merged, and the site changes its mapping."""
    stage = Stage({"crm": Traits(), "list": Traits(max_text=6, returns="none", marker=False)})
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Korhonen"})
    stage.faults["list"].next("lost_after")
    stage.sync()
    with monkeypatch.context() as ending, pytest.raises(Killed):
        ending.setattr(cycle, "merge_inbox", killed)
        stage.sync()
    stage.change_mapping("list", {"fields": {"notes": {"off": True}}})
    stage.settle()
    assert [r["family"] for v in stage.vendors.values() for r in v.records().values()] == ["Korhonen", "Korhon"]


@pytest.mark.parametrize("ids", range(4))
def test_of_two_records_that_show_what_a_lost_create_sent_one_is_it(ids: int) -> None:
    """Somebody typed the same person there meanwhile, in other letters, and the system keeps no key."""
    stage = Stage({"crm": Traits(), "book": KEYLESS})
    book = stage.vendors["book"]
    book.ids = random.Random(ids)  # either of the two may be the first
    anna = stage.vendors["crm"].user_create({"given": "ANNA", "family": "VIRTANEN", "emails": [{"value": "a@example.org"}]})
    stage.faults["book"].next("lost_after")
    stage.sync()
    (ours,) = book.records()
    theirs = book.user_create({"given": "Anna", "family": "Virtanen", "emails": [{"value": "a@example.org"}]}).ref.native_id
    stage.plan()
    made = [link for c in stage.contacts() for link in stage.links(c.id) if link.created_by_write]
    assert [link.ref.native_id for link in made] == [ours]
    assert stage.contact_of("book", theirs).id != stage.contact_of("crm", anna.ref.native_id).id


def test_of_a_record_that_sleeps_it_is_asked_once_what_became_of_a_write() -> None:
    """What was read waits until the record is in the filter again; each run read it again (simulated: site, mistakes 55247)."""
    where = {"any": [{"unit": "groups", "has": "members"}]}
    stage = Stage({"crm": Traits(), "book": Traits()}, rules={"book": {"where": where}})
    anna = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "groups": ["members"]}).ref.native_id
    stage.settle()
    stage.vendors["crm"].user_edit(anna, {"family": "Ek"})
    stage.faults["book"].next("lost_after")
    stage.sync()
    stage.faults["book"].down = True
    stage.vendors["crm"].user_edit(anna, {"groups": []})
    stage.sync()
    stage.faults["book"].down = False
    requests = []
    for _ in range(3):
        before = stage.vendors["book"].requests
        stage.sync()
        requests.append(stage.vendors["book"].requests - before)
    with stage.store.reading() as tx:
        assert plans.open_intents(tx)
    assert requests[1:] == [1, 1]
