"""The contract every connector keeps: Dynamics 365 on the sandbox, write by write and many at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness
from hub.testing.contract.trouble import Wrap
from hub_dynamics.connector import Dynamics
from hub_dynamics.sandbox import CLIENT_ID, SECRET, TENANT, Column, Users, World, create_app, role
from hub_dynamics.settings import DynamicsSettings

WRONG = "wr0ng-client-secret"
CONTACT = "Microsoft.Dynamics.CRM.contact"


class DynamicsHarness(Harness):
    """An environment where people work in Dynamics' own pages."""

    text = "lastname"
    many = 7
    secrets = (SECRET, WRONG)
    cannot: ClassVar[Mapping[str, str]] = {
        "user_hide": "changes are told only to an account that may read everything",
        "user_erase": "there is one way to delete, and it is for good",
        "user_restore": "a deleted record cannot be taken back by its users",
    }

    def __init__(self, at_once: int = 2, key_column: str | None = None) -> None:
        super().__init__()
        custom = {table: {key_column: Column("string", 100)} for table in ("contact", "account")} if key_column else {}
        keys = {table: {key_column: "Active"} for table in custom} if key_column else {}
        self.app, self.at_once = create_app(clock=self.clock.now, custom=custom, keys=keys), at_once
        self.key_column = key_column
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users

    def make(self, wrap: Wrap, secret: str = SECRET) -> Dynamics:
        settings = DynamicsSettings.model_validate({
            "url": "http://crm.localhost", "tenant": TENANT, "client_id": CLIENT_ID, "client_secret": secret, "page_size": 5,
            "writes_per_request": self.at_once, "key_column": self.key_column})
        transport = wrap(httpx.ASGITransport(app=self.app))
        return Dynamics(settings, system=self.system, transport=transport, clock=self.clock)

    def credentials_wrong(self, wrap: Wrap) -> Dynamics:
        return self.make(wrap, WRONG)

    def read_only(self, wrap: Wrap) -> Dynamics:
        self.world.privileges = role(acts=("Read",))
        return self.make(wrap)

    def sample(self, number: int) -> Native:
        return {"@odata.type": CONTACT, "firstname": "Anna", "lastname": f"Virtanen {number}", "jobtitle": "Treasurer",
                "emailaddress1": f"anna{number}@example.org"}

    def user_create(self, native: Native) -> str:
        return self.users.add("contact", {name: value for name, value in native.items() if not name.startswith("@")})

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.users.edit(native_id, **patch)

    def user_delete(self, native_id: str) -> None:
        self.users.delete(native_id)

    def user_merge(self, winner: str, loser: str) -> None:
        self.users.merge(winner, loser)

    def user_records(self) -> Mapping[str, Any]:
        return {guid: dict(row) for table in self.world.tables.values() for guid, row in table.rows.items()
                if not row["merged"]}

    def expire_checkpoint(self) -> None:
        self.users.forget_changes()


class TestDynamics(ContractSuite):
    def harness(self) -> Harness:
        return DynamicsHarness()


class TestManyAtOnce(ContractSuite):
    """Creates go by CreateMultiple."""

    def harness(self) -> Harness:
        return DynamicsHarness(at_once=50)


class TestKeyColumn(ContractSuite):
    """The hub's key stands in a column of the site's own, and Dataverse chooses the ids."""

    def harness(self) -> Harness:
        return DynamicsHarness(at_once=50, key_column="new_hubkey")
