"""A strict, stateful fake of a Tryton server's JSON-RPC, for tests and the demo. Imports neither connector nor api. What the
server has and this has not is refused with 501, so that nothing is tested against a guess."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.applications import Starlette

from .app import Server
from .users import Users
from .world import DATABASE, PASSWORD, READER, USER, World

__all__ = ["DATABASE", "PASSWORD", "READER", "USER", "Users", "World", "create_app"]


def create_app(
    *,
    parties: Iterable[Mapping[str, Any]] = (),
    clock: Callable[[], float] = time.time,
    postgresql: bool = False,
    invoicing: bool = True,
    people: str | None = "Person",
    countries: Iterable[tuple[str, str]] = (("Finland", "FI"), ("Sweden", "SE"), ("Estonia", "EE")),
) -> Starlette:
    """A server with one database as an ASGI application, served at its root.

    ``parties``     as ``Users.add`` takes them, the name as ``name``
    ``clock``       Unix seconds; the server's own clock
    ``postgresql``  change marks and booleans as they are there, instead of SQLite's
    ``invoicing``   the module account_invoice is installed: addresses have the flag ``invoice``
    ``people``      name of the category of people; None: nobody made it
    ``countries``   name and code of those that were loaded

    Side doors: ``app.state.world`` and ``app.state.users`` (people at work there).
    """
    world = World(clock, postgresql=postgresql, invoicing=invoicing)
    with world.transaction():
        for name in ([people] if people else []) + ["Member", "Donor"]:
            world.insert("party.category", {"name": name, "active": True})
        for name, code in countries:
            world.insert("country.country", {"name": name, "code": code, "active": True})
        for name, code in (("English", "en"), ("Finnish", "fi"), ("Swedish", "sv")):
            world.insert("ir.lang", {"name": name, "code": code})
    users = Users(world)
    for each in parties:
        users.add(**each)
    app = Server(world).app()
    app.state.users = users
    app.state.settings = {"database": DATABASE, "user": USER, "password": PASSWORD}
    return app
