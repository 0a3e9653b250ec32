"""Credentials go to the system's own origin and nowhere else: addresses, redirects, cookies, plain http."""

from __future__ import annotations

import httpx
import pytest
from http_script import BASE, Said, Script, client, run, says

from hub.sdk import BearerAuth, ContractBroken, Misconfigured, Rejected, Unanswered

OK = says(200, b"{}")
TOKEN = "canary-token-1"


def moved(status: int, to: str) -> Said:
    return says(status, headers={"Location": to})


@pytest.mark.fault("N10", guard="hub.sdk.answers:moved")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("to", "names"),
    [
        ("https://login.example.net/sso?next=1", "https://login.example.net"),
        ("//login.example.net/", "https://login.example.net"),
        ("http://crm.example.org/api/people", "http://crm.example.org"),
        ("https://crm.example.org:8443/api/people", "https://crm.example.org:8443"),
        ("https://crm.example.org@login.example.net/", "https://login.example.net"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PROPFIND", "POST"])
def test_a_redirect_elsewhere_gets_nothing_and_names_both_hosts(status: int, to: str, names: str, method: str) -> None:
    script = Script(moved(status, to), OK)
    with pytest.raises(Misconfigured) as raised:
        run(client(script, auth=BearerAuth(TOKEN)).request(method, "people"))
    assert {r.url.host for r in script.seen} == {"crm.example.org"}
    assert len(script.seen) == 1
    assert "https://crm.example.org to " + names in str(raised.value)
    assert "set its url" in str(raised.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PROPFIND", "REPORT"])
def test_a_read_follows_within_its_origin_with_method_body_and_credentials(status: int, method: str) -> None:
    script = Script(moved(status, "/dav/people/?page=2"), OK)
    answer = run(client(script, auth=BearerAuth(TOKEN)).request(method, "people", params={"page": 1}, content="<x/>"))
    first, second = script.seen
    assert (second.method, str(second.url)) == (method, "https://crm.example.org/dav/people/?page=2")
    assert (second.content, second.headers["Authorization"]) == (first.content, f"Bearer {TOKEN}")
    assert answer.request.url == second.url


def test_a_redirect_with_a_login_in_it_does_not_change_ours() -> None:
    script = Script(moved(302, "https://eve:pw@crm.example.org/x"), OK)
    run(client(script, auth=None).request("GET", "people"))
    assert "Authorization" not in script.seen[1].headers


def test_see_other_is_followed_by_a_get_without_the_body() -> None:
    script = Script(moved(303, "/result/1"), OK)
    run(client(script).request("REPORT", "people", content="<query/>"))
    assert (script.seen[1].method, script.seen[1].content) == ("GET", b"")


def test_three_redirects_are_followed_and_no_more() -> None:
    hops = [moved(302, f"/hop/{n}") for n in range(1, 5)]
    script = Script(*hops[:3], OK)
    assert run(client(script).request("GET", "people")).request.url.path == "/hop/3"
    script = Script(*hops, OK)
    with pytest.raises(Misconfigured, match="more than 3 times"):
        run(client(script).request("GET", "people"))
    assert len(script.seen) == 4


def test_a_redirect_to_itself_or_nowhere() -> None:
    for answer in (moved(302, "/api/people"), moved(302, ""), says(302)):
        with pytest.raises(Misconfigured, match="where it cannot follow"):
            run(client(Script(answer)).request("GET", "people"))
    with pytest.raises(ContractBroken):
        run(client(Script(moved(302, "https://crm.example.org:broken/"))).request("GET", "people"))


@pytest.mark.parametrize(("status", "error"), [(301, Misconfigured), (307, Misconfigured), (308, Misconfigured),
                                               (302, Unanswered), (303, Unanswered)])  # fmt: skip
def test_a_write_is_never_sent_after_a_redirect(status: int, error: type[Exception]) -> None:
    """302 and 303 may mean "done, look there" (RFC 9110 15.4.4)."""
    script = Script(moved(status, "/elsewhere"), OK)
    with pytest.raises(error):
        run(client(script).request("POST", "people", json={}))
    assert len(script.seen) == 1


def test_a_post_that_reads_follows_only_where_its_method_is_kept() -> None:
    script = Script(moved(308, "/v2/search"), OK)
    run(client(script).request("POST", "search", safe=True, json={"q": 1}))
    assert (script.seen[1].method, script.seen[1].content) == ("POST", b'{"q":1}')
    with pytest.raises(Misconfigured):
        run(client(Script(moved(302, "/v2/search"))).request("POST", "search", safe=True))


@pytest.mark.parametrize(
    ("url", "reached"),
    [
        ("people", "https://crm.example.org/api/people"),
        ("", "https://crm.example.org/api/"),
        ("./people:batch", "https://crm.example.org/api/people:batch"),
        ("/dav/anna/1.vcf", "https://crm.example.org/dav/anna/1.vcf"),
        ("?page=2", "https://crm.example.org/api/?page=2"),
        ("https://crm.example.org/next?page=2", "https://crm.example.org/next?page=2"),
        ("HTTPS://CRM.example.org:443/next", "https://crm.example.org/next"),
    ],
)
def test_an_address_is_resolved_as_a_reference(url: str, reached: str) -> None:
    for base in (BASE, BASE.rstrip("/")):
        script = Script(OK)
        run(client(script, base_url=base).request("GET", url))
        assert str(script.seen[0].url) == reached


@pytest.mark.fault("X6", guard="hub.sdk.http:HubClient._call")
@pytest.mark.parametrize(
    "url",
    ["https://evil.example.net/next", "//evil.example.net/next", "http://crm.example.org/next", "https://crm.example.org:broken/",
     "https://crm.example.org:444/", "https://crm.example.org.evil.example.net/", "javascript:alert(1)"],
)  # fmt: skip
def test_an_address_elsewhere_gets_nothing(url: str) -> None:
    script = Script(OK)
    with pytest.raises(Misconfigured, match=r"the system is at https://crm\.example\.org"):
        run(client(script, auth=BearerAuth(TOKEN)).request("GET", url))
    assert script.seen == []


@pytest.mark.fault("X17", guard="hub.sdk.http:_filled")
def test_values_in_a_path_are_quoted() -> None:
    script = Script(OK)
    run(client(script).request("GET", "people/{id}/mail/{id2}", path={"id": "../a b?c#{id2}", "id2": "ä"}))
    assert script.seen[0].url.raw_path == b"/api/people/..%2Fa%20b%3Fc%23%7Bid2%7D/mail/%C3%A4"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_an_empty_id_never_reaches_the_collection(value: str) -> None:
    script = Script(OK)
    with pytest.raises(Rejected, match=r"\{id\} would be empty or only dots"):
        run(client(script).request("DELETE", "people/{id}", path={"id": value}))
    assert script.seen == []


def test_a_path_value_that_is_missing_is_a_mistake_of_the_connector() -> None:
    with pytest.raises(KeyError):
        run(client(Script(OK)).request("GET", "people/{id}", path={}))


@pytest.mark.fault("X19", guard="hub.sdk.auth:system_url")
@pytest.mark.parametrize(
    "base", ["http://crm.example.org", "http://10.0.0.5/", "http://localhost.example.org", "http://127.0.0.1.nip.io"]
)
def test_plain_http_is_for_loopback(base: str) -> None:
    with pytest.raises(Misconfigured, match="unencrypted"):
        client(Script(OK), base_url=base)
    client(Script(OK), base_url=base, allow_http=True)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1/", "http://a.localhost"])
def test_loopback_needs_no_tls(base: str) -> None:
    assert client(Script(OK), base_url=base).base.scheme == "http"


@pytest.mark.parametrize("base", ["", "crm.example.org", "ftp://crm.example.org", "https://", "https://a:b"])
def test_an_address_that_is_none(base: str) -> None:
    with pytest.raises(Misconfigured, match="no web address"):
        client(Script(OK), base_url=base)


@pytest.mark.parametrize("part", ["https://anna:{}@crm.example.org", BASE + "?key={}", BASE + "#{}"])
def test_secrets_do_not_belong_into_the_address(part: str) -> None:
    with pytest.raises(Misconfigured, match="only the address") as raised:
        client(Script(OK), base_url=part.format("canary-7"))
    assert "canary" not in str(raised.value)


def test_cookies_are_not_kept() -> None:
    script = Script(says(200, b"{}", {"Set-Cookie": "session=1; Path=/"}), OK)

    async def doing() -> None:
        http = client(script)
        await http.request("GET", "people")
        await http.request("GET", "people")

    run(doing())
    assert "Cookie" not in script.seen[1].headers


def test_nothing_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    http = client(Script(OK))
    inner: httpx.AsyncClient = http._client
    assert inner.trust_env is False
    assert inner._mounts == {}
