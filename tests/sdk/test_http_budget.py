"""Documented limits: sends per sliding window, requests at once, and a pause that everybody keeps."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from http_script import START, FakeClock, Script, client, run, says
from hypothesis import given
from hypothesis import strategies as st

from hub.sdk import Rate


class Times(Script):
    """Notes when each request was sent, and how many are under way."""

    def __init__(self, clock: FakeClock, *said: Any) -> None:
        super().__init__(*(said or (says(200, b"{}"),)))
        self.clock, self.at, self.now, self.most = clock, list[float](), 0, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.at.append(self.clock.time - START)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.now -= 1
        return await super().handle_async_request(request)


def send(requests: int, rates: list[Rate], *, together: bool) -> Times:
    clock = FakeClock()
    times = Times(clock)

    async def doing() -> None:
        http = client(times, clock, rate=rates)
        if together:
            await asyncio.gather(*(http.request("GET", "a") for _ in range(requests)))
        else:
            for _ in range(requests):
                await http.request("GET", "a")

    run(doing())
    return times


def test_a_window_slides() -> None:
    assert send(5, [Rate(requests=2, window_s=10)], together=False).at == [0, 0, 10, 10, 20]


def test_every_dimension_counts() -> None:
    rates = [Rate(requests=2, window_s=1), Rate(requests=3, window_s=60)]
    assert send(6, rates, together=False).at == [0, 0, 1, 60, 60, 61]


@given(
    st.integers(1, 25), st.booleans(),
    st.lists(st.builds(Rate, st.integers(1, 5), st.sampled_from([0.5, 1, 7, 60]), st.integers(0, 3)), max_size=3),
)  # fmt: skip
def test_no_window_ever_holds_more(requests: int, together: bool, rates: list[Rate]) -> None:
    times = send(requests, rates, together=together)
    assert len(times.at) == requests
    for rate in rates:
        for first, later in zip(times.at, times.at[rate.requests :], strict=False):
            assert later - first >= rate.window_s - 1e-6


@pytest.mark.parametrize("at_once", [1, 3])
def test_at_most_so_many_at_once(at_once: int) -> None:
    assert send(10, [Rate(concurrent=at_once), Rate(concurrent=5)], together=True).most == at_once


def test_without_a_limit_all_go_at_once() -> None:
    assert send(10, [], together=True).most == 10


def test_waiting_for_a_window_is_not_the_systems_slowness() -> None:
    clock = FakeClock()
    times = Times(clock, says(200), says(500), says(200))

    async def doing() -> None:
        http = client(times, clock, rate=[Rate(requests=1, window_s=300)], total_s=10)
        await http.request("GET", "a")
        await http.request("GET", "a")

    run(doing())
    assert times.at == [0, 300, 600]


def test_one_request_told_to_wait_holds_the_others_back() -> None:
    clock = FakeClock()
    times = Times(clock, says(429, headers={"Retry-After": "30"}), says(200))

    async def doing() -> None:
        http = client(times, clock, rate=[Rate(concurrent=1)])
        await asyncio.gather(http.request("GET", "a"), http.request("GET", "b"))

    run(doing())
    assert times.at[0] == 0
    assert min(times.at[1:]) >= 30


def test_a_failed_request_gives_its_place_back() -> None:
    clock = FakeClock()
    times = Times(clock, RuntimeError("a mistake in the connector"), says(200))

    async def doing() -> None:
        http = client(times, clock, rate=[Rate(concurrent=1)])
        with pytest.raises(RuntimeError):
            await http.request("GET", "a")
        await http.request("GET", "a")

    run(doing())
    assert len(times.at) == 2
