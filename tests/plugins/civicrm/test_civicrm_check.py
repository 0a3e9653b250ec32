"""check(): who we are, what we may, which site, and what a person should change."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from civicrm_site import Site, header_stripped, person
from pydantic import ValidationError

from hub.sdk import AuthFailed, Health, Misconfigured
from hub_civicrm.sandbox import READER, SITE_KEY, WRITER


def checked(site: Site, **settings: Any) -> Health:
    return site.call(lambda connector: connector.check(), **settings)


def trashed_site(**options: Any) -> Site:
    site = Site(person("Anna"), **options)
    site.users.trash(site.id_of("Anna"))
    return site


def test_a_good_account_is_told_without_warnings_in_one_request() -> None:
    site = trashed_site()
    assert checked(site) == Health("hub@example.org", "Default Domain Name (domain 1)", True, "CiviCRM 6.17.2", ())
    assert site.world.log.requests == 1


def test_the_older_edition_is_checked_alike() -> None:
    assert checked(trashed_site(edition="5.77")).server == "CiviCRM 5.77.beta1"


def test_a_wrong_key_is_an_auth_failure() -> None:
    with pytest.raises(AuthFailed, match="not known"):
        checked(Site(), api_key="wrong")


def test_a_key_without_the_permission_to_log_in_names_both_cures() -> None:
    site = Site(permissions=WRITER - {"authenticate with api key"})
    with pytest.raises(AuthFailed, match=r"authenticate with api key.*site_key"):
        checked(site)
    assert checked(site, site_key=SITE_KEY).can_write


def test_a_lost_header_is_an_auth_failure_not_an_empty_site() -> None:
    site = Site(person("Anna"))

    async def stripped(request: httpx.Request, deliver: Any) -> httpx.Response:
        return await site.wire.site.handle_async_request(header_stripped(request))

    site.wire.next(1, stripped)
    with pytest.raises(AuthFailed, match="X-Civi-Auth"):
        checked(site)


def test_a_missing_permission_for_the_trash_is_a_warning_with_its_cure() -> None:
    health = checked(trashed_site(permissions=WRITER - {"access deleted contacts"}))
    assert len(health.warnings) == 1
    assert "access deleted contacts" in health.warnings[0]


def test_a_read_only_account_is_told() -> None:
    health = checked(trashed_site(permissions=READER | {"access deleted contacts"}))
    assert health.can_write is False
    assert "add contacts" in health.warnings[0]


def test_a_wrong_site_time_zone_is_a_warning() -> None:
    site = trashed_site(time_zone="Europe/Prague")
    assert checked(site, site_time_zone="Europe/Prague").warnings == ()
    warning, = checked(site, site_time_zone="America/New_York").warnings
    assert "site_time_zone" in warning


@pytest.mark.parametrize("answer", [
    httpx.Response(200, html="<html>A shop</html>"), httpx.Response(200, json=["not", "civicrm"]),
    httpx.Response(404, html="<html>nothing</html>"), httpx.Response(302, headers={"Location": "/login"}),
    httpx.Response(200, json={"me": {"values": [{"id": 2}]}}),
])
def test_what_is_no_civicrm_is_misconfigured(answer: httpx.Response) -> None:
    async def other(request: httpx.Request, deliver: Any) -> httpx.Response:
        return answer

    site = Site()
    site.wire.next(1, other)
    with pytest.raises(Misconfigured):
        checked(site)


def test_neither_key_nor_names_are_in_errors() -> None:
    with pytest.raises(AuthFailed) as raised:
        checked(Site(), api_key="very-secret-key")
    assert "very-secret-key" not in str(raised.value)
    assert "very-secret-key" not in repr(Site().connector(api_key="very-secret-key").settings)


@pytest.mark.parametrize("given", [
    {"site_time_zone": "Moon/Base"}, {"page_size": 0}, {"custom_fields": ["no group"]}, {"surprise": 1},
])
def test_settings_are_checked(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Site().connector(**given)


def test_the_address_may_be_given_with_the_path_of_the_api() -> None:
    assert checked(trashed_site(), url="http://crm.localhost/civicrm/ajax/api4/").can_write
