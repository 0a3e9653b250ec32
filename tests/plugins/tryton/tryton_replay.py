"""Replays recorded calls against the sandbox, in the order they were recorded, in one world per server."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from hub_tryton.sandbox import DATABASE, Users, World, create_app
from hub_tryton.sandbox.schema import Account

HERE = Path(__file__).parent / "transcripts"
ADMIN_PASSWORD = "password-of-admin"
NO_FORMS = "what a client needs to draw its forms is no contact data: answered 501"
NO_LOG = "the log of changes (ir.model.log) names no deleted record unless asked for it by id: not used, answered 501"
_BOTH = {"04-user-preferences": NO_FORMS, "05-party-fields": NO_FORMS, "06-party-defaults": NO_FORMS,
         "32-change-log-delete-events": NO_LOG}
DIFFERENT: dict[str, dict[str, str]] = {
    "sqlite": {**_BOTH, "34-tombstone-lookup-by-known-id": NO_LOG, "35-tombstone-lookup-other-id": NO_LOG,
               "90-gzip-label-bug": "asks for 05 again; the trap itself has a test of its own"},
    "postgresql": _BOTH,
}
"""Recordings the sandbox does not answer alike, and why. The same table stands in README.md beside this file."""
WHEN = {"07": "08", "10": "12", "15": "16", "26": "28", "30": "32"}
"""Number of a write → of the recording whose newest moment tells when it was done."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded call."""

    name: str
    request: Mapping[str, Any]
    response: Any

    @property
    def number(self) -> str:
        return self.name.partition("-")[0]


def recordings(server: str) -> list[Recording]:
    """All calls of one server, in the order they were made."""
    found = []
    for path in sorted((HERE / server).glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        found.append(Recording(path.stem, told["request"], told["response"]))
    return found


class Replay:
    """A world that lives through the recordings of one server."""

    def __init__(self, server: str) -> None:
        self.recordings = recordings(server)
        self.now = self._when("07") - 60
        self.app = create_app(clock=lambda: self.now, postgresql=server == "postgresql")
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users
        self.user_id = 3 if server == "postgresql" else 1
        self.world.users["admin"] = Account(self.user_id, ADMIN_PASSWORD, sees_all=True)
        company = self.users.add("Dunder Mifflin", addresses=[{}])
        with self.world.transaction():
            self.world.insert("company.company", {"party": company})

    def named(self, number: str) -> Recording:
        return next(each for each in self.recordings if each.number == number)

    def _when(self, number: str) -> float:
        return max(moments(self.named(WHEN[number]).response["body"]))

    def run(self) -> Iterator[tuple[Recording, str]]:
        """Each recording, and how the sandbox's answer differs ("" when alike)."""
        for recording in self.recordings:
            if recording.number in WHEN:
                self.now = self._when(recording.number)
            if recording.number == "36":  # another recording of that server had made a fourth party meanwhile
                self.users.add("Katherine Johnson")
            yield recording, difference(recording, self.send(recording))

    def send(self, recording: Recording) -> httpx.Response:
        headers = dict(recording.request["headers"])
        if "<" in headers.get("Authorization", ""):
            token = self.world.login("admin")
            headers["Authorization"] = "Session " + base64.b64encode(f"admin:{self.user_id}:{token}".encode()).decode()
        content = json.dumps(recording.request["body"]).replace("<ADMIN_PASSWORD>", ADMIN_PASSWORD)

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://books.localhost") as client:
                path = re.sub("^/[^/]+/rpc/$", f"/{DATABASE}/rpc/", recording.request["path"])
                return await client.request(recording.request["method"], path, headers=headers, content=content)

        return asyncio.run(call())


def moments(told: Any) -> list[float]:
    """All datetimes in an answer, Unix seconds."""
    if isinstance(told, list):
        return [at for each in told for at in moments(each)]
    if not isinstance(told, dict):
        return []
    if told.get("__class__") == "datetime":
        parts = {name: value for name, value in told.items() if name != "__class__"}
        return [datetime(**parts, tzinfo=UTC).timestamp()]
    return [at for each in told.values() for at in moments(each)]


def difference(recording: Recording, answer: httpx.Response) -> str:
    """How the answer differs from the recorded one; "" when status, type, keys and all values are the same. A session's token
    and the prose of a page are not compared."""
    told = recording.response
    if isinstance(told, list):
        return "recorded without its answer"
    if answer.status_code != told["status"]:
        return f"status {answer.status_code}, recorded {told['status']}"
    headers = told.get("headers", {})
    for name in ("Content-Type", "WWW-Authenticate"):
        ours, theirs = answer.headers.get(name), headers.get(name)
        if headers and _kind(ours) != _kind(theirs):
            return f"{name} {ours}, recorded {theirs}"
    if isinstance(told["body"], str):
        return "" if bool(answer.text) == bool(told["body"]) else "another body"
    ours = answer.json()
    if "<SESSION_TOKEN>" in json.dumps(told["body"]):
        ours["result"][1] = "<SESSION_TOKEN>"
    return "" if ours == told["body"] else f"{ours}, recorded {told['body']}"


def _kind(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()
