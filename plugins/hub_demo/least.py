"""The fewest requests a step can take under the hub's write protocol, from the counts of records alone.

CardDAV (RFC 6352, RFC 6578): one sync report a pull, with the cards in it; one PUT or DELETE a write, and nothing to
read back where the server answers with a strong ETag, as Radicale does.

CiviCRM (APIv4): no cursor, so a pull asks for what changed since, our own writes included: one request when nothing did,
else a page for every 500 contacts and one more, as the rows of a page are asked for with the next. No condition on a
write: a batch of 200 is read before it is written, and read back in the request that writes it; contacts that are new
in it are read in one more.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

PAGE = 500
BATCH = 200

Written = Mapping[tuple[str, str], int]
"""(system, op) → writes"""


def carddav(system: str, written: Written) -> int:
    """One address book, pulled once."""
    return 1 + sum(count for (name, _), count in written.items() if name == system)


def civicrm_pull(moved: int, *, everything: bool = False) -> int:
    """``moved``: contacts that changed since the pull before; all there are for the first."""
    return ceil(moved / PAGE) + 1 if moved or everything else 1


def civicrm_writes(created: int, others: int) -> int:
    """All creates and all other writes of one run, in whatever order takes fewer requests."""
    apart = 3 * ceil(created / BATCH) + 2 * ceil(others / BATCH)
    together = 2 * ceil((created + others) / BATCH) + ceil(created / BATCH)
    return min(apart, together)


def least(crm: str, books: tuple[str, ...], written: Written, moved: int, *, everything: bool = False) -> int:
    """One cycle over a CRM and address books."""
    created = written.get((crm, "create"), 0)
    others = sum(count for (name, op), count in written.items() if name == crm and op != "create")
    return (civicrm_pull(moved, everything=everything) + civicrm_writes(created, others)
            + sum(carddav(book, written) for book in books))
