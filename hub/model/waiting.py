"""What waits for a person, as people read it, and the answers they give all at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from hub.model.units import EXISTS

CAUSES = ("deleted", "deleted-edited", "contending", "ask", "flapping", "invalid", "error")
"""Why it waits, in the order it is shown: a record was deleted · deleted in one system while edited in another · systems
disagree · changed by one who does not own it · something changes it back again and again · a value that is no good one ·
the hub cannot compare. The last five are the reasons of conflicts (model/state.py)."""
PAIRS = "pairs"
"""Beside these causes: two records may be one person."""
SAME, DIFFERENT = "same", "different"
"""The possible answers to a pair."""
VERDICTS = ("delete", "keep", "restore")
"""delete: end the contact everywhere · keep: only that record ended, never made there again · restore: make it again."""
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
class Side:
    """One record of a pair. ``values``: (unit, value) of what helps to tell who it is; with "…" for the key of a unit where
    that is hidden."""

    system: str
    native_id: str
    name: str
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one person or organisation.

    ``id``      of both records (``pair_id``); ``name`` is what people type
    ``number``  of what speaks for it and what the records say; another number is another question
    ``mark``    as in ``Waiting``; ``group_mark`` the same of its group
    ``cause``   many of one tier and cause are a group, which one answer can cover
    """

    id: str
    name: str
    number: int
    mark: str
    group_mark: str
    tier: str
    cause: str
    reasons: tuple[str, ...]
    one: Side
    other: Side

    @property
    def group(self) -> str:
        return group_id(self.tier, self.cause)

    @property
    def answered_by_group(self) -> bool:
        """Can one answer cover its group? Where several records fit, joining all of them would join what are two."""
        return self.cause.partition(":")[0] not in ("ambiguous", "cluster")


def pair_id(a: str, b: str) -> str:
    """Two ids of links as one id."""
    return f"{a}+{b}" if a < b else f"{b}+{a}"


def group_id(tier: str, cause: str) -> str:
    return f"{tier}:{cause}"


def kind_of(id_: str) -> Literal["conflict", "pair", "group"]:
    """What an id on a line of answers names."""
    return "group" if ":" in id_ else "pair" if "+" in id_ else "conflict"


@dataclass(frozen=True, slots=True)
class Asked:
    """All that waits, by cause and name. ``workspace``: the id of the installation. ``pairs``: by tier (the surest first) and
    cause. ``answered``: how many have an answer that takes effect with the next run; those do not wait any more."""

    workspace: str
    waiting: tuple[Waiting, ...]
    answered: int
    pairs: tuple[Pair, ...] = ()

    @property
    def count(self) -> int:
        return len(self.waiting) + len(self.pairs)


@dataclass(frozen=True, slots=True)
class Given:
    """One line of answers, on the sheet of this name. ``mark``: "" where the line names nothing that can be read.
    ``altered``: the line does not say any more what was asked in it. ``choice``: as in ``Choice.name``, or ``SAME`` or
    ``DIFFERENT``, or as somebody typed it. ``group``: of a pair, the group whose answer counts where its own line has none."""

    sheet: str
    line: int
    id: str
    number: int
    mark: str
    choice: str
    value: str
    altered: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """``code``: unknown, tampered, altered, closed, stale, answered, double, impossible, no_value, bad_value, both, tangled."""

    sheet: str
    line: int
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file of answers. ``repeated``: lines whose answer had been taken before, and is the same."""

    applied: int
    repeated: int
    refused: tuple[Refused, ...]
    unanswered: int
