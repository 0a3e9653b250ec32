"""Replays recorded calls against the sandbox, in the order they were recorded, in one world per server.

What happened between the recordings (users made, contacts imported, a zone changed) is done by hand in ``BETWEEN``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
from starlette.applications import Starlette

from hub_civicrm.sandbox import ADMIN, READER, SITE_KEY, Account, Users, World, create_app

HERE = Path(__file__).parent / "transcripts"
KEYS = {"{API_KEY}": "key-of-admin", "{READER_KEY}": "key-of-reader", "{PLAIN_KEY}": "key-of-plain",
        "{NOUSER_KEY}": "key-of-nouser", "{SITE_KEY}": SITE_KEY, "{BASE64}": "YWRtaW46YWRtaW4="}
VOLATILE = frozenset({"hash", "error_id"})
DIFFERENT: dict[str, dict[str, str]] = {
    "6.17.2": {
        "71-activity-create": "activities are no contact data: the sandbox only shows those a merge leaves",
        "73-contribution-create": "contributions are no contact data: not built, answered 501",
        "74-contribution-create-duplicate-trxn": "as 73",
        "75-contribution-get": "as 73",
        "123-merge-params": "the prose of getActions is not kept: 501; the parameters themselves are enforced",
        "124-getDuplicates": "the site's dedupe rules are not rebuilt, the hub has its own matching: 501",
        "125-getDuplicates-match": "as 124",
    },
    "5.77": {
        "06-contact-create": "the recorded echo has a modified_date 2 s before created_date; here both are the same moment",
    },
}
"""Recordings the sandbox does not answer alike, and why. The same table stands in README.md beside this file."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded call."""

    name: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]


class Clock:
    """Unix seconds, set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def set(self, text: str) -> None:
        self.now = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()


def recordings(edition: str) -> list[Recording]:
    """All calls of one server, in the order they were made."""
    found = []
    for path in (HERE / edition).glob("*.json"):
        with path.open(encoding="utf-8") as file:
            told = json.load(file)
        if "request" in told:
            found.append(Recording(path.stem, told["request"], told["response"]))
    return sorted(found, key=lambda r: int(r.name.partition("-")[0]))


class Replay:
    """A world that lives through the recordings of one server."""

    def __init__(self, edition: str) -> None:
        self.edition, self.clock = edition, Clock()
        self.clock.set("2026-11-22 01:27:21")
        self.app: Starlette = create_app(
            edition="6.17.2" if edition == "6.17.2" else "5.77", clock=self.clock, permissions=ADMIN,
            custom={"Membership_Info": {"Member_number": "String"}} if edition == "6.17.2" else {}, custom_triggers=False,
            api_key=KEYS["{API_KEY}"])
        self.world: World = self.app.state.world
        self.users: Users = self.app.state.users
        self._install()

    def run(self) -> Iterator[tuple[Recording, httpx.Response, str]]:
        """Each recording, what the sandbox answered, and how that differs ("" when alike)."""
        for recording in recordings(self.edition):
            number = recording.name.partition("-")[0]
            if meanwhile := BETWEEN[self.edition].get(number):
                meanwhile(self)
            self._set_clock(recording)
            answer = self.send(recording)
            yield recording, answer, difference(recording, answer)

    def send(self, recording: Recording) -> httpx.Response:
        import asyncio

        request = recording.request
        headers = {name: _filled(value) for name, value in request["headers"].items()}
        path = re.sub(r"^http://[^/]+", "", _filled(request["url"]))
        content = urlencode(request["form"]) if "form" in request else json.dumps(request["json"]) \
            if "json" in request else None

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://crm.localhost") as client:
                return await client.request(request["method"], path, headers=headers, content=content)

        return asyncio.run(call())

    def _set_clock(self, recording: Recording) -> None:
        """A write happened when its answer says so."""
        times = [row[name] for row in _rows(recording.response.get("json")) for name in ("created_date", "modified_date")
                 if row.get(name)]
        if times and not recording.request["url"].endswith("/get"):
            text = max(times)
            self.clock.set(text if "-" in text else datetime.strptime(text, "%Y%m%d%H%M%S").strftime("%Y-%m-%d %H:%M:%S"))

    def _install(self) -> None:
        """The site as it was before the first call: the domain's organisation, four users, a group."""
        contacts = self.world.tables["Contact"]
        contacts.change(2, {"created_date": self.world.now})
        for row in list(self.world.tables["Email"]):
            self.world.tables["Email"].remove(row["id"])
        self.world.tables["Email"].next_id = 1
        for mail in ("admin@example.org", "reader@example.org", "plain@example.org"):
            if mail != "admin@example.org":
                self.clock.set("2026-11-22 01:36:28" if mail.startswith("reader") else "2026-11-22 01:36:29")
                self.users.add({"contact_type": "Individual"})
        self.users.add({"contact_type": "Individual", "first_name": "NoUser", "last_name": "Api"})
        for contact_id, mail in ((1, "domain@example.org"), (2, "admin@example.org"), (3, "reader@example.org"),
                                 (4, "plain@example.org")):
            self.users.add_row("Email", contact_id, email=mail, location_type="Home")
            if contact_id > 1:
                contacts.change(contact_id, {"first_name": None, "last_name": None, "display_name": mail,
                                             "sort_name": mail, "addressee_display": "",
                                             "email_greeting_display": "Dear", "postal_greeting_display": "Dear"})
        contacts.change(1, {"legal_name": "Default Organization", "created_date": None, "hash": None,
                            "preferred_language": None, "communication_style_id": None, "addressee_id": None,
                            "addressee_display": None})
        for contact_id, text in ((1, "01:26:59"), (2, "01:36:28"), (3, "01:36:29"), (4, "01:36:29"), (5, "01:36:29")):
            self.clock.set(f"2026-11-22 {text}")
            contacts.change(contact_id, {"modified_date": self.world.now})
        for contact_id, (key, permissions) in enumerate((
                ("{API_KEY}", ADMIN), ("{READER_KEY}", READER), ("{PLAIN_KEY}", frozenset[str]()),
                ("{NOUSER_KEY}", frozenset[str]())), start=2):
            self.world.accounts[KEYS[key]] = Account(contact_id, KEYS[key], permissions)
            contacts.change(contact_id, {"api_key": KEYS[key]})
        self.users.group("Administrators")


