"""When each system's turn is. One in trouble is asked less and less often, alone; the others keep their time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import floor

from hub.errors import AuthFailed, HubError, Misconfigured, Throttled

SOON_S, LATER_S = 60.0, 3600.0
"""The first wait after a trouble that may pass by itself, and after one that waits for a person: asking again and again
with a wrong password locks accounts."""
LONGEST_S = 6 * 3600.0
SLACK_S = 60.0
"""A clock that was set back further than that makes everything due."""


def wait_s(failures: int, error: Exception, every_s: float, longest_s: float = LONGEST_S) -> float:
    """Seconds until the next try after so many failures in a row (at least 1)."""
    first = LATER_S if isinstance(error, AuthFailed | Misconfigured) else min(SOON_S, every_s)
    wait = min(first * 2.0 ** min(failures - 1, 30), longest_s)
    asked = error.retry_after_s if isinstance(error, Throttled) else None
    return max(wait, asked or 0.0)


@dataclass(slots=True)
class Turn:
    """``next_at``: unix seconds. ``trouble``: why it did not go well, in words ("": it did); ``since``: of the first of
    ``failures`` in a row."""

    every_s: float
    next_at: float
    failures: int = 0
    trouble: str = ""
    since: float | None = None
    longest_s: float = LONGEST_S

    def failed(self, now: float, error: HubError) -> None:
        self.failures += 1
        self.trouble = str(error)
        self.since = self.since if self.since is not None else now
        self.next_at = now + wait_s(self.failures, error, self.every_s, self.longest_s)

    def went_well(self, next_at: float) -> None:
        self.failures, self.trouble, self.since, self.next_at = 0, "", None, next_at


@dataclass(slots=True)
class Schedule:
    """The turns of all systems. Those with one interval have their turn together, also after one of them was away."""

    every_s: Mapping[str, float]
    began_at: float
    turns: dict[str, Turn] = field(default_factory=dict)
    _looked_at: float = 0.0

    def __post_init__(self) -> None:
        self.turns = {name: Turn(every, self.began_at) for name, every in sorted(self.every_s.items())}
        self._looked_at = self.began_at

    def due(self, now: float) -> list[str]:
        """Whose turn it is."""
        if self.was_set_back(now):
            self.began_at = now
            self.soon(now)
        self._looked_at = now
        return [name for name, turn in self.turns.items() if turn.next_at <= now]

    def was_set_back(self, now: float) -> bool:
        """Somebody set the clock back since the last look."""
        return now < self._looked_at - SLACK_S

    def next_at(self) -> float:
        """When the next turn is; infinite without systems."""
        return min((turn.next_at for turn in self.turns.values()), default=float("inf"))

    def went(self, asked: Iterable[str], troubles: Mapping[str, HubError], now: float) -> None:
        """A cycle ended in which these systems were asked."""
        for name in asked:
            turn = self.turns.get(name)
            if turn is None:
                continue
            if name in troubles:
                turn.failed(now, troubles[name])
            else:
                turn.went_well(self._after(turn, now))

    def _after(self, turn: Turn, now: float) -> float:
        return self.began_at + (floor((now - self.began_at) / turn.every_s) + 1) * turn.every_s

    def soon(self, now: float) -> None:
        """Whatever waits longer is due now: something changed that may end its trouble."""
        for turn in self.turns.values():
            turn.next_at = min(turn.next_at, now)

    def changed(self, every_s: Mapping[str, float], now: float) -> None:
        """Other systems, or other intervals: all are due; who was in trouble stays so until a cycle went well."""
        old, self.every_s = self.turns, dict(every_s)
        self.turns = {name: Turn(every, now) for name, every in sorted(every_s.items())}
        for name, turn in self.turns.items():
            if name in old:
                before = old[name]
                turn.failures, turn.trouble, turn.since = before.failures, before.trouble, before.since
