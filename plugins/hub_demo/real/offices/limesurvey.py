"""LimeSurvey and the people who keep its list of participants."""

from __future__ import annotations

from typing import Any

from hub_demo.real.offices.office import Office
from hub_limesurvey.sandbox import SURVEY, create_app

_COLUMN = {"name.given": "firstname", "name.family": "lastname"}


class LimeSurvey(Office):
    kind = "limesurvey"
    room = 1

    def open(self) -> None:
        self.app = create_app(clock=self.clock.now)
        self.world = self.app.state.world
        self.settings = {**self.app.state.settings, "page_size": self.rng.choice([2, 500])}

    def people(self) -> list[str]:
        return [f"{SURVEY}-{tid}" for tid in self.world.people[SURVEY]]

    def read(self, record: str, unit: str) -> str | None:
        return self._row(record)[_COLUMN[unit]] or None

    def type(self, record: str, unit: str, value: str | None) -> None:
        self.world.change(SURVEY, _tid(record), {_COLUMN[unit]: value or ""})

    def mails(self, record: str) -> list[str]:
        return [str(mail)] if (mail := self._row(record)["email"]) else []

    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        self.world.change(SURVEY, _tid(record), {"email": new or ""})

    def add(self, given: str, family: str, mail: str) -> str:
        row = self.world.add(SURVEY, {"firstname": given, "lastname": family, "email": mail}, make_token=True)
        return f"{SURVEY}-{row['tid']}"

    def delete(self, record: str) -> None:
        self.world.people[SURVEY].pop(_tid(record))

    def opted_out(self, record: str) -> bool | None:
        return bool(self._row(record)["emailstatus"] == "OptOut")

    def opt_out(self, record: str) -> None:
        self.world.change(SURVEY, _tid(record), {"emailstatus": "OptOut"})

    def lapse(self) -> bool:
        self.world.sessions.clear()
        return True

    def _row(self, record: str) -> dict[str, Any]:
        found: dict[str, Any] = self.world.people[SURVEY][_tid(record)]
        return found


def _tid(record: str) -> int:
    return int(record.partition("-")[2])
