"""What a system tells may be old, twice, in part, without order, or cut off: it is taken for what it is."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.engine import cycle
from hub.engine.asking import conflicts
from hub.model.record import NativeRecord, Page, Upserted
from hub.model.refs import RecordRef
from hub.testing.memory import MemoryConnector, Traits
from hub.testing.simulation.site import Mistaken
from hub.testing.stage import Stage, addresses, emails

LISTED = Traits(cursor="none", deletes_seen_as="absence")


def people(stage: Stage, count: int, system: str = "crm") -> list[str]:
    vendor = stage.vendors[system]
    return [vendor.user_create({"given": f"Given{n}", "family": f"Family{n}", "notes": "x"}).ref.native_id for n in range(count)]


def shown(stage: Stage, system: str, field: str = "given") -> list[Any]:
    return sorted(str(r[field]) for r in stage.vendors[system].records().values())


def silent(stage: Stage) -> bool:
    stage.sync()
    return not any(stage.written().values()) and stage.conflicts() == []


@pytest.mark.fault("N3", guard="hub.engine.pull:_read")
def test_a_listing_that_breaks_off_moves_nothing_and_nobody_is_gone() -> None:
    stage = Stage({"crm": replace(LISTED, page=2), "book": Traits()})
    records = people(stage, 6)
    stage.settle()
    stage.vendors["crm"].user_edit(records[0], {"given": "Edited"})
    stage.faults["crm"].next("break_off", on="list")
    cycle = stage.sync()
    assert "crm" in cycle.errors and cycle.pulls["crm"].listed is None
    assert len(stage.contacts()) == 6 and stage.conflicts() == [] and len(stage.vendors["book"].records()) == 6
    stage.settle()
    assert "Edited" in shown(stage, "book") and stage.conflicts() == []


@pytest.mark.fault("V3", guard="hub.engine.pull:_take")
@settings(max_examples=25)
@given(order=st.randoms(use_true_random=False), repeats=st.integers(1, 3))
def test_changes_told_twice_and_in_any_order_come_to_the_same(order: random.Random, repeats: int) -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})

    class Shuffles(MemoryConnector):
        async def pull(self, entity: str, since: Mapping[str, Any] | None) -> AsyncIterator[Page]:
            async for page in super().pull(entity, since):
                changes = [c for c in page.changes for _ in range(repeats)]
                order.shuffle(changes)
                yield replace(page, changes=tuple(changes))

    stage.connectors["crm"] = Shuffles(stage.vendors["crm"], stage.faults["crm"])
    records = people(stage, 4)
    stage.sync()
    assert shown(stage, "book") == ["Given0", "Given1", "Given2", "Given3"] and len(stage.contacts()) == 4
    stage.vendors["crm"].user_edit(records[1], {"given": "Edited"})
    stage.settle()
    assert shown(stage, "book") == ["Edited", "Given0", "Given2", "Given3"] and silent(stage)


@pytest.mark.fault("V4", guard="hub.store.inbox:load")
def test_a_change_that_carries_a_part_blanks_nothing() -> None:
    stage = Stage({"crm": Traits(partial=True), "book": Traits()})
    (record,) = people(stage, 1)
    stage.settle()
    stage.vendors["crm"].user_edit(record, {"given": "Edited"})
    stage.settle()
    (there,) = stage.vendors["book"].records().values()
    assert (there["given"], there["family"], there["notes"]) == ("Edited", "Family0", "x")


def test_another_version_of_the_same_content_is_no_edit() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    records = people(stage, 3)
    stage.settle()
    stage.vendors["book"].user_edit(next(iter(stage.vendors["book"].records())), {"given": "From book"})
    for record in records:
        data = stage.vendors["crm"].records()[record]
        stage.vendors["crm"].user_edit(record, {"given": data["given"]})
    stage.settle()
    assert sum(name == "From book" for name in shown(stage, "crm")) == 1 and stage.conflicts() == []


@pytest.mark.fault("V9", guard="hub.engine.pull:pull")
@pytest.mark.parametrize("traits", [Traits(), LISTED], ids=["tombstones", "listed"])
def test_what_changes_without_another_version_is_found_within_a_week(traits: Traits) -> None:
    stage = Stage({"crm": traits, "book": Traits()})
    record, other = people(stage, 2)
    stage.settle()
    stage.vendors["crm"].user_import(record, {"given": "Imported"})
    stage.clock.turn(8 * 86400.0)
    stage.vendors["crm"].user_delete(other)
    stage.settle()
    assert shown(stage, "book") == ["Given1", "Imported"]
    asked = [c.conflict.unit.partition(":")[0] for c in stage.conflicts()]
    assert asked == ["@exists"], "the delete it told of meanwhile is known, too"
    stage.sync()
    assert not any(stage.written().values())


@pytest.mark.fault("V10", guard="hub.engine.pull:_take")
@settings(max_examples=25)
@given(versions=st.lists(st.text("abcxyz019", min_size=1, max_size=3), min_size=2, max_size=4, unique=True))
def test_versions_are_compared_for_being_equal_and_never_by_order(versions: list[str]) -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    now = versions[0]

    class Versions(MemoryConnector):
        async def pull(self, entity: str, since: Mapping[str, Any] | None) -> AsyncIterator[Page]:
            async for page in super().pull(entity, None):
                yield replace(page, listing="none", changes=tuple(
                    Upserted(replace(c.record, version=now)) if isinstance(c, Upserted) else c for c in page.changes))

        async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[Any]:
            return [replace(r, version=now) if isinstance(r, NativeRecord) else r for r in await super().fetch(refs)]

    stage.connectors["crm"] = Versions(stage.vendors["crm"], stage.faults["crm"])
    (record,) = people(stage, 1)
    stage.sync()
    for number, now in enumerate(versions[1:]):  # noqa: B007  (the connector shows it)
        stage.vendors["crm"].user_edit(record, {"given": f"Edit{number}"})
        stage.sync()
        assert shown(stage, "book") == [f"Edit{number}"]


@pytest.mark.fault("N11", guard="hub.engine.pull:_take")
def test_an_answer_out_of_an_old_cache_is_not_taken_for_somebody_turning_back() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    (record,) = people(stage, 1)
    stage.settle()
    old = stage.vendors["crm"].shown(stage.vendors["crm"]._live(record))
    stage.vendors["crm"].user_edit(record, {"given": "Edited"})
    stage.settle()

    class Cached(MemoryConnector):
        async def pull(self, entity: str, since: Mapping[str, Any] | None) -> AsyncIterator[Page]:
            async for page in super().pull(entity, since):
                yield replace(page, changes=(Upserted(old),))

    stage.connectors["crm"] = Cached(stage.vendors["crm"], stage.faults["crm"])
    assert silent(stage) and shown(stage, "book") == shown(stage, "crm") == ["Edited"]


@pytest.mark.fault("V11", guard="hub.engine.desk:with_version")
def test_our_own_write_read_back_old_is_not_taken_for_somebody_turning_back() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    (record,) = people(stage, 1)
    stage.settle()
    before = next(iter(stage.vendors["book"].records()))
    old = stage.vendors["book"].shown(stage.vendors["book"]._live(before))
    stage.vendors["crm"].user_edit(record, {"given": "Edited"})
    stage.sync()

    class Lags(MemoryConnector):
        async def pull(self, entity: str, since: Mapping[str, Any] | None) -> AsyncIterator[Page]:
            yield Page((Upserted(old),), checkpoint=since)

    stage.connectors["book"] = Lags(stage.vendors["book"], stage.faults["book"])
    assert silent(stage) and shown(stage, "crm") == shown(stage, "book") == ["Edited"]


@pytest.mark.fault("V13", guard="hub.engine.push:_show")
@pytest.mark.parametrize("returns", ["record", "version", "none"])
def test_what_a_vendor_makes_of_a_value_is_known_and_nobodys_edit(returns: Any) -> None:
    stage = Stage({"crm": Traits(), "book": Traits(rewrite="upper-family", returns=returns), "list": Traits(rewrite="trim")})
    (record,) = people(stage, 1)
    stage.settle()
    stage.vendors["crm"].user_edit(record, {"family": "Virtanen  Korhonen"})
    stage.sync()
    assert silent(stage)
    stage.vendors["book"].user_edit(next(iter(stage.vendors["book"].records())), {"given": "From book"})
    stage.sync()
    assert shown(stage, "crm") == ["From book"] and silent(stage)
    assert shown(stage, "crm", "family") == ["Virtanen  Korhonen"] and shown(stage, "book", "family") == ["VIRTANEN  KORHONEN"]


def test_what_a_vendor_made_of_a_value_is_known_though_somebody_typed_before_it_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And though the run ends before that is merged: what waits is his edit, and nothing of ours."""
    stage = Stage({"crm": Traits(), "book": Traits(rewrite="upper-family", returns="none")})
    (record,) = people(stage, 1)
    stage.settle()
    (there,) = stage.vendors["book"].records()
    read: list[str] = []

    def typing(when: str, op: str) -> None:
        if (when, op) == ("before", "fetch") and not read:
            read.append(op)
            stage.vendors["book"].user_edit(there, {"notes": "typed"})

    stage.vendors["crm"].user_edit(record, {"family": "Korhonen"})
    stage.faults["book"].passing = typing
    rounds = iter((cycle.reconcile,))
    monkeypatch.setattr(cycle, "reconcile", lambda *told: next(rounds)(*told))
    with suppress(RuntimeError):  # there is no second round
        stage.sync()
    monkeypatch.undo()
    (link,) = (k for k in stage.links(stage.contact_of("crm", record).id) if k.ref.system == "book")
    assert read and (link.native["family"], link.native["notes"]) == ("KORHONEN", "x")
    stage.settle()
    assert shown(stage, "crm", "notes") == ["typed"] and shown(stage, "crm", "family") == ["Korhonen"]


