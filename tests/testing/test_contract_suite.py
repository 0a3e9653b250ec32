"""The suite as pytest and as a command run it."""

from __future__ import annotations

from functools import partial

import pytest
from bad_reading import LocalTimes
from bad_trouble import ErrorsAreTheEnd
from memory_harness import MemoryHarness

from hub.testing.contract import CheckResult, ContractSuite, Harness, run_contract, summary
from hub.testing.memory import Traits

pytest_plugins = ["pytester"]

PLAIN = Traits(conditional=False, page=3)


def test_results_are_told_as_they_come() -> None:
    seen: list[CheckResult] = []
    results = run_contract(partial(MemoryHarness, PLAIN, LocalTimes), told=seen.append,
                           only=["times_are_utc", "a_stale_update_is_refused", "close_twice"])
    assert results == seen
    assert [(r.name, r.outcome, r.reason) for r in results] == [
        ("times_are_utc", "failed", "a time of modification is not in UTC"),
        ("a_stale_update_is_refused", "skipped", "the connector does not claim conditional writes (the system cannot)"),
        ("close_twice", "passed", ""),
    ]
    assert results[0].sentence == "A time of modification is aware and in UTC, or not given."
    assert summary(results) == "1 passed, 1 failed, 1 skipped (not claimed)"


def test_a_connector_that_throws_fails_and_the_rest_is_run() -> None:
    class Throws(ErrorsAreTheEnd):
        async def close(self) -> None:
            raise RuntimeError("cannot close")

    results = run_contract(partial(MemoryHarness, PLAIN, Throws), only=["close_twice", "times_are_utc"])
    assert [(r.outcome, r.reason) for r in results] == [("failed", "RuntimeError: cannot close")] * 2


def test_no_such_check() -> None:
    with pytest.raises(KeyError, match="paging_of_nothing"):
        run_contract(MemoryHarness, only=["paging_of_nothing"])


def test_a_silent_harness_fails() -> None:
    class Silent(MemoryHarness):
        user_hide = Harness.user_hide

    result = run_contract(Silent, only=["left_the_view"])[0]
    assert result.outcome == "failed"
    assert result.reason == "the harness has no user_hide; write it, or say in Harness.cannot why it cannot be"


class Suite(ContractSuite):
    def harness(self) -> Harness:
        return MemoryHarness(PLAIN, LocalTimes)


def test_pytest_sees_failures_and_skips() -> None:
    Suite().test_close_twice()
    with pytest.raises(AssertionError, match="not in UTC"):
        Suite().test_times_are_utc()
    with pytest.raises(pytest.skip.Exception, match="does not claim conditional writes"):
        Suite().test_a_stale_update_is_refused()


def test_live_needs_a_live_harness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ContractSuite, "live", True)
    with pytest.raises(pytest.skip.Exception, match="no live harness"):
        Suite().test_close_twice()


SUITE = '''
from hub.testing.contract import ContractSuite, Harness
class TestExample(ContractSuite):
    def harness(self):
        raise AssertionError("the sandbox was asked")
    def live_harness(self):
        raise AssertionError("the real server was asked")
'''


def test_the_flag_chooses_the_real_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_example=SUITE)
    told = pytester.runpytest_subprocess("-p", "hub.testing.contract.plugin", "-k", "close_twice", "--live")
    told.assert_outcomes(failed=1)
    told.stdout.fnmatch_lines(["*the real server was asked*"])
