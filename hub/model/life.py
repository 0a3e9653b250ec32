"""The life of a link (merge.md 10)."""

from __future__ import annotations

from typing import Literal

LinkLife = Literal["present", "missing", "gone", "left_view", "denied", "merged", "dormant", "out", "kept"]
"""``out``: the contact left this system's filter. ``kept``: the contact is being erased, and this system keeps the record
for a reason a person gave. All but gone, merged and kept are live; only ``present`` is awake."""

LIVE: frozenset[LinkLife] = frozenset({"present", "missing", "left_view", "denied", "dormant", "out"})
RESUMING: frozenset[LinkLife] = frozenset({"gone", "merged"})
"""Ended, but the same link again when its record is seen again."""
ENDED: frozenset[LinkLife] = RESUMING | {"kept"}
