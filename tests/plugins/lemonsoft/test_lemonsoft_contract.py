"""The contract every connector keeps: Lemonsoft on the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness, Wrap
from hub_lemonsoft.connector import Lemonsoft
from hub_lemonsoft.native import TEXTS, record
from hub_lemonsoft.sandbox import API_KEY, DATABASE, PASSWORD, PEOPLE, USER, Users, World, create_app
from hub_lemonsoft.settings import LemonsoftSettings

WRONG = "wr0ng-passw0rd"


class LemonsoftHarness(Harness):
    """A company whose bookkeeper works in Lemonsoft's own pages."""

    text = "name"
    moving = frozenset({"modified"})
    many = 12
    secrets = (PASSWORD, API_KEY, WRONG, "session-000")
    cannot: ClassVar[Mapping[str, str]] = {
        "user_erase": "Lemonsoft's text has customers that are active or not, and no deleting",
        "user_merge": "Lemonsoft's text has no merging of customers",
        "expire_checkpoint": "a time of change does not expire",
        "read_only": "no page says what becomes of a write by a user who may only read",
    }

    def __init__(self) -> None:
        super().__init__()
        self.app = create_app(clock=self.clock.now)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users

    def make(self, wrap: Wrap, password: str = PASSWORD) -> Lemonsoft:
        settings = LemonsoftSettings.model_validate({
            "url": "http://lemon.localhost", "database": DATABASE, "user": USER, "password": password, "api_key": API_KEY,
            "people_group": PEOPLE, "page_size": 5})
        return Lemonsoft(settings, system=self.system, transport=wrap(httpx.ASGITransport(app=self.app)), clock=self.clock)

    def credentials_wrong(self, wrap: Wrap) -> Lemonsoft:
        return self.make(wrap, WRONG)

    def sample(self, number: int) -> Native:
        return {"kind": "organisation", "name": f"Virtanen {number} Oy", "email": f"laskut{number}@example.test",
                "identifiers": [{"type": "business-id", "code": f"{number:07}-8"}], "phone": "+358 9 123456",
                "finvoice_address": f"0037{number:08}", "street": "Mannerheimintie 1", "postal_code": "00100", "city": "Helsinki",
                "country": "FI"}

    def user_create(self, native: Native) -> str:
        return str(self.users.add(row_of(native)))

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.users.edit(int(native_id), **row_of(patch))

    def user_delete(self, native_id: str) -> None:
        self.users.inactivate(int(native_id))

    def user_restore(self, native_id: str) -> None:
        self.users.activate(int(native_id))

    def user_hide(self, native_id: str) -> None:
        self.users.becomes_supplier(int(native_id))

    def user_records(self) -> Mapping[str, Any]:
        return {native_id: record("", row, PEOPLE).data for native_id, row in self.users.customers().items()}


def row_of(native: Native) -> dict[str, Any]:
    row = {name: native[name] for name in (*TEXTS, "country") if name in native}
    if "identifiers" in native:
        row["vat"] = next((each["code"] for each in native["identifiers"]), None)
    return row


class TestLemonsoft(ContractSuite):
    def harness(self) -> Harness:
        return LemonsoftHarness()
