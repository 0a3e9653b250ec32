"""An id that ended is seen again and shows somebody else: what was seen belongs to a new record, not to whom it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.engine.desk import Desk
from hub.engine.identify import folded
from hub.model.life import RESUMING
from hub.model.record import NativeRecord, Upserted
from hub.rules.lenses.lens import Refs
from hub.rules.matching.another import is_another
from hub.rules.matching.profile import profile
from hub.store import inbox
from hub.store.contacts import LinkRow
from hub.store.inbox import InboxRow


def of_another(desk: Desk, link: LinkRow, rows: Sequence[InboxRow], refs: Mapping[str, Refs]) -> Sequence[InboxRow]:
    """The last of ``rows`` that show somebody else under an id that had ended; () where they show the same person, or the
    record bears the hub's key of this link."""
    ends = [n for n, row in enumerate(rows) if row.kind == "gone"]
    told = rows[ends[-1] + 1 :] if ends else rows
    if not told or not told[0].complete or not (ends or link.life in (*RESUMING, "missing")):
        return ()
    native, _ = folded(told, {})
    own_key = desk.book.systems[link.ref.system].own_key
    if own_key is not None and link.own_key and native.get(own_key) == link.own_key:
        return ()
    observed, _ = desk.project(link.ref.system, native, refs, {})
    return told if is_another(profile(link.shadow), profile(observed)) else ()


def hand_over(desk: Desk, link: LinkRow, rows: Sequence[InboxRow]) -> None:
    """Put them into the inbox once more, as a record nobody knew: the next cycle gives it a contact of its own. Whoever had the
    id has no record any more; an open question about that stays."""
    if link.life == "missing":
        link.life, link.tombstone = "gone", True
        desk.touch(link)
    owner = desk.tx.new_id()
    for row in rows:
        record = NativeRecord(row.ref, row.body, row.version, complete=row.complete)
        inbox.add_changes(desk.tx, [(owner, Upserted(record))], confirmed=row.confirmed, first=row.first)
