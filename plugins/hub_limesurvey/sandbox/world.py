"""What a make-believe site holds, and what people do there.

Source: LimeSurvey 6.16.11, recorded 2026-11-22 (columns and defaults of a participant: calls 19 to 22 and 35).
"""

from __future__ import annotations

import itertools
import re
from typing import Any

USER, READER, PASSWORD = "hub", "looker", "s4ndbox-passw0rd"
SURVEY = 424242
Row = dict[str, Any]

COLUMNS: Row = {
    "usesleft": 1, "completed": "N", "emailstatus": "OK", "tid": 0, "participant_id": None, "firstname": "", "lastname": "",
    "email": "", "token": None, "language": "", "blacklisted": None, "sent": "N", "remindersent": "N", "remindercount": 0,
    "validfrom": None, "validuntil": None, "mpid": None, "attribute_1": None, "attribute_2": None, "attribute_3": None,
}
_MARKUP = re.compile(r"<[^>]*>?")
_CODE = re.compile(r"[^0-9A-Za-z_~-]")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


class World:
    """``people``: survey → tid → row; ``responses``: survey → rows; ``log``: methods called; ``attempts``: wrong passwords."""

    def __init__(self, surveys: tuple[int, ...], questions: tuple[str, ...]) -> None:
        self.surveys, self.questions = surveys, questions
        self.people: dict[int, dict[int, Row]] = {survey: {} for survey in surveys}
        self.responses: dict[int, list[Row]] = {survey: [] for survey in surveys}
        self.next_tid = {survey: itertools.count(1) for survey in surveys}
        self.passwords = {USER: PASSWORD, READER: PASSWORD}
        self.sessions: dict[str, str] = {}
        self.without_list: set[int] = set()
        self.log: list[str] = []
        self.attempts = 0
        self.enabled = True
        self._numbers = itertools.count(1)

    def login(self, user: str) -> str:
        session = f"session{next(self._numbers):025d}"
        self.sessions[session] = user
        return session

    def add(self, survey: int, given: Row, *, make_token: bool) -> Row:
        """One entry of add_participants: stored, or the same with ``errors`` (19 to 21)."""
        told = {name: value for name, value in given.items() if name in COLUMNS and name != "tid"}
        errors = self.faults(survey, told)
        if errors:
            return {**told, "errors": errors}
        row = {**COLUMNS, **self.stored(told)}
        if make_token or not row["token"]:
            row["token"] = f"made{next(self._numbers):011d}" if make_token else None
        row["tid"] = next(self.next_tid[survey])
        self.people[survey][row["tid"]] = row
        return {**row, "tid": str(row["tid"])}

    def change(self, survey: int, tid: int, given: Row) -> None:
        self.people[survey][tid] |= self.stored({name: value for name, value in given.items() if name != "tid"})

    def faults(self, survey: int, given: Row, tid: int = 0) -> dict[str, list[str]]:
        """40, 44, 96 and 21, in the server's words."""
        out: dict[str, list[str]] = {}
        email = str(given.get("email") or "").strip()
        if email and not all(_EMAIL.match(each) for each in email.split(";")):  # several are taken (recorded: add_participants)
            out["email"] = ["Invalid email address."]
        if len(str(given.get("completed") or "")) > 17:
            out["completed"] = ["Completed is too long (maximum is 17 characters)."]
        for name in ("firstname", "lastname"):
            if len(str(given.get(name) or "")) > 150:
                label = "First name" if name == "firstname" else "Last name"
                out[name] = [f"{label} is too long (maximum is 150 characters)."]
        code = _CODE.sub("", str(given.get("token") or ""))
        if code and any(row["token"] == code and row["tid"] != tid for row in self.people[survey].values()):
            out["token"] = [f'Access code "{code}" has already been taken.']
        return out

    @staticmethod
    def stored(given: Row) -> Row:
        """What the server makes of it: markup stripped, an e-mail trimmed, a code cut to what it may hold (19, 20, 97)."""
        out = dict(given)
        for name in ("firstname", "lastname"):
            if isinstance(out.get(name), str):
                out[name] = _MARKUP.sub("", out[name])
        if isinstance(out.get("email"), str):
            out["email"] = out["email"].strip()
        if isinstance(out.get("token"), str):
            out["token"] = _CODE.sub("", out["token"])
        return out

    def answer(self, survey: int, token: str, at: str | None, **answers: str) -> None:
        """Somebody answers; ``at``: when it was finished, None while it is not. A finished one completes the participant."""
        rows = self.responses[survey]
        rows.append({"id": len(rows) + 1, "submitdate": at, "lastpage": None, "startlanguage": "en", "seed": None, "token": token,
                     **{code: answers.get(code) for code in self.questions}})
        for row in self.people[survey].values():
            if at and row["token"] == token:
                row["completed"] = at[:16]
