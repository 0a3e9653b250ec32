"""The contract every connector keeps: CiviCRM on the sandbox, in both editions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs

import httpx

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness, Wrap
from hub_civicrm.connector import CiviCrm
from hub_civicrm.sandbox import API_KEY, READER, Users, World, create_app
from hub_civicrm.sandbox.world import Account
from hub_civicrm.settings import CiviCrmSettings

WRONG, LOOKING = "wr0ng-api-key", "reader-api-key"


def _reads(action: str, params: Mapping[str, Any] | None = None, *_: Any) -> bool:
    chained = ((params or {}).get("chain") or {}).values()
    return (action.startswith("get") or action == "checkAccess") and all(_reads(*call[1:]) for call in chained)


class CiviHarness(Harness):
    """A site where people work in the CRM's own pages."""

    text = "last_name"
    many = 7
    secrets = (API_KEY, WRONG)
    cannot: ClassVar[Mapping[str, str]] = {
        "user_hide": "the sandbox has no access lists",
        "expire_checkpoint": "a time of modification does not expire",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.app = create_app(clock=self.clock.now, **options)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users

    def make(self, wrap: Wrap, api_key: str = API_KEY) -> CiviCrm:
        settings = CiviCrmSettings.model_validate({"url": "http://crm.localhost", "api_key": api_key, "page_size": 5,
                                                   "writes_per_request": 2})
        transport = wrap(httpx.ASGITransport(app=self.app))
        return CiviCrm(settings, system=self.system, transport=transport, clock=self.clock)

    def credentials_wrong(self, wrap: Wrap) -> CiviCrm:
        return self.make(wrap, WRONG)

    def read_only(self, wrap: Wrap) -> CiviCrm:
        me = self.world.accounts[API_KEY].contact_id
        self.world.accounts[LOOKING] = Account(me, LOOKING, frozenset(READER))
        return self.make(wrap, LOOKING)

    def writes(self, request: httpx.Request) -> bool:
        """Everything is a POST; the actions tell, and those chained to them."""
        form = parse_qs(request.content.decode())
        calls = json.loads(form["calls"][0]).values() if "calls" in form else [request.url.path.split("/")[-2:]]
        return not all(_reads(action, *more) for _, action, *more in calls)

    def sample(self, number: int) -> Native:
        return {"contact_type": "Individual", "first_name": "Anna", "last_name": f"Virtanen {number}",
                "job_title": "Treasurer",
                "emails": [{"email": f"anna{number}@example.org", "location_type": "Home", "is_primary": True}]}

    def user_create(self, native: Native) -> str:
        return str(self.users.add(native))

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.users.edit(int(native_id), **patch)

    def user_delete(self, native_id: str) -> None:
        self.users.trash(int(native_id))

    def user_erase(self, native_id: str) -> None:
        self.users.destroy(int(native_id))

    def user_restore(self, native_id: str) -> None:
        self.users.restore(int(native_id))

    def user_merge(self, winner: str, loser: str) -> None:
        self.users.merge(int(winner), int(loser))

    def user_records(self) -> Mapping[str, Native]:
        return {str(row["id"]): dict(row) for row in self.world.tables["Contact"] if not row["is_deleted"]}


class TestCivi(ContractSuite):
    def harness(self) -> Harness:
        return CiviHarness()


class TestOlderCivi(ContractSuite):
    def harness(self) -> Harness:
        return CiviHarness(edition="5.77")
