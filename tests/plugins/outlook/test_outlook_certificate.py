"""The application proves who it is with a certificate: what the identity service takes and refuses, what `hub check` says."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from outlook_certificates import certificate, curve_key, file, note, pem, rsa_key
from outlook_site import Site

from hub.sdk import Ask, AuthFailed, ConnectorError, Health, Misconfigured, Transient
from hub.testing.clock import START, VirtualClock
from hub_outlook.certificate import Certificate
from hub_outlook.sandbox import CLIENT_ID, MAILBOX, SECRET, TENANT, create_app
from hub_outlook.settings import OutlookSettings

OTHER = "director@association.example"
IN_FULL = str(Path(__file__).with_name("outlook.pem"))


def site(path: Path, uploaded: bytes) -> Site:
    made = Site({"client_secret": None, "certificate": path, "outside": OTHER}, mailboxes=(MAILBOX, OTHER))
    made.world.scope = {MAILBOX}
    made.world.identity.assertions.upload(uploaded)
    return made


def ours(folder: Path, days: int = 365) -> Site:
    told = certificate(rsa_key(), days)
    return site(file(folder, told + pem(rsa_key())), told)


def check(of: Site, **settings: Any) -> Health:
    return of.call(lambda connector: connector.check(), **settings)


def test_the_application_signs_in_with_its_certificate(tmp_path: Path) -> None:
    of = ours(tmp_path)
    health = check(of)
    assert (health.can_write, health.warnings) == (True, ())
    assert of.world.identity.asked == ["client_credentials"]
    asked, = (request for request in of.wire.sent if "/oauth2/" in str(request.url))
    assert b"client_secret" not in asked.content
    assert b"PRIVATE" not in asked.content


def test_each_token_has_a_note_of_its_own(tmp_path: Path) -> None:
    """Read anew, too: a certificate put in the place of the old one counts with the next token."""
    of = ours(tmp_path)

    async def work(connector: Any) -> None:
        await connector.check()
        of.clock.turn(3600)
        newer = certificate(rsa_key(1))
        of.world.identity.assertions.upload(newer)
        file(tmp_path, newer + pem(rsa_key(1)))
        of.world.identity.assertions.certificates.pop(next(iter(of.world.identity.assertions.certificates)))
        await connector.check()

    of.call(work)
    assert len(of.world.identity.assertions.used) == 2


def test_a_lost_answer_is_asked_again_with_another_note(tmp_path: Path) -> None:
    of = ours(tmp_path)

    def lose(times: int) -> None:
        left = iter(range(times))

        def seen(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            if "/oauth2/" in str(request.url) and next(left, None) is not None:
                raise httpx.ReadTimeout("lost", request=request)
            return answer

        of.wire.mishap = seen

    lose(2)
    assert check(of).can_write
    assert len(of.world.identity.assertions.used) == 3
    lose(99)
    with pytest.raises(Transient, match="did not answer"):
        check(of)


@pytest.mark.parametrize(("days", "words"), [
    (61, ""), (60, "The certificate expires in 60 days"), (30, "The certificate expires in 30 days"),
    (7, "DANGER: the certificate expires in 7 days"), (1, "DANGER: the certificate expires in 1 days")])
def test_the_certificate_tells_its_own_end(tmp_path: Path, days: int, words: str) -> None:
    warnings = check(ours(tmp_path, days)).warnings
    assert len(warnings) == bool(words)
    assert words in "".join(warnings)


def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuthFailed, match=r"AADSTS1000502.*the certificate has expired"):
        check(ours(tmp_path, -1))


def test_a_certificate_nobody_uploaded_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, certificate(rsa_key()) + pem(rsa_key()))
    with pytest.raises(AuthFailed, match=r"AADSTS700027.*does not know this certificate"):
        check(site(path, certificate(rsa_key(1))))


def test_a_clock_that_is_wrong_is_told(tmp_path: Path) -> None:
    """The tenant's is an hour ahead."""
    of = ours(tmp_path)
    of.world.identity.assertions.clock = lambda: of.clock.now() + 3600
    with pytest.raises(AuthFailed, match=r"AADSTS700024.*Set the clock"):
        check(of)


PATH = f"/{TENANT}/oauth2/v2.0/token"
GOOD = {"aud": f"https://login.microsoftonline.com{PATH}", "iss": CLIENT_ID, "sub": CLIENT_ID}


