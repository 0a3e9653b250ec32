"""Guards stop what looks like an accident before anything is sent (design.md, Guards)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.model.units import Projection, set_of

SEVERAL = 2
"""One record may be anybody's doing; what several show alike is more likely one thing that happened to the system."""


@dataclass(frozen=True, slots=True)
class Census:
    """What one system's observations of this run would change, counted before the merge.

    ``links``    live links of the system
    ``listed``   records of a full listing that ended, or None when there was none
    ``changed``  links whose projection changed; ``by_unit`` the same by base unit
    ``blanked``  units that had a value and are empty now
    ``gone``     links whose record is gone
    ``back``     links whose record has a version again that it had before
    ``silent``   base units that every link with a value told before, and none tells now; with how many those were
    """

    links: int
    listed: int | None = None
    changed: int = 0
    by_unit: Mapping[str, int] = field(default_factory=dict)
    blanked: int = 0
    gone: int = 0
    back: int = 0
    silent: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """``small``: below so many links nothing is "most of them". ``share``: the part that counts as most."""

    small: int = 10
    share: float = 0.5
    most: int = 50
    least: int = 5
    rate: float = 0.05

    def removals(self, links: int) -> int:
        """How many deletes or blanks a run and 24 hours may bring to a system with so many links."""
        return min(self.most, max(self.least, int(self.rate * links)))

    def is_most(self, some: int, of: int) -> bool:
        """Are so many most of them?"""
        return of > self.small and some > self.share * of


def check_census(census: Census, limits: Limits) -> str | None:
    """Why this system must be set aside, or None."""
    if census.listed == 0 and census.links > 0:
        return f"it lists nothing, and {census.links} records were known"
    most = census.links > limits.small
    if most and census.gone > limits.share * census.links:
        return f"{census.gone} of {census.links} records are gone"
    for unit, links in sorted(census.silent.items()):
        if links >= SEVERAL:
            return f"it no longer tells {unit} of anybody, and told it of {links}: was a column or field renamed, or hidden?"
    if most and census.listed is not None and census.changed > limits.share * census.links:
        return f"{census.changed} of {census.links} records changed at once in a full listing"
    if most and census.blanked > limits.share * census.links:
        return f"{census.blanked} values were emptied at once"
    if census.back > limits.removals(census.links):
        return f"{census.back} records are as they were before, as if it had been restored from a backup"
    if most and census.listed is not None and 0 < census.back == census.changed and census.back + census.gone >= SEVERAL:
        return f"all that changed ({census.back}) is as it was before, as if an older copy had taken its place"
    return None


def check_plan(
    removals: Mapping[str, int], links: Mapping[str, int], recent: Mapping[str, int], limits: Limits
) -> dict[str, str]:
    """Per system, why its deletes and blanks must wait for approval. ``recent``: those of the last 24 hours."""
    out = {}
    for system, count in sorted(removals.items()):
        limit = limits.removals(links.get(system, 0))
        total = count + recent.get(system, 0)
        if count and total > limit:
            out[system] = f"{total} deletes or blanks within 24 hours, more than {limit}"
    return out


def removals(sets: Mapping[str, Any], before: Projection, shown: Projection) -> int:
    """Values a write blanks and members it takes away."""
    count = 0
    for unit, value in before.items():
        if unit not in shown:
            continue
        if unit in sets:
            lost = len((value or {}).keys() - (shown[unit] or {}).keys())
            came = len((shown[unit] or {}).keys() - (value or {}).keys())
            count += max(0, lost - came)
        elif value is not None and shown[unit] is None and set_of(unit) is None:
            count += 1
    return count
