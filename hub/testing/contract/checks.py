"""One check of the contract: what it says, what it needs the system to claim, and how it is run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from hub.errors import ConnectorError
from hub.sdk.capabilities import Capabilities, Support
from hub.sdk.connector import Connector, SupportsMerge, SupportsSearch
from hub.testing.contract.harness import Harness
from hub.testing.contract.lab import Lab, NotClaimed

Outcome = Literal["passed", "failed", "skipped"]
Need = Callable[[Connector], str]
"""Says "" when the connector claims what a check needs, else what it does not claim."""
Body = Callable[[Any, Lab], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``name`` of the check, what it says in one ``sentence``, and why it failed or was skipped."""

    name: str
    outcome: Outcome
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Check:
    """``name`` without ``test_``."""

    name: str
    sentence: str
    needs: tuple[Need, ...]
    body: Body

    def run(self, harness: Callable[[], Harness]) -> None:
        """Raises AssertionError when the connector fails, NotClaimed when the check does not apply."""
        asyncio.run(self._run(harness))

    async def _run(self, harness: Callable[[], Harness]) -> None:
        try:
            async with Lab(harness()) as lab:
                for need in self.needs:
                    if missing := need(lab.connector):
                        raise NotClaimed(missing)
                await self.body(None, lab)
        except ConnectorError as error:
            raise AssertionError(f"{type(error).__name__} where nothing was wrong: {error}") from error

    def result(self, harness: Callable[[], Harness]) -> CheckResult:
        try:
            self.run(harness)
        except NotClaimed as why:
            return CheckResult(self.name, "skipped", str(why), self.sentence)
        except Exception as error:  # whatever a connector throws is its failure, and the other checks go on
            reason = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
            return CheckResult(self.name, "failed", reason, self.sentence)
        return CheckResult(self.name, "passed", "", self.sentence)


def check(*needs: Need) -> Callable[[Body], Callable[[Any], None]]:
    """Makes a test of ``async def test_name(self, lab)``. ``needs``: it is skipped where one is not claimed."""

    def mark(body: Body) -> Callable[[Any], None]:
        name, sentence = getattr(body, "__name__", ""), body.__doc__ or ""
        made = Check(name.removeprefix("test_"), sentence, needs, body)

        def test(suite: Any) -> None:
            suite.run(made)

        test.__name__, test.__doc__, test.__module__ = name, sentence, body.__module__
        test.__qualname__ = getattr(body, "__qualname__", name)
        test.check = made  # type: ignore[attr-defined]
        return test

    return mark


def _claims(what: str, found: Callable[[Capabilities], object]) -> Need:
    def need(connector: Connector) -> str:
        claimed = found(connector.capabilities)
        if claimed:
            return ""
        return f"the connector does not claim {what}" + (f" ({claimed.value})" if isinstance(claimed, Support) else "")

    return need


writes = _claims("to write", lambda c: c.writes)
creates = _claims("to create", lambda c: c.writes and c.creates)
deletes = _claims("to delete", lambda c: c.writes and c.deletes)
remembers = _claims("a cursor", lambda c: c.cursor != "none")
stamped = _claims("a timestamp cursor", lambda c: c.cursor == "timestamp")
conditional = _claims("conditional writes", lambda c: c.conditional_write)
idempotent = _claims("creates that can be repeated", lambda c: c.idempotent_create)
marked = _claims("a write marker", lambda c: c.write_marker)
keyed = _claims("a field for the hub's key", lambda c: c.own_key_field)
told = _claims("that deletes are told (they are seen as absence)", lambda c: c.deletes_seen_as != "absence")
returns_record = _claims("to return what was stored", lambda c: c.returns_written == "record")
returns_version = _claims("to return the version written", lambda c: c.returns_written != "none")


def searches(connector: Connector) -> str:
    return "" if isinstance(connector, SupportsSearch) else "the connector cannot search"


def merges(connector: Connector) -> str:
    return "" if isinstance(connector, SupportsMerge) else "the connector cannot merge records"
