"""What a connector declares about its system. The engine and the contract suite believe it; a test compares it
with a committed table."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal


class Support(Enum):
    """Tells "the system cannot" from "we have not built it"."""

    YES = "yes"
    CANNOT = "the system cannot"
    NOT_BUILT = "not built yet"

    def __bool__(self) -> bool:
        return self is Support.YES


@dataclass(frozen=True, slots=True)
class Batch:
    """Writes in one call. ``max``: at most so many; ``mode``: atomic (all or nothing), partial (per item), none."""

    max: int = 1
    mode: Literal["atomic", "partial", "none"] = "none"
    keeps_order: bool = True


@dataclass(frozen=True, slots=True)
class Rate:
    """One dimension of a documented limit: ``requests`` in ``window_s`` seconds, ``concurrent`` at once (0: not said)."""

    requests: int = 0
    window_s: float = 0
    concurrent: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """See ``docs/writing-a-connector.md`` for each field's meaning to the engine.

    ``cursor_precision_s``   for timestamp cursors: the clock's tick in seconds
    ``deletes_seen_as``      how a delete made there reaches us
    ``delete_leaves``        what a delete of ours leaves there: nothing, the record in the system's "trash", or "inactive"
    ``conditional_write``    an update or delete can be made to fail when the version moved
    ``idempotent_create``    repeating a create with the same key cannot make a second record
    ``returns_written``      "record": the answer carries the stored record; "version": only its version; "none"
    ``own_key_field``        native key that stores the hub's key and can be searched by ``find``; None: there is none
    ``write_marker``         native key that stores a marker of our last write; None: there is none
    ``max_page``             records a page at most (0: the server decides)
    ``stirs``                names of what a write there may start by itself ("Rules"), as the vendor's text says; shown
                             with each plan. A connector that can keep still says what is left in a property ``stirs``
    """

    entities: tuple[str, ...] = ("contact",)
    writes: Support = Support.YES
    creates: Support = Support.YES
    deletes: Support = Support.YES
    cursor: Literal["none", "timestamp", "token", "monotonic id"] = "none"
    cursor_precision_s: float = 0
    deletes_seen_as: Literal["tombstone", "soft flag", "inactive", "absence"] = "absence"
    delete_leaves: Literal["nothing", "trash", "inactive"] = "nothing"
    conditional_write: Support = Support.CANNOT
    idempotent_create: Support = Support.CANNOT
    returns_written: Literal["record", "version", "none"] = "none"
    field_times: Support = Support.CANNOT
    batch: Batch = field(default_factory=Batch)
    max_page: int = 0
    rate: tuple[Rate, ...] = ()
    own_key_field: str | None = None
    write_marker: str | None = None
    irreversible: frozenset[str] = frozenset({"delete"})
    stirs: tuple[str, ...] = ()
