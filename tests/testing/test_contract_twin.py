"""A connector and its mapping are enough for the suite: a second connector plays the users."""

from __future__ import annotations

import random

from memory_harness import Arranged

from hub.model.contact import CONTACT
from hub.rules.lenses.lens import build_lens
from hub.sdk.connector import Connector
from hub.sdk.http import Clock
from hub.testing.clock import VirtualClock
from hub.testing.contract import Harness, Wrap, run_contract, summary
from hub.testing.contract.twin import TwinHarness, text_path
from hub.testing.memory import MemoryConnector, MemorySystem, Traits, memory_mapping

TRAITS = Traits(page=3)
LENS = build_lens(memory_mapping(TRAITS)["contact"], CONTACT)


def harness() -> Harness:
    world = MemorySystem("crm", TRAITS, VirtualClock(), random.Random(1))
    world.user_create({"given": "Somebody", "family": "Else"})

    def make(wrap: Wrap, clock: Clock) -> Connector:
        return MemoryConnector(world, Arranged(twin.trouble) if wrap == twin.wrap else None)

    def wrong(wrap: Wrap, clock: Clock) -> Connector:
        return MemoryConnector(world, may="nothing")

    twin = TwinHarness(make, LENS, system="crm", wrong=wrong, secrets=("memory-secret-1",))
    return twin


def test_a_good_connector_passes() -> None:
    results = run_contract(harness)
    assert [(r.name, r.reason) for r in results if r.outcome == "failed"] == []
    skipped = {r.name: r.reason for r in results if r.outcome == "skipped"}
    assert skipped["read_only_reads"] == "the harness cannot arrange read_only: no such account was given"
    assert summary(results).endswith(f"0 failed, {len(skipped)} skipped (not claimed)")


def test_what_a_check_made_is_deleted() -> None:
    worlds: list[Harness] = []

    def kept() -> Harness:
        worlds.append(harness())
        return worlds[-1]

    run_contract(kept, only=["a_create_without_answer", "results_are_in_order", "full_listing_has_every_record"])
    for each in worlds:
        assert isinstance(each, TwinHarness)
        assert isinstance(each.twin, MemoryConnector)
        assert [r["given"] for r in each.twin.world.records().values()] == ["Somebody"]


def test_the_text_is_found_in_the_mapping() -> None:
    assert text_path(LENS) == "notes"
    no_notes = Traits(fields=frozenset({"given", "family", "emails"}))
    assert text_path(build_lens(memory_mapping(no_notes)["contact"], CONTACT)) == "family"
    one_name = Traits(fields=frozenset({"full", "emails"}))
    assert text_path(build_lens(memory_mapping(one_name)["contact"], CONTACT)) == "full"
