"""A strict, stateful fake of Procountor's REST API and of its token service, for tests and the demo. Imports neither connector
nor api. What the vendor has and this has not, and what its pages leave open, is refused with 501, so that nothing is tested
against a guess."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.applications import Starlette

from .app import Server
from .users import Users
from .world import API_KEY, CLIENT_ID, GROUP, SECRET, World

__all__ = ["API_KEY", "CLIENT_ID", "GROUP", "SECRET", "Users", "World", "create_app"]


def create_app(*, clock: Callable[[], float] = time.time, people_group: str | None = GROUP) -> Starlette:
    """A company as an ASGI application, served at its root, token service included.

    ``clock``         Unix seconds; Procountor's own clock
    ``people_group``  name of the customer group of people; None: nobody made it

    Side doors: ``app.state.world`` (partners, rights, keys, ``log``) and ``app.state.users`` (people at work there).
    """
    world = World(clock)
    if people_group is not None:
        world.add_group(people_group)
    world.add_group("Export")
    app = Server(world).app()
    app.state.users = Users(world)
    app.state.settings = {"client_id": CLIENT_ID, "client_secret": SECRET, "api_key": API_KEY}
    return app
