"""check(): what is wrong is told apart, each with its cure."""

from __future__ import annotations

from typing import Any

import pytest
from dynamics_site import Site
from pydantic import ValidationError

from hub.sdk import AuthFailed, Health, Misconfigured
from hub_dynamics.sandbox import EXPIRED_SECRET, SECRET, role


def checked(site: Site, **settings: Any) -> Health:
    return site.call(lambda connector: connector.check(), **settings)


def test_a_good_account_is_told_without_warnings_in_two_requests() -> None:
    site = Site()
    health = checked(site)
    assert (health.can_write, health.warnings) == (True, ())
    assert health.fingerprint.startswith("Dataverse organization ")
    assert health.server == "Dataverse 9.2.25111.00158"
    assert site.world.log.requests == 2


@pytest.mark.parametrize(("settings", "kind", "cure"), [
    ({"client_secret": "nonsense"}, AuthFailed, "not its Secret ID"),
    ({"client_secret": EXPIRED_SECRET}, AuthFailed, "has expired. Make a new one"),
    ({"client_id": "22222222-2222-4333-8444-555555555555"}, AuthFailed, "no application with this client_id"),
    ({"tenant": "elsewhere.example"}, Misconfigured, "no such tenant"),
])
def test_the_token_service_refuses_each_with_its_cure(settings: dict[str, str], kind: type[Exception], cure: str) -> None:
    with pytest.raises(kind, match=cure) as raised:
        checked(Site(), **settings)
    assert "nonsense" not in str(raised.value)
    assert EXPIRED_SECRET not in str(raised.value)


def test_no_application_user() -> None:
    site = Site()
    site.world.member = False
    with pytest.raises(AuthFailed, match="Add it as an application user"):
        checked(site)


@pytest.mark.parametrize(("privileges", "words"), [
    (role("Local"), "reaches only Local"), (role("Basic"), "reaches only Basic"), ({}, "it has no Read privilege"),
])
def test_no_organization_level_read(privileges: dict[str, str], words: str) -> None:
    site = Site()
    site.world.privileges = privileges
    with pytest.raises(AuthFailed, match=words) as raised:
        checked(site)
    assert "level of the organization" in str(raised.value)


def test_a_pull_without_organization_level_read_names_it_too() -> None:
    site = Site()
    site.world.privileges = role("Local")
    with pytest.raises(AuthFailed, match="level of the organization"):
        site.pull()


@pytest.mark.parametrize("table", ["contact", "account"])
def test_change_tracking_off(table: str) -> None:
    site = Site()
    site.world.tables[table].change_tracking = False
    for ask in (checked, Site.pull):
        with pytest.raises(Misconfigured, match=rf"changes of {table} are not tracked.*Track changes"):
            ask(site)


def test_optimistic_concurrency_off_means_no_writing() -> None:
    site = Site()
    site.world.tables["account"].optimistic_concurrency = False
    health = checked(site)
    assert not health.can_write
    assert "Optimistic concurrency is off for Account" in health.warnings[0]


def test_an_account_that_only_reads() -> None:
    site = Site()
    site.world.privileges = role(acts=("Read",))
    health = checked(site)
    assert not health.can_write
    assert "prvWriteContact" in health.warnings[0]


def test_on_premises_is_refused_in_words() -> None:
    site = Site()
    site.world.on_premises = True
    with pytest.raises(Misconfigured, match=r"on-premises.*only Dynamics 365 online"):
        checked(site)


def test_short_change_tracking_is_a_warning() -> None:
    site = Site()
    site.world.tracking_days = 1
    assert "1 days only" in checked(site).warnings[0]


@pytest.mark.fault("C5", guard="hub_dynamics.login:Login.header")
def test_a_token_that_expires_is_renewed() -> None:
    site = Site()

    async def work(connector: Any) -> None:
        await connector.check()
        site.clock.turn(4000)
        await connector.check()
        site.world.tokens.clear()  # revoked before its time
        await connector.check()

    site.call(work)
    assert site.world.log.requests == 7  # one was refused, and sent again with a new token


def test_the_secret_is_shown_nowhere() -> None:
    connector = Site().connector()
    assert SECRET not in repr(connector.settings) + repr(connector.api.login) + str(vars(connector))


@pytest.mark.parametrize("given", [
    {"page_size": 5001}, {"writes_per_request": 0}, {"contact_columns": ["firstname"]}, {"tenant": "a/b"}, {"surprise": 1},
])
def test_settings_are_checked(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Site().connector(**given)


def test_the_address_may_be_that_of_the_web_api() -> None:
    assert checked(Site(), url="http://crm.localhost/api/data/v9.2/").can_write


@pytest.mark.parametrize(("url", "authority"), [
    ("https://example.crm4.dynamics.com", "https://login.microsoftonline.com"), ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
])
def test_the_token_service_is_microsofts_except_on_this_computer(url: str, authority: str) -> None:
    assert Site().connector(url=url).settings.token_service == authority
