"""Logins and addresses that are wrong, with the cure; sessions that lapse."""

from __future__ import annotations

import logging

import pytest
from lemonsoft_site import Site

from hub.sdk import AuthFailed, Misconfigured
from hub_lemonsoft.connector import Lemonsoft


def said(site: Site, **settings: str) -> str:
    with pytest.raises(AuthFailed) as refused:
        site.call(lambda connector: connector.check(), **settings)
    return str(refused.value)


@pytest.mark.parametrize("wrong", ["user", "password", "database", "api_key"])
def test_a_refused_login_says_where_to_look_and_never_the_secret(wrong: str) -> None:
    words = said(Site(), **{wrong: "wr0ng"})
    assert "user and password (sign in to Lemonsoft with them once), the name of the database, the API key" in words
    assert "wr0ng" not in words


def test_a_login_without_the_licence_has_words_of_its_own() -> None:
    site = Site()
    site.world.licensed.clear()
    assert "IWS_LOG" in said(site)


def test_a_refused_login_is_tried_once() -> None:
    site = Site()

    async def twice(connector: Lemonsoft) -> None:
        for _ in range(2):
            with pytest.raises(AuthFailed):
                await connector.check()

    site.call(twice, password="wr0ng")
    assert site.world.log == ["POST auth/login"]


def test_a_lapsed_session_is_renewed_once() -> None:
    site = Site()
    site.organisation()

    async def work(connector: Lemonsoft) -> None:
        for _ in range(2):
            await connector.check()
            site.world.sessions.clear()

    site.call(work)
    assert site.world.logins == 2


def test_a_key_that_was_deleted_is_told_when_the_session_lapses() -> None:
    site = Site()

    async def work(connector: Lemonsoft) -> None:
        await connector.check()
        site.world.keys.clear()
        site.world.sessions.clear()
        with pytest.raises(AuthFailed, match="one that was deleted there works no more"):
            await connector.check()

    site.call(work)


def test_a_session_that_is_refused_at_once_has_words_of_its_own() -> None:
    site = Site()
    site.world.sessions = Forgetful()
    assert "does not accept the session it has just given" in said(site)
    assert site.world.logins == 1


class Forgetful(set[str]):
    """Sessions that are not kept."""

    def add(self, session: str) -> None:
        pass


def test_a_wrong_address_is_told() -> None:
    with pytest.raises(Misconfigured, match="LemonRest"):
        Site().call(lambda connector: connector.check(), url="http://lemon.localhost/old")


def test_check_tells_what_it_cannot_know() -> None:
    site = Site()
    site.organisation()
    health = site.call(lambda connector: connector.check())
    assert (health.identity, health.fingerprint) == ("hub@example.org", "Lemonsoft database LemonDB1 at lemon.localhost")
    assert "No customer is in the group" in health.warnings[0]
    assert "the first write will show it" in health.warnings[1]
    site.person()
    assert len(site.call(lambda connector: connector.check()).warnings) == 1
    none = site.call(lambda connector: connector.check(), people_group=None)
    assert "people_group is empty" in none.warnings[0]


def test_no_session_and_no_customer_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    site = Site()
    site.organisation()
    site.pull()
    assert not any(text in caplog.text for text in ("session-0", "laskut@example.org", "Example Oy"))
