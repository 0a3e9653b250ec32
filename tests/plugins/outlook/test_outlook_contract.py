"""The contract every connector keeps: Outlook on the sandbox, by application permission and by somebody's sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx
from outlook_site import MemoryStore

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness
from hub.testing.contract.trouble import Wrap
from hub_outlook.connector import Outlook
from hub_outlook.native import body_of, record
from hub_outlook.sandbox import CLIENT_ID, MAILBOX, SECRET, TENANT, Users, World, create_app
from hub_outlook.settings import OutlookSettings

WRONG = "wr0ng-client-secret"


class OutlookHarness(Harness):
    """A mailbox whose owner works in Outlook."""

    collection = MAILBOX
    text = "surname"
    moving = frozenset({"displayName"})
    many = 7
    secrets = (SECRET, WRONG)
    cannot: ClassVar[Mapping[str, str]] = {
        "user_merge": "Outlook's own linking of contacts is not told by Microsoft Graph, and it leaves both records there",
    }

    def __init__(self) -> None:
        super().__init__()
        self.app = create_app(clock=self.clock.now)
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users
        self.elsewhere = self.users.folder(MAILBOX, "Private")

    def make(self, wrap: Wrap, secret: str = SECRET) -> Outlook:
        settings = OutlookSettings.model_validate({
            "url": "http://graph.localhost", "tenant": TENANT, "client_id": CLIENT_ID, "client_secret": secret, "page_size": 5,
            "mailboxes": [MAILBOX], "folders": ["Contacts"]})
        return Outlook(settings, system=self.system, transport=wrap(httpx.ASGITransport(app=self.app)), clock=self.clock)

    def credentials_wrong(self, wrap: Wrap) -> Outlook:
        return self.make(wrap, WRONG)

    def read_only(self, wrap: Wrap) -> Outlook:
        self.world.roles = {"Contacts.Read"}
        return self.make(wrap)

    def sample(self, number: int) -> Native:
        return {"givenName": "Anna", "surname": f"Virtanen {number}", "jobTitle": "Treasurer", "companyName": "Example ry",
                "birthday": "1990-02-28", "emailAddresses": {"first": {"address": f"anna{number}@example.org"}},
                "businessPhones": {"first": "+358 9 1234567"}, "homeAddress": {"street": "Mannerheimintie 1"}}

    def user_create(self, native: Native) -> str:
        return self.users.add(MAILBOX, body_of(native))

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.users.edit(native_id, **body_of(patch))

    def user_delete(self, native_id: str) -> None:
        self.users.delete(native_id)

    def user_erase(self, native_id: str) -> None:
        self.users.erase(native_id)

    def user_restore(self, native_id: str) -> None:
        self.users.restore(native_id)

    def user_hide(self, native_id: str) -> None:
        self.users.move(native_id, self.elsewhere)

    def user_records(self) -> Mapping[str, Any]:
        there = {native_id: item for native_id, item in self.users.present().items() if item.folder != self.elsewhere}
        return {native_id: record("", MAILBOX, {**item.row, "id": native_id, "@odata.etag": item.etag}).data
                for native_id, item in there.items()}

    def expire_checkpoint(self) -> None:
        self.users.forget_changes()


class SignedInHarness(OutlookHarness):
    """Somebody's own mailbox, after a sign-in."""

    collection = "me"
    secrets = ("wr0ng-refresh-token",)

    def make(self, wrap: Wrap, secret: str = "") -> Outlook:
        settings = OutlookSettings.model_validate({
            "url": "http://graph.localhost", "tenant": "common", "client_id": CLIENT_ID, "page_size": 5, "folders": ["Contacts"]})
        made = Outlook(settings, system=self.system, transport=wrap(httpx.ASGITransport(app=self.app)), clock=self.clock)
        made.keep_in(MemoryStore(secret or self.world.identity.signed_in(MAILBOX, "Contacts.ReadWrite")))
        return made

    def credentials_wrong(self, wrap: Wrap) -> Outlook:
        return self.make(wrap, "wr0ng-refresh-token")

    def read_only(self, wrap: Wrap) -> Outlook:
        self.world.identity.narrowed = True
        return self.make(wrap)


class TestOutlook(ContractSuite):
    def harness(self) -> Harness:
        return OutlookHarness()


class TestSignedIn(ContractSuite):
    """By device code: delegated permission."""

    def harness(self) -> Harness:
        return SignedInHarness()
