"""Signing in with a code, and what becomes of the refresh token."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx
import pytest
from outlook_site import MemoryStore, Site

from hub.sdk import AuthFailed, ConnectorError, Health, Misconfigured
from hub_outlook.connector import Outlook
from hub_outlook.device import DeviceSignIn
from hub_outlook.sandbox import MAILBOX, TENANT

ME: dict[str, Any] = {"client_secret": None, "mailboxes": [], "tenant": "common"}
PERSONAL = "anna@outlook.example"


class Killed(BaseException):
    """The process ended here."""


def at_poll(site: Site, number: int, act: Callable[[], Any]) -> None:
    """While the connector asks for the ``number``-th time whether somebody signed in."""
    polls = 0

    def seen(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        nonlocal polls
        if b"device_code=" in request.content:
            polls += 1
            if polls == number:
                act()
        return answer

    site.wire.mishap = seen


def sign_in(site: Site, store: MemoryStore, **settings: Any) -> tuple[str, list[str]]:
    told: list[str] = []

    async def work(connector: Outlook) -> str:
        connector.keep_in(store)
        return await connector.sign_in(told.append)

    return site.call(work, **settings), told


def use(site: Site, store: MemoryStore) -> Health:
    async def work(connector: Outlook) -> Health:
        connector.keep_in(store)
        return await connector.check()

    return site.call(work)


@pytest.mark.parametrize("tenant", ["common", TENANT])
def test_somebody_signs_in_and_the_hub_stays_signed_in(tenant: str) -> None:
    site, store = Site({**ME, "tenant": tenant}), MemoryStore()
    at_poll(site, 3, lambda: site.world.identity.approve(MAILBOX))
    who, told = sign_in(site, store)
    assert who == MAILBOX
    code = next(iter(site.world.identity.codes.values()), None)
    assert code is None  # used up
    assert "microsoft.com/devicelogin" in told[0]
    assert "15 minutes" in told[0]
    assert use(site, store).can_write
    assert {told.split()[0] for told in site.world.log.operations} == {"GET"}  # the token's answer says what we may
    assert len(store.written) == 2  # replaced with its first use
    assert set(store.written) <= site.world.identity.refreshes.keys()


def test_a_personal_account_signs_in_where_tenant_is_consumers() -> None:
    site, store = Site({**ME, "tenant": "consumers"}), MemoryStore()
    site.users.arrive(PERSONAL, personal=True)
    at_poll(site, 1, lambda: site.world.identity.approve(PERSONAL))
    assert sign_in(site, store)[0] == PERSONAL


def test_asked_too_often_the_connector_slows_down() -> None:
    site, store = Site(ME), MemoryStore()

    class Hasty:
        """A clock that runs half as far as it is told to."""

        def now(self) -> float:
            return site.clock.now()

        async def sleep(self, seconds: float, /) -> None:
            await site.clock.sleep(seconds / 2)

    asked: list[float] = []

    def seen(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if b"device_code=" in request.content:
            asked.append(site.clock.now())
            if len(asked) == 3:
                site.world.identity.approve(MAILBOX)
        return answer

    site.wire.mishap = seen

    async def work(connector: Outlook) -> None:
        connector.keep_in(store)
        await DeviceSignIn(connector.api.login, Hasty()).run(lambda words: None)

    site.call(work)
    assert store.read()
    assert [later - earlier for earlier, later in pairwise(asked)] == pytest.approx([2.5, 5.0, 5.0], abs=0.1)


@pytest.mark.parametrize(("arrange", "error", "cure"), [
    (lambda site: None, AuthFailed, "was not entered in time"),
    (lambda site: at_poll(site, 2, site.world.identity.decline), AuthFailed, "declined on Microsoft's page"),
    (lambda site: (at_poll(site, 2, lambda: site.world.identity.approve(MAILBOX)),
                   setattr(site.world.identity.people[MAILBOX], "consents", False)), AuthFailed, "nobody has consented"),
    (lambda site: at_poll(site, 2, lambda: site.world.identity.approve("nobody@else.example")), AuthFailed, "no account"),
    (lambda site: setattr(site.world.identity, "public_client", False), Misconfigured, "Allow public client flows"),
])
def test_a_sign_in_that_comes_to_nothing_says_why(arrange: Any, error: type[ConnectorError], cure: str) -> None:
    site, store = Site(ME), MemoryStore()
    arrange(site)
    with pytest.raises(error) as told:
        sign_in(site, store)
    assert cure in str(told.value)
    assert not store.written


def test_an_application_needs_no_sign_in() -> None:
    with pytest.raises(Misconfigured, match="client_secret"):
        sign_in(Site(), MemoryStore())


@pytest.mark.parametrize("retires_old", [False, True])
@pytest.mark.parametrize("when", ["before it is kept", "before it is used", "after its first use"])
def test_killed_around_a_replaced_token_no_new_sign_in_is_needed(when: str, retires_old: bool) -> None:
    """``retires_old``: also at a service that ends the old token as soon as the new one is used."""
    site = Site(ME)
    site.world.identity.retires_old = retires_old
    first = site.world.identity.signed_in(MAILBOX, "Contacts.ReadWrite")

    class Mortal(MemoryStore):
        def write(self, secret: str) -> None:
            if when == "before it is kept":
                raise Killed
            super().write(secret)
            if when == "before it is used":
                raise Killed

    store = Mortal(first)

    def seen(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if when == "after its first use" and "/v1.0/" in str(request.url):
            raise Killed
        return answer

    site.wire.mishap = seen
    with pytest.raises(Killed):
        use(site, store)
    site.wire.mishap = None
    assert use(site, MemoryStore(store.read())).can_write


def test_a_token_is_asked_for_once_and_again_before_it_expires() -> None:
    site, store = Site(ME), MemoryStore()
    store.write(site.world.identity.signed_in(MAILBOX, "Contacts.ReadWrite"))

    async def work(connector: Outlook) -> list[int]:
        connector.keep_in(store)
        counts = []
        for wait in (0, 600, 3000):
            site.clock.turn(wait)
            await connector.check()
            counts.append(len(store.written))
        return counts

    assert site.call(work) == [2, 2, 3]


def test_an_access_token_that_graph_refuses_is_replaced_once() -> None:
    site, store = Site(ME), MemoryStore(Site(ME).world.identity.signed_in(MAILBOX))
    store.write(site.world.identity.signed_in(MAILBOX, "Contacts.ReadWrite"))

    async def work(connector: Outlook) -> Health:
        connector.keep_in(store)
        await connector.check()
        site.world.identity.accesses.clear()
        return await connector.check()

    assert site.call(work).can_write
