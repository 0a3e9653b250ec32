"""A strict, stateful fake of CiviCRM's APIv4 over authx, for tests and the demo. Imports neither connector nor api.

It answers recorded requests as CiviCRM 6.17.2 and 5.77 did (``tests/plugins/civicrm/REPLAY.md``); what the vendor has
and this has not is refused with 501, so that nothing is tested against a guess.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from starlette.applications import Starlette

from .answers import Edition
from .app import Site
from .users import Person, Users
from .world import ADMIN, READER, WRITER, Account, Log, World

__all__ = ["ADMIN", "API_KEY", "READER", "SITE_KEY", "WRITER", "Account", "Edition", "Log", "Person", "Users", "World",
           "create_app"]

API_KEY = "sandbox-api-key"
SITE_KEY = "sandbox-site-key"


def create_app(
    *,
    people: Iterable[Person] = (),
    edition: Edition = "6.17.2",
    time_zone: str = "UTC",
    permissions: Iterable[str] = WRITER,
    clock: Callable[[], float] = time.time,
    custom: Mapping[str, Mapping[str, str]] | None = None,
    custom_triggers: bool = True,
    api_key: str = API_KEY,
    site_key: str = SITE_KEY,
) -> Starlette:
    """A site as an ASGI application, served at its root.

    ``people``           who is in it, in the vendor's field names (``Person``); they were entered one a minute, the
                         last one two minutes ago
    ``time_zone``        the site's zone: times are printed in it, without a mark
    ``permissions``      of the account that ``api_key`` belongs to: ``READER``, ``WRITER``, ``ADMIN`` or others
    ``clock``            Unix seconds; the CRM's own clock
    ``custom``           custom groups of contacts: ``{"Membership_Info": {"Member_number": "String"}}``
    ``custom_triggers``  custom fields move ``modified_date``

    Side doors: ``app.state.world`` (tables, ``log``) and ``app.state.users`` (people working in the CRM).
    """
    people, opened = list(people), clock()
    world = World(edition=edition, zone=ZoneInfo(time_zone), clock=clock, custom=custom or {},
                  custom_triggers=custom_triggers)
    users = Users(world)

    def entered(minutes_ago: int, person: Person) -> int:
        world.clock = lambda: opened - 60 * minutes_ago
        return users.add(person)

    entered(len(people) + 2, {"contact_type": "Organization", "organization_name": "Default Organization"})
    account = entered(len(people) + 2, {
        "contact_type": "Individual", "first_name": "Hub", "last_name": "Account",
        "emails": [{"email": "hub@example.org", "location_type": "Home", "is_primary": True}]})
    world.accounts[api_key] = Account(account, api_key, frozenset(permissions))
    for number, person in enumerate(people):
        entered(len(people) + 1 - number, person)
    world.clock = clock
    app = Site(world, site_key).app()
    app.state.users = users
    app.state.settings = {"api_key": api_key}
    return app
