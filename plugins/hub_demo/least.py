"""The fewest requests a step can take under the hub's write protocol, from the counts of records alone.

CardDAV (RFC 6352, RFC 6578): one sync report a pull, with the cards in it; one PUT or DELETE a write, and nothing to
read back where the server answers with a strong ETag, as Radicale does.

CiviCRM (APIv4; "Reading" and "Writing" in ``plugins/hub_civicrm/README.md``): no cursor, so a pull asks for what changed
since, our own writes included: one request when nothing did, else a page for every 500 contacts and one more, as the rows
of a page are asked for with the next; where tags or relationships moved, which move no time of change, one more for the
list of their ids and a page for every 500 contacts that may be meant. No condition on a write: a batch of 200 is read
before it is written, and read back in the request that writes it; contacts that are new in it are read in one more.

Dynamics (Dataverse Web API 9.2; the same in ``plugins/hub_dynamics/README.md``): one delta link a table, so a pull is a page
for every 5000 changes of a table, at least one, and after a first read of several pages one more. Writes carry their
condition: one ``$batch`` of single requests for up to 200, with what was stored in the answer; ten creates of a table or
more go by CreateMultiple, which answers ids only, so they are read back (2), once a table it is asked for (1); what a lookup
names is looked up first, one a batch.

A spreadsheet is a file: no request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil

PAGE = 500
DELTA_PAGE = 5000
BATCH = 200
BULK = 10

Written = Mapping[tuple[str, str], int]
"""(system, op) → writes"""


def carddav(system: str, written: Written) -> int:
    """One address book, pulled once."""
    return 1 + sum(count for (name, _), count in written.items() if name == system)


def civicrm_pull(moved: int, again: int | None = None, *, everything: bool = False) -> int:
    """``moved``: contacts that changed since the pull before; all there are for the first. ``again``: others that are read
    because tags or relationships moved; None where none did."""
    pages = ceil(moved / PAGE) + 1 if moved or everything else 1
    return pages if again is None else pages + 1 + ceil(again / PAGE)


def civicrm_writes(created: int, others: int) -> int:
    """All creates and all other writes of one run, in whatever order takes fewer requests."""
    apart = 3 * ceil(created / BATCH) + 2 * ceil(others / BATCH)
    together = 2 * ceil((created + others) / BATCH) + ceil(created / BATCH)
    return min(apart, together)


def dynamics_pull(changed: Iterable[int], *, everything: bool = False) -> int:
    """``changed``: per table."""
    return sum(max(1, ceil(n / DELTA_PAGE)) + (everything and n > DELTA_PAGE) for n in changed)


def dynamics_writes(created: Iterable[int], others: int, tied: int, asked: int = 0) -> int:
    """``created``: per table; ``tied``: writes that set an employer; ``asked``: tables whose CreateMultiple was not known."""
    together = [n for n in created if n >= BULK]
    single = others + sum(n for n in created if n < BULK)
    return sum(2 * ceil(n / BATCH) for n in together) + ceil(single / BATCH) + ceil(tied / BATCH) + asked
