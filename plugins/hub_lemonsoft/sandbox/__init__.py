"""A strict, stateful fake of Lemonsoft's REST interface, for tests and the demo. Imports neither connector nor api. What the
vendor has and this has not, and what its text leaves open, is refused with 501, so that nothing is tested against a guess."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.applications import Starlette

from .app import Server
from .users import Users
from .world import API_KEY, DATABASE, PASSWORD, PEOPLE, USER, World

__all__ = ["API_KEY", "DATABASE", "PASSWORD", "PEOPLE", "USER", "Users", "World", "create_app"]


def create_app(*, clock: Callable[[], float] = time.time) -> Starlette:
    """A company's database as an ASGI application, served at its root. ``clock``: Unix seconds; Lemonsoft's own clock. Side
    doors: ``app.state.world`` (customers, logins, ``log``) and ``app.state.users`` (people at work there)."""
    world = World(clock)
    app = Server(world).app()
    app.state.users = Users(world)
    app.state.settings = {"database": DATABASE, "user": USER, "password": PASSWORD, "api_key": API_KEY, "people_group": PEOPLE}
    return app
