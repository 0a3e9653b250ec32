"""The volunteers' survey of the demo: a LimeSurvey sandbox, filled and used by people through its side door."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub_demo.association import SURVEY as NAME
from hub_demo.association import Record
from hub_limesurvey.sandbox import PASSWORD, SURVEY, create_app


class Survey:
    """The survey, as who runs it sees it. ``natives``: the ids of the participants it was filled with, in their order."""

    cannot = ""

    def __init__(self, app: Any) -> None:
        self.app, self.world, self.natives = app, app.state.world, list[str]()
        self.secrets = {NAME: PASSWORD}

    def participant(self, native_id: str) -> Mapping[str, Any]:
        """Columns of a participant."""
        found: Mapping[str, Any] = self.world.people[SURVEY][_tid(native_id)]
        return found

    def edit(self, native_id: str, **values: Any) -> None:
        """Somebody types into the list of participants."""
        self.world.change(SURVEY, _tid(native_id), values)


def fill(records: Sequence[Record], clock: Callable[[], float]) -> Survey:
    """A site with one survey, a participant a record. LimeSurvey keeps no times of participants: ``clock`` is not asked."""
    survey = Survey(create_app())
    for record in records:
        p = record.shown
        email = next((row["v"] for row in (p.get("emails") or {}).values()), "")
        made = survey.world.add(SURVEY, {"firstname": p["name.given"], "lastname": p["name.family"], "email": email},
                                make_token=True)
        survey.natives.append(f"{SURVEY}-{made['tid']}")
    return survey


def _tid(native_id: str) -> int:
    return int(native_id.partition("-")[2])
