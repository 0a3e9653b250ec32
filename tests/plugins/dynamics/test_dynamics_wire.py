"""The wire: batches put together and taken apart, parts refused each in its own way, tokens in trouble."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from dynamics_site import Site

from hub.sdk import AuthFailed, ContractBroken, Done, Misconfigured, Refused, Throttled, Transient, Unknown
from hub_dynamics.multipart import Part, composed, taken_apart


def answered(*heads: tuple[int, dict[str, str], Any]) -> httpx.Response:
    """A batch of answers, written here and not by the sandbox, as the vendor's page shows them."""
    text = ""
    for status, headers, body in heads:
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
        text += "--batchresponse_x\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        text += "\r\n".join(lines) + "\r\n\r\n" + ("" if body is None else json.dumps(body)) + "\r\n"
    return httpx.Response(200, headers={"Content-Type": "multipart/mixed; boundary=batchresponse_x"},
                          content=f"{text}--batchresponse_x--\r\n".encode())


def test_a_batch_has_the_vendors_form() -> None:
    parts = [Part("PATCH", "contacts(1)", {"If-Match": "*"}, {"lastname": "Åbo"}), Part("GET", "contacts")]
    kind, body = composed(parts, "/api/")
    mark = kind.partition('boundary="')[2].rstrip('"')
    assert kind.startswith("multipart/mixed;")
    assert body.startswith(f"--{mark}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
                           "PATCH /api/contacts(1) HTTP/1.1\r\n".encode())
    assert b"\r\nIf-Match: *\r\nContent-Type: application/json\r\n\r\n{" in body
    assert body.endswith(f"\r\n--{mark}--\r\n".encode())
    assert b"\n" not in body.replace(b"\r\n", b"")


@pytest.mark.parametrize("content", [b"", b"--x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}", b"--x\r\n\r\nnonsense\r\n--x--"])
def test_half_an_answer_is_none(content: bytes) -> None:
    with pytest.raises(ValueError):
        taken_apart("multipart/mixed; boundary=x", content)
    with pytest.raises(ValueError, match="no batch"):
        taken_apart("application/json", content)


@pytest.mark.parametrize(("status", "headers", "body", "result"), [
    (429, {"Retry-After": "7"}, None, Refused("transient", "Dataverse asks to wait", 7.0)),
    (429, {"Retry-After": "7"}, {"error": {"code": "0x80072321", "message": "x"}},
     Refused("transient", "Dataverse asks to wait (too much time of execution in 300 s)", 7.0)),
    (412, {}, {"error": {"code": "0x80040237", "message": "x"}},
     Refused("rejected", "a value that must be unique is taken by another record")),
    (400, {}, {"error": {"code": "0xABC", "message": "about Anna"}}, Refused("rejected", "Dataverse answered 400 0xabc")),
    (405, {}, "nonsense", Refused("rejected", "Dataverse answered 405")),
    (500, {}, None, Unknown("Dataverse answered 500; whether it was done is not known")),
])
def test_each_part_has_its_own_result(status: int, headers: dict[str, str], body: Any, result: object) -> None:
    site = Site()
    first, second = site.person("A"), site.person("B")
    writes = [site.update(first, jobtitle="x"), site.update(second, jobtitle="y")]
    good = {"@odata.etag": 'W/"5"'}  # an answer without the columns: it landed, and is read back later

    async def mishap(request: httpx.Request, deliver: Any) -> httpx.Response:
        if "$batch" in str(request.url):
            return answered((status, headers, body), (200, {}, good))
        return await deliver()  # type: ignore[no-any-return]

    site.wire.mishap = mishap
    assert site.write(*writes) == [result, Done(site.ref(second))]


@pytest.mark.parametrize(("answer", "kind"), [
    (httpx.Response(200, json={"token_type": "Bearer"}), ContractBroken),
    (httpx.Response(200, json=["x"]), ContractBroken),
    (httpx.Response(200, html="<html>Sign in</html>"), ContractBroken),
    (httpx.Response(400, json={"error": "invalid_request", "error_codes": [42]}), AuthFailed),
    (httpx.Response(404, json={}), Misconfigured),
    (httpx.Response(500), Transient),
    (httpx.Response(429, headers={"Retry-After": "3600"}), Throttled),
])
def test_trouble_at_the_token_service_is_named(answer: httpx.Response, kind: type[Exception]) -> None:
    site = Site()

    async def mishap(request: httpx.Request, deliver: Any) -> httpx.Response:
        return answer

    site.wire.mishap = mishap
    with pytest.raises(kind):
        site.pull()
    assert site.wire.sent == []


def test_what_is_no_dataverse_is_misconfigured() -> None:
    site = Site()

    async def mishap(request: httpx.Request, deliver: Any) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return await deliver()  # type: ignore[no-any-return]
        return httpx.Response(404, json={"nothing": "here"})

    site.wire.mishap = mishap
    with pytest.raises(Misconfigured, match=r"no Dataverse Web API 9\.2"):
        site.call(lambda connector: connector.check())
