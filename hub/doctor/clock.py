"""Is the clock right? Nothing that happened can be later than now."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import hub
from hub.doctor.finding import Finding

CHECK = "clock"
CURE = "Let the system set its clock by itself (network time)."
MOST_S = 300.0
"""Seconds a clock may be set back without a word."""


def clock(newest: float | None, now: float, installed: float = 0.0) -> Finding:
    """``newest``: the latest moment that stands in the workspace; ``installed``: when the program's own files were put here;
    all unix seconds."""
    shown = _shown(now)
    if newest is not None and newest > now + MOST_S:
        return Finding(CHECK, "wrong", f"It is {shown} by this computer, but something here happened at {_shown(newest)}: the "
                       "clock went backward, or was ahead then.", CURE)
    if installed > now + MOST_S:
        return Finding(CHECK, "warning", f"It is {shown} by this computer, but contact-hub was installed at {_shown(installed)}: "
                       "the clock went backward, or was ahead then.", CURE)
    if newest is None:
        return Finding(CHECK, "unknown", f"It is {shown} by this computer; nothing happened here yet to compare it with.",
                       "See that this is right.")
    return Finding(CHECK, "fine", f"It is {shown} by this computer, later than all that happened here.")


def installed_at() -> float:
    """When the newest of the program's own files was put here (unix seconds)."""
    return max(path.stat().st_mtime for path in Path(hub.__file__).parent.glob("*.py"))


def _shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).astimezone().strftime("%Y-%m-%d %H:%M %Z")
