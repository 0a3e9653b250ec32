"""The state of one contact as the merge sees it, and what the merge says about it (merge.md 1 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from hub.model.units import Projection, Value

NEVER = 0
"""The revision of a unit that was never set."""

REVIEWER = "reviewer"
RULE = "rule"


class Cell(NamedTuple):
    """One unit of a contact: value, the journal row that set it, the link (or REVIEWER, RULE) it came from, and when
    (unix seconds; only the quiet period reads it)."""

    value: Value
    rev: int
    origin: str
    at: int = 0


UNSET = Cell(None, NEVER, "")

Units = dict[str, Cell]


class Left(NamedTuple):
    """A unit a link keeps different on purpose: the revision at which it was left, and what the link had seen."""

    rev: int
    seen: int | None


Awake = Literal["awake", "asleep"]


@dataclass(frozen=True, slots=True)
class LinkState:
    """What the merge needs of one live link.

    ``covers``       does this system's lens cover a unit (any unit name)
    ``behind``       unit → revision last seen (None: never)
    ``corrections``  unit → how often it was written back within the window (merge.md 6)
    ``retaken``      unit → values of this link that took the place of another's within the window, repeats and all
    ``awake``        what its users did so far is merged; else it waits, as for the record to be back in scope or in view
    """

    id: str
    system: str
    covers: Callable[[str], bool]
    behind: Mapping[str, int | None] = field(default_factory=dict)
    left: Mapping[str, Left] = field(default_factory=dict)
    corrections: Mapping[str, int] = field(default_factory=dict)
    retaken: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    awake: bool = True

    def seen(self, unit: str, rev: int) -> int | None:
        """The revision of ``unit`` this link last held."""
        if unit in self.left:
            return self.left[unit].seen
        return self.behind.get(unit, rev)


EditKind = Literal["set", "add", "remove", "replace", "join"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One unit of one link that differs from its shadow.

    ``base``     the value in the shadow
    ``seen``     the revision the link last held; None: never any
    ``payload``  for an edit of a member's attribute: the member's payload there (it may have been removed meanwhile)
    ``cause``    "" or "mapping" (a changed lens), shown to people
    """

    unit: str
    link: str
    kind: EditKind
    base: Value
    value: Value
    seen: int | None
    payload: Value = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reviewer's answer to a conflict. ``keep_each``: leave every system as it is. ``by``: who answered."""

    unit: str
    number: int
    value: Value = None
    keep_each: bool = False
    by: str = REVIEWER


@dataclass(frozen=True, slots=True)
class Contender:
    """An open edit. ``link`` is the link that asserts it, or the origin of a joined contact's value; ``rev`` is set
    for the latter: an edit that has seen that revision replaces the contender."""

    link: str
    value: Value
    base: Value
    seen: int | None
    rev: int | None = None


Reason = Literal["contending", "invalid", "error", "flapping", "ask"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A unit waiting for a person. ``number`` grows with every change of it; an answer names the number it saw."""

    unit: str
    number: int
    reason: Reason
    contenders: tuple[Contender, ...]
    note: str = ""


Fate = Literal["won", "agreed", "contends", "overruled", "withdrew", "left", "joined", "answered"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one edit, or of the value it met, by which rule."""

    unit: str
    link: str
    fate: Fate
    value: Value
    rule: str
    against: Value = None


@dataclass(frozen=True, slots=True)
class ContactState:
    """One contact before a merge. ``links``: the live ones, by id."""

    units: Units
    links: Mapping[str, LinkState]
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MergeOutcome:
    """One contact after a merge. ``units``, ``behind``, ``left``, ``conflicts`` are whole; ``changed`` lists the units
    whose value got the new revision, with the cell before; ``refused`` are answers whose number was out of date;
    ``retaken`` are (link, unit) whose value took the place of another's."""

    units: Units
    behind: Mapping[str, Mapping[str, int | None]]
    left: Mapping[str, Mapping[str, Left]]
    conflicts: Mapping[str, Conflict]
    decisions: tuple[Decision, ...] = ()
    changed: Mapping[str, Cell] = field(default_factory=dict)
    corrected: tuple[tuple[str, str], ...] = ()
    refused: tuple[Answer, ...] = ()
    retaken: tuple[tuple[str, str], ...] = ()

    def apply(self, state: ContactState) -> ContactState:
        """The state after this outcome."""
        links = {
            i: replace(link, behind=self.behind.get(i, link.behind), left=self.left.get(i, link.left))
            for i, link in state.links.items()
        }
        return ContactState(dict(self.units), links, dict(self.conflicts))


@dataclass(frozen=True, slots=True)
class Send:
    """A write of ours whose outcome may be unknown (merge.md 3).

    ``sent``     units with the value sent and its revision
    ``shown``    the projection the system would show had the write landed
    ``patch``    the native patch
    """

    sent: Mapping[str, int]
    shown: Projection
    patch: Mapping[str, Any]
    marker: str | None = None
