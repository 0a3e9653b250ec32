"""connect: a new system, asked for step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from hub.cli.command import DONE, FAILED, Place, command
from hub.cli.output import cell
from hub.cli.person import Person
from hub.errors import ConnectorError

if TYPE_CHECKING:
    from hub.connecting.questions import Question
    from hub.sdk.connector import Health
    from hub.sdk.hookspecs import ConnectorKind


@command("connect")
@click.argument("kind")
@click.option("--name", help="What the system is called here. Default: the name of its kind.")
@click.option("--again", is_flag=True, help="It is connected already: ask for its secrets only, and replace them.")
def connect(place: Place, kind: str, name: str | None, again: bool) -> int:
    """Connect a system: asks for its address, the account and what to read, and says where each is found.

    The system is asked at once who the hub is there and what it may do. Then it is written into config/hub.toml, to be read
    only; what else stands there stays as it is. Secrets are not shown while they are typed, and are kept sealed in secrets/.
    Until the last answer nothing is kept: stop with Ctrl-C at any time.

    Without a terminal the answers are read from standard input, one a line.

    \b
    Examples:  hub connect KIND        `hub systems` lists the kinds
               hub connect KIND --name members
               hub connect KIND --name members --again      after its key has changed
    """
    try:
        return _connect(place, kind, name or kind, again)
    except KeyboardInterrupt:
        place.show.warn("\nStopped. Nothing was kept.")
        return FAILED


def _connect(place: Place, kind_name: str, name: str, again: bool) -> int:
    from hub.connecting.keeping import free_name, keep, keep_secrets, known, sealed_settings
    from hub.connecting.questions import questions_of
    from hub.errors import UsageError
    from hub.plugins import registry

    workspace = place.workspace.resolve()
    kind = registry().kind(kind_name)
    questions: Sequence[Question] = questions_of(kind.connector.Settings)  # type: ignore[attr-defined]
    answers: dict[str, Any] = {}
    sealed: dict[str, str] = {}
    if again:
        section = known(workspace, name, kind.kind)
        sealed, answers = sealed_settings(section), dict(section.settings)
        questions = [replace(q, needed=True) for q in questions if q.name in sealed]
        if not questions:
            raise UsageError(f'No secret of "{name}" is sealed here. Change it where config/hub.toml says that it is: in the '
                             "environment variable or in the file.")
    else:
        free_name(workspace, name)
    person = Person()
    _greet(person, kind, len(questions))
    for number, question in enumerate(questions, 1):
        _explain(person, question, f"{number} of {len(questions)}")
        _ask(person, kind, question, answers)
    health, error = _agreed(place, person, kind, name, questions, answers)
    if health is None and not error:
        place.show.warn("Stopped. Nothing was kept.")
        return FAILED
    names = keep_secrets(workspace, sealed, answers) if again else keep(workspace, name, kind, answers)
    place.show.result({"system": name, "kind": kind.kind, "config": str(workspace / "config" / "hub.toml"),
                       "sealed": list(names), "checked": asdict(health) if health else None, "error": error})
    _tell_kept(place, name, names, again)
    return DONE


def _greet(person: Person, kind: ConnectorKind, count: int) -> None:
    person.say(f"{kind.title}: {count} question{'' if count == 1 else 's'}. An empty line takes what stands in brackets. Until "
               "the end nothing is kept; Ctrl-C stops.")


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
            if why := problem(kind.connector.Settings, question.name, given):  # type: ignore[attr-defined]
                raise NotTaken(f"{why.rstrip('.')}.")
        except NotTaken as why_not:
            person.say(f"Not taken: {why_not}", indent="   ")
            continue
        answers.update(given)
        return


def _prompt(question: Question) -> str:
    how = {"secret": " (not shown while you type)", "list": " (several with a comma between)", "switch": " (yes or no)"}
    empty = "" if question.needed else f" [{cell(question.default) or 'leave it out'}]"
    return f"   {question.text}{how.get(question.shape, '')}{empty}"


def _agreed(
    place: Place, person: Person, kind: ConnectorKind, name: str, questions: Sequence[Question], answers: dict[str, Any],
) -> tuple[Health | None, str]:
    """Ask the system, and correct answers, until it agrees or the person does: (what it said, why it said nothing). Neither:
    the person stopped."""
    while True:
        try:
            with place.show.busy(f"asking {name}…"):
                health = asyncio.run(_asked(place, kind, name, answers))
        except ConnectorError as refused:
            error = str(refused)
        else:
            _tell_health(person, health)
            return health, ""
        person.say()
        person.say(f"It does not work yet. {error}")
        choice = _choice(person)
        if choice == "s":
            return None, ""
        if choice == "k":
            return None, error
        question = _which(person, questions)
        _explain(person, question, "Again")
        _ask(person, kind, question, answers)


async def _asked(place: Place, kind: ConnectorKind, name: str, answers: dict[str, Any]) -> Health:
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


def _tell_kept(place: Place, name: str, names: Sequence[str], again: bool) -> None:
    show = place.show
    if again:
        show.line(f"The secrets of {name} were replaced.")
    else:
        show.line(f"{name} stands in config/hub.toml now, and is only read (read_only = true).")
    if names:
        show.line(f"Sealed in secrets/: {', '.join(names)}.")
    show.line("Next: `hub plan` reads it and shows what would be written; it writes nothing.")
