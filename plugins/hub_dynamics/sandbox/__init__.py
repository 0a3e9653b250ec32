"""A strict, stateful fake of the Dataverse Web API 9.2 and of its token service, for tests and the demo. Imports neither
connector nor api. What the vendor has and this has not is refused with 501, so that nothing is tested against a guess."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.applications import Starlette

from .app import Environment
from .schema import Column
from .users import Users
from .world import CLIENT_ID, EXPIRED_SECRET, SECRET, TENANT, Limits, Log, World, role

__all__ = ["CLIENT_ID", "EXPIRED_SECRET", "SECRET", "TENANT", "Column", "Limits", "Log", "Users", "World", "create_app", "role"]


def create_app(
    *,
    organisations: Iterable[Mapping[str, Any]] = (),
    people: Iterable[Mapping[str, Any]] = (),
    clock: Callable[[], float] = time.time,
    custom: Mapping[str, Mapping[str, Column]] | None = None,
    keys: Mapping[str, Mapping[str, str]] | None = None,
) -> Starlette:
    """An environment as an ASGI application, served at its root, token service included.

    ``organisations, people``  accounts and contacts, in the vendor's column names
    ``clock``                  Unix seconds; the environment's own clock
    ``custom``                 columns a customiser added: ``{"contact": {"new_memberno": Column("string", 20)}}``
    ``keys``                   alternate keys, of one column each: ``{"contact": {"new_memberno": "Active"}}``

    Side doors: ``app.state.world`` (tables, privileges, limits, ``log``) and ``app.state.users`` (people at work there).
    """
    world = World(clock, custom or {})
    for table, columns in (keys or {}).items():
        world.tables[table].keys.update(columns)
    users = Users(world)
    for row in organisations:
        users.add("account", row)
    for row in people:
        users.add("contact", row)
    app = Environment(world).app()
    app.state.users = users
    app.state.settings = {"tenant": TENANT, "client_id": CLIENT_ID, "client_secret": SECRET}
    return app
