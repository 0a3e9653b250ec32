"""Armed faults happen on the wire as said, and where said."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from hub.errors import ContractBroken, Throttled, Transient
from hub.sdk import HubClient, Unanswered
from hub.testing.clock import VirtualClock
from hub.testing.contract import Fault, FaultyTransport, Trouble

DONE: list[str] = []


async def serve(request: httpx.Request) -> httpx.Response:
    DONE.append(request.method)
    return httpx.Response(200, json={"values": list(range(40))}, headers={"X-Kept": "yes"})


@pytest.fixture
def trouble() -> Trouble:
    DONE.clear()
    return Trouble(VirtualClock())


def ask(trouble: Trouble, method: str = "GET") -> object:
    async def work() -> object:
        client = HubClient("https://crm.example.org/", system="crm", transport=FaultyTransport(
            httpx.MockTransport(serve), trouble), clock=trouble.clock, jitter=lambda: 0.0)
        try:
            return await client.json(method, "x")
        finally:
            await client.aclose()

    return asyncio.run(work())


READS: dict[Fault, tuple[type[Exception], int]] = {
    "unsent": (Transient, 0), "unanswered": (Transient, 4), "reset": (Transient, 4), "429": (Throttled, 0),
    "500": (Transient, 0), "503": (Throttled, 0), "truncated": (ContractBroken, 4), "html": (ContractBroken, 0),
    "empty": (ContractBroken, 0),
}


@pytest.mark.parametrize("fault", READS)
def test_a_read_meets_a_fault(trouble: Trouble, fault: Fault) -> None:
    error, done = READS[fault]
    trouble.arm(fault, "read", times=99)
    with pytest.raises(error):
        ask(trouble)
    assert len(DONE) == done


WRITES: dict[Fault, tuple[type[Exception], int]] = {
    "unsent": (Transient, 0), "unanswered": (Unanswered, 1), "reset": (Unanswered, 1), "429": (Throttled, 0),
    "500": (Unanswered, 0), "503": (Unanswered, 0), "truncated": (Unanswered, 1), "html": (Unanswered, 0),
    "empty": (Unanswered, 0),
}


@pytest.mark.parametrize("fault", WRITES)
def test_a_write_meets_a_fault(trouble: Trouble, fault: Fault) -> None:
    error, done = WRITES[fault]
    trouble.arm(fault, "write", times=99)
    with pytest.raises(error) as raised:
        ask(trouble, "POST")
    assert len(DONE) == done
    assert isinstance(raised.value, Unanswered) == (error is Unanswered)


def test_only_its_side_and_place_and_times(trouble: Trouble) -> None:
    met = trouble.arm("html", "write", skip=1, times=1)
    assert ask(trouble) == ask(trouble, "POST") == {"values": list(range(40))}
    with pytest.raises(Unanswered):
        ask(trouble, "POST")
    ask(trouble, "POST")
    assert met.struck == 1
    assert [side for side, _ in trouble.sent] == ["read", "write", "write", "write"]
    assert trouble.count("write") == 3


def test_calm_disarms(trouble: Trouble) -> None:
    trouble.arm("500", "read", times=99)
    trouble.calm()
    ask(trouble)


def test_asked_to_wait(trouble: Trouble) -> None:
    trouble.arm("429", "read", retry_after="7")
    ask(trouble)
    first, second = [at for _, at in trouble.sent]
    assert second - first >= 7
