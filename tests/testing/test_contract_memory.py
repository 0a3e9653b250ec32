"""A good connector keeps the contract, whatever its system is like; skips come from what it does not claim."""

from __future__ import annotations

from functools import partial

import pytest
from memory_harness import MemoryHarness

from hub.testing.contract import CHECKS, ContractSuite, Harness, run_contract
from hub.testing.memory import Traits

PLAIN = Traits(cursor="none", deletes_seen_as="absence", versioned=False, conditional=False, own_key=False, marker=False,
               returns="none", restorable=False, page=3)
KINDS = {
    "plain": PLAIN,
    "timestamps": Traits(cursor="timestamp", tick_s=1, deletes_seen_as="soft flag", page=3, returns="version",
                         batch_max=3, batch_mode="partial"),
    "slots and partial changes": Traits(slots=2, partial=True, page=3, collections=("inbox", "people")),
    "atomic": Traits(deletes_seen_as="inactive", batch_max=2, batch_mode="atomic", page=3, merges=True),
    "rewriting": Traits(rewrite="trim", max_text=40, page=3, restorable=False),
}


class TestMemory(ContractSuite):
    def harness(self) -> Harness:
        return MemoryHarness()


@pytest.mark.parametrize("traits", KINDS.values(), ids=KINDS)
def test_every_kind_of_system(traits: Traits) -> None:
    results = run_contract(partial(MemoryHarness, traits))
    assert not [(r.name, r.reason) for r in results if r.outcome == "failed"]


def test_a_full_system_skips_nothing() -> None:
    results = run_contract(partial(MemoryHarness, Traits(page=3, cursor="timestamp", deletes_seen_as="soft flag", merges=True)))
    assert [r.name for r in results if r.outcome == "skipped"] == [
        "an_expired_checkpoint_is_named", "after_an_expired_checkpoint_all_is_read"]


def test_skips_name_what_is_not_claimed() -> None:
    skipped = {r.name: r.reason for r in run_contract(partial(MemoryHarness, PLAIN)) if r.outcome == "skipped"}
    assert skipped["a_stale_update_is_refused"] == (
        "the connector does not claim conditional writes (the system cannot)")
    assert skipped["restored_from_the_trash"] == "the harness cannot arrange user_restore: there is no trash"
    assert len(skipped) < len(CHECKS) / 2


def test_each_check_says_what_it_checks() -> None:
    assert len(CHECKS) >= 45
    for check in CHECKS:
        assert check.sentence.endswith(".") and "\n" not in check.sentence, check.name
    assert len({check.name for check in CHECKS}) == len(CHECKS)