def difference(recording: Recording, answer: httpx.Response) -> str:
    """How the answer differs from the recorded one; "" when status, type and all lasting fields are the same."""
    told = recording.response
    if answer.status_code != told["status"]:
        return f"status {answer.status_code}, recorded {told['status']}"
    kinds = [h.get("content-type", "").replace(" ", "").lower() for h in (dict(answer.headers), told["headers"])]
    if kinds[0] != kinds[1]:
        return f"content type {kinds[0]}, recorded {kinds[1]}"
    if "json" in told:
        return _differs(answer.json(), told["json"], "")
    if told.get("body_is_html"):
        first = told["body_text_excerpt"].partition(" Return home")[0]
        return "" if first in answer.text.replace("&lt;", "<").replace("&amp;", "&") else "another text"
    return "" if answer.text == told["body"] else "another text"


def _differs(ours: Any, theirs: Any, path: str) -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() != theirs.keys():
            return f"{path or 'answer'}: keys {sorted(ours.keys() ^ theirs.keys())}"
        parts = (_differs(ours[k], theirs[k], f"{path}.{k}") for k in ours if k not in VOLATILE)
        return next((part for part in parts if part), "")
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{path}: {len(ours)} rows, recorded {len(theirs)}"
        parts = (_differs(o, t, f"{path}[{i}]") for i, (o, t) in enumerate(zip(ours, theirs, strict=True)))
        return next((part for part in parts if part), "")
    if isinstance(theirs, str):
        theirs = _filled(theirs)
        if "Error ID: " in theirs and isinstance(ours, str):
            ours, theirs = (re.sub(r"Error ID: [\w-]+", "Error ID", text) for text in (ours, theirs))
    return "" if ours == theirs and type(ours) is type(theirs) else f"{path}: {ours!r}, recorded {theirs!r}"


def _filled(text: str) -> str:
    for placeholder, value in KEYS.items():
        text = text.replace(placeholder, value)
    return text


def _rows(answer: Any) -> list[dict[str, Any]]:
    values = answer.get("values") if isinstance(answer, dict) else None
    return [row for row in values if isinstance(row, dict)] if isinstance(values, list) else []


# what happened between the recordings


def _import(replay: Replay) -> None:
    """Thirty contacts were made by a script (27, 28, 46 show them)."""
    with (HERE / "6.17.2" / "46-json-body-ignored.json").open(encoding="utf-8") as file:
        told = json.load(file)["response"]["json"]["values"]
    for row in told:
        if 16 <= row["id"] <= 45:
            replay.clock.set(row["created_date"])
            replay.users.add({"contact_type": "Individual", "first_name": row["first_name"],
                              "last_name": row["last_name"]})
    for row in told:
        replay.clock.set(row["modified_date"])
        replay.world.tables["Contact"].change(row["id"], {"modified_date": replay.world.now})


def _meeting(replay: Replay) -> None:
    replay.clock.set("2026-11-22 01:39:33")
    at = int(datetime(2026, 2, 3, 10, tzinfo=UTC).timestamp())
    activities = replay.world.tables["Activity"]
    activities.insert({"activity_type_id": 1, "subject": "Hub call", "activity_date_time": at, "status_id": 2,
                       "source_contact_id": 2, "target_contact_id": [6], "modified_date": replay.world.now})
    activities.insert({"activity_type_id": 6, "subject": "€ 25.50", "activity_date_time": at, "status_id": 2,
                       "source_contact_id": 2, "target_contact_id": [6], "modified_date": replay.world.now})


def _zed(replay: Replay) -> None:
    replay.clock.set("2026-11-22 01:41:24")
    replay.users.trash(replay.users.add({"contact_type": "Individual", "first_name": "Zoe", "last_name": "Zed",
                                         "external_identifier": "M-009"}))


def _at(text: str) -> Callable[[Replay], None]:
    return lambda replay: replay.clock.set(f"2026-11-22 {text}")


def _zone(name: str) -> Callable[[Replay], None]:
    def change(replay: Replay) -> None:
        replay.world.zone = ZoneInfo(name)

    return change


def _trail(replay: Replay) -> None:
    """The writes of the second modified_date trail came between 132 and 133."""
    replay.clock.set("2026-11-22 01:44:33")
    replay.users.edit_row("Email", 8, email="ada1795311704@example.org")
    replay.users.add_row("Phone", 6, phone="+44 20 7946 0000", phone_type="Mobile")


def _boh(replay: Replay) -> None:
    replay.clock.set("2026-11-22 01:57:26")
    replay.users.add({"contact_type": "Individual", "first_name": "Boh", "external_identifier": "M-002"})


BETWEEN: dict[str, dict[str, Callable[[Replay], None]]] = {
    "6.17.2": {
        "25": _import, "57": _at("01:39:12"), "62": _at("01:39:16"), "63": _at("01:39:19"), "65": _at("01:39:24"),
        "72": _meeting, "81": _at("01:39:39"), "100": _zed, "113": _zone("Europe/Prague"), "118": _zone("UTC"),
        "133": _trail,
    },
    "5.77": {"21": _boh},
}
