"""What a run counted."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """Counters of one run. ``requests`` per system; ``systems``: name → what stopped or warned it;
    ``approved_by``: who approved the plan of this run, "" when nobody did; ``not_erased``: who changed since it was
    approved that they be erased by a rule of retention; ``not_erased_yet``: of whose systems one was not read since."""

    read: int = 0
    linked: int = 0
    joined: int = 0
    merged: int = 0
    edits: int = 0
    planned: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    refused: int = 0
    stale: int = 0
    unknown: int = 0
    held: int = 0
    waiting: int = 0
    matches: int = 0
    erased: int = 0
    not_erased: int = 0
    not_erased_yet: int = 0
    requests: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    plan: str | None = None
    approved_by: str = ""

    @property
    def writes(self) -> int:
        return self.created + self.updated + self.deleted

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "writes": self.writes}
