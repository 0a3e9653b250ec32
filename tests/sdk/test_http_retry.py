"""What is repeated, how long is waited, and what is never repeated."""

from __future__ import annotations

from email.utils import formatdate

import httpx
import pytest
import respx
from http_script import BASE, START, FakeClock, Said, Script, client, named, run, says

from hub.sdk import (
    AuthFailed,
    ContractBroken,
    HubClient,
    Misconfigured,
    Rejected,
    Stale,
    Throttled,
    Transient,
    Unanswered,
)

OK = says(200, b"{}")


def after(value: str, status: int = 429, **more: str) -> Said:
    return says(status, headers={"Retry-After": value, **more})


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_read_survives_a_burst_of_errors(status: int) -> None:
    script, clock = Script(says(status), says(status), says(status), OK), FakeClock()
    answer = run(client(script, clock).request("GET", "people"))
    assert answer.status_code == 200
    assert clock.slept == [0.5, 1.0, 2.0]


def test_jitter_shortens_a_wait_to_half_at_most() -> None:
    script, clock = Script(says(500), OK), FakeClock()
    http = HubClient(BASE, system="crm", transport=script, clock=clock, jitter=lambda: 0.0)
    run(http.request("GET", "people"))
    assert clock.slept == [0.25]


@pytest.mark.parametrize(("status", "error"), [(500, Transient), (502, Transient), (503, Throttled), (429, Throttled)])
def test_attempts_are_used_up(status: int, error: type[Transient]) -> None:
    script = Script(says(status))
    with pytest.raises(error) as raised:
        run(client(script, attempts=3).request("GET", "people"))
    assert type(raised.value) is error
    assert len(script.seen) == 3
    assert f"answered {status}" in str(raised.value)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"])
def test_methods_that_read_are_repeated(method: str) -> None:
    script = Script(httpx.ReadTimeout("slow"), says(200))
    run(client(script).request(method, "people"))
    assert len(script.seen) == 2


def test_a_post_that_reads_is_repeated_with_its_body() -> None:
    script = Script(says(502), OK)
    run(client(script).json("POST", "search", safe=True, json={"page": 1}))
    assert [r.content for r in script.seen] == [b'{"page":1}'] * 2


LOST = [
    httpx.ReadTimeout("slow"), httpx.WriteTimeout("slow"), httpx.ReadError("reset"), httpx.WriteError("reset"),
    httpx.RemoteProtocolError("closed"), says(500), says(502), says(503), says(504), after("5", 503), says(408),
]  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("lost", LOST, ids=named)
def test_a_write_without_an_answer_is_never_repeated(method: str, lost: Said) -> None:
    script = Script(lost, OK)
    with pytest.raises(Unanswered, match="whether it was done is not known"):
        run(client(script).request(method, "people", json={}))
    assert len(script.seen) == 1


@pytest.mark.parametrize("lost", LOST[:5], ids=named)
def test_a_read_without_an_answer_is_repeated_and_then_transient(lost: Said) -> None:
    script = Script(lost)
    with pytest.raises((Transient, ContractBroken)) as raised:
        run(client(script).request("GET", "people"))
    assert not isinstance(raised.value, Unanswered)
    assert len(script.seen) == 4


