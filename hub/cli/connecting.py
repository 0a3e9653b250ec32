"""connect: a new system, asked for step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from hub.cli.command import DONE, FAILED, Place, command
from hub.cli.interview import agreed, ask_all, greet
from hub.cli.output import cell
from hub.cli.person import Person
from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.connecting.questions import Question
    from hub.plugins import Registry
    from hub.sdk.connector import Health
    from hub.sdk.hookspecs import ConnectorKind


@command("connect")
@click.argument("kind", required=False)
@click.option("--name", help="What the system is called here. Default: the name of its kind.")
@click.option("--again", is_flag=True, help="It is connected already: ask for its secrets only, and replace them.")
def connect(place: Place, kind: str | None, name: str | None, again: bool) -> int:
    """Connect a system: asks for its address, the account and what to read, and says where each is found.

    The system is asked at once who the hub is there and what it may do. Then it is written into config/hub.toml, to be read
    only; what else stands there stays as it is. Secrets are not shown while they are typed, and are kept sealed in secrets/.
    The connector's mapping is put into mappings/, for you to change. Until the last answer nothing is kept: stop with Ctrl-C
    at any time.

    Without a terminal the answers are read from standard input, one a line.

    \b
    Examples:  hub connect                 tells the kinds there are
               hub connect KIND
               hub connect KIND --name members
               hub connect KIND --name members --again      after its key has changed
    """
    if kind is None:
        raise UsageError(f"Say which kind of system: {_kinds(place.registry())}.")
    found = place.registry().kind(kind)
    try:
        joined = _connect(place, found, name or found.kind, again)
    except KeyboardInterrupt:
        place.show.warn("\nStopped. Nothing was kept.")
        return FAILED
    if joined is None:
        place.show.warn("Stopped. Nothing was kept.")
        return FAILED
    _tell_kept(place, joined)
    return DONE


def _kinds(registry: Registry) -> str:
    kinds = [f"`hub connect {kind.kind}` ({kind.title})" for _, kind in sorted(registry.kinds.items())]
    return "; ".join(kinds) or "none is installed"


@dataclass(frozen=True, slots=True)
class Joined:
    """A system that was kept. ``health``: what it said; ``error``: why it said nothing, and was kept all the same;
    ``left``: headings there that were not understood."""

    system: str
    kind: str
    again: bool
    sealed: tuple[str, ...]
    mapping: str
    mapping_is_new: bool
    health: Health | None
    error: str
    left: tuple[str, ...] = ()


def _connect(place: Place, kind: ConnectorKind, name: str, again: bool) -> Joined | None:
    """Ask, try, keep. None: the person stopped."""
    from hub.connecting.keeping import free_name, keep, keep_secrets, known, sealed_settings
    from hub.connecting.questions import questions_of

    workspace = place.workspace.resolve()
    questions: Sequence[Question] = questions_of(kind.settings)
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
    greet(person, kind, len(questions))
    ask_all(person, kind, questions, answers)
    told = agreed(place, person, kind, name, questions, answers)
    if told is None:
        return None
    found, error = told
    health = found.health if found else None
    if again:
        return Joined(name, kind.kind, again, keep_secrets(workspace, sealed, answers), "", False, health, error)
    made = found.made if found else None
    kept = keep(workspace, name, kind, answers, made)
    mapping = kept.mapping.relative_to(workspace).as_posix()
    return Joined(name, kind.kind, again, kept.sealed, mapping, kept.mapping_is_new, health, error,
                  made.left if made and kept.mapping_is_new else ())


def _tell_kept(place: Place, joined: Joined) -> None:
    show, name = place.show, joined.system
    show.result({**asdict(joined), "config": str(place.workspace.resolve() / "config" / "hub.toml")})
    if joined.again:
        show.line(f"The secrets of {name} were replaced.")
    else:
        show.line(f"{name} stands in config/hub.toml now, and is only read (read_only = true).")
    if joined.sealed:
        show.line(f"Sealed in secrets/: {', '.join(joined.sealed)}.")
    if joined.mapping:
        show.line(f"Which field is which stands in {joined.mapping}"
                  f"{'' if joined.mapping_is_new else ', which was there before and was not touched'}.")
    if joined.left:
        show.line(f"Columns that were not understood, and stay untouched: {', '.join(map(cell, joined.left))}.")
    show.line("Next: `hub plan` reads it and shows what would be written; it writes nothing." if not joined.error else
              f"Next: mend what is wrong, then ask it again with `hub check {name}`.")
