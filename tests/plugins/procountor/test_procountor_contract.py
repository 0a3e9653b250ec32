"""The contract every connector keeps: Procountor on the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness, Wrap
from hub_procountor.connector import Procountor
from hub_procountor.native import laid, record
from hub_procountor.sandbox import API_KEY, CLIENT_ID, GROUP, SECRET, Users, World, create_app
from hub_procountor.settings import ProcountorSettings

WRONG = "wr0ng-api-key"


class ProcountorHarness(Harness):
    """A company whose bookkeeper works in Procountor's own pages."""

    text = "name"
    moving = frozenset({"version"})
    many = 12
    secrets = (SECRET, API_KEY, WRONG)
    cannot: ClassVar[Mapping[str, str]] = {
        "user_erase": "Procountor's pages know active and inactive customers, and no deleting",
        "user_merge": "Procountor's pages know no merging of customers",
        "expire_checkpoint": "a time of change does not expire",
    }

    def __init__(self) -> None:
        super().__init__()
        self.app = create_app(clock=self.clock.now)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users

    def make(self, wrap: Wrap, key: str = API_KEY) -> Procountor:
        settings = ProcountorSettings.model_validate({
            "url": "http://books.localhost", "client_id": CLIENT_ID, "client_secret": SECRET, "api_key": key, "page_size": 5})
        return Procountor(settings, system=self.system, transport=wrap(httpx.ASGITransport(app=self.app)), clock=self.clock)

    def credentials_wrong(self, wrap: Wrap) -> Procountor:
        return self.make(wrap, WRONG)

    def read_only(self, wrap: Wrap) -> Procountor:
        self.world.right = "VIEWING_RIGHTS"
        return self.make(wrap)

    def sample(self, number: int) -> Native:
        return {"kind": "organisation", "name": f"Virtanen {number} Oy", "email": f"laskut{number}@example.test",
                "language": "FINNISH", "identifiers": [{"type": "FI", "code": f"{number:07}-8"}], "phone": "+358 9 123456",
                "einvoiceAddress": f"0037{number:08}", "einvoiceOperator": "003723327487",
                "address": {"street": "Mannerheimintie 1", "zip": "00100", "city": "Helsinki", "country": "FI"}}

    def user_create(self, native: Native) -> str:
        return str(self.users.add(laid({}, native)))

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.world.put(int(native_id), laid(self.world.partners[int(native_id)], patch))

    def user_delete(self, native_id: str) -> None:
        self.users.inactivate(int(native_id))

    def user_restore(self, native_id: str) -> None:
        self.users.activate(int(native_id))

    def user_hide(self, native_id: str) -> None:
        self.users.becomes_supplier(int(native_id))

    def user_records(self) -> Mapping[str, Any]:
        return {native_id: record("", partner, GROUP).data for native_id, partner in self.users.customers().items()}


class TestProcountor(ContractSuite):
    def harness(self) -> Harness:
        return ProcountorHarness()