@pytest.mark.fault("V23", guard="hub.engine.push:_show")
def test_what_a_vendor_fills_in_by_itself_goes_nowhere() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    vendor = stage.vendors["book"]
    real = vendor.created
    vendor.created = lambda data, collection: real({**data, "company": "Default Oy"}, collection)  # type: ignore[method-assign]
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"})
    stage.settle()
    assert shown(stage, "book", "company") == ["Default Oy"] and shown(stage, "crm", "company") == ["None"]
    assert silent(stage)


@pytest.mark.fault("E9", guard="hub.rules.ledger:Ledger.set")
def test_edits_of_two_fields_in_two_systems_are_both_kept() -> None:
    stage = Stage({"crm": Traits(), "book": Traits(), "list": Traits()})
    (record,) = people(stage, 1)
    stage.settle()
    stage.vendors["crm"].user_edit(record, {"given": "From crm"})
    stage.vendors["book"].user_edit(next(iter(stage.vendors["book"].records())), {"family": "From book"})
    stage.settle()
    for system in stage.vendors:
        assert (shown(stage, system), shown(stage, system, "family")) == (["From crm"], ["From book"])
    assert stage.conflicts() == []


@pytest.mark.fault("E5", guard="hub.engine.push:_show")
def test_three_systems_that_each_store_it_their_way_come_to_rest() -> None:
    stage = Stage({"crm": Traits(rewrite="trim"), "book": Traits(rewrite="upper-family"), "list": Traits(max_text=6)})
    people(stage, 2)
    stage.vendors["list"].user_create({"given": "Other", "family": "Person"})
    stage.settle()
    for system, family in (("crm", "Edited Once"), ("book", "EDITED TWICE"), ("list", "Thrice")):
        record = next(i for i, r in stage.vendors[system].records().items() if str(r["given"]) == "Given0")
        stage.vendors[system].user_edit(record, {"family": family})
        stage.settle(most=2)
        assert silent(stage)
    for system in stage.vendors:  # what each made of it comes along with another edit, and is nobody's
        record = next(i for i, r in stage.vendors[system].records().items() if str(r["given"]) == "Given0")
        stage.vendors[system].user_edit(record, {"notes": f"by {system}"[:6]})
        stage.settle(most=2)
        assert silent(stage)
    assert [next(r["family"] for r in v.records().values() if r["given"] == "Given0") for v in stage.vendors.values()] == [
        "Thrice", "THRICE", "Thrice"]


