"""The contract every connector keeps: Tryton on the sandbox, and with --live on a real server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx
import pytest
from tryton_people import People
from tryton_server import DATABASE, PASSWORD, Server

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness, Wrap
from hub_tryton.connector import Tryton
from hub_tryton.sandbox import Users, World, create_app
from hub_tryton.settings import TrytonSettings

WRONG = "a-wr0ng-passw0rd"


class TrytonHarness(Harness):
    """A server where people work in Tryton's own client."""

    text = "name"
    moving = frozenset({"_timestamp"})
    many = 12
    secrets = (PASSWORD, WRONG)
    cannot: ClassVar[Mapping[str, str]] = {
        "user_restore": "Tryton has no trash; a deactivated party is not deleted",
        "expire_checkpoint": "a time of modification does not expire",
    }
    url: str
    users: People

    def transport(self) -> httpx.AsyncBaseTransport:
        raise NotImplementedError

    def connector(self, wrap: Wrap, **changed: str) -> Tryton:
        given = {"url": self.url, "database": DATABASE, "user": "hub", "password": PASSWORD, "page_size": 5,
                 "writes_per_request": 3, **changed}
        settings = TrytonSettings.model_validate(given)
        return Tryton(settings, system=self.system, transport=wrap(self.transport()), clock=self.clock)

    def make(self, wrap: Wrap) -> Tryton:
        return self.connector(wrap)

    def credentials_wrong(self, wrap: Wrap) -> Tryton:
        return self.connector(wrap, password=WRONG)

    def read_only(self, wrap: Wrap) -> Tryton:
        return self.connector(wrap, user="looker")

    def sample(self, number: int) -> Native:
        return {"kind": "person", "name": f"Anna Virtanen{number}", "emails": [{"value": f"anna{number}@example.test"}]}

    def user_create(self, native: Native) -> str:
        return self.users.create(native)

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.users.edit(native_id, patch)

    def user_delete(self, native_id: str) -> None:
        self.users.delete(native_id)

    def user_erase(self, native_id: str) -> None:
        self.users.delete(native_id)

    def user_hide(self, native_id: str) -> None:
        self.users.hide(native_id)

    def user_merge(self, winner: str, loser: str) -> None:
        self.users.merge(winner, loser)

    def user_records(self) -> Mapping[str, Native]:
        return self.users.records()


class SandboxPeople(People):
    """The same people on the sandbox, by its side door."""

    def __init__(self, users: Users) -> None:
        self.users = users

    def create(self, native: Native) -> str:
        key = native.get("hub_key")
        return str(self.users.add(native["name"], person=native.get("kind") == "person",
                                  emails=[row["value"] for row in native.get("emails", ())],
                                  identifiers=[(None, f"contact-hub:{key}")] if key else []))

    def edit(self, native_id: str, patch: Native) -> None:
        self.users.edit(int(native_id), **patch)

    def delete(self, native_id: str) -> None:
        self.users.delete(int(native_id))

    def merge(self, winner: str, loser: str) -> None:
        self.users.replace(int(loser), int(winner))

    def records(self) -> dict[str, Native]:
        return {str(party): row for party, row in self.users.parties().items()}


class SandboxHarness(TrytonHarness):
    url = "http://books.localhost"

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.app = create_app(clock=self.clock.now, **options)
        world: World = self.app.state.world
        for account in world.users.values():
            account.password = PASSWORD
        self.users = SandboxPeople(self.app.state.users)

    def transport(self) -> httpx.AsyncBaseTransport:
        return httpx.ASGITransport(app=self.app)


class RealHarness(TrytonHarness):
    """The same on a real server, emptied for each check. Only the hub's waiting is make-believe: a check arms long troubles."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.url = server.url
        self.users = People(server.admin, server.category)
        self.users.clear()

    def transport(self) -> httpx.AsyncBaseTransport:
        return httpx.AsyncHTTPTransport(trust_env=False)


class TestTryton(ContractSuite):
    @pytest.fixture(autouse=True)
    def served(self, real_tryton: Server | None) -> None:
        self.server = real_tryton

    def harness(self) -> Harness:
        return SandboxHarness()

    def live_harness(self) -> Harness:
        assert self.server is not None
        return RealHarness(self.server)


class TestTrytonOnPostgresql(ContractSuite):
    """Other change marks, other booleans, and no accounting. There is no such real server here."""

    def harness(self) -> Harness:
        return SandboxHarness(postgresql=True, invoicing=False)

    live_harness = harness
