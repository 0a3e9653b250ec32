"""Each check can fail: a connector with the fault it is about does."""

from __future__ import annotations

from functools import partial

import pytest
from bad_base import BASE
from bad_connector import FOUND_BY
from memory_harness import MemoryHarness

from hub.testing.contract import CHECKS, CheckResult, run_contract
from hub.testing.memory import MemoryConnector, Traits

MISTAKES = ("TypeError", "AttributeError", "KeyError", "NameError", "IndexError")


def test_every_check_has_a_fault_to_find() -> None:
    assert set(FOUND_BY) == {check.name for check in CHECKS}


@pytest.mark.parametrize("name", FOUND_BY)
def test_the_check_finds_its_fault(name: str) -> None:
    bad = FOUND_BY[name]
    connector, traits = bad if isinstance(bad, tuple) else (bad, BASE)
    good, found = _one(name, MemoryConnector, traits), _one(name, connector, traits)
    assert (good.outcome, good.reason) == ("passed", "")
    assert found.outcome == "failed"
    assert not found.reason.startswith(MISTAKES), "the planted fault is a mistake of its own"


def _one(name: str, connector: type[MemoryConnector], traits: Traits) -> CheckResult:
    return run_contract(partial(MemoryHarness, traits, connector), only=[name])[0]
