"""Outlook and the people who work in it: they also move contacts to another folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub_demo.real.offices.office import NAMES, Office, swapped
from hub_outlook.sandbox import MAILBOX, create_app

_PROPERTY = {"name.given": "givenName", "name.family": "surname", "title": "jobTitle", "nickname": "nickName",
             "company": "companyName", "notes": "personalNotes"}


class Outlook(Office):
    kind = "outlook"
    units = (*NAMES, "title", "nickname", "company", "notes")
    room = 3

    def open(self) -> None:
        self.app = create_app(clock=self.clock.now)
        self.users, self.world = self.app.state.users, self.app.state.world
        self.world.sparse, self.world.replays = self.rng.random() < 0.5, self.rng.random() < 0.3
        self.world.honours_if_match = self.rng.random() < 0.5
        self.folder = self.users.folder(MAILBOX, "Archive")
        self.settings = {**self.app.state.settings, "page_size": self.rng.choice([2, 50])}

    def people(self) -> list[str]:
        return list(self.users.present())

    def read(self, record: str, unit: str) -> str | None:
        return self.users.row(record)[_PROPERTY[unit]] or None

    def type(self, record: str, unit: str, value: str | None) -> None:
        self.users.edit(record, **{_PROPERTY[unit]: value})

    def mails(self, record: str) -> list[str]:
        return [str(each["address"]) for each in self.users.row(record)["emailAddresses"] if each.get("address")]

    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        after = swapped(self.mails(record), old, new)
        self.users.edit(record, emailAddresses=[{"address": each, "name": each} for each in after])

    def add(self, given: str, family: str, mail: str) -> str:
        return str(self.users.add(MAILBOX, {"givenName": given, "surname": family,
                                            "emailAddresses": [{"address": mail, "name": mail}]}))

    def delete(self, record: str) -> None:
        self.users.delete(record)

    @property
    def acts(self) -> Mapping[str, Callable[[str], None]]:
        return {"move": self._move}

    def _move(self, record: str) -> None:
        _, item = self.users.item(record)
        self.users.move(record, "" if item.folder == self.folder else self.folder)

    def lapse(self) -> bool:
        self.world.identity.accesses.clear()
        return True

    def unhelpful(self) -> None:
        self.world.honours_if_match = False

    def forget(self) -> None:
        self.users.forget_changes()
