"""The contract every connector keeps: Guild Roll on its sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import httpx
from pydantic import SecretStr

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness, Wrap
from hub_example.connector import Example
from hub_example.sandbox import READER, TOKEN, Roll, create_app
from hub_example.settings import ExampleSettings

WRONG = "wr0ng-guild-token"


class ExampleHarness(Harness):
    """A register where people work in its own pages."""

    text = "family"
    moving = frozenset({"version"})
    secrets = (TOKEN, READER, WRONG)
    cannot: ClassVar[Mapping[str, str]] = {
        "user_erase": "there is one way to delete, and it is for good",
        "user_restore": "Guild Roll has no trash",
        "user_merge": "Guild Roll has no merging",
        "user_hide": "a token sees all members or none",
        "expire_checkpoint": "a version does not expire",
    }

    def __init__(self) -> None:
        super().__init__()
        self.app = create_app()
        self.roll: Roll = self.app.state.roll

    def make(self, wrap: Wrap, token: str = TOKEN) -> Example:
        settings = ExampleSettings(url="http://127.0.0.1/", token=SecretStr(token))
        return Example(settings, system=self.system, transport=wrap(httpx.ASGITransport(app=self.app)), clock=self.clock)

    def credentials_wrong(self, wrap: Wrap) -> Example:
        return self.make(wrap, WRONG)

    def read_only(self, wrap: Wrap) -> Example:
        return self.make(wrap, READER)

    def sample(self, number: int) -> Native:
        return {"given": "Anna", "family": f"Virtanen {number}", "email": f"anna{number}@example.org"}

    def user_create(self, native: Native) -> str:
        return str(self.roll.add(dict(native))["id"])

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.roll.edit(int(native_id), dict(patch))

    def user_delete(self, native_id: str) -> None:
        self.roll.delete(int(native_id))

    def user_records(self) -> Mapping[str, Native]:
        return {str(number): member for number, member in self.roll.present().items()}


class TestExample(ContractSuite):
    def harness(self) -> Harness:
        return ExampleHarness()
