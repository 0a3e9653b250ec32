"""The worked example with its systems in this process: no server, no waiting, a clock that is turned.

What goes over the wire goes through a transport that the caller may lay between (``wrap``). The address book is a sandbox here
too, and the Excel list is the file it always is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from hub.app import Hub
from hub.config import kind_of, settings_of
from hub.testing.clock import VirtualClock
from hub_carddav.sandbox import create_app as new_shelf
from hub_demo import books, crm, partners, volunteers, workspace
from hub_demo.association import CRM, PARTNERS, STAFF, VOLUNTEERS, Known
from hub_demo.further import EVERY, FURTHER, Running
from hub_demo.setting import LIST, PASSWORDS, natives, staff_cards
from hub_demo.truth import Place

Wrap = Callable[[str, httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]
"""System and the way to it → the way it is to be."""


class Shelf:
    """The staff's address book, as its users' programs see it."""

    def __init__(self, app: Any) -> None:
        self.app, self.world, self._book = app, app.state.world, f"/{STAFF}/{books.BOOK}/"

    def read(self, name: str) -> str:
        card: str = self.world.get(self._book + name)
        return card

    def write(self, name: str, card: str) -> None:
        self.world.put(self._book + name, card)

    def names(self) -> list[str]:
        return list(self.world.list(self._book))


@dataclass(frozen=True)
class House:
    """The systems, filled; a workspace that connects them. ``native``: the id of each record there; the list's rows have one
    after the first sync. ``clock``: the hub's; ``clocks``: of each system and its connector, so that who waits for one system
    does not wait for another."""

    home: Path
    clock: VirtualClock
    clocks: Mapping[str, VirtualClock]
    crm: crm.Crm
    partners: partners.Partners
    shelf: Shelf
    volunteers: volunteers.Volunteers
    further: Mapping[str, Running]
    known: Known
    native: dict[Place, str]

    @property
    def apps(self) -> dict[str, Any]:
        """System → its sandbox: those that speak over a wire."""
        return {CRM: self.crm.app, PARTNERS: self.partners.app, STAFF: self.shelf.app,
                **{name: running.app for name, running in self.further.items()}}

    def ids(self) -> dict[str, set[str]]:
        """System → the records it was filled with, where they have a name yet."""
        found: dict[str, set[str]] = {system: set() for system in self.known}
        for (system, _), native_id in self.native.items():
            found[system].add(native_id)
        found[CRM] |= {str(n) for n in range(1, crm.FIRST_ID)}
        return found

    def turn(self, seconds: float) -> None:
        """So much time passes, for all of them."""
        every = (self.clock, *self.clocks.values())
        then = max(clock.now() for clock in every) + seconds
        for clock in every:
            clock.turn(then - clock.now())

    def open(self, wrap: Wrap = lambda _, way: way) -> Hub:
        """The hub over it, as a process of its own would open it."""
        hub = Hub.open(self.home, connecting=False, clock=self.clock.now)
        for name, section in hub.config.systems.items():
            kind = kind_of(hub.registry, hub.config, name, self.home)
            settings = settings_of(name, section.settings, kind.settings, self.home)
            way = wrap(name, httpx.ASGITransport(self.apps[name])) if name in self.apps else None
            hub.connectors[name] = kind.connector(settings, system=name, transport=way, clock=self.clocks[name])
        return hub


def lay_out(home: Path, seed: int, known: Known) -> House:
    """Fill all systems of ``hub demo --all`` with what they know, and write the workspace into the empty folder ``home``."""
    clocks = {name: VirtualClock() for name in EVERY}
    shelf = Shelf(new_shelf(users=PASSWORDS, books={f"/{STAFF}/{books.BOOK}/": "Staff"}))
    for name, card in staff_cards(known[STAFF], seed):
        shelf.write(name, card)
    (home / "servers").mkdir()
    sheet = volunteers.fill(home / "servers" / LIST, known[VOLUNTEERS], seed)
    site, environment = crm.fill(known[CRM], clocks[CRM].now), partners.fill(known[PARTNERS], seed, clocks[PARTNERS].now)
    further = {each.name: each.fill(known[each.name], clocks[each.name].now) for each in FURTHER}
    workspace.fill(home, where={workspace.LIST_PATH: sheet.path.as_posix()}, everything=True,
                   secrets={CRM: crm.API_KEY, PARTNERS: environment.secret, **PASSWORDS,
                            **{file: secret for running in further.values() for file, secret in running.secrets.items()}})
    native = {**natives(known, seed), **{(name, n): found for name, running in further.items()
                                         for n, found in enumerate(running.natives)}}
    return House(home, VirtualClock(), clocks, site, environment, shelf, sheet, further, known, native)
