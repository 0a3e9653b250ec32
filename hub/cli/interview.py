"""The talk of ``hub connect``: questions one by one, the system's own answer, and corrections until it agrees."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.command import Place
from hub.cli.output import cell
from hub.cli.person import Person
from hub.errors import ConnectorError

if TYPE_CHECKING:
    from hub.connecting.questions import Question
    from hub.connecting.trying import Tried
    from hub.sdk.connector import Health
    from hub.sdk.hookspecs import ConnectorKind


def greet(person: Person, kind: ConnectorKind, count: int) -> None:
    person.say(f"{kind.title}: {count} question{'' if count == 1 else 's'}. An empty line takes what stands in brackets. Until "
               "the end nothing is kept; Ctrl-C stops.")


def ask_all(person: Person, kind: ConnectorKind, questions: Sequence[Question], answers: dict[str, Any]) -> None:
    """Put what is answered into ``answers``."""
    for number, question in enumerate(questions, 1):
        _explain(person, question, f"{number} of {len(questions)}")
        _ask(person, kind, question, answers)


def _explain(person: Person, question: Question, number: str) -> None:
    person.say()
    person.say(f"{number}. {question.text}")
    if question.about:
        person.say(question.about, indent="   ")
    if question.where:
        person.say(f"Where: {question.where}", indent="   ")


def _ask(person: Person, kind: ConnectorKind, question: Question, answers: dict[str, Any]) -> None:
    """Until there is an answer that can be used."""
    from hub.connecting.questions import NotTaken, answer_of, problem

    while True:
        try:
            value = answer_of(question, person.ask(_prompt(question), secret=question.shape == "secret"))
            given = {**answers, question.name: value}
            if value is None:
                answers.pop(question.name, None)
                return
            if why := problem(kind.settings, question.name, given):
                raise NotTaken(f"it {why.rstrip('.')}.")
        except NotTaken as why_not:
            person.say(f"Not taken: {why_not}", indent="   ")
            continue
        answers.update(given)
        return


def _prompt(question: Question) -> str:
    how = {"secret": " (not shown while you type)", "list": " (several with a comma between)", "switch": " (yes or no)"}
    empty = "" if question.needed else f" [{cell(question.default) or 'leave it out'}]"
    return f"   {question.text}{how.get(question.shape, '')}{empty}"


def agreed(
    place: Place, person: Person, kind: ConnectorKind, name: str, questions: Sequence[Question], answers: dict[str, Any],
) -> tuple[Tried | None, str] | None:
    """Ask the system, and correct answers, until it agrees or the person does: (what it said, why it said nothing). None: the
    person stopped."""
    while True:
        try:
            with place.show.busy(f"asking {name}…"):
                found = asyncio.run(_asked(place, kind, name, answers))
        except ConnectorError as refused:
            error = str(refused)
        else:
            _tell_health(person, found.health)
            return found, ""
        person.say()
        person.say(f"It does not work yet. {error}")
        choice = _choice(person)
        if choice == "s":
            return None
        if choice == "k":
            return None, error
        question = _which(person, questions)
        _explain(person, question, "Again")
        _ask(person, kind, question, answers)


async def _asked(place: Place, kind: ConnectorKind, name: str, answers: dict[str, Any]) -> Tried:
    from hub.connecting.trying import tried

    return await tried(kind, name, answers, place.workspace.resolve())


def _choice(person: Person) -> str:
    while True:
        text = person.ask("   c: correct an answer, k: keep it as it is, s: stop").strip().lower()[:1]
        if text in ("c", "k", "s") and text:
            return text


def _which(person: Person, questions: Sequence[Question]) -> Question:
    if len(questions) == 1:
        return questions[0]
    for number, question in enumerate(questions, 1):
        person.say(f"{number}. {question.text}", indent="   ")
    while True:
        text = person.ask(f"   Which one, 1 to {len(questions)}").strip()
        if text.isdecimal() and 1 <= int(text) <= len(questions):
            return questions[int(text) - 1]


def _tell_health(person: Person, health: Health) -> None:
    person.say()
    person.say(f"It works: the hub is {health.identity} there{f' ({health.server})' if health.server else ''}, and may "
               f"{'read and write' if health.can_write else 'only read'}.")
    for warning in health.warnings:
        person.say(f"Warning: {warning}")
