"""Tryton and the people who work in its client: a name is one field, e-mail addresses are rows of their own."""

from __future__ import annotations

from hub_demo.real.offices.office import FullName, Office
from hub_tryton.sandbox import create_app

_ROWS = "party.contact_mechanism"


class Tryton(Office):
    kind = "tryton"

    def open(self) -> None:
        self.app = create_app(clock=self.clock.now, postgresql=self.rng.random() < 0.5, invoicing=self.rng.random() < 0.5)
        self.users, self.world = self.app.state.users, self.app.state.world
        self.settings = {**self.app.state.settings, "page_size": self.rng.choice([2, 500])}
        self.person = self.users.category("Person")

    def people(self) -> list[str]:
        return [str(record) for record, row in self.users.parties().items() if self.person in row["categories"]]

    def read(self, record: str, unit: str) -> str | None:
        return FullName.part(self._name(record), unit)

    def type(self, record: str, unit: str, value: str | None) -> None:
        self.users.edit(int(record), name=FullName.changed(self._name(record), unit, value))

    def mails(self, record: str) -> list[str]:
        return list(self._mails(record))

    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        rows = self._mails(record)
        if old is None:
            self.users.add_row(_ROWS, int(record), type="email", value=new)
        elif new is None:
            self.users.remove_row(_ROWS, rows[old])
        else:
            self.users.edit_row(_ROWS, rows[old], value=new)

    def add(self, given: str, family: str, mail: str) -> str:
        return str(self.users.add(f"{given} {family}", person=True, emails=[mail]))

    def delete(self, record: str) -> None:
        (self.users.delete if self.rng.random() < 0.5 else self.users.deactivate)(int(record))

    def merge(self, winner: str, loser: str) -> bool:
        self.users.replace(int(loser), int(winner))
        return True

    def lapse(self) -> bool:
        self.world.sessions.clear()
        return True

    def _name(self, record: str) -> str | None:
        name: str | None = self.users.parties()[int(record)]["name"]
        return name

    def _mails(self, record: str) -> dict[str, int]:
        return {row["value"]: row["id"] for row in self.users.rows(_ROWS, int(record))
                if row["type"] == "email" and row["active"]}
