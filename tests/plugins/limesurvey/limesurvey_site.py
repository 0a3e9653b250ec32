"""A make-believe LimeSurvey and a connector to it, for the tests beside this file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx

from hub.sdk import Change, NativeRecord, NativeWrite, RecordRef, WriteResult
from hub.testing.clock import VirtualClock
from hub_limesurvey.connector import LimeSurvey
from hub_limesurvey.sandbox import PASSWORD, SURVEY, USER, World, create_app
from hub_limesurvey.settings import LimeSurveySettings

T = TypeVar("T")


class Site:
    """A site, and the connector the hub would use."""

    def __init__(self, **options: Any) -> None:
        self.app = create_app(**options)
        self.world: World = self.app.state.world

    def connector(self, **settings: Any) -> LimeSurvey:
        given = {"url": "http://survey.localhost", "user": USER, "password": PASSWORD, "surveys": list(self.world.surveys),
                 **settings}
        return LimeSurvey(LimeSurveySettings.model_validate(given), system="survey", transport=httpx.ASGITransport(app=self.app),
                          clock=VirtualClock())

    def call(self, ask: Callable[[LimeSurvey], Coroutine[Any, Any, T]], **settings: Any) -> T:
        async def work() -> T:
            connector = self.connector(**settings)
            try:
                return await ask(connector)
            finally:
                await connector.close()

        return asyncio.run(work())

    def add(self, survey: int = SURVEY, **given: Any) -> int:
        return int(self.world.add(survey, given, make_token=True)["tid"])

    def pull(self, **settings: Any) -> list[Change]:
        async def work(connector: LimeSurvey) -> list[Change]:
            return [change async for page in connector.pull("contact", None) for change in page.changes]

        return self.call(work, **settings)

    def read(self, tid: int, survey: int = SURVEY, **settings: Any) -> NativeRecord:
        ref = RecordRef("survey", str(survey), "contact", f"{survey}-{tid}")
        record = self.call(lambda connector: connector.fetch([ref]), **settings)[0]
        assert isinstance(record, NativeRecord)
        return record

    def write(self, *writes: NativeWrite, **settings: Any) -> list[WriteResult]:
        return list(self.call(lambda connector: connector.write("contact", writes), **settings))


def create(key: str, survey: int = SURVEY, **patch: Any) -> NativeWrite:
    return NativeWrite("create", RecordRef("survey", str(survey), "contact", ""), {"token": key, **patch}, key=key)


def update(record: NativeRecord, **patch: Any) -> NativeWrite:
    return NativeWrite("update", record.ref, patch, before=record.data, expect=record.version)
