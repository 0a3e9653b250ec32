"""Bugs of sets and slots (merge.md 4, 8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from hub.rules import heirs, ledger, members, slots
from hub.rules.lenses import slots as lens_slots
from hub.testing.simulation.planted.plant import plant


@plant("8 a removal counts, whoever else spoke for the member", first=4, world="meetings")
def _removal() -> Iterator[None]:
    with patch.object(members, "_removal_decided", lambda *_: False):
        yield


@plant("8 a late edit of a replaced member does not follow to what replaced it", first=4, world="meetings")
def _chain() -> Iterator[None]:
    with patch.object(members, "_along_the_chain", lambda ledger, edit, base, key: edit):
        yield


@plant("8 candidates that lost are not discarded", first=1, world="meetings")
def _discarded() -> Iterator[None]:
    with patch.object(heirs, "discard", lambda *_: []):
        yield


@plant("8 slots are filled anew, whatever the system holds", first=5, world="meetings")
def _slots() -> Iterator[None]:
    def fill(members: Any, primary: Any, held: Any, slots: Any, order: Any, **more: Any) -> Any:
        return real(members, primary, {}, slots, {k: -age for k, age in order.items()}, **more)
    real = slots.fill
    with patch.object(lens_slots, "fill", fill):
        yield


@plant("8 a set that was changed is not looked at again for slots", first=5, world="meetings")
def _look() -> Iterator[None]:
    with patch.object(ledger.Ledger, "look_again", lambda self, link, name: None):
        yield
