"""Is the clock right? Nothing that happened can be later than now."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.doctor.finding import Finding

CHECK = "clock"
MOST_S = 300.0
"""Seconds a clock may be set back without a word."""


def clock(newest: float | None, now: float) -> Finding:
    """``newest``: the latest moment that stands in the workspace; both unix seconds."""
    shown = datetime.fromtimestamp(now, UTC).astimezone().strftime("%Y-%m-%d %H:%M %Z")
    if newest is None:
        return Finding(CHECK, "unknown", f"It is {shown} by this computer; nothing happened here yet to compare it with.",
                       "See that this is right.")
    if newest > now + MOST_S:
        latest = datetime.fromtimestamp(newest, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
        return Finding(CHECK, "wrong", f"It is {shown} by this computer, but something here happened at {latest}: the clock went "
                       "backward, or was ahead then.", "Let the system set its clock by itself (network time).")
    return Finding(CHECK, "fine", f"It is {shown} by this computer, later than all that happened here.")
