"""What a make-believe site holds, and what people do there.

Source: LimeSurvey 6.16.11, recorded 2026-11-22 (columns and defaults of a participant: calls 19 to 22 and 35; of a question: 11;
of a response: 46 to 56).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

USER, READER, PASSWORD = "hub", "looker", "s4ndbox-passw0rd"
SURVEY = 424242
Row = dict[str, Any]

COLUMNS: Row = {
    "usesleft": 1, "completed": "N", "emailstatus": "OK", "tid": 0, "participant_id": None, "firstname": "", "lastname": "",
    "email": "", "token": None, "language": "", "blacklisted": None, "sent": "N", "remindersent": "N", "remindercount": 0,
    "validfrom": None, "validuntil": None, "mpid": None, "attribute_1": None, "attribute_2": None, "attribute_3": None,
}
QUESTION: Row = {
    "help": "", "language": "en", "parent_qid": 0, "type": "S", "preg": "", "other": "N", "mandatory": "N", "encrypted": "N",
    "scale_id": 0, "same_default": 0, "question_theme_name": "shortfreetext", "modulename": "", "gid": 1, "relevance": "1",
    "same_script": 0,
}
_MARKUP = re.compile(r"<[^>]*>?")
_CODE = re.compile(r"[^0-9A-Za-z_~-]")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


class World:
    """``surveys``: number → title; ``people``: survey → tid → row; ``responses``: survey → rows; ``log``: methods called;
    ``attempts``: wrong passwords; ``interface``: what the site speaks, json, xml or off; ``clock``: seconds since 1970."""

    def __init__(self, surveys: tuple[int, ...], questions: tuple[str, ...], clock: Callable[[], float]) -> None:
        self.clock = clock
        self.surveys: dict[int, str] = {}
        self.questions: list[Row] = []
        self.people: dict[int, dict[int, Row]] = {}
        self.responses: dict[int, list[Row]] = {}
        self.passwords = {USER: PASSWORD, READER: PASSWORD}
        self.sessions: dict[str, str] = {}
        self.without_list: set[int] = set()
        self.inactive: set[int] = set()
        self.editable: set[int] = set()
        self.log: list[str] = []
        self.attempts = 0
        self.interface = "json"
        self.codes: Iterator[str] = (f"made{number:011d}" for number in itertools.count(1))
        self.free_numbers: Iterator[int] = itertools.count(100001)
        self._next: dict[tuple[str, int], Iterator[int]] = {}
        for survey in surveys:
            self.make_survey(survey, f"Survey {survey}")
        for code in questions:
            self.ask(code)

    @property
    def now(self) -> str:
        """The site's local time; its zone is UTC here."""
        return datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%d %H:%M:%S")

    def number(self, what: str, survey: int = 0) -> int:
        """The next of its kind, counted per survey."""
        return next(self._next.setdefault((what, survey), itertools.count(1)))

    def login(self, user: str) -> str:
        session = f"session{self.number('session'):025d}"
        self.sessions[session] = user
        return session

    def make_survey(self, survey: int, title: str) -> None:
        self.surveys[survey] = title
        self.people[survey], self.responses[survey] = {}, []

    def ask(self, code: str, **more: Any) -> None:
        """A question that every survey has."""
        number = len(self.questions) + 1
        self.questions.append({**QUESTION, "id": number, "qid": number, "title": code, "question": code,
                               "question_order": 2 * number, **more})

    def column(self, survey: int, question: Row) -> str:
        """The name of its answer's column: survey, group and question (46, 101)."""
        return f"{survey}X{question['gid']}X{question['qid']}"

    def add(self, survey: int, given: Row, *, make_token: bool) -> Row:
        """One entry of add_participants: stored, or as it was given with ``errors`` (19 to 21)."""
        told = {name: value for name, value in given.items() if name in COLUMNS and name != "tid"}
        errors = self.faults(survey, told)
        if errors:
            return {**given, "errors": errors}
        row = {**COLUMNS, **self.stored(told)}
        if make_token or not row["token"]:
            row["token"] = next(self.codes) if make_token else None
        row["tid"] = self.number("tid", survey)
        self.people[survey][row["tid"]] = row
        return {**row, "tid": str(row["tid"])}

    def change(self, survey: int, tid: int, given: Row) -> None:
        self.people[survey][tid] |= self.stored({name: value for name, value in given.items() if name != "tid"})

    def faults(self, survey: int, given: Row, tid: int = 0) -> dict[str, list[str]]:
        """40, 44 and 21, in the server's words. A name of 200 characters is taken (96)."""
        out: dict[str, list[str]] = {}
        email = str(given.get("email") or "").strip()
        if email and not all(_EMAIL.match(each) for each in email.split(";")):  # several are taken (19)
            out["email"] = ["Invalid email address."]
        if len(str(given.get("completed") or "")) > 17:
            out["completed"] = ["Completed is too long (maximum is 17 characters)."]
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

    def respond(self, survey: int, token: str | None, at: str | None, answers: Row) -> int:
        """A response is stored, ``answers`` by code; the participant is not touched (50). Gives its number."""
        number = self.number("response", survey)
        told = {each["title"]: answers.get(each["title"]) for each in self.questions}
        self.responses[survey].append({
            "id": number, "submitdate": at, "lastpage": None, "startlanguage": "en", "seed": None, "token": token,
            "startdate": self.now, "datestamp": self.now, **told})
        return number

    def answer(self, survey: int, token: str, at: str | None, **answers: str) -> None:
        """Somebody answers on the survey's own page, which completes the participant. ``at``: when it was finished, None while it
        is not."""
        self.respond(survey, token, at, answers)
        for row in self.people[survey].values():
            if at and row["token"] == token:
                row["completed"] = at[:16]
