"""Replays recorded calls against the sandbox, in the order they were recorded, in one world.

What happened on the site between the recordings (questions imported, a mistyped password, the interface switched) is done by hand
in ``BETWEEN``.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from hub_limesurvey.sandbox import World, create_app

HERE = Path(__file__).parent / "transcripts"
PASSWORD = "password-of-admin"
NO_MAKING = "groups and questions are made by hand here, a survey's structure is no contact data: 501"
NO_SITE = "settings of the site and of a survey are not asked for: 501"
NO_FORMS = "another form of the same responses, not read by the hub: 501"
DIFFERENT: dict[str, str] = {
    "04-site_setting-version": NO_SITE,
    "05-site_setting-timezone": NO_SITE,
    "08-add_group": NO_MAKING,
    "09-import_question-text": NO_MAKING,
    "10-import_question-num": NO_MAKING,
    "17-get_survey_properties": NO_SITE,
    "57-export_responses-json-full-long": NO_FORMS,
    "60-export_responses-csv": NO_FORMS,
    "65-get_fieldmap": NO_SITE,
    "66-export_timeline": NO_FORMS,
    "75-wrong-param-type": "a text where a list belongs comes back as if it were stored there; here it is refused",
    "80-named-params": "parameters by name are taken there: here a page, the hub sends them by place",
    "92-cpd_importParticipants": "the central participant list is not built: 501",
    "93-list_users": "needs a superadministrator, which the hub is not: 501",
    "94-mail-invite-nobody": "nothing that sends mail is here: 501",
}
"""Recordings the sandbox does not answer alike, and why. The same table stands in README.md beside this file."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded call."""

    name: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]

    @property
    def number(self) -> str:
        return self.name.partition("-")[0]


def recordings() -> list[Recording]:
    """All calls, in the order they were made."""
    found = []
    for path in HERE.glob("*.json"):
        told = json.loads(path.read_text(encoding="utf-8"))
        found.append(Recording(path.stem, told["request"], told["response"]))
    return sorted(found, key=lambda each: int(each.number))


class Replay:
    """A world that lives through the recordings."""

    def __init__(self) -> None:
        self.recordings = recordings()
        self.now = 0.0
        self.at("01:31:30")
        self.app = create_app(surveys=(), questions=(), clock=lambda: self.now)
        self.world: World = self.app.state.world
        self.world.passwords = {"admin": PASSWORD}
        self.world.codes = iter(_made(self.recordings))
        self.world.free_numbers = iter([169687])
        self.session = ""

    def at(self, text: str) -> None:
        self.now = datetime.fromisoformat(f"2026-11-22T{text}+00:00").astimezone(UTC).timestamp()

    def run(self) -> Iterator[tuple[Recording, str]]:
        """Each recording, and how the sandbox's answer differs ("" when alike)."""
        for recording in self.recordings:
            if meanwhile := BETWEEN.get(recording.number):
                meanwhile(self)
            yield recording, difference(recording, self.send(recording))

    def send(self, recording: Recording) -> httpx.Response:
        request = recording.request
        content = request["body"] if "body" in request else json.dumps(request["json"]) if "json" in request else ""
        content = content.replace("{SESSION_KEY}", self.session).replace("{PASSWORD}", PASSWORD)

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://survey.localhost") as client:
                return await client.request(request["method"], urlsplit(request["url"]).path, headers=request["headers"],
                                            content=content)

        answer = asyncio.run(call())
        if recording.number == "01":
            self.session = answer.json()["result"]
        return answer


def difference(recording: Recording, answer: httpx.Response) -> str:
    """How the answer differs from the recorded one; "" when status, type, keys and all values are the same. The session's key and
    the prose of a page are not compared; what is exported is compared unpacked."""
    told = recording.response
    if answer.status_code != told["status"]:
        return f"status {answer.status_code}, recorded {told['status']}"
    kinds = [headers.get("content-type", "").replace(" ", "").lower() for headers in (dict(answer.headers), told["headers"])]
    if kinds[0] != kinds[1]:
        return f"content type {kinds[0]}, recorded {kinds[1]}"
    if told.get("body_is_html"):
        return "" if answer.text.startswith("<") else "no page"
    if "json" not in told:
        return "" if answer.text == told["body"] else "another text"
    ours, theirs = answer.json(), told["json"]
    if theirs["result"] == "{SESSION_KEY}":
        return "" if ours["result"] and ours.keys() == theirs.keys() else "no session"
    if "export_responses" in recording.name:
        ours, theirs = ({**each, "result": _unpacked(each["result"])} for each in (ours, theirs))
    return "" if _typed(ours) == _typed(theirs) else f"{ours}, recorded {theirs}"


def _unpacked(result: Any) -> Any:
    return json.loads(base64.b64decode(result)) if isinstance(result, str) else result


def _typed(told: Any) -> str:
    """As text, so that 1, "1" and true are three things; the order of keys is none."""
    return json.dumps(told, sort_keys=True)


def _made(found: list[Recording]) -> Iterator[str]:
    """The access codes the site made, in the order it made them."""
    for each in found:
        told = each.response["json"]["result"] if each.name.partition("-")[2].startswith("add_participants") else None
        for row in told if isinstance(told, list) else []:
            if "tid" in row and not row["token"].startswith("OWN"):
                yield row["token"]


# what happened between the recordings


def _questions(replay: Replay) -> None:
    """Calls 08 to 10 made a group and two questions in it."""
    replay.world.ask("city", question="Your city?")
    replay.world.ask("age", question="Your age?", type="N", question_theme_name="numerical")


def _login(replay: Replay) -> None:
    replay.session = replay.world.login("admin")


def _third_mistake(replay: Replay) -> None:
    replay.world.attempts = 3


def _speaks(interface: str) -> Callable[[Replay], None]:
    def switch(replay: Replay) -> None:
        replay.world.attempts, replay.world.interface = 0, interface

    return switch


BETWEEN: dict[str, Callable[[Replay], None]] = {
    "11": _questions, "47": lambda replay: replay.at("01:31:31"), "84": _login, "98": _third_mistake, "99": _speaks("off"),
    "100": _speaks("xml"), "101": _speaks("json"),
}
