"""The contract every connector keeps: LimeSurvey on the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import httpx

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness, Wrap
from hub_limesurvey.connector import LimeSurvey
from hub_limesurvey.sandbox import PASSWORD, READER, SURVEY, USER, create_app
from hub_limesurvey.settings import LimeSurveySettings

WRONG = "a-wr0ng-passw0rd"


class LimeSurveyHarness(Harness):
    """A site where people work in LimeSurvey's own pages."""

    text = "lastname"
    collection = str(SURVEY)
    many = 12
    secrets = (PASSWORD, WRONG, "session0000")
    cannot: ClassVar[Mapping[str, str]] = {
        "user_restore": "LimeSurvey has no trash: a deleted participant leaves nothing behind",
        "user_merge": "LimeSurvey merges no participants",
        "user_hide": "who may see a survey's participants sees all of them",
        "expire_checkpoint": "there are no checkpoints: it is read whole each time",
    }

    def __init__(self) -> None:
        super().__init__()
        self.app = create_app()
        self.world = self.app.state.world

    def connector(self, wrap: Wrap, **changed: str) -> LimeSurvey:
        given = {"url": "http://survey.localhost", "user": USER, "password": PASSWORD, "surveys": [SURVEY], "page_size": 5,
                 "answers": ["diet"], **changed}
        return LimeSurvey(LimeSurveySettings.model_validate(given), system=self.system,
                          transport=wrap(httpx.ASGITransport(app=self.app)), clock=self.clock)

    def make(self, wrap: Wrap) -> LimeSurvey:
        return self.connector(wrap)

    def credentials_wrong(self, wrap: Wrap) -> LimeSurvey:
        return self.connector(wrap, password=WRONG)

    def read_only(self, wrap: Wrap) -> LimeSurvey:
        return self.connector(wrap, user=READER)

    def sample(self, number: int) -> Native:
        return {"firstname": "Anna", "lastname": f"Virtanen{number}", "email": f"anna{number}@example.test"}

    def user_create(self, native: Native) -> str:
        return f"{SURVEY}-{self.world.add(SURVEY, dict(native), make_token='token' not in native)['tid']}"

    def user_edit(self, native_id: str, patch: Native) -> None:
        self.world.change(SURVEY, int(native_id.partition("-")[2]), dict(patch))

    def user_delete(self, native_id: str) -> None:
        self.world.people[SURVEY].pop(int(native_id.partition("-")[2]))

    def user_erase(self, native_id: str) -> None:
        self.user_delete(native_id)

    def user_records(self) -> Mapping[str, Native]:
        return {f"{SURVEY}-{tid}": dict(row) for tid, row in self.world.people[SURVEY].items()}


class TestLimeSurvey(ContractSuite):
    def harness(self) -> Harness:
        return LimeSurveyHarness()
