"""Dynamics 365 and the people who work in its pages."""

from __future__ import annotations

from hub_demo.real.offices.office import NAMES, Office
from hub_dynamics.sandbox import create_app

_COLUMN = {"name.given": "firstname", "name.family": "lastname", "title": "jobtitle", "nickname": "nickname",
           "notes": "description"}
_SLOTS = ("emailaddress1", "emailaddress2", "emailaddress3")


class Dynamics(Office):
    kind = "dynamics"
    units = (*NAMES, "title", "nickname", "notes")
    room = len(_SLOTS)

    def open(self) -> None:
        self.app = create_app(clock=self.clock.now)
        self.users, self.world = self.app.state.users, self.app.state.world
        self.settings = {**self.app.state.settings, "page_size": self.rng.choice([2, 5000])}

    def people(self) -> list[str]:
        return [guid for guid, row in self.world.tables["contact"].rows.items() if not row["merged"]]

    def read(self, record: str, unit: str) -> str | None:
        return self.users.row(record)[_COLUMN[unit]] or None

    def type(self, record: str, unit: str, value: str | None) -> None:
        self.users.edit(record, **{_COLUMN[unit]: value})

    def mails(self, record: str) -> list[str]:
        return [str(row) for name in _SLOTS if (row := self.users.row(record)[name])]

    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        row = self.users.row(record)
        slot = next(name for name in _SLOTS if (row[name] or None) == old)
        self.users.edit(record, **{slot: new})

    def add(self, given: str, family: str, mail: str) -> str:
        return str(self.users.add("contact", {"firstname": given, "lastname": family, "emailaddress1": mail}))

    def delete(self, record: str) -> None:
        self.users.delete(record)

    def merge(self, winner: str, loser: str) -> bool:
        self.users.merge(winner, loser)
        return True

    def opted_out(self, record: str) -> bool | None:
        return bool(self.users.row(record)["donotemail"])

    def opt_out(self, record: str) -> None:
        self.users.edit(record, donotemail=True)

    def lapse(self) -> bool:
        self.world.tokens.clear()
        return True

    def forget(self) -> None:
        self.users.forget_changes()