@pytest.mark.parametrize(("head", "claims", "number"), [
    ({}, {}, 0),
    ({}, {"aud": "https://login.microsoftonline.com/common/oauth2/v2.0/token"}, 700023), ({}, {"aud": None}, 700023),
    ({}, {"iss": "someone-else"}, 700021), ({}, {"sub": None}, 700021),
    ({}, {"exp": int(START)}, 700024), ({}, {"nbf": int(START) + 60}, 700024),
    ({"x5t#S256": None}, {}, 50027), ({"x5t#S256": "AAAA"}, {}, 700027),
    ({"alg": "RS256"}, {}, 501), ({"typ": None}, {}, 501), ({"x5t#S256": None, "x5t": "AAAA"}, {}, 501),
    ({}, {"jti": None}, 501), ({}, {"exp": None}, 501)])
def test_the_identity_service_looks_at_each_part(head: Mapping[str, Any], claims: Mapping[str, Any], number: int) -> None:
    told = certificate(rsa_key())
    assert answered(told, note(rsa_key(), told, head, {**GOOD, **claims})) == [number]


def test_a_note_is_taken_once_and_only_with_its_signature() -> None:
    told = certificate(rsa_key())
    good = note(rsa_key(), told, {}, GOOD)
    assert answered(told, good, good) == [0, 501]
    assert answered(told, note(rsa_key(1), told, {}, GOOD)) == [700027]
    assert answered(told, good[:-4] + "AAAA", "a.b", "not a note") == [700027, 50027, 50027]
    assert answered(told, good, client_assertion_type="other") == [501]
    assert answered(told, good, client_secret=SECRET) == [501]
    assert answered(told, "") == [900144]


def answered(uploaded: bytes, *notes: str, **more: str) -> list[int]:
    """The number of each refusal; 0: a token, 501: the sandbox does not know."""
    app = create_app(clock=VirtualClock().now)
    app.state.world.identity.assertions.upload(uploaded)
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "scope": "https://graph.microsoft.com/.default",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", **more}

    async def call() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://graph.localhost") as client:
            return [await client.post(PATH, data={**form, "client_assertion": each}) for each in notes]

    return [answer.json().get("error_codes", [0])[0] if answer.status_code in (200, 400, 401) else answer.status_code
            for answer in asyncio.run(call())]


FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "no certificate": (lambda: pem(rsa_key()), "no certificate"),
    "no key": (lambda: certificate(rsa_key()), "no private key"),
    "not PEM": (lambda: b"\x30\x82 something else", "no certificate"),
    "a password": (lambda: certificate(rsa_key()) + pem(rsa_key(), b"secret"), "with a password"),
    "another key": (lambda: certificate(rsa_key()) + pem(rsa_key(1)), "belongs to another certificate"),
    "a short key": (lambda: certificate(rsa_key(0, 1024)) + pem(rsa_key(0, 1024)), "not RSA with 2048"),
    "a curve": (lambda: certificate(key := curve_key()) + pem(key), "not RSA"),
}


@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_used_is_told_with_its_cure(tmp_path: Path, content: Callable[[], bytes], words: str,
                                                          caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Misconfigured, match=words) as told:
        Certificate(file(tmp_path, content()), "mail")
    assert "mail: the file under certificate" in str(told.value)
    assert "PRIVATE" not in str(told.value) + caplog.text


def test_a_file_that_is_not_there_or_open_to_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        Certificate(tmp_path / "none.pem", "mail")
    good = certificate(rsa_key()) + pem(rsa_key())
    made = Certificate(file(tmp_path, good), "mail")
    assert made.expires == datetime.fromtimestamp(START + 365 * 86400, UTC).date()
    assert repr(made) == "Certificate(…)"
    if os.name == "posix":
        with pytest.raises(Misconfigured, match="chmod 600"):
            Certificate(file(tmp_path, good, 0o644), "mail")


@pytest.mark.parametrize(("settings", "words"), [
    ({"certificate": "outlook.pem", "mailboxes": [MAILBOX]}, "path in full"),
    ({"certificate": IN_FULL}, "name the mailboxes"),
    ({"certificate": IN_FULL, "mailboxes": [MAILBOX], "client_secret": "x"}, "leave client_secret"),
    ({"certificate": IN_FULL, "mailboxes": [MAILBOX], "secret_expires": "2027-01-01"}, "leave client_secret")])
def test_settings_that_contradict_each_other_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        OutlookSettings(tenant=TENANT, client_id=CLIENT_ID, **settings)


def test_an_application_with_a_certificate_needs_no_sign_in(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match="certificate"):
        ours(tmp_path).call(lambda connector: connector.sign_in(print))


def test_it_is_asked_for_when_a_mailbox_is_connected() -> None:
    field = OutlookSettings.model_fields["certificate"]
    assert [mark for mark in field.metadata if isinstance(mark, Ask) and "PEM" in mark.question and "Upload" in mark.where]
    assert not field.is_required()
