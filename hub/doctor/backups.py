"""How old is the newest backup?"""

from __future__ import annotations

from hub.doctor.finding import Finding

CHECK = "backup"
OLD_DAYS = 3
_DAY_S = 86_400


def backups(made_at: float | None, now: float) -> Finding:
    """``made_at``: the newest backup, unix seconds; None where there is none."""
    if made_at is None:
        return Finding(CHECK, "warning", "There is no backup yet.", "Run `hub backup`, every day by a timer.")
    days = int((now - made_at) // _DAY_S)
    if days >= OLD_DAYS:
        return Finding(CHECK, "warning", f"The newest backup is {days} days old.", "Run `hub backup`, every day by a timer.")
    return Finding(CHECK, "fine", f"The newest backup is less than {days + 1} day{'s' if days else ''} old.")
