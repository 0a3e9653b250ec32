"""Procountor and the people who work in its customer register: a name is one field, nothing is deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub_demo.real.offices.office import FullName, Office
from hub_procountor.sandbox import GROUP, create_app


class Procountor(Office):
    kind = "procountor"
    room = 1

    def open(self) -> None:
        self.app = create_app(clock=self.clock.now)
        self.users, self.world = self.app.state.users, self.app.state.world
        self.settings = {**self.app.state.settings, "page_size": self.rng.choice([2, 200])}
        self.group = next(group for group in self.world.groups.values() if group["name"] == GROUP)

    def people(self) -> list[str]:
        return [record for record, row in self.users.customers().items()
                if GROUP in [each.get("name") for each in row["registryInfo"].get("partnerGroups") or ()]]

    def read(self, record: str, unit: str) -> str | None:
        return FullName.part(self._row(record).get("name"), unit)

    def type(self, record: str, unit: str, value: str | None) -> None:
        self.users.edit(int(record), name=FullName.changed(self._row(record).get("name"), unit, value))

    def mails(self, record: str) -> list[str]:
        return [mail] if (mail := self._row(record).get("invoicingInfo", {}).get("email")) else []

    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        self.users.edit(int(record), invoicingInfo={"email": new})

    def add(self, given: str, family: str, mail: str) -> str:
        return str(self.users.add({
            "name": f"{given} {family}", "invoicingInfo": {"email": mail},
            "registryInfo": {"partnerGroups": [{"id": self.group["id"], "name": GROUP}]}}))

    def delete(self, record: str) -> None:
        self.users.inactivate(int(record))

    @property
    def acts(self) -> Mapping[str, Callable[[str], None]]:
        return {"hide": lambda record: self.users.becomes_supplier(int(record)),
                "show": lambda record: self.users.edit(int(record), type="CUSTOMER")}

    def lapse(self) -> bool:
        self.world.tokens.clear()
        return True

    def _row(self, record: str) -> dict[str, Any]:
        row: dict[str, Any] = self.world.partners[int(record)]
        return row
