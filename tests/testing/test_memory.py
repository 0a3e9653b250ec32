"""Memory systems behave as their traits say, for users and for the connector."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from memory_calls import create, pulled, run, told, update, world, write

from hub.errors import ResyncRequired
from hub.model.contact import CONTACT
from hub.model.record import Gone
from hub.model.write import Done, NativeWrite, Refused
from hub.rules.lenses.lens import build_lens
from hub.sdk.connector import SupportsMerge, SupportsSearch
from hub.testing.clock import VirtualClock
from hub.testing.faults import Faults
from hub.testing.memory import KEY, MARKER, MemoryConnector, MemorySystem, Traits, memory_mapping

# Impossible systems

@pytest.mark.parametrize(("traits", "why"), [
    ({"cursor": "none"}, "tombstones need a cursor"),
    ({"deletes_seen_as": "soft flag", "restorable": False}, "a soft flag needs a trash"),
    ({"versioned": False, "returns": "none"}, "only a version can be asked for"),
    ({"batch_max": 5}, "a batch mode needs batch_max"),
    ({"rewrite": "shout"}, "unknown rewrite"),
    ({"slots": 0}, "slots are one or more"),
])
def test_no_vendor_is_like_that(traits: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Traits(**traits)


# What is stored

def test_rows_get_ids_that_stay() -> None:
    crm = world()
    anna = crm.user_create({"emails": [{"value": "a@x.fi"}, {"value": "b@x.fi", "primary": True}]})
    first, second = anna.data["emails"]
    assert (first["id"], second["id"], second["primary"]) == ("1", "2", True)
    after = crm.user_edit(anna.ref.native_id, {"emails": [second, {"value": "c@x.fi"}]})
    assert [row["id"] for row in after.data["emails"]] == ["2", "3"]


def test_row_ids_that_are_used_again() -> None:
    crm = world(reuse_row_ids=True)
    anna = crm.user_create({"emails": [{"value": "a@x.fi"}, {"value": "b@x.fi"}]})
    after = crm.user_edit(anna.ref.native_id, {"emails": [anna.data["emails"][1], {"value": "c@x.fi"}]})
    assert [row["id"] for row in after.data["emails"]] == ["2", "1"]


def test_only_one_row_leads() -> None:
    rows = [{"value": "a@x.fi", "primary": True}, {"value": "b@x.fi", "primary": True}]
    assert [row["primary"] for row in world().user_create({"emails": rows}).data["emails"]] == [True, False]


def test_vendors_rewrite_and_cut() -> None:
    crm = world(rewrite="upper-family", max_text=5)
    assert crm.user_create({"family": "Virtanen", "given": "Maria-Liisa"}).data["family"] == "VIRTA"
    assert world(rewrite="trim").user_create({"notes": "  a \n b "}).data["notes"] == "a b"


@pytest.mark.parametrize(("patch", "why"), [
    ({"email1": "a@x.fi"}, "there is no field email1"),
    ({"given": "nul\0"}, "given holds a character that cannot be stored"),
    ({"given": 5}, "given is not a text"),
    ({"optout": "yes"}, "optout is neither true nor false"),
    ({"kind": "robot"}, "kind is neither individual nor org"),
    ({"emails": [{"address": "a@x.fi"}]}, "emails is not a list of rows"),
    ({"emails": [{"id": "9", "value": "a@x.fi"}]}, "emails names a row that is not there"),
])
def test_what_no_vendor_takes(patch: dict[str, Any], why: str) -> None:
    crm = world()
    anna = crm.user_create({})
    with pytest.raises(ValueError, match=why):
        crm.user_edit(anna.ref.native_id, patch)
    result = write(MemoryConnector(crm), update(anna, **patch))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "rejected"
    assert crm.log == []


@pytest.mark.parametrize("traits", [
    Traits(), Traits(slots=3), Traits(slots=1, first_is_primary=True), Traits(fields=frozenset({"full", "emails", "groups"})),
    Traits(fields=frozenset({"given", "kind", "addresses", "optout", "employer"})), Traits(max_text=10, rewrite="trim"),
])
def test_the_mapping_fits(traits: Traits) -> None:
    lens = build_lens(memory_mapping(traits)["contact"], CONTACT)
    crm = MemorySystem("crm", traits, VirtualClock(), random.Random(1))
    wanted: dict[str, Any] = {
        "kind": "individual", "name.given": "Anna", "name.family": "Aho", "birthday": "1990-02-28", "notes": "Hei",
        "emails": {"anna@x.fi": {"v": "anna@x.fi", "at": None, "a": {}}}, "emails.primary": "anna@x.fi",
        "addresses": {"home": {"v": {"street": "Katu 1", "country": "FI"}, "at": None, "a": {}}},
        "groups": {"board": {"v": "board", "at": None, "a": {}}},
    }
    shape = lens.shape(wanted, {}, {})
    stored = crm.user_create(lens.put(None, shape))
    shown = lens.get(stored.data)
    for unit, value in shape.items():
        if unit in ("emails", "addresses", "groups", "phones"):
            assert {k: m["v"] for k, m in shown[unit].items()} == {k: m["v"] for k, m in value.items()}, unit
        else:
            assert shown[unit] == value, unit
    assert lens.put(stored.data, shown) == {}


# Users, and what becomes of records

def test_every_change_has_its_version() -> None:
    crm = world()
    anna = crm.user_create({"given": "Anna"})
    seen = {anna.version}
    for name in ("B", "A", "A"):
        seen.add(crm.user_edit(anna.ref.native_id, {"given": name}).version)
    assert len(seen) == 4
    assert world(versioned=False, conditional=False).user_create({}).version is None


def test_one_seed_one_history() -> None:
    assert world().user_create({}).ref == world().user_create({}).ref


WAYS = {"tombstone": "trashed", "soft flag": "trashed", "inactive": "inactive"}


@pytest.mark.parametrize("seen_as", WAYS)
def test_deletes_that_are_told(seen_as: Any) -> None:
    crm = world(deletes_seen_as=seen_as, page=1)
    connector = MemoryConnector(crm)
    anna = crm.user_create({}).ref.native_id
    since = pulled(connector)[-1].checkpoint
    crm.user_delete(anna)
    assert told(pulled(connector, since)) == {anna: WAYS[seen_as]}
    assert anna in crm.trash()
    crm.user_restore(anna)
    assert anna in crm.records()
    crm.user_delete(anna, hard=True)
    expected = {anna: "deleted"} if seen_as == "tombstone" else {}
    assert told(pulled(connector, since)) == expected
    with pytest.raises(LookupError):
        crm.user_delete(anna)


def test_deletes_that_are_absence() -> None:
    crm = world(deletes_seen_as="absence", cursor="none")
    connector = MemoryConnector(crm)
    anna = crm.user_create({})
    crm.user_delete(anna.ref.native_id)
    page = pulled(connector)[-1]
    assert (page.changes, page.listing, page.checkpoint) == ([], "ends", None)
    assert run(connector.fetch([anna.ref])) == [Gone(anna.ref)]


def test_a_merge_fills_the_winner() -> None:
    crm = world()
    anna = crm.user_create({"given": "Anna", "notes": None, "emails": [{"value": "a@x.fi", "primary": True}], KEY: "k1"})
    ann = crm.user_create({"given": "Ann", "notes": "Hei", "optout": True, KEY: "k2",
                           "emails": [{"value": "a@x.fi"}, {"value": "b@x.fi", "primary": True}]})
    won = crm.user_merge(anna.ref.native_id, ann.ref.native_id).data
    assert (won["given"], won["notes"], won["optout"], won[KEY]) == ("Anna", "Hei", True, "k1")
    assert [(r["value"], r["primary"]) for r in won["emails"]] == [("a@x.fi", True), ("b@x.fi", False)]
    assert run(MemoryConnector(crm).fetch([ann.ref])) == [Gone(ann.ref, "merged_into", anna.ref)]


def test_a_merge_into_slots_never_doubles() -> None:
    crm = world(slots=2)
    anna, ann = crm.user_create({"email1": "a@x.fi"}), crm.user_create({"email1": "b@x.fi", "email2": "a@x.fi"})
    won = crm.user_merge(anna.ref.native_id, ann.ref.native_id).data
    assert (won["email1"], won["email2"]) == ("a@x.fi", None)


def test_hidden_records() -> None:
    crm = world()
    connector = MemoryConnector(crm)
    anna = crm.user_create({})
    since = pulled(connector)[-1].checkpoint
    crm.hide(anna.ref.native_id)
    assert anna.ref.native_id in crm.records()
    assert told(pulled(connector, since)) == {anna.ref.native_id: "left_view"}
    assert told(pulled(connector)) == {}
    result = write(connector, update(anna, given="X"))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "gone"
    crm.show(anna.ref.native_id)
    assert run(connector.fetch([anna.ref])) == [replace(anna, modified_at=crm.tick)]


def test_moving_gives_another_id() -> None:
    crm = world(collections=("inbox", "people"))
    anna = crm.user_create({"given": "Anna", KEY: "k"}, "inbox")
    moved = crm.user_move(anna.ref.native_id, "people")
    assert moved.ref.collection == "people"
    assert moved.ref.native_id != anna.ref.native_id
    assert run(MemoryConnector(crm).fetch([anna.ref])) == [Gone(anna.ref)]


# The connector

def test_timestamps_repeat_their_tick() -> None:
    crm = world(cursor="timestamp", tick_s=60, page=2, deletes_seen_as="soft flag")
    connector = MemoryConnector(crm)
    ids = {crm.user_create({"given": str(n)}).ref.native_id for n in range(5)}
    since = pulled(connector)[-1].checkpoint
    assert set(told(pulled(connector, since))) == ids
    crm.clock.turn(61)  # type: ignore[attr-defined]
    since = pulled(connector, since)[-1].checkpoint
    assert told(pulled(connector, since)) == {}


def test_edits_between_pages_are_not_lost() -> None:
    for cursor in ("token", "timestamp"):
        crm = world(cursor=cursor, page=2, deletes_seen_as="soft flag", tick_s=1)
        ids = [crm.user_create({}).ref.native_id for _ in range(5)]
        faults = Faults()
        connector = MemoryConnector(crm, faults)
        edits = iter(["first", "second"])

        def types(when: str, op: str, crm: MemorySystem = crm, ids: list[str] = ids, edits: Any = edits) -> None:
            if when == "after" and (text := next(edits, None)):
                crm.user_edit(sorted(ids)[0], {"given": text})

        faults.between = types
        since = pulled(connector)[-1].checkpoint
        assert told(pulled(connector, since))[sorted(ids)[0]].data["given"] == "second"


def test_partial_changes_are_marked() -> None:
    crm = world(partial=True)
    connector = MemoryConnector(crm)
    anna = crm.user_create({"given": "Anna"})
    since = pulled(connector)[-1].checkpoint
    crm.user_edit(anna.ref.native_id, {"family": "Aho"})
    record = told(pulled(connector, since))[anna.ref.native_id]
    assert (record.data, record.complete) == ({"family": "Aho"}, False)


def test_expired_tokens() -> None:
    crm = world()
    connector = MemoryConnector(crm)
    since = pulled(connector)[-1].checkpoint
    crm.expire()
    with pytest.raises(ResyncRequired):
        pulled(connector, since)
    pulled(connector, pulled(connector)[-1].checkpoint)


def test_what_landed_is_written_down() -> None:
    crm = world()
    connector = MemoryConnector(crm)
    done = write(connector, create(given="Anna", **{KEY: "k", MARKER: "m1"}))[0]
    assert isinstance(done, Done)
    assert done.record is not None
    write(connector, update(done.record, given="Ann", **{MARKER: "m2"}))
    write(connector, NativeWrite("delete", done.ref, {}))
    assert [(s.op, s.id, s.marker, s.version) for s in crm.log] == [
        ("create", done.ref.native_id, "m1", None), ("update", done.ref.native_id, "m2", done.version),
        ("delete", done.ref.native_id, None, crm.past(done.ref.native_id)[-1].version)]
    assert crm.log[1].before == done.record.data
    assert crm.requests == 3


@pytest.mark.parametrize(("unique", "records"), [(True, 1), (False, 2)])
def test_keys_are_unique_or_not(unique: bool, records: int) -> None:
    crm = world(unique_key=unique)
    results = write(MemoryConnector(crm), create(**{KEY: "k"}), create(**{KEY: "k"}))
    assert len(crm.records()) == records
    assert len({r.ref for r in results if isinstance(r, Done)}) == records


def test_protocols_follow_the_traits() -> None:
    assert isinstance(MemoryConnector(world()), SupportsSearch)
    assert not isinstance(MemoryConnector(world(own_key=False)), SupportsSearch)
    assert isinstance(MemoryConnector(world(merges=True)), SupportsMerge)
    assert not isinstance(MemoryConnector(world()), SupportsMerge)


@pytest.mark.parametrize("mode", ["partial", "atomic"])
def test_batches(mode: Any) -> None:
    crm = world(batch_max=3, batch_mode=mode)
    connector = MemoryConnector(crm)
    records = [crm.user_create({"given": str(n)}) for n in range(4)]
    crm.user_delete(records[1].ref.native_id)
    results = write(connector, *(update(record, given="new") for record in records))
    names = [r.reaction if isinstance(r, Refused) else "done" for r in results]
    assert names == (["done", "gone", "done", "done"] if mode == "partial" else ["transient", "gone", "transient", "done"])
    assert crm.requests == 2
