"""What `hub check` tells: who we are, what is open that must not be, what expires, and each refusal with its own cure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from outlook_site import MemoryStore, Site

from hub.sdk import AuthFailed, ConnectorError, Health, Misconfigured
from hub_outlook.sandbox import CLIENT_ID, EXPIRED_SECRET, MAILBOX
from hub_outlook.settings import OutlookSettings

OTHER, BOSS = "chair@association.example", "director@association.example"


def two(**settings: Any) -> Site:
    site = Site({"mailboxes": [MAILBOX, OTHER], "secret_expires": "2100-01-01", "outside": BOSS, **settings},
                mailboxes=(MAILBOX, OTHER, BOSS))
    site.world.scope = {MAILBOX, OTHER}
    return site


def check(site: Site, **settings: Any) -> Health:
    return site.call(lambda connector: connector.check(), **settings)


def test_all_is_well() -> None:
    site = two()
    health = check(site)
    assert (health.can_write, health.warnings) == (True, ())
    assert health.identity == f"application {CLIENT_ID}, in 2 of 2 mailboxes"
    assert site.world.log.requests == 2


def test_whose_mailboxes_they_are_is_asked_without_trying_to_write() -> None:
    """A run asks this; only `check`, which a person asks for, tries a change."""
    site = two()
    found = site.call(lambda connector: connector.fingerprint())
    assert not [told for told in site.world.log.operations if not told.startswith("GET ")]
    assert found == check(site).fingerprint
    assert [told for told in site.world.log.operations if told.startswith("PATCH ")]


def test_a_secret_that_is_wrong_is_told_to_a_run_too() -> None:
    with pytest.raises(AuthFailed, match="the client secret is wrong"):
        two().call(lambda connector: connector.fingerprint(), client_secret="wrong")


def test_a_mailbox_that_must_be_closed_and_is_open_is_told_loudly() -> None:
    site = two()
    site.world.scope = None
    warning, = check(site).warnings
    assert warning.startswith("DANGER")
    assert BOSS in warning
    assert "Application Contacts.ReadWrite" in warning


def test_nothing_tried_is_told_too() -> None:
    assert "Nobody tried" in check(two(outside=None)).warnings[0]
    assert "is not known" in check(two(outside="nobody@association.example")).warnings[0]


def test_a_mailbox_out_of_scope_is_named_and_the_other_goes_on() -> None:
    site = two()
    site.world.scope = {OTHER}
    health = check(site)
    assert health.identity.endswith("in 1 of 2 mailboxes")
    assert health.can_write
    assert MAILBOX in health.warnings[0]


def test_who_may_only_read_is_told() -> None:
    site = two()
    site.world.roles = {"Contacts.Read"}
    health = check(site)
    assert not health.can_write
    assert "may read and not write" in health.warnings[0]


@pytest.mark.parametrize(("days", "words"), [
    (61, ""), (60, "The client secret expires in 60 days"), (30, "expires in 30 days"), (8, "The client secret expires in 8"),
    (7, "DANGER: the client secret expires in 7 days"), (0, "DANGER: the client secret expires today"), (-1, "has expired")])
def test_the_end_of_a_secret_is_told_before_it_comes(days: int, words: str) -> None:
    site = two()
    today = datetime.fromtimestamp(site.clock.now(), UTC).date()
    warnings = check(site, secret_expires=today + timedelta(days=days)).warnings
    assert len(warnings) == bool(words)
    assert words in "".join(warnings)


def test_an_end_nobody_noted_is_told() -> None:
    assert "is not noted" in check(two(secret_expires=None)).warnings[0]


@pytest.mark.parametrize(("settings", "error", "cure"), [
    ({"client_secret": "wrong"}, AuthFailed, "the client secret is wrong. Copy the secret's Value"),
    ({"client_secret": EXPIRED_SECRET}, AuthFailed, "the client secret has expired. Make a new one"),
    ({"client_id": "99999999-9999-4999-8999-999999999999"}, AuthFailed, "no application with this client_id"),
    ({"tenant": "nobody.example"}, Misconfigured, "there is no such tenant"),
    ({"tenant": "common"}, Misconfigured, "instead of common"),
])
def test_what_is_wrong_with_the_application_has_its_own_cure(settings: Any, error: type[ConnectorError], cure: str) -> None:
    with pytest.raises(error, match="AADSTS") as told:
        check(two(), **settings)
    assert cure in str(told.value)


ME: dict[str, Any] = {"client_secret": None, "mailboxes": [], "tenant": "common"}


@pytest.mark.parametrize(("arrange", "cure"), [
    (lambda site: site.world.identity.revoke(MAILBOX), "revoked, or the password was changed"),
    (lambda site: site.clock.turn(91 * 86400), "not used for 90 days"),
    (lambda site: setattr(site.world.identity.people[MAILBOX], "consents", False), "nobody has consented"),
    (lambda site: site.world.identity.refreshes.clear(), "not valid any more"),
    (lambda site: setattr(site.world.identity, "public_client", False), "Allow public client flows"),
])
def test_what_is_wrong_with_a_sign_in_has_its_own_cure(arrange: Any, cure: str) -> None:
    site = Site(ME)
    store = MemoryStore(site.world.identity.signed_in(MAILBOX, "Contacts.ReadWrite"))
    arrange(site)

    async def work(connector: Any) -> Health:
        connector.keep_in(store)
        health: Health = await connector.check()
        return health

    with pytest.raises((AuthFailed, Misconfigured)) as told:
        site.call(work)
    assert cure in str(told.value)


def test_whoever_has_not_signed_in_is_told_how() -> None:
    with pytest.raises(AuthFailed, match="hub sign-in mail"):
        check(Site(ME))


@pytest.mark.parametrize(("settings", "words"), [
    ({"client_secret": "x"}, "name the mailboxes"), ({"mailboxes": [MAILBOX]}, "need a certificate or a client_secret"),
    ({"client_secret": "x", "mailboxes": ["office"]}, "pattern")])
def test_settings_that_contradict_each_other_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        OutlookSettings(tenant="common", client_id=CLIENT_ID, **settings)
