"""Canaries: no credential, query, body, header or personal value reaches an error, a log or a repr."""

from __future__ import annotations

import io
import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from http_script import BASE, Said, Script, Wire, client, run, says
from pydantic import SecretStr

from hub import logs
from hub.sdk import BasicAuth, BearerAuth, ConnectorError, HeaderAuth, Misconfigured

CANARY = "kanarie"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log has, at its most talkative."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.set_up(json=True, level="DEBUG", stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def everything(error: BaseException) -> str:
    """The error as any log might show it: text, repr, notes, chain."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__) + repr(error.__cause__)


BAD: list[Said] = [
    *[says(status, b"kanarie-body", {"X-Echo": "kanarie-header"}) for status in (400, 401, 403, 404, 412, 422, 429, 500, 503)],
    says(302, headers={"Location": "https://other.example.net/kanarie-path?token=kanarie-query"}),
    says(302, headers={"Location": "/kanarie-path?token=kanarie-query"}),
    says(200, b"<html>kanarie-body</html>", {"Content-Type": "text/html"}),
    says(200, b'{"name": "kanarie-body'),
    says(200, b"kanarie-body", {"Content-Encoding": "gzip"}),
    says(200, Wire(b"kanarie-body", httpx.ReadError("kanarie-error"))),
    httpx.ReadTimeout("kanarie-error"),
    httpx.ConnectError("kanarie-error"),
    httpx.LocalProtocolError("Illegal header value b'kanarie-error'"),
    httpx.UnsupportedProtocol("kanarie-error"),
    httpx.InvalidURL("kanarie-error"),
]  # fmt: skip


SECRET_PARTS: dict[str, Any] = {
    "path": {"id": "kanarie-id"},
    "params": {"q": "kanarie-query"},
    "json": {"name": "kanarie-name"},
    "headers": {"If-Match": "kanarie-version"},
}
SECRET_URL = "people/{id}/kanarie-7@example.org"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_no_canary_in_an_error_or_in_the_log(bad: Said, method: str, written: io.StringIO) -> None:
    http = client(Script(bad), auth=BearerAuth("kanarie-token"), headers={"X-Key": "kanarie-key"}, max_body=1000)
    with pytest.raises(ConnectorError) as raised:
        run(http.json(method, SECRET_URL, **SECRET_PARTS))
    logging.getLogger("elsewhere").error("failed", exc_info=raised.value)
    assert CANARY not in everything(raised.value)
    assert "crm: " + method + " crm.example.org/…/people/{id}/{…}" in str(raised.value)
    assert raised.value.__context__ is None
    assert "failed" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_no_canary_in_the_log_of_what_went_well(written: io.StringIO) -> None:
    script = Script(says(500), says(200, b'"kanarie-body"'))
    http = client(script, auth=HeaderAuth("X-Key", "kanarie-key"))
    run(http.json("GET", "/dav/kanarie-user/", params={"q": "kanarie-query"}))
    assert "http retry" in written.getvalue()
    assert json.loads(written.getvalue().splitlines()[-1])["place"] == "crm: GET crm.example.org/…"
    assert CANARY not in written.getvalue()
    assert CANARY not in repr(http)


@pytest.mark.fault("X21", guard="hub.sdk.auth:HeaderAuth.__repr__")
@pytest.mark.parametrize(
    "auth",
    [
        BearerAuth("kanarie-token"), BearerAuth(SecretStr("kanarie-token"), header="X-Auth"),
        HeaderAuth("X-Key", SecretStr("kanarie-key")), BasicAuth("kanarie-user", SecretStr("kanarie-word")),
    ],
)  # fmt: skip
def test_credentials_have_no_repr(auth: httpx.Auth) -> None:
    assert CANARY not in repr(auth) + str(auth)


def test_credentials_are_sent() -> None:
    def sent(auth: httpx.Auth) -> httpx.Headers:
        script = Script(says(200))
        run(client(script, auth=auth).request("GET", "a"))
        return script.seen[0].headers

    assert sent(BearerAuth("t1"))["Authorization"] == "Bearer t1"
    assert sent(BearerAuth(SecretStr("t2"), header="X-Civi-Auth"))["X-Civi-Auth"] == "Bearer t2"
    assert sent(HeaderAuth("X-Key", SecretStr("k")))["X-Key"] == "k"
    assert sent(BasicAuth("ä", SecretStr("p")))["Authorization"] == "Basic w6Q6cA=="


@pytest.mark.parametrize(
    "secret",
    ["", " ", "kanarie\n", " kanarie", "kanarie\r\nX-Evil: 1", "känarie", "kanarie\x00", "kanarie\x7f"],
)
def test_a_secret_no_header_can_carry_is_refused_without_quoting_it(secret: str) -> None:
    with pytest.raises(Misconfigured, match="header Authorization") as bearer:
        BearerAuth(secret)
    with pytest.raises(Misconfigured, match="header Authorization") as plain:
        HeaderAuth("Authorization", SecretStr(secret))
    assert "narie" not in str(bearer.value) + str(plain.value)


def test_a_wrong_address_is_not_quoted() -> None:
    with pytest.raises(Misconfigured) as raised:
        client(Script(says(200)), base_url="kanarie://x")
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("base", "url", "shown"),
    [
        ("https://crm.example.org", "api4/Contact/get", "crm.example.org/api4/Contact/get"),
        (BASE, "v9.2/contacts(0190a3)", "crm.example.org/…/v9.2/{…}"),
        (BASE, "$batch?x=kanarie", "crm.example.org/…/$batch"),
        (BASE, "people/{id}", "crm.example.org/…/people/{id}"),
        (BASE, "people/12345/anna.kanarie", "crm.example.org/…/people/{…}/{…}"),
        (BASE, "/dav/kanarie/", "crm.example.org/…"),
        (BASE, "https://crm.example.org/kanarie", "crm.example.org/…"),
    ],
)
def test_messages_show_host_and_path_template(base: str, url: str, shown: str) -> None:
    with pytest.raises(ConnectorError) as raised:
        run(client(Script(says(404)), base_url=base).request("GET", url, path={"id": "kanarie"}))
    assert str(raised.value).startswith(f"crm: GET {shown} answered 404")
