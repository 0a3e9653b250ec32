"""For whom the time is over for which they may be kept (GDPR, article 5(1)(e)). Who is to go is proposed; a person approves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.model.state import Units
from hub.rules.scope import scope

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Retention:
    """One rule. ``where``: a filter (``hub.rules.scope``), None: everybody; ``unchanged_s``: seconds for which nothing about them
    changed; ``why``: the purpose or law, for the receipt."""

    name: str
    unchanged_s: int
    why: str
    where: Mapping[str, Any] | None = None


def over(rules: Sequence[Retention], units: Units, since: float, now: float) -> Retention | None:
    """The first rule by which a contact is not to be kept any more, or None. ``since``: when something about it changed last.

    Days are counted to the beginning of today (UTC), so that a list that was shown stays the same until midnight.
    """
    today = now // DAY_S * DAY_S
    return next((r for r in rules if since <= today - r.unchanged_s and scope(units, r.where) == "in"), None)
