"""The contract suite: every check, for pytest and without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from hub.testing.contract.access import Access
from hub.testing.contract.batches import Batches
from hub.testing.contract.changes import Changes
from hub.testing.contract.checks import Check, CheckResult
from hub.testing.contract.gone import Absence
from hub.testing.contract.harness import Harness
from hub.testing.contract.lab import NotClaimed
from hub.testing.contract.reading import Reading
from hub.testing.contract.troubled_reading import TroubledReading
from hub.testing.contract.troubled_writing import TroubledWriting
from hub.testing.contract.values import Values
from hub.testing.contract.writing import Writing

GROUPS: tuple[type, ...] = (Access, Reading, Changes, Absence, Writing, Batches, TroubledReading, TroubledWriting, Values)
CHECKS: tuple[Check, ...] = tuple(
    test.check for group in GROUPS for test in vars(group).values() if hasattr(test, "check")
)
"""Every check, in order."""


class ContractSuite(Access, Reading, Changes, Absence, Writing, Batches, TroubledReading, TroubledWriting, Values):
    """A connector's whole test class::

        class TestExample(ContractSuite):
            def harness(self) -> Harness:
                return ExampleHarness()

    With ``--live`` (``pytest -p hub.testing.contract.plugin --live``) ``live_harness`` is asked instead.
    """

    live: ClassVar[bool] = False

    def harness(self) -> Harness:
        """A new harness over an empty sandbox, for one check."""
        raise NotImplementedError

    def live_harness(self) -> Harness:
        """The same over a real server, on a test account."""
        raise NotClaimed("there is no live harness for this connector")

    def run(self, check: Check) -> None:
        """One check, as pytest runs it."""
        import pytest  # the suite runs without it

        try:
            check.run(self.live_harness if self.live else self.harness)
        except NotClaimed as why:
            pytest.skip(str(why))


def run_contract(
    harness: Callable[[], Harness], *, only: Sequence[str] = (), told: Callable[[CheckResult], Any] | None = None
) -> list[CheckResult]:
    """Every check, or those named, each on a harness of its own. Not to be called inside a running event loop.

    ``told``: called with each result as it comes. Raises KeyError for a name that is no check.
    """
    named = {check.name: check for check in CHECKS}
    results = []
    for check in [named[name] for name in only] or CHECKS:
        results.append(check.result(harness))
        if told is not None:
            told(results[-1])
    return results


def summary(results: Sequence[CheckResult]) -> str:
    """``"62 passed, 1 failed, 9 skipped (not claimed)"``"""
    count = {outcome: sum(r.outcome == outcome for r in results) for outcome in ("passed", "failed", "skipped")}
    return f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped (not claimed)"
