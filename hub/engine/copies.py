"""Which record a record is a copy of, as its key says: what finds the hub's own records again when its database is gone."""

from __future__ import annotations

from dataclasses import replace

from hub.rules.matching import match
from hub.rules.own_key import ORIGIN, copied_from
from hub.store.contacts import LinkRow
from hub.store.store import Tx


def origin_of(tx: Tx, link: LinkRow) -> str:
    """The origin that keys of copies of this record carry. Of a copy it is that of its own key: it is no origin itself."""
    return copied_from(link.own_key) or tx.keys.blind("origin", "\x1f".join(link.ref))[:ORIGIN]


def profile_of(tx: Tx, link: LinkRow) -> match.Profile:
    """What matching sees of a record."""
    return replace(match.profile(link.shadow), origin=origin_of(tx, link), copied=copied_from(link.own_key) is not None)
