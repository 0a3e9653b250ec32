"""Secrets and rights that are wrong, each with its own words and cure."""

from __future__ import annotations

import pytest
from procountor_site import Site

from hub.sdk import AuthFailed, Misconfigured
from hub_procountor.connector import Procountor


def said(site: Site, **settings: str) -> str:
    with pytest.raises(AuthFailed) as refused:
        site.call(lambda connector: connector.check(), **settings)
    return str(refused.value)


def test_each_wrong_secret_has_its_own_cure() -> None:
    site = Site()
    key, secret, client = said(site, api_key="wr0ng"), said(site, client_secret="wr0ng"), said(site, client_id="wr0ng")
    site.world.m2m = False
    unauthorized = said(site)
    assert "API key: it was mistyped or revoked" in key
    assert "Basics, API client keys" in key
    assert secret == client
    assert "client ID with this client secret" in secret
    assert "may not use API keys" in unauthorized
    assert "wr0ng" not in key + secret + client


def test_a_revoked_key_is_told_when_the_token_ends() -> None:
    site = Site()

    async def work(connector: Procountor) -> None:
        await connector.check()
        site.world.keys.clear()
        await connector.check()  # the token still stands
        site.clock.turn(3600)
        with pytest.raises(AuthFailed, match="mistyped or revoked"):
            await connector.check()

    site.call(work)


def test_an_expired_token_is_renewed_before_and_after_it_is_refused() -> None:
    site = Site()

    async def work(connector: Procountor) -> None:
        await connector.check()
        site.clock.turn(3500)  # 100 s before it ends
        await connector.check()
        site.world.tokens.clear()  # Procountor forgot it before its time
        await connector.check()

    site.call(work)
    assert len(site.world.tokens) == 1


def test_a_token_that_is_refused_at_once_is_asked_for_twice_and_no_more() -> None:
    site = Site()
    site.world.tokens = Forgetful()
    with pytest.raises(AuthFailed, match="refuses a token it has just given"):
        site.call(lambda connector: connector.check())
    assert len(site.wire.sent) == 2


class Forgetful(dict[str, float]):
    """Tokens that are not kept."""

    def __setitem__(self, token: str, until: float) -> None:
        pass


def test_rights_are_told() -> None:
    site = Site()
    health = site.call(lambda connector: connector.check())
    assert (health.identity, health.fingerprint) == ("Contact hub of Example ry", "Procountor company 4711")
    assert health.can_write
    assert not health.warnings
    site.world.right = "VIEWING_RIGHTS"
    looking = site.call(lambda connector: connector.check())
    assert not looking.can_write
    assert "All rights to the customer register" in looking.warnings[0]
    site.world.right = "NO_ACCESS"
    assert "Management, Users and user rights" in said(site)


def test_a_group_that_lacks_is_told() -> None:
    health = Site(people_group=None).call(lambda connector: connector.check())
    assert "no customer group" in health.warnings[0]


def test_a_wrong_address_is_told() -> None:
    with pytest.raises(Misconfigured, match=r"https://api\.procountor\.com"):
        Site().call(lambda connector: connector.check(), url="http://books.localhost/old")


def test_a_run_asks_whose_company_it_is_with_one_request() -> None:
    site = Site()
    assert site.call(lambda connector: connector.fingerprint()) == "Procountor company 4711"
    assert len(site.wire.sent) == 1
