"""Lemonsoft and the people who work in its customer register: a name is one field, nothing is deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub_demo.real.offices.office import FullName, Office
from hub_lemonsoft.sandbox import PEOPLE, create_app


class Lemonsoft(Office):
    kind = "lemonsoft"
    room = 1

    def open(self) -> None:
        self.app = create_app(clock=self.clock.now)
        self.users, self.world = self.app.state.users, self.app.state.world
        self.settings = {**self.app.state.settings, "page_size": self.rng.choice([2, 100])}

    def people(self) -> list[str]:
        return [record for record, row in self.users.customers().items() if row["group"] == PEOPLE]

    def read(self, record: str, unit: str) -> str | None:
        return FullName.part(self._row(record)["name"], unit)

    def type(self, record: str, unit: str, value: str | None) -> None:
        self.users.edit(int(record), name=FullName.changed(self._row(record)["name"], unit, value))

    def mails(self, record: str) -> list[str]:
        return [mail] if (mail := self._row(record)["email"]) else []

    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        self.users.edit(int(record), email=new)

    def add(self, given: str, family: str, mail: str) -> str:
        return str(self.users.add({"name": f"{given} {family}", "email": mail, "group": PEOPLE}))

    def delete(self, record: str) -> None:
        self.users.inactivate(int(record))

    @property
    def acts(self) -> Mapping[str, Callable[[str], None]]:
        return {"hide": lambda record: self.users.becomes_supplier(int(record)),
                "show": lambda record: self.users.edit(int(record), is_customer=True, is_supplier=False)}

    def lapse(self) -> bool:
        self.world.sessions.clear()
        return True

    def _row(self, record: str) -> Mapping[str, str | None]:
        row: Mapping[str, str | None] = self.world.customers[int(record)]
        return row
