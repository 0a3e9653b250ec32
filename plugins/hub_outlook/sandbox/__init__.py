"""A strict, stateful fake of Microsoft Graph's contacts and of the identity service, for tests and the demo. Imports neither
connector nor api. What the vendor has and this has not is refused with 501, so that nothing is tested against a guess."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.applications import Starlette

from .app import Tenant
from .identity import CLIENT_ID, EXPIRED_SECRET, SECRET, TENANT
from .users import Users
from .world import Limits, Log, World

__all__ = ["CLIENT_ID", "EXPIRED_SECRET", "MAILBOX", "SECRET", "TENANT", "Limits", "Log", "Users", "World", "create_app"]

MAILBOX = "office@association.example"


def create_app(
    *,
    people: Iterable[Mapping[str, Any]] = (),
    mailboxes: Iterable[str] = (MAILBOX,),
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """A tenant as an ASGI application, served at its root, identity service included.

    ``people``     contacts in the folder Contacts of the first mailbox, in the vendor's property names
    ``mailboxes``  addresses of those who have one; the settings let the application use them all
    ``clock``      Unix seconds; the tenant's own clock

    Side doors: ``app.state.world`` (mailboxes, scope, limits, ``identity``, ``log``) and ``app.state.users`` (people at work).
    """
    world = World(clock)
    users = Users(world)
    addresses = tuple(mailboxes)
    for address in addresses:
        users.arrive(address)
    for values in people:
        users.add(addresses[0], values)
    app = Tenant(world).app()
    app.state.users = users
    app.state.settings = {"tenant": TENANT, "client_id": CLIENT_ID, "client_secret": SECRET, "mailboxes": list(addresses)}
    return app
