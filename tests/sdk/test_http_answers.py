"""Answers that are cut off, garbled, too large, too slow, or a web page."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest
from http_script import START, FakeClock, Script, Wire, client, run, says
from hypothesis import given
from hypothesis import strategies as st

from hub.sdk import ContractBroken, Transient, Unanswered

BODY = b'{"people": [{"id": "1", "name": "Anna"}]}'
PACKED = gzip.compress(BODY, mtime=0)
GZIP = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
JSON = {"Content-Type": "application/json"}


def length(body: bytes) -> dict[str, str]:
    return {"Content-Length": str(len(body))}


@pytest.mark.fault("N4", guard="hub.sdk.answers:unpacked")
@pytest.mark.parametrize("cut", range(len(PACKED)))
def test_a_gzip_body_cut_at_any_byte_is_not_believed(cut: int) -> None:
    script = Script(says(200, PACKED[:cut], GZIP))
    with pytest.raises(ContractBroken):
        run(client(script).request("GET", "people"))
    assert len(script.seen) == 4


@pytest.mark.parametrize("cut", range(len(BODY)))
def test_a_json_body_cut_at_any_byte_is_not_believed(cut: int) -> None:
    script = Script(says(200, BODY[:cut], JSON))
    with pytest.raises(ContractBroken):
        run(client(script).json("GET", "people"))
    assert len(script.seen) == 4


@pytest.mark.parametrize("cut", range(len(BODY)))
def test_a_body_shorter_than_its_length_is_not_believed(cut: int) -> None:
    script = Script(says(200, BODY[:cut], {**JSON, **length(BODY)}))
    with pytest.raises(ContractBroken):
        run(client(script).request("GET", "people"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_cut_answer_is_asked_for_again(packed: bool) -> None:
    whole, headers = (PACKED, GZIP) if packed else (BODY, JSON)
    script = Script(says(200, whole[:-1], headers), says(200, whole, headers))
    assert run(client(script).json("GET", "people")) == json.loads(BODY)


@pytest.mark.parametrize("broken", [PACKED[:-1], BODY[:-1], b"", b"OK", b"<html>Please log in</html>"])
def test_a_write_whose_answer_cannot_be_read_may_have_been_done(broken: bytes) -> None:
    headers = GZIP if broken == PACKED[:-1] else JSON
    script = Script(says(200, broken, headers))
    with pytest.raises(Unanswered):
        run(client(script).json("POST", "people", json={}))
    assert len(script.seen) == 1


@given(pieces=st.lists(st.binary(max_size=30), max_size=5), size=st.integers(1, 9))
def test_packed_bodies_come_out_as_they_went_in(pieces: list[bytes], size: int) -> None:
    """In any chunks, and in several gzip members (RFC 1952 2.2)."""
    packed = b"".join(map(gzip.compress, pieces)) or gzip.compress(b"", mtime=0)
    wire = Wire(*(packed[i : i + size] for i in range(0, len(packed), size)))
    answer = run(client(Script(says(200, wire, GZIP))).request("GET", "people"))
    assert answer.content == b"".join(pieces)
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("body", [b"\x1f\x8bgarbage", PACKED + b"more", BODY])
def test_what_only_claims_to_be_gzip(body: bytes) -> None:
    with pytest.raises(ContractBroken):
        run(client(Script(says(200, body, GZIP))).request("GET", "people"))


def test_a_packing_nobody_asked_for() -> None:
    script = Script(says(200, BODY, {"Content-Encoding": "br"}))
    with pytest.raises(ContractBroken):
        run(client(script).request("GET", "people"))
    assert script.seen[0].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("method", "status", "headers"),
    [("HEAD", 200, {**GZIP, "Content-Length": "99"}), ("GET", 204, GZIP), ("DELETE", 200, GZIP), ("GET", 200, {})],
)
def test_nothing_is_a_whole_answer_where_nothing_is_due(method: str, status: int, headers: dict[str, str]) -> None:
    answer = run(client(Script(says(status, b"", headers))).request(method, "people"))
    assert answer.content == b""


def endless(size: int = 1000) -> Wire:
    return Wire(*[b"x" * size] * 1000)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (endless(), {}),
        (Wire(b"x"), {"Content-Length": "5001"}),
        (gzip.compress(b"x" * 5001, mtime=0), GZIP),
        (gzip.compress(b"x" * 3_000_000, mtime=0), GZIP),  # 3 kB on the wire
    ],
)
def test_a_body_over_the_limit_is_refused(body: bytes | Wire, headers: dict[str, str]) -> None:
    script = Script(says(200, body, headers))
    with pytest.raises(ContractBroken):
        run(client(script, max_body=5000).request("GET", "people"))


def test_a_body_at_the_limit_is_taken() -> None:
    answer = run(client(Script(says(200, gzip.compress(b"x" * 5000, mtime=0), GZIP)), max_body=5000).request("GET", "people"))
    assert len(answer.content) == 5000


@pytest.mark.fault("T7", guard="hub.sdk.http:HubClient._whole")
def test_reading_stops_at_the_limit() -> None:
    read: list[int] = []
    wire = Wire(*[b"x" * 1000] * 1000, before_piece=lambda: read.append(1))
    with pytest.raises(ContractBroken, match="more than 5000 bytes"):
        run(client(Script(says(200, wire)), max_body=5000).request("GET", "people"))
    assert len(read) == 6


@pytest.mark.fault("N9", guard="hub.sdk.http:HubClient._whole")
@pytest.mark.parametrize(("method", "error"), [("GET", Transient), ("POST", Unanswered)])
def test_an_answer_that_trickles_ends_at_the_total(method: str, error: type[Exception]) -> None:
    clock = FakeClock()

    def tick() -> None:
        clock.time += 25

    script = Script(says(200, Wire(*[b"x"] * 100, before_piece=tick)))
    with pytest.raises(error, match="within 120 s") as raised:
        run(client(script, clock).request(method, "people"))
    assert type(raised.value) is error
    assert clock.time <= START + 120 + 25
    assert len(script.seen) == 1


@pytest.mark.fault("N8", guard="hub.sdk.answers:is_page")
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"<!DOCTYPE html><title>Log in</title>", {"Content-Type": "text/html; charset=utf-8"}),
        (b"\xef\xbb\xbf\n <HTML><body>Blocked by policy</body>", JSON),
        (BODY, {"Content-Type": "text/html"}),
    ],
)
def test_a_web_page_is_no_data(body: bytes, headers: dict[str, str]) -> None:
    script = Script(says(200, body, headers))
    with pytest.raises(ContractBroken, match="is there a proxy or a login page before it"):
        run(client(script).json("GET", "people"))
    with pytest.raises(ContractBroken, match="web page"):
        run(client(script).request("PROPFIND", "people", headers={"Accept": "application/xml"}))
    assert len(script.seen) == 2


def test_a_web_page_is_given_to_who_asked_for_anything() -> None:
    page = says(200, b"<html></html>", {"Content-Type": "text/html"})
    assert run(client(Script(page)).request("GET", "help")).text == "<html></html>"


@pytest.mark.fault("T8", guard="hub.sdk.answers:parsed")
@pytest.mark.parametrize("body", [b"", b"  \n", b"{]", b"NaN", b'{"a": Infinity}', b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(ContractBroken):
        run(client(Script(says(200, body, JSON))).json("GET", "people"))


def test_json_asks_for_json_unless_told_otherwise() -> None:
    script = Script(says(200, BODY, JSON))

    async def doing() -> list[Any]:
        http = client(script, headers={"X-App": "hub"})
        return [await http.json("GET", "a"), await http.json("GET", "a", headers={"accept": "application/ld+json"})]

    assert run(doing()) == [json.loads(BODY)] * 2
    assert [r.headers["Accept"] for r in script.seen] == ["application/json", "application/ld+json"]
    assert {r.headers["X-App"] for r in script.seen} == {"hub"}


def test_the_answer_tells_where_it_came_from() -> None:
    answer = run(client(Script(says(200, BODY, {"ETag": '"7"'}))).request("GET", "people"))
    assert (answer.headers["ETag"], str(answer.request.url)) == ('"7"', "https://crm.example.org/api/people")


def test_an_error_while_reading_is_repeated_for_a_read() -> None:
    script = Script(says(200, Wire(b"{", httpx.ReadError("reset"))), says(200, BODY))
    assert run(client(script).json("GET", "people")) == json.loads(BODY)
