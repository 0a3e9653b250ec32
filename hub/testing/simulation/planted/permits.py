"""Bugs of what may be planned and sent: filters, limits, approval, guards, containment (merge.md 12, design)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hub.engine import cycle, planning, pull
from hub.rules.rulebook import SystemRules
from hub.store import plans
from hub.testing.simulation.planted.plant import plant


@plant("12 a record is made where the contact is out of the filter", first=3, world="site")
def _scope() -> Iterator[None]:
    real = planning._One._create

    def create(self: Any, rules: Any) -> None:
        with patch.object(planning, "scope", lambda units, where: "in"):
            real(self, rules)
    with patch.object(planning._One, "_create", create):
        yield


@plant("12 who left the filter is still written there", first=3, world="site")
def _left() -> Iterator[None]:
    with patch.object(planning._One, "_scope", lambda self, link, rules: None):
        yield


@plant("12 a unit goes where it may not", first=3, world="site")
def _allowed() -> Iterator[None]:
    with patch.object(SystemRules, "may_leave_to", lambda self, entity, unit: True):
        yield


@plant("12 phones of protected people go where they are not named", first=8, world="site")
def _protected() -> Iterator[None]:
    with patch.object(SystemRules, "named", lambda self, base: True):
        yield


@plant("12 the quiet period is not waited out", first=4, world="site")
def _quiet() -> Iterator[None]:
    real = planning.make_plan
    with patch.object(cycle, "make_plan", lambda store, book, *a, **k: real(store, replace(book, quiet_s=0.0), *a, **k)):
        yield


@plant("approval: a system is written to before a plan that names it was approved", first=5, world="site")
def _unapproved() -> Iterator[None]:
    real = cycle._approved
    with patch.object(cycle, "_approved", lambda store, opened: dict.fromkeys(real(store, opened), True)):
        yield


@plant("approval: deletes do not wait for it", first=3, world="site")
def _deletes() -> Iterator[None]:
    real = plans.release

    def release(tx: Any, plan: str, systems: Any, ops: Any) -> int:
        return real(tx, plan, systems, ("create", "update", "delete"))
    with patch.object(plans, "release", release):
        yield


@plant("approval: a plan that is stale is applied", first=1, world="site")
def _stale_plan() -> Iterator[None]:
    real = planning.make_plan
    with patch.object(cycle, "make_plan", lambda *a, **k: replace(real(*a, **k), hash="the same")):
        yield


@plant("guards: a system that lists nobody is believed", first=5, world="site")
def _emptied() -> Iterator[None]:
    real = pull.pull

    def believed(*args: Any, accepted: bool = False, **more: Any) -> Any:
        return real(*args, accepted=True, **more)
    with patch.object(cycle, "pull", believed), patch.object(cycle, "take_census", lambda *_: {}):
        yield


@plant("containment: a mistake of one connector stops all", first=8, world="site")
def _contained() -> Iterator[None]:
    with patch.object(cycle, "Contained", lambda name, connector: connector):
        yield