@pytest.mark.parametrize("unsent", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")], ids=named)
def test_a_write_that_was_not_sent_may_be_repeated(unsent: Exception) -> None:
    script = Script(unsent, says(201))
    run(client(script).request("POST", "people", json={}))
    assert len(script.seen) == 2
    script = Script(unsent)
    with pytest.raises(Transient, match="did not connect") as raised:
        run(client(script).request("POST", "people", json={}))
    assert type(raised.value) is Transient


def test_a_write_told_429_was_not_done_and_is_repeated() -> None:
    script, clock = Script(after("7"), says(201)), FakeClock()
    run(client(script, clock).request("POST", "people", json={}))
    assert len(script.seen) == 2
    assert clock.slept == [7.5]


@pytest.mark.fault("N5", guard="hub.sdk.answers:retry_after")
@pytest.mark.parametrize(
    ("told", "waits"),
    [
        (after("12"), 12.0),
        (after(" 0 "), 0.0),
        (after("1.5"), 1.5),
        (after(formatdate(START + 20, usegmt=True)), 20.0),
        (after("Thu, 01 Jan 2026 00:00:20 -0000"), 20.0),
        (after(formatdate(START - 99, usegmt=True)), 0.0),
        # their clock is an hour ahead: only the difference counts
        (after(formatdate(START + 3630, usegmt=True), Date=formatdate(START + 3600, usegmt=True)), 30.0),
        (says(429), 0.0),
        (after(""), 0.0),
        (after("soon"), 0.0),
        (after("-5"), 0.0),
        (after("1e3"), 0.0),
        (after("1,5"), 0.0),
        (after("Mon, 99 Foo 2026 00:00:00 GMT"), 0.0),
    ],
)
def test_retry_after(told: Said, waits: float) -> None:
    script, clock = Script(told, OK), FakeClock()
    run(client(script, clock).request("GET", "people"))
    assert clock.slept == [waits + 0.5]


@pytest.mark.fault("N5", guard="hub.sdk.answers:retry_after")
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("value", "told"), [("61", 61.0), ("1000000", 1e6), (formatdate(START + 86400), 86400.0)])
def test_a_long_retry_after_is_raised_not_waited_for(status: int, value: str, told: float) -> None:
    script, clock = Script(after(value, status)), FakeClock()
    with pytest.raises(Throttled) as raised:
        run(client(script, clock).request("GET", "people"))
    assert raised.value.retry_after_s == told
    assert clock.slept == []
    assert len(script.seen) == 1


def test_absurdly_many_digits_are_no_time_to_wait() -> None:
    script, clock = Script(after("9" * 400), OK), FakeClock()
    run(client(script, clock).request("GET", "people"))
    assert clock.slept == [0.5]


def test_a_wait_beyond_the_total_is_raised() -> None:
    script, clock = Script(after("50")), FakeClock()
    with pytest.raises(Throttled) as raised:
        run(client(script, clock, total_s=30).request("GET", "people"))
    assert raised.value.retry_after_s == 50
    assert clock.slept == []


@pytest.mark.parametrize(
    ("status", "reads", "writes"),
    [
        (400, ContractBroken, Rejected),
        (401, AuthFailed, AuthFailed),
        (403, AuthFailed, AuthFailed),
        (404, Misconfigured, Misconfigured),
        (407, Misconfigured, Misconfigured),
        (409, ContractBroken, Rejected),
        (410, Misconfigured, Misconfigured),
        (412, Stale, Stale),
        (422, ContractBroken, Rejected),
    ],
)
def test_a_refusal_is_translated_at_once(status: int, reads: type[Exception], writes: type[Exception]) -> None:
    for method, error in (("GET", reads), ("PATCH", writes)):
        script = Script(says(status))
        with pytest.raises(error) as raised:
            run(client(script).request(method, "people"))
        assert type(raised.value) is error
        assert len(script.seen) == 1


@pytest.mark.parametrize("status", [301, 401, 403, 404, 412, 422, 429, 503])
def test_what_the_connector_expects_it_reads_itself(status: int) -> None:
    script = Script(says(status, b'{"error": "x"}'))
    answer = run(client(script).request("POST", "people", expect={200, status}))
    assert answer.status_code == status
    assert answer.json() == {"error": "x"}


def test_a_stream_cannot_be_sent_twice_so_it_is_refused() -> None:
    with pytest.raises(TypeError, match="sent twice"):
        run(client(Script(OK)).request("POST", "people", content=iter([b"x"])))


def test_requests_are_counted_with_repeats_and_by_method() -> None:
    http = client(Script(says(500), OK, OK))

    async def doing() -> None:
        await http.request("GET", "people")
        await http.request("post", "people")

    run(doing())
    assert http.requests == 3
    assert http.sent == {"GET": 2, "POST": 1}


def test_a_mocked_route_sees_what_a_connector_sends() -> None:
    """respx patches the transport below; connectors' tests may rely on it."""

    async def doing() -> object:
        with respx.mock(base_url="https://crm.example.org") as routes:
            routes.get("/api/people/a%2Fb", params={"limit": "5"}).respond(200, json={"id": "a/b"})
            http = HubClient(BASE, system="crm", clock=FakeClock())
            try:
                return await http.json("GET", "people/{id}", path={"id": "a/b"}, params={"limit": 5})
            finally:
                await http.aclose()

    assert run(doing()) == {"id": "a/b"}
