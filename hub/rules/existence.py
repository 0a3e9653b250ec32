"""What it means that a record is not there any more (merge.md 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.model.life import LinkLife
from hub.model.record import How

OnDelete = Literal["ask", "unlink", "propagate"]
OnLeave = Literal["keep", "freeze", "delete"]
PROPAGATED = "on_delete propagate"
DeleteLeaves = Literal["nothing", "trash", "inactive"]


@dataclass(frozen=True, slots=True)
class Absence:
    """What was seen of one link's record.

    ``confirmed``        a read of that id, or a tombstone of the system, says so; a listing alone never does
    ``ours``             an outstanding delete of ours explains it
    ``ours_on_leave``    and that delete came from the filter (``on_leave``)
    ``asleep``           the link was out of scope or out of view already
    ``sibling``          another live link of the same system stands on the contact
    ``behind``           the link was behind on something, had an unknown send, or others edit in this merge
    """

    how: How
    confirmed: bool
    ours: bool = False
    ours_on_leave: bool = False
    asleep: bool = False
    sibling: bool = False
    behind: bool = False


@dataclass(frozen=True, slots=True)
class Fateful:
    """``life``: the link's new state · ``tombstone``: forbids making the contact there again ·
    ``act``: nothing, "ask" (a person decides), "ask_edited" (deleted there, edited here: a person looks),
    "delete" (the contact ends; the other systems are behind on it)."""

    life: LinkLife
    tombstone: bool
    act: Literal["nothing", "ask", "ask_edited", "delete"]
    rule: str


def absence(seen: Absence, on_delete: OnDelete) -> Fateful:
    """Decide what an absence means. Pure; the order of systems cannot matter."""
    if seen.how == "denied":
        return Fateful("denied", False, "nothing", "no permission")
    if seen.how == "left_view":
        return Fateful("left_view", False, "nothing", "left the view")
    if seen.how == "merged_into":
        return Fateful("merged", False, "nothing", "merged there")
    if not seen.confirmed:
        return Fateful("missing", False, "nothing", "missing from a listing: to be read")
    if seen.ours:
        return Fateful("gone", not seen.ours_on_leave, "nothing", "our own delete")
    if seen.sibling:
        return Fateful("gone", True, "nothing", "another record of that system stands for the contact")
    if seen.asleep:
        return Fateful("gone", True, "nothing", "was asleep")
    if seen.behind:
        return Fateful("gone", True, "ask_edited", "deleted there, edited here")
    if on_delete == "unlink":
        return Fateful("gone", True, "nothing", "on_delete unlink")
    if on_delete == "propagate":
        return Fateful("gone", True, "delete", PROPAGATED)
    return Fateful("missing", True, "ask", "on_delete ask")