@pytest.mark.fault("I8", guard="hub.rules.heirs:_replace")
def test_two_people_who_exchange_their_addresses_are_both_right_afterwards() -> None:
    traits = {"crm": Traits(), "book": Traits(slots=1)}
    stage = Stage(traits)
    crm = stage.vendors["crm"]
    first, second = (crm.user_create({"given": g, "family": "Virtanen", **emails(traits["crm"], [f"{g.lower()}@example.org"])})
                     .ref.native_id for g in ("Anna", "Matti"))
    stage.settle()
    for record, address in ((first, "matti@example.org"), (second, "anna@example.org")):
        crm.user_edit(record, emails(traits["crm"], [address], crm.records()[record]))
    stage.settle()
    for system, vendor in stage.vendors.items():
        assert {str(r["given"]): addresses(traits[system], r) for r in vendor.records().values()} == {
            "Anna": ["matti@example.org"], "Matti": ["anna@example.org"]}
    assert len(stage.contacts()) == 2 and silent(stage)


def test_nobody_listed_where_nobody_is_known_is_no_reading_of_everything() -> None:
    """The only person there was deleted; the account saw nobody for a while, and meanwhile somebody was typed (simulated: site,
    meetings 53292). The changes since do not tell of her."""
    stage = Stage({"crm": Traits(), "book": Traits()})
    crm = stage.vendors["crm"]
    first = crm.user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
    stage.settle()
    crm.user_delete(first, hard=True)
    stage.sync()
    (question,) = conflicts.every(stage.store)
    conflicts.resolve(stage.store, question["id"], "keep", by="reviewer", value=None)
    stage.settle()
    crm.user_create({"given": "Bo", "family": "Ek"})
    with patch.dict(stage.connectors, crm=Mistaken(stage.connectors["crm"], "emptied")):
        stage.sync()
    stage.sync()
    assert {c.units["name.given"].value for c in stage.contacts() if c.state == "live"} == {"Anna", "Bo"}


@pytest.mark.parametrize("people", [3, 12])
def test_a_record_that_nobody_could_store_stops_no_run(people: int) -> None:
    """A NUL, as a program wrote it into the system's database: that field says nothing, and the rest of the record goes on. The
    count of what would change, for a system of more than ten, once ended the run of all systems with it."""
    stage = Stage({"crm": Traits(), "book": Traits()})
    crm = stage.vendors["crm"]
    records = [crm.user_create({"given": f"Given{n}", "family": "Ek"}).ref.native_id for n in range(people)]
    stage.settle()
    with patch("hub.testing.memory_native._text", lambda _name, value: value):
        crm.user_edit(records[0], {"given": "Gi\x00ven", "family": "Virtanen"})
    assert stage.sync().state == "done"
    assert [r["family"] for r in stage.vendors["book"].records().values()].count("Virtanen") == 1
    assert all("\x00" not in str(r) for r in stage.vendors["book"].records().values())
    copy = stage.records_of(stage.contact_of("crm", records[0]).id, "book")[0]
    stage.vendors["book"].user_edit(copy, {"notes": "new"})
    assert stage.sync().state == "done"
    assert (crm.records()[records[0]]["given"], crm.records()[records[0]]["notes"]) == ("Gi\x00ven", "new")
