"""What waits for a person, as people read it, and the answers they give all at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from hub.model.units import EXISTS

CAUSES = ("deleted", "deleted-edited", "contending", "ask", "flapping", "invalid", "error")
"""Why it waits, in the order it is shown: a record was deleted · deleted in one system while edited in another · systems
disagree · changed by one who does not own it · something changes it back again and again · a value that is no good one ·
the hub cannot compare. The last five are the reasons of conflicts (model/state.py)."""
VERDICTS = ("delete", "keep", "restore")
HUB, TYPED, KEEP_EACH = "hub", "value", "keep-each"
"""Choices that are no system's name."""


class Hidden(Enum):
    """Stands where a protected value is not shown."""

    HIDDEN = "hidden"


HIDDEN: Final = Hidden.HIDDEN


@dataclass(frozen=True, slots=True)
class Said:
    """What one system (or a person of that name) says. ``value``: of a replaced member the new one. ``since``: unix
    seconds, None where nobody knows. ``contends``: it is one of those asked about."""

    system: str
    value: Any
    since: float | None
    contends: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer. ``name``: a system's name, or one of ``HUB``, ``TYPED``, ``KEEP_EACH``, ``VERDICTS``.
    ``value``: what would be right then. ``systems``: where something would be written, or (delete) records deleted."""

    name: str
    value: Any = None
    systems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """One conflict, or one record that is gone and about which somebody decides.

    ``mark``      proves that id and number were given out by this workspace
    ``name``      of the contact, "" where it has none
    ``unit``      its name; with "…" for the key where that is hidden
    ``hub``       what the hub holds now, since ``hub_since``
    """

    id: str
    number: int
    mark: str
    contact: str
    name: str
    unit: str
    cause: str
    opened_at: float
    hub: Any
    hub_since: float | None
    said: tuple[Said, ...]
    choices: tuple[Choice, ...]

    @property
    def is_existence(self) -> bool:
        return self.unit == EXISTS


@dataclass(frozen=True, slots=True)
class Asked:
    """All that waits, by cause and name. ``workspace``: the id of the installation. ``answered``: how many have an answer
    that takes effect with the next run; those do not wait any more."""

    workspace: str
    waiting: tuple[Waiting, ...]
    answered: int


@dataclass(frozen=True, slots=True)
class Given:
    """One line of answers. ``mark``: "" where the line names nothing that can be read. ``altered``: the line does not say
    any more what was asked in it. ``choice``: as in ``Choice.name``, or as somebody typed it."""

    line: int
    id: str
    number: int
    mark: str
    choice: str
    value: str
    altered: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """``code``: unknown, tampered, altered, closed, stale, answered, double, impossible, no_value, bad_value, both."""

    line: int
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file of answers."""

    applied: int
    refused: tuple[Refused, ...]
    unanswered: int
