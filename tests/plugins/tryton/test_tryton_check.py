"""check(): what is wrong is told apart, each with its cure."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tryton_site import Site

from hub.sdk import AuthFailed, Health, Misconfigured
from hub_tryton.sandbox import READER
from hub_tryton.settings import TrytonSettings


def checked(site: Site, **settings: Any) -> Health:
    return site.call(lambda connector: connector.check(), **settings)


def test_a_good_account_is_told_without_warnings() -> None:
    site = Site(parties=[{"name": "Yhdistys ry"}])
    with site.world.transaction():
        site.world.insert("company.company", {"party": 1})
    health = checked(site)
    assert (health.identity, health.can_write, health.warnings) == ("hub", True, ())
    assert (health.fingerprint, health.server) == ("Tryton database hub of Yhdistys ry", "Tryton 8.2")


def test_a_database_without_a_company_is_named_all_the_same() -> None:
    assert checked(Site()).fingerprint == "Tryton database hub"


@pytest.mark.parametrize(("settings", "kind", "cure"), [
    ({"password": "nonsense-password"}, AuthFailed, "does not know this user with this password"),
    ({"user": "nobody"}, AuthFailed, "does not know this user with this password"),
    ({"database": "elsewhere"}, Misconfigured, "no database of this name"),
    ({"url": "http://books.localhost/tryton"}, Misconfigured, "no Tryton answers at this url"),
])
def test_what_was_filled_in_wrong_is_told_with_its_cure(settings: dict[str, str], kind: type[Exception], cure: str) -> None:
    with pytest.raises(kind, match=cure) as raised:
        checked(Site(), **settings)
    assert "nonsense" not in str(raised.value)


def test_a_server_that_was_started_without_the_database_is_told_so() -> None:
    site = Site()
    site.world.loaded = False
    with pytest.raises(Misconfigured, match="Start it with the option -d"):
        checked(site)


def test_a_login_that_asks_for_more_than_a_password_is_told_so() -> None:
    site = Site()
    site.world.second_factor = True
    with pytest.raises(AuthFailed, match="more than a password"):
        checked(site)


def test_a_user_who_may_only_read_is_told_so() -> None:
    health = checked(Site(), user=READER)
    assert not health.can_write
    assert any("it only reads" in warning for warning in health.warnings)


def test_a_user_who_may_not_even_read_is_refused() -> None:
    site = Site()
    site.world.users[READER].acts = frozenset()
    with pytest.raises(AuthFailed, match="may not read parties"):
        checked(site, user=READER)


@pytest.mark.parametrize(("options", "words"), [
    ({"people": None}, "no category of the name in people_category"),
    ({"countries": ()}, "trytond_import_countries"),
])
def test_what_would_hold_writes_back_is_warned_about(options: dict[str, Any], words: str) -> None:
    warnings = checked(Site(**options)).warnings
    assert [words in warning for warning in warnings] == [True]


def test_a_wrong_password_is_tried_once() -> None:
    """Five make the user wait, and with it the people who know that user's name."""
    site = Site()
    with pytest.raises(AuthFailed):
        checked(site, password="nonsense-password")
    assert site.world.attempts["hub"] == 1


def test_a_session_that_lapsed_is_renewed() -> None:
    site = Site(parties=[{"name": "Oy Ab"}])

    async def twice(connector: Any) -> Any:
        await connector.fetch([site.ref(1)])
        site.world.sessions.clear()
        return await connector.fetch([site.ref(1)])

    assert site.call(twice)[0].data["name"] == "Oy Ab"


@pytest.mark.parametrize("url", ["https://books.example/", "https://books.example/rpc/", " https://books.example "])
def test_the_address_may_be_written_in_several_ways(url: str) -> None:
    given = {"url": url, "database": "hub", "user": "hub", "password": "x"}
    assert TrytonSettings.model_validate(given).url == "https://books.example"


@pytest.mark.parametrize("change", [{"database": "a/b"}, {"user": "a:b"}, {"page_size": 0}, {"overlap_s": 0}, {"more": 1}])
def test_settings_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TrytonSettings.model_validate({"url": "https://x.example", "database": "hub", "user": "hub", "password": "x", **change})
