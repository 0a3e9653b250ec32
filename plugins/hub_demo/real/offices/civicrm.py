"""CiviCRM and the people who work in its pages."""

from __future__ import annotations

from hub_civicrm.sandbox import create_app
from hub_demo.real.offices.office import NAMES, Office

_COLUMN = {"name.given": "first_name", "name.family": "last_name", "title": "job_title", "nickname": "nick_name"}
FIRST = 3
"""The ids before it are the site's own organisation and the hub's account."""


class CiviCrm(Office):
    kind = "civicrm"
    units = (*NAMES, "title", "nickname")

    def open(self) -> None:
        self.app = create_app(clock=self.clock.now, edition=self.rng.choice(["6.17.2", "5.77"]))
        self.users, self.world = self.app.state.users, self.app.state.world
        for own in range(1, FIRST):
            self.users.trash(own)
        self.settings = {**self.app.state.settings, "site_time_zone": self.rng.choice([None, "UTC"]), "page_size": 2,
                         "writes_per_request": self.rng.choice([1, 100])}

    def people(self) -> list[str]:
        return [str(row["id"]) for row in self.world.tables["Contact"] if row["contact_type"] == "Individual"
                and not row["is_deleted"] and row["id"] >= FIRST]

    def read(self, record: str, unit: str) -> str | None:
        return self.world.contact(int(record))[_COLUMN[unit]] or None

    def type(self, record: str, unit: str, value: str | None) -> None:
        self.users.edit(int(record), **{_COLUMN[unit]: value})

    def mails(self, record: str) -> list[str]:
        return [row["email"] for row in self.users.rows("Email", int(record))]

    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        rows = {row["email"]: row["id"] for row in self.users.rows("Email", int(record))}
        if old is None:
            self.users.add_row("Email", int(record), email=new, is_primary=not rows)
        elif new is None:
            self.users.remove_row("Email", rows[old])
        else:
            self.users.edit_row("Email", rows[old], email=new)

    def add(self, given: str, family: str, mail: str) -> str:
        return str(self.users.add({"contact_type": "Individual", "first_name": given, "last_name": family,
                                   "emails": [{"email": mail, "location_type": "Home", "is_primary": True}]}))

    def delete(self, record: str) -> None:
        self.users.trash(int(record))

    def merge(self, winner: str, loser: str) -> bool:
        self.users.merge(int(winner), int(loser))
        return True

    def opted_out(self, record: str) -> bool | None:
        return bool(self.world.contact(int(record))["do_not_email"])

    def opt_out(self, record: str) -> None:
        self.users.edit(int(record), do_not_email=True)
